"""A supervisor listens, whispers or joins in: his own phone is rung, then all three are in the mixer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.media.app.doing import illegal
from antiphon.media.app.people import lines_of_person
from antiphon.media.app.ringing import TIMER, Manner, Ringer, Taken
from antiphon.media.app.talk import Talk
from antiphon.media.domain import monitoring
from antiphon.media.domain.call import Role, State
from antiphon.media.domain.monitoring import Mode
from antiphon.media.domain.ringing import Hunt, Lost

if TYPE_CHECKING:
    from antiphon.media.app.live import Live

RING_FOR = 30.0


class Monitored(Talk):
    """A conversation somebody listens to. Hold, transfer and conference end the monitoring first."""

    def __init__(self, live: Live, one: str, other: str, who: tuple[str, Mode]) -> None:
        super().__init__(live, one, other)
        self._person, self._mode = who
        self._supervisor = ""
        self._mixed = False
        self._ringer: Ringer | None = None

    async def enter(self) -> None:
        live = self.live
        lines = await lines_of_person(live.world, live.call.tenant, self._person)
        manner = Manner(Role.SUPERVISOR, "", live.call.caller)
        self._ringer = Ringer(live, Hunt([lines], RING_FOR), manner)
        await self._result(await self._ringer.start())

    async def leave(self) -> None:
        if self._ringer is not None:
            ringer, self._ringer = self._ringer, None
            await ringer.give_up()
        self.live.world.mixer.close(self.live.call.id)

    async def rescued(self) -> None:
        """Without the supervisor: two go on talking."""
        live, supervisor = self.live, self._supervisor
        self._supervisor = ""
        if supervisor:
            live.hang_up(supervisor)
        await live.to(Talk(live, self.one, self.other))
        await live.stage.rescued()

    # --- the supervisor's phone

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
        if self._ringer is not None and self._ringer.rings(tag):
            await self._result(await self._ringer.failed(tag, code))
        elif tag == self._supervisor:
            self._supervisor = ""
            await self.end_monitoring()
        else:
            await super().gone(tag, code, remote)

    async def _result(self, result: Taken | Lost | None) -> None:
        live = self.live
        match result:
            case Taken(tag, _, sdp):
                self._ringer = None
                self._supervisor = tag
                await live.connect(tag, sdp)
                room = live.world.mixer.room(live.call.id)
                await live.anchor.join_mixer(room, self.one, self.other, tag)
                self._mixed = True
                self._arrange()
            case Lost():
                self._ringer = None
                await live.to(Talk(live, self.one, self.other))

    def _arrange(self) -> None:
        agent = self.one if self.live.call.leg(self.one).role is Role.AGENT else self.other
        others = frozenset({self.one, self.other} - {agent})
        pairs = monitoring.pairs(self._mode, self._supervisor, agent, others)
        heard: dict[str, dict[str, float]] = {}
        for speaker, hearer in pairs:
            heard.setdefault(hearer, {})[speaker] = 1.0
        self.live.world.mixer.room(self.live.call.id).hear(heard)

    # --- commands

    def change(self, person_id: str, mode: Mode) -> None:
        """The same supervisor changes the mode. Raises ILLEGAL for another one."""
        if person_id != self._person:
            raise illegal("somebody else listens to this call")
        self._mode = mode
        if self._supervisor:
            self._arrange()

    async def hold(self, tag: str, on: bool) -> None:
        if on:
            self.across(tag)
            talk = await self.end_monitoring()
            await talk.hold(tag, on)

    async def end_monitoring(self) -> Talk:
        """Back to a direct conversation: this one."""
        live = self.live
        if self._mixed:
            room = live.world.mixer.room(live.call.id)
            await live.bridge(self.one, self.other)
            await live.anchor.leave_mixer(room, self.one, self.other)
        if self._supervisor:
            live.hang_up(self._supervisor)
            self._supervisor = ""
        live.move(State.TALKING)
        talk = Talk(live, self.one, self.other)
        await live.to(talk)
        return talk
