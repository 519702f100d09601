"""Secrets at rest and signatures: AES-256-GCM for what must be read again, SHA-256 for what must only be recognised.

One key from the settings; separate keys for separate purposes are derived from it (HKDF, RFC 5869), so that a signature
of a file address says nothing about the key of bot tokens.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class Vault:
    """Seals, opens, signs."""

    def __init__(self, secret_key: str) -> None:
        self._aes = AESGCM(_derive(secret_key, "channel secrets"))
        self._signing = _derive(secret_key, "signatures")

    def seal(self, secret: str, about: str) -> bytes:
        """Encrypts; opens only together with the same `about` (whose secret it is)."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._aes.encrypt(nonce, secret.encode(), about.encode())

    def open(self, sealed: bytes, about: str) -> str:
        """The secret; empty when it was sealed with another key or for something else."""
        try:
            return self._aes.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode()).decode()
        except InvalidTag:
            return ""

    def signature(self, *parts: str) -> str:
        """A short signature over parts, for addresses and webhook secrets."""
        digest = hmac.new(self._signing, "\x1f".join(parts).encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:24]).decode()

    def ticket(self, what: str, now: datetime, lifetime: timedelta) -> str:
        """A pass for `what` that ends by itself."""
        until = str(int((now + lifetime).timestamp()))
        return f"{until}.{self.signature('ticket', what, until)}"

    def admits(self, ticket: str, what: str, now: datetime) -> bool:
        until, _, signature = ticket.partition(".")
        good = hmac.compare_digest(signature.encode(), self.signature("ticket", what, until).encode())
        return good and until.isdigit() and int(until) >= now.timestamp()


def new_token() -> str:
    """256 bits that cannot be guessed."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def proves_identity(secret: str, user_id: str, given: str) -> bool:
    """HMAC-SHA256(user_id) under the channel's secret, in hex, as the site's server computed it."""
    expected = hmac.new(secret.encode(), user_id.encode(), hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(expected.encode(), given.lower().encode())


def _derive(secret_key: str, purpose: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"antiphon channels {purpose}".encode())
    return hkdf.derive(secret_key.encode())
