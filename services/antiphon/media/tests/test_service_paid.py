"""Calls that cost money: asked for before they ring, ended when the money is over, charged for the wire's seconds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from antiphon.billing.v1 import billing_pb2 as billing
from antiphon.billing.v1.billing_pb2_grpc import BillingServiceStub
from antiphon.common.v1.money_pb2 import Money
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import Phone
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import Plant, plant

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
OUTSIDE = "+380671234567"
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
    await call.up()
    await asyncio.gather(call.over(), outside.over())  # nobody hangs up: three seconds are paid
    await pbx.clean()

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
