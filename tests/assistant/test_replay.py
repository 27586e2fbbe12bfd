"""flask assistant replay: what was asked, asked again; nothing is kept of it."""

import uuid
from typing import Any

from flask import Flask

from pos.db import transaction
from pos.statements import Statement
from tests.assistant.test_api import ask, asks
from tests.client import Shop
from tests.loyalty.members import joined
from tests.texting import text

_FORGET = Statement("UPDATE messages SET intent = 'unknown' WHERE store_id = :store AND body = 'POINTS'")
_JOINED = Statement("SELECT count(*) FROM members WHERE store_id = :store")


def replayed(app: Flask, *options: str) -> Any:
    return app.test_cli_runner().invoke(args=["assistant", "replay", "hops", *options])


def test_replay_finds_nothing_where_nothing_has_changed(app: Flask, shop: Shop) -> None:
    # given
    joined(shop, points=5)
    first = asks(shop, "how much did I spend yesterday?", "(415) 555-0132")
    ask(shop, "and last week?", "(415) 555-0132", conversation_id=first["conversation_id"])
    asks(shop, "sales yesterday")
    asks(shop, "what time is love")
    asks(shop, "points", "(415) 555-0199")
    for said in ("POINTS", "how many points do I have", "what time is love", "STOP"):
        text(shop, "+14155550132", said)
    # when
    result = replayed(app, "--check")
    # then
    assert result.output == "8 question(s), 0 understood otherwise.\n"
    assert result.exit_code == 0


def test_replay_shows_what_would_be_understood_otherwise(app: Flask, shop: Shop) -> None:
    joined(shop, points=5)
    text(shop, "+14155550132", "POINTS")
    with transaction(uuid.UUID(shop.store_id)):
        _FORGET.run()

    shown, checked = replayed(app), replayed(app, "--check")

    assert (shown.exit_code, checked.exit_code) == (0, 1)
    assert "sms  'POINTS'\n  then: unknown points{}\n  now:  points points{}\n" in shown.output
    assert replayed(app, "--since", "2100-01-01").output.startswith("0 question(s)")


def test_replay_joins_nobody(app: Flask, shop: Shop) -> None:
    shop.sell()
    text(shop, "+14155550132", "how do I join?")
    text(shop, "+14155550133", "JOIN")
    with transaction(uuid.UUID(shop.store_id)):
        [(before,)] = _JOINED.rows()

    assert replayed(app).exit_code == 0
    with transaction(uuid.UUID(shop.store_id)):
        assert _JOINED.rows() == [(before,)] == [(1,)]
