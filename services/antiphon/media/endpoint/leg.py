"""A leg: one call as the media application sees it. Verbs are methods, what happens is a queue of events.

    leg = endpoint.invite("sip:1001@pbx.example", sender=NameAddr("sip:queue@pbx.example"), sdp=offer)
    match await leg.next():
        case Progress(code, sdp): ...
        case Answered(sdp): ...
        case Failed(code, reason): ...

The last event of a leg is `Failed` (a call of ours that was not answered) or `Ended`; exactly one of them comes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from antiphon.media.endpoint.turns import Turns
from antiphon.media.sip.call import Call, CallState
from antiphon.media.sip.core import headers_of
from antiphon.media.sip.dtmf import RELAY, write_digit
from antiphon.media.sip.effects import AnyEvent, Displaced
from antiphon.media.sip.events import (
    Acked,
    Answered,
    Dtmf,
    Ended,
    Failed,
    Progress,
    Referred,
    Reoffered,
)
from antiphon.media.sip.incoming import IncomingCall
from antiphon.media.sip.message import Request, Response
from antiphon.media.sip.outgoing import OutgoingCall

LegState = CallState


@dataclass(frozen=True, slots=True)
class Replaced:
    """An INVITE with Replaces came for this leg (attended transfer). Answer `by` with this leg's media.

    When `by` is answered the stack hangs this leg up, and `Ended` comes. Reject `by`, and this leg goes on.
    """

    by: Leg


LegEvent = Progress | Answered | Failed | Acked | Reoffered | Dtmf | Referred | Replaced | Ended


class Refused(Exception):
    """The other side refused a request inside the call: `code` says how (491: still crossing; 408, 481: gone)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with {code}")
        self.code = code


class Leg:
    """One INVITE usage, in either direction. Any verb may be used in any state and is False where it is too late."""

    def __init__(self, turns: Turns, leg_of: Callable[[Call], Leg], call: Call) -> None:
        self._turns = turns
        self._leg_of = leg_of
        self._since = time.perf_counter()
        self._call = call
        self._queue: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._reoffering = asyncio.Lock()
        self.on_event: Callable[[LegEvent], None] | None = None
        self.ended = asyncio.Event()

    # -- what it is

    @property
    def id(self) -> str:
        """The local tag: unique in the world."""
        return self._call.tag

    @property
    def is_outgoing(self) -> bool:
        """True if we called."""
        return self._call.is_outgoing

    @property
    def direction(self) -> str:
        """ "out" if we called, "in" if we were called."""
        return "out" if self._call.is_outgoing else "in"

    @property
    def state(self) -> LegState:
        """Where the call is; the moves are in `antiphon.media.sip.call.NEXT`."""
        return self._call.state

    @property
    def age(self) -> float:
        """Seconds since its INVITE was read or sent."""
        return time.perf_counter() - self._since

    @property
    def call_id(self) -> str:
        """The SIP Call-ID."""
        return self._call.call_id

    @property
    def invite(self) -> Request:
        """The INVITE that made the leg. An adopted leg has none: LookupError."""
        if not isinstance(self._call, OutgoingCall | IncomingCall):
            raise LookupError("an adopted leg does not know its INVITE")
        return self._call.invite

    @property
    def remote_sdp(self) -> bytes:
        """The last session description of the other side."""
        return self._call.remote_sdp

    @property
    def local_sdp(self) -> bytes:
        """The last one of ours."""
        return self._call.local_sdp

    @property
    def replaces(self) -> str:
        """What a Replaces header says to take over the other side of this leg; "" before there is a dialog."""
        return self._call.dialog.replaces() if self._call.dialog is not None else ""

    @property
    def remote_target(self) -> str:
        """The Contact of the other side, for `refer` of its partner; "" before a dialog."""
        return self._call.dialog.target if self._call.dialog is not None else ""

    @property
    def hops_left(self) -> int:
        """What Max-Forwards a call in the name of this one starts with, so that loops of forwarding end."""
        return max(0, int(self.invite.get("max-forwards", "70")) - 1)

    def header(self, name: str) -> str:
        """The first value of a header of the INVITE (any case); "" if it is absent."""
        return self.invite.get(name.lower())

    async def next(self) -> LegEvent:
        """The next event. After the last one it waits for ever: look at `ended`."""
        return await self._queue.get()

    # -- a call that came in

    def ring(
        self, code: int = 180, sdp: bytes = b"", reliable: bool = False, headers: Sequence[tuple[str, str]] = ()
    ) -> bool:
        """180, 183 with early media …; `reliable` asks for PRACK where the caller supports it."""
        call = self._call
        with self._turns.turn():
            return isinstance(call, IncomingCall) and call.ring(
                code, sdp, reliable=reliable, headers=headers_of(headers)
            )

    def answer(self, sdp: bytes, headers: Sequence[tuple[str, str]] = ()) -> bool:
        """200. `Acked` follows when the caller has it. False if the caller is gone: nothing was answered."""
        call = self._call
        with self._turns.turn():
            return isinstance(call, IncomingCall) and call.answer(sdp, headers_of(headers))

    def reject(self, code: int, reason: str = "", headers: Sequence[tuple[str, str]] = ()) -> bool:
        """Any failure code; 302 with a Contact header redirects."""
        call = self._call
        with self._turns.turn():
            return isinstance(call, IncomingCall) and call.reject(code, reason, headers_of(headers))

    # -- any call

    def confirm(self, sdp: bytes) -> bool:
        """The answer to the offer in `Answered`, if we invited without one."""
        call = self._call
        with self._turns.turn():
            return isinstance(call, OutgoingCall) and call.confirm(sdp)

    def hang_up(self, cause: str = "") -> bool:
        """CANCEL, 480 or BYE, whichever fits; again and again if you like. `cause` is a Reason header's value."""
        with self._turns.turn():
            return self._call.hang_up(cause)

    async def reoffer(self, sdp: bytes) -> bytes:
        """A re-INVITE; its answer. Waits for its turn, gives way and tries again on glare. Raises Refused."""
        return await self._offer(sdp, by_update=False)

    async def update(self, sdp: bytes) -> bytes:
        """The same by UPDATE (RFC 3311), which also works before the answer."""
        return await self._offer(sdp, by_update=True)

    async def _offer(self, sdp: bytes, *, by_update: bool) -> bytes:
        result: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()

        def done(code: int, answer: bytes) -> None:
            if not result.done():
                result.set_result((code, answer))

        async with self._reoffering:
            with self._turns.turn():
                self._call.reoffer(sdp, done, by_update=by_update)
            code, answer = await result
        if code >= 300:
            raise Refused(code)
        return answer

    async def info(self, content_type: str, body: bytes) -> None:
        """Sends INFO. Raises Refused."""
        result: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def heard(response: Response) -> None:
            if response.code >= 200 and not result.done():
                result.set_result(response.code)

        with self._turns.turn():
            if self._call.ask("INFO", heard, [("content-type", content_type)], body) is None:
                raise Refused(481)
        code = await result
        if code >= 300:
            raise Refused(code)

    async def digit(self, digit: str, milliseconds: int = 160) -> None:
        """Sends one digit by INFO dtmf-relay. Raises Refused."""
        await self.info(RELAY, write_digit(digit, milliseconds))

    async def refer(self, to: str, replaces: str = "", referred_by: str = "") -> int:
        """Transfers the other side to `to`; with `replaces` (see the property) onto a call that is up already.

        Returns the final code of the new call as the other side reports it (200: it is through; then hang up).
        Raises Refused if it does not even try.
        """
        result: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        accepted: list[bool] = []

        def done(code: int, tried: bool) -> None:
            accepted.append(tried)
            if not result.done():
                result.set_result(code)

        with self._turns.turn():
            self._call.transfer.refer(to, replaces, done, referred_by)
        code = await result
        if not accepted[0]:
            raise Refused(code)
        return code

    def notify(self, code: int) -> bool:
        """After `Referred` and `reply(202)`: how the new call fares; a final code is the last."""
        with self._turns.turn():
            return self._call.transfer.notify(code)

    def dump(self, *, early: bool = False) -> dict[str, Any]:
        """The dialog as plain data (JSON) for `Endpoint.adopt` on another replica. Raises ParseError unless UP, or
        `early` a caller who is about to be answered."""
        return self._call.dump(early=early)

    # -- the endpoint tells

    def deliver(self, event: AnyEvent) -> None:
        """Translates an event of the core and passes it on."""
        told: LegEvent
        match event:
            case Reoffered():
                told = replace(event, reply=self._turns.in_turn(event.reply))
            case Referred():
                told = replace(event, reply=self._turns.in_turn(event.reply))
            case Displaced():
                told = Replaced(self._leg_of(event.by))
            case _:
                told = event
        if isinstance(told, Ended | Failed):
            self.ended.set()
        if self.on_event is not None:
            asyncio.get_running_loop().call_soon(self.on_event, told)
        else:
            self._queue.put_nowait(told)
