"""What may be asked of the books: which columns of which tables, and the views that show them.

Ids, figures, instants and what the shop itself named: products, rewards, campaigns, places. No phone, no person's name, no address, no
words that somebody typed about a person, nothing of anybody's health, no token and no key. Every column of a table that is
read at all is either `seen` or `left_out`, so that whoever adds one decides (a test sees to it).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pos.guards import LEASED_STORE

SCHEMA = "analytics"


@dataclass(frozen=True)
class Read:
    """The columns of one table that views may read, and those that none ever shows."""

    seen: str
    left_out: str = "created_at updated_at"

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.seen.split())


@dataclass(frozen=True)
class View:
    """One view: `columns` says what each is in the tables of `source`, `about` what a row is, for whoever asks."""

    name: str
    about: str
    source: str
    columns: Mapping[str, str]

    @property
    def sql(self) -> str:
        """The SELECT that the view is."""
        listed = ", ".join(f'{what} AS "{name}"' for name, what in self.columns.items())
        return f"SELECT {listed} FROM {self.source}"


def _plain(alias: str, names: str) -> dict[str, str]:
    return {name: f"{alias}.{name}" for name in names.split()}


def _local(instant: str, word: str, zone: str = "p.timezone") -> dict[str, str]:
    """The day and hour of an instant by the clock on the wall of the place."""
    there = f"({instant} AT TIME ZONE {zone})"
    return {f"{word}_on": f"CAST({there} AS date)", f"{word}_hour": f"CAST(extract(hour FROM {there}) AS integer)"}


_AT_PLACE = "JOIN public.locations p ON p.store_id = o.store_id AND p.id = o.location_id"
_OF_ORDER = f"JOIN public.orders o ON o.store_id = x.store_id AND o.id = x.order_id {_AT_PLACE}"
_OF_STORE = "JOIN public.stores p ON p.id = x.store_id"
_STAMPS = "created_at updated_at"

TABLES: Mapping[str, Read] = MappingProxyType({
    "orders": Read(
        "store_id id location_id register_id user_id customer_id member_id source kind status payment_status fulfillment_status "
        "currency tax_included subtotal discount tax tip shipping fees tax_in_charges total amount_paid amount_refunded is_offline "
        "merged_into_id split_from_id placed_at received_at paid_at completed_at canceled_at wc_order_id",
        f"reference public_token note tab_name catalog_version cancel_reason source_modified_at version {_STAMPS}",
    ),
    "order_lines": Read(
        "store_id id order_id position product_id kind name sku quantity unit_price list_price price_rule subtotal discount total "
        "tax_class tax_rate tax needs_preparation voided_at",
        f"modifiers takes_stock note void_reason {_STAMPS}",
    ),
    "order_discounts": Read(
        "store_id id order_id line_id kind name percent amount off coupon_use_id redemption_id replaced_at",
        f"reason authorised_by {_STAMPS}",
    ),
    "order_coupons": Read("store_id id order_id coupon_id returned_at", _STAMPS),
    "payments": Read(
        "store_id id order_id method amount tendered status register_id user_id created_at",
        "link_id provider_id account external_id updated_at",
    ),
    "refunds": Read(
        "store_id id payment_id order_id amount status source register_id user_id created_at",
        "request_id reason request_key sent_at provider_id failure wc_refund_id updated_at",
    ),
    "customers": Read(
        "store_id id origin first_order_at last_order_at order_count total_spent marketing_consent merged_into_id erased_at created_at",
        "phone register_id name email_encrypted email_hash sms_consent sms_unusable_at phone_lost_at confirmed_at version updated_at",
    ),
    "members": Read(
        "store_id id customer_id level balance debt lifetime_points level_points joined_at source merged_into_id ended_at",
        f"tappass_id level_floor floor_until level_from {_STAMPS}",
    ),
    "point_entries": Read(
        "store_id id member_id type points order_id reward_id occurred_at earned_at",
        f"act_id lot_id refund_id redemption_id program_version terms cause reason actor {_STAMPS}",
    ),
    "point_lots": Read("store_id id member_id points remaining expires_at order_id created_at", "updated_at"),
    "redemptions": Read(
        "store_id id member_id reward_id order_id points returned_points expires_at created_at", "code updated_at"
    ),
    "rewards": Read("store_id id name points discount_type amount product_id is_active", f"version {_STAMPS}"),
    "products": Read(
        "store_id id category_id kind name sku price sale_price is_open_price tax_class needs_preparation stock_quantity status "
        "is_of_web_shop created_at",
        "station_id modifiers price_rules image_url wc_product_id wc_parent_id wc_stock_quantity version updated_at",
    ),
    "categories": Read("store_id id name parent_id is_of_web_shop", f"station_id wc_category_id version {_STAMPS}"),
    "coupons": Read(
        "store_id id code discount_type amount starts_at ends_at usage_limit usage_count status", f"wc_coupon_id version {_STAMPS}"
    ),
    "locations": Read("store_id id name timezone", f"address opening_hours version {_STAMPS}"),
    "registers": Read(
        "store_id id location_id name revoked_at",
        f"token_hash enrolment_code_hash enrolment_expires_at last_seen_at version {_STAMPS}",
    ),
    "memberships": Read("id store_id user_id role is_active created_at", "name pin_hash version updated_at"),
    "messages": Read(
        "store_id id direction customer_id campaign_id order_id purpose template language intent status error_code segments sent_at created_at",
        "conversation_id in_reply_to_id phone number body facts provider_sid attempts resends not_before not_after sending_at settled_at "
        "permit cause actor updated_at",
    ),
    "campaigns": Read(
        "store_id id name language status scheduled_at started_at completed_at",
        f"body segment reached_id actor version {_STAMPS}",
    ),
    "consents": Read(
        "store_id id customer_id purpose granted is_pending source created_at",
        "wording wording_version actor evidence updated_at",
    ),
    "shifts": Read(
        "store_id id register_id location_id number status opening_float opened_at opened_by closed_at closed_by", f"version {_STAMPS}"
    ),
    "stores": Read(
        "id currency country timezone prices_include_tax",
        "name slug api_key_hash settings stripe_account sms_number sms_polled_at sms_paused_until payment_link_hours cancels_unpaid_orders "
        f"kitchen_sees_unpaid kitchen_slow_minutes kitchen_late_minutes is_active audited_at audit_violation_count version {_STAMPS}",
    ),
})  # fmt: skip
# Tables of all stores, which have no row security: their views say themselves whose rows they show.
GLOBAL = ("memberships", "stores")

VIEWS: tuple[View, ...] = (
    View(
        "report_orders",
        "an order; amounts in minor units; placed_on and placed_hour by the clock of its location",
        f"public.orders o {_AT_PLACE}",
        _plain("o", "id location_id register_id user_id customer_id member_id source kind status payment_status fulfillment_status currency")
        | {"is_web_order": "(o.wc_order_id IS NOT NULL)"}
        | _plain("o", "wc_order_id is_offline tax_included subtotal discount tax tip shipping fees")
        | {"net": "(o.subtotal - o.discount - CASE WHEN o.tax_included THEN o.tax ELSE 0 END)"}
        | _plain("o", "total amount_paid amount_refunded merged_into_id split_from_id placed_at received_at paid_at completed_at canceled_at")
        | _local("o.placed_at", "placed")
        | {"placed_weekday": "CAST(extract(isodow FROM (o.placed_at AT TIME ZONE p.timezone)) AS integer)"},
    ),
    View(
        "report_order_lines",
        "what was sold of one thing in an order; name is the product's at that time",
        f"public.order_lines x {_OF_ORDER}",
        _plain("x", "id order_id position product_id kind")
        | {"name": "CASE WHEN x.product_id IS NOT NULL THEN x.name END", "sku": "CASE WHEN x.product_id IS NOT NULL THEN x.sku END"}
        | _plain("x", "quantity unit_price list_price price_rule subtotal discount total tax_class tax_rate tax needs_preparation voided_at")
        | {"order_status": "o.status", "location_id": "o.location_id", "customer_id": "o.customer_id"}
        | _local("o.placed_at", "placed"),
    ),
    View(
        "report_discounts",
        "what was taken off an order or a line, and by what; off is the amount",
        f"public.order_discounts x {_OF_ORDER} "
        "LEFT JOIN public.order_coupons u ON u.store_id = x.store_id AND u.id = x.coupon_use_id "
        "LEFT JOIN public.redemptions r ON r.store_id = x.store_id AND r.id = x.redemption_id",
        _plain("x", "id order_id line_id kind")
        # What a manager gives off by hand is named by hand.
        | {"name": "CASE WHEN x.kind IN ('coupon', 'reward') THEN x.name END"}
        | _plain("x", "percent amount off replaced_at")
        | {"coupon_id": "u.coupon_id", "reward_id": "r.reward_id", "order_status": "o.status"}
        | _local("o.placed_at", "placed"),
    ),
    View(
        "report_coupons",
        "a coupon and how often it was used",
        "public.coupons x",
        _plain("x", "id code discount_type amount starts_at ends_at usage_limit usage_count status"),
    ),
    View(
        "report_payments",
        "a payment; paid_on and paid_hour by the clock of the order's location",
        f"public.payments x {_OF_ORDER}",
        _plain("x", "id order_id method amount tendered status register_id user_id")
        | {"location_id": "o.location_id", "created_at": "x.created_at"}
        | _local("x.created_at", "paid"),
    ),
    View(
        "report_refunds",
        "money given back",
        f"public.refunds x {_OF_ORDER}",
        _plain("x", "id payment_id order_id amount status source register_id user_id")
        | {"location_id": "o.location_id", "created_at": "x.created_at"}
        | _local("x.created_at", "refunded"),
    ),
    View(
        "report_customers",
        "a customer, by figures alone; those who were merged into another or erased are marked",
        f"public.customers x {_OF_STORE}",
        _plain("x", "id origin first_order_at last_order_at order_count total_spent marketing_consent merged_into_id created_at")
        | {"is_erased": "(x.erased_at IS NOT NULL)", "is_walk_in": "(x.origin = 'walk_in')"}
        | {"came_on": "CAST((x.created_at AT TIME ZONE p.timezone) AS date)"},
    ),
    View(
        "report_members",
        "a member of the programme with points and level",
        f"public.members x {_OF_STORE}",
        _plain("x", "id customer_id level balance debt lifetime_points level_points source merged_into_id joined_at ended_at")
        | {"joined_on": "CAST((x.joined_at AT TIME ZONE p.timezone) AS date)"},
    ),
    View(
        "report_point_entries",
        "points that came or went; given are above 0, taken below",
        f"public.point_entries x {_OF_STORE}",
        _plain("x", "id member_id type points order_id reward_id earned_at occurred_at")
        | {"occurred_on": "CAST((x.occurred_at AT TIME ZONE p.timezone) AS date)"},
    ),
    View(
        "report_point_lots",
        "points that came together and expire together; remaining are not spent yet",
        "public.point_lots x",
        _plain("x", "id member_id points remaining expires_at order_id created_at"),
    ),
    View(
        "report_redemptions",
        "a reward that was taken for points",
        f"public.redemptions x {_OF_STORE}",
        _plain("x", "id member_id reward_id order_id points returned_points expires_at created_at")
        | {"redeemed_on": "CAST((x.created_at AT TIME ZONE p.timezone) AS date)"},
    ),
    View(
        "report_rewards", "what points buy", "public.rewards x", _plain("x", "id name points discount_type amount product_id is_active")
    ),
    View(
        "report_products",
        "what is sold; prices in minor units",
        "public.products x",
        _plain("x", "id category_id kind name sku price sale_price is_open_price tax_class needs_preparation stock_quantity status")
        | _plain("x", "is_of_web_shop created_at"),
    ),
    View("report_categories", "a shelf of products", "public.categories x", _plain("x", "id name parent_id is_of_web_shop")),
    View("report_locations", "a place of the store", "public.locations x", _plain("x", "id name timezone")),
    View(
        "report_registers",
        "a tablet at a location",
        "public.registers x",
        _plain("x", "id location_id name") | {"is_revoked": "(x.revoked_at IS NOT NULL)"},
    ),
    View(
        "report_staff",
        "who works there: ids and roles, no names",
        f"public.memberships x WHERE x.store_id = {LEASED_STORE}",
        _plain("x", "user_id role is_active created_at"),
    ),
    View(
        "report_messages",
        "one SMS, without its words and its number; created_on by the store's clock",
        f"public.messages x {_OF_STORE}",
        _plain("x", "id direction customer_id campaign_id order_id purpose template language intent status error_code segments sent_at")
        | {"created_at": "x.created_at"}
        | _local("x.created_at", "created"),
    ),
    View(
        "report_campaigns",
        "one marketing text to many",
        "public.campaigns x",
        _plain("x", "id name language status scheduled_at started_at completed_at"),
    ),
    View(
        "report_consents",
        "an answer to a question about texts",
        f"public.consents x {_OF_STORE}",
        _plain("x", "id customer_id purpose granted is_pending source created_at")
        | {"created_on": "CAST((x.created_at AT TIME ZONE p.timezone) AS date)"},
    ),
    View(
        "report_shifts",
        "a drawer from opening to closing",
        "public.shifts x JOIN public.locations p ON p.store_id = x.store_id AND p.id = x.location_id",
        _plain("x", "id register_id location_id number status opening_float opened_at opened_by closed_at closed_by")
        | {"opened_on": "CAST((x.opened_at AT TIME ZONE p.timezone) AS date)"},
    ),
    View(
        "report_store",
        "the store itself: its currency and time zone; one row",
        f"public.stores x WHERE x.id = {LEASED_STORE}",
        _plain("x", "currency country timezone prices_include_tax"),
    ),
)  # fmt: skip
