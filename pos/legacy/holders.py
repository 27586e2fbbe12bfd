"""Who in the books has a number or an e-mail, or was told to have the number."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from pos.statements import Statement, standing_for

_NAMES = "c.name, p.first_name, p.last_name"
# For each customer found, its profile: OFFSET 0 keeps PostgreSQL, before it has statistics, from beginning with all profiles.
_PROFILE = """CROSS JOIN LATERAL (SELECT first_name, last_name FROM profiles
                      WHERE store_id = c.store_id AND customer_id = c.id OFFSET 0) p"""
# Who stands for a customer that was merged.
_FOLLOWED = f"JOIN customers c ON c.store_id = w.store_id AND c.id = {standing_for('w')}"
# Whoever has a number comes before those who were told to have it.
_BY_NUMBER = Statement(f"""
    SELECT w.phone, c.id, {_NAMES}
      FROM customers w {_FOLLOWED} {_PROFILE}
     WHERE w.store_id = :store AND w.phone = ANY(:numbers)
     UNION ALL
    (SELECT r.phone_recorded, c.id, {_NAMES}
      FROM profiles r JOIN customers w ON w.store_id = r.store_id AND w.id = r.customer_id {_FOLLOWED} {_PROFILE}
     WHERE r.store_id = :store AND r.phone_recorded = ANY(:numbers) ORDER BY c.id)
""")
_BY_EMAIL = Statement(f"""
    SELECT w.email_hash, c.id, {_NAMES}
      FROM customers w {_FOLLOWED} {_PROFILE}
     WHERE w.store_id = :store AND w.email_hash = ANY(:hashes) ORDER BY c.id
""")


class Holder(NamedTuple):
    """Somebody who has a number or an e-mail, as they are called and by the names of their profile."""

    customer_id: UUID
    called: str | None
    first_name: str | None = None
    last_name: str | None = None

    @property
    def name(self) -> str | None:
        """That of the profile, if it begins as names do."""
        told = " ".join(filter(None, (self.first_name, self.last_name)))
        return told if self.first_name else self.called or told or None

    def filled(self, told: "Holder") -> "Holder":
        """The same customer after what is empty was filled with what is told (books.fill)."""
        return self._replace(
            called=self.called or told.called,
            first_name=self.first_name or told.first_name,
            last_name=self.last_name or told.last_name,
        )


def of_numbers(numbers: Iterable[str]) -> dict[str, list[Holder]]:
    """Who has these E.164 numbers."""
    return _grouped(_BY_NUMBER.rows(numbers=wanted) if (wanted := sorted(set(numbers))) else ())


def of_emails(hashes: Iterable[str]) -> dict[str, list[Holder]]:
    """Who has these e-mails, by their keyed hashes."""
    return _grouped(_BY_EMAIL.rows(hashes=wanted) if (wanted := sorted(set(hashes))) else ())


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[Holder]]:
    found: dict[str, list[Holder]] = {}
    for key, *holder in rows:
        found.setdefault(key, []).append(Holder(*holder))
    return found
