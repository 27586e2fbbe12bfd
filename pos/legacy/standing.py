"""What a store still has to do with older systems, for `flask doctor`: logins that read, and moves that are not at their end."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pos.legacy.unification.flows import KEPT
from pos.statements import Statement

# A move is carried over in minutes; one that stays half done has been broken off.
_LONGEST = timedelta(hours=1)
_STANDING = Statement("""
    SELECT s.slug,
           ARRAY(SELECT r.role_name FROM legacy_readers r WHERE r.store_id = :store
                    AND EXISTS (SELECT FROM pg_roles g WHERE g.rolname = r.role_name) ORDER BY 1),
           ARRAY(SELECT r.role_name FROM legacy_readers r WHERE r.store_id = :store
                    AND NOT EXISTS (SELECT FROM pg_roles g WHERE g.rolname = r.role_name) ORDER BY 1),
           (SELECT min(u.created_at) FROM unifications u WHERE u.store_id = :store AND u.state = 'carrying'),
           (SELECT min(u.unified_at) FROM unifications u WHERE u.store_id = :store AND u.state = 'unified')
      FROM stores s WHERE s.id = :store
""")


@dataclass
class Standing:
    """What is seen, and what is to be mended."""

    seen: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def standing(now: datetime) -> Standing:
    """Of the open transaction's store."""
    [(slug, readers, lost, carrying_since, unified_at)] = _STANDING.rows()
    found = Standing()
    if readers:
        found.seen.append(f"{slug} is read by {', '.join(readers)}")
    if lost:
        found.faults.append(
            f"{slug}'s readers {', '.join(lost)} have no login on this server: `legacy reader` adds and removes them"
        )
    if carrying_since:
        is_stuck = now - carrying_since > _LONGEST
        said = f"a move of old tables into {slug} is under way since {carrying_since:%Y-%m-%d %H:%M} UTC"
        (found.faults if is_stuck else found.seen).append(f"{said}: run `unify` again" if is_stuck else said)
    if unified_at:
        until = unified_at + KEPT
        is_over = f"the backups of {slug}'s old tables may be dropped since {until:%Y-%m-%d} (`finish`)"
        found.seen.append(
            is_over
            if until <= now
            else f"{slug}'s old tables were made one on {unified_at:%Y-%m-%d}; it can be taken back until {until:%Y-%m-%d}"
        )
    return found
