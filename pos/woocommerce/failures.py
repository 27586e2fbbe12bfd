"""What can come of asking a web shop, besides an answer. All calls only read, so the question is whether to ask again.

The codes are WordPress's and WooCommerce's own where they gave one, else ours; they may be logged and shown. Nothing else of an answer is.
"""

from typing import ClassVar

_AUTHENTICATION = "The shop does not accept the consumer key and its secret. Make a new pair in WooCommerce (Settings, Advanced, REST API)."
_VIEW = "The key may not read this. In WooCommerce (Settings, Advanced, REST API) it needs the permission to read, and a user who manages the shop."
_NO_ROUTE = (
    "There is no WooCommerce at this address. Look at the address, and whether WordPress's permalinks are set to “Plain”: "
    "its API needs any other kind (Settings, Permalinks)."
)
_WORDS = {
    "woocommerce_rest_authentication_error": _AUTHENTICATION,
    "woocommerce_rest_cannot_view": f"{_VIEW} If it has both, the shop's server may keep the key from WordPress: its host has to let the Authorization header through.",
    "rest_no_route": _NO_ROUTE,
    "http-401": "The shop's server asks for a password of its own before anybody reaches WooCommerce.",
    "http-403": "The shop's server, or a firewall before it, refuses us. Its host has to let /wp-json through.",
    "http-404": _NO_ROUTE,
    "http-429": "The shop's server says that we ask too often.",
    "certificate": "The shop's certificate is not valid for this address, so nobody can tell whether it is the shop. Its host has to renew it.",
    "redirect": "The shop sends us on to another address. Open it in a browser, and enter the address that the browser shows in the end.",
    "html": "The shop answers with a page for people instead of data. Look at the address; a page for maintenance, a firewall or a plugin may stand in the way.",
    "name-not-found": "There is no website of this name. Look at how it is spelled.",
    "refused": "The shop's server does not accept connections.",
    "timeout": "The shop does not answer in time.",
    "tls": "The shop's server does not speak https as it should.",
}


class WebShopFailure(Exception):
    """A call that brought no answer. `code` names why, `reason` says it to the owner, `status` is HTTP's if it came that far."""

    words: ClassVar[str]

    def __init__(self, code: str, status: int | None = None, *, reason: str | None = None) -> None:
        super().__init__(code)
        self.code, self.status = code, status
        self.reason = reason or _WORDS.get(code) or self.words.format(code=code)


class Declined(WebShopFailure):
    """A no, which will not change by asking again."""

    words = "The shop refuses this ({code})."


class NotThere(Declined):
    """It is not there, or not any more: WooCommerce does not know the number."""

    words = "The shop does not have this ({code})."


class Unreadable(Declined):
    """An answer that nothing can be read from."""

    words = "The shop's answer cannot be read ({code}). A plugin or a firewall may have written into it."


class TooLarge(WebShopFailure):
    """An answer of more than we take in: ask for fewer at once."""

    words = "The shop's answer is too large."


class Down(WebShopFailure):
    """The shop was not reached, or says that it cannot now. `retry_after` are the seconds that it asks us to wait, if it does."""

    words = "The shop cannot be reached, or cannot answer now ({code})."

    def __init__(self, code: str, status: int | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(code, status)
        self.retry_after = retry_after
