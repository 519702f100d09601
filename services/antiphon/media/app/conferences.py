"""More than two: the conversation moves into the mixer when the third answers, and out of it when two are left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.media.app.doing import illegal
from antiphon.media.app.people import Destination
from antiphon.media.app.ringing import TIMER, Manner, Ringer, Taken
from antiphon.media.app.seeking import occupy
from antiphon.media.app.stage import Stage
from antiphon.media.app.talk import Talk
from antiphon.media.domain import conference
from antiphon.media.domain.call import Role, State
from antiphon.media.domain.ringing import Hunt, Lost, failover
from antiphon.media.mixer import matrix

if TYPE_CHECKING:
    from antiphon.media.app.live import Live

RING_FOR = 40.0


class Room(Stage):
    """A conference. Until the first guest answers the two talk directly."""

    def __init__(self, live: Live, members: tuple[str, ...], inviting: tuple[str, Destination]) -> None:
        super().__init__(live)
        self.members = list(members)
        self._inviting = inviting
        self._ringer: Ringer | None = None
        self._mixed = False

    async def enter(self) -> None:
        self.live.move(State.CONFERENCE)
        await self._invite(*self._inviting)

    async def leave(self) -> None:
        if self._ringer is not None:
            ringer, self._ringer = self._ringer, None
            await ringer.give_up()
        self.live.world.mixer.close(self.live.call.id)

    async def add_party(self, tag: str, to: Destination) -> None:
        if tag not in self.members or self._ringer is not None:
            raise illegal("somebody is being invited already")
        if not conference.admits(self.members):
            raise illegal("the conference is full")
        await self._invite(tag, to)

    async def _invite(self, tag: str, to: Destination) -> None:
        live = self.live
        live.change(consulting=to.title)
        manner = Manner(Role.COLLEAGUE, "", live.call.caller, live.caller_name)
        self._ringer = Ringer(live, Hunt(to.groups, RING_FOR, failover if to.over_trunks else _any), manner)
        await self._result(await self._ringer.start())

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
        if self._ringer is not None and self._ringer.rings(tag):
            await self._result(await self._ringer.failed(tag, code))
        elif tag in self.members:
            await self._left(tag)

    async def _result(self, result: Taken | Lost | None) -> None:
        match result:
            case Taken():
                self._ringer = None
                await self._joined(result)
            case Lost():
                self._ringer = None
                self.live.change(consulting="")
                if not self._mixed:
                    await self.live.to(Talk(self.live, self.members[0], self.members[1]))

    async def _joined(self, taken: Taken) -> None:
        live = self.live
        await live.connect(taken.tag, taken.sdp)
        room = live.world.mixer.room(live.call.id)
        await live.anchor.join_mixer(room, *([taken.tag] if self._mixed else [*self.members, taken.tag]))
        self._mixed = True
        self.members.append(taken.tag)
        room.hear(matrix.conference(self.members))
        live.change(consulting="")
        if taken.line.person_id:
            await occupy(live, taken.line.person_id)

    async def _left(self, tag: str) -> None:
        live = self.live
        self.members.remove(tag)
        room = live.world.mixer.room(live.call.id) if self._mixed else None
        if room is not None:
            room.leave(tag)
            room.hear(matrix.conference(self.members))
        match conference.after_leaving(self.members):
            case conference.Left.END:
                await live.finish(by="caller" if tag == live.first else "callee")
            case conference.Left.BRIDGE if self._ringer is None:
                one, other = self.members
                await live.bridge(one, other)
                if room is not None:
                    await live.anchor.leave_mixer(room, one, other)
                if live.first == tag:
                    live.first = one
                await live.to(Talk(live, one, other))
            case _:
                if live.first == tag:
                    live.first = self.members[0]


def _any(code: int) -> bool:
    return True
