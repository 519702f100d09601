"""Click-to-call: the person's own phone rings first; when it is answered, the dialled one is called."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from antiphon.kit.errors import DomainError
from antiphon.kit.ids import derived_id
from antiphon.media.app import people
from antiphon.media.app.live import Live
from antiphon.media.app.ringing import Manner, Taken
from antiphon.media.app.seeking import Dialled, Seeking, occupy
from antiphon.media.domain.call import Call, Direction, Role
from antiphon.media.domain.reasons import Reason
from antiphon.media.domain.ringing import How, Hunt, Lost

if TYPE_CHECKING:
    from antiphon.media.app.people import Destination
    from antiphon.media.app.world import World

OWN_PHONE_FOR = 30.0


class OwnPhone(Seeking):
    """Rings the phones of the one who dials. `rings` is set when one of them does, or says why none did."""

    def __init__(self, live: Live, person_id: str, to: Destination, title: str, *, by_itself: bool = False) -> None:
        super().__init__(live)
        self.person_id = person_id
        self.to = to
        self.title = title
        self.by_itself = by_itself
        self.rings_now: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def enter(self) -> None:
        live = self.live
        lines = await people.lines_of_person(live.world, live.call.tenant, self.person_id)
        manner = Manner(Role.CALLER, "", self.to.title, self.to.title, by_itself=self.by_itself)
        await self.begin(Hunt([lines], OWN_PHONE_FOR), manner)

    async def heard(self, tag: str, code: int, sdp: bytes) -> None:
        if not self.rings_now.done():
            self.rings_now.set_result(None)

    async def found(self, taken: Taken) -> None:
        live = self.live
        if not self.rings_now.done():
            self.rings_now.set_result(None)
        live.first = taken.tag
        live.change(answered_at=live.world.clock(), sip_call_id=live.legs[taken.tag].call_id)
        await live.connect(taken.tag, taken.sdp)
        await occupy(live, self.person_id)
        await live.to(Dialled(live, self.to, self.title))

    async def lost(self, lost: Lost) -> None:
        if not self.rings_now.done():
            busy = lost.how in (How.BUSY, How.DECLINED)
            self.rings_now.set_exception(DomainError(Reason.BUSY if busy else Reason.NO_PHONE))
        await self.live.finish("no_answer")

    async def leave(self) -> None:
        await super().leave()
        if not self.rings_now.done():
            self.rings_now.set_exception(DomainError(Reason.NO_PHONE))


def dial_id(tenant: str, person_id: str, request_id: str) -> str:
    """The call of one request, however often it comes."""
    return derived_id("cl", tenant, person_id, request_id)


async def dial(
    world: World, tenant: str, person_id: str, wanted: tuple[str, str], call_id: str, *, by_itself: bool = False
) -> tuple[Live, OwnPhone]:
    """A call that begins with the own phone. `wanted`: number and caller ID. Raises the refusals of RouteCall."""
    number, caller_id = wanted
    to = await people.dialled(world, tenant, number, person_id, caller_id, busy=frozenset({person_id}))
    person = await world.asks.quietly(world.asks.person(tenant, person_id))
    number_id = await people.number_of(world, tenant, to, call_id)
    direction = Direction.OUTBOUND if to.over_trunks else Direction.INTERNAL
    extension, name = (person.extension, person.name) if person is not None else ("", "")
    call = Call(
        call_id, tenant, direction, world.clock(), caller=extension, called=to.title, agent_id=person_id,
        number_id=number_id,
    )  # fmt: skip
    live = Live(world, call, world.engines.anchor(call.id))
    live.first = ""
    plan = await world.asks.quietly(world.asks.dial_plan(tenant))
    live.wants_record = plan is not None and plan.record_calls
    return live, OwnPhone(live, person_id, to, name, by_itself=by_itself)
