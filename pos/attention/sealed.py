"""What an item tells of somebody whom no row stands for: kept encrypted in its detail, opened for those who may see it."""

from typing import Any

import orjson
from flask import current_app

from pos.attention.models import AttentionItem
from pos.crypto import Undecryptable, Vault


def seal(subject: str, **facts: Any) -> dict[str, str]:
    """What a person must see of somebody whom no row stands for, as the part of an item's detail that is kept encrypted."""
    return {"sealed": _vault().encrypt(orjson.dumps(facts).decode(), context=_context(subject))}


def opened(item: AttentionItem) -> dict[str, Any]:
    """The detail of an item with what was sealed in it, for those who may see it; what cannot be read any more is left out."""
    detail = dict(item.detail)
    sealed = detail.pop("sealed", None)
    if sealed is None:
        return detail
    try:
        return detail | orjson.loads(_vault().decrypt(sealed, context=_context(item.subject)))
    except Undecryptable:
        return detail


def _vault() -> Vault:
    return current_app.extensions["vault"]  # type: ignore[no-any-return]


def _context(subject: str) -> str:
    return f"attention_items.detail:{subject}"
