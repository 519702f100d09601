"""Secrets at rest: AES-256-GCM with a key from the settings, bound to their owner.

While the key changes there are several: the first seals, all open, and what another one sealed is sealed anew.
"""

from __future__ import annotations

import os
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORM = b"\x01"
_NONCE = 12


class Sealer:
    """Seals small secrets. `owner` is authenticated too: a sealed secret copied to another owner does not open."""

    def __init__(self, key: bytes, *others: bytes) -> None:
        self._ciphers = [AESGCM(each) for each in dict.fromkeys([key, *others])]

    def seal(self, secret: bytes, owner: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return _FORM + nonce + self._ciphers[0].encrypt(nonce, secret, owner.encode())

    def unseal(self, sealed: bytes, owner: str) -> bytes:
        """The secret. Raises InvalidTag when it was sealed by no key of ours, for another owner, or was altered."""
        return self._opened(sealed, owner)[1]

    def resealed(self, sealed: bytes, owner: str) -> bytes | None:
        """The same by the first key; None when it is so already, or does not open."""
        try:
            place, secret = self._opened(sealed, owner)
        except InvalidTag:
            return None
        return self.seal(secret, owner) if place else None

    def _opened(self, sealed: bytes, owner: str) -> tuple[int, bytes]:
        for place, cipher in enumerate(self._ciphers):
            with suppress(InvalidTag):
                return place, cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], owner.encode())
        raise InvalidTag
