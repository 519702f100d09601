"""Which trunk of those that fit is tried first: billing says it by prices and by how trunks have done, which is noted
here. Emergency calls take the trunks as routing gave them, and so does every call while billing cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.billing.v1 import carriers_pb2
from antiphon.kit.errors import DomainError
from antiphon.media.domain.call import Leg, Role
from antiphon.media.domain.reasons import Reason
from antiphon.routing.v1 import routing_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from antiphon.media.app.world import World
    from antiphon.media.domain.call import Call

CANCELLED = 487
Told = tuple[str, tuple[str, ...]]
"""A carrier's name, and why its trunk is tried where it is."""


async def chosen(
    world: World, tenant: str, route: routing_pb2.RouteCallResponse
) -> tuple[routing_pb2.RouteCallResponse, Mapping[str, Told]]:
    """The route with its trunks as they are to be tried, and what is told of each. Raises NO_TRUNK where a rule of the
    company leaves none."""
    if not world.paid or route.kind != "external" or not route.trunks:
        return route, {}
    request = carriers_pb2.ChooseCarriersRequest(
        called=route.e164, trunks=[_score(world, one.trunk_id) for one in route.trunks]
    )
    answer = await world.asks.quietly(world.asks.carriers(tenant, request))
    if answer is None:
        return route, {}
    if not answer.trunks:
        raise DomainError(Reason.NO_TRUNK, "; ".join(one.why for one in answer.left_out))
    by_id = {one.trunk_id: one for one in route.trunks}
    ordered = routing_pb2.RouteCallResponse()
    ordered.CopyFrom(route)
    del ordered.trunks[:]
    ordered.trunks.extend(by_id[one.trunk_id] for one in answer.trunks if one.trunk_id in by_id)
    left = tuple(one.why for one in answer.left_out)
    told = {one.trunk_id: (one.carrier, ((one.why,) if one.why else ()) + left) for one in answer.trunks}
    return ordered, told


def _score(world: World, trunk_id: str) -> carriers_pb2.TrunkScore:
    it = world.scores.of(trunk_id)
    return carriers_pb2.TrunkScore(
        trunk_id=trunk_id, attempts=it.attempts, answered=it.answered, pdd_ms=it.pdd_ms, rang=it.rang, mos=it.mos,
        loss=it.loss, heard=it.heard,
    )  # fmt: skip


def answered(world: World, leg: Leg) -> None:
    """A leg is picked up. Once."""
    if is_ours(leg) and leg.answered_at is None:
        world.scores.attempted(leg.trunk_id, answered=True, pdd_ms=_delay(leg))


def ended(world: World, call: Call, leg: Leg, code: int = 0) -> None:
    """A leg is over, or its call is. One that was withdrawn because somebody else was quicker says nothing of its
    trunk."""
    if not is_ours(leg) or leg.answered_at is not None or leg.ended_at is not None:
        return
    late = any(one.answered_at is not None and one.answered_at >= leg.started_at for one in call.legs)
    if not (late and code in (0, CANCELLED)):
        world.scores.attempted(leg.trunk_id, answered=False, pdd_ms=_delay(leg))


def over(world: World, call: Call) -> None:
    """A call is over: what became of those of its legs that were still there, and how all of them sounded."""
    for leg in call.legs:
        ended(world, call, leg)
        it = leg.quality
        if is_ours(leg) and it is not None and (it.mos is not None or it.loss is not None):
            world.scores.heard(leg.trunk_id, it.mos, it.loss)


def is_ours(leg: Leg) -> bool:
    """Did we place it over a trunk?"""
    return bool(leg.trunk_id) and leg.role is Role.OUTSIDE


def _delay(leg: Leg) -> int | None:
    """Milliseconds until it rang."""
    if leg.rang_at is None:
        return None
    return max(0, round((leg.rang_at - leg.started_at).total_seconds() * 1000))
