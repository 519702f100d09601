"""A stored update: what came, byte by byte, with the instant at which it came."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Stored:
    id: str
    at: datetime
    bodies: tuple[bytes, ...]
    """One body of deliver_sm, or the parts of one message in order; or one body of a gateway's call."""
    missing: tuple[int, ...] = ()
    by_http: bool = False

    def encode(self) -> bytes:
        whole = {
            "id": self.id, "at": self.at.timestamp(), "missing": self.missing, "http": self.by_http,
            "bodies": [body.hex() for body in self.bodies],
        }  # fmt: skip
        return json.dumps(whole).encode()


def stored(raw: bytes) -> Stored:
    whole = json.loads(raw)
    bodies: Sequence[str] = whole["bodies"]
    return Stored(
        whole["id"], datetime.fromtimestamp(whole["at"], UTC), tuple(bytes.fromhex(body) for body in bodies),
        tuple(whole["missing"]), whole["http"],
    )  # fmt: skip
