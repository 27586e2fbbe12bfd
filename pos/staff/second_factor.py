"""Codes of an authenticator app (TOTP, RFC 6238) beside the password: pure.

Six digits that change every half minute. What a phone shows a moment early or late counts as well, and each code once.
"""

import hmac
import re
from datetime import datetime

import pyotp

STEP_SECONDS = 30
# RFC 6238 §5.2: one step of delay; a clock that is ahead is forgiven as much.
_STEPS_AROUND = (0, -1, 1)
_CODE = re.compile(r"[0-9]{6}")


def new_secret() -> str:
    """160 random bits in base32, as RFC 4226 §4 recommends and every app reads."""
    return pyotp.random_base32()


def address(secret: str, *, email: str, store: str) -> str:
    """The otpauth:// address that an app takes as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"TapPass {store}")


def code_at(secret: str, now: datetime) -> str:
    """What an app with this secret shows at this instant."""
    return pyotp.TOTP(secret).generate_otp(_step(now))


def step_of(secret: str, code: str, *, now: datetime, after: int | None) -> int | None:
    """The time step whose code this is, if there is one around now that is later than the last one that counted. What is not six of
    the digits 0 to 9 is no code."""
    if not _CODE.fullmatch(code):
        return None
    totp = pyotp.TOTP(secret)
    for step in (_step(now) + around for around in _STEPS_AROUND):
        is_fresh = after is None or step > after
        if is_fresh and hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return None


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS
