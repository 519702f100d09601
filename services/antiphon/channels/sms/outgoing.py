"""SMS, out: by the bound session when it lives in this process, else by a transmitter bound for this one message; or by
a signed request to the gateway."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from datetime import datetime

from antiphon.channels.contract import Capabilities, ChannelView, Load, OutcomeUnknown, SendLater, SendRefused, Sent
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.message import Kind, Message, Usage
from antiphon.channels.provider import Provider, object_of
from antiphon.channels.sms import pdu, signature
from antiphon.channels.sms.numbers import addressed, can_answer
from antiphon.channels.sms.pdu import Address, Command, ShortMessage
from antiphon.channels.sms.receipts import exact, plain
from antiphon.channels.sms.segments import MOST, segments
from antiphon.channels.sms.session import BindFailed, Broken, Session, bound, transmitter
from antiphon.channels.sms.smsc import Sessions

CAPABILITIES = Capabilities(
    paid=True,
    max_text=4000, max_caption=0, media=False, edits=False, typing=False, buttons=False, reports_read=False,
    per_channel=10.0, per_chat=1.0,
)  # fmt: skip
_DOWN, _THROTTLED = 5.0, 2.0
_PATIENCE = 10
_BUSY = {0x14: "The SMSC's queue is full", 0x58: "The SMSC asks to send slower"}
_LATER = frozenset({0x08, 0x64, 0x65})
_WORDS = {
    0x0A: "The SMSC does not accept our sender: check the channel's number or name.",
    0x0B: "The SMSC does not accept the customer's number.",
    0x45: "The SMSC refused the message.",
    0x48: "The SMSC does not accept the type of our number.",
    0x50: "The SMSC does not accept the type of the customer's number.",
}
_FINAL_RECEIPT, _FAILURE_RECEIPT = 1, 2


class SmsOutgoing:
    capabilities = CAPABILITIES

    def __init__(self, sessions: Sessions, gateway: Provider, now: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._gateway = gateway
        self._now = now

    async def send(self, channel: ChannelView, conversation: Conversation, message: Message, load: Load) -> Sent:
        if not can_answer(conversation.peer):
            raise SendRefused("The sender is a name and not a number: it cannot be answered.")
        if message.attachments:
            raise SendRefused("An SMS carries no files: send a text.")
        text = written_out(message)
        if channel.settings.get("transport") == "http":
            return await self._post(channel, conversation, message, text)
        bodies = submits(channel, conversation.peer, text, _ref(message))
        session = self._sessions.of(channel)
        if session is not None:
            return _sent(await submit(session, bodies), len(bodies))
        try:
            async with transmitter(channel) as own:
                return _sent(await submit(own, bodies), len(bodies))
        except BindFailed as error:
            raise SendLater(str(error), retry_after=_DOWN, whole_channel=True) from error

    async def typing(self, channel: ChannelView, conversation: Conversation) -> None:
        """SMS cannot show it."""

    async def test(self, channel: ChannelView) -> tuple[bool, str]:
        """SMPP: binds. HTTP: nothing can be asked without sending a text, so that it says what was set."""
        if channel.settings.get("transport") == "http":
            if not channel.secrets.get("secret"):
                return False, "The secret is missing: set the one that the gateway signs with."
            return True, "The settings are complete. Whether the gateway takes texts shows with the first one."
        if self._sessions.of(channel) is not None:
            return True, f"The SMSC accepted {channel.settings.get('system_id')}; the connection is up."
        try:
            session = await bound(channel, Command.BIND_TRANSMITTER)
        except BindFailed as error:
            return False, str(error)
        session.close()
        return True, f"The SMSC accepts {channel.settings.get('system_id')}."

    async def _post(self, channel: ChannelView, conversation: Conversation, message: Message, text: str) -> Sent:
        secret = channel.secrets.get("secret", "")
        if not secret:
            raise SendRefused("The secret is missing: set the one that the gateway checks.")
        whole = {
            "id": f"{message.conversation_id}.{message.seq}", "from": channel.settings["source"],
            "to": conversation.peer, "text": text,
        }  # fmt: skip
        body = json.dumps(whole, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", signature.NAME: signature.sign(secret, body, self._now())}
        url = str(channel.settings["url"])
        answer = await self._gateway.call_named("POST", url, inside=channel.inside, content=body, headers=headers)
        if answer.status_code >= 500:
            raise SendLater(f"The SMS gateway has trouble ({answer.status_code})")
        found = object_of(answer)
        if not answer.is_success:
            why = str(found.get("error") or f"status {answer.status_code}")
            raise SendRefused(f"The SMS gateway refused it: {why}")
        if not isinstance(found.get("id"), str) or not found["id"]:
            raise OutcomeUnknown("the gateway's answer has no id")
        return _sent(exact(found["id"]), counted(found.get("parts"), channel, text))


def written_out(message: Message) -> str:
    """The text, and a menu's options as lines."""
    lines = [message.text] if message.text else []
    if message.kind is Kind.MENU:
        lines += [f"{number}. {option.label or option.key}" for number, option in enumerate(message.options, 1)]
    return "\n".join(lines)


def counted(said: object, channel: ChannelView, text: str) -> int:
    """In how many parts a text went: what the gateway says, else as an SMSC would count it."""
    if isinstance(said, int) and 0 < said <= MOST:
        return said
    try:
        return len(segments(text, 0, str(channel.settings.get("alphabet") or "gsm7")).parts)
    except ValueError:
        return MOST


def _sent(ids: str, parts: int) -> Sent:
    return Sent(ids, Usage("sms", parts))


def submits(channel: ChannelView, peer: str, text: str, ref: int) -> list[bytes]:
    """The bodies of submit_sm. Of a long text the last part reports its arrival, the others only that they failed: one
    message has one fate."""
    settings = channel.settings
    try:
        parts = segments(text, ref, str(settings.get("alphabet") or "gsm7"))
    except ValueError as error:
        raise SendRefused("The text is too long for an SMS.") from error
    source = _address(str(settings["source"]), settings.get("source_ton"), settings.get("source_npi"))
    destination = _address(peer, settings.get("dest_ton"), settings.get("dest_npi"))
    last = len(parts.parts) - 1
    return [
        ShortMessage(
            source, destination, data, parts.coding, parts.esm_class,
            _FINAL_RECEIPT if number == last else _FAILURE_RECEIPT,
        ).encode()
        for number, data in enumerate(parts.parts)
    ]  # fmt: skip


async def submit(session: Session, bodies: list[bytes]) -> str:
    """The SMSC's ids. Raises SendRefused, SendLater, OutcomeUnknown."""
    ids: list[str] = []
    for body in bodies:
        try:
            ids.append(await _submit_part(session, body, waits=bool(ids)))
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            if not ids:
                raise
            taken = f"Only {len(ids)} of {len(bodies)} parts were taken ({error}); send it again."
            raise SendRefused(taken) from error
    return ",".join(ids)


async def _submit_part(session: Session, body: bytes, waits: bool) -> str:
    """Once the first part is out the others cannot come back later: a busy SMSC is waited for here."""
    for attempt in range(_PATIENCE):
        try:
            answer = await session.ask(Command.SUBMIT_SM, body)
        except Broken as error:
            if error.was_sent:
                raise OutcomeUnknown(str(error)) from error
            raise SendLater(str(error), retry_after=_DOWN) from error
        if answer.status == pdu.OK:
            return plain(pdu.message_id(answer.body))
        if answer.status not in _BUSY:
            break
        if not waits or attempt == _PATIENCE - 1:
            raise SendLater(_BUSY[answer.status], retry_after=_THROTTLED, whole_channel=True)
        await asyncio.sleep(1.0)
    if answer.status in _LATER:
        raise SendLater(f"The SMSC has trouble (status 0x{answer.status:08X})")
    raise SendRefused(_WORDS.get(answer.status, f"The SMSC refused it (status 0x{answer.status:08X})."))


def _address(number: str, ton: object, npi: object) -> Address:
    digits, usual_ton, usual_npi = addressed(number)
    return Address(
        digits, int(ton) if isinstance(ton, int | float) else usual_ton,
        int(npi) if isinstance(npi, int | float) else usual_npi,
    )  # fmt: skip


def _ref(message: Message) -> int:
    """Neighbouring messages differ."""
    start = hashlib.sha256(message.conversation_id.encode()).digest()[0]
    return (start + message.seq) & 0xFF
