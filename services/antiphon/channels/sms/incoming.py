"""SMS, in: what a deliver_sm or a gateway's call says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from antiphon.channels.contract import (
    Call,
    ChannelView,
    FileTooLarge,
    Heard,
    Ignored,
    RawUpdate,
    RemoteFile,
    Reported,
    Said,
    Sender,
)
from antiphon.channels.domain.message import Delivery
from antiphon.channels.sms import pdu, signature
from antiphon.channels.sms.alphabet import decode
from antiphon.channels.sms.numbers import can_answer, written
from antiphon.channels.sms.raw import Stored, stored
from antiphon.channels.sms.receipts import exact, other_forms, plain, receipt
from antiphon.channels.sms.segments import opened

_STATUSES = {"delivered": Delivery.DELIVERED, "failed": Delivery.FAILED}
_GAP = "[…]"


class SmsHooks:
    """The gateway's calls. `id` is the gateway's, and the key to a repeated call."""

    def welcome(self, channel: ChannelView, call: Call) -> str | None:
        return None

    def is_authentic(self, channel: ChannelView, call: Call, now: datetime) -> bool:
        if channel.settings.get("transport") != "http":
            return False
        given = call.headers.get(signature.NAME, "")
        return signature.is_right(channel.secrets.get("secret", ""), call.body, given, now)

    def updates(self, channel: ChannelView, call: Call) -> Sequence[RawUpdate]:
        event = json.loads(call.body)
        name = _id(event)
        at = datetime.fromtimestamp(signature.stamp_of(call.headers[signature.NAME]), UTC)
        if "status" in event:
            lane, dedup = f"report:{name}", f"{name}:{_status(event).value}"
        else:
            lane, dedup = _number(channel, event), name
            if not isinstance(event["text"], str):
                raise ValueError("text must be a text")
        raw = Stored(name, at, (call.body,), by_http=True).encode()
        digest = hashlib.sha256(dedup.encode()).hexdigest()[:32]
        return [RawUpdate(channel.tenant, channel.id, digest, lane, int(at.timestamp() * 1_000_000), raw)]

    def thanks(self, channel: ChannelView, call: Call) -> str:
        return ""


class SmsIncoming:
    def read(self, channel: ChannelView, raw: bytes) -> Heard:
        it = stored(raw)
        return _called(channel, it) if it.by_http else _delivered(channel, it)

    async def who(self, channel: ChannelView, sender: Sender) -> Sender:
        return sender

    async def fetch(self, channel: ChannelView, file: RemoteFile) -> bytes:
        raise FileTooLarge

    async def noted(self, channel: ChannelView, raw: bytes) -> None:
        """Nobody waits for it."""


def _called(channel: ChannelView, it: Stored) -> Heard:
    event = json.loads(it.bodies[0])
    if "status" in event:
        failure = str(event.get("error") or "no reason given") if event["status"] == "failed" else ""
        words = f"The SMS gateway could not deliver it: {failure}" if failure else ""
        return Reported(_status(event), it.at, (exact(it.id),), failure=words)
    return _said(channel, it, _number(channel, event), str(event["text"]))


def _delivered(channel: ChannelView, it: Stored) -> Heard:
    messages = [pdu.parse(body) for body in it.bodies]
    first = messages[0]
    if first.is_receipt:
        found = receipt(first)
        if found.delivery is Delivery.NONE:
            return Ignored("a receipt of a message on its way")
        return Reported(
            found.delivery, it.at, (plain(found.id),), failure=found.failure, other_ids=other_forms(found.id)
        )
    texts: dict[int, str] = dict.fromkeys(it.missing, _GAP)
    for message in messages:
        place, data = opened(message)
        text = decode(data, message.coding, str(channel.settings.get("alphabet") or "gsm7"))
        if text is None:
            return Ignored("a binary message")
        texts[place.number if place else 1] = text
    number = written(first.source.digits, str(channel.settings.get("region", "")), first.source.ton)
    return _said(channel, it, number, "".join(texts[number] for number in sorted(texts)))


def _said(channel: ChannelView, it: Stored, number: str, text: str) -> Heard:
    if not number:
        return Ignored("a message without a sender")
    text = text.replace("\0", "")
    if not text.strip():
        return Ignored("a message without text")
    missing = {"missing_parts": ", ".join(map(str, it.missing))} if it.missing else {}
    facts = missing if can_answer(number) else {**missing, "cannot_be_answered": "the sender is a name"}
    sender = Sender(identity=number, peer=number, namespace="", name=number)
    return Said(sender, hashlib.sha256(it.id.encode()).hexdigest()[:32], it.at, text, facts=facts)


def _id(event: Mapping[str, Any]) -> str:
    name = event["id"]
    if not isinstance(name, str) or not 1 <= len(name) <= 200:
        raise ValueError("id must be a text of 1 to 200 characters")
    return name


def _status(event: Mapping[str, Any]) -> Delivery:
    return _STATUSES[event["status"]]


def _number(channel: ChannelView, event: Mapping[str, Any]) -> str:
    number = event["from"]
    if not isinstance(number, str) or not 1 <= len(number.strip()) <= 30:
        raise ValueError("from must be a number")
    return written(number, str(channel.settings.get("region", "")))
