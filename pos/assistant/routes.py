"""POST /assistant/messages: a question in words, answered from the database."""

from typing import Any

from flask import Response

from pos import clock, phone
from pos.assistant import conversations, schemas
from pos.assistant.conversations import Question
from pos.db import transaction
from pos.http.access import allow, caller
from pos.http.api import Blueprint, answer

blueprint = Blueprint("assistant", __name__, description="Questions in words")


@blueprint.route("/assistant/messages", methods=["POST"])
@allow("cashier")
@blueprint.arguments(schemas.QuestionIn)
@blueprint.response(200, schemas.Answer)
def ask(body: dict[str, Any]) -> Response:
    """Ask as a customer, by phone; or, as a manager, about the business"""
    who = caller()
    if body["phone"] is None:
        who.require("manager")
    number = phone.parse(body["phone"], who.store.country) if body["phone"] is not None else None
    question = Question(body["text"], number, body["conversation_id"])
    with transaction(who.store.id, actor=who.actor):
        return answer(conversations.ask(question, who, clock.now()))
