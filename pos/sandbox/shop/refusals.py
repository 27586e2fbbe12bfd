"""The refusals of WordPress and WooCommerce, in their envelope: codes and statuses are theirs, the words are ours, since a shop says
them in its own language."""

from typing import Any

_SAID = {
    "rest_no_route": (404, "Nothing answers at this address to this method."),
    "rest_invalid_param": (400, "These parameters cannot be used: {}"),
    "woocommerce_rest_cannot_view": (401, "Without keys of this shop nothing is shown."),
    "woocommerce_rest_authentication_error": (401, "{}"),
    "woocommerce_rest_shop_order_invalid_id": (404, "There is no such order."),
    "woocommerce_rest_product_invalid_id": (404, "There is no such product."),
    "woocommerce_rest_product_variation_invalid_id": (404, "There is no such variation."),
    "woocommerce_rest_shop_coupon_invalid_id": (404, "There is no such coupon."),
    "woocommerce_rest_shop_order_refund_invalid_id": (404, "There is no such refund."),
    "woocommerce_rest_invalid_order_id": (404, "There is no such order."),
    "woocommerce_rest_invalid_id": (404, "There is no such customer."),
    "woocommerce_rest_term_invalid": (404, "There is no such category."),
    "rest_setting_setting_group_invalid": (404, "There are no such settings."),
    "internal_server_error": (500, "The shop failed (ordered fault)."),
    "too_many_requests": (429, "Too many requests (ordered fault)."),
}


class ShopRefused(Exception):
    """A refusal by its code; `params` says of each parameter what is wrong with it."""

    def __init__(self, code: str, detail: str = "", *, params: dict[str, str] | None = None) -> None:
        self.code, self._params = code, params
        self.status, sentence = _SAID[code]
        self.message = sentence.format(detail or ", ".join(params or ()))
        super().__init__(self.message)

    def envelope(self) -> dict[str, Any]:
        data: dict[str, Any] = {"status": self.status}
        if self._params:
            details = {
                name: {"code": "rest_invalid_param", "message": words, "data": None}
                for name, words in self._params.items()
            }
            data |= {"params": self._params, "details": details}
        return {"code": self.code, "message": self.message, "data": data}
