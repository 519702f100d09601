"""Calls that cost money: asked for before they ring, ended when the money is over, charged for the wire's seconds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

import pytest

from antiphon.billing.v1 import billing_pb2 as billing
from antiphon.billing.v1 import office_pb2
from antiphon.billing.v1.billing_pb2_grpc import BillingServiceStub
from antiphon.billing.v1.office_pb2_grpc import OfficeServiceStub
from antiphon.common.v1.money_pb2 import Money
from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import Phone, PhoneCall
from antiphon.media.phone.sound import Samples, Tone, joined, level, purity
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import Plant, plant
from antiphon.media.v1 import media_pb2 as media
from antiphon.media.v1.media_pb2 import ListCallsRequest

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
OUTSIDE = "+380671234567"
OTHER = 880
TARIFF = {"rates": [{"prefix": "380", "groups": [{"start": 0, "rate": "0.01", "per": 1, "inc": 1}]}]}


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.78", billing=True) as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number)
        yield it


@pytest.fixture(scope="module")
async def operator(pbx: Plant) -> Phone:
    phone = await pbx.phone("operator")
    for trunk in (await ask(pbx.telephony.ListTrunks, telephony.ListTrunksRequest(), pbx.owner)).trunks:
        trunk.priority = 99
        await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)
    trunk = telephony.Trunk(name="Operator 1", host="127.0.0.1", port=phone.endpoint.port, codecs=["PCMA"], priority=1)
    await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)
    return phone


def said_after_tone(frames: Sequence[Samples], hertz: int) -> bool:
    """Was there, after the other side's tone, something else as loud as speech for a fifth of a second?"""
    windows = [joined(frames[start : start + 10]) for start in range(0, len(frames) - 10, 5)]
    pure = [purity(window, hertz) for window in windows]
    first = next((place for place, share in enumerate(pure) if share > 0.9), len(windows))
    return any(
        share < 0.5 and level(window) > 0.01 for window, share in zip(windows[first:], pure[first:], strict=True)
    )


@pytest.mark.clause("I12")
@pytest.mark.clause("I01")
async def test_money_decides_whether_and_how_long(pbx: Plant, operator: Phone) -> None:
    bill: Any = BillingServiceStub(pbx.rt.peers.channel("billing"))
    service = pbx.rt.peers.own(pbx.tenant)
    refused = await pbx.dials(pbx.people[0], OUTSIDE)  # there is no account yet
    assert await refused.over() >= 400
    draft = billing.Tariff(id="home", currency="UAH", document=json.dumps(TARIFF))
    await ask(bill.PutTariff, billing.PutTariffRequest(tariff=draft), pbx.owner)
    await ask(bill.ApproveTariff, billing.ApproveTariffRequest(id="home", version=1), service)
    account = billing.Account(currency="UAH", tariff_id="home")
    await ask(bill.PutAccount, billing.PutAccountRequest(account=account), pbx.owner)
    payment = billing.PostPaymentRequest(payment_id="p", amount=Money(currency="UAH", micros=30_000), method="card")
    await ask(bill.PostPayment, payment, service)
    probe = billing.AuthorizeRequest(session_id="probe", called=OUTSIDE)

    async def in_force() -> bool:
        try:
            await ask(bill.Authorize, probe, service)
        except DomainError:
            return False
        await ask(bill.Release, billing.ReleaseRequest(session_id="probe"), service)
        return True

    await eventually(in_force)

    call = await pbx.dials(pbx.people[0], OUTSIDE)
    outside = await operator.incoming()
    outside.answer()
    outside.line.sound = Tone(OTHER)
    await call.up()
    await asyncio.gather(call.over(), outside.over())  # nobody hangs up: three seconds are paid
    await pbx.clean()
    assert said_after_tone(call.line.recording, OTHER), "who pays is told before the end"
    assert not said_after_tone(outside.line.recording, pbx.people[0].hertz), "the other side is not"

    async def charged() -> Any:
        found = await ask(bill.ListRatedCalls, billing.ListRatedCallsRequest(), pbx.owner)
        return [one for one in found.calls if one.charge == billing.CALL_CHARGE_BILLED]

    (paid,) = await eventually(charged)
    assert (paid.seconds, paid.cost.micros, paid.prefix) == (3, 30_000, "380")
    left = (await ask(bill.GetAccount, billing.GetAccountRequest(), pbx.owner)).account
    assert (left.balance.micros, left.held.micros) == (0, 0)
    again = await pbx.dials(pbx.people[0], OUTSIDE)
    assert await again.over() >= 400
    await pbx.clean()


async def staff_say_what_for(pbx: Plant, case: str) -> None:
    """Neither the voices nor the signalling of somebody's call are had without purpose; each access is noted."""
    live = await pbx.the_call("TALKING")
    monitor: Any = {"call_id": live.id, "mode": media.MONITOR_MODE_LISTEN}
    fraud, quality = media.LISTENING_PURPOSE_FRAUD_CASE, media.LISTENING_PURPOSE_QUALITY
    vain: tuple[dict[str, Any], ...] = (
        {"reason": "curious"}, {"reason": " ", "purpose": quality}, {"reason": "dear", "purpose": fraud},
        {"reason": "dear", "purpose": fraud, "case_id": "none"},
    )  # fmt: skip
    for why in vain:
        for method, request in (
            (pbx.media.GetCallLadder, media.GetCallLadderRequest(call_id=live.id, **why)),
            (pbx.media.Monitor, media.MonitorRequest(**monitor, **why)),
        ):
            with pytest.raises(DomainError) as refused:
                await ask(method, request, pbx.owner)
            assert refused.value.reason.name in {"DENIED", "INVALID"}
    said: Any = {"reason": "a complaint", "purpose": fraud, "case_id": case}
    ladder = await ask(pbx.media.GetCallLadder, media.GetCallLadderRequest(call_id=live.id, **said), pbx.owner)
    assert any(OUTSIDE in message.line for message in ladder.messages)
    leader = pbx.people[2].headers  # who leads the agents looks and listens as before
    await ask(pbx.media.GetCallLadder, media.GetCallLadderRequest(call_id=live.id), leader)
    people = (await ask(pbx.directory.ListPeople, directory.ListPeopleRequest(), pbx.owner)).people
    owner = next(one.id for one in people if directory.ROLE_OWNER in one.roles)
    pbx.edge.direct[f"{pbx.tenant}.{owner}"] = Hop("127.0.0.1", pbx.nowhere.endpoint.port)  # it is let through and busy
    with suppress(DomainError):
        await ask(pbx.media.Monitor, media.MonitorRequest(**monitor, **said), pbx.owner)
    asked = directory.ListAuditRequest(object=f"call:{live.id}")
    noted = (await ask(pbx.directory.ListAudit, asked, pbx.owner)).entries
    assert sorted(one.action for one in noted) == ["call.analysed", "call.monitored"]
    assert all((one.facts["purpose"], one.facts["case"]) == ("fraud_case", case) for one in noted)


@pytest.mark.clause("K10")
@pytest.mark.clause("C06")
async def test_what_is_blocked_ends_and_cannot_begin(pbx: Plant, operator: Phone) -> None:
    """A suspected telephone loses its call within seconds, cannot call again, and can when a person has freed it."""
    bill: Any = BillingServiceStub(pbx.rt.peers.channel("billing"))
    office: Any = OfficeServiceStub(pbx.rt.peers.channel("billing"))
    service = pbx.rt.peers.own(pbx.tenant)
    payment = billing.PostPaymentRequest(
        payment_id="p2", amount=Money(currency="UAH", micros=90_000_000), method="card"
    )
    await ask(bill.PostPayment, payment, service)
    opened = office_pb2.OpenCaseRequest(request_id="k1", complaint="dear calls", subscriber=True)
    await ask(office.OpenCase, opened, pbx.owner)

    call = await pbx.dials(pbx.people[0], OUTSIDE)
    outside = await operator.incoming()
    outside.answer()
    await call.up()
    await staff_say_what_for(pbx, "k1")
    block = office_pb2.BlockCallsRequest(case_id="k1", kind="destination", value=OUTSIDE[:7], reason="premium")
    await ask(office.BlockCalls, block, pbx.owner)
    await asyncio.gather(call.over(), outside.over())  # nobody hangs up
    await pbx.clean()
    (ended,) = (await ask(pbx.media.ListCalls, ListCallsRequest(limit=1), pbx.owner)).calls
    assert {leg.ended_by for leg in ended.legs if leg.role != "supervisor"} == {"system"}
    again = await pbx.dials(pbx.people[0], OUTSIDE)
    assert await again.over() >= 400

    async def passes() -> bool:
        trying = await pbx.dials(pbx.people[0], OUTSIDE)
        async with asyncio.TaskGroup() as group:
            ends = [group.create_task(trying.over()), group.create_task(operator.incoming())]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for task in ends:
                task.cancel()
        if ends[1].cancelled() or not ends[1].done():
            return False
        reached = ends[1].result()
        assert isinstance(reached, PhoneCall)
        reached.answer()
        await trying.up()
        trying.hang_up()
        await reached.over()
        return True

    freed = office_pb2.EditCaseRequest(case_id="k1", note="a mistake", unblock=True)
    await ask(office.EditCase, freed, pbx.owner)
    await eventually(passes, 30)
    await pbx.clean()
