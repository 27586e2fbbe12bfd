"""What an item tells of somebody whom no row stands for: kept encrypted in its detail, opened for those who may see it."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import current_app

from pos.attention.models import AttentionItem
from pos.crypto import Undecryptable, Vault

# What others have told of the same: a list of details, each with what is sealed in it.
BESIDE = "told_by_others"


def seal(subject: str, **facts: Any) -> dict[str, str]:
    """What a person must see of somebody whom no row stands for, as the part of an item's detail that is kept encrypted."""
    return {"sealed": _vault().encrypt(orjson.dumps(facts).decode(), context=_context(subject))}


def opened(item: AttentionItem) -> dict[str, Any]:
    """The detail of an item with what was sealed in it and beside it, for those who may see it; what cannot be read any more is
    left out."""
    detail = _opened(item.detail, item.subject)
    if BESIDE in detail:
        detail[BESIDE] = [_opened(each, item.subject) for each in detail[BESIDE]]
    return detail


def thinned(
    detail: Mapping[str, Any], subject: str, cut: Callable[[Mapping[str, Any]], dict[str, Any]] | None
) -> dict[str, Any]:
    """A detail, and what stands beside it, with less in what is sealed: what `cut` leaves of it, without one nothing. What cannot be
    read any more goes as well."""
    thin = {name: value for name, value in detail.items() if name not in ("sealed", BESIDE)}
    if cut and "sealed" in detail:
        thin |= seal(subject, **cut(_opened({"sealed": detail["sealed"]}, subject)))
    if BESIDE in detail:
        thin[BESIDE] = [thinned(each, subject, cut) for each in detail[BESIDE]]
    return thin


def _opened(detail: Mapping[str, Any], subject: str) -> dict[str, Any]:
    plain = dict(detail)
    sealed = plain.pop("sealed", None)
    if sealed is None:
        return plain
    try:
        return plain | orjson.loads(_vault().decrypt(sealed, context=_context(subject)))
    except Undecryptable:
        return plain


def _vault() -> Vault:
    return current_app.extensions["vault"]  # type: ignore[no-any-return]


def _context(subject: str) -> str:
    return f"attention_items.detail:{subject}"
