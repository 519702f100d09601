"""What is asked wrongly, too late or twice gets a typed answer through gRPC, and changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.tests.test_service import Centre, new_centre, patiently
from antiphon.acd.v1 import acd_pb2 as pb
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running

pytestmark = pytest.mark.service

NOBODY = "pe_nobody"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(platforms: dict[str, Platform]) -> AsyncIterator[Centre]:
    async with running({"directory": directory_serve, "acd": acd_serve}, platforms) as started:
        yield await new_centre(started["acd"], "wrong@acd.example")


async def refusal(centre: Centre, method: Any, request: Any, headers: list[tuple[str, str]]) -> DomainError:
    """The typed answer; what the floor looks like must be the same as before."""
    before = await ask(centre.acd.GetBoard, pb.GetBoardRequest(), centre.owner)
    with pytest.raises(DomainError) as refused:
        await patiently(lambda: ask(method, request, headers))
    assert await ask(centre.acd.GetBoard, pb.GetBoardRequest(), centre.owner) == before
    return refused.value


async def test_an_unknown_queue_is_named(centre: Centre) -> None:
    acd, unknown = centre.acd, "qu_nowhere"
    for method, request, headers in (
        (acd.Enqueue, pb.EnqueueRequest(item_id="x", queue_id=unknown, channel="voice"), centre.own),
        (acd.ListWaiting, pb.ListWaitingRequest(queue_id=unknown), centre.owner),
        (acd.EmptyQueue, pb.EmptyQueueRequest(queue_id=unknown, to=pb.Overflow(way=pb.WAY_REFUSE)), centre.owner),
        (acd.EstimateWait, pb.EstimateWaitRequest(queue_id=unknown), centre.own),
    ):
        assert (await refusal(centre, method, request, headers)).reason.name == "UNKNOWN_QUEUE", request
    plan = [pb.RoutingStep(add_queues=[unknown])]
    request = pb.EnqueueRequest(item_id="x", queue_id=centre.queue_id, channel="voice", steps=plan)
    assert (await refusal(centre, acd.Enqueue, request, centre.own)).reason.name == "UNKNOWN_QUEUE"


async def test_an_unknown_agent_is_named(centre: Centre) -> None:
    acd = centre.acd
    await centre.be(0, pb.AGENT_STATE_NOT_READY)
    await centre.enqueue("unknown-1")
    for method, request, headers in (
        (acd.SetAgentState, pb.SetAgentStateRequest(agent_id=NOBODY, state=pb.AGENT_STATE_READY), centre.owner),
        (acd.PutAgent, pb.PutAgentRequest(profile=pb.AgentProfile(agent_id=NOBODY)), centre.owner),
        (acd.Assign, pb.AssignRequest(item_id="unknown-1", agent_id=NOBODY), centre.owner),
        (acd.Transfer, pb.TransferRequest(item_id="unknown-1", agent_id=NOBODY), centre.owner),
        (acd.Occupy, pb.OccupyRequest(item_id="out", agent_id=NOBODY, channel="voice"), centre.own),
        (acd.ChooseQueues, pb.ChooseQueuesRequest(agent_id=NOBODY), centre.owner),
    ):
        assert (await refusal(centre, method, request, headers)).reason.name == "UNKNOWN_AGENT", request
    await ask(acd.Withdraw, pb.WithdrawRequest(item_id="unknown-1", reason="closed"), centre.own)


async def test_contradictory_wishes_are_refused_with_the_field_named(centre: Centre) -> None:
    me = centre.agents[0][0]
    for wish, field in (
        ({"skills": {"de": 11}}, "skills"),
        ({"skills": {"de": -1}}, "skills"),
        ({"any_of": [pb.SkillSet(skills={"de": 1}), pb.SkillSet()]}, "skills"),
        ({"preferred_agent_id": me, "excluded_agent_ids": [me]}, "preferred_agent_id"),
        ({"steps": [pb.RoutingStep(skills={"de": 99})]}, "steps"),
        ({"steps": [pb.RoutingStep(only_agent_id=me)], "excluded_agent_ids": [me]}, "steps"),
        ({"item_id": ""}, "item_id"),
    ):
        asked: dict[str, Any] = {"item_id": "x", "queue_id": centre.queue_id, "channel": "voice"}
        request = pb.EnqueueRequest(**asked | wish)
        refused = await refusal(centre, centre.acd.Enqueue, request, centre.own)
        assert refused.facts["field"] == field, wish


async def test_capacity_nought_means_none_of_that_and_less_is_refused(centre: Centre) -> None:
    me, agent = centre.agents[0]

    async def put(**capacity: int) -> pb.PutAgentResponse:
        request = pb.PutAgentRequest(profile=pb.AgentProfile(agent_id=me, capacity=capacity))
        answer: pb.PutAgentResponse = await patiently(lambda: ask(centre.acd.PutAgent, request, centre.owner))
        return answer

    for capacity in ({"voice": -1}, {"voice": 51}, {"fax": 1}):
        request = pb.PutAgentRequest(profile=pb.AgentProfile(agent_id=me, capacity=capacity))
        assert (await refusal(centre, centre.acd.PutAgent, request, centre.owner)).facts["field"] == "capacity"
    assert (await put(voice=0)).agent.capacity["voice"] == 0
    await centre.be(0, pb.AGENT_STATE_READY)
    waits = await centre.enqueue("nought-1", "voice")
    assert waits.item.state == pb.ITEM_STATE_WAITING
    why = await ask(centre.acd.Explain, pb.ExplainRequest(item_id="nought-1"), centre.owner)
    assert why.waits_because["busy"] == 1
    refused = await refusal(centre, centre.acd.Pull, pb.PullRequest(item_id="nought-1"), agent)
    assert refused.reason.name == "NO_ROOM"
    chat = await centre.enqueue("nought-2")
    assert chat.item.state == pb.ITEM_STATE_OFFERED, "chats he still takes"
    other = await refusal(centre, centre.acd.Pull, pb.PullRequest(item_id="nought-2"), centre.agents[1][1])
    assert other.reason.name == "ILLEGAL_TRANSITION", "it is offered to a colleague"
    mine = await ask(centre.acd.Pull, pb.PullRequest(item_id="nought-2"), agent)
    assert (mine.item.state, mine.item.agent_id) == (pb.ITEM_STATE_CONNECTED, me), "who takes what rings has accepted"
    await ask(centre.acd.Release, pb.ReleaseRequest(item_id="nought-2", disposition="done"), agent)
    await ask(centre.acd.Withdraw, pb.WithdrawRequest(item_id="nought-1", reason="closed"), centre.own)
    await put(voice=1)
    await centre.be(0, pb.AGENT_STATE_NOT_READY)


async def test_a_stale_offer_is_gone_and_completing_twice_is_once(centre: Centre) -> None:
    me, agent = centre.agents[0]
    await centre.be(0, pb.AGENT_STATE_READY)
    await centre.enqueue("stale-1")
    stale = (await centre.work(0)).offers[0].version
    await ask(centre.acd.Decline, pb.DeclineRequest(item_id="stale-1", version=stale), agent)
    for version in (stale, stale + 7):
        request = pb.AcceptRequest(item_id="stale-1", version=version)
        assert (await refusal(centre, centre.acd.Accept, request, agent)).reason.name == "OFFER_GONE"
    await ask(centre.acd.Pull, pb.PullRequest(item_id="stale-1"), agent)
    done = pb.EndWrapUpRequest(item_id="stale-1", disposition="done")
    early = await refusal(centre, centre.acd.EndWrapUp, done, agent)
    assert early.reason.name == "ILLEGAL_TRANSITION", "he is still talking"
    for _ in range(2):
        released = await ask(centre.acd.Release, pb.ReleaseRequest(item_id="stale-1"), agent)
        assert released.item.state == pb.ITEM_STATE_WRAP
    for _ in range(2):
        ended = await ask(centre.acd.EndWrapUp, done, agent)
        assert (ended.item.state, ended.item.disposition) == (pb.ITEM_STATE_DONE, "done")
    assert not (await centre.work(0)).items
    board = await ask(centre.acd.GetBoard, pb.GetBoardRequest(), centre.owner)
    (loads,) = [found.load for found in board.agents if found.agent_id == me]
    assert not any(loads.values()), "freed once, not twice"
    gone = pb.AcceptRequest(item_id="never-was", version=1)
    assert (await refusal(centre, centre.acd.Accept, gone, agent)).reason.name == "UNKNOWN_ITEM"
    await centre.be(0, pb.AGENT_STATE_NOT_READY)
