"""What the pages of settings ask: registers and people, each list one statement."""

from typing import Any

from pos.statements import Statement

_REGISTERS = Statement("""
    SELECT r.id, r.name, r.token_hash IS NOT NULL AS is_enrolled, r.enrolment_expires_at > now() AS is_invited, r.last_seen_at,
           r.revoked_at, r.version, l.name AS location
      FROM registers r JOIN locations l ON l.store_id = r.store_id AND l.id = r.location_id
     WHERE r.store_id = :store ORDER BY r.revoked_at IS NOT NULL, lower(r.name), r.id LIMIT 500
""")
_PEOPLE = Statement("""
    SELECT m.user_id, m.name, m.role, m.is_active, m.pin_hash IS NOT NULL AS has_pin, u.email, u.totp_confirmed_at,
           (SELECT max(s.last_seen_at) FROM office_sessions s WHERE s.store_id = m.store_id AND s.user_id = m.user_id) AS last_seen_at
      FROM memberships m JOIN users u ON u.id = m.user_id
     WHERE m.store_id = :store ORDER BY NOT m.is_active, lower(m.name), m.id LIMIT 500
""")


def registers() -> list[dict[str, Any]]:
    """All registers, those that were revoked last."""
    return _REGISTERS.mappings()


def people() -> list[dict[str, Any]]:
    """All people of the store, those who may not act any more last."""
    return _PEOPLE.mappings()
