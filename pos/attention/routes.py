"""JSON of attention items."""

from typing import Any
from uuid import UUID

from pos import clock
from pos.attention import actions, schemas
from pos.attention.models import AttentionItem
from pos.db import find, rows_of, transaction
from pos.http.access import allow, caller
from pos.http.api import Blueprint
from pos.http.paging import page

blueprint = Blueprint("attention", __name__, description="What a person must look at")


@blueprint.route("/attention-items")
@allow("manager")
@blueprint.arguments(schemas.AttentionPage, location="query")
@blueprint.response(200, schemas.AttentionItemList)
def list_attention_items(wanted: dict[str, Any]) -> Any:
    """What is to be looked at, newest first"""
    paging = {name: wanted.pop(name) for name in ("limit", "after") if name in wanted}
    is_open = wanted.pop("is_open", None)
    with transaction(caller().store.id):
        found = rows_of(AttentionItem).filter_by(**wanted)
        if is_open is not None:
            found = found.where(AttentionItem.resolved_at.is_(None) == is_open)
        return page(found, AttentionItem, **paging)


@blueprint.route("/attention-items/<uuid:item_id>/resolution", methods=["POST"])
@allow("manager")
@blueprint.arguments(schemas.ResolutionIn)
@blueprint.response(200, schemas.AttentionItemOut)
def resolve_attention_item(body: dict[str, Any], item_id: UUID) -> Any:
    """Settle an item, with a word on how"""
    with transaction(caller().store.id, actor=caller().actor):
        item = find(AttentionItem, item_id, lock=True)
        actions.resolve(item, body.get("resolution"), clock.now())
        return item
