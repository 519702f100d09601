"""Workforce management as a service: real Mongo and NATS, real gRPC; every fact is told twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from google.protobuf.json_format import ParseDict

from antiphon.acd.v1 import acd_pb2
from antiphon.kit.protos import moment, plain, struct, timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.wfm.tests.centre import AGENT, CLOCK, MONDAY, Centre, content
from antiphon.wfm.v1 import wfm_pb2 as pb

pytestmark = pytest.mark.service


async def test_every_contact_counts_once(centre: Centre) -> None:
    for number in range(3):
        await centre.contact(f"wi_{number}", MONDAY + timedelta(hours=9, minutes=number), talk_s=100 + 20 * number)
    await centre.contact("wi_gone", MONDAY + timedelta(hours=9, minutes=40), talk_s=None)

    async def counted() -> bool:
        found = await centre.history()
        return [(one.offered, one.answered, one.abandoned) for one in found] == [(3, 3, 0), (1, 0, 1)]

    await eventually(counted)

    async def handled() -> bool:
        return (await centre.history())[0].aht_seconds == pytest.approx(120)

    await eventually(handled)
    wrong = pb.GetHistoryRequest(queue_id="qu_1", interval_minutes=7)
    assert (await centre.refused("GetHistory", wrong)).reason.name == "INVALID"


async def test_a_forecast_from_the_queue_and_changes_by_hand(centre: Centre) -> None:
    request = pb.MakeForecastRequest(name="Next week", queue_id="qu_1", days=3, time_zone="UTC")
    assert (await centre.refused("MakeForecast", request)).reason.name == "TOO_LITTLE_HISTORY"
    for day in range(1, 22):
        for number in range(2):
            at = MONDAY - timedelta(days=day) + timedelta(hours=10, minutes=number)
            await centre.contact(f"wi_{day}_{number}", at)

    async def all_there() -> bool:
        span = pb.GetHistoryRequest(queue_id="qu_1", to=timestamp(MONDAY))
        getattr(span, "from").CopyFrom(timestamp(MONDAY - timedelta(days=30)))
        found = (await centre.ask("GetHistory", span)).intervals
        return len(found) == 21 and all(one.offered == 2 and one.aht_seconds == 120 for one in found)

    await eventually(all_there, within=60)
    forecast = (await centre.ask("MakeForecast", request)).forecast
    assert len(forecast.intervals) == 3
    assert all(1.5 < row.contacts < 2.5 for row in forecast.intervals)
    assert forecast.intervals[0].aht_seconds == pytest.approx(120)
    change = pb.Adjustment(to="2026-03-02T23:59", factor=2, reason="a campaign")
    ParseDict({"from": "2026-03-02T00:00"}, change)
    wanted = pb.AdjustForecastRequest(forecast_id=forecast.id, rev=forecast.rev, adjustment=change)
    changed = (await centre.ask("AdjustForecast", wanted)).forecast
    assert changed.intervals[0].contacts == pytest.approx(2 * changed.intervals[0].base)
    assert (changed.adjustments[0].by, changed.adjustments[0].reason) == ("person:boss", "a campaign")
    assert (await centre.refused("AdjustForecast", wanted)).reason.name == "STALE"
    listed = (await centre.ask("ListForecasts", pb.ListForecastsRequest())).forecasts
    assert [(one.name, len(one.intervals)) for one in listed] == [("Next week", 0)]
    stored = await centre.ask("GetForecast", pb.GetForecastRequest(forecast_id=forecast.id))
    assert len(stored.forecast.intervals) == 3


@pytest.mark.clause("D05")
async def test_a_swap_is_asked_agreed_and_approved_and_the_calendars_change(centre: Centre) -> None:
    schedule = await centre.published()
    days = {person: await centre.days(person) for person in ("p0", "p1")}
    mine = next(day for day in days["p0"] if day not in days["p1"])
    theirs = next(day for day in days["p1"] if day not in days["p0"])
    request = pb.RequestChangeRequest(
        request_id="c1", kind=pb.CHANGE_KIND_SWAP, day=mine, other_person_id="p1", other_day=theirs, note="a wedding"
    )
    change = (await centre.ask("RequestChange", request, "p0", AGENT)).change
    assert change.state == pb.CHANGE_STATE_ASKED
    assert (await centre.ask("RequestChange", request, "p0", AGENT)).change.id == change.id
    decision = pb.DecideChangeRequest(change_id=change.id, approved=True)
    assert (await centre.refused("DecideChange", decision)).reason.name == "NOT_READY"
    answer = pb.AnswerChangeRequest(change_id=change.id, agreed=True)
    assert (await centre.refused("AnswerChange", answer, "p2", AGENT)).reason.name == "NOT_YOURS"
    assert (await centre.ask("AnswerChange", answer, "p1", AGENT)).change.state == pb.CHANGE_STATE_PENDING
    assert (await centre.refused("DecideChange", decision, "p0", AGENT)).reason.name == "DENIED"
    approved = (await centre.ask("DecideChange", decision)).change
    assert (approved.state, approved.decided_by) == (pb.CHANGE_STATE_APPROVED, "person:boss")
    assert mine in await centre.days("p1")
    assert mine not in await centre.days("p0")
    assert theirs in await centre.days("p0")
    calendar = (await centre.mine("p0")).icalendar
    assert f"DTSTART;TZID=UTC:{theirs.replace('-', '')}T" in calendar
    assert f"DTSTART;TZID=UTC:{mine.replace('-', '')}T" not in calendar
    assert (await centre.refused("DecideChange", decision)).reason.name == "DECIDED"
    stored = (await centre.ask("GetSchedule", pb.GetScheduleRequest(schedule_id=schedule.id))).schedule
    assert stored.rev == schedule.rev + 1
    for person, count in (("p0", 1), ("p1", 1), ("p3", 0)):
        listed = (await centre.ask("ListChanges", pb.ListChangesRequest(), person, AGENT)).changes
        assert len(listed) == count


async def test_what_would_break_a_rule_is_not_approved(centre: Centre) -> None:
    await centre.published()
    days = {person: await centre.days(person) for person in ("p0", "p1")}
    both = next(day for day in days["p0"] if day in days["p1"]) if set(days["p0"]) & set(days["p1"]) else None
    asked = pb.RequestChangeRequest(request_id="c1", kind=pb.CHANGE_KIND_SWAP, other_person_id="p1")
    asked.day = both or days["p0"][0]
    change = (await centre.ask("RequestChange", asked, "p0", AGENT)).change
    await centre.ask("AnswerChange", pb.AnswerChangeRequest(change_id=change.id, agreed=True), "p1", AGENT)
    decision = pb.DecideChangeRequest(change_id=change.id, approved=True)
    before = await centre.days("p0")
    if both:  # p1 would have two shifts that day
        refused = await centre.refused("DecideChange", decision)
        assert refused.reason.name == "BREAKS_RULES"
        assert "one shift a day: p1" in refused.facts["faults"]
        assert await centre.days("p0") == before
    off = pb.RequestChangeRequest(request_id="c2", kind=pb.CHANGE_KIND_TIME_OFF, day=before[-1])
    change = (await centre.ask("RequestChange", off, "p0", AGENT)).change
    await centre.ask("DecideChange", pb.DecideChangeRequest(change_id=change.id, approved=True, reason="of course"))
    assert await centre.days("p0") == before[:-1]
    gone = pb.RequestChangeRequest(request_id="c3", kind=pb.CHANGE_KIND_TIME_OFF, day=before[-1])
    assert (await centre.refused("RequestChange", gone, "p0", AGENT)).reason.name == "NO_SHIFT"
    wrong = pb.RequestChangeRequest(request_id="c4", kind=pb.CHANGE_KIND_TIME_OFF, day=before[0], other_person_id="p1")
    assert (await centre.refused("RequestChange", wrong, "p0", AGENT)).reason.name == "INVALID"


@pytest.mark.clause("D05")
async def test_adherence_follows_the_agents(centre: Centre) -> None:
    await centre.published()
    shift = (await centre.mine("p0")).shifts[0]
    start, end = moment(shift.start), moment(shift.end)
    await centre.agent("p0", start + timedelta(minutes=30), acd_pb2.AGENT_STATE_READY)
    lunch = shift.breaks[0]
    await centre.agent("p0", moment(lunch.start), acd_pb2.AGENT_STATE_NOT_READY, "lunch")
    await centre.agent("p0", moment(lunch.end), acd_pb2.AGENT_STATE_READY)
    await centre.agent("p0", end, acd_pb2.AGENT_STATE_OFFLINE)
    CLOCK.at = end
    request = pb.GetAdherenceRequest()
    getattr(request, "from").CopyFrom(timestamp(start))

    async def measured() -> pb.Adherence | None:
        people = (await centre.ask("GetAdherence", request)).people
        found = next(one for one in people if one.person_id == "p0")
        return found if found.worked_minutes == pytest.approx(450) else None

    found = await eventually(measured)
    assert found.planned_minutes == pytest.approx(510)
    assert found.adherence == pytest.approx(480 / 510)  # half an hour late
    assert found.conformance == pytest.approx(450 / 480)
    (late,) = found.deviations
    assert (moment(late.to) - moment(getattr(late, "from")), late.planned, late.actual) == (
        timedelta(minutes=30),
        "work",
        "away",
    )
    CLOCK.at = moment(lunch.start) + timedelta(minutes=5)
    now = next(one for one in (await centre.ask("GetAdherence", request)).people if one.person_id == "p0")
    assert (now.planned_now, now.actual_now, now.reason, now.adheres) == ("lunch", "pause", "lunch", True)
    CLOCK.at = start + timedelta(minutes=10)
    late_now = next(one for one in (await centre.ask("GetAdherence", request)).people if one.person_id == "p0")
    assert (late_now.planned_now, late_now.actual_now, late_now.adheres) == ("work", "away", False)


async def test_a_contradiction_is_told_and_another_schedule_replaces_the_first(centre: Centre) -> None:
    first = await centre.published()
    impossible = content(2)
    impossible["person"][0] |= {"days": "7"}
    plan = (await centre.ask("PutPlan", pb.PutPlanRequest(plan=pb.Plan(name="No", content=struct(impossible))))).plan
    started = await centre.ask("StartSchedule", pb.StartScheduleRequest(request_id="r2", plan_id=plan.id))
    failed = await centre.solved(started.schedule.id)
    assert failed.state == pb.SCHEDULE_STATE_FAILED
    assert "INFEASIBLE: p0: days a week (at least 7) against" in failed.why
    publish = pb.PublishScheduleRequest(schedule_id=failed.id, rev=failed.rev)
    assert (await centre.refused("PublishSchedule", publish)).reason.name == "NOT_READY"
    again = pb.StartScheduleRequest(request_id="r3", plan_id=first.plan_id, keep_schedule_id=first.id)
    kept = await centre.solved((await centre.ask("StartSchedule", again)).schedule.id)
    assert plain(kept.document)["shifts"] == plain(first.document)["shifts"]
    await centre.ask("PublishSchedule", pb.PublishScheduleRequest(schedule_id=kept.id, rev=kept.rev))
    states = {one.id: one.state for one in (await centre.ask("ListSchedules", pb.ListSchedulesRequest())).schedules}
    assert states[first.id] == pb.SCHEDULE_STATE_REPLACED
    assert states[kept.id] == pb.SCHEDULE_STATE_PUBLISHED
    stale = pb.PublishScheduleRequest(schedule_id=kept.id, rev=kept.rev)
    assert (await centre.refused("PublishSchedule", stale)).reason.name == "STALE"


async def test_strangers_and_nonsense(centre: Centre, rt: Runtime, platforms: dict[str, Platform]) -> None:
    schedule = await centre.published(3)
    other = Centre(rt, platforms, "tn_other")
    assert (
        await other.refused("GetSchedule", pb.GetScheduleRequest(schedule_id=schedule.id))
    ).reason.name == "NOT_FOUND"
    assert await other.days("p0") == []
    assert (await centre.refused("ListPlans", pb.ListPlansRequest(), "p0", AGENT)).reason.name == "DENIED"
    for bad in ({}, {"colour": 1}, content(0), content(2, need="much"), content(2, **{"from": "tomorrow"})):
        wrong = pb.PutPlanRequest(plan=pb.Plan(name="Bad", content=struct(bad)))
        assert (await centre.refused("PutPlan", wrong)).reason.name == "INVALID", bad
    nothing = pb.StartScheduleRequest(request_id="x", plan_id="pl_none")
    assert (await centre.refused("StartSchedule", nothing)).reason.name == "NOT_FOUND"
    stop = pb.StopScheduleRequest(schedule_id="sc_none")
    assert (await centre.refused("StopSchedule", stop)).reason.name == "NOT_FOUND"
