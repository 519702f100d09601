"""The carrier of a call is chosen while it is set up: by the price of that moment, and by how its trunk has done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from antiphon.billing.v1 import billing_pb2 as billing
from antiphon.billing.v1 import carriers_pb2 as pb
from antiphon.billing.v1.billing_pb2_grpc import BillingServiceStub
from antiphon.billing.v1.carriers_pb2_grpc import CarriersServiceStub
from antiphon.common.v1.money_pb2 import Money
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit import tasks
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media import scores
from antiphon.media.phone.phone import Phone, PhoneCall
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import Plant, plant
from antiphon.media.v1 import media_pb2 as media

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
OUTSIDE = "+380671234567"
TARIFF = {"rates": [{"prefix": "380", "groups": [{"start": 0, "rate": "0.60", "per": 60, "inc": 1}]}]}


@dataclass
class Carrier:
    """One trunk to a phone of ours, and its price."""

    phone: Phone
    trunk_id: str
    record: pb.Carrier


@dataclass
class Market:
    """A company with money and two carriers."""

    pbx: Plant
    dear: Carrier
    cheap: Carrier

    def __post_init__(self) -> None:
        self.billing: Any = CarriersServiceStub(self.pbx.rt.peers.channel("billing"))

    async def price(self, of: Carrier, per_minute: str) -> None:
        content = f"prefix;rate;scheme\n380;{per_minute};1/1\n".encode()
        read = pb.ReadCarrierPricesRequest(carrier_id=of.record.id, content=content, keep=True)
        draft = (await ask(self.billing.ReadCarrierPrices, read, self.pbx.owner)).prices
        approve = pb.ApproveCarrierPricesRequest(carrier_id=of.record.id, version=draft.version)
        await ask(self.billing.ApproveCarrierPrices, approve, self.pbx.rt.peers.own(self.pbx.tenant))

    async def policy(self, choice: pb.CarrierChoice.ValueType, **limits: Any) -> None:
        known = (await ask(self.billing.ListCarriers, pb.ListCarriersRequest(), self.pbx.owner)).policy
        wanted = pb.CarrierPolicy(rev=known.rev, choice=choice, min_calls=2, **limits)
        await ask(self.billing.PutCarrierPolicy, pb.PutCarrierPolicyRequest(policy=wanted), self.pbx.owner)

    async def refused_by(self, carrier: Carrier) -> media.Call:
        """A call that this carrier gets, and whose other side is busy."""
        call = await self.pbx.dials(self.pbx.people[0], OUTSIDE)
        outside: PhoneCall = await carrier.phone.incoming()
        outside.ring()
        outside.reject(486)
        assert await call.over() == 486
        await self.pbx.clean()
        listed = media.ListCallsRequest(limit=1)
        (ended,) = (await ask(self.pbx.media.ListCalls, listed, self.pbx.owner)).calls
        return ended  # type: ignore[no-any-return]

    async def quality(self, of: Carrier) -> media.TrunkQuality:
        health = await ask(self.pbx.media.GetVoiceHealth, media.GetVoiceHealthRequest(), self.pbx.owner)
        found: media.TrunkQuality = next(one.quality for one in health.trunks if one.trunk_id == of.trunk_id)
        return found


@pytest.fixture(scope="module")
async def market(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Market]:
    folder = tmp_path_factory.mktemp("plant")
    async with plant(platforms, folder, "127.0.0.98", billing=True, trunk_probe_seconds=0.5) as pbx:
        pbx.edge.direct_trunks = True
        await pbx.dial_plan(country="UA", caller_id=pbx.number)
        await account(pbx)
        dear, cheap = await carrier(pbx, "Dear", 1), await carrier(pbx, "Cheap", 2)
        made = Market(pbx, dear, cheap)
        await made.price(dear, "0.50")
        await made.price(cheap, "0.45")
        yield made


async def account(pbx: Plant) -> None:
    """With money, and a tariff that is in force."""
    bill: Any = BillingServiceStub(pbx.rt.peers.channel("billing"))
    service = pbx.rt.peers.own(pbx.tenant)
    draft = billing.Tariff(id="home", currency="UAH", document=json.dumps(TARIFF))
    await ask(bill.PutTariff, billing.PutTariffRequest(tariff=draft), pbx.owner)
    await ask(bill.ApproveTariff, billing.ApproveTariffRequest(id="home", version=1), service)
    terms = billing.Account(currency="UAH", tariff_id="home")
    await ask(bill.PutAccount, billing.PutAccountRequest(account=terms), pbx.owner)
    payment = billing.PostPaymentRequest(payment_id="p", amount=Money(currency="UAH", micros=90_000_000), method="card")
    await ask(bill.PostPayment, payment, service)

    async def in_force() -> bool:
        try:
            await ask(bill.Authorize, billing.AuthorizeRequest(session_id="probe", called=OUTSIDE), service)
        except DomainError:
            return False
        return True

    await eventually(in_force, 30)
    await ask(bill.Release, billing.ReleaseRequest(session_id="probe"), service)


async def carrier(pbx: Plant, name: str, priority: int) -> Carrier:
    phone = await pbx.phone(name.lower())
    wanted = telephony.Trunk(
        name=name, host="127.0.0.1", port=phone.endpoint.port, codecs=["PCMA"], priority=priority
    )  # fmt: skip
    trunk = (await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=wanted), pbx.owner)).trunk
    stub: Any = CarriersServiceStub(pbx.rt.peers.channel("billing"))
    asked = pb.Carrier(name=name, currency="UAH", terms=pb.CARRIER_TERMS_WHOLESALE, trunk_ids=[trunk.id])
    made = (await ask(stub.PutCarrier, pb.PutCarrierRequest(carrier=asked), pbx.owner)).carrier
    return Carrier(phone, trunk.id, made)


@pytest.fixture(autouse=True)
async def _quiet(market: Market) -> AsyncIterator[None]:
    yield
    await market.pbx.quiet()


@pytest.mark.clause("C01")
async def test_the_cheaper_has_the_call_and_the_next_after_a_change_of_price(market: Market) -> None:
    await market.policy(pb.CARRIER_CHOICE_COST)
    ended = await market.refused_by(market.cheap)  # whatever the trunks' own priority says
    (leg,) = [one for one in ended.legs if one.trunk_id]
    assert (leg.trunk_id, leg.carrier) == (market.cheap.trunk_id, "Cheap")
    assert leg.why[0].startswith("Cheap at 0.45 UAH/min")
    assert leg.rang_at.ToDatetime() >= leg.started_at.ToDatetime()
    await market.price(market.dear, "0.40")
    await market.refused_by(market.dear)
    await market.price(market.dear, "0.50")
    await market.refused_by(market.cheap)


@pytest.mark.clause("C02")
async def test_what_does_badly_loses_the_next_call_unless_only_cost_counts(market: Market) -> None:
    await market.policy(pb.CARRIER_CHOICE_COST)
    before = (await market.quality(market.cheap)).attempts
    while (await market.quality(market.cheap)).attempts < 2:
        await market.refused_by(market.cheap)
    known = await market.quality(market.cheap)
    assert (known.answered, known.rang, known.HasField("pdd_ms")) == (0, known.attempts, True)
    assert known.attempts >= before
    await market.policy(pb.CARRIER_CHOICE_GOOD_ENOUGH, min_asr_percent=40)
    call = await market.pbx.dials(market.pbx.people[0], OUTSIDE)
    outside = await market.dear.phone.incoming()
    outside.answer()
    await call.up()
    live = await market.pbx.the_call("TALKING")
    call.hang_up()
    await outside.over()
    ended = await market.pbx.record(live.id)
    (leg,) = [one for one in ended.legs if one.trunk_id]
    assert leg.carrier == "Dear"
    assert leg.why[1] == "Cheap at 0.45 UAH/min left out: ASR 0 % < 40 %"
    await market.pbx.clean()
    assert (await market.quality(market.dear)).answered >= 1
    await market.policy(pb.CARRIER_CHOICE_COST, min_asr_percent=40)
    await market.refused_by(market.cheap)

    rated = await eventually(lambda: of_call(market, live.id), 30)
    assert (rated.carrier, rated.carrier_version.partition(":")[0]) == ("Dear", market.dear.record.id)
    assert 0 < rated.carrier_cost.micros < rated.cost.micros


async def of_call(market: Market, call_id: str) -> Any:
    bill: Any = BillingServiceStub(market.pbx.rt.peers.channel("billing"))
    found = (await ask(bill.ListRatedCalls, billing.ListRatedCallsRequest(), market.pbx.owner)).calls
    return next((one for one in found if one.record.key.startswith(call_id) and one.seconds), None)


async def test_every_replica_knows_how_a_trunk_does(market: Market) -> None:
    await market.policy(pb.CARRIER_CHOICE_COST)
    await market.refused_by(market.cheap)
    mine = market.pbx.parts.scores.of(market.cheap.trunk_id)
    bus = await market.pbx.rt.bus()
    other = scores.Scores(await scores.open_bucket(bus), "another", market.pbx.rt.clock)
    watching = asyncio.ensure_future(other.watch())
    try:
        await eventually(lambda: other.of(market.cheap.trunk_id) == mine, 30)
    finally:
        await tasks.end(watching)
