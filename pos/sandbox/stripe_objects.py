"""What Stripe's objects look like when they are made: pure, with the fields of Stripe's API reference."""

from typing import Any

from pos.sandbox.records import Object, new_id, timestamp

DAY_SECONDS = 24 * 3600
# Nobody's: the product must show that it keeps nothing of it.
PAYER: Object = {
    "address": {"city": "Springfield", "country": "US", "line1": "1 Sandbox Street", "line2": None, "postal_code": "12345",
                "state": "NY"},
    "email": "payer@sandbox.example",
    "name": "Sandy Payer",
    "phone": "+14155550199",
}  # fmt: skip
_TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
# What a link has when nothing is said of it. Other values than these stand for features that the sandbox has not.
LINK_DEFAULTS: Object = {
    "allow_promotion_codes": False,
    "application": None,
    "application_fee_amount": None,
    "application_fee_percent": None,
    "automatic_tax": {"enabled": False, "liability": None},
    "billing_address_collection": "auto",
    "consent_collection": None,
    "custom_fields": [],
    "custom_text": dict.fromkeys(_TEXTS),
    "customer_creation": "if_required",
    "inactive_message": None,
    "invoice_creation": {"enabled": False},
    "on_behalf_of": None,
    "payment_method_collection": "always",
    "payment_method_types": None,
    "phone_number_collection": {"enabled": False},
    "restrictions": None,
    "shipping_address_collection": None,
    "shipping_options": [],
    "submit_type": "auto",
    "subscription_data": None,
    "tax_id_collection": {"enabled": False, "required": "never"},
    "transfer_data": None,
}
_INTENT_DATA = (
    "capture_method", "description", "metadata", "setup_future_usage", "statement_descriptor",
    "statement_descriptor_suffix", "transfer_group",
)  # fmt: skip


def payment_link(params: Object, currency: str, base_url: str) -> Object:
    """A link out of the parameters that made it."""
    link_id = new_id("plink")
    said = {name: value for name, value in params.items() if name in LINK_DEFAULTS}
    intent_data = params.get("payment_intent_data")
    return {
        "id": link_id,
        "object": "payment_link",
        "active": True,
        **LINK_DEFAULTS,
        **said,
        "after_completion": params.get("after_completion")
        or {"hosted_confirmation": {"custom_message": None}, "type": "hosted_confirmation"},
        "currency": currency,
        "livemode": False,
        "metadata": params.get("metadata", {}),
        "payment_intent_data": {**dict.fromkeys(_INTENT_DATA), "metadata": {}, **intent_data} if intent_data else None,
        "restrictions": restrictions(params.get("restrictions")),
        "url": f"{base_url}/_sandbox/pay/{link_id}",
    }


def restrictions(said: Object | None, count: int = 0) -> Object | None:
    """How often a link may be paid, and has been."""
    return {"completed_sessions": {"count": count, "limit": said["completed_sessions"]["limit"]}} if said else None


def line_item(params: Object) -> Object:
    """A line of a link; its sessions get the same."""
    price = params["price_data"]
    currency, total = price["currency"].lower(), price["unit_amount"] * params["quantity"]
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": currency,
        "description": price["product_data"]["name"],
        "price": _price(price, currency),
        "quantity": params["quantity"],
    }


def _price(params: Object, currency: str) -> Object:
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": timestamp(),
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": new_id("prod"),
        "recurring": None,
        "tax_behavior": params.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": params["unit_amount"],
        "unit_amount_decimal": str(params["unit_amount"]),
    }


def session(link: Object, lines: list[Object]) -> Object:
    """A checkout session as a payer opens it by a link."""
    total = sum(line["amount_total"] for line in lines)
    session_id, now = new_id("cs_test"), timestamp()
    return {
        "id": session_id,
        "object": "checkout.session",
        "after_expiration": None,
        "allow_promotion_codes": False,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": link["billing_address_collection"],
        "cancel_url": None,
        "client_reference_id": None,
        "client_secret": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency": link["currency"],
        "custom_fields": [],
        "custom_text": link["custom_text"],
        "customer": None,
        "customer_creation": link["customer_creation"],
        "customer_details": None,
        "customer_email": None,
        "expires_at": now + DAY_SECONDS,
        "invoice": None,
        "livemode": False,
        "locale": "auto",
        "metadata": link["metadata"],
        "mode": "payment",
        "payment_intent": None,
        "payment_link": link["id"],
        "payment_method_collection": link["payment_method_collection"],
        "payment_method_options": {},
        "payment_method_types": link["payment_method_types"] or ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": link["phone_number_collection"],
        "recovered_from": None,
        "setup_intent": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": link["submit_type"],
        "subscription": None,
        "success_url": (link["after_completion"].get("redirect") or {}).get("url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": f"{link['url']}?session={session_id}",
    }


def payment_intent(paid: Object, intent_data: Object | None) -> Object:
    """The payment that a session asks for, before it was tried."""
    data = intent_data or {}
    intent_id = new_id("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": paid["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"{intent_id}_secret_sandbox",
        "confirmation_method": "automatic",
        "created": timestamp(),
        "currency": paid["currency"],
        "customer": None,
        "description": data.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": data.get("metadata") or {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": paid["payment_method_types"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": data.get("statement_descriptor"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": data.get("transfer_group"),
    }


def charge(intent: Object) -> Object:
    """The money that came in by a payment intent."""
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": new_id("txn"),
        "billing_details": {**PAYER, "tax_id": None},
        "calculated_statement_descriptor": "SANDBOX",
        "captured": True,
        "created": timestamp(),
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": {"advice_code": None, "network_advice_code": None, "network_decline_code": None,
                    "network_status": "approved_by_network", "reason": None, "seller_message": "Payment complete.",
                    "type": "authorized"},
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm"),
        "payment_method_details": {"card": {"brand": "visa", "country": "US", "exp_month": 12, "exp_year": 2034,
                                            "fingerprint": "sandbox", "funding": "credit", "last4": "4242",
                                            "network": "visa", "wallet": None}, "type": "card"},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }  # fmt: skip


def refund(charged: Object, amount: int, status: str, params: Object) -> Object:
    made = {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": new_id("txn"),
        "charge": charged["id"],
        "created": timestamp(),
        "currency": charged["currency"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": params.get("metadata") or {},
        "payment_intent": charged["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }
    return made | ({"failure_reason": "unknown"} if status == "failed" else {})


def dispute(charged: Object, reason: str) -> Object:
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": charged["amount"] - charged["amount_refunded"],
        "balance_transactions": [],
        "charge": charged["id"],
        "created": timestamp(),
        "currency": charged["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {"due_by": timestamp() + 7 * DAY_SECONDS, "enhanced_eligibility": {}, "has_evidence": False,
                             "past_due": False, "submission_count": 0, "submission_method": "not_submitted"},
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charged["payment_intent"],
        "payment_method_details": {"card": {"brand": "visa", "case_type": "chargeback", "network": "visa",
                                            "network_reason_code": "10.4"}, "type": "card"},
        "reason": reason,
        "status": "needs_response",
    }  # fmt: skip


def declined() -> Object:
    """What a payment intent says of a card that was declined."""
    return {
        "code": "card_declined",
        "decline_code": "generic_decline",
        "doc_url": "https://stripe.com/docs/error-codes/card-declined",
        "message": "Your card was declined.",
        "type": "card_error",
    }


def listing(url: str, data: list[Any], *, has_more: bool) -> Object:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}
