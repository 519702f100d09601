"""Working with conversations, against the real services: actions on many, macros, mentions, plans, service levels."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.duration_pb2 import Duration

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.channels.__main__ import serve
from antiphon.channels.tests.centre import Agent, Centre, Headers, browsing
from antiphon.channels.v1 import care_pb2 as care
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.channels.v1 import workbench_pb2 as wb
from antiphon.channels.v1.workbench_pb2_grpc import WorkbenchServiceStub
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.kit import procs
from antiphon.kit.clock import from_millis, system_clock, to_millis
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import moment, timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.routing.__main__ import serve as routing_serve

pytestmark = pytest.mark.service

SERVICES = {"directory": directory_serve, "acd": acd_serve, "routing": routing_serve, "channels": serve}


@pytest.fixture(scope="module")
def edge() -> Iterator[str]:
    port = procs.free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTIPHON_CHANNELS_HTTP_PORT", str(port))
        patch.setenv("ANTIPHON_CHANNELS_MESSAGE_BURST", "40")
        yield f"127.0.0.1:{port}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def runtimes(platforms: dict[str, Platform], edge: str) -> AsyncIterator[dict[str, Runtime]]:
    async with running(SERVICES, platforms) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(runtimes: dict[str, Runtime], edge: str) -> Centre:
    return await Centre(runtimes["channels"], edge).open("owner@bench.example")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(centre: Centre) -> pb.Channel:
    """A site whose visitors wait for an agent at once."""
    return await centre.widget(fallback_queue_id=centre.queue_id)


@pytest_asyncio.fixture(loop_scope="session")
async def bench(centre: Centre) -> Bench:
    for number in (0, 1):
        await centre.be(number, acd.AGENT_STATE_NOT_READY)
    return Bench(centre)


class Bench:
    """Short words for what the tests do."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.stub = WorkbenchServiceStub(centre.rt.peers.channel("channels"))
        self.count = 0

    @property
    def anna(self) -> Agent:
        return self.centre.agents[0]

    @property
    def boris(self) -> Agent:
        return self.centre.agents[1]

    async def act(self, headers: Headers, ids: list[str], *actions: wb.Action, **more: Any) -> list[wb.ActResult]:
        self.count += 1
        request = wb.ActRequest(
            conversation_ids=ids, actions=actions, **{"request_id": f"r{self.count}-{id(self)}", **more}
        )
        return list((await ask(self.stub.Act, request, headers)).results)

    async def one(self, headers: Headers, conversation_id: str, *actions: wb.Action, **more: Any) -> wb.ActResult:
        result = (await self.act(headers, [conversation_id], *actions, **more))[0]
        assert result.reason == "", result.reason
        return result

    async def tag(self, name: str) -> wb.Tag:
        request = wb.PutTagRequest(tag=wb.Tag(name=name, colour="green"))
        made: wb.Tag = (await ask(self.stub.PutTag, request, self.centre.owner)).tag
        return made

    async def waiting(self, site: pb.Channel, text: str = "help") -> tuple[str, str]:
        """A new visitor who waits: (conversation, token)."""
        seen = {one.id for one in await self.centre.conversations(limit=200)}
        async with browsing(self.centre.edge, site.public_key) as browser:
            await browser.say(text, "m1")

            async def came() -> Any:
                found = await self.centre.conversations(limit=200)
                ready = (one for one in found if one.id not in seen and one.status == pb.CONVERSATION_STATUS_WAITING)
                return next(ready, None)

            return (await eventually(came)).id, browser.token

    async def held(self, site: pb.Channel, text: str = "help") -> tuple[str, str]:
        """As `waiting`, in Anna's hands."""
        conversation_id, token = await self.waiting(site, text)
        await self.centre.be(0, acd.AGENT_STATE_READY)
        await self.centre.accept(0, conversation_id)
        await self.centre.until(conversation_id, assignee_id=self.anna.id, status=pb.CONVERSATION_STATUS_OPEN)
        return conversation_id, token

    async def finish(self, *ids: str) -> None:
        await self.act(self.centre.owner, list(ids), wb.Action(close=wb.Closing()))


async def refusal(call: Any) -> str:
    with pytest.raises(DomainError) as refused:
        await call
    return refused.value.reason.name


async def test_snoozing_frees_the_agent_and_the_customers_next_word_brings_it_back(
    bench: Bench, centre: Centre, site: pb.Channel
) -> None:
    it, token = await bench.held(site)
    until = from_millis(to_millis(system_clock() + timedelta(hours=2)))  # in whole milliseconds, as it is kept
    result = await bench.one(bench.anna.headers, it, wb.Action(snooze=wb.Snooze(until=timestamp(until))))
    assert result.conversation.status == pb.CONVERSATION_STATUS_SNOOZED
    assert moment(result.conversation.snooze_until) == until

    async def free() -> bool:
        work = await ask(centre.acd.GetMyWork, acd.GetMyWorkRequest(), bench.anna.headers)
        return all(item.subject != f"conversation:{it}" for item in work.items)

    await eventually(free)
    listed = await centre.conversations(bench.anna.headers, view=pb.CONVERSATION_VIEW_SNOOZED)
    assert it in {one.id for one in listed}
    async with browsing(centre.edge, site.public_key, token=token) as browser:
        await browser.say("still there?", "m2")
    await centre.accept(0, it)
    back = await centre.until(it, status=pb.CONVERSATION_STATUS_OPEN, assignee_id=bench.anna.id)
    assert not back.HasField("snooze_until")
    events = [message.event for message in await centre.messages(it) if message.event]
    assert events.count("snoozed") == events.count("woke") == 1
    await bench.finish(it)


async def test_a_snoozed_one_wakes_by_the_clock(bench: Bench, centre: Centre, site: pb.Channel) -> None:
    it, _ = await bench.held(site)
    soon = wb.Snooze()
    getattr(soon, "for").FromMilliseconds(300)
    await bench.one(bench.anna.headers, it, wb.Action(snooze=soon))
    await centre.accept(0, it)
    await centre.until(it, status=pb.CONVERSATION_STATUS_OPEN, assignee_id=bench.anna.id)
    await bench.finish(it)


async def test_many_at_once_and_each_says_how_it_went(bench: Bench, centre: Centre, site: pb.Channel) -> None:
    first, _ = await bench.waiting(site)
    second, _ = await bench.waiting(site)
    tag = await bench.tag("Refund")
    urgent = wb.Action(set_priority=care.PRIORITY_URGENT)
    results = await bench.act(centre.owner, [first, "cv_nobody", second], wb.Action(add_tag_id=tag.id), urgent)
    assert [(one.done, one.reason) for one in results] == [(2, ""), (0, "UNKNOWN_CONVERSATION"), (2, "")]
    assert list(results[0].conversation.tags) == [tag.id]
    assert results[2].conversation.priority == care.PRIORITY_URGENT
    results = await bench.act(centre.owner, [first], wb.Action(remove_tag_id=tag.id), wb.Action(add_tag_id="none"))
    assert [(one.done, one.reason, list(one.conversation.tags)) for one in results] == [(1, "INVALID", [])]
    await bench.finish(first, second)
    closed = [(await centre.until(one)).status for one in (first, second)]
    assert closed == [pb.CONVERSATION_STATUS_CLOSED] * 2
    assert await refusal(bench.act(centre.owner, [])) == "INVALID"
    assert await refusal(bench.act(centre.owner, [first])) == "INVALID"


async def test_a_supervisors_assignment_holds_at_once(bench: Bench, centre: Centre, site: pb.Channel) -> None:
    it, _ = await bench.held(site)
    await centre.be(1, acd.AGENT_STATE_READY)
    result = await bench.one(centre.owner, it, wb.Action(assign_person_id=bench.boris.id))
    assert result.conversation.assignee_id == bench.boris.id
    other = await bench.act(bench.anna.headers, [it], wb.Action(snooze=wb.Snooze()))
    assert other[0].reason == "NOT_YOURS"
    await bench.finish(it)


async def test_spam_closes_and_the_blocked_are_not_heard(bench: Bench, centre: Centre, site: pb.Channel) -> None:
    it, token = await bench.held(site, "BUY NOW")
    spam = wb.Action(spam=wb.Spam(block=wb.BLOCKING_IDENTITY))
    result = await bench.one(bench.anna.headers, it, spam)
    assert (result.conversation.status, result.conversation.spam) == (pb.CONVERSATION_STATUS_CLOSED, True)
    async with browsing(centre.edge, site.public_key, token=token) as browser:
        await browser.send(t="msg", client_id="m2", text="BUY MORE")

        async def turned_away() -> Any:
            blocks = (await ask(bench.stub.ListBlocks, wb.ListBlocksRequest(), bench.anna.headers)).blocks
            return next((one for one in blocks if one.refused), None)

        block = await eventually(turned_away)
    assert (block.channel, block.by_id) == ("webchat", bench.anna.id)
    assert "BUY MORE" not in {message.text for message in await centre.messages(it)}
    drop = wb.DeleteBlockRequest(block_id=block.id)
    assert await refusal(ask(bench.stub.DeleteBlock, drop, bench.anna.headers)) == "DENIED"
    await ask(bench.stub.DeleteBlock, drop, centre.owner)
    async with browsing(centre.edge, site.public_key, token=token) as browser:
        await browser.say("sorry", "m3")
    await bench.finish(it)


async def test_canned_answers_belong_to_a_person_a_group_or_all(bench: Bench, centre: Centre) -> None:
    async def put(headers: Headers, name: str, sharing: Any, **fields: Any) -> wb.CannedAnswer:
        answer = wb.CannedAnswer(name=name, text="Hi {customer.first_name|there}", sharing=sharing, **fields)
        made: wb.CannedAnswer = (await ask(bench.stub.PutCanned, wb.PutCannedRequest(answer=answer), headers)).answer
        return made

    async def names(headers: Headers) -> list[str]:
        answers = (await ask(bench.stub.ListCanned, wb.ListCannedRequest(), headers)).answers
        return [one.name for one in answers]

    mine = await put(bench.anna.headers, "Hello", wb.SHARING_PERSONAL, shortcut="hi")
    await put(bench.boris.headers, "Hello", wb.SHARING_PERSONAL)  # names are one's own
    await put(centre.owner, "Prices", wb.SHARING_EVERYBODY)
    assert await names(bench.anna.headers) == ["Hello", "Prices"]
    assert await refusal(put(bench.anna.headers, "Hello", wb.SHARING_PERSONAL)) == "TAKEN"
    assert await refusal(put(bench.anna.headers, "Mine for all", wb.SHARING_EVERYBODY)) == "NOT_YOURS"
    bad = wb.CannedAnswer(name="Bad", text="{customer.shoe}", sharing=wb.SHARING_PERSONAL)
    assert await refusal(ask(bench.stub.PutCanned, wb.PutCannedRequest(answer=bad), bench.anna.headers)) == "INVALID"
    stale = wb.CannedAnswer()
    stale.CopyFrom(mine)
    stale.rev = 0
    assert await refusal(ask(bench.stub.PutCanned, wb.PutCannedRequest(answer=stale), bench.anna.headers)) == "STALE"
    delete = wb.DeleteCannedRequest(answer_id=mine.id)
    assert await refusal(ask(bench.stub.DeleteCanned, delete, bench.boris.headers)) == "NOT_YOURS"
    for _ in range(2):
        await ask(bench.stub.DeleteCanned, delete, bench.anna.headers)
    assert await names(bench.anna.headers) == ["Prices"]


async def test_a_macro_sends_tags_and_closes_once_however_often_it_is_asked(
    bench: Bench, centre: Centre, site: pb.Channel
) -> None:
    tag = await bench.tag("Solved")
    actions = [
        wb.Action(send_text="Good bye, {agent.first_name} here"), wb.Action(write_note="done by macro"),
        wb.Action(add_tag_id=tag.id), wb.Action(close=wb.Closing()),
    ]  # fmt: skip
    macro = wb.Macro(name="Farewell", sharing=wb.SHARING_EVERYBODY, actions=actions)
    macro = (await ask(bench.stub.PutMacro, wb.PutMacroRequest(macro=macro), centre.owner)).macro
    it, _ = await bench.held(site)
    for _ in range(2):
        results = await bench.act(bench.anna.headers, [it], macro_id=macro.id, request_id="bye")
        assert results[0].conversation.status == pb.CONVERSATION_STATUS_CLOSED
    texts = [message.text for message in await centre.messages(it) if message.text]
    assert texts.count("Good bye, Agent here") == texts.count("done by macro") == 1
    unknown = bench.act(bench.anna.headers, [it], macro_id="mc_none")
    assert await refusal(unknown) == "UNKNOWN_MACRO"


async def test_a_macro_asks_before_it_answers_what_it_has_not_seen(
    bench: Bench, centre: Centre, site: pb.Channel
) -> None:
    it, token = await bench.held(site)
    seen = (await centre.until(it)).last_seq
    async with browsing(centre.edge, site.public_key, token=token) as browser:
        await browser.say("one more thing", "m9")
    results = await bench.act(bench.anna.headers, [it], wb.Action(send_text="Bye"), expect_seq=seen)
    assert (results[0].reason, results[0].done) == ("MOVED_ON", 0)
    await bench.finish(it)


@pytest.mark.clause("D06")
async def test_who_is_mentioned_sees_the_conversation_and_is_told(
    bench: Bench, centre: Centre, site: pb.Channel
) -> None:
    quiet = await centre.queue("Quiet", staffed=False)
    it, _ = await bench.waiting(site)
    await bench.one(centre.owner, it, wb.Action(transfer_queue_id=quiet))
    await centre.until(it, queue_id=quiet)
    assert await refusal(centre.messages(it, bench.boris.headers)) == "UNKNOWN_CONVERSATION"
    note = pb.SendMessageRequest(
        conversation_id=it, client_id="n1", kind=pb.MESSAGE_KIND_NOTE, text="look", mention_ids=[bench.boris.id]
    )
    await ask(centre.channels.SendMessage, note, centre.owner)
    assert len(await centre.messages(it, bench.boris.headers)) > 1

    async def mentions() -> list[wb.Mention]:
        request = wb.ListMentionsRequest(only_unseen=True)
        return list((await ask(bench.stub.ListMentions, request, bench.boris.headers)).mentions)

    found = await mentions()
    assert [(one.conversation.id, one.message.text, one.seen) for one in found] == [(it, "look", False)]
    await ask(bench.stub.SeeMentions, wb.SeeMentionsRequest(conversation_id=it), bench.boris.headers)
    assert await mentions() == []
    note.client_id, note.mention_ids[:] = "n2", ["pe_nobody"]
    assert await refusal(ask(centre.channels.SendMessage, note, centre.owner)) == "INVALID"
    await bench.finish(it)


async def test_a_planned_message_is_changed_cancelled_and_sent_once(
    bench: Bench, centre: Centre, site: pb.Channel
) -> None:
    it, _ = await bench.held(site)

    def plan(name: str, text: str, wait: timedelta) -> Any:
        message = care.ScheduledMessage(id=name, text=text, at=timestamp(system_clock() + wait))
        request = wb.PutScheduledRequest(conversation_id=it, message=message)
        return ask(bench.stub.PutScheduled, request, bench.anna.headers)

    async def cancel(name: str) -> None:
        request = wb.CancelScheduledRequest(conversation_id=it, id=name)
        await ask(bench.stub.CancelScheduled, request, bench.anna.headers)

    hour = timedelta(hours=1)
    await plan("p1", "later", hour)
    changed = (await plan("p1", "much later", 2 * hour)).conversation
    assert [(one.id, one.text) for one in changed.scheduled] == [("p1", "much later")]
    await cancel("p1")
    assert await refusal(cancel("p1")) == "GONE"
    await plan("p2", "soon", timedelta(milliseconds=400))

    async def sent() -> bool:
        return any(message.text == "soon" for message in await centre.messages(it))

    await eventually(sent)
    assert list((await centre.until(it)).scheduled) == []
    assert await refusal(plan("p2", "again", hour)) == "GONE"
    assert [m.text for m in await centre.messages(it)].count("soon") == 1
    assert await refusal(plan("p3", "past", -hour)) == "INVALID"
    await bench.finish(it)


async def uploaded(centre: Centre, headers: Headers, name: str) -> str:
    async def parts() -> AsyncIterator[pb.UploadAttachmentRequest]:
        yield pb.UploadAttachmentRequest(head=pb.AttachmentHead(name=name))
        yield pb.UploadAttachmentRequest(chunk=b"%PDF-1.4 " + name.encode())

    answer = await centre.channels.UploadAttachment(parts(), metadata=headers, timeout=20)
    return str(answer.attachment.id)


async def test_files_of_a_planned_message_wait_with_it_and_go_out_with_it(
    bench: Bench, centre: Centre, site: pb.Channel
) -> None:
    it, _ = await bench.held(site)
    anna, boris = bench.anna.headers, bench.boris.headers
    offer, price, strange = (
        await uploaded(centre, anna, "offer.pdf"),
        await uploaded(centre, anna, "price.pdf"),
        await uploaded(centre, boris, "strange.pdf"),
    )

    def plan(name: str, wait: timedelta, *files: str, text: str = "") -> Any:
        at = timestamp(system_clock() + wait)
        message = care.ScheduledMessage(id=name, text=text, at=at, attachment_ids=files)
        return ask(bench.stub.PutScheduled, wb.PutScheduledRequest(conversation_id=it, message=message), anna)

    hour = timedelta(hours=1)
    assert await refusal(plan("p1", hour, strange)) == "UNKNOWN_ATTACHMENT"
    assert await refusal(plan("p1", hour)) == "EMPTY"  # neither words nor files
    (first,) = (await plan("p1", hour, offer, price)).conversation.scheduled
    assert list(first.attachment_names) == ["offer.pdf", "price.pdf"]
    (first,) = (await plan("p1", hour, price, text="The price")).conversation.scheduled
    assert list(first.attachment_ids) == [price]
    db = centre.rt.database()
    used = {one["_id"]: one["used"] async for one in db.attachments.find({"_id": {"$in": [offer, price]}})}
    assert used == {offer: False, price: True}
    await plan("p1", timedelta(milliseconds=300), price, text="The price")

    async def sent() -> list[str]:
        return [file.name for m in await centre.messages(it) if m.text == "The price" for file in m.attachments]

    assert await eventually(sent) == ["price.pdf"]
    await bench.finish(it)


async def test_a_service_level_counts_down_warns_breaks_and_is_met(
    bench: Bench, centre: Centre, site: pb.Channel
) -> None:
    second = Duration(seconds=1)
    policy = wb.SlaPolicy(
        name="Quick", enabled=True, first_reply=second, resolution=Duration(seconds=3600), warn_percent=50,
        channels=["webchat"],
    )  # fmt: skip
    put = wb.PutSlaPolicyRequest(policy=policy)
    assert await refusal(ask(bench.stub.PutSlaPolicy, put, bench.anna.headers)) == "DENIED"
    policy = (await ask(bench.stub.PutSlaPolicy, put, centre.owner)).policy
    it, _ = await bench.waiting(site)

    async def broken() -> Any:
        sla = (await centre.until(it)).sla
        return sla if any(clock.breached for clock in sla.clocks) else None

    sla = await eventually(broken)
    first, resolution = sla.clocks
    assert (sla.policy_id, first.kind, resolution.breached) == (policy.id, care.SLA_CLOCK_KIND_FIRST_REPLY, False)
    assert resolution.HasField("due_at")
    await centre.be(0, acd.AGENT_STATE_READY)
    await centre.accept(0, it)
    await bench.one(bench.anna.headers, it, wb.Action(assign_person_id="me"), wb.Action(send_text="Here I am"))
    first = (await centre.until(it)).sla.clocks[0]
    assert first.HasField("met_at")
    assert not first.HasField("due_at")
    await bench.finish(it)
    assert (await centre.until(it)).sla.clocks[1].HasField("met_at")
    policy.enabled = False
    await ask(bench.stub.PutSlaPolicy, wb.PutSlaPolicyRequest(policy=policy), centre.owner)
    await ask(bench.stub.DeleteSlaPolicy, wb.DeleteSlaPolicyRequest(policy_id=policy.id), centre.owner)
