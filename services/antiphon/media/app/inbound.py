"""INVITEs that come in: from a trunk to a scheme, from a phone or a browser to whatever was dialled."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from antiphon.directory.v1.telephony_pb2 import TRUNK_DIRECTION_OUTBOUND
from antiphon.kit import tracing
from antiphon.kit.errors import DomainError
from antiphon.kit.ids import new_id
from antiphon.kit.protos import timestamp
from antiphon.media.anchor.sdp import LegKind, kind_of
from antiphon.media.app import people
from antiphon.media.app.live import FIRST, Live
from antiphon.media.app.offering import Offering
from antiphon.media.app.reception import Advice, Reception, advice
from antiphon.media.app.seeking import Dialled, occupy
from antiphon.media.app.stage import Stage
from antiphon.media.app.stranger import Stranger
from antiphon.media.domain import capacity
from antiphon.media.domain.call import Call, Direction, Role
from antiphon.media.domain.source import Source, as_number, parse
from antiphon.media.ng.reasons import NgError
from antiphon.media.ng.reasons import Reason as NgReason
from antiphon.media.sip.syntax import ParseError
from antiphon.media.sip.uri import Uri
from antiphon.routing.v1 import routing_pb2

if TYPE_CHECKING:
    from antiphon.directory.v1 import directory_pb2, telephony_pb2
    from antiphon.media.app.world import World
    from antiphon.media.endpoint.leg import Leg as SipLeg

SOURCE = "x-antiphon-source"
LINE = "line-"
"""How the contact of our registration at an operator begins (`phones.py:line_of`)."""
CODES = {
    "NOT_FOUND": 404,
    "UNKNOWN_EXTENSION": 404,
    "INVALID": 484,
    "BLOCKED_DESTINATION": 403,
    "INBOUND_ONLY": 403,
    "NO_TRUNK": 503,
    "BUSY": 486,
    "NO_COMMON_CODEC": 488,
    "BAD_SDP": 400,
}


class Turned(Exception):
    """The INVITE gets this answer and nothing else happens. `why`: a reason phrase of our own."""

    def __init__(self, code: int, why: str = "") -> None:
        super().__init__(f"{code} {why}")
        self.code = code
        self.why = why


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call that begins, and its first stage."""

    live: Live
    stage: Stage


def refusal(error: DomainError) -> int:
    """The SIP code of a refusal."""
    return CODES.get(error.reason.name, 503 if error.retry else 500)


async def receive(world: World, leg: SipLeg) -> Arrival:
    """What an INVITE becomes. Raises Turned."""
    if not world.edge.vouches(leg):
        raise Turned(403)
    source = parse(leg.header(SOURCE))
    if source is None:
        raise Turned(403)
    call_id, make = new_id("cl"), _from_trunk if source.kind == "trunk" else _from_inside
    try:
        with tracing.about(f"call:{call_id}", "INVITE", **{"sip.call_id": leg.call_id}):
            arrival = await make(world, leg, source, call_id)
        return arrival if leg.invite.sdp else replace(arrival, stage=Offering(arrival.live, arrival.stage))
    except Turned:
        world.books.release(call_id)
        raise
    except DomainError as error:
        world.books.release(call_id)
        raise Turned(refusal(error)) from None
    except ParseError:
        raise Turned(400) from None


async def _from_trunk(world: World, leg: SipLeg, source: Source, call_id: str) -> Arrival:
    trunk, _ = await world.asks.trunk(source.tenant, source.id)
    if trunk.direction == TRUNK_DIRECTION_OUTBOUND:
        raise Turned(403)
    number = await _number(world, source, _dialled(leg, trunk))
    tenant = number.tenant_id  # of a rented number not the trunk's
    tally = world.books.tally
    if not (
        tally.number_admits(number.number_id, number.max_channels) and tally.trunk_admits(source.id, trunk.max_channels)
    ):
        raise Turned(486)
    caller = _caller(leg)
    if caller and world.paid:
        blocks = await world.asks.quietly(world.asks.blocks(tenant))
        if blocks is not None and blocks.refuses(caller):
            raise Turned(603)
    world.books.reserve(capacity.Use(call_id, number.number_id, frozenset({source.id})))
    call = Call(
        call_id, tenant, Direction.INBOUND, world.clock(), caller=caller, called=number.e164,
        number_id=number.number_id,
    )  # fmt: skip
    async with asyncio.TaskGroup() as group:  # both take a while; neither needs the other
        begun = group.create_task(_quiet_begin(world, call, leg, trunk_id=source.id, number=caller))
        asked = group.create_task(_greet(world, call, begun))
    greeting, live = asked.result(), begun.result()
    if isinstance(live, DomainError):
        raise live
    if greeting.contact is not None:
        live.call = replace(live.call, contact_id=greeting.contact.id)
        live.caller_name = greeting.contact.name
    elif _is_number(caller):
        live.stranger = Stranger(live, caller)
    return Arrival(live, Reception(live, greeting.interaction, greeting.advice))


@dataclass(frozen=True, slots=True)
class _Greeting:
    """Who calls, and what routing says to it."""

    contact: directory_pb2.Contact | None
    interaction: routing_pb2.Interaction
    advice: Advice | None


async def _greet(world: World, call: Call, begun: asyncio.Task[Live | DomainError]) -> _Greeting:
    """Asks who calls, then routing, while the engine prepares the sound. A call that cannot begin is not asked for."""
    contact = await _contact(world, call.tenant, call.caller)
    facts = {"name": contact.name} if contact is not None and contact.name else {}
    interaction = routing_pb2.Interaction(
        id=call.id, channel="voice", address=call.called, caller=call.caller, started_at=timestamp(call.started_at),
        contact=facts, language=contact.language if contact is not None else "",
    )  # fmt: skip
    if begun.done() and isinstance(begun.result(), DomainError):
        return _Greeting(contact, interaction, None)
    return _Greeting(contact, interaction, await advice(world, call.tenant, interaction))


def _dialled(leg: SipLeg, trunk: telephony_pb2.Trunk) -> list[str]:
    """Where the dialled number may stand, the likeliest first. A call for a registration of ours has our contact as its
    address; what was dialled then stands elsewhere, or the operator's user name is the number."""
    user = _user(leg.invite.uri)
    if not user.startswith(LINE):
        return [user]
    called = leg.header("p-called-party-id").strip().strip("<>").partition(">")[0].rpartition("<")[2]
    return [_user(called) if called else "", _user(leg.invite.recipient.uri), trunk.username]


async def _number(world: World, source: Source, users: list[str]) -> telephony_pb2.ResolveNumberResponse:
    """The number that was dialled: of those that come in over this tenant's trunks, or of a SIM card in this gateway.
    Raises Turned."""
    for text in filter(None, map(as_number, users)):
        try:
            number = await world.asks.number(source.tenant, text)
        except DomainError as error:
            if error.retry:
                raise
            continue
        if (number.carrier_id or number.tenant_id) == source.tenant or number.gateway_id == source.id:
            return number
    raise Turned(404)


async def _contact(world: World, tenant: str, caller: str) -> directory_pb2.Contact | None:
    """Who calls, if he is known. A stranger becomes a contact while he hears the greeting (`Stranger`)."""
    return await world.asks.quietly(world.asks.known_contact(tenant, caller)) if _is_number(caller) else None


def _is_number(caller: str) -> bool:
    return caller.startswith("+")


async def _quiet_begin(world: World, call: Call, leg: SipLeg, **facts: str) -> Live | DomainError:
    """As `_begin`; a refusal is the result, so that a task group does not wrap it."""
    try:
        return await _begin(world, call, leg, LegKind.SIP, **facts)
    except DomainError as error:
        return error


async def _from_inside(world: World, leg: SipLeg, source: Source, call_id: str) -> Arrival:
    person_id, kind = source.id, LegKind.WEBRTC
    if source.kind == "device":
        person_id, kind = await device(world, source, leg.invite.sdp)
    to = await people.dialled(
        world, source.tenant, _user(leg.invite.uri), person_id, busy=frozenset({person_id} - {""})
    )
    person = await world.asks.quietly(world.asks.person(source.tenant, person_id)) if person_id else None
    extension, name = (person.extension, person.name) if person is not None else ("", "")
    direction = Direction.OUTBOUND if to.over_trunks else Direction.INTERNAL
    number_id = await people.number_of(world, source.tenant, to, call_id)
    call = Call(
        call_id, source.tenant, direction, world.clock(), caller=extension or source.user, called=to.title,
        agent_id=person_id, sip_call_id=leg.call_id, number_id=number_id,
    )  # fmt: skip
    account = source.id if source.kind == "device" else ""
    live = await _begin(world, call, leg, kind, person_id=person_id, account_id=account, number=extension)
    if person_id:
        await occupy(live, person_id)
    return Arrival(live, Dialled(live, to, name))


async def _begin(world: World, call: Call, leg: SipLeg, kind: LegKind, **facts: str) -> Live:
    """The engine answers the offer, or makes one for a leg of this kind; nobody is told anything yet."""
    live = Live(world, call, world.engines.anchor(call.id))
    try:
        live.first_sdp = await first_sdp(live, leg, kind)
    except NgError as error:
        if error.reason is not NgReason.ENGINE_SILENT:
            raise
        live.anchor = world.engines.anchor(call.id)  # another one: that one counts as dead now
        live.first_sdp = await first_sdp(live, leg, kind)
    plan = await world.asks.quietly(world.asks.dial_plan(call.tenant))
    live.wants_record = plan is not None and plan.record_calls
    live.add(FIRST, leg, Role.CALLER, **facts)
    live.note_port(FIRST)
    if leg.ended.is_set():
        live.lost_before_it_began()
    return live


async def device(world: World, source: Source, sdp: bytes) -> tuple[str, LegKind]:
    """Whose phone it is, and how its sound travels; the account must be the tenant's and open. The edge refuses what
    is not encrypted and must be, but a fact may have come between. Raises Turned."""
    for account in await world.asks.accounts(source.tenant):
        if account.id == source.id and not account.blocked:
            if account.encrypted_only and sdp and kind_of(sdp) is LegKind.SIP:
                raise Turned(488, "SRTP Required")
            return str(account.person_id), LegKind.SRTP if account.encrypted_only else LegKind.SIP
    raise Turned(403)


def _user(uri: str) -> str:
    return Uri.parse(uri).name


def _caller(leg: SipLeg) -> str:
    """Who calls, as the operator vouches for it, else as he says himself. Proves nothing; is shown and looked up."""
    asserted = leg.header("p-asserted-identity")
    for text in (asserted.partition(",")[0], leg.invite.sender.uri):
        try:
            uri = Uri.parse(text.strip().strip("<>").partition(">")[0].rpartition("<")[2]) if text else None
        except ParseError:
            continue
        if uri is not None and (number := as_number(uri.name.removeprefix("tel:"))):
            return number
    return ""


async def first_sdp(live: Live, leg: SipLeg, kind: LegKind) -> bytes:
    """What the caller is answered, or offered where their INVITE brought no offer."""
    if leg.invite.sdp:
        return await live.anchor.answer(FIRST, leg.invite.sdp)
    return await live.anchor.originate(FIRST, kind)
