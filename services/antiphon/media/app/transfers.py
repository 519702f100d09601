"""Handing a call over, blind or attended, by command or by REFER. The rules are in `domain/transfer.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.media.app import player
from antiphon.media.app.doing import illegal
from antiphon.media.app.people import lines_of_person
from antiphon.media.app.ringing import TIMER, Manner, Ringer, Taken
from antiphon.media.app.seeking import occupy
from antiphon.media.app.stage import Stage
from antiphon.media.app.talk import Talk
from antiphon.media.domain.call import Role, State
from antiphon.media.domain.ringing import Hunt, Line, Lost, failover
from antiphon.media.domain.transfer import Act, Happened, IllegalTransfer, Phase, Transfer

if TYPE_CHECKING:
    from antiphon.media.app.people import Destination

RING_TARGET_FOR, RING_BACK_FOR = 25.0, 30.0
log = logs.get("media")


class Transferring(Stage):
    """`by` gives `other` to somebody."""

    def __init__(self, talk: Talk, by: str, to: Destination, *, attended: bool) -> None:
        super().__init__(talk.live)
        self.by = by
        self.by_person = talk.live.person(by)
        self.other = talk.across(by)
        self.to = to
        self.target = ""
        self.rules = Transfer(attended=attended)
        self._ringer: Ringer | None = None

    async def enter(self) -> None:
        self.live.move(State.CONSULTING if self.rules.attended else State.RINGING, consulting=self.to.title)
        await self._do(self.rules.begin())

    async def leave(self) -> None:
        if self._ringer is not None:
            ringer, self._ringer = self._ringer, None
            await ringer.give_up()

    # --- what happens

    async def timer(self, name: str) -> None:
        if name == TIMER and self._ringer is not None:
            await self._result(await self._ringer.timed_out())

    async def progress(self, tag: str, code: int, sdp: bytes) -> None:
        if self._ringer is not None:
            await self._ringer.progress(tag)

    async def answered(self, tag: str, sdp: bytes) -> None:
        if self._ringer is not None and self._ringer.rings(tag):
            await self._result(await self._ringer.answered(tag, sdp))
        else:
            self.live.hang_up(tag)

    async def gone(self, tag: str, code: int, remote: bool) -> None:
        if tag == self.other:
            await self._other_left()
        elif self._ringer is not None and self._ringer.rings(tag):
            await self._result(await self._ringer.failed(tag, code))
        elif tag == self.by and remote and self.rules.attended:
            await self._on(Happened.BY_LEFT)
        elif tag == self.target and self.rules.phase is Phase.CONSULTING:
            await self._on(Happened.TARGET_LEFT)

    async def _other_left(self) -> None:
        if self.rules.phase is not Phase.CONSULTING:
            await self.live.finish(by="caller")
            return
        self.rules.on(Happened.OTHER_LEFT)
        if self.other == self.live.first:
            self.live.first = self.by
        await self.live.to(Talk(self.live, self.by, self.target))

    async def _result(self, result: Taken | Lost | None) -> None:
        match result:
            case Taken():
                self._ringer = None
                await self._answered(result)
            case Lost():
                self._ringer = None
                await self._on(Happened.LOST)

    async def _answered(self, taken: Taken) -> None:
        live = self.live
        self.target = taken.tag
        await live.connect(taken.tag, taken.sdp)
        if live.anchor.leg(taken.tag).peer != (self.by if self.rules.attended else self.other):
            await live.bridge(self.by if self.rules.attended else self.other, taken.tag)
        if taken.line.person_id:
            await occupy(live, taken.line.person_id)
        await self._on(Happened.ANSWERED)

    # --- commands

    async def complete(self, tag: str) -> None:
        self._mine(tag)
        await self._on(Happened.COMPLETE)

    async def cancel(self, tag: str) -> None:
        self._mine(tag)
        await self._on(Happened.CANCEL)

    def _mine(self, tag: str) -> None:
        if tag != self.by:
            raise illegal("somebody else hands the call over")

    async def hang_up(self, tag: str) -> None:
        if tag == self.by and self.rules.attended:
            await self._on(Happened.BY_LEFT)
        self.live.left_by_will(tag)

    # --- what has to be done

    async def _on(self, happened: Happened) -> None:
        try:
            acts = self.rules.on(happened)
        except IllegalTransfer as error:
            raise illegal(str(error)) from None
        await self._do(acts)
        if self.rules.over and not self.live.over and self.live.stage is self:
            await self._over()

    async def _do(self, acts: Sequence[Act]) -> None:
        for act in acts:
            if not self.live.over:
                await getattr(self, f"_{act.value}")()

    async def _hold_other(self) -> None:
        await player.hold(self.live, self.other)

    async def _ring_target(self) -> None:
        live = self.live
        giver = self.by if self.rules.attended else self.other
        manner = Manner(Role.COLLEAGUE, giver, live.call.caller, live.caller_name)
        hunt = Hunt(self.to.groups, RING_TARGET_FOR, failover if self.to.over_trunks else _any)
        if self.rules.attended:
            await player.music(live, self.by, player.RINGBACK)
        self._ringer = Ringer(live, hunt, manner)
        await self._result(await self._ringer.start())

    async def _drop_by(self) -> None:
        self.live.hang_up(self.by)

    async def _drop_target(self) -> None:
        if self._ringer is not None:
            ringer, self._ringer = self._ringer, None
            await ringer.give_up()
        self.live.hang_up(self.target)

    async def _ring_by(self) -> None:
        """Nobody took it: whoever gave it away is rung again."""
        live = self.live
        live.move(State.RINGING, consulting="")
        lines: Sequence[Line] = ()
        if self.by_person:
            found = lines_of_person(live.world, live.call.tenant, self.by_person)
            lines = await live.world.asks.quietly(found) or ()
        manner = Manner(Role.AGENT, self.other, live.call.caller, live.caller_name)
        self._ringer = Ringer(live, Hunt([lines], RING_BACK_FOR), manner)
        await self._result(await self._ringer.start())

    async def _connect_by_target(self) -> None:
        self.live.move(State.CONSULTING)

    async def _connect_other_target(self) -> None:
        if self.live.anchor.leg(self.target).peer != self.other:
            await self.live.bridge(self.other, self.target)

    async def _connect_other_by(self) -> None:
        if self.by not in self.live.legs:  # he was rung again: on a new leg
            self.by = self.target
        if self.live.anchor.leg(self.by).peer != self.other or self.rules.attended:
            await self.live.bridge(self.other, self.by)

    async def _end(self) -> None:
        await self.live.finish("no_answer")

    async def _over(self) -> None:
        """The two who are left talk on."""
        live = self.live
        new = self.target if self.rules.phase is Phase.DONE else self.by
        if live.first not in (self.other, new) or live.first not in live.legs:
            live.first = self.other
        person = live.person(new)
        live.change(agent_id=person or live.call.agent_id, consulting="")
        await live.to(Talk(live, self.other, new))


def _any(code: int) -> bool:
    return True
