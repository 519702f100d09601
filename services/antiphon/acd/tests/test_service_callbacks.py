"""Callbacks that people plan, waits that are told afterwards, and what changes of rules leave in the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.tests.test_service import Centre, new_centre, patiently
from antiphon.acd.v1 import acd_pb2 as pb
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import duration, timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running

pytestmark = pytest.mark.service


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def runtimes(platforms: dict[str, Platform]) -> AsyncIterator[dict[str, Runtime]]:
    async with running({"directory": directory_serve, "acd": acd_serve}, platforms) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(runtimes: dict[str, Runtime]) -> Centre:
    return await new_centre(runtimes["acd"], "callbacks@acd.example")


def planned(centre: Centre, request_id: str, after: timedelta, *, mine: bool = False) -> pb.PlanCallbackRequest:
    at = timestamp(system_clock() + after)
    return pb.PlanCallbackRequest(
        request_id=request_id, queue_id=centre.queue_id, contact_id="ct_olena", at=at, mine=mine
    )


async def the_reason(call: object) -> str:
    with pytest.raises(DomainError) as refused:
        await call  # type: ignore[misc]
    return refused.value.reason.name


async def test_a_planned_callback_is_listed_moved_taken_early_and_tried_again(centre: Centre) -> None:
    (_, first), (_, second) = centre.agents
    acd = centre.acd
    asked = planned(centre, "r-1", timedelta(hours=1), mine=True)
    made = (await patiently(lambda: ask(acd.PlanCallback, asked, first))).callback
    assert (made.item.state, made.agent_id) == (pb.ITEM_STATE_SCHEDULED, centre.agents[0][0])
    assert (await ask(acd.PlanCallback, asked, first)).callback.item.id == made.item.id, "a repeat is the same one"

    later = system_clock() + timedelta(hours=3)
    moved = await ask(acd.MoveCallback, pb.MoveCallbackRequest(item_id=made.item.id, at=timestamp(later)), second)
    assert abs(moved.callback.item.due_at.seconds - later.timestamp()) <= 2
    for who in (first, second, centre.owner):
        listed = await ask(acd.ListCallbacks, pb.ListCallbacksRequest(), who)
        assert [one.item.id for one in listed.callbacks] == [made.item.id]

    await centre.be(0, pb.AGENT_STATE_READY)
    taken = await ask(acd.Pull, pb.PullRequest(item_id=made.item.id), first)
    assert taken.item.state == pb.ITEM_STATE_CONNECTED
    drop = pb.DropCallbackRequest(item_id=made.item.id, reason="no_answer")
    assert await the_reason(ask(acd.DropCallback, drop, second)) == "NOT_YOURS"
    again = (await ask(acd.DropCallback, drop, first)).item
    assert (again.state, again.tries) == (pb.ITEM_STATE_SCHEDULED, 1)
    cancel = pb.DropCallbackRequest(item_id=made.item.id, reason="cancelled")
    assert (await ask(acd.DropCallback, cancel, first)).item.state == pb.ITEM_STATE_ABANDONED
    await ask(acd.DropCallback, cancel, first)
    assert not (await ask(acd.ListCallbacks, pb.ListCallbacksRequest(), first)).callbacks
    await centre.be(0, pb.AGENT_STATE_OFFLINE)


async def test_a_callback_that_makes_no_sense_changes_nothing(centre: Centre, runtimes: dict[str, Runtime]) -> None:
    agent = centre.agents[0][1]
    acd = centre.acd
    bad = [planned(centre, "r-2", timedelta(hours=-1)), planned(centre, "r-2", timedelta(days=500))]
    bad += [planned(centre, "", timedelta(hours=1)), planned(centre, "r-2", timedelta(hours=1))]
    bad[3].contact_id = ""
    for request in bad:
        assert await the_reason(ask(acd.PlanCallback, request, agent)) == "INVALID"
    nowhere = planned(centre, "r-2", timedelta(hours=1))
    nowhere.queue_id = "qu_none"
    assert await the_reason(ask(acd.PlanCallback, nowhere, agent)) == "UNKNOWN_QUEUE"
    other = await new_centre(runtimes["acd"], "others@acd.example")
    ours = (await ask(acd.PlanCallback, planned(centre, "r-3", timedelta(hours=1)), agent)).callback.item.id
    stranger = other.agents[0][1]
    drop = pb.DropCallbackRequest(item_id=ours, reason="cancelled")
    assert await the_reason(ask(acd.DropCallback, drop, stranger)) == "UNKNOWN_ITEM"
    assert not (await ask(acd.ListCallbacks, pb.ListCallbacksRequest(), stranger)).callbacks
    await ask(acd.DropCallback, drop, agent)


async def test_a_wait_is_told_step_by_step_when_it_is_long_over(centre: Centre) -> None:
    acd = centre.acd
    request = pb.EnqueueRequest(
        item_id="told-1", queue_id=centre.queue_id, channel="webchat", subject="conversation:c9", contact_id="ct_9"
    )
    await patiently(lambda: ask(acd.Enqueue, request, centre.own))
    await centre.be(0, pb.AGENT_STATE_READY)
    offer = (await centre.work(0)).offers[0]
    await ask(acd.Accept, pb.AcceptRequest(item_id="told-1", version=offer.version), centre.agents[0][1])
    await ask(acd.Release, pb.ReleaseRequest(item_id="told-1", disposition="done"), centre.agents[0][1])
    for name in ("told-1", "ct_9", "conversation:c9"):
        told = await ask(acd.TellWait, pb.TellWaitRequest(name=name), centre.owner)
        kinds = [step.what for step in told.steps]
        assert kinds == [
            "WorkQueued", "waits", "WorkOffered", "OfferEnded", "WorkAccepted", "WrapUpStarted", "WorkCompleted",
        ]  # fmt: skip
        waits, offered = told.steps[1], told.steps[2]
        assert (dict(waits.waits_because), waits.position) == ({"logged_out": 2}, 1)
        assert (offered.agent_id, offered.decision.rule) == (centre.agents[0][0], "longest_idle")
        assert dict(offered.why_not) == {centre.agents[1][0]: "logged_out"}
    assert await the_reason(ask(acd.TellWait, pb.TellWaitRequest(name="nobody"), centre.owner)) == "UNKNOWN_ITEM"
    denied = ask(acd.TellWait, pb.TellWaitRequest(name="told-1"), centre.agents[0][1])
    assert await the_reason(denied) == "DENIED"
    await centre.be(0, pb.AGENT_STATE_OFFLINE)


async def test_who_changed_the_rules_stands_in_the_audit_log(centre: Centre, runtimes: dict[str, Runtime]) -> None:
    policy = (await ask(centre.acd.GetPolicy, pb.GetPolicyRequest(), centre.owner)).policy
    policy.reject_delay.CopyFrom(duration(timedelta(seconds=5)))
    await ask(centre.acd.PutPolicy, pb.PutPolicyRequest(policy=policy), centre.owner)
    assert await the_reason(ask(centre.acd.PutPolicy, pb.PutPolicyRequest(policy=policy), centre.owner)) == "STALE"
    emptied = pb.EmptyQueueRequest(queue_id=centre.queue_id, to=pb.Overflow(way=pb.WAY_REFUSE))
    await ask(centre.acd.EmptyQueue, emptied, centre.owner)
    people = DirectoryServiceStub(runtimes["acd"].peers.channel("directory"))
    log = await ask(people.ListAudit, directory.ListAuditRequest(limit=20), centre.owner)
    found = {entry.action: entry for entry in log.entries}
    assert found["work_policy.put"].facts["fields"] == "reject_delay"
    assert found["queue.emptied"].facts["to"] == "refuse"
    assert found["queue.put"].actor.startswith("person:")
