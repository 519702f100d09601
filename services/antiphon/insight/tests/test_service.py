"""Insight as a service: real Mongo and NATS, real gRPC; every fact is told twice, and late ones come last."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from antiphon.acd.v1 import acd_pb2
from antiphon.acd.v1 import events_pb2 as acd
from antiphon.insight.app import convert
from antiphon.insight.app.hearing import Hearing, Notes
from antiphon.insight.domain.folding import fold
from antiphon.insight.domain.heard import Heard
from antiphon.insight.events import TABLE
from antiphon.insight.tests.centre import AGENT, NINE, VIEWER, Centre
from antiphon.insight.v1 import insight_pb2 as pb
from antiphon.kit.bus import Fact
from antiphon.kit.errors import DomainError
from antiphon.kit.protos import duration, timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service


async def morning(centre: Centre) -> None:
    queue = acd_pb2.Queue(id="qu_1", rev=1, name="Sales", target_share=0.8, target_time=duration(timedelta(seconds=15)))
    await centre.tell(acd.QueueChanged(occurred_at=timestamp(NINE), queue=queue), "qu_1")
    await centre.call("c1", NINE + timedelta(minutes=1), 10, 60)
    await centre.call("c2", NINE + timedelta(minutes=2), 30, 90, agent="bob", caller="+4915112345", rating=5)
    await centre.call("c3", NINE + timedelta(minutes=70), 3)
    await centre.call("c4", NINE + timedelta(minutes=71), 40)
    await centre.chat("cv1", NINE + timedelta(minutes=5))
    await centre.folded(5)


@pytest.mark.clause("A15")
async def test_every_interaction_is_there_once_and_totals_are_the_sums(centre: Centre) -> None:
    await morning(centre)
    assert [it.id for it in await centre.list()] == ["call:c4", "call:c3", "conversation:cv1", "call:c2", "call:c1"]
    total = (await centre.report()).total
    assert (total.interactions, total.offered, total.answered, total.abandoned) == (5, 4, 2, 2)
    assert (total.in_time, total.short_abandoned, total.rung, total.missed) == (1, 1, 2, 0)
    assert total.service_level == pytest.approx(1 / 4)  # the queue promises 15 s
    assert (total.asa_seconds, total.aht_seconds) == (20, (60 + 10 + 90 + 10) / 2)
    assert (total.csat, total.rated) == (4.5, 2)  # a call's and a chat's
    looser = await centre.report(within_seconds=30, formula=pb.FORMULA_WITHOUT_SHORT)
    assert looser.total.service_level == pytest.approx(2 / 3)
    rows = (await centre.report(group_by=[pb.DIMENSION_AGENT], step=pb.STEP_HOUR)).rows
    assert [(row.start.ToDatetime().hour, row.keys[0], row.figures.handled) for row in rows] == [
        (9, "", 0), (9, "ann", 1), (9, "bob", 1), (10, "", 0),
    ]  # fmt: skip
    assert [row.figures.csat for row in rows if row.keys[0] == "bob"] == [5]
    assert sum(row.figures.interactions for row in rows) == 5
    assert looser.time_zone == "Europe/Kyiv"


async def test_each_report_equals_its_recomputation_from_events(centre: Centre, rt: Runtime) -> None:
    await morning(centre)
    heard: list[Heard] = []

    class Listening:
        """Where what is heard is left, instead of Mongo."""

        async def note(self, notes: Notes) -> None:
            heard.extend(fact for _, fact in notes.facts)

    told = enumerate(reversed(centre.told))
    facts = [Fact(event, centre.tenant, key, "", len(centre.told) - place) for place, (event, key) in told]
    await Hearing(Listening(), lambda: None, TABLE).hear(facts)
    by: dict[str, list[Heard]] = {}
    for fact in heard:
        by.setdefault(fact.about, []).append(fact)
    again = {about: fold(facts) for about, facts in by.items()}
    listed = {it.id: it for it in await centre.list()}
    assert listed == {about: convert.interaction(it) for about, it in again.items() if it is not None}
    before = await centre.report(group_by=[pb.DIMENSION_QUEUE, pb.DIMENSION_AGENT], step=pb.STEP_QUARTER)
    rebuilt = await centre.ask("RebuildHistory", pb.RebuildHistoryRequest())
    assert rebuilt.interactions == 5

    async def read_again() -> bool:
        far = await centre.ask("GetRebuild", pb.GetRebuildRequest())
        assert far.facts >= far.left >= 0
        return bool(far.facts and far.HasField("begun_at") and not far.left)

    await eventually(read_again)
    await centre.folded(5)
    assert await centre.report(group_by=[pb.DIMENSION_QUEUE, pb.DIMENSION_AGENT], step=pb.STEP_QUARTER) == before
    kept = [document async for document in rt.database().facts.find({"tenant": centre.tenant})]
    assert "secret words" not in str(kept)


async def test_every_number_opens_the_interactions_behind_it(centre: Centre) -> None:
    await morning(centre)
    row = next(
        row for row in (await centre.report(group_by=[pb.DIMENSION_QUEUE])).rows if list(row.keys) == ["qu_1"]
    ).figures
    for figure, count in [
        (pb.FIGURE_OFFERED, row.offered), (pb.FIGURE_ANSWERED, row.answered), (pb.FIGURE_IN_TIME, row.in_time),
        (pb.FIGURE_ABANDONED, row.abandoned), (pb.FIGURE_SHORT_ABANDONED, row.short_abandoned),
        (pb.FIGURE_HANDLED, row.handled),
    ]:  # fmt: skip
        assert len(await centre.list(behind=figure, queue_ids=["qu_1"])) == count > 0
    assert [it.id for it in await centre.list(behind=pb.FIGURE_SHORT_ABANDONED)] == ["call:c3"]


async def test_filters_and_pages(centre: Centre) -> None:
    await morning(centre)

    async def found(**more: Any) -> list[str]:
        return [it.id.partition(":")[2] for it in await centre.list(**more)]

    assert await found(agent_ids=["bob"]) == ["c2"]
    assert await found(agent_ids=[""]) == ["c4", "c3", "cv1"]
    assert await found(channels=["webchat"], tags=["vip"]) == ["cv1"]
    assert await found(results=["abandoned"], least_seconds=10) == ["c4"]
    assert await found(party="1511") == ["c2"]
    assert await found(sorts=[pb.SORT_CALL], most_seconds=80, directions=[pb.DIRECTION_INBOUND]) == ["c4", "c3", "c1"]
    first = await centre.ask("ListInteractions", centre.asked(pb.ListInteractionsRequest, limit=2))
    rest = await centre.ask("ListInteractions", centre.asked(pb.ListInteractionsRequest, page=first.next_page))
    assert [it.id for it in [*first.interactions, *rest.interactions]] == [it.id for it in await centre.list()]
    assert not rest.next_page
    one = await centre.ask("GetInteraction", pb.GetInteractionRequest(interaction_id="call:c2"))
    assert [(visit.how, visit.wait_seconds) for visit in one.interaction.visits] == [("answered", 30)]


async def test_who_sees_what(centre: Centre) -> None:
    await morning(centre)
    await centre.call("c9", NINE + timedelta(minutes=80), 1, 30, project="pr_1")
    await centre.folded(6)
    own = await centre.ask("ListInteractions", centre.asked(pb.ListInteractionsRequest), "bob", AGENT)
    assert [it.id for it in own.interactions] == ["call:c2"]
    theirs = pb.GetInteractionRequest(interaction_id="call:c1")
    with pytest.raises(DomainError, match="NOT_FOUND"):
        await centre.ask("GetInteraction", theirs, "bob", AGENT)
    client = await centre.ask("GetReport", centre.asked(pb.GetReportRequest), "client", VIEWER, ("pr_1",))
    assert (client.total.interactions, client.total.rung) == (1, 0)
    assert await centre.refused("ListInteractions", centre.asked(pb.ListInteractionsRequest), VIEWER) == "DENIED"
    assert await centre.refused("GetReport", centre.asked(pb.GetReportRequest), AGENT) == "DENIED"
    other = Centre(centre._rt, centre._platforms, "tn_stranger")
    assert (await other.ask("ListInteractions", centre.asked(pb.ListInteractionsRequest))).interactions == []


async def test_files_say_what_the_page_says(centre: Centre) -> None:
    await morning(centre)
    name, data = await centre.file(
        "ExportInteractions",
        centre.asked(pb.ExportInteractionsRequest, format=pb.FILE_FORMAT_CSV, language="uk", results=["received"]),
    )
    head, row = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert name == "antiphon історія 2026-03-02.csv"
    assert (head[0], row[0]) == ("Початок", "2026-03-02 11:05:00+02:00")
    assert row[head.index("Клієнт")] == "'=cmd|'/c calc'!A1"
    asked = centre.asked(
        pb.ExportReportRequest, language="en", group_by=[pb.DIMENSION_QUEUE], format=pb.FILE_FORMAT_CSV
    )
    _, data = await centre.file("ExportReport", asked)
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [(row["Queue"], row["Offered"], row["Service level"]) for row in rows] == [
        ("", "0", ""), ("Sales", "4", "0.25"), ("Total", "4", "0.25"),
    ]  # fmt: skip


async def test_what_makes_no_sense_is_refused(centre: Centre) -> None:
    long = pb.GetReportRequest(since=timestamp(NINE - timedelta(days=500)), until=timestamp(NINE))
    assert await centre.refused("GetReport", long) == "INVALID"
    backwards = pb.GetReportRequest(since=timestamp(NINE), until=timestamp(NINE))
    assert await centre.refused("GetReport", backwards) == "INVALID"
    fine = pb.GetReportRequest(since=timestamp(NINE - timedelta(days=399)), until=timestamp(NINE), step=pb.STEP_QUARTER)
    assert await centre.refused("GetReport", fine) == "TOO_MANY_ROWS"
    twice = pb.GetReportRequest(group_by=[pb.DIMENSION_QUEUE, pb.DIMENSION_QUEUE])
    assert await centre.refused("GetReport", twice) == "INVALID"
    assert await centre.refused("ListInteractions", pb.ListInteractionsRequest(page="%%%")) == "INVALID"
    assert await centre.refused("ListInteractions", pb.ListInteractionsRequest(least_seconds=-1)) == "INVALID"
