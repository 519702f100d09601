"""The paid calls that go on, with real servers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from antiphon.billing.tests.stage import Stage, stamp, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import live_pb2 as lb
from antiphon.kit.ids import derived_id
from antiphon.kit.testing import eventually
from antiphon.media.v1 import media_pb2 as media
from antiphon.media.v1.events_pb2 import CallChanged

pytestmark = pytest.mark.service


async def running(stage: Stage) -> lb.ListRunningCallsResponse:
    return await stage.ask("ListRunningCalls", lb.ListRunningCallsRequest(), "olena")  # type: ignore[no-any-return]


@pytest.mark.clause("I06")
async def test_a_call_is_seen_from_its_authorisation_to_its_record(stage: Stage) -> None:
    await stage.open("100")
    call = derived_id("cl", stage.tenant)
    session, began = f"{call}:L1", stage.clock()
    await stage.ask("Authorize", pb.AuthorizeRequest(session_id=session, called="380671112233"))
    (ringing,) = (await running(stage)).calls
    assert not ringing.HasField("answered_at")
    assert (ringing.reserved, ringing.prefix, ringing.called) == (uah("0.60"), "380", "380671112233")

    leg = media.Leg(id="L1", role="outside", number="+380671112233", answered_at=stamp(began))
    event = CallChanged(call=media.Call(id=call, legs=[leg]))
    await (await stage.rt.bus()).publish(event, tenant=stage.tenant, key=call, event_id=f"{call}:1")

    async def answered() -> lb.RunningCall | None:
        (one,) = (await running(stage)).calls
        return one if one.HasField("answered_at") else None

    talking = await eventually(answered, 20)
    assert talking.answered_at == stamp(began)
    over = await stage.settle(session, "380671112233", 61, session_id=session, switch="media")
    steps = pb.PriceReason(kind="steps", what="380", count=2, length=60, amount="0.6")
    assert list(over.reasons) == [pb.PriceReason(kind="seconds", what="380", count=61), steps]
    assert list(over.why) == ["prefix 380, 61 chargeable seconds", "from second 0: 2 × 60 s at 0.6"]
    assert (await running(stage)).count == 0


async def test_without_its_facts_an_extension_says_since_when(stage: Stage) -> None:
    await stage.open("100")
    answered = stage.clock()
    await stage.ask("Authorize", pb.AuthorizeRequest(session_id="unheard", called="380671112233"))
    stage.clock.forward(seconds=45)
    await stage.ask("Extend", pb.ExtendRequest(session_id="unheard", used_seconds=45))
    (one,) = (await running(stage)).calls
    assert abs(one.answered_at.ToDatetime(answered.tzinfo) - answered) < timedelta(seconds=20)
    assert one.steps[0].cost == uah("0.60")


async def test_strangers_see_nothing(stage: Stage) -> None:
    await stage.open("100")
    refused = await stage.refusal("ListRunningCalls", lb.ListRunningCallsRequest(), "stranger")
    assert refused.reason.name == "DENIED"
