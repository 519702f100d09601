"""SRTP for a phone: AES_CM_128_HMAC_SHA1_80 with keys out of the session description (RFC 3711, 4568). RTP only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from antiphon.media.sip.syntax import ParseError

SUITE = "AES_CM_128_HMAC_SHA1_80"
_KEY, _SALT, _TAG = 16, 14, 10
_ATTRIBUTE = re.compile(r"(\d{1,9}) +AES_CM_128_HMAC_SHA1_80 +inline:([A-Za-z0-9+/=]{40})(?:[|; ].*)?")


def new_key() -> bytes:
    """A master key with its salt."""
    return secrets.token_bytes(_KEY + _SALT)


def attribute(tag: int, key: bytes) -> str:
    """The value of a=crypto."""
    return f"{tag} {SUITE} inline:{base64.b64encode(key).decode()}"


def read_attribute(value: str) -> tuple[int, bytes] | None:
    """Tag and key of an a=crypto; None for a suite that we do not speak."""
    match = _ATTRIBUTE.fullmatch(value.strip())
    return (int(match[1]), base64.b64decode(match[2])) if match is not None else None


def agreed(protocol: str, attributes: list[str], *, secure: bool) -> tuple[int, bytes] | None:
    """Tag and key of what the other side offers; None without SRTP. ParseError when only one side wants it."""
    found = next(filter(None, map(read_attribute, attributes)), None)
    if secure != ("SAVP" in protocol) or (secure and found is None):
        raise ParseError("one side speaks SRTP and the other does not", 488)
    return found if secure else None


def _stream(key: bytes, start: int, length: int) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.CTR(start.to_bytes(16, "big"))).encryptor()
    return encryptor.update(bytes(length))


def derived(key: bytes) -> tuple[bytes, int, bytes]:
    """Session keys of a master key: cipher, salt, authentication (RFC 3711 4.3)."""
    master, salt = key[:_KEY], int.from_bytes(key[_KEY:], "big")
    cipher, auth, session_salt = (
        _stream(master, (salt ^ label << 48) << 16, length) for label, length in ((0, 16), (1, 20), (2, 14))
    )
    return cipher, int.from_bytes(session_salt, "big"), auth


@dataclass(slots=True)
class Context:
    """One direction. Sequence numbers of each source are counted on beyond their sixteen bits."""

    key: bytes
    _keys: tuple[bytes, int, bytes] = field(init=False)
    _highest: dict[bytes, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._keys = derived(self.key)

    def protect(self, packet: bytes) -> bytes:
        """An RTP packet without extension, encrypted and signed."""
        index = self._index(packet, count=True)
        sealed = packet[:12] + self._ciphered(packet, index, packet[12:])
        return sealed + self._signature(sealed, index)

    def unprotect(self, data: bytes) -> bytes | None:
        """The packet in it; None for what was not signed with our key."""
        sealed, tag = data[:-_TAG], data[-_TAG:]
        if len(sealed) < 12:
            return None
        index = self._index(sealed, count=False)
        if not hmac.compare_digest(tag, self._signature(sealed, index)):
            return None
        self._index(sealed, count=True)
        begin = 12 + 4 * (sealed[0] & 15)
        return sealed[:begin] + self._ciphered(sealed, index, sealed[begin:])

    def _index(self, packet: bytes, *, count: bool) -> int:
        source, sequence = packet[8:12], int.from_bytes(packet[2:4], "big")
        last = self._highest.get(source, sequence)
        step = (sequence - last) & 0xFFFF
        index = last + step if step < 0x8000 else last + step - 0x10000
        if count:
            self._highest[source] = max(last, index)
        return index

    def _ciphered(self, packet: bytes, index: int, payload: bytes) -> bytes:
        cipher, salt, _ = self._keys
        start = salt << 16 ^ int.from_bytes(packet[8:12], "big") << 64 ^ index << 16
        return bytes(a ^ b for a, b in zip(payload, _stream(cipher, start, len(payload)), strict=True))

    def _signature(self, sealed: bytes, index: int) -> bytes:
        rollover = (index >> 16).to_bytes(4, "big")
        return hmac.digest(self._keys[2], sealed + rollover, hashlib.sha1)[:_TAG]
