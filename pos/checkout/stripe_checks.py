"""Is Stripe set up as payments by link need it: asked of Stripe itself, within seconds, and said in words that say what to do.

No transaction is open meanwhile. What one key is allowed to see differs: what cannot be seen is said so, and is no fault.
"""

from collections.abc import Callable, Iterable
from typing import Any

from pos.checkout import events
from pos.config import Settings, StripeSettings
from pos.payments.gateway import Gateway, KeyRefused, Object, StripeFailure
from pos.stores.checks import Check

WEBHOOK = "/webhooks/stripe"
_DASHBOARD = "Stripe's dashboard"
_NO_ANSWER = (
    "Stripe has not answered in time. Try again in a minute; https://status.stripe.com says whether it is at work."
)


def way(settings: StripeSettings | None) -> str:
    """How Stripe is reached, in words."""
    if settings is None:
        return "switched off (STRIPE_SECRET_KEY=none): no payment links"
    if settings.is_sandbox:
        return "sandbox: no money moves; set STRIPE_SECRET_KEY to go on (docs/payments.md)"
    if settings.is_live:
        return "live key: real money"
    return "test key: Stripe's test mode, no money moves"


def checks(gateway: Gateway | None, settings: Settings, *, account: str | None, has_account: bool) -> list[Check]:
    """What was found, the one first on which the others rest. `account` is the store's connected one; `has_account`: it
    may take cards by link at all."""
    if gateway is None or settings.stripe is None:
        return [Check("key", True, way(settings.stripe))]
    if not has_account:
        return [Check("account", False, "The store names no Stripe account of its own, and there are several stores: whoever "
                                        "runs the server sets it (`flask stores change SLUG --stripe-account`).")]  # fmt: skip
    key = _asked("key", lambda: gateway.reach(account=account), lambda _: (True, way(settings.stripe)))
    if not key.is_fine:
        return [key]
    address = f"{settings.public_base_url}{WEBHOOK}"
    secrets = len(settings.stripe.webhook_secrets)
    return [
        key,
        _asked("account", lambda: gateway.account(account=account), _judge_account),
        Check("webhook_secret", secrets > 0, _secrets(secrets)),
        _asked("webhook", gateway.webhook_endpoints, lambda found: _judge_endpoints(found, address, account)),
    ]


def _asked(name: str, ask: Callable[[], Any], judge: Callable[[Any], tuple[bool, str]]) -> Check:
    """What Stripe says, judged; or why nothing is known. Only the first question needs the key to be good for it."""
    try:
        return Check(name, *judge(ask()))
    except KeyRefused:
        if name == "key":
            return Check(name, False, "Stripe does not accept STRIPE_SECRET_KEY for this store's account, or the key may not make "
                                      "payment links. Look at its rights in the dashboard, or make a new one, and restart.")  # fmt: skip
        return Check(name, True, f"The key may not look at it, so nobody knows here; {_DASHBOARD} does.")
    except StripeFailure as failure:
        is_a_no = failure.code is not None
        return Check(
            name, False, f"Stripe refuses to say ({failure.code}). Look into {_DASHBOARD}." if is_a_no else _NO_ANSWER
        )


def _judge_account(account: Object) -> tuple[bool, str]:
    if not account.get("charges_enabled"):
        missing = len((account.get("requirements") or {}).get("currently_due") or [])
        wanted = f"; {missing} thing(s) are still asked for" if missing else ""
        return False, f"The account {account['id']} may not take money yet{wanted}: {_DASHBOARD} says what is missing."
    if not account.get("payouts_enabled"):
        return (
            False,
            f"The account {account['id']} takes money, but nothing is paid out: {_DASHBOARD} says what is missing.",
        )
    return True, f"{account['id']} takes money."


def _secrets(count: int) -> str:
    if not count:
        return "STRIPE_WEBHOOK_SECRET is not set: write the endpoint's signing secret (whsec_…) there, and restart."
    return f"{count} signing secret(s) are set; an event that was signed with one of them is believed."


def _judge_endpoints(found: Iterable[Object], address: str, account: str | None) -> tuple[bool, str]:
    """Events of connected accounts come by an endpoint of their own kind: it has an `application`."""
    ours = [endpoint for endpoint in found if endpoint["url"] == address]
    if not ours:
        return (
            False,
            f"No endpoint at Stripe leads to {address}, so payments are noticed minutes late. Add it in {_DASHBOARD}.",
        )
    switched_on = [endpoint for endpoint in ours if endpoint["status"] == "enabled"]
    if not switched_on:
        return False, f"The endpoint {address} is switched off. Switch it on in {_DASHBOARD}."
    heard = {name for endpoint in switched_on for name in endpoint["enabled_events"]}
    missing = [] if "*" in heard else sorted(set(events.TYPES) - heard)
    if missing:
        return False, f"The endpoint {address} is not told of {', '.join(missing)}. Add these events in {_DASHBOARD}."
    return True, f"Events come to {address}."
