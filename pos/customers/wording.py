"""The sentences that a customer says yes or no to, by version. A version is never edited: consents refer to it."""

from pos.customers.models import LANGUAGES
from pos.errors import Invalid

MARKETING = {
    "2026-11-en": (
        "May {store} send you news and offers by text message to this number? A few messages a month. Message and data "
        "rates may apply. Yes is not needed to buy anything. Reply STOP at any time to end it, HELP for help."
    ),
    "2026-11-es": (
        "¿Puede {store} enviarle novedades y ofertas por SMS a este número? Unos pocos mensajes al mes. Pueden aplicarse tarifas de "
        "mensajes y datos. No hace falta aceptar para comprar. Responda STOP en cualquier momento para cancelar, HELP para ayuda."
    ),
}
SMS = {
    "2026-11-en": "May {store} send text messages about your orders to this number? Reply STOP at any time to end it.",
    "2026-11-es": "¿Puede {store} enviarle SMS sobre sus pedidos a este número? Responda STOP en cualquier momento para cancelar.",
}
EDITION = "2026-11"
CURRENT = f"{EDITION}-en"


class UnknownWording(Invalid):
    title = "Unknown wording"


def wording(purpose: str, version: str, store_name: str) -> str:
    """The sentence as it was shown. Raises UnknownWording for a version that never was."""
    texts = MARKETING if purpose == "marketing" else SMS
    if version not in texts:
        raise UnknownWording(reason=f"Known versions: {', '.join(sorted(texts))}.", pointer="/wording_version")
    return texts[version].format(store=store_name)


def current_marketing(store_name: str) -> dict[str, dict[str, str]]:
    """The sentence of today in each language, with its version: `{"en": {"version": …, "text": …}, "es": …}`."""
    versions = {language: f"{EDITION}-{language}" for language in LANGUAGES}
    return {
        language: {"version": version, "text": wording("marketing", version, store_name)}
        for language, version in versions.items()
    }
