"""Fraud with real servers: a detector's verdict becomes a case and a block, which a person looks at and lifts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from antiphon.billing.tests.stage import PER_MINUTE, Stage, stamp
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.billing.v1.cabinet_pb2 import ListTrailRequest
from antiphon.billing.v1.events_pb2 import BlocksChanged
from antiphon.kit.testing import eventually
from antiphon.media.v1.events_pb2 import CallEnded, CallStarted
from antiphon.media.v1.media_pb2 import DIRECTION_INBOUND, DIRECTION_OUTBOUND

pytestmark = pytest.mark.service
DEAR = {"prefix": "44", "groups": [{"start": 0, "rate": "30", "per": 60, "inc": 60}]}
TARIFF = {"scale": 4, "rates": [PER_MINUTE, DEAR]}


async def attempts(stage: Stage, number: str, first: int, count: int) -> None:
    bus = await stage.rt.bus()
    for place in range(first, first + count):
        at = stamp(stage.clock() + timedelta(seconds=10 * place))
        event = CallStarted(occurred_at=at)
        event.call.id, event.call.direction = f"cl_{place}", DIRECTION_OUTBOUND
        event.call.called, event.call.agent_id = number, "pn_anna"
        event.call.legs.add(id="A", role="caller", person_id="pn_anna", account_id="sa_1")
        await bus.publish(event, tenant=stage.tenant, key=event.call.id, event_id=f"{stage.tenant}{place}")
        over = CallEnded(occurred_at=at, call=event.call)
        await bus.publish(over, tenant=stage.tenant, key=event.call.id, event_id=f"{stage.tenant}{place}over")


async def campaign(stage: Stage, count: int) -> None:
    """Calls of one range that are answered and as long as each other."""
    bus = await stage.rt.bus()
    for place in range(count):
        at = stage.clock() + timedelta(seconds=place)
        event = CallEnded(occurred_at=stamp(at))
        event.call.id, event.call.direction, event.call.campaign = f"cl_c{place}", DIRECTION_OUTBOUND, True
        leg = event.call.legs.add(id="L1", role="outside", number=f"+38067100{place:04d}", trunk_id="tk_1")
        leg.answered_at.CopyFrom(stamp(at))
        leg.ended_at.CopyFrom(stamp(at + timedelta(seconds=9)))
        await bus.publish(event, tenant=stage.tenant, key=event.call.id, event_id=f"{stage.tenant}c{place}")


async def cases(stage: Stage, count: int = 1) -> list[Any]:
    async def listed() -> list[Any]:
        found = (await stage.ask("ListCases", ob.ListCasesRequest(), "olena")).cases
        return list(found) if len(found) >= count else []

    return await eventually(listed, within=30)  # type: ignore[no-any-return]


async def blocks(stage: Stage) -> list[tuple[str, str]]:
    found = (await stage.ask("ListCallBlocks", ob.ListCallBlocksRequest(), "olena")).blocks
    return [(one.kind, one.value) for one in found]


async def test_a_hacked_telephone_is_blocked_and_freed_by_a_person(stage: Stage) -> None:
    await stage.open("1000", tariff=TARIFF)
    await attempts(stage, "+380671234567", 0, 8)
    await attempts(stage, "+447700900123", 10, 6)
    (told,) = await stage.told(BlocksChanged)
    (case,) = await cases(stage)
    assert (case.detector, case.subject, case.state, case.count) == ("high_cost", "sip_account:sa_1", "open", 6)
    assert [(one.kind, one.value, one.by) for one in case.blocks] == [("sip_account", "sa_1", "service:billing")]
    assert [one.case_id for one in told.blocks] == [case.id]

    silent = ob.EditCaseRequest(case_id=case.id, unblock=True)
    assert (await stage.refusal("EditCase", silent, "petro")).reason.name == "INVALID"
    assert (await stage.refusal("EditCase", silent, "stranger")).reason.name == "DENIED"
    freed = ob.EditCaseRequest(case_id=case.id, unblock=True, state="no_measures", note="Це була наша акція")
    edited = (await stage.ask("EditCase", freed, "petro")).case
    assert (edited.state, list(edited.blocks), edited.owner) == ("no_measures", [], "person:petro")
    assert [(one.by, one.text) for one in edited.notes] == [("person:petro", "Це була наша акція")]
    assert await blocks(stage) == []
    assert not (await stage.told(BlocksChanged, 2))[-1].blocks
    await attempts(stage, "+447700900123", 30, 6)
    found = await cases(stage, 2)
    assert {one.state for one in found} == {"open", "no_measures"}
    trail = (await stage.ask("ListTrail", ListTrailRequest(), "olena")).lines
    assert [line.what for line in trail].count("unblock") == 1


async def test_calls_of_a_campaign_are_alike_and_no_fraud(stage: Stage) -> None:
    await stage.open("1000", tariff=TARIFF)
    await campaign(stage, 20)
    await attempts(stage, "+447700900123", 0, 6)  # what comes after them in the same order is found
    (case,) = await cases(stage)
    assert (case.detector, case.subject) == ("high_cost", "sip_account:sa_1")


async def test_a_person_blocks_by_hand(stage: Stage) -> None:
    await stage.open("10")
    opened = ob.OpenCaseRequest(request_id="k1", complaint="Дзвонять на преміум", subscriber=True)
    await stage.ask("OpenCase", opened, "olena")
    request = ob.BlockCallsRequest(case_id="k1", kind="destination", value="+88213", reason="Супутник")
    for _ in range(2):
        case = (await stage.ask("BlockCalls", request, "olena")).case
    assert (await blocks(stage), len(case.notes)) == ([("destination", "88213")], 1)
    bad: list[dict[str, str]] = [
        {"kind": "planet"}, {"value": "abc"}, {"value": "1"}, {"kind": "account"}, {"reason": " "},
        {"kind": "person", "value": ""},
    ]  # fmt: skip
    good = {"case_id": "k1", "kind": "destination", "value": "88213", "reason": "так"}
    for change in bad:
        assert (
            await stage.refusal("BlockCalls", ob.BlockCallsRequest(**good | change), "olena")
        ).reason.name == "INVALID"
    await stage.ask("EditCase", ob.EditCaseRequest(case_id="k1", state="measures", note="Закрито"), "olena")
    assert await blocks(stage) == [("destination", "88213")], "a decision alone frees nobody"
    assert (await stage.refusal("BlockCalls", request, "olena")).reason.name == "ILLEGAL"
    unknown = ob.EditCaseRequest(case_id="k9", note="де вона?")
    assert (await stage.refusal("EditCase", unknown, "olena")).reason.name == "NOT_FOUND"


@pytest.mark.clause("C06")
async def test_transit_opens_an_abuse_case(stage: Stage) -> None:
    await stage.open("10")
    bus = await stage.rt.bus()
    for place in range(30):
        at = stage.clock() + timedelta(seconds=place)
        event = CallEnded(occurred_at=stamp(at))
        call = event.call
        call.id, call.direction, call.caller = f"cl_{place}", DIRECTION_INBOUND, "+4930111"
        call.started_at.CopyFrom(stamp(at))
        call.ended_at.CopyFrom(stamp(at + timedelta(seconds=60)))
        call.legs.add(id="A", role="caller", number="+4930111", trunk_id="tr_1")
        call.legs.add(id="L1", role="outside", number=f"+38067{place:07}", trunk_id="tr_2")
        await bus.publish(event, tenant=stage.tenant, key=call.id, event_id=f"{stage.tenant}{place}")
    (case,) = await cases(stage)
    assert (case.detector, case.subject, list(case.blocks)) == ("resale", "account:", [])
