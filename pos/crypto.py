"""Personal data at rest: AES-GCM for what must be read again, keyed hashes for what must only be found."""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12
ERASED_MARK = "erased:"


class Undecryptable(RuntimeError):
    """The stored text was not written with this key: DATA_ENCRYPTION_KEY has changed or the row is damaged."""


@dataclass(frozen=True)
class Vault:
    """Encrypts and hashes with one key of 32 bytes; every text says which version wrote it."""

    key: bytes

    def encrypt(self, text: str, *, context: str) -> str:
        """`v1.<base64 of nonce and ciphertext>`; the context (table, column, row) must be given again to read it."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._subkey(b"encrypt")).encrypt(nonce, text.encode(), context.encode())
        return "v1." + base64.urlsafe_b64encode(nonce + sealed).decode()

    def decrypt(self, stored: str, *, context: str) -> str:
        """The text again. Raises Undecryptable under another key or context, or when the row was moved."""
        version, _, body = stored.partition(".")
        if version != "v1":
            raise Undecryptable(f"unknown version {version}")
        try:
            raw = base64.urlsafe_b64decode(body)
            opened = AESGCM(self._subkey(b"encrypt")).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise Undecryptable("wrong key or context, or damaged") from error
        return opened.decode()

    def hash_email(self, email: str) -> str:
        """A keyed hash that finds the same address again, whatever its case; useless without the key."""
        return hmac.new(self._subkey(b"email"), email.strip().lower().encode(), hashlib.sha256).hexdigest()

    def hash_phone(self, phone: str) -> str:
        """The same of an E.164 number."""
        return hmac.new(self._subkey(b"phone"), phone.encode(), hashlib.sha256).hexdigest()

    def hash_old_id(self, old_id: str) -> str:
        """By which an older system's id of somebody who was erased is known again."""
        return ERASED_MARK + hmac.new(self._subkey(b"old id"), old_id.encode(), hashlib.sha256).hexdigest()

    def _subkey(self, purpose: bytes) -> bytes:
        return hmac.new(self.key, purpose, hashlib.sha256).digest()
