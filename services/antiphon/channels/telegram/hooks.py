"""Telegram's webhook: one update a call, with the secret that we named when the webhook was set."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from antiphon.channels.contract import Call, ChannelView, RawUpdate
from antiphon.channels.telegram.incoming import lane_of


def raw_update(channel: ChannelView, update: Mapping[str, Any]) -> RawUpdate:
    """An update as it is stored. Raises KeyError, TypeError for what is not one."""
    number = int(update["update_id"])
    return RawUpdate(
        tenant=channel.tenant,
        channel_id=channel.id,
        dedup=str(number),
        lane=lane_of(update),
        order=number,
        raw=json.dumps(update, ensure_ascii=False).encode("utf-8", "replace"),
    )


class TelegramHooks:
    def welcome(self, channel: ChannelView, call: Call) -> str | None:
        return None

    def is_authentic(self, channel: ChannelView, call: Call, now: datetime) -> bool:
        given = call.headers.get("x-telegram-bot-api-secret-token", "")
        return hmac.compare_digest(given.encode(), channel.secrets["webhook"].encode())

    def updates(self, channel: ChannelView, call: Call) -> Sequence[RawUpdate]:
        return [raw_update(channel, json.loads(call.body))]

    def thanks(self, channel: ChannelView, call: Call) -> str:
        return ""
