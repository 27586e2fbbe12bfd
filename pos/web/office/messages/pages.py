"""Texts: who waits for an answer, and what was said with each customer; a person answers. Campaigns are beside it."""

import hashlib
from typing import Any
from uuid import UUID

from flask import Response, request

from pos.db import transaction
from pos.http.access import allow, caller
from pos.messaging import queries as messaging
from pos.web.office import tables
from pos.web.office.frame import area, shown, writing
from pos.web.office.messages import queries, words
from pos.web.office.messages.campaigns import pages as campaigns
from pos.web.office.messages.lists import CONVERSATIONS

blueprint = area("messages", __name__)
blueprint.register_blueprint(campaigns.blueprint)


@blueprint.get("/messages")
@allow("manager")
def index() -> str:
    """All conversations, those that wait for a person first."""
    asked = tables.Asked.of(CONVERSATIONS, request.args)
    with transaction(caller().store.id):
        found = tables.found(CONVERSATIONS, asked, writing())
        waiting, standing = queries.waiting(), queries.standing()
    return shown("messages/index.html", found=found, standing=standing, words=words, **_waiting(waiting))


@blueprint.get("/messages/waiting")
@allow("manager")
def waiting() -> Response | str:
    """Those that wait, for the page that looks again; nothing if it shows them already."""
    with transaction(caller().store.id):
        found = queries.waiting()
    facts = _waiting(found)
    if request.args.get("seen") == facts["seen"]:
        return Response(status=204)
    return shown("messages/waiting.html", **facts)


@blueprint.get("/messages/<uuid:conversation_id>")
@allow("manager")
def one(conversation_id: UUID) -> str:
    """What was said with one number, and who has it."""
    with transaction(caller().store.id):
        facts = _talk(conversation_id, request.args.get("before"))
        standing = queries.standing()
    return shown("messages/one.html", **facts, standing=standing)


@blueprint.get("/messages/<uuid:conversation_id>/texts")
@allow("manager")
def texts(conversation_id: UUID) -> Response | str:
    """The same texts alone, for the page that looks again; nothing if it shows them already."""
    with transaction(caller().store.id):
        facts = _talk(conversation_id, None)
    if request.args.get("seen") == facts["seen"]:
        return Response(status=204)
    return shown("messages/texts.html", **facts)


@blueprint.get("/messages/texts/<uuid:message_id>")
@allow("manager")
def text(message_id: UUID) -> str:
    """One text with what became of it, and the way to what else was said."""
    with transaction(caller().store.id):
        found = queries.text(message_id)
        customer = queries.customer(found["customer_id"])
    return shown("messages/text.html", text=found, customer=customer, words=words)


def _waiting(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"waiting": found, "seen": _digest(found), "most": queries.MOST_WAITING}


def _talk(conversation_id: UUID, before: str | None) -> dict[str, Any]:
    talk = messaging.conversation(conversation_id)
    # Who was nobody when they texted may have ordered since.
    customer_id = talk["customer_id"] or messaging.customer_of(talk["phone"])
    found, earlier = queries.texts(conversation_id, customer_id, before)
    return {
        "talk": talk,
        "texts": found,
        "earlier": earlier,
        "is_earlier": before is not None,
        "customer": queries.customer(customer_id),
        "words": words,
        "seen": _digest(talk["waiting_since"], found),
    }


def _digest(*shown: Any) -> str:
    """What stands for all that is shown, to tell whether it is still the same."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
