"""A small SIP phone: registers, calls, answers, holds, transfers, plays and listens.

phone = Phone(PhoneAccount("1001", "pbx.example", "secret"), edge=Hop("127.0.0.5", 5060))
await phone.start()
await phone.register()
call = await phone.call("sip:600@pbx.example")
await call.up()
call.line.sound = Tone(440)
...
call.hang_up()
await phone.close()
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from antiphon.media.endpoint.endpoint import Endpoint
from antiphon.media.endpoint.leg import Leg, LegEvent, Replaced
from antiphon.media.endpoint.registration import Registration
from antiphon.media.phone import srtp
from antiphon.media.phone.line import Line
from antiphon.media.sip import sdp
from antiphon.media.sip.call import CallState
from antiphon.media.sip.digest import Credentials
from antiphon.media.sip.events import Answered, Dtmf, Ended, Failed, Progress, Referred, Reoffered
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.registration import Account, RegistrationState
from antiphon.media.sip.syntax import ParseError
from antiphon.media.sip.uri import Hop, sip

CODECS = {"PCMU": sdp.Codec(0, "PCMU", 8000), "PCMA": sdp.Codec(8, "PCMA", 8000)}
EVENT = sdp.Codec(101, "telephone-event", 8000, 1, "0-16")
WITHIN = 30.0
_REVERSED = {"sendonly": "recvonly", "recvonly": "sendonly"}


class NotUp(Exception):
    """The call was refused (`code`) or ended before it was up."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the call is not up: {code}")
        self.code = code


class NotRegistered(Exception):
    """The registrar refused with `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"not registered: {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class PhoneAccount:
    """Whose phone it is."""

    user: str
    domain: str
    password: str = ""
    transport: str = "udp"
    codecs: tuple[str, ...] = ("PCMU", "PCMA")
    secure: bool = False
    """Speaks SRTP and nothing else; another phone speaks none."""
    events: bool = True
    """Says keys by RFC 4733; else they are tones in the sound."""

    @property
    def address(self) -> str:
        """The address of record."""
        return str(sip(self.user, self.domain))

    @property
    def credentials(self) -> Credentials | None:
        """For the challenges of the edge."""
        return Credentials(self.user, self.password) if self.password else None


class PhoneCall:
    """One call of a phone: the leg and its media line. `digits` has those that came by INFO and by RTP event."""

    def __init__(self, phone: Phone, leg: Leg, line: Line) -> None:
        self.phone = phone
        self.leg = leg
        self.line = line
        self.digits = line.digits
        self.rang = asyncio.Event()
        self.code = 0
        self.direction = "sendrecv"
        self.remote_direction = "sendrecv"
        self.transferred_to: PhoneCall | None = None
        self.reports_to: PhoneCall | None = None
        self._up = asyncio.Event()
        self._over = asyncio.Event()
        self._version = 1
        self._crypto = 1
        leg.on_event = self._told

    # -- verbs

    def ring(self) -> None:
        """180."""
        self.leg.ring()

    def answer(self) -> bool:
        """Picks up. Refuses with 488 if there is no codec in common."""
        try:
            mine = self._answer_to(self.leg.remote_sdp)
        except ParseError:
            self.leg.reject(488)
            return False
        answered = self.leg.answer(mine)
        if answered:
            self._up.set()
        return answered

    def reject(self, code: int = 486) -> None:
        """Does not pick up."""
        self.leg.reject(code)

    def hang_up(self) -> None:
        """Ends it, whatever state it is in."""
        self.leg.hang_up()

    async def up(self, within: float = WITHIN) -> PhoneCall:
        """Waits for the answer. Raises NotUp or TimeoutError."""
        async with asyncio.timeout(within):
            await self._up.wait()
        if self.leg.state not in {CallState.UP, CallState.ANSWERED}:
            raise NotUp(self.code)
        return self

    async def over(self, within: float = WITHIN) -> int:
        """Waits for the end; the failure's code, or 0."""
        async with asyncio.timeout(within):
            await self._over.wait()
        return self.code

    async def hold(self) -> None:
        """Puts the other side on hold."""
        await self._redirect("sendonly")

    async def resume(self) -> None:
        """Takes it back."""
        await self._redirect("sendrecv")

    async def _redirect(self, direction: str) -> None:
        self.direction = direction
        self._take(await self.leg.reoffer(self._offer()))

    async def transfer(self, target: str) -> int:
        """Blind: the other side calls `target`. Its final code; hangs up if it is through."""
        return await self._refer(target, "")

    async def transfer_to(self, other: PhoneCall) -> int:
        """Attended: the other sides of this call and of `other` talk to each other."""
        return await self._refer(other.leg.remote_target, other.leg.replaces)

    async def _refer(self, target: str, replaces: str) -> int:
        code = await self.leg.refer(target, replaces, f"<{self.phone.account.address}>")
        if code < 300:
            self.hang_up()
        return code

    async def press(self, keys: str, how: str = "event", within: float = WITHIN) -> None:
        """Sends digits: "event" (RFC 4733), "info" or "in-band"; returns when all are out."""
        if how == "info":
            for key in keys:
                await self.leg.digit(key)
            return
        self.line.press(keys, in_band=how == "in-band")
        async with asyncio.timeout(within):
            await self.line.pressed.wait()

    # -- what is told

    def _told(self, event: LegEvent) -> None:
        match event:
            case Progress(code, description):
                self.rang.set()
                self._report(code)
                self._take(description)
            case Answered(description):
                self._answered(description)
                self._report(200)
                self._up.set()
            case Reoffered(description, reply):
                self._reoffered(description, reply)
            case Dtmf(digit, _):
                self.digits.put_nowait(digit)
            case Referred():
                self._referred(event)
            case Replaced(by):
                self._replaced(by)
            case Failed(code):
                self.code = code
                self._report(code)
                self._close()
            case Ended():
                self._close()

    def _answered(self, description: bytes) -> None:
        if self.leg.local_sdp:
            self._take(description)
            return
        try:
            self.leg.confirm(self._answer_to(description))
        except ParseError:
            self.leg.hang_up()

    def _close(self) -> None:
        self._up.set()
        self._over.set()
        self.phone.forget(self)

    def _reoffered(self, description: bytes, reply: object) -> None:
        assert callable(reply)
        try:
            reply(self._answer_to(description) if description else self._offer())
        except ParseError:
            reply(488)

    def _referred(self, event: Referred) -> None:
        """Does what it is told: calls the new party and reports how that goes."""
        event.reply(202)
        headers = [("Replaces", event.replaces)] if event.replaces else []
        headers += [("Referred-By", event.referred_by)] if event.referred_by else []
        self.transferred_to = self.phone.place(event.to, self.line, headers)
        self.transferred_to.reports_to = self

    def _report(self, code: int) -> None:
        if self.reports_to is not None:
            self.reports_to.leg.notify(code)

    def _replaced(self, by: Leg) -> None:
        """Another dialog takes this call's place: same line, no gap."""
        self.transferred_to = self.phone.take(by, self.line)
        self.transferred_to.answer()

    # -- session descriptions

    def _offer(self) -> bytes:
        codecs = [CODECS[name] for name in self.phone.account.codecs]
        self._version += 1
        return self.phone.describe(self.line, [*codecs, EVENT], self._crypto, self._version, self.direction)

    def _answer_to(self, description: bytes) -> bytes:
        codec, event = self._take(description, strict=True)
        wanted = _REVERSED.get(self.remote_direction, self.remote_direction)
        if self.direction == "sendonly" and wanted == "sendrecv":
            wanted = "sendonly"
        self._version += 1
        codecs = [codec] if event is None else [codec, event]
        return self.phone.describe(self.line, codecs, self._crypto, self._version, wanted)

    def _take(self, description: bytes, *, strict: bool = False) -> tuple[sdp.Codec, sdp.Codec | None]:
        """Sends from now on what and where the other side says. With `strict` ParseError if that is impossible."""
        usual = CODECS[self.line.codec]
        if not description and not strict:
            return usual, None
        session = sdp.parse(description)
        media = next((one for one in session.media if one.kind == "audio" and one.port), None)
        if media is None:
            raise ParseError("there is no audio in it", 488)
        keys = srtp.agreed(media.protocol, media.values("crypto"), secure=self.phone.account.secure)
        if keys is not None:
            self._crypto, key = keys
            self.line.secure(key)
        codecs = media.codecs
        codec = next((one for one in codecs if one.name.upper() in self.phone.account.codecs), None)
        if codec is None:
            raise ParseError("there is no codec in common", 488)
        event = next((one for one in codecs if one.name.lower() == "telephone-event"), None)
        self.remote_direction = session.direction_of(media)
        line = self.line
        line.codec = codec.name.upper()
        line.payload_types[line.codec] = codec.payload
        line.event_type = event.payload if event is not None else line.event_type
        line.remote = (session.address_of(media), media.port)
        line.sends = self.remote_direction in {"sendrecv", "recvonly"} and self.direction != "inactive"
        return codec, event


class Phone:
    """A phone on an address of this machine. Incoming calls come out of `incoming()`."""

    def __init__(
        self, account: PhoneAccount, edge: Hop | None = None, *, host: str = "127.0.0.1", rtcp_every: float = 5.0
    ) -> None:
        self.account = account
        self.host = host
        self.calls: list[PhoneCall] = []
        self.registration: Registration | None = None
        self._rtcp_every = rtcp_every
        self._incoming: asyncio.Queue[PhoneCall] = asyncio.Queue()
        self._opening: set[asyncio.Task[None]] = set()
        self._edge = replace(edge, transport=account.transport) if edge is not None else None
        self.endpoint = Endpoint(host, 0, name=account.user, on_call=self._on_call, next_hop=self._edge)

    async def start(self) -> None:
        """Opens its port."""
        await self.endpoint.start()

    async def close(self) -> None:
        """Hangs up, unregisters, closes."""
        for call in list(self.calls):
            call.hang_up()
        if self.registration is not None:
            self.registration.stop()
        await asyncio.sleep(0.05)
        await self.endpoint.close()
        for call in list(self.calls):
            call.line.close()

    async def register(self, within: float = WITHIN, expires: int = 300) -> None:
        """Registers and stays registered. Raises NotRegistered or TimeoutError."""
        account = self.account
        registrar = f"sip:{account.domain};transport={account.transport}"
        wanted = Account(registrar, account.address, account.credentials, expires=expires, hop=self._edge)
        self.registration = self.endpoint.registration(wanted)
        async with asyncio.timeout(within):
            while True:
                state, code = await self.registration.next()
                if state is RegistrationState.REGISTERED:
                    return
                if state is RegistrationState.WAITING:
                    raise NotRegistered(code)

    async def call(
        self, target: str, headers: list[tuple[str, str]] | None = None, *, offers: bool = True
    ) -> PhoneCall:
        """Places a call; `await call.up()` waits for the answer. Without `offers` the other side has to say first what
        it can, and we answer in the ACK."""
        line = Line(self._rtcp_every)
        await line.open(self.host)
        return self.place(target, line, headers or [], offers=offers)

    def place(self, target: str, line: Line, headers: list[tuple[str, str]], *, offers: bool = True) -> PhoneCall:
        """Places a call on a line that is open."""
        account = self.account
        offer = self.describe(line, [*(CODECS[name] for name in account.codecs), EVENT])
        leg = self.endpoint.invite(
            target,
            sender=NameAddr(account.address),
            sdp=offer if offers else b"",
            headers=headers,
            credentials=account.credentials,
            hop=self._edge,
        )
        return self.take(leg, line)

    def describe(
        self, line: Line, codecs: list[sdp.Codec], crypto: int = 1, version: int = 1, direction: str = "sendrecv"
    ) -> bytes:
        """What this phone says about its sound."""
        spoken = [codec for codec in codecs if codec.name != EVENT.name or self.account.events]
        session = sdp.audio(self.host, line.port, spoken, version=version, direction=direction)
        if self.account.secure:
            session.media[0].protocol = "RTP/SAVP"
            session.media[0].attributes.append(("crypto", srtp.attribute(crypto, line.key)))
        return session.encode()

    def take(self, leg: Leg, line: Line) -> PhoneCall:
        """A leg with its line as a call of this phone."""
        call = PhoneCall(self, leg, line)
        self.calls.append(call)
        return call

    def forget(self, call: PhoneCall) -> None:
        """A call is over; its line is closed unless another call has it."""
        if call in self.calls:
            self.calls.remove(call)
        if all(one.line is not call.line for one in self.calls):
            call.line.close()

    def _on_call(self, leg: Leg) -> None:
        task = asyncio.get_running_loop().create_task(self._ring(leg))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _ring(self, leg: Leg) -> None:
        line = Line(self._rtcp_every)
        await line.open(self.host)
        if leg.ended.is_set():
            line.close()
            return
        self._incoming.put_nowait(self.take(leg, line))

    async def incoming(self, within: float = WITHIN) -> PhoneCall:
        """The next call that comes in."""
        async with asyncio.timeout(within):
            return await self._incoming.get()
