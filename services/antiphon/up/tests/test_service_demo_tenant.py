"""The demo tenant is made once, completed after a start that died, and can be called."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.billing.__main__ import serve as billing_serve
from antiphon.billing.v1 import billing_pb2 as billing
from antiphon.billing.v1.billing_pb2_grpc import BillingServiceStub
from antiphon.channels.__main__ import serve as channels_serve
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.v1 import telephony_pb2 as tel
from antiphon.directory.v1.telephony_pb2_grpc import TelephonyServiceStub
from antiphon.kit import procs
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import timestamp
from antiphon.kit.service import Runtime, Serve
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running
from antiphon.routing.__main__ import serve as routing_serve
from antiphon.routing.v1 import routing_pb2 as routing
from antiphon.routing.v1.routing_pb2_grpc import RoutingServiceStub
from antiphon.up import demo_tenant
from antiphon.up.demo_phones import MAIN, ONLY_CALLED
from antiphon.up.settings import Settings

pytestmark = pytest.mark.service
SERVICES: dict[str, Serve] = {
    "directory": directory_serve, "acd": acd_serve, "routing": routing_serve, "channels": channels_serve,
    "billing": billing_serve,
}  # fmt: skip


@pytest.fixture(scope="module")
async def rt(platforms: dict[str, Platform]) -> AsyncIterator[Runtime]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTIPHON_CHANNELS_HTTP_PORT", str(procs.free_port()))
        async with running(SERVICES, platforms) as runtimes:
            yield runtimes["channels"]


async def next_step(rt: Runtime, tenant: str, interaction: routing.Interaction, **event: Any) -> routing.NextResponse:
    request = routing.NextRequest(interaction=interaction, event=routing.Event(**event))
    stub: Any = RoutingServiceStub(rt.peers.channel("routing"))
    answer: routing.NextResponse = await ask(stub.Next, request, rt.peers.own(tenant))
    return answer


async def test_the_demo_tenant_is_made_once_and_can_be_called(rt: Runtime, tmp_path: Path) -> None:
    settings = Settings(directory=tmp_path, port=8123)
    made = await demo_tenant.ensure(rt.peers, settings)
    assert made.number == MAIN
    assert [phone.username[-4:] for phone in made.phones] == ["-301", "-302", "-303"]
    assert await demo_tenant.ensure(rt.peers, settings) == made
    state = tmp_path / "demo.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "number": ""}))
    assert await demo_tenant.ensure(rt.peers, settings) == made, "what is there is left alone, passwords too"
    assert state.stat().st_mode & 0o077 == 0

    money: Any = BillingServiceStub(rt.peers.channel("billing"))
    account = (await ask(money.GetAccount, billing.GetAccountRequest(), rt.peers.own(made.tenant))).account
    assert account.balance.micros > 1_900_000_000, "the present came once, less the fee of this day"
    assert account.balance.micros <= 2_000_000_000

    telephony: Any = TelephonyServiceStub(rt.peers.channel("directory"))
    own = rt.peers.own(made.tenant)
    found = await ask(telephony.ResolveNumber, tel.ResolveNumberRequest(e164=ONLY_CALLED), own)
    assert (found.tenant_id, found.max_channels, found.inbound_only) == (made.tenant, 3, True)

    for number in (MAIN, ONLY_CALLED):
        call = routing.Interaction(
            id=f"ca_{number}", channel="voice", address=number, caller="+380671234567",
            started_at=timestamp(datetime(2026, 11, 22, 12, tzinfo=UTC)),
        )  # fmt: skip
        asked = await next_step(rt, made.tenant, call, started=routing.Event.Started())
        assert [option.key for option in asked.verbs[-1].menu.options] == ["1", "2"]
        queued = await next_step(rt, made.tenant, asked.interaction, input=routing.Event.Input(choice="1"))
        assert queued.verbs[-1].enqueue.queue_id == made.queues["Продажі"]
        assert queued.verbs[-1].enqueue.greeting
        ended = routing.Event.EnqueueEnded(how="timeout")
        mail = await next_step(rt, made.tenant, queued.interaction, enqueue_ended=ended)
        assert mail.verbs[-1].voicemail.group_id


async def test_an_extension_is_a_colleague_and_101_the_fire_brigade(rt: Runtime, tmp_path: Path) -> None:
    made = await demo_tenant.ensure(rt.peers, Settings(directory=tmp_path, port=8123))
    stub: Any = RoutingServiceStub(rt.peers.channel("routing"))

    async def dial(dialled: str) -> routing.RouteCallResponse:
        request = routing.RouteCallRequest(dialled=dialled, person_id=made.phones[0].person_id)
        answer: routing.RouteCallResponse = await ask(stub.RouteCall, request, rt.peers.own(made.tenant))
        return answer

    assert (await dial("302")).targets[0].person_id == made.phones[1].person_id
    assert (await dial("101")).kind == "emergency"
    outside = await dial("0671234567")
    assert (outside.trunks[0].caller_id, outside.trunks[0].next_hop) == (MAIN, "sip:127.0.0.1:5066;transport=udp")
