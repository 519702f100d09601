"""Meta's webhooks: the trial call, and HMAC-SHA256 over the raw body with the app's secret.
https://developers.facebook.com/docs/graph-api/webhooks/getting-started"""

from __future__ import annotations

import hashlib
import hmac
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from antiphon.channels.contract import Call, ChannelView, RawUpdate


def signed(secret: str, body: bytes, given: str) -> bool:
    """Whether `given` ("sha256=…") is the signature of these very bytes. Nothing is signed without a secret."""
    right = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(right.encode(), given.strip().lower().encode())


class MetaHooks(ABC):
    """For both; what an update is differs."""

    def welcome(self, channel: ChannelView, call: Call) -> str | None:
        given = call.query.get("hub.verify_token", "")
        is_right = hmac.compare_digest(given.encode(), channel.secrets["webhook"].encode())
        return call.query.get("hub.challenge", "") if is_right and call.query.get("hub.mode") == "subscribe" else None

    def is_authentic(self, channel: ChannelView, call: Call, now: datetime) -> bool:
        given = call.headers.get("x-hub-signature-256", "")
        return signed(channel.secrets.get("app_secret", ""), call.body, given)

    def updates(self, channel: ChannelView, call: Call) -> Sequence[RawUpdate]:
        parts = self.parts(channel, json.loads(call.body))
        return [
            RawUpdate(channel.tenant, channel.id, dedup, lane, order, json.dumps(part, ensure_ascii=False).encode())
            for dedup, lane, order, part in parts
        ]

    @abstractmethod
    def parts(self, channel: ChannelView, body: Mapping[str, Any]) -> Iterator[tuple[str, str, int, Mapping[str, Any]]]:
        """(dedup key, lane, order, what is kept) of everything in a call that is about this channel."""

    def thanks(self, channel: ChannelView, call: Call) -> str:
        return ""
