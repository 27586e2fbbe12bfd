"""The rollups say what the books say, on all days that have not changed since they were made."""

from pos.analytics.rollups.changed import DAYS, MONTHS, OVERLAP
from pos.analytics.rollups.rollup import COHORTS, ROLLUPS, Rollup
from pos.proofs import Proof

_MADE = "(SELECT r.through FROM rollup_states r WHERE r.store_id = :store)"
_SINCE = f"({_MADE} - interval '{int(OVERLAP.total_seconds())} seconds')"
# The smallest key of an instant: 48 bits of milliseconds. An hour more, as keys are made by another clock than dates.
_FIRST_ID = f"""
    (lpad(to_hex((extract(epoch FROM {_SINCE} - interval '1 hour') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
"""
_PLACES = """
    SELECT l.id AS place, l.timezone AS zone FROM locations l JOIN rollup_states r ON r.store_id = l.store_id
     WHERE l.store_id = :store AND r.store_id = :store AND r.through IS NOT NULL AND r.zones ->> l.id::text = l.timezone
"""
_STORE = """
    SELECT NULL::uuid AS place, t.timezone AS zone FROM stores t JOIN rollup_states r ON r.store_id = t.id
     WHERE t.id = :store AND r.store_id = :store AND r.through IS NOT NULL AND r.zones ->> 'store' = t.timezone
"""


def _proof(rollup: Rollup) -> Proof:
    spans = f"""(SELECT p.place, p.zone, '-infinity'::date AS first_on, 'infinity'::date AS last_on, '-infinity'::timestamptz AS begins,
                        'infinity'::timestamptz AS ends FROM ({_PLACES if rollup.is_of_places else _STORE}) p) s"""
    moved = (
        f"UNION SELECT NULL::text, NULL::uuid, m.day FROM ({MONTHS.format(since=_SINCE)}) m"
        if rollup is COHORTS
        else ""
    )
    same = "c.place = d.location_id AND c.day = d.day" if rollup.is_of_places else _same_period(rollup.period)
    made = (
        "EXISTS (SELECT FROM made WHERE place = d.location_id)" if rollup.is_of_places else "EXISTS (SELECT FROM made)"
    )
    statement = f"""
        WITH made AS MATERIALIZED ({_PLACES if rollup.is_of_places else _STORE}),
             changed AS MATERIALIZED (
               SELECT c.* FROM ({DAYS.format(since=_SINCE, first_id=_FIRST_ID)}) c WHERE c.subject = '{rollup.subject}' {moved})
        SELECT d.* FROM (SELECT d.day::text AS subject, d.* FROM ({rollup.difference.format(spans=spans)}) d) d
         WHERE {made} AND NOT EXISTS (SELECT FROM changed c WHERE {same})
         ORDER BY d.subject LIMIT 100
    """
    rule = f"{rollup.table} says of each {rollup.period} that has not changed since what the books say"
    return Proof(f"rollup.{rollup.name}", rule, statement)


def _same_period(period: str) -> str:
    return "c.day = d.day" if period == "day" else f"date_trunc('{period}', c.day)::date = d.day"


PROOFS = [_proof(rollup) for rollup in ROLLUPS]
