"""Rings the lines of a hunt: INVITEs with the call's sound, cancels, answers. The rules are in `domain/ringing.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.app import player
from antiphon.media.app.descriptions import is_weaker
from antiphon.media.app.world import Wish
from antiphon.media.domain import call as calls
from antiphon.media.domain.call import Role
from antiphon.media.domain.ringing import Cancel, Effect, Hunt, Invite, Line, Lost, Patience, Won
from antiphon.media.domain.words import words
from antiphon.media.sip.syntax import ParseError

if TYPE_CHECKING:
    from antiphon.media.app.live import Live

TIMER, TAKE = "ringing", "take"
AGENT_FOR = 20.0
"""Seconds that an agent is rung where the ACD sets no limit."""
TAKE_KEY = "1"
BY_ITSELF = (("answer-mode", "Auto"), ("call-info", "<sip:antiphon.invalid>;answer-after=0"))
"""RFC 5373, which the desk's softphone reads, and what most desk phones do. Nobody outside can send it to a phone: legs
to phones are made here."""
_SILENCE = 4.0
_TIMES = 2
"""How often a mobile is asked whether a person is there."""
log = logs.get("media")


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody answered: not yet connected."""

    tag: str
    line: Line
    sdp: bytes


Result = Taken | Lost


@dataclass(frozen=True, slots=True)
class Manner:
    """How is rung: in which role, whom the phones show, from whom the sound comes ("": nobody is there yet)."""

    role: Role = Role.COLLEAGUE
    giver: str = ""
    caller: str = ""
    title: str = ""
    pass_caller: bool = True
    confirm: str | None = None
    """Language in which a forwarded line is asked to press a key before it has the call; None: it is not asked."""
    by_itself: bool = False
    """The phones pick up by themselves, those that can: a campaign's people do not wait for a hand."""


class Ringer:
    """One hunt of one call. Every method returns the result once it is known."""

    def __init__(self, live: Live, hunt: Hunt, manner: Manner) -> None:
        self.live = live
        self.hunt = hunt
        self.manner = manner
        self._lines: dict[str, Line] = {}
        self._tags: dict[str, str] = {}
        self._answers: dict[str, bytes] = {}
        self._asked: dict[str, int] = {}
        """Mobiles that were picked up, by somebody or by a mailbox → how often they were asked."""

    async def start(self) -> Result | None:
        return await self._do(self.hunt.start())

    def rings(self, tag: str) -> bool:
        """True when this leg is one of ours."""
        return tag in self._lines

    async def progress(self, tag: str) -> None:
        if tag in self._lines:
            self.hunt.rang(self._lines[tag].id)

    async def answered(self, tag: str, sdp: bytes) -> Result | None:
        line = self._lines.get(tag)
        if line is None:
            return None
        if is_weaker(self.live, tag, sdp):
            log.warning("a phone that must encrypt its sound did not", account=line.account_id)
            self.live.hang_up(tag, 'SIP;cause=488;text="SRTP Required"')
            return await self._do(self.hunt.failed(line.id, 488))
        self._answers[tag] = sdp
        if line.forwarded and self.manner.confirm is not None:
            await self.live.anchor.connect(tag, sdp)
            self.live.mark_answered(tag)
            self._asked[tag] = 0
            await self._ask(tag)
            return None
        return await self._do(self.hunt.answered(line))

    async def digit(self, tag: str, key: str) -> Result | None:
        """A key at a mobile that was asked."""
        if tag not in self._asked or key != TAKE_KEY:
            return None
        del self._asked[tag]
        await player.hush(self.live, tag, TAKE)
        return await self._do(self.hunt.answered(self._lines[tag]))

    async def not_taken(self) -> Result | None:
        """The mobile was silent: asked once more, then it is a mailbox."""
        for tag, times in list(self._asked.items()):
            if times < _TIMES:
                await self._ask(tag)
            else:
                del self._asked[tag]
                self.live.hang_up(tag)
                return await self._do(self.hunt.failed(self._lines[tag].id, 480))
        return None

    async def _ask(self, tag: str) -> None:
        self._asked[tag] += 1
        language = self.manner.confirm or ""
        await player.say(self.live, tag, words("take", language), language, TAKE, silence=_SILENCE)

    async def failed(self, tag: str, code: int) -> Result | None:
        line = self._lines.get(tag)
        self._asked.pop(tag, None)
        return await self._do(self.hunt.failed(line.id, code)) if line is not None else None

    async def timed_out(self) -> Result | None:
        return await self._do(self.hunt.timed_out())

    async def give_up(self) -> None:
        """Nobody is to be rung any more."""
        self.live.stop(TIMER, TAKE)
        await self._do(self.hunt.give_up())

    async def _do(self, effects: Sequence[Effect]) -> Result | None:
        todo, result = list(effects), None
        while todo:
            match todo.pop(0):
                case Invite(line):
                    todo += await self._invite(line)
                case Cancel(line):
                    self.live.hang_up(self._tags.get(line.id, ""))
                case Patience(seconds):
                    self.live.after(TIMER, seconds)
                case Won(line):
                    self.live.stop(TIMER)
                    tag = self._tags[line.id]
                    self.live.mark_answered(tag)
                    result = Taken(tag, line, self._answers[tag])
                case Lost() as lost:
                    self.live.stop(TIMER)
                    return lost
        return result

    async def _invite(self, line: Line) -> list[Effect]:
        """Places the INVITE; a line that cannot even be called has failed."""
        live, tag = self.live, self.live.new_tag()
        self._tags[line.id] = tag
        books = live.world.books
        if line.trunk_id and not books.tally.trunk_admits(line.trunk_id, line.max_channels, live.call.id):
            return self.hunt.failed(line.id, 503)
        if not await live.meter.admits(tag, line):
            return self.hunt.failed(line.id, 402)
        kind = LegKind.WEBRTC if line.kind == "browser" else LegKind.SRTP if line.encrypted else LegKind.SIP
        opus = live.world.opus and kind is LegKind.WEBRTC
        try:
            asked = line.forwarded and self.manner.confirm is not None  # it talks to us before it talks to anybody
            if self.manner.giver and not asked:
                sdp = await live.anchor.offer(tag, kind, from_tag=self.manner.giver, opus=opus)
            else:
                sdp = await live.anchor.originate(tag, kind, opus=opus)
            sip = live.world.edge.place(await self._wish(line, sdp))
        except (DomainError, ParseError) as error:
            log.warning("a line could not be called", kind=line.kind, error=type(error).__name__)
            await live.world.asks.quietly(live.anchor.drop(tag))
            return self.hunt.failed(line.id, 503)
        self._lines[tag] = line
        role = Role.OUTSIDE if line.kind == "trunk" else self.manner.role
        live.add(
            tag, sip, role, person_id=line.person_id, number=line.e164 or line.number, trunk_id=line.trunk_id,
            account_id=line.account_id, carrier=line.carrier, why=line.why,
        )  # fmt: skip
        return []

    async def _wish(self, line: Line, sdp: bytes) -> Wish:
        call = self.live.call
        headers = (("x-antiphon-call", call.id), *(BY_ITSELF if self.manner.by_itself else ()))
        if line.kind != "trunk":
            return Wish(line, sdp, self.manner.caller, self.manner.title, None, headers)
        caller = line.caller_id or (self.manner.caller if self.manner.pass_caller else "")
        secret = await self.live.world.asks.trunk_secret(call.tenant, line.trunk_id)
        first = self.live.legs.get(self.live.first)
        hops = (("max-forwards", str(first.hops_left)),) if first is not None else ()
        return Wish(line, sdp, caller, "", secret, hops)  # what is forwarded to whom it comes from ends some time


def forget(live: Live, tags: Sequence[str]) -> None:
    """Legs whose end nobody has to be told of any more."""
    for tag in tags:
        if live.call.has(tag):
            live.call = calls.left(live.call, tag, live.world.clock(), by="system")
