"""Secrets at rest and signatures: AES-256-GCM for what must be read again, SHA-256 for what must only be recognised.

One key from the settings; separate keys for separate purposes are derived from it (HKDF, RFC 5869), so that a signature
of a file address says nothing about the key of bot tokens. While that key changes there are several: the first seals
and signs, all open and are believed, and what another one sealed is sealed anew (`Vault.resealed`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from contextlib import suppress
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class Vault:
    """Seals, opens, signs."""

    def __init__(self, secret_key: str, *others: str) -> None:
        keys = list(dict.fromkeys([secret_key, *others]))
        self._ciphers = [AESGCM(_derive(key, "channel secrets")) for key in keys]
        self._signing = [_derive(key, "signatures") for key in keys]

    def seal(self, secret: str, about: str) -> bytes:
        """Encrypts; opens only together with the same `about` (whose secret it is)."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._ciphers[0].encrypt(nonce, secret.encode(), about.encode())

    def open(self, sealed: bytes, about: str) -> str:
        """The secret; empty when it was sealed with a key that is none of ours, or for something else."""
        return self._opened(sealed, about)[1]

    def resealed(self, sealed: bytes, about: str) -> bytes | None:
        """The same by the first key; None when it is so already, or does not open."""
        place, secret = self._opened(sealed, about)
        return self.seal(secret, about) if place > 0 else None

    def _opened(self, sealed: bytes, about: str) -> tuple[int, str]:
        """Which key opened it, -1 for none, and what was in it."""
        for place, cipher in enumerate(self._ciphers):
            with suppress(InvalidTag):
                return place, cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode()).decode()
        return -1, ""

    def signature(self, *parts: str) -> str:
        """A short signature over parts, for addresses and webhook secrets."""
        return self.signatures(*parts)[0]

    def signatures(self, *parts: str) -> list[str]:
        """The same by each key: all of them are believed."""
        digests = [hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).digest() for key in self._signing]
        return [base64.urlsafe_b64encode(digest[:24]).decode() for digest in digests]

    def ticket(self, what: str, now: datetime, lifetime: timedelta) -> str:
        """A pass for `what` that ends by itself."""
        until = str(int((now + lifetime).timestamp()))
        return f"{until}.{self.signature('ticket', what, until)}"

    def admits(self, ticket: str, what: str, now: datetime) -> bool:
        until, _, signature = ticket.partition(".")
        known = self.signatures("ticket", what, until)
        good = any(hmac.compare_digest(signature.encode(), one.encode()) for one in known)
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
