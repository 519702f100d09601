"""`RouteCall`: what directory knows of a dialled number, and where it goes.

Directory is asked for every call, in one question. A cache would need the fields of a person that events do not carry
(caller ID, forwarding), and a destination that was blocked a moment ago must not be called because a replica has not
heard of it yet.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from antiphon.directory.v1.telephony_pb2 import TRANSPORT_TCP, TRANSPORT_TLS, GetDiallingResponse, SimLine, Trunk
from antiphon.kit.tokens import Caller
from antiphon.routing.domain import dialling
from antiphon.routing.v1 import routing_pb2 as pb

_TRANSPORTS = {TRANSPORT_TCP: "tcp", TRANSPORT_TLS: "tls"}


class Directory(Protocol):
    """What routing asks of directory."""

    async def dialling(self, tenant: str, person_id: str, extension: str, caller_id: str) -> GetDiallingResponse: ...

    async def forward_to(self, tenant: str, person_id: str) -> str:
        """Where a person's calls go while their phones are not registered; empty when nowhere or not known."""
        ...


class Dialling:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def route(self, caller: Caller, request: pb.RouteCallRequest) -> pb.RouteCallResponse:
        """Raises what the proto promises."""
        digits = dialling.digits_of(request.dialled)
        extension = digits if dialling.may_be_extension(digits) else ""
        known = await self._directory.dialling(caller.tenant, request.person_id, extension, request.caller_id)
        dialled = dialling.Dialled(
            digits=digits,
            extension_of=known.callee.id,
            wanted_caller_id=request.caller_id,
            own_caller_id=known.caller.caller_id,
            numbers={number.e164: not number.inbound_only for number in known.numbers},
            slots={sim.e164: _slot(sim) for sim in known.sims},
            rented=frozenset(number.e164 for number in known.numbers if number.rented),
            lent=tuple(_trunk(trunk) for trunk in known.lent),
        )
        trunks = {trunk.id: trunk for trunk in (*(sim.trunk for sim in known.sims), *known.trunks, *known.lent)}
        route = dialling.route(dialled, _plan(known), [_trunk(trunk) for trunk in known.trunks])
        decision = pb.RouteDecision(why=route.kind, facts={"trunks": str(len(route.trunks))})
        answer = pb.RouteCallResponse(kind=route.kind, decision=decision)
        if route.kind == "internal":
            target = pb.RingTarget(person_id=known.callee.id, forward_to=known.callee.forward_to)
            answer.targets.append(target)
            answer.extension = known.callee.extension
            return answer
        answer.e164 = route.number if route.kind == "external" else ""
        for chosen in route.trunks:
            trunk = trunks[chosen.id]
            answer.trunks.append(
                pb.TrunkChoice(
                    trunk_id=trunk.id, number=route.number, caller_id=route.caller_id, next_hop=chosen.next_hop,
                    codecs=trunk.codecs, max_channels=trunk.max_channels, prefix=chosen.prefix,
                )
            )  # fmt: skip
        return answer


def _plan(known: GetDiallingResponse) -> dialling.Plan:
    plan = known.plan
    return dialling.Plan(
        country=plan.country,
        first_number=known.first_number,
        blocked=tuple(plan.blocked_prefixes),
        caller_id=plan.caller_id,
        outside_prefix=plan.outside_prefix,
        emergency=frozenset(plan.emergency_codes),
    )


def _slot(sim: SimLine) -> dialling.Trunk | None:
    """The slot of a SIM card; None while its gateway carries no calls out."""
    return replace(_trunk(sim.trunk), prefixes=(), prefix=sim.prefix) if sim.HasField("trunk") else None


def _trunk(trunk: Trunk) -> dialling.Trunk:
    host = f"[{trunk.host}]" if ":" in trunk.host else trunk.host
    return dialling.Trunk(
        id=trunk.id,
        next_hop=f"sip:{host}:{trunk.port};transport={_TRANSPORTS.get(trunk.transport, 'udp')}",
        prefixes=tuple(trunk.prefixes),
        priority=trunk.priority,
    )
