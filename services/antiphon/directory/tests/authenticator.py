"""A passkey device in software: it makes ES256 keys, signs challenges, counts, and can be told to misbehave."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Device:
    """One key for one account."""

    origin: str = "http://localhost:8080"
    host: str = "localhost"
    verifies: bool = True
    """It makes sure of the person (PIN, finger, face)."""
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: str | None = None

    def create(self, options: str, origin: str = "") -> str:
        """The answer to `navigator.credentials.create`."""
        asked = json.loads(options)
        self.handle = asked["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(self.credential).to_bytes(2) + self.credential + cbor2.dumps(cose)
        data = self._data(0x40) + attested
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", asked["challenge"], origin)
        return self._answer({"clientDataJSON": text(said), "attestationObject": text(statement)})

    def get(self, options: str, origin: str = "", **changes: Any) -> str:
        """The answer to `navigator.credentials.get`."""
        asked = json.loads(options)
        self.count += 1
        data, said = self._data(), self._said("webauthn.get", asked["challenge"], origin)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"clientDataJSON": text(said), "authenticatorData": text(data), "signature": text(signature)}
        return self._answer({**answer, "userHandle": self.handle, **changes})

    def _data(self, more: int = 0) -> bytes:
        flags = 0x01 | (0x04 if self.verifies else 0) | more
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _said(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin or self.origin}).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        name = text(self.credential)
        answer = {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
        return json.dumps(answer)


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
