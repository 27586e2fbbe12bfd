"""Stripe's dialect: each call of the SDK, lists, accounts, idempotency keys, and the refusals in Stripe's envelope."""

from typing import Any
from urllib.parse import urlencode

import pytest

from pos.db import transaction
from pos.payments.gateway import API_VERSION, Declined, Unclear
from tests.sandbox.conftest import ACCOUNT, Stand, link_params

LINE = {
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "800",
    "line_items[0][price_data][product_data][name]": "IPA",
    "line_items[0][quantity]": "1",
}


def form(**changes: Any) -> str:
    """A link's form; a name's __ stands for a bracket, None takes a field out."""
    fields = LINE | changes
    return urlencode({name: text for name, text in fields.items() if text is not None})


def refusal(stand: Stand, method: str, path: str, sent: str = "", **headers: str) -> tuple[int, Any, Any]:
    status, body, _ = stand.ask(method, path, sent, **headers)
    return status, body["error"].get("code"), body["error"].get("param")


# --- each call --------------------------------------------------------------------------------------------


def test_create_link_makes_an_active_link_with_our_metadata(stand: Stand) -> None:
    link = stand.link()

    assert link["id"].startswith("plink_sbx_")
    assert (link["active"], link["livemode"], link["currency"]) == (True, False, "usd")
    assert link["metadata"] == {"link_id": "L1", "order_id": "O1"}
    assert link["restrictions"] == {"completed_sessions": {"count": 0, "limit": 1}}
    assert link["url"] == f"http://127.0.0.1:8000/_sandbox/pay/{link['id']}"
    assert stand.types() == ["payment_link.created"]


def test_deactivate_link_switches_it_off_and_may_be_repeated(stand: Stand) -> None:
    link = stand.link()

    stood = [stand.gateway.deactivate_link(link["id"], account=None)["active"] for _ in range(2)]

    assert stood == [False, False]
    assert stand.client.get(f"/_sandbox/pay/{link['id']}").status_code == 410


def test_sessions_of_a_link_are_listed_by_their_status(stand: Stand) -> None:
    link, other = stand.link(limit=None), stand.link("link-2", limit=None)
    first, second = stand.visit(link), stand.visit(link)
    stand.visit(other)
    stand.act(link, "pay", first)

    found = {
        status: [each["id"] for each in stand.gateway.sessions(link["id"], status, account=None)]
        for status in ("open", "complete")
    }

    assert found == {"open": [second], "complete": [first]}


def test_expire_session_ends_an_open_one(stand: Stand) -> None:
    link = stand.link()
    session = stand.visit(link)

    stand.gateway.expire_session(session, account=None)

    assert stand.truth()["sessions"]["expired"] == [session]
    assert stand.types()[-1] == "checkout.session.expired"
    assert stand.act(link, "pay", session).status_code == 410


@pytest.mark.parametrize("was", ["complete", "expired"])
def test_expire_session_refuses_one_that_is_over(stand: Stand, was: str) -> None:
    link = stand.link()
    session = stand.visit(link)
    stand.act(link, "pay", session) if was == "complete" else stand.gateway.expire_session(session, account=None)

    status, body, _ = stand.ask("POST", f"checkout/sessions/{session}/expire")

    assert status == 400
    assert f"has a status of `{was}`" in body["error"]["message"]
    stand.gateway.expire_session(session, account=None)


def test_create_refund_gives_back_and_adds_up(stand: Stand) -> None:
    intent = stand.paid()

    refunds = [
        stand.gateway.create_refund(
            {"payment_intent": intent, "amount": amount, "metadata": {"refund_id": f"R{amount}"}},
            account=None,
            key=f"r{amount}",
        )
        for amount in (300, 500)
    ]

    assert [(each["status"], each["amount"]) for each in refunds] == [("succeeded", 300), ("succeeded", 500)]
    assert [each["id"] for each in stand.gateway.refunds(account=None, payment_intent=intent)] == [
        each["id"] for each in reversed(refunds)
    ]
    charge = stand.ask("GET", f"charges/{refunds[0]['charge']}")[1]
    assert (charge["amount_refunded"], charge["refunded"]) == (800, True)
    assert stand.types()[-4:] == ["refund.created", "charge.refunded"] * 2
    assert stand.truth()["refunds"]["by_refund_id"] == {"R300": [refunds[0]["id"]], "R500": [refunds[1]["id"]]}


def test_refund_without_an_amount_gives_back_what_is_left(stand: Stand) -> None:
    intent = stand.paid()
    stand.gateway.create_refund({"payment_intent": intent, "amount": 1}, account=None, key="r1")

    rest = stand.gateway.create_refund({"payment_intent": intent}, account=None, key="r2")

    assert rest["amount"] == 799


def test_refund_of_more_than_is_left_is_refused(stand: Stand) -> None:
    intent = stand.paid()

    with pytest.raises(Declined, match="is greater than unrefunded amount on charge"):
        stand.gateway.create_refund({"payment_intent": intent, "amount": 801}, account=None, key="r1")
    stand.gateway.create_refund({"payment_intent": intent}, account=None, key="r2")
    with pytest.raises(Declined, match="already been refunded") as refused:
        stand.gateway.create_refund({"payment_intent": intent, "amount": 1}, account=None, key="r3")

    assert refused.value.code == "charge_already_refunded"
    assert stand.truth()["refunds"]["amount"] == 800


def test_refund_of_a_payment_that_has_no_money_is_refused(stand: Stand) -> None:
    link = stand.link()
    stand.act(link, "decline")
    intent = stand.ask("GET", "payment_intents")[1]["data"][0]["id"]

    assert refusal(stand, "POST", "refunds", f"payment_intent={intent}") == (
        400,
        "payment_intent_unexpected_state",
        "payment_intent",
    )


def test_refunds_and_disputes_are_listed_by_when_they_were_made(stand: Stand) -> None:
    intent = stand.paid()
    made = stand.gateway.create_refund({"payment_intent": intent, "amount": 1}, account=None, key="r1")
    stand.client.post("/_sandbox/disputes", json={"payment_intent": intent})
    [dispute] = stand.gateway.disputes(account=None, created={"gte": made["created"]})

    assert dispute["amount"] == 799
    assert [each["id"] for each in stand.gateway.refunds(account=None, created={"gte": made["created"]})] == [
        made["id"]
    ]
    assert stand.gateway.refunds(account=None, created={"gt": made["created"] + 60}) == []
    assert stand.gateway.disputes(account=None, created={"lt": made["created"] - 60}) == []


def test_every_list_and_every_object_can_be_read(stand: Stand) -> None:
    intent = stand.paid()
    stand.gateway.create_refund({"payment_intent": intent, "amount": 1}, account=None, key="r1")
    stand.client.post("/_sandbox/disputes", json={"payment_intent": intent})

    for path in ("payment_links", "checkout/sessions", "payment_intents", "charges", "refunds", "disputes", "events"):
        status, listed, _ = stand.ask("GET", path)
        assert (status, listed["object"], listed["url"]) == (200, "list", f"/v1/{path}")
        assert listed["data"]
        assert stand.ask("GET", f"{path}/{listed['data'][0]['id']}")[1] == listed["data"][0]
        assert refusal(stand, "GET", f"{path}/nothing_sbx") == (404, "resource_missing", "id")


def test_lines_of_a_link_are_those_of_its_sessions(stand: Stand) -> None:
    lines = [
        {
            "price_data": {"currency": "usd", "unit_amount": 100, "product_data": {"name": f"Line {number}"}},
            "quantity": 2,
        }
        for number in range(12)
    ]
    link = stand.link(line_items=lines)
    session = stand.visit(link)

    of_link = stand.ask("GET", f"payment_links/{link['id']}/line_items")[1]
    rest = stand.ask("GET", f"checkout/sessions/{session}/line_items", f"starting_after={of_link['data'][-1]['id']}")[1]

    assert [line["description"] for line in of_link["data"] + rest["data"]] == [
        f"Line {number}" for number in range(12)
    ]
    assert (of_link["has_more"], rest["has_more"]) == (True, False)
    assert stand.ask("GET", f"checkout/sessions/{session}")[1]["amount_total"] == 2400


def test_pages_of_a_list_join_in_both_directions(stand: Stand) -> None:
    made = [stand.link(f"link-{number}")["id"] for number in range(5)]

    first = stand.ask("GET", "payment_links", "limit=2")[1]
    second = stand.ask("GET", "payment_links", f"limit=2&starting_after={first['data'][-1]['id']}")[1]
    back = stand.ask("GET", "payment_links", f"limit=9&ending_before={second['data'][0]['id']}")[1]

    assert [each["id"] for each in first["data"] + second["data"]] == made[:0:-1]
    assert (first["has_more"], second["has_more"], back["has_more"]) == (True, True, False)
    assert back["data"] == first["data"]


def test_sdk_reads_all_pages(stand: Stand) -> None:
    intent = stand.paid(amount=30_000)
    for number in range(105):
        stand.gateway.create_refund({"payment_intent": intent, "amount": 1}, account=None, key=f"r{number}")

    assert len({each["id"] for each in stand.gateway.refunds(account=None, payment_intent=intent)}) == 105


def test_events_are_filtered_by_type_and_by_delivery(stand: Stand) -> None:
    stand.paid()

    def types(question: str) -> set[str]:
        return {event["type"] for event in stand.ask("GET", "events", question)[1]["data"]}

    assert types("type=charge.succeeded") == {"charge.succeeded"}
    assert types("type=charge.*") == {"charge.succeeded"}
    assert types("types[]=charge.succeeded&types[]=payment_link.updated") == {
        "charge.succeeded",
        "payment_link.updated",
    }
    assert types("delivery_success=true") == set()
    assert len(types("delivery_success=false")) == 6


def test_update_changes_what_may_change(stand: Stand) -> None:
    link = stand.link()

    changed = stand.ask(
        "POST",
        f"payment_links/{link['id']}",
        "metadata[order_id]=&metadata[more]=1&restrictions[completed_sessions][limit]=3&inactive_message=Gone",
    )[1]

    assert changed["metadata"] == {"link_id": "L1", "more": "1"}
    assert changed["restrictions"]["completed_sessions"] == {"count": 0, "limit": 3}
    assert changed["inactive_message"] == "Gone"


def test_call_inside_of_a_transaction_is_refused(stand: Stand) -> None:
    with transaction(None), pytest.raises(RuntimeError, match="commit first"):
        stand.link()


def test_transport_needs_no_context(committed: Any) -> None:
    link = committed.extensions["stripe"].create_link(link_params(), account=None, key="k")

    assert link["active"] is True


# --- accounts ---------------------------------------------------------------------------------------------


def test_objects_of_another_account_are_not_there(stand: Stand) -> None:
    theirs = stand.link(account=ACCOUNT)
    stand.act(theirs, "pay")
    intent = stand.truth()["payments"]["list"][0]

    assert intent["account"] == ACCOUNT
    assert {event["account"] for event in stand.events()} == {ACCOUNT}
    assert refusal(stand, "GET", f"payment_links/{theirs['id']}") == (404, "resource_missing", "id")
    assert refusal(stand, "POST", f"payment_links/{theirs['id']}", "active=false")[0] == 404
    assert refusal(stand, "POST", "refunds", f"payment_intent={intent['id']}")[0] == 404
    assert refusal(stand, "GET", "charges", f"starting_after={intent['latest_charge']}")[0] == 404
    assert stand.ask("GET", "payment_links")[1]["data"] == []
    assert stand.ask("GET", f"payment_links/{theirs['id']}", Stripe_Account=ACCOUNT)[0] == 200


def test_events_of_an_account_say_whose_they_are(stand: Stand) -> None:
    stand.link(account=ACCOUNT)
    stand.link("link-2")

    theirs = stand.ask("GET", "events", Stripe_Account=ACCOUNT)[1]["data"]
    ours = stand.ask("GET", "events")[1]["data"]

    assert [event["account"] for event in theirs] == [ACCOUNT]
    assert ["account" in event for event in ours] == [False]


def test_key_of_one_account_is_another_key_for_the_next(stand: Stand) -> None:
    assert stand.link("same")["id"] != stand.link("same", account=ACCOUNT)["id"]


# --- idempotency ------------------------------------------------------------------------------------------


def test_same_key_gives_the_first_answer_again(stand: Stand) -> None:
    first, second = stand.link("same"), stand.link("same")

    assert first == second
    assert stand.truth()["links"]["by_link_id"] == {"L1": [first["id"]]}
    assert [answered.get("Idempotent-Replayed") for _, _, answered, _ in stand.answers] == [None, "true"]


def test_same_key_with_other_parameters_is_refused(stand: Stand) -> None:
    stand.link("same")

    with pytest.raises(Unclear, match="can only be used with the same parameters"):
        stand.link("same", amount=900)
    status, body, _ = stand.ask("POST", "refunds", "payment_intent=pi_x", Idempotency_Key="same")

    assert (status, body["error"]["type"]) == (400, "idempotency_error")


def test_refusal_while_it_was_carried_out_is_kept_with_the_key(stand: Stand) -> None:
    intent = stand.paid()
    body = f"payment_intent={intent}&amount=900"

    answers = [stand.ask("POST", "refunds", body, Idempotency_Key="k") for _ in range(2)]

    assert [(status, headers.get("Idempotent-Replayed")) for status, _, headers in answers] == [
        (400, None),
        (400, "true"),
    ]


def test_refused_parameters_leave_the_key_free(stand: Stand) -> None:
    assert stand.ask("POST", "payment_links", form(surprise="1"), Idempotency_Key="k")[0] == 400
    assert stand.ask("POST", "payment_links", form(**{"line_items[0][quantity]": "0"}), Idempotency_Key="k")[0] == 400

    assert stand.ask("POST", "payment_links", form(), Idempotency_Key="k")[0] == 200


def test_key_whose_first_request_is_in_hand_is_a_conflict(committed: Any, superuser: Any) -> None:
    with superuser.cursor() as cursor:
        # What a request with this key holds until it ends.
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(' k', 0))")
        key = committed.config["SETTINGS"].stripe.secret_key
        sent = {"Authorization": f"Bearer {key}", "Idempotency-Key": "k"}
        ask = lambda: committed.test_client().post("/_sandbox/stripe/v1/payment_links", data=form(), headers=sent)  # noqa: E731
        during = ask()
        cursor.execute("SELECT pg_advisory_unlock_all()")
        after = ask()

    assert (during.status_code, during.json["error"]["code"]) == (409, "idempotency_key_in_use")
    assert after.status_code == 200


# --- refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "Bearer sk_test_wrong", "Basic abc", "Bearer é"])
def test_wrong_key_is_refused(stand: Stand, token: str) -> None:
    status, body, headers = stand.ask("GET", "payment_links", Authorization=token)

    assert (status, body["error"]["type"]) == (401, "invalid_request_error")
    assert headers["Request-Id"].startswith("req_sbx_")


def test_other_version_or_odd_account_is_refused(stand: Stand) -> None:
    assert stand.ask("GET", "events", Stripe_Version=API_VERSION)[0] == 200
    assert stand.ask("GET", "events", Stripe_Version="2020-08-27")[0] == 400
    assert stand.ask("GET", "events", Stripe_Account="hops")[0] == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "customers"), ("POST", "checkout/sessions"), ("DELETE", "payment_links"), ("GET", "events/a/b")],
)
def test_unknown_operation_is_not_there(stand: Stand, method: str, path: str) -> None:
    key = stand.app.config["SETTINGS"].stripe.secret_key
    answered = stand.client.open(
        f"/_sandbox/stripe/v1/{path}", method=method, headers={"Authorization": f"Bearer {key}"}
    )

    assert answered.status_code == 404
    assert answered.json is not None
    assert answered.json["error"]["message"] == f"Unrecognized request URL ({method}: /v1/{path})."


PRICE = "line_items[0][price_data]"
BAD_LINKS: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"surprise": "1"}, "parameter_unknown", "surprise"),
    ({"restriction[completed_sessions][limit]": "1"}, "parameter_unknown", "restriction"),
    ({f"{PRICE}[amount]": "1"}, "parameter_unknown", f"{PRICE}[amount]"),
    ({f"{PRICE}[unit_amount]": "12.50"}, "parameter_invalid_integer", f"{PRICE}[unit_amount]"),
    ({f"{PRICE}[unit_amount]": "-1"}, "parameter_invalid_integer", f"{PRICE}[unit_amount]"),
    ({f"{PRICE}[unit_amount]": None}, "parameter_missing", f"{PRICE}[unit_amount]"),
    ({f"{PRICE}[currency]": None}, "parameter_missing", f"{PRICE}[currency]"),
    ({f"{PRICE}[currency]": "xxz"}, None, f"{PRICE}[currency]"),
    ({f"{PRICE}[product_data][name]": " "}, "parameter_invalid_empty", f"{PRICE}[product_data][name]"),
    ({f"{PRICE}[recurring][interval]": "month"}, None, "recurring"),
    ({"line_items[0][quantity]": "0"}, "parameter_invalid_integer", "line_items[0][quantity]"),
    ({"line_items[0][quantity]": None}, "parameter_missing", "line_items[0][quantity]"),
    ({f"{PRICE}[unit_amount]": "49"}, "amount_too_small", None),
    ({f"{PRICE}[unit_amount]": "100000000"}, "amount_too_large", None),
    ({"currency": "eur"}, None, "line_items"),
    ({"restrictions[completed_sessions][limit]": "0"}, "parameter_invalid_integer", "restrictions[completed_sessions][limit]"),
    ({"payment_method_types[0]": "barter"}, "parameter_invalid_enum", "payment_method_types[0]"),
    ({"allow_promotion_codes": "yes"}, "parameter_invalid_boolean", "allow_promotion_codes"),
    ({"allow_promotion_codes": "true"}, None, "allow_promotion_codes"),
    ({"after_completion[type]": "redirect"}, "url_invalid", "after_completion[redirect][url]"),
    ({"after_completion[redirect][url]": "http://x"}, "parameter_missing", "after_completion[type]"),
    ({"metadata[" + "n" * 41 + "]": "x"}, None, "metadata[" + "n" * 41 + "]"),
    ({"payment_intent_data[metadata][a]": "x" * 501}, None, "payment_intent_data[metadata][a]"),
    ({"payment_intent_data[capture_method]": "manual"}, None, "capture_method"),
    ({"metadata": "text"}, "parameter_invalid_object", "metadata"),
    ({"metadata[a][b]": "text"}, "parameter_invalid_string", "metadata[a]"),
    ({"metadata[a]": "\0"}, "parameter_invalid_string", "metadata[a]"),
    ({"a" + "[b]" * 500: "deep"}, "parameter_invalid_string", ("a" + "[b]" * 500)[:100]),
    ({"line_items": "x"}, "parameter_invalid_array", "line_items"),
    ({"expand[]": "line_items"}, None, "expand"),
    ({"]": "x"}, "parameter_invalid_string", "]"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "param"), BAD_LINKS)
def test_bad_link_is_refused(stand: Stand, changes: dict[str, Any], code: str | None, param: str | None) -> None:
    assert refusal(stand, "POST", "payment_links", form(**changes)) == (400, code, param)
    assert stand.truth()["links"]["count"] == 0


def test_link_has_at_most_twenty_lines(stand: Stand) -> None:
    line = link_params()["line_items"][0]

    with pytest.raises(Declined, match="1 to 20 line items"):
        stand.link(line_items=[line] * 21)

    assert stand.link(line_items=[line] * 20)["active"] is True


@pytest.mark.parametrize(("currency", "least"), [("usd", 50), ("eur", 50), ("gbp", 30), ("jpy", 50), ("JPY", 50)])
def test_smallest_amount_is_the_currencys(stand: Stand, currency: str, least: int) -> None:
    def sent(amount: int) -> str:
        return form(**{f"{PRICE}[currency]": currency, f"{PRICE}[unit_amount]": str(amount)})

    assert refusal(stand, "POST", "payment_links", sent(least - 1))[:2] == (400, "amount_too_small")
    assert stand.ask("POST", "payment_links", sent(least))[0] == 200


@pytest.mark.parametrize(
    ("asked", "sent", "code", "param"),
    [
        ("POST payment_links/{link}", "line_items[0][price_data][unit_amount]=1", "parameter_unknown", "line_items[0][price_data]"),
        ("POST payment_links/{link}", "active=off", "parameter_invalid_boolean", "active"),
        ("POST payment_links/{link}", "submit_type=donate", None, "submit_type"),
        ("POST refunds", "", "parameter_missing", None),
        ("POST refunds", "payment_intent=pi_x&charge=ch_x", "parameter_missing", None),
        ("POST refunds", "payment_intent=pi_x&amount=5.5", "parameter_invalid_integer", "amount"),
        ("POST refunds", "payment_intent=pi_x&amount=0", "parameter_invalid_integer", "amount"),
        ("POST refunds", "payment_intent=pi_x&reason=bored", "parameter_invalid_enum", "reason"),
        ("GET payment_links", "limit=101", "parameter_invalid_integer", "limit"),
        ("GET payment_links", "limit=ten", "parameter_invalid_integer", "limit"),
        ("GET payment_links", "starting_after={link}&ending_before={link}", "parameters_exclusive", None),
        ("GET checkout/sessions", "status=opened", "parameter_invalid_enum", "status"),
        ("GET checkout/sessions", "customer_details[email]=x", None, "customer_details"),
        ("GET refunds", "created[since]=1", "parameter_unknown", "created[since]"),
        ("GET refunds", "created=yesterday", "parameter_invalid_value", "created"),
    ],
)  # fmt: skip
def test_bad_request_is_refused(stand: Stand, asked: str, sent: str, code: str | None, param: str | None) -> None:
    link = stand.link()["id"]
    method, path = asked.format(link=link).split()

    assert refusal(stand, method, path, sent.format(link=link)) == (400, code, param)
