"""What the shop told, read and checked: the shapes that the rest of this folder works with. Amounts are exact, in major units, as told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


class LeftOut(Exception):
    """A record that cannot be taken in. `reason` is a word for it, `detail` figures and numbers only."""

    def __init__(self, reason: str, **detail: Any) -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class WebCategory:
    """A category; `parent` is 0 at the top."""

    wc_id: int
    name: str
    parent: int


@dataclass(frozen=True)
class WebProduct:
    """Something to sell: a simple product, or one variation of the product `parent`. A `stock` of None is not counted there."""

    wc_id: int
    parent: int | None
    name: str
    sku: str | None
    kind: str
    is_offered: bool
    price: Decimal | None
    sale_price: Decimal | None
    stock: int | None
    category: int | None
    image_url: str | None
    tax_class: str = "standard"
    is_taxed: bool = True
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class WebCoupon:
    """A code. `has_conditions`: it holds for some products, people or amounts only, which coupons here do not know."""

    wc_id: int
    code: str
    discount_type: str
    amount: Decimal
    starts_at: datetime | None
    ends_at: datetime | None
    usage_limit: int | None
    usage_count: int
    has_conditions: bool
    is_offered: bool = True


@dataclass(frozen=True)
class WebPerson:
    """Who an account or an order belongs to. `account` is 0 of a guest. The e-mail is only ever hashed."""

    account: int
    first_name: str | None
    last_name: str | None
    phone: str | None
    email: str | None
    country: str | None
    place: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def name(self) -> str | None:
        return " ".join(filter(None, (self.first_name, self.last_name))) or None


@dataclass(frozen=True)
class WebLine:
    """Goods of an order: amounts before tax, `total` after what was taken off. `rate` is the order's own word for the rates that it names at
    the line, 0.0825; None where that cannot be told."""

    wc_id: int
    product: int
    name: str
    sku: str
    quantity: Decimal
    subtotal: Decimal
    total: Decimal
    tax: Decimal
    tax_class: str
    rate: Decimal | None = None


@dataclass(frozen=True)
class GoodsBack:
    """Goods of a refund: so many of a line, with tax."""

    line: int
    quantity: int
    amount: Decimal


@dataclass(frozen=True)
class WebRefund:
    """Money that the shop gave back. When, and for which goods, is known once the refund itself was asked for."""

    wc_id: int
    amount: Decimal
    reason: str | None
    at: datetime | None = None
    goods: tuple[GoodsBack, ...] = ()


@dataclass(frozen=True)
class WebOrder:
    """An order of the shop. `charges` are shipping and fees with their tax; what was taken off by a fee below zero is `deducted`."""

    wc_id: int
    status: str
    currency: str
    person: WebPerson
    placed_at: datetime
    modified_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None
    lines: tuple[WebLine, ...]
    shipping: Decimal
    shipping_tax: Decimal
    fees: Decimal
    fees_tax: Decimal
    total: Decimal
    total_tax: Decimal | None
    coupons: tuple[str, ...]
    note: str | None
    transaction: str | None
    refunds: tuple[WebRefund, ...]
    remarks: tuple[str, ...] = ()
