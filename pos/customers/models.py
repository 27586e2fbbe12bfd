"""What is kept of customers."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pos.audit_log import Remark, personal
from pos.db import Edited, StoreRow, StoreTable, check, index, one_of, parent, relate, unique
from pos.phone import E164_PATTERN

ORIGINS = ("counter", "sms", "web", "import", "woocommerce", "walk_in")
PURPOSES = ("sms", "marketing")
# kept: a refusal of whoever had the number before, and was erased.
CONSENT_SOURCES = ("register", "office", "api", "keyword", "provider", "web", "import", "kept")
LANGUAGES = ("en", "es")
# Why a number is not a customer's any more: somebody said so, it came back under another name after a year, or they have another one.
RELEASES = ("not_this_person", "silent", "changed")


class Customer(Edited, StoreRow):
    """A person known by phone. The id is the key; the phone only finds it.

    `order_count` counts the orders that are not canceled, `total_spent` is what was paid less what was refunded;
    both change in the transaction that changes the order, and the audit proves them. `marketing_consent` and `sms_consent` are the
    latest answers (Consent). `sms_unusable_at`: since then no text can reach the number, Twilio says.

    `merged_into_id` names the row of the same person that stands for both (pos/care/): never one that is merged itself, so it is one
    hop from any number to who has it. `erased_at`: since then nothing is known of the person; orders and figures stay. `phone_lost_at`: since then the number
    that they had is not theirs. `confirmed_at`: then they said who they are, by name or TapPass ID.
    """

    __tablename__ = "customers"
    __table_args__ = (
        unique("phone"),
        unique("register_id"),
        parent("registers", "register_id"),
        parent("customers", "merged_into_id"),
        one_of("origin", ORIGINS),
        check("phone", f"phone ~ '{E164_PATTERN}'"),
        check(
            "known_by",
            "phone IS NOT NULL OR origin IN ('import', 'woocommerce', 'walk_in') OR merged_into_id IS NOT NULL"
            " OR erased_at IS NOT NULL OR phone_lost_at IS NOT NULL",
        ),
        check("erased", "erased_at IS NULL OR num_nonnulls(phone, name, email_encrypted, email_hash) = 0"),
        check("walk_in", "(origin = 'walk_in') = (register_id IS NOT NULL) AND (origin <> 'walk_in' OR phone IS NULL)"),
        check("order_count", "order_count >= 0"),
        check("merged", "merged_into_id <> id"),
        index("ix_customers_email_hash", "email_hash"),
        index("ix_customers_erased_at", "erased_at", postgresql_where=text("erased_at IS NOT NULL")),
        index("ix_customers_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        # Who has changed since the reports' sums were made. BRIN leaves an UPDATE on its page (HOT) as it was.
        index(
            "ix_customers_updated_at",
            "updated_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": "32", "autosummarize": "on"},
        ),
        # Half of each page stays free: a customer's row is rewritten with each order, then without touching an index.
        {"postgresql_with": {"fillfactor": "80"}},
    )
    audited: ClassVar[bool] = True

    phone: Mapped[str | None] = mapped_column(info=personal())
    origin: Mapped[str]
    register_id: Mapped[UUID | None]
    name: Mapped[str | None] = mapped_column(info=personal())
    email_encrypted: Mapped[str | None] = mapped_column(info=personal())
    email_hash: Mapped[str | None] = mapped_column(info=personal())
    first_order_at: Mapped[datetime | None]
    last_order_at: Mapped[datetime | None]
    order_count: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    total_spent: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    marketing_consent: Mapped[bool | None]
    sms_consent: Mapped[bool | None]
    sms_unusable_at: Mapped[datetime | None]
    merged_into_id: Mapped[UUID | None]
    erased_at: Mapped[datetime | None]
    phone_lost_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]

    profile: Mapped["Profile"] = relate("Profile", "customer_id", "Customer", "Profile", uselist=False, viewonly=True)


class Profile(StoreTable):
    """All else known of a customer: exactly one row, never a copy.

    `age_recorded` is the age that an older system had on `age_recorded_on`; `phone_recorded` the number that it had, where that is
    no number or somebody else's: it is never texted, and finds nobody.
    """

    __tablename__ = "profiles"
    __table_args__ = (
        parent("customers", "customer_id"),
        one_of("language", LANGUAGES),
        index("ix_profiles_phone_recorded", "phone_recorded", postgresql_where=text("phone_recorded IS NOT NULL")),
    )
    audited: ClassVar[bool] = True

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    first_name: Mapped[str | None] = mapped_column(info=personal())
    last_name: Mapped[str | None] = mapped_column(info=personal())
    date_of_birth: Mapped[date | None] = mapped_column(info=personal())
    age_recorded: Mapped[int | None] = mapped_column(info=personal())
    age_recorded_on: Mapped[date | None]
    phone_recorded: Mapped[str | None] = mapped_column(info=personal())
    address: Mapped[str | None] = mapped_column(info=personal())
    city: Mapped[str | None] = mapped_column(info=personal())
    state: Mapped[str | None] = mapped_column(info=personal())
    postal_code: Mapped[str | None] = mapped_column(info=personal())
    country: Mapped[str | None] = mapped_column(info=personal())
    language: Mapped[str | None]
    customer_type: Mapped[str | None] = mapped_column(info=personal())
    preferred_payment_method: Mapped[str | None] = mapped_column(info=personal())
    experience_level: Mapped[str | None] = mapped_column(info=personal())
    needs: Mapped[str | None] = mapped_column(info=personal())
    medical_conditions: Mapped[str | None] = mapped_column(info=personal())
    preferences: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict, info=personal())
    preferred_categories: Mapped[list[str]] = mapped_column(server_default=text("'{}'"), default=list, info=personal())
    preferred_effects: Mapped[list[str]] = mapped_column(server_default=text("'{}'"), default=list, info=personal())
    price_range: Mapped[str | None] = mapped_column(info=personal())
    tags: Mapped[list[str]] = mapped_column(server_default=text("'{}'"), default=list, info=personal())
    notes: Mapped[str | None] = mapped_column(info=personal())
    is_verified: Mapped[bool] = mapped_column(server_default=text("false"), default=False)

    @property
    def id(self) -> UUID:
        """The audit log names rows by their id; a profile's is its customer's."""
        return self.customer_id


class Consent(StoreRow):
    """One dated answer of a customer to one question, with the wording that was shown. Append-only.

    A pending yes counts only when it is confirmed: by a reply, which is a row of its own. `created_at` is read under the lock of
    the customer, so that answers and texts (Message.sending_at) have one order, whatever began first.
    """

    __tablename__ = "consents"
    __table_args__ = (
        parent("customers", "customer_id"),
        index("ix_consents_customer_id", "customer_id", "purpose", "id"),
        one_of("purpose", PURPOSES),
        one_of("source", CONSENT_SOURCES),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    customer_id: Mapped[UUID]
    purpose: Mapped[str]
    granted: Mapped[bool]
    is_pending: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    source: Mapped[str]
    wording: Mapped[str]
    wording_version: Mapped[str]
    actor: Mapped[str]
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)

    remark: Mapped[Remark | None] = relationship(
        Remark,
        primaryjoin="and_(Consent.store_id == foreign(Remark.store_id), foreign(Remark.subject) == 'consents:' + cast(Consent.id, Text))",
        viewonly=True,
        uselist=False,
        lazy="joined",
    )


class OptOutProof(StoreRow):
    """That the owner of a number refused texts, kept when they were erased or lost it: by a keyed hash, which says nothing of the number to who
    has not got the number and the key. Whoever comes with it later has refused, until they say otherwise (refusals.py); if they did,
    and are erased or lose it in turn, a later row says that it is lifted."""

    __tablename__ = "opt_out_proofs"
    __table_args__ = (
        one_of("purpose", PURPOSES),
        index("ix_opt_out_proofs_phone_hash", "phone_hash", "purpose", "opted_out_at"),
    )
    privileges: ClassVar[tuple[str, ...]] = ("INSERT",)

    phone_hash: Mapped[str]
    purpose: Mapped[str]
    opted_out_at: Mapped[datetime]
    is_lifted: Mapped[bool] = mapped_column(server_default=text("false"), default=False)


class CustomerWord(StoreTable):
    """A word by which a customer is found: of the names, a tag (`#vip`), the end of the number (`…0132`); as words.py folds them.

    In collation "C" all words with one beginning lie side by side, and `>=` and `<` find them by the key also under row security,
    where LIKE, which is not leakproof, reads every row. The other index is for who takes a customer's words away.
    """

    __tablename__ = "customer_words"
    __table_args__ = (parent("customers", "customer_id"), index("ix_customer_words_customer_id", "customer_id"))
    privileges: ClassVar[tuple[str, ...]] = ("INSERT", "DELETE")

    word: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, sort_order=-1, info=personal())
    customer_id: Mapped[UUID] = mapped_column(primary_key=True)


class ReleasedNumber(StoreRow):
    """That a customer had a number which is not theirs any more, known by its keyed hash. `claimed_at`: then whoever has the number
    proved to be them."""

    __tablename__ = "released_numbers"
    __table_args__ = (
        parent("customers", "customer_id"),
        one_of("reason", RELEASES),
        index("ix_released_numbers_phone_hash", "phone_hash", "id"),
        index("ix_released_numbers_customer_id", "customer_id"),
    )

    customer_id: Mapped[UUID]
    phone_hash: Mapped[str] = mapped_column(info=personal())
    reason: Mapped[str]
    actor: Mapped[str]
    claimed_at: Mapped[datetime | None]
