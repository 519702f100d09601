"""Missed calls, scorecards and evaluations through the front door; the ACD says who works for which queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from antiphon.acd.__main__ import serve as serve_acd
from antiphon.acd.v1 import acd_pb2
from antiphon.acd.v1 import events_pb2 as acd
from antiphon.acd.v1.acd_pb2_grpc import AcdServiceStub
from antiphon.directory.__main__ import serve as serve_directory
from antiphon.directory.v1 import directory_pb2
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.insight.__main__ import serve
from antiphon.insight.app.erasing import Erasing
from antiphon.insight.store import Store
from antiphon.insight.store.quality import QualityStore
from antiphon.insight.tests.centre import AGENT, CLOCK, NINE, SUPERVISOR, VIEWER, Centre
from antiphon.insight.v1 import insight_pb2 as pb
from antiphon.insight.v1 import quality_pb2 as quality
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import duration, timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running

pytestmark = pytest.mark.service

A, B, C, LINE = "+380441110001", "+380441110002", "+380441110003", "+380445550000"
CRITERIA = [
    quality.Criterion(id="hello", name="Greeting", weight=1, scale=1),
    quality.Criterion(id="solved", name="Solution", weight=3, scale=5),
    quality.Criterion(id="manner", name="Manner", weight=2, scale=3),
]
POINTS = {"hello": 1, "solved": 4, "manner": 2}


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def rt(platforms: dict[str, Platform]) -> AsyncIterator[Runtime]:
    services = {"directory": serve_directory, "acd": serve_acd, "insight": serve}
    async with running(services, platforms, CLOCK) as runtimes:
        yield runtimes["insight"]


def after(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


async def missed(centre: Centre, person: str = "boss", rights: frozenset[str] = SUPERVISOR, **more: Any) -> Any:
    return await centre.ask("ListMissed", centre.asked(pb.ListMissedRequest, **more), person, rights)


async def numbers(centre: Centre, **more: Any) -> list[str]:
    return [one.party for one in (await missed(centre, **more)).callers]


async def card(centre: Centre, name: str = "Calls") -> quality.Scorecard:
    wanted = quality.Scorecard(name=name, criteria=CRITERIA)
    made: quality.Scorecard = (
        await centre.ask("PutScorecard", quality.PutScorecardRequest(scorecard=wanted))
    ).scorecard
    return made


def said(by: quality.Scorecard, call: str = "call:c1", agent: str = "ann", **more: Any) -> quality.EvaluateRequest:
    return quality.EvaluateRequest(
        interaction_id=call, agent_id=agent, scorecard_id=by.id, version=by.version, points=more.get("points", POINTS),
        comment=more.get("comment", ""),
    )  # fmt: skip


async def evaluate(centre: Centre, *about: Any, **more: Any) -> quality.Evaluation:
    made: quality.Evaluation = (await centre.ask("Evaluate", said(*about, **more))).evaluation
    return made


@pytest.mark.clause("D04")
async def test_a_morning_computed_by_hand(centre: Centre) -> None:
    """Waits of the answered 10 and 30 s, of those who left 3 and 40 s; the queue promises 15 s. A leaves and is called
    back, B leaves and is called in vain, ann and bob are judged."""
    queue = acd_pb2.Queue(id="qu_1", rev=1, name="Sales", target_share=0.8, target_time=duration(timedelta(seconds=15)))
    await centre.tell(acd.QueueChanged(occurred_at=timestamp(NINE), queue=queue), "qu_1")
    await centre.call("c1", after(1), 10, 60, caller=C, rating=5)
    await centre.call("c2", after(2), 30, 90, agent="bob", caller=C, rating=4)
    await centre.call("c3", after(3), 3, caller=A)
    await centre.call("c4", after(4), 40, caller=B)
    await centre.call_out("c5", A, after(10), talk=30)
    await centre.call_out("c6", B, after(11))
    await centre.folded(6)

    total = (await centre.report(queue_ids=["qu_1"])).total
    assert total.service_level == pytest.approx(1 / 4), "of four who came one was answered within 15 s"
    assert total.abandoned / total.offered == pytest.approx(2 / 4)
    assert total.asa_seconds == pytest.approx((10 + 30) / 2)
    assert (total.csat, total.rated) == ((5 + 4) / 2, 2), "what customers think of it"

    found = await missed(centre)
    assert [(one.party, one.queue_id, one.line, one.calls, one.tries) for one in found.callers] == [
        (B, "qu_1", LINE, 1, 1)
    ]
    assert found.callers[0].since.ToDatetime() == after(4 + 40 / 60).replace(tzinfo=None)
    assert [(one.queue_id, list(one.counts)) for one in found.ages] == [("qu_1", [0, 0, 1, 0, 0])], "since 2 h 55 min"

    by = await card(centre)
    first = await evaluate(centre, by)
    assert first.judgement.score == 789, "(1 x 1/1 + 3 x 4/5 + 2 x 2/3) / 6 = 78.888... %"
    second = await evaluate(centre, by, "call:c2", "bob", points={"hello": 0, "solved": 4, "manner": 2})
    assert second.judgement.score == 622, "(0 + 2.4 + 1.333...) / 6 = 62.222... %"
    report = await centre.ask("GetQualityReport", quality.GetQualityReportRequest())
    assert (report.total.score, report.total.evaluations) == (706, 2), "(789 + 622) / 2 = 705.5"


@pytest.mark.clause("D04")
async def test_the_list_of_missed_calls_clears_itself_and_late_facts_change_nothing(centre: Centre) -> None:
    late = acd.WorkScheduled(
        occurred_at=timestamp(after(20)),
        item=acd_pb2.WorkItem(
            id="wi_cb", queue_id="qu_1", channel="voice", subject="call:x", contact_id="co_c", callback=True,
            due_at=timestamp(after(90)),
        ),
    )  # fmt: skip
    await centre.call_out("back", A, after(30), talk=60)  # known before what it makes good
    await centre.call("a1", after(1), 5, caller=A, queue="qu_1")
    await centre.call("b1", after(2), 5, caller=B, queue="qu_1")
    await centre.call("b2", after(8), 5, caller=B, queue="qu_2", line="+380445551111")
    await centre.call("c1", after(4), 5, caller=C, queue="qu_2", contact="co_c")
    await centre.call("d1", after(5), 5, caller="", queue="qu_2")
    await centre.tell(late, "wi_cb")
    await centre.folded(7)
    first, second = (await missed(centre)).callers
    assert (first.party, first.calls, first.queue_id, list(first.interaction_ids)) == (
        B, 2, "qu_2", ["call:b1", "call:b2"],
    )  # fmt: skip
    assert (second.party, second.contact_id, second.promised) == (C, "co_c", True)
    assert second.promised_at == timestamp(after(90))

    assert await numbers(centre, queue_ids=["qu_1"]) == [B]
    assert await numbers(centre, lines=["+380445551111"]) == [B]
    assert await numbers(centre, party="1110003") == [C]
    assert await numbers(centre, queue_ids=["qu_9"]) == []
    assert await centre.refused("ListMissed", pb.ListMissedRequest(limit=-1)) == "INVALID"
    before = await missed(centre)
    await centre.ask("RebuildHistory", pb.RebuildHistoryRequest())
    await centre.folded(7)
    assert await missed(centre) == before, "made again of the same facts"
    await centre.call("b3", after(60), 3, 20, caller=B)
    await centre.folded(8)
    assert await numbers(centre) == [C], "who comes again and is answered has left the list"


async def test_an_agent_sees_who_was_missed_in_the_queues_he_works_for(centre: Centre, rt: Runtime) -> None:
    acd_stub = AcdServiceStub(rt.peers.channel("acd"))
    queue = acd_pb2.Queue(name="Sales", strategy="longest_idle", members=[acd_pb2.Member(person_id=centre.owner)])
    headers = centre._headers("boss", frozenset({"queues.write"}))

    async def put() -> Any:
        try:
            return await ask(acd_stub.PutQueue, acd_pb2.PutQueueRequest(queue=queue), headers)
        except DomainError as error:
            if not error.retry:
                raise
            return None  # nobody leads yet

    own = (await eventually(put, within=30)).queue.id
    await centre.call("a1", after(1), 5, caller=A, queue=own)
    await centre.call("b1", after(2), 5, caller=B, queue="qu_other")
    await centre.folded(2)
    assert await numbers(centre) == [A, B]
    assert await numbers(centre, person=centre.owner, rights=AGENT) == [A]
    assert await numbers(centre, person=centre.owner, rights=AGENT, queue_ids=["qu_other"]) == []
    assert await numbers(centre, person="stranger", rights=AGENT) == []
    assert await centre.refused("ListMissed", pb.ListMissedRequest(), VIEWER) == "DENIED"
    elsewhere = await centre.ask("ListMissed", centre.asked(pb.ListMissedRequest), projects=("pr_1",))
    assert not elsewhere.callers


async def test_who_is_erased_is_on_no_list_and_in_no_comment(centre: Centre, rt: Runtime) -> None:
    await centre.call("a1", after(1), 5, caller=A, contact="co_a")
    await centre.call("a2", after(2), 5, 30, caller=A, contact="co_a")
    await centre.call("a3", after(3), 5, caller=A, contact="co_a")
    await centre.call("b1", after(4), 5, caller=B)
    await centre.folded(4)
    by = await card(centre)
    made = await evaluate(centre, by, "call:a2", comment="Oksana was told the truth")
    await evaluate(centre, by, "call:a2", comment="Oksana was told", points={**POINTS, "hello": 0})
    assert await numbers(centre) == [A, B]

    store, judged = Store(rt.database()), QualityStore(rt.database())
    wanted = type("Wanted", (), {"tenant_id": centre.tenant, "contact_ids": ["co_a"], "identities": [], "names": [],
                                 "phones": [A], "emails": []})()  # fmt: skip
    counts = await Erasing(store, judged).erase(wanted)
    assert counts == {"interactions": 3, "evaluations": 1}
    assert await numbers(centre) == [B]
    await centre.ask("RebuildHistory", pb.RebuildHistoryRequest())
    await centre.folded(4)
    assert await numbers(centre) == [B], "also when it is made again"
    kept = (await centre.ask("GetEvaluation", quality.GetEvaluationRequest(evaluation_id=made.id))).evaluation
    assert [one.comment for one in (*kept.earlier, kept.judgement)] == ["", ""]
    assert (kept.judgement.score, kept.earlier[0].score) == (622, 789), "the scores stay"


async def test_a_scorecard_keeps_the_version_that_was_used(centre: Centre) -> None:
    await centre.call("c1", after(1), 5, 30)
    await centre.folded(1)
    by = await card(centre)
    assert (by.version, by.rev, by.used) == (1, 1, False)
    by.criteria[0].weight = 5
    by = (await centre.ask("PutScorecard", quality.PutScorecardRequest(scorecard=by))).scorecard
    assert (by.version, by.rev) == (1, 2), "nobody was judged by it yet"
    made = await evaluate(centre, by)
    newer = quality.Scorecard()
    newer.CopyFrom(by)
    newer.criteria.add(name="Farewell", weight=1, scale=1)
    newer = (await centre.ask("PutScorecard", quality.PutScorecardRequest(scorecard=newer))).scorecard
    assert (newer.version, newer.used, newer.criteria[0].id) == (2, False, "hello")
    assert newer.criteria[3].id.startswith("cr_")
    again = (await centre.ask("GetEvaluation", quality.GetEvaluationRequest(evaluation_id=made.id))).evaluation
    assert (again.scorecard.version, len(again.scorecard.criteria)) == (1, 3)
    assert await centre.refused("PutScorecard", quality.PutScorecardRequest(scorecard=by)) == "STALE"
    assert await centre.refused("Evaluate", said(by, agent="ann"), person="other") == "STALE"
    changed = await evaluate(centre, by, comment="still by the first version")
    assert (changed.id, changed.scorecard.version, len(changed.earlier)) == (made.id, 1, 1)

    archive = quality.ArchiveScorecardRequest(scorecard_id=by.id, archived=True)
    for _ in range(2):
        assert (await centre.ask("ArchiveScorecard", archive)).scorecard.archived
    assert not (await centre.ask("ListScorecards", quality.ListScorecardsRequest())).scorecards
    every = await centre.ask("ListScorecards", quality.ListScorecardsRequest(include_archived=True))
    assert [one.id for one in every.scorecards] == [by.id]
    assert await centre.refused("Evaluate", said(newer, points={**POINTS, newer.criteria[3].id: 1}), person="x") == (
        "ARCHIVED"
    )
    bad = quality.Scorecard(name="Bad", criteria=[quality.Criterion(name="A", weight=0, scale=1)])
    assert await centre.refused("PutScorecard", quality.PutScorecardRequest(scorecard=bad)) == "INVALID"
    unknown = quality.Scorecard(id="sc_no", rev=1, name="X", criteria=CRITERIA)
    assert await centre.refused("PutScorecard", quality.PutScorecardRequest(scorecard=unknown)) == "NOT_FOUND"


async def test_who_may_say_what_and_who_reads_it(centre: Centre, rt: Runtime) -> None:
    await centre.call("c1", after(1), 5, 30)
    await centre.call("c2", after(2), 5, 30, agent="bob", project="pr_1")
    await centre.folded(2)
    by = await card(centre)
    own = await evaluate(centre, by, comment="well done")
    assert await evaluate(centre, by, comment="well done") == own, "twice is once"
    theirs = await evaluate(centre, by, "call:c2", "bob")
    for request, person, why in [
        (said(by), "ann", "OWN_WORK"), (said(by, agent="carl"), "boss", "INVALID"),
        (said(by, "call:no"), "boss", "NOT_FOUND"),
        (said(by, points={"hello": 1}), "boss", "INVALID"), (said(by, comment="x" * 4_001), "boss", "INVALID"),
    ]:  # fmt: skip
        assert await centre.refused("Evaluate", request, person=person) == why
    assert await centre.refused("Evaluate", said(by), AGENT) == "DENIED"

    async def seen(person: str, rights: frozenset[str], *projects: str, **more: Any) -> list[str]:
        request = quality.ListEvaluationsRequest(**more)
        return [one.id for one in (await centre.ask("ListEvaluations", request, person, rights, projects)).evaluations]

    assert sorted(await seen("boss", SUPERVISOR)) == sorted([own.id, theirs.id])
    assert await seen("boss", SUPERVISOR, "pr_1") == [theirs.id]
    assert await seen("ann", AGENT) == await seen("ann", AGENT, agent_ids=["bob"]) == [own.id]
    assert await seen("boss", SUPERVISOR, interaction_id="call:c2") == [theirs.id]
    other = quality.GetEvaluationRequest(evaluation_id=theirs.id)
    assert await centre.refused("GetEvaluation", other, AGENT, "ann") == "NOT_FOUND"
    stranger = Centre(rt, centre._platforms, "tn_stranger")
    assert await stranger.refused("GetEvaluation", other) == "NOT_FOUND"

    read = quality.AcknowledgeEvaluationRequest(evaluation_id=own.id)
    assert await centre.refused("AcknowledgeEvaluation", read) == "NOT_YOUR_EVALUATION"
    once = (await centre.ask("AcknowledgeEvaluation", read, "ann", AGENT)).evaluation
    assert once.HasField("acknowledged_at")
    assert (await centre.ask("AcknowledgeEvaluation", read, "ann", AGENT)).evaluation == once
    assert await centre.refused("Evaluate", said(by, comment="after all")) == "ACKNOWLEDGED"
    assert await seen("ann", AGENT, unread=True) == []

    directory = DirectoryServiceStub(rt.peers.channel("directory"))
    headers = centre._headers(centre.owner, frozenset({"audit.read"}))
    log = (await ask(directory.ListAudit, directory_pb2.ListAuditRequest(), headers)).entries
    told = [(one.action, one.actor) for one in log if one.object == f"evaluation:{own.id}"]
    assert sorted(told) == [("evaluation.acknowledged", "person:ann"), ("evaluation.made", "person:boss")]
    assert not any("well done" in str(one) for one in log), "words stay where they are"


@pytest.mark.clause("D04")
async def test_behind_each_average_are_its_evaluations(centre: Centre) -> None:
    for number, agent in enumerate(["ann", "ann", "bob"]):
        await centre.call(f"c{number}", after(number), 5, 30, agent=agent, queue=f"qu_{agent}")
    await centre.folded(3)
    by = await card(centre)
    for number, agent in enumerate(["ann", "ann", "bob"]):
        await evaluate(centre, by, f"call:c{number}", agent, points={**POINTS, "solved": 2 * number})

    async def rows(*group_by: Any, **more: Any) -> list[tuple[list[str], int, int]]:
        request = quality.GetQualityReportRequest(group_by=group_by, **more)
        found = await centre.ask("GetQualityReport", request)
        return [(list(row.keys), row.evaluations, row.score) for row in found.rows]

    # 0, 2 and 4 of 5: (1 + 0 + 4/3) / 6 = 38.9 %, (1 + 1.2 + 4/3) / 6 = 58.9 %, 78.9 %
    by_agent = await rows(quality.QUALITY_DIMENSION_AGENT)
    assert by_agent == [(["ann"], 2, 489), (["bob"], 1, 789)]
    assert await rows(quality.QUALITY_DIMENSION_QUEUE, agent_ids=["bob"]) == [(["qu_bob"], 1, 789)]
    assert await rows(quality.QUALITY_DIMENSION_CRITERION) == [
        ([f"{by.id}/hello"], 3, 1000), ([f"{by.id}/manner"], 3, 667), ([f"{by.id}/solved"], 3, 400),
    ]  # fmt: skip
    for keys, count, _ in by_agent:
        listed = await centre.ask("ListEvaluations", quality.ListEvaluationsRequest(agent_ids=keys, limit=1))
        ids = [one.id for one in listed.evaluations]
        while listed.next_page:
            more = quality.ListEvaluationsRequest(agent_ids=keys, limit=1, page=listed.next_page)
            listed = await centre.ask("ListEvaluations", more)
            ids += [one.id for one in listed.evaluations]
        assert len(set(ids)) == len(ids) == count
    whole = quality.GetQualityReportRequest(group_by=[quality.QUALITY_DIMENSION_CRITERION], step=pb.STEP_DAY)
    told = await centre.ask("GetQualityReport", whole)
    assert (told.names[by.id], told.names[f"{by.id}/hello"], told.time_zone) == ("Calls", "Greeting", "Europe/Kyiv")
    assert {row.start.ToDatetime().isoformat() for row in told.rows} == {"2026-03-01T22:00:00"}
    twice = quality.GetQualityReportRequest(group_by=[quality.QUALITY_DIMENSION_AGENT] * 2)
    assert await centre.refused("GetQualityReport", twice) == "INVALID"
    assert await centre.refused("GetQualityReport", quality.GetQualityReportRequest(), AGENT) == "DENIED"
