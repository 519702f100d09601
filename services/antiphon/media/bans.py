"""Bans at the SIP edge: every node is asked, for each is a Kamailio with tables of its own.

The sidecars of the nodes answer over NATS to the caller's own token (`edge/bans.py`); what a caller may see is decided
there, where it is known whose SIP user a name is.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TypeVar

from google.protobuf.message import Message
from nats.errors import Error as NatsError

from antiphon.kit.bus import Bus
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller, current_token
from antiphon.media.asks import Asks
from antiphon.media.v1 import media_pb2 as pb

A = TypeVar("A", pb.ListBansResponse, pb.LiftBanResponse)
LIST, LIFT = "antiphon-edge.bans.list", "antiphon-edge.bans.lift"
_PATIENCE = 3.0
"""Seconds for all nodes: one that is silent is told as missing, not waited for."""
_MOST, _REASON = 500, 500


class Bans:
    def __init__(self, bus: Bus, asks: Asks, nodes: int) -> None:
        self._bus = bus
        self._asks = asks
        self._nodes = nodes

    async def banned(self) -> pb.ListBansResponse:
        """Whoever is banned on any node, once each, as the caller may see it. Raises UNAVAILABLE."""
        answers = await self._every(LIST, pb.ListBansRequest(), pb.ListBansResponse)
        found = {(ban.address, ban.user): ban for answer in answers for ban in answer.bans}
        newest = sorted(found.values(), key=lambda ban: ban.since.ToNanoseconds(), reverse=True)
        nodes = _nodes(answers)
        return pb.ListBansResponse(bans=newest[:_MOST], nodes=nodes, expected=max(self._nodes, len(nodes)))

    async def lift(self, caller: Caller, request: pb.LiftBanRequest) -> pb.LiftBanResponse:
        """Takes it back everywhere; what is not banned any more is not noted again. Raises INVALID, UNAVAILABLE."""
        reason = request.reason.strip()
        if not reason or len(reason) > _REASON:
            raise invalid("reason", f"a reason of at most {_REASON} characters is needed")
        known = (await self.banned()).bans
        for ban in known:
            if (ban.address, ban.user) == (request.address, request.user):
                await self._note(caller, ban, reason)
        answers = await self._every(LIFT, request, pb.LiftBanResponse)
        nodes = _nodes(answers)
        return pb.LiftBanResponse(nodes=nodes, expected=max(self._nodes, len(nodes)))

    async def _note(self, caller: Caller, ban: pb.Ban, reason: str) -> None:
        """In the operator's log, and in the log of the company whose SIP user it is."""
        facts = {"reason": reason, "address": ban.address, "user": ban.user[:500], "why": ban.why}
        target = f"ban:{ban.address}"
        await self._asks.audit(caller.tenant, caller.subject, "ban.lifted", target, facts)
        if ban.tenant_id not in ("", caller.tenant):
            await self._asks.audit(ban.tenant_id, f"support:{caller.person_id}", "ban.lifted", target, facts)

    async def _every(self, subject: str, question: Message, kind: type[A]) -> list[A]:
        """The answers of all nodes, or of those that answer in time. Raises UNAVAILABLE when none does."""
        answers: list[A] = []
        inbox = self._bus.nc.new_inbox()
        try:
            subscription = await self._bus.nc.subscribe(inbox)
            try:
                headers = {"token": current_token()}
                await self._bus.nc.publish(subject, question.SerializeToString(), reply=inbox, headers=headers)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PATIENCE):
                        while len(answers) < self._nodes:
                            message = await anext(subscription.messages)
                            if (message.headers or {}).get("Status"):
                                break  # nobody listens
                            answers.append(kind.FromString(message.data))
            finally:
                await subscription.unsubscribe()
        except NatsError as error:
            raise DomainError(Common.UNAVAILABLE, "the nodes of the edge cannot be asked") from error
        return answers


def _nodes(answers: list[A]) -> list[str]:
    """Who answered for his Kamailio. Raises UNAVAILABLE when nobody did."""
    nodes = sorted(node for answer in answers for node in answer.nodes)
    if not nodes:
        raise DomainError(Common.UNAVAILABLE, "no node of the edge answers")
    return nodes
