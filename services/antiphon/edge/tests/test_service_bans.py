"""Who is banned on two real nodes: told to whom it concerns, lifted by the operator, noted where it must be."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio
from pydantic import SecretStr

from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.settings import Settings as DirectorySettings
from antiphon.directory.v1 import directory_pb2, directory_pb2_grpc
from antiphon.edge.bans import LIFT, Bans
from antiphon.edge.tests import sip
from antiphon.edge.tests.conftest import DOMAIN, Edge, Pair, account, register_call
from antiphon.kit import protos
from antiphon.kit.bus import Bus
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.tokens import Caller, new_private_key, reset_caller, set_caller, set_token
from antiphon.media import bans as media
from antiphon.media.asks import Asks
from antiphon.media.v1 import media_pb2 as pb

pytestmark = pytest.mark.service
OPERATOR = Caller("tn-operator", "person:pe-op", frozenset({"bans.read", "bans.lift", "audit.read"}))
OWNER = Caller("acme", "person:pe-owner", frozenset({"bans.read", "audit.read"}))
STRANGER = Caller("other", "person:pe-other", frozenset({"bans.read", "audit.read"}))
AGENT = Caller("acme", "person:pe-agent", frozenset({"work.take"}))
HERE = "127.0.0.1"
STRANGE = "nobody'<b>;|x %41é"
"""What a stranger may call himself."""


@dataclass
class Plant:
    """Two nodes with their sidecars' ears, and media's side of the question."""

    first: Edge
    second: Edge
    rt: Runtime
    bus: Bus
    media: media.Bans

    async def told(self, caller: Caller = OPERATOR) -> pb.ListBansResponse:
        set_token(self.rt.signer.sign(caller))
        return await self.media.banned()

    async def lift(self, user: str, reason: str, caller: Caller = OPERATOR) -> pb.LiftBanResponse:
        set_token(self.rt.signer.sign(caller))
        bound = set_caller(caller)
        try:
            return await self.media.lift(caller, pb.LiftBanRequest(address=HERE, user=user, reason=reason))
        finally:
            reset_caller(bound)

    async def names(self, caller: Caller = OPERATOR) -> set[str]:
        return {ban.user for ban in (await self.told(caller)).bans}

    async def audit(self, caller: Caller) -> list[directory_pb2.AuditEntry]:
        stub = directory_pb2_grpc.DirectoryServiceStub(self.rt.peers.channel("directory"))
        asked = directory_pb2.ListAuditRequest(object=f"ban:{HERE}")
        return list((await ask(stub.ListAudit, asked, metadata(self.rt.signer.sign(caller)))).entries)

    async def banned(self, user: str) -> None:
        """Somebody tries until both nodes refuse him."""
        phone = await self.first.peer()
        for _ in range(self.first.settings.ban_failures):
            assert await registers(phone, user, "wrong") == 403
        for node in (self.first, self.second):
            await eventually(functools.partial(holds, node, f"{HERE}|{user}"))


async def registers(phone: sip.Peer, user: str, password: str) -> int:
    """Tries in the name of anybody: what is banned is whom the credentials name."""
    call = register_call(user if user.isascii() and user.replace("-", "").isalnum() else "anybody")
    return (await sip.register(phone, call, user, password)).code


async def holds(node: Edge, key: str) -> bool:
    return key in await node.rpc.table("banned")


@pytest_asyncio.fixture(loop_scope="session")
async def plant(pair: Pair, platforms: dict[str, Platform]) -> AsyncIterator[Plant]:
    chosen = DirectorySettings(sealing_key=SecretStr(new_private_key()), password_memory_kib=16_384, sip_domain=DOMAIN)
    serve = functools.partial(directory_serve, settings=chosen)
    async with running({"directory": serve}, platforms) as runtimes:
        rt = runtimes["directory"]
        bus = await Bus.connect(platforms["media"], "media")
        ears = await Bus.connect(platforms["edge"] if "edge" in platforms else platforms["media"], "edge")
        for node in pair:
            await Bans(node.rpc, node.settings, rt.verifier).listen(ears)
        yield Plant(*pair, rt, bus, media.Bans(bus, Asks(Runtime("media", platforms["media"]).peers), len(pair)))
        await ears.close()
        await bus.close()


async def test_whoever_is_banned_is_shown_to_whom_it_concerns_and_let_in_again(plant: Plant) -> None:
    await plant.first.put(account("acme-501"))
    await plant.banned("acme-501")
    await plant.banned(STRANGE)  # a stranger's choice
    told = await plant.told()
    assert (len(told.nodes), told.expected) == (2, 2)
    bans = {ban.user: ban for ban in told.bans}
    ban = bans["acme-501"]
    assert (ban.address, ban.why, ban.tenant_id) == (HERE, "password", "acme")
    assert abs(protos.moment(ban.since) - system_clock()) < timedelta(minutes=2)
    lasts = protos.moment(ban.until) - protos.moment(ban.since)
    assert lasts == timedelta(seconds=plant.first.settings.ban_seconds)
    assert (bans[STRANGE].why, bans[STRANGE].tenant_id) == ("unknown", "")
    shown = await plant.names(OWNER)
    assert "acme-501" in shown
    assert STRANGE not in shown, "an owner sees his own SIP users"
    assert await plant.names(STRANGER) == set()

    phone = await plant.second.peer()
    assert await registers(phone, "acme-501", "right") == 403
    lifted = await plant.lift("acme-501", "He rang: a new phone with an old password")
    assert (len(lifted.nodes), lifted.expected) == (2, 2)
    for node in (plant.first, plant.second):
        assert not await holds(node, f"{HERE}|acme-501")
    assert await registers(phone, "acme-501", "wrong") == 403, "one more mistake is no ban: the count began anew"
    assert await registers(phone, "acme-501", "right") == 200
    assert "acme-501" not in await plant.names()

    (own,), (theirs,) = await plant.audit(OPERATOR), await plant.audit(OWNER)
    assert (own.actor, own.action, own.facts["user"]) == ("person:pe-op", "ban.lifted", "acme-501")
    assert (theirs.actor, theirs.facts["reason"]) == ("support:pe-op", "He rang: a new phone with an old password")
    await plant.lift("acme-501", "the same once more")
    assert len(await plant.audit(OPERATOR)) == 1, "what is not banned is not noted again"
    await plant.lift(STRANGE, "tidying up")
    assert STRANGE not in await plant.names()


async def test_no_node_believes_media_alone(plant: Plant) -> None:
    """Without the right in the caller's token a sidecar neither tells nor lifts."""
    await plant.first.put(account("acme-502"))
    await plant.banned("acme-502")
    nc = plant.bus.nc
    inbox = nc.new_inbox()
    heard = await nc.subscribe(inbox)
    for token in (plant.rt.signer.sign(OWNER), plant.rt.signer.sign(AGENT), "forged", ""):
        wanted = pb.LiftBanRequest(address=HERE, user="acme-502").SerializeToString()
        await nc.publish(LIFT, wanted, reply=inbox, headers={"token": token})
    assert "acme-502" in await plant.names(), "asked later, answered first: the others got no answer"
    assert not heard.pending_msgs
    for reason in ("", " ", "x" * 501):
        with pytest.raises(DomainError) as refused:
            await plant.lift("acme-502", reason)
        assert refused.value.reason is Common.INVALID
    await plant.lift("acme-502", "enough")


async def test_a_node_that_is_away_is_told_as_missing(plant: Plant) -> None:
    await plant.first.put(account("acme-503"))
    await plant.banned("acme-503")
    plant.second.process.kill()
    try:
        told = await plant.told()
        assert (len(told.nodes), told.expected) == (1, 2)
        assert "acme-503" in {ban.user for ban in told.bans}
        plant.first.process.kill()
        with pytest.raises(DomainError) as refused:
            await plant.told()
        assert refused.value.reason is Common.UNAVAILABLE
    finally:
        plant.first.process.start()
        plant.second.process.start()
