"""What the product wrote while it ran: no bug, no phone, no e-mail address, no secret may be in it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from soak.product import Product

_PHONE = re.compile(rb"\+?1?[ (-]{0,2}415[ )-]{0,2}555[ -]?\d{4}(?!\d)")
_MAIL = re.compile(rb"[\w.+-]+@[\w-]+\.[a-z]{2,}")
_BUG = re.compile(r"^.*\[error +\] bug .*(?:\n(?!\d{4}-).*){0,200}", re.MULTILINE)
_STACK_LINES = 6
_TOKEN = re.compile(rb"tp[rso]_[0-9a-f]{8}|Bearer \w|SCRAM-SHA-256\$")


def violations(product: Product) -> Iterator[str]:
    """A sentence for each log that holds something which it must not, without quoting it."""
    secrets = [secret.encode() for secret in _secrets(product)]
    for path in (product.log, product.server.log_path, product.server.log_path.with_suffix(".log.1")):
        text = path.read_bytes() if path.exists() else b""
        for name, pattern in (("a phone number", _PHONE), ("an e-mail address", _MAIL), ("a token", _TOKEN)):
            if found := len(pattern.findall(text)):
                yield f"{path.name} holds {name} {found} times"
        if any(secret in text for secret in secrets):
            yield f"{path.name} holds a secret"


def bugs(product: Product) -> list[str]:
    """What the log says of each bug: error, SQLSTATE, and the end of the stack."""
    found = (bug.splitlines() for bug in _BUG.findall(product.log.read_text(errors="replace")))
    return ["\n".join([lines[0], *lines[1:][-_STACK_LINES:]]) for lines in found]


def _secrets(product: Product) -> Iterator[str]:
    """PINs are left out: four digits are in any log."""
    shown = product.credentials()
    yield from (shown[name] for name in ("register_token", "store_api_key", "office_password"))
    yield from json.loads(product.server.passwords_path.read_text()).values()
    for name in ("secret_key", "data_encryption_key"):
        kept: Path = product.home / name
        yield kept.read_text().strip()
