"""The words by which customers are found (words.py), kept beside them: written by whoever writes a name, a tag or a number."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from uuid import UUID

from pos.customers.words import found_by
from pos.statements import Statement, as_rows

BATCH = 2000
# What the counter writes with the customer itself, as a part of that statement: `found` are rows (store_id, id, name, is_new).
# A name that is there already has its words; one that has just become known gets them.
WITH_CUSTOMER = """
      INSERT INTO customer_words (store_id, word, customer_id)
      SELECT found.store_id, told.word, found.id FROM found CROSS JOIN unnest(:words ::text[]) AS told (word)
       WHERE found.is_new OR found.name = :name
      ON CONFLICT DO NOTHING"""
_TOLD = Statement("""
    SELECT c.id, c.name, p.first_name, p.last_name, p.tags, c.phone
      FROM customers c JOIN profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
     WHERE c.store_id = :store AND c.id = ANY(:customers ::uuid[])
""")
_WRITE = Statement("""
    WITH told AS (
      SELECT t.customer_id, t.word FROM json_to_recordset(:rows) AS t (customer_id uuid, word text)),
    gone AS (
      DELETE FROM customer_words w
       WHERE w.store_id = :store AND w.customer_id = ANY(:customers ::uuid[])
         AND NOT EXISTS (SELECT FROM told WHERE told.customer_id = w.customer_id AND told.word = w.word))
    INSERT INTO customer_words (store_id, word, customer_id) SELECT :store, told.word, told.customer_id FROM told
    ON CONFLICT DO NOTHING
""")
_ALL = Statement("""
    SELECT c.id FROM customers c WHERE c.store_id = :store AND (:after ::uuid IS NULL OR c.id > :after ::uuid)
     ORDER BY c.id LIMIT :limit
""")
# The old back end's services write through customers_view, which knows nothing of words.
_CHANGED_ELSEWHERE = Statement("""
    SELECT DISTINCT subject FROM audit_log WHERE store_id = :store AND id >= :since AND action = 'customers_view.change'
""")


def index(customer_ids: Iterable[UUID]) -> None:
    """Writes the words of customers anew, by what their rows say at this moment; what is there and right stays. May be
    repeated."""
    wanted = sorted(set(customer_ids))
    if wanted:
        write({row[0]: found_by(*row[1:4], tags=row[4], phone=row[5]) for row in _TOLD.rows(customers=wanted)})


def write(words: Mapping[UUID, Collection[str]]) -> None:
    """Makes these the words of these customers; with none somebody is found by nothing any more."""
    rows = ({"customer_id": customer_id, "word": word} for customer_id, told in words.items() for word in told)
    _WRITE.run(customers=list(words), rows=as_rows(rows))


def batches() -> Iterator[list[UUID]]:
    """The ids of all customers of the store, some at a time."""
    after = None
    while batch := [row[0] for row in _ALL.rows(after=after, limit=BATCH)]:
        yield batch
        after = batch[-1]


def changed_elsewhere(since: UUID) -> list[UUID]:
    """Who was changed through customers_view since the first id of an instant (ids.first_uuid7_of)."""
    return [UUID(subject.rpartition(":")[2]) for (subject,) in _CHANGED_ELSEWHERE.rows(since=since)]
