"""JSON of texts: what was sent and by what right, what people write by hand, conversations, wording, and the store's policy."""

from typing import Any
from uuid import UUID

from flask import Response

from pos import phone
from pos.customers import actions as customers
from pos.customers.models import Consent
from pos.customers.queries import UnknownCustomer
from pos.customers.schemas import ConsentNew, ConsentOut
from pos.db import transaction
from pos.http import idempotency
from pos.http.access import Caller, allow, caller
from pos.http.api import Blueprint, answer, idempotent, if_match
from pos.http.etag import etag, require_match
from pos.messaging import consents, outbox, policy, queries, schemas, talk
from pos.stores.queries import find_store

blueprint = Blueprint("messaging", __name__, description="Texts both ways, and what customers agreed to")


@blueprint.route("/messages")
@allow("manager")
@blueprint.arguments(schemas.MessagePage, location="query")
@blueprint.response(200, schemas.MessageList)
def list_messages(wanted: dict[str, Any]) -> Response:
    """Every text, in and out, newest first, with its permit"""
    with transaction(caller().store.id):
        return answer(queries.messages(wanted))


@blueprint.route("/messages", methods=["POST"])
@allow("manager")
@idempotent
@blueprint.arguments(schemas.MessageNew)
@blueprint.response(201, schemas.MessageOut)
def write_message(body: dict[str, Any]) -> Response:
    """Text a customer; whether it may leave is judged when it does"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("message", body)
        if not claim.is_replay:
            _write(claim.resource_id, body, who)
        return answer(queries.message(claim.resource_id), 201, claim.headers)


@blueprint.route("/messages/<uuid:message_id>")
@allow("manager")
@blueprint.response(200, schemas.MessageOut)
def read_message(message_id: UUID) -> Response:
    """One text"""
    with transaction(caller().store.id):
        return answer(queries.message(message_id))


@blueprint.route("/messages/templates")
@allow("manager")
@blueprint.arguments(schemas.TemplatePage, location="query")
@blueprint.response(200, schemas.TemplateList)
def list_templates(wanted: dict[str, Any]) -> Response:
    """What the store says by itself, as an example reads, with what it costs"""
    who = caller()
    with transaction(who.store.id):
        rules = policy.read(find_store(who.store.id).settings)
    return answer({"data": talk.previews(who.store, rules, wanted.get("language"))})


@blueprint.route("/messages/preview", methods=["POST"])
@allow("manager")
@blueprint.arguments(schemas.TextPreviewIn)
@blueprint.response(200, schemas.TextPreviewOut)
def preview_message(body: dict[str, Any]) -> Response:
    """How a text would read, in how many segments it travels and what it costs, without sending it"""
    who = caller()
    with transaction(who.store.id):
        rules = policy.read(find_store(who.store.id).settings)
    return answer(talk.foreseen(**body, store=who.store, rules=rules))


@blueprint.route("/conversations")
@allow("manager")
@blueprint.arguments(schemas.ConversationPage, location="query")
@blueprint.response(200, schemas.ConversationList)
def list_conversations(wanted: dict[str, Any]) -> Response:
    """Conversations, the last one first; their texts are GET /messages?conversation_id="""
    with transaction(caller().store.id):
        return answer(queries.conversations(**wanted))


@blueprint.route("/conversations/<uuid:conversation_id>/messages", methods=["POST"])
@allow("manager")
@idempotent
@blueprint.arguments(schemas.ReplyNew)
@blueprint.response(201, schemas.MessageOut)
def answer_conversation(body: dict[str, Any], conversation_id: UUID) -> Response:
    """Answer what a customer texted; the conversation waits for nobody then"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        claim = idempotency.claim("message", body)
        if not claim.is_replay:
            talk.reply(claim.resource_id, conversation_id, body["body"])
        return answer(queries.message(claim.resource_id), 201, claim.headers)


@blueprint.route("/conversations/<uuid:conversation_id>/settle", methods=["POST"])
@allow("manager")
@blueprint.response(200, schemas.ConversationOut)
def settle_conversation(conversation_id: UUID) -> Response:
    """Nothing waits for an answer any more"""
    with transaction(caller().store.id, actor=caller().actor):
        talk.settle(conversation_id)
        return answer(queries.conversation(conversation_id))


@blueprint.route("/messaging/policy")
@allow("manager")
@blueprint.response(200, schemas.PolicyOut)
def read_policy() -> Response:
    """What the store decided about its texts, and the addresses to enter at Twilio"""
    with transaction(caller().store.id):
        return _policy()


@blueprint.route("/messaging/policy", methods=["PATCH"])
@allow("owner")
@if_match
@blueprint.arguments(schemas.PolicyChange)
@blueprint.response(200, schemas.PolicyOut)
def change_policy(body: dict[str, Any]) -> Response:
    """Change it; what is not named stays"""
    with transaction(caller().store.id, actor=caller().actor) as session:
        store = find_store(caller().store.id, lock=True)
        require_match(store)
        store.settings = policy.changed(store.settings, body)
        session.flush()
        return _policy()


@blueprint.route("/messaging/resume", methods=["POST"])
@allow("manager")
@blueprint.response(200, schemas.PolicyOut)
def resume_texts() -> Response:
    """Send again at once after an alarm has paused the store's texts: somebody has mended the account. Otherwise it is tried again
    by itself after ten minutes. Campaigns that were paused are resumed one by one"""
    with transaction(caller().store.id, actor=caller().actor):
        talk.resume()
        return _policy()


@blueprint.route("/customers/<uuid:customer_id>/consents", methods=["POST"])
@allow("cashier")
@blueprint.arguments(ConsentNew)
@blueprint.response(201, ConsentOut)
def record_consent(body: dict[str, Any], customer_id: UUID) -> Consent:
    """Record an answer, a yes or a no, with the wording that the customer was shown. Where the store asks for it, a yes to
    marketing is pending until the customer replies YES to a text"""
    who = caller()
    with transaction(who.store.id, actor=who.actor):
        return consents.answer(customer_id, **body, source=customers.consent_source(who))


def _write(message_id: UUID, body: dict[str, Any], who: Caller) -> None:
    customer_id = body.get("customer_id")
    if customer_id is None:
        number = phone.parse(body["phone"], who.store.country)
        customer_id = queries.customer_of(number)
        if customer_id is None:
            raise UnknownCustomer(what="phone number")
    talk.write(message_id, customer_id, body["body"], purpose=body["purpose"])


def _policy() -> Response:
    store = find_store(caller().store.id)
    shown = policy.shown(policy.read(store.settings))
    reached = {"number": outbox.sender(), "webhooks": talk.webhooks(), "paused_until": store.sms_paused_until}
    return answer(shown | reached, headers=etag(store.version))
