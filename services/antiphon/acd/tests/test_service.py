"""The ACD as a service: real directory, real NATS, real Mongo; leaders die, nothing is lost and nothing done twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.app.journal import export
from antiphon.acd.check import check
from antiphon.acd.past import replay
from antiphon.acd.v1 import acd_pb2 as pb
from antiphon.acd.v1 import events_pb2
from antiphon.acd.v1.acd_pb2_grpc import AcdServiceStub
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import identity_pb2 as identity
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.kit import dev, procs
from antiphon.kit.bus import Fact
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running

pytestmark = pytest.mark.service

PASSWORD = "Correct-Horse-7!"
Headers = list[tuple[str, str]]


@dataclass
class Centre:
    """A tenant with an owner, two agents and a queue, and the stubs to reach it."""

    acd: AcdServiceStub
    own: Headers
    owner: Headers = field(default_factory=list)
    agents: list[tuple[str, Headers]] = field(default_factory=list)
    queue_id: str = ""

    async def enqueue(self, item_id: str, channel: str = "webchat") -> pb.EnqueueResponse:
        request = pb.EnqueueRequest(item_id=item_id, queue_id=self.queue_id, channel=channel, subject="conversation:c")
        answer: pb.EnqueueResponse = await patiently(lambda: ask(self.acd.Enqueue, request, self.own))
        return answer

    async def be(self, agent: int, state: pb.AgentState.ValueType) -> None:
        request = pb.SetAgentStateRequest(state=state)
        await patiently(lambda: ask(self.acd.SetAgentState, request, self.agents[agent][1]))

    async def work(self, agent: int) -> pb.GetMyWorkResponse:
        answer: pb.GetMyWorkResponse = await patiently(
            lambda: ask(self.acd.GetMyWork, pb.GetMyWorkRequest(), self.agents[agent][1])
        )
        return answer

    async def waiting(self) -> list[str]:
        request = pb.ListWaitingRequest(queue_id=self.queue_id, limit=500)
        answer = await patiently(lambda: ask(self.acd.ListWaiting, request, self.owner))
        return [item.id for item in answer.items]


async def patiently(call: Callable[[], Awaitable[Any]]) -> Any:
    """Waits out the seconds in which nobody leads."""
    for _ in range(200):
        try:
            return await call()
        except DomainError as error:
            if not error.retry:
                raise
        await asyncio.sleep(0.05)
    return await call()


async def new_centre(rt: Runtime, email: str) -> Centre:
    """A tenant made through the public contracts."""
    people = DirectoryServiceStub(rt.peers.channel("directory"))
    doors = IdentityServiceStub(rt.peers.channel("directory"))

    async def sign_in(address: str) -> Headers:
        session = (await ask(doors.SignIn, identity.SignInRequest(email=address, password=PASSWORD), [])).session
        return metadata((await ask(doors.IssueToken, identity.IssueTokenRequest(session=session), [])).token)

    signed_up = await ask(
        doors.SignUp,
        identity.SignUpRequest(
            company="Test", name="Owner", email=email, password=PASSWORD, language="en", time_zone="Europe/Kyiv"
        ),
        [],
    )
    centre = Centre(AcdServiceStub(rt.peers.channel("acd")), rt.peers.own(signed_up.tenant.id))
    centre.owner = await sign_in(email)
    for number in (1, 2):
        person = directory.Person(name=f"Agent {number}", email=f"a{number}.{email}", roles=[directory.ROLE_AGENT])
        made = await ask(people.PutPerson, directory.PutPersonRequest(person=person, password=PASSWORD), centre.owner)
        centre.agents.append((made.person.id, await sign_in(f"a{number}.{email}")))
    queue = pb.Queue(
        name="Support",
        strategy="longest_idle",
        members=[pb.Member(person_id=person_id) for person_id, _ in centre.agents],
        wrap_up=pb.WRAP_UP_MODE_MANDATORY,
        dispositions=[pb.Disposition(code="done", title="Done")],
    )
    stored = await patiently(lambda: ask(centre.acd.PutQueue, pb.PutQueueRequest(queue=queue), centre.owner))
    centre.queue_id = stored.queue.id
    return centre


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def runtimes(platforms: dict[str, Platform]) -> AsyncIterator[dict[str, Runtime]]:
    async with running({"directory": directory_serve, "acd": acd_serve}, platforms) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(runtimes: dict[str, Runtime]) -> Centre:
    return await new_centre(runtimes["acd"], "one@acd.example")


async def test_a_chat_is_offered_accepted_released_and_wrapped_up(centre: Centre, runtimes: dict[str, Runtime]) -> None:
    told: list[str] = []

    async def follow() -> None:
        async for fact in bus.follow():
            told.append(type(fact.event).__name__)

    bus = await runtimes["acd"].bus()
    reader = asyncio.ensure_future(follow())
    await centre.be(0, pb.AGENT_STATE_READY)
    queued = await centre.enqueue("chat-1")
    assert queued.item.state == pb.ITEM_STATE_OFFERED
    offer = (await centre.work(0)).offers[0]
    assert (offer.item_id, offer.decision.rule, offer.decision.position) == ("chat-1", "longest_idle", 1)
    asked = pb.ExplainRequest(item_id="chat-1")
    explained = await patiently(lambda: ask(centre.acd.Explain, asked, centre.agents[0][1]))
    assert dict(explained.why_not) == {centre.agents[1][0]: "logged_out"}

    agent = centre.agents[0][1]
    accept = pb.AcceptRequest(item_id="chat-1", version=offer.version)
    for _ in range(2):  # a repeat is a success
        assert (await ask(centre.acd.Accept, accept, agent)).item.state == pb.ITEM_STATE_CONNECTED
    with pytest.raises(DomainError) as refused:
        await ask(centre.acd.Accept, accept, centre.agents[1][1])
    assert refused.value.reason.name == "OFFER_GONE"

    released = await ask(centre.acd.Release, pb.ReleaseRequest(item_id="chat-1"), agent)
    assert released.item.state == pb.ITEM_STATE_WRAP
    for disposition, reason in (("", "DISPOSITION_NEEDED"), ("nonsense", "UNKNOWN_DISPOSITION")):
        request = pb.EndWrapUpRequest(item_id="chat-1", disposition=disposition)
        with pytest.raises(DomainError) as refused:
            await ask(centre.acd.EndWrapUp, request, agent)
        assert refused.value.reason.name == reason
    done = await ask(centre.acd.EndWrapUp, pb.EndWrapUpRequest(item_id="chat-1", disposition="done"), agent)
    assert (done.item.state, done.item.disposition) == (pb.ITEM_STATE_DONE, "done")
    order = ["WorkQueued", "WorkOffered", "OfferEnded", "WorkAccepted", "WrapUpStarted", "WorkCompleted"]
    await eventually(lambda: [name for name in told if name != "AgentChanged"][-6:] == order)
    board = await ask(centre.acd.GetBoard, pb.GetBoardRequest(), centre.owner)
    assert (board.queues[0].entered, board.queues[0].answered, board.queues[0].answered_in_time) == (1, 1, 1)
    reader.cancel()


async def test_two_tenants_never_meet(centre: Centre, runtimes: dict[str, Runtime]) -> None:
    other = await new_centre(runtimes["acd"], "two@acd.example")
    await centre.enqueue("secret-1")
    stranger = other.agents[0][1]
    refusals = (
        (centre.acd.Explain, pb.ExplainRequest(item_id="secret-1"), "UNKNOWN_ITEM"),
        (centre.acd.Accept, pb.AcceptRequest(item_id="secret-1", version=1), "UNKNOWN_ITEM"),
        (centre.acd.Pull, pb.PullRequest(item_id="secret-1"), "UNKNOWN_ITEM"),
        (centre.acd.ListWaiting, pb.ListWaitingRequest(queue_id=centre.queue_id), "UNKNOWN_QUEUE"),
        (centre.acd.Transfer, pb.TransferRequest(item_id="secret-1", queue_id=other.queue_id), "UNKNOWN_ITEM"),
    )
    for method, request, reason in refusals:
        with pytest.raises(DomainError) as refused:
            await ask(method, request, stranger)
        assert refused.value.reason.name == reason
    with pytest.raises(DomainError) as refused:
        await ask(centre.acd.Enqueue, pb.EnqueueRequest(item_id="x", queue_id="y", channel="z"), stranger)
    assert refused.value.reason.name == "DENIED"
    queues = await ask(centre.acd.ListQueues, pb.ListQueuesRequest(), other.owner)
    assert [queue.id for queue in queues.queues] == [other.queue_id]
    await ask(centre.acd.Withdraw, pb.WithdrawRequest(item_id="secret-1", reason="customer_left"), centre.own)


async def test_a_group_change_takes_effect_on_the_next_offer(centre: Centre, runtimes: dict[str, Runtime]) -> None:
    people = DirectoryServiceStub(runtimes["acd"].peers.channel("directory"))
    first, second = (person_id for person_id, _ in centre.agents)
    group = directory.Group(name="Night shift", person_ids=[first])
    stored = (await ask(people.PutGroup, directory.PutGroupRequest(group=group), centre.owner)).group
    queue = pb.Queue(name="Night", strategy="sequential", members=[pb.Member(group_id=stored.id)])
    night = (await ask(centre.acd.PutQueue, pb.PutQueueRequest(queue=queue), centre.owner)).queue

    async def members() -> set[str]:
        board = await ask(centre.acd.GetBoard, pb.GetBoardRequest(), centre.owner)
        return {agent.agent_id for agent in board.agents if night.id in agent.queue_ids}

    assert await members() == {first}
    stored.person_ids[:] = [second]
    await ask(people.PutGroup, directory.PutGroupRequest(group=stored), centre.owner)

    async def moved() -> bool:
        return await members() == {second}

    await eventually(moved)


async def test_a_channel_connects_fails_and_finishes_calls_and_may_repeat_itself(centre: Centre) -> None:
    """Every command twice: the second time changes nothing."""
    me = centre.agents[0][0]

    async def twice(method: Any, request: Any) -> pb.WorkItem:
        first = (await patiently(lambda: ask(method, request, centre.own))).item
        assert (await patiently(lambda: ask(method, request, centre.own))).item == first
        return first  # type: ignore[no-any-return]

    await centre.be(0, pb.AGENT_STATE_READY)
    await centre.be(1, pb.AGENT_STATE_OFFLINE)
    await centre.enqueue("call-1", "voice")
    busy = pb.EndOfferRequest(item_id="call-1", version=1, agent_id=me, how=pb.OFFER_FAILURE_BUSY)
    assert (await twice(centre.acd.EndOffer, busy)).state == pb.ITEM_STATE_WAITING
    missed = pb.EndOfferRequest(item_id="call-1", version=1, agent_id=me)
    with pytest.raises(DomainError) as refused:
        await ask(centre.acd.EndOffer, missed, centre.own)
    assert refused.value.facts["field"] == "how"
    await twice(centre.acd.Finish, pb.FinishRequest(item_id="call-1", reason="customer_left"))
    await centre.be(0, pb.AGENT_STATE_READY)
    await centre.enqueue("call-2", "voice")
    answered = pb.ConnectOfferRequest(item_id="call-2", version=1, agent_id=me)
    assert (await twice(centre.acd.ConnectOffer, answered)).agent_id == me
    with pytest.raises(DomainError) as refused:
        await ask(centre.acd.ConnectOffer, pb.ConnectOfferRequest(item_id="call-2", version=7, agent_id=me), centre.own)
    assert refused.value.reason.name == "OFFER_GONE"
    direct = pb.OccupyRequest(item_id="out-1", agent_id=me, channel="voice", subject="call:9")
    with pytest.raises(DomainError) as refused:
        await ask(centre.acd.Occupy, direct, centre.own)
    assert refused.value.reason.name == "NO_ROOM"
    ended = await twice(centre.acd.Finish, pb.FinishRequest(item_id="call-2", reason="hung_up"))
    assert ended.state == pb.ITEM_STATE_WRAP
    direct.force = True
    out = await twice(centre.acd.Occupy, direct)
    assert (out.state, out.queue_id, out.subject) == (pb.ITEM_STATE_CONNECTED, "", "call:9")
    with pytest.raises(DomainError) as refused:
        await ask(centre.acd.Occupy, direct, centre.agents[0][1])
    assert refused.value.reason.name == "DENIED", "agents do not occupy each other"
    assert (await twice(centre.acd.Finish, pb.FinishRequest(item_id="out-1"))).state == pb.ITEM_STATE_DONE
    done = pb.EndWrapUpRequest(item_id="call-2", disposition="done")
    await patiently(lambda: ask(centre.acd.EndWrapUp, done, centre.agents[0][1]))
    assert not (await centre.work(0)).items


async def test_media_reads_what_a_waiting_caller_hears(centre: Centre) -> None:
    queue = pb.Queue(name="Music", strategy="longest_idle", announce_position=True, music="calm")
    queue.announce_every.FromSeconds(45)
    queue.busy_delay.FromSeconds(5)
    await patiently(lambda: ask(centre.acd.PutQueue, pb.PutQueueRequest(queue=queue), centre.owner))
    listed = (await ask(centre.acd.ListQueues, pb.ListQueuesRequest(), centre.own)).queues
    (found,) = [one for one in listed if one.name == "Music"]
    assert (found.announce_position, found.announce_every.seconds, found.music) == (True, 45, "calm")


async def test_the_tenants_rules_are_data_and_hold_at_once(centre: Centre) -> None:
    async def put(policy: pb.Policy) -> pb.Policy:
        answer = await patiently(lambda: ask(centre.acd.PutPolicy, pb.PutPolicyRequest(policy=policy), centre.owner))
        return answer.policy  # type: ignore[no-any-return]

    me, agent = centre.agents[0]
    rules = pb.Policy(
        blocking=[pb.Blocking(wants="voice", waits_for=["voice"])],
        capacity={"chat": 1},
        breaks=[pb.Break(code="lunch", title="Lunch")],
        profiles=[pb.LoginProfile(name="none of mine", queue_ids=["qu_other"])],
    )
    stored = await put(rules)
    assert stored.rev == 1
    with pytest.raises(DomainError) as refused:
        await ask(centre.acd.PutPolicy, pb.PutPolicyRequest(policy=rules), centre.owner)
    assert refused.value.reason.name == "STALE"
    bad = pb.Policy(rev=1, blocking=[pb.Blocking(wants="fax")])
    with pytest.raises(DomainError) as refused:
        await ask(centre.acd.PutPolicy, pb.PutPolicyRequest(policy=bad), centre.owner)
    assert refused.value.facts["field"] == "blocking"

    await centre.be(1, pb.AGENT_STATE_OFFLINE)
    await centre.be(0, pb.AGENT_STATE_READY)
    assert (await centre.work(0)).agent.capacity["chat"] == 1
    await centre.enqueue("rule-chat")
    voice = await centre.enqueue("rule-voice", "voice")
    assert voice.item.state == pb.ITEM_STATE_OFFERED, "a call may interrupt a chat now"
    waits = await centre.enqueue("rule-chat-2")
    assert waits.item.state == pb.ITEM_STATE_WAITING, "one chat at a time"
    asked = pb.EstimateWaitRequest(item_id="rule-chat-2")
    estimate = await patiently(lambda: ask(centre.acd.EstimateWait, asked, centre.own))
    assert (estimate.position, bool(estimate.method)) == (1, True)
    wanted = pb.RequestCallbackRequest(item_id="rule-chat-2")
    assert (await patiently(lambda: ask(centre.acd.RequestCallback, wanted, centre.own))).item.callback

    state = pb.SetAgentStateRequest(state=pb.AGENT_STATE_NOT_READY, reason="nap")
    with pytest.raises(DomainError) as refused:
        await ask(centre.acd.SetAgentState, state, agent)
    assert refused.value.facts["field"] == "reason"
    chosen = pb.ChooseQueuesRequest(profile="none of mine")
    assert not (await patiently(lambda: ask(centre.acd.ChooseQueues, chosen, agent))).agent.queue_ids
    back = await patiently(lambda: ask(centre.acd.ChooseQueues, pb.ChooseQueuesRequest(), agent))
    assert centre.queue_id in back.agent.queue_ids
    other = pb.AssignRequest(item_id="rule-voice", agent_id=me)
    assert (await patiently(lambda: ask(centre.acd.Assign, other, centre.owner))).item.agent_id == me
    with pytest.raises(DomainError) as refused:
        await ask(centre.acd.Assign, other, agent)
    assert refused.value.reason.name == "DENIED"
    emptied = pb.EmptyQueueRequest(queue_id=centre.queue_id, to=pb.Overflow(way=pb.WAY_VOICEMAIL))
    await patiently(lambda: ask(centre.acd.EmptyQueue, emptied, centre.owner))
    assert await centre.waiting() == []
    await patiently(lambda: ask(centre.acd.Finish, pb.FinishRequest(item_id="rule-voice"), centre.own))
    done = pb.EndWrapUpRequest(item_id="rule-voice", disposition="done")
    await patiently(lambda: ask(centre.acd.EndWrapUp, done, agent))
    assert (await put(pb.Policy(rev=1))).rev == 2


async def test_a_bad_queue_is_refused_with_the_field_named(centre: Centre) -> None:
    for queue, named in (
        (pb.Queue(name="", strategy="longest_idle"), "name"),
        (pb.Queue(name="x", strategy="nonsense"), "strategy"),
        (pb.Queue(name="x", strategy="longest_idle", target_share=2), "target_share"),
        (pb.Queue(name="x", strategy="longest_idle", members=[pb.Member()]), "members"),
    ):
        with pytest.raises(DomainError) as refused:
            await ask(centre.acd.PutQueue, pb.PutQueueRequest(queue=queue), centre.owner)
        assert refused.value.facts["field"] == named
    again = pb.Queue(name="Support", strategy="longest_idle")
    with pytest.raises(DomainError) as refused:
        await ask(centre.acd.PutQueue, pb.PutQueueRequest(queue=again), centre.owner)
    assert refused.value.reason.name == "TAKEN"


async def test_a_killed_nats_loses_nobody_and_keeps_every_place(centre: Centre, servers: dev.Servers) -> None:
    for agent in (0, 1):
        await centre.be(agent, pb.AGENT_STATE_NOT_READY)
    names = [f"kill-{number:02}" for number in range(30)]
    for number, name in enumerate(names):
        if number in (10, 20):
            servers.nats.kill()
            servers.nats.start()
        await centre.enqueue(name)
    assert await centre.waiting() == names
    for name in names:
        gone = pb.WithdrawRequest(item_id=name, reason="closed")
        await patiently(partial(ask, centre.acd.Withdraw, gone, centre.own))


async def test_the_exported_journal_is_clean_and_replays_byte_for_byte(
    centre: Centre, runtimes: dict[str, Runtime]
) -> None:
    """Everything the tests above did to this tenant, two killed bus servers included."""
    bus = await runtimes["acd"].bus()
    lines = [line.decode() async for line in export(bus, runtimes["acd"].verifier.verify(_token(centre)).tenant)]
    assert len(lines) > 50
    report = check(lines)
    assert report.clean, report.faults
    assert replay(lines)[1] == []


def _token(centre: Centre) -> str:
    return dict(centre.owner)["authorization"].removeprefix("Bearer ")


async def test_another_replica_answers_and_takes_over_with_everyone_in_place(
    centre: Centre, runtimes: dict[str, Runtime], platforms: dict[str, Platform]
) -> None:
    """The second replica has its own port; it passes calls to the leader, then leads when the first one ends."""
    names = [f"over-{number:02}" for number in range(20)]
    for name in names:
        await centre.enqueue(name)
    moved = {**platforms["acd"].endpoints, "acd": f"127.0.0.1:{procs.free_port()}"}
    second = platforms["acd"].model_copy(update={"endpoints": moved})
    async with running({"acd": acd_serve}, {"acd": second}) as started:
        replica = replace(centre, acd=AcdServiceStub(started["acd"].peers.channel("acd")))
        assert await replica.waiting() == names, "passed on to the leader"
        with pytest.raises(DomainError) as refused:
            await ask(replica.acd.Explain, pb.ExplainRequest(item_id="nobody"), centre.owner)
        assert refused.value.reason.name == "UNKNOWN_ITEM"
        runtimes["acd"].stopping.set()
        assert await replica.waiting() == names, "taken over"
        await replica.be(0, pb.AGENT_STATE_READY)
        assert (await replica.work(0)).offers[0].item_id == names[0]
        facts: list[Fact] = []
        bus = await started["acd"].bus()
        async for fact in bus.follow(after=0):
            facts.append(fact)
            if isinstance(fact.event, events_pb2.WorkOffered) and fact.event.item.id == names[0]:
                break
        told = [fact.id for fact in facts]
        assert len(told) == len(set(told)), "no fact is told twice"
