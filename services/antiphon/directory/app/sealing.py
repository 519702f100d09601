"""Secrets at rest: AES-256-GCM with a key from the settings, bound to their owner."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORM = b"\x01"
_NONCE = 12


class Sealer:
    """Seals small secrets. `owner` is authenticated too: a sealed secret copied to another owner does not open."""

    def __init__(self, key: bytes) -> None:
        self._aes = AESGCM(key)

    def seal(self, secret: bytes, owner: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return _FORM + nonce + self._aes.encrypt(nonce, secret, owner.encode())

    def unseal(self, sealed: bytes, owner: str) -> bytes:
        """The secret. Raises InvalidTag when it was sealed by another key, for another owner, or was altered."""
        return self._aes.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], owner.encode())
