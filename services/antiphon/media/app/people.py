"""Which phones ring: a person's browser and SIP phones, a group, an account, an outside number over trunks."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from antiphon.kit.errors import DomainError
from antiphon.media.app import carriers
from antiphon.media.domain import capacity
from antiphon.media.domain.reasons import Reason
from antiphon.media.domain.ringing import Line
from antiphon.media.domain.verbs import Ring, RingMode, Target

if TYPE_CHECKING:
    from antiphon.directory.v1 import telephony_pb2
    from antiphon.media.app.world import World
    from antiphon.routing.v1 import routing_pb2

_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where somebody dials or hands over to. One of the three is set: lines to ring, or a queue."""

    groups: tuple[tuple[Line, ...], ...] = ()
    queue_id: str = ""
    title: str = ""
    kind: str = "internal"
    e164: str = ""
    person_id: str = ""

    @property
    def over_trunks(self) -> bool:
        return any(line.kind == "trunk" for group in self.groups for line in group)


async def lines_of_person(world: World, tenant: str, person_id: str) -> tuple[Line, ...]:
    """All phones of a person: the browser and every account that is not blocked. The browser alone while directory
    cannot say."""
    lines = [Line(_id(), "browser", f"{tenant}.{person_id}", person_id)]
    for account in await world.asks.quietly(world.asks.accounts(tenant)) or ():
        if account.person_id == person_id and not account.blocked:
            lines.append(_phone(account))
    return tuple(lines)


async def phones_of_agent(world: World, tenant: str, person_id: str) -> tuple[tuple[tuple[Line, ...], ...], str]:
    """All phones of an agent, then the mobile that stands in for them while none can be reached; and his language."""
    lines = await world.asks.quietly(lines_of_person(world, tenant, person_id)) or ()
    person = await world.asks.quietly(world.asks.person(tenant, person_id))
    if person is None:
        return (lines,), ""
    return (lines, *await _forwarded(world, tenant, person.forward_to)), person.language


async def lines_of_account(world: World, tenant: str, account_id: str) -> tuple[Line, ...]:
    """One phone."""
    return tuple(
        _phone(account)
        for account in await world.asks.accounts(tenant)
        if account.id == account_id and not account.blocked
    )


async def dialled(
    world: World, tenant: str, number: str, person_id: str = "", caller_id: str = "", *, busy: frozenset[str]
) -> Destination:
    """What somebody of the tenant dials. `busy`: people who are not to be rung (who dials himself). Raises the refusals
    of RouteCall."""
    route = await world.asks.route_call(tenant, number, person_id, caller_id)
    if route.trunks:
        return Destination(await _trunk_groups(world, tenant, route), "", route.e164 or number, route.kind, route.e164)
    groups: list[tuple[Line, ...]] = []
    for target in route.targets:
        groups += await _groups(world, tenant, target_of(target), busy)
        groups += await _forwarded(world, tenant, target.forward_to)
    person = next((line.person_id for group in groups for line in group), "")
    return Destination(tuple(groups), "", route.extension or number, route.kind or "internal", "", person)


async def number_of(world: World, tenant: str, to: Destination, call_id: str) -> str:
    """The tenant's number that an outbound call occupies: the one it shows. It is counted from now on. Raises BUSY when
    all its channels are taken (B02: both directions count)."""
    shown = next((line.caller_id for group in to.groups for line in group if line.caller_id), "")
    if not shown or not to.over_trunks:
        return ""
    number = await world.asks.quietly(world.asks.number(tenant, shown))
    if number is None:
        return ""
    if not world.books.tally.number_admits(number.number_id, number.max_channels):
        raise DomainError(Reason.BUSY, "every channel of the number is taken")
    world.books.reserve(capacity.Use(call_id, number.number_id))
    return number.number_id


async def hunted(world: World, tenant: str, verb: Ring) -> tuple[tuple[Line, ...], ...]:
    """The groups of a Ring verb: one for all, or one a target."""
    groups: list[tuple[Line, ...]] = []
    forwarded: list[tuple[Line, ...]] = []
    for target in verb.targets:
        groups += await _groups(world, tenant, target, frozenset())
        instead = await _forwarded(world, tenant, target.forward_to)
        (groups if verb.mode is RingMode.SEQUENTIAL else forwarded).extend(instead)
    if verb.mode is RingMode.ALL:
        return (tuple(line for group in groups for line in group), *forwarded)
    return tuple(groups)


async def _forwarded(world: World, tenant: str, number: str) -> list[tuple[Line, ...]]:
    """The mobile phone that stands in for phones that are not registered."""
    if not number:
        return []
    route = await world.asks.quietly(world.asks.route_call(tenant, number, "", ""))
    lines = await world.asks.quietly(_one_line(world, tenant, route)) if route is not None else None
    return [(replace(line, forwarded=True),) for line in lines or ()]


async def _groups(world: World, tenant: str, target: Target, busy: frozenset[str]) -> list[tuple[Line, ...]]:
    match target.kind:
        case "person":
            return [] if target.id in busy else [await lines_of_person(world, tenant, target.id)]
        case "account":
            return [await lines_of_account(world, tenant, target.id)]
        case "group":
            lines: list[Line] = []
            for person_id in await world.asks.members(tenant, target.id):
                if person_id not in busy:
                    lines += await lines_of_person(world, tenant, person_id)
            return [tuple(lines)]
        case _:
            try:
                route = await world.asks.route_call(tenant, target.id, "", "")
                return [await _one_line(world, tenant, route)]
            except DomainError:
                return []


def target_of(target: routing_pb2.RingTarget) -> Target:
    kind = str(target.WhichOneof("who") or "person_id")
    return Target(kind.removesuffix("_id"), getattr(target, kind), target.forward_to)


async def _trunk_groups(
    world: World, tenant: str, route: routing_pb2.RouteCallResponse
) -> tuple[tuple[Line, ...], ...]:
    """One trunk after the other as its carrier is chosen; those known to be down only when all others have failed.
    Raises NO_TRUNK."""
    route, told = await carriers.chosen(world, tenant, route)
    of_nobody: carriers.Told = ("", ())
    return tuple(
        (
            Line(
                _id(), "trunk", _address(it), "", it.number, it.trunk_id,
                caller_id=it.caller_id, next_hop=it.next_hop, max_channels=it.max_channels,
                e164=route.e164, emergency=route.kind == "emergency",
                carrier=told.get(it.trunk_id, of_nobody)[0], why=told.get(it.trunk_id, of_nobody)[1],
            ),
        )
        for it in sorted(route.trunks, key=lambda it: world.trunks.is_down(it.trunk_id))
    )  # fmt: skip


def _address(choice: routing_pb2.TrunkChoice) -> str:
    """What is dialled there: a gateway's slot is chosen by the prefix, which the gateway takes off."""
    return choice.prefix + choice.number.removeprefix("+") if choice.prefix else choice.number


async def _one_line(world: World, tenant: str, route: routing_pb2.RouteCallResponse) -> tuple[Line, ...]:
    """An outside number among others that ring: over one trunk, over the next where that fails. Raises NO_TRUNK."""
    lines = [line for group in await _trunk_groups(world, tenant, route) for line in group]
    return (replace(lines[0], spares=tuple(lines[1:])),) if lines else ()


def _phone(account: telephony_pb2.SipAccount) -> Line:
    return Line(
        _id(), "account", account.username, account.person_id, account_id=account.id, encrypted=account.encrypted_only
    )


def _id() -> str:
    return f"line{next(_ids)}"
