"""Answers media's questions about bans, for the Kamailio of this sidecar.

Media asks all sidecars at once over NATS with the caller's own token, which is verified here again: with "bans.lift" a
caller sees every ban, with "bans.read" those of SIP users of the own tenant.
"""

from __future__ import annotations

from datetime import timedelta

from nats.aio.msg import Msg

from antiphon.edge.app.reconcile import KamailioAway
from antiphon.edge.domain import bans as rows
from antiphon.edge.domain.wanted import Changes
from antiphon.edge.kamailio import Kamailio
from antiphon.edge.settings import Settings
from antiphon.kit import logs
from antiphon.kit.bus import Bus
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_server import check
from antiphon.kit.protos import timestamp
from antiphon.kit.tokens import Caller, Verifier
from antiphon.media.v1 import media_pb2 as pb

LIST, LIFT = "antiphon-edge.bans.list", "antiphon-edge.bans.lift"
MOST = 500
log = logs.get("edge")


class Bans:
    """One node's bans."""

    def __init__(self, node: Kamailio, settings: Settings, verifier: Verifier) -> None:
        self._node = node
        self._lasts = timedelta(seconds=settings.ban_seconds)
        self._name = f"{settings.private_address}:{settings.private_port}"
        self._verifier = verifier

    async def listen(self, bus: Bus) -> None:
        """Every sidecar answers for its own node."""
        await bus.nc.subscribe(LIST, cb=self._listed)
        await bus.nc.subscribe(LIFT, cb=self._lifted)

    async def seen_by(self, caller: Caller) -> list[pb.Ban]:
        """What this caller may see, the newest first. Raises KamailioAway."""
        found = rows.bans(await self._node.table("banned"), self._lasts)
        names = sorted({ban.user for ban in found})
        accounts = dict(zip(names, await self._node.cells("account", names), strict=True))
        shown = (_shown(ban, rows.tenant_of(ban.user, accounts[ban.user])) for ban in found)
        return [ban for ban in shown if caller.may("bans.lift") or ban.tenant_id == caller.tenant][:MOST]

    async def lift(self, address: str, user: str) -> None:
        """Takes a ban back, with the failures that led to it. Raises KamailioAway."""
        for table in ("failures", "banned"):
            await self._node.change(table, Changes({}, (rows.key(address, user),)))

    async def _listed(self, message: Msg) -> None:
        caller = self._allowed(message, "bans.read")
        if caller is None:
            return
        answer = pb.ListBansResponse()
        try:
            answer.bans.extend(await self.seen_by(caller))
            answer.nodes.append(self._name)
        except KamailioAway as error:  # nobody needs to wait for this node
            log.warning("bans cannot be read", error=repr(error))
        await message.respond(answer.SerializeToString())

    async def _lifted(self, message: Msg) -> None:
        if self._allowed(message, "bans.lift") is None:
            return
        wanted, answer = pb.LiftBanRequest.FromString(message.data), pb.LiftBanResponse()
        try:
            await self.lift(wanted.address, wanted.user)
            answer.nodes.append(self._name)
        except KamailioAway as error:
            log.warning("a ban cannot be lifted", error=repr(error))
        await message.respond(answer.SerializeToString())

    def _allowed(self, message: Msg, right: str) -> Caller | None:
        try:
            caller = self._verifier.verify((message.headers or {}).get("token", ""))
            check(caller, right)
        except DomainError as error:
            log.warning("a question about bans is refused", reason=error.reason.name)
            return None
        return caller


def _shown(ban: rows.Ban, tenant: str) -> pb.Ban:
    return pb.Ban(
        address=ban.address, user=ban.user, why=ban.why, since=timestamp(ban.since), until=timestamp(ban.until),
        tenant_id=tenant,
    )  # fmt: skip
