"""Idempotency-Key: the same request sent twice, or fifty times at once, is done once.

The key is committed together with what it made, so there is no moment in which one exists without the other. It
is written before the work, and travels with its first statement: a second request with the same key waits at the unique
index until the first one has committed, is rolled back, and then finds it. So a key that is new, as nearly all are,
costs no way of its own. A refused request leaves no key, so it may be corrected and sent again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from flask import g, request
from sqlalchemy.exc import IntegrityError

from pos import ids
from pos.errors import Refused, Unreadable
from pos.http.problems import Busy
from pos.statements import Statement

HEADER = "Idempotency-Key"
_UNIQUE = "uq_idempotency_keys_store_id_key"
_TRIES = 5
MAX_LENGTH = 255

_CLAIM = Statement("""
    INSERT INTO idempotency_keys (store_id, id, key, route, digest, resource, resource_id)
    VALUES (:store, :id, :key, :route, :digest, :resource, :id)
""")
_FIND = Statement("SELECT digest, resource_id FROM idempotency_keys WHERE store_id = :store AND key = :key")
_HOLD = Statement("""
    INSERT INTO idempotency_keys (store_id, id, key, route, digest, resource, resource_id)
    VALUES (:store, :id, :key, 'held', '', 'held', :id)
    ON CONFLICT (store_id, key) DO NOTHING
""")
_TAKE = Statement("""
    INSERT INTO idempotency_keys (store_id, id, key, route, digest, resource, resource_id)
    VALUES (:store, :id, :key, :route, '', :resource, :id)
    ON CONFLICT (store_id, key) DO NOTHING
""")
_MADE = Statement("SELECT resource, resource_id FROM idempotency_keys WHERE store_id = :store AND key = :key")
_LET_GO = Statement("DELETE FROM idempotency_keys WHERE store_id = :store AND key = :key AND resource = 'held'")
_RESOURCE = Statement("SELECT resource FROM idempotency_keys WHERE store_id = :store AND key = :key")


class IdempotencyKeyRequired(Unreadable):
    title = "Idempotency-Key is missing"


class IdempotencyKeyReused(Refused):
    title = "Idempotency-Key was used for something else"
    advice = "This key belongs to another request. Make a new key for each new request, and keep it for repeats only."


@dataclass(frozen=True)
class Claim:
    """The id that the request's resource has: a new one, or with `is_replay` the one it got the first time.

    `is_kept` is false of a request that came without a key, where a route does not insist on one.
    """

    resource_id: UUID
    is_replay: bool
    is_kept: bool = True

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotent-Replayed": "true"} if self.is_replay else {}


def claim(resource: str, body: Any) -> Claim:
    """Takes the key of this request, inside the transaction that does the work.

    Raises IdempotencyKeyRequired without a usable key (400) and IdempotencyKeyReused when the key was used with
    another path or body (422).
    """
    key, digest, resource_id = _key(), _digest(body), ids.uuid7()
    kept = _FIND.first(key=key) if g.get("key_is_taken") else None
    if kept is None:
        _CLAIM.soon(id=resource_id, key=key, route=_route(), digest=digest, resource=resource)
        return Claim(resource_id, is_replay=False)
    if kept[0] != digest:
        raise IdempotencyKeyReused
    return Claim(kept[1], is_replay=True)


def take(key: str, resource: str) -> Claim:
    """Takes the key of somebody else's request that never got through, for who does it in its place; what it has made already is given
    as a replay. Whoever sends that request after it finds the key used. Raises IdempotencyKeyReused if it made something else."""
    resource_id = ids.uuid7()
    if _TAKE.run(id=resource_id, key=key, route=_route(), resource=resource):
        return Claim(resource_id, is_replay=False)
    [(made, made_id)] = _MADE.rows(key=key)
    if made != resource:
        raise IdempotencyKeyReused
    return Claim(made_id, is_replay=True)


def hold(key: str) -> str | None:
    """The kind of resource that the key has made, None if nothing. Waits for a request that is at work with it, and lets none begin
    before the open transaction has ended: the key is taken at the unique index, and given back in the same transaction."""
    if _HOLD.run(id=ids.uuid7(), key=key):
        _LET_GO.run(key=key)
        return None
    [(resource,)] = _RESOURCE.rows(key=key)
    return str(resource)


def again_if_taken(view: Callable[[], Any]) -> Any:
    """What the view answers; once more, and now looking for the key, if it found the key taken while it worked.

    More than once only if the key was forgotten for its age in between.
    """
    for _ in range(_TRIES):
        try:
            return view()
        except IntegrityError as error:
            if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != _UNIQUE:
                raise
            g.key_is_taken = True
    raise Busy


def claim_if_sent(resource: str, body: Any) -> Claim:
    """The same where the key may be left out."""
    return claim(resource, body) if HEADER in request.headers else Claim(ids.uuid7(), is_replay=False, is_kept=False)


def _key() -> str:
    key = request.headers.get(HEADER, "")
    if not 1 <= len(key) <= MAX_LENGTH or not key.isprintable() or not key.isascii():
        raise IdempotencyKeyRequired(
            reason=f"Send a header {HEADER} with 1 to {MAX_LENGTH} printable ASCII characters, a new one for each new request."
        )
    return key


def _route() -> str:
    return f"{request.method} {request.path}"


def _digest(body: Any) -> str:
    """Of method, path and the body's meaning, not of its bytes: another order of names is the same request."""
    meaning = orjson.dumps(body, str, orjson.OPT_SORT_KEYS)
    return hashlib.sha256(_route().encode() + b"\n" + meaning).hexdigest()
