"""The day itself: who is needed, what could be done, who agreed; calendars, wishes, what people did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict

from antiphon.acd.v1 import acd_pb2
from antiphon.kit.protos import moment, plain, timestamp
from antiphon.kit.testing import eventually
from antiphon.wfm.tests.centre import AGENT, CLOCK, MONDAY, Centre, content
from antiphon.wfm.v1 import wfm_pb2 as pb

pytestmark = pytest.mark.service


async def demanded(centre: Centre, schedule: pb.Schedule, **approval: Any) -> pb.Plan:
    """The plan's people work for the queue, whose day is forecast: 20 contacts of five minutes each half-hour."""
    rows = ["start,contacts,aht_s"]
    for day in range(1, 22):
        at = MONDAY - timedelta(days=day)
        rows += [f"{at:%Y-%m-%d}T{hour:02d}:{half}0,20,300" for hour in range(8, 18) for half in (0, 3)]
    request = pb.MakeForecastRequest(name="Day", queue_id="qu_1", days=7, time_zone="UTC", csv="\n".join(rows))
    await centre.ask("MakeForecast", request)
    plans = (await centre.ask("ListPlans", pb.ListPlansRequest())).plans
    plan = next(one for one in plans if one.id == schedule.plan_id)
    plan.demands.add(queue_id="qu_1", service_level=0.8, within_seconds=20)
    ParseDict(approval, plan.approval)
    stored: pb.Plan = (await centre.ask("PutPlan", pb.PutPlanRequest(plan=plan))).plan
    return stored


def span(message: Any, begin: datetime, end: datetime) -> Any:
    getattr(message, "from").CopyFrom(timestamp(begin))
    message.to.CopyFrom(timestamp(end))
    return message


@pytest.mark.clause("D05")
async def test_staffing_says_how_many_and_by_which_formula(centre: Centre) -> None:
    schedule = await centre.published()
    await demanded(centre, schedule)
    (forecast,) = (await centre.ask("ListForecasts", pb.ListForecastsRequest())).forecasts
    asked = pb.GetStaffingRequest(forecast_id=forecast.id, service_level=0.8, within_seconds=20, shrinkage=0.25)
    found = await centre.ask("GetStaffing", asked)
    assert (found.formula, found.interval_minutes, len(found.intervals)) == ("erlang_c", 30, 140)
    row = found.intervals[0]
    assert (row.agents, row.scheduled) == (6, 8)
    assert row.erlangs == pytest.approx(20 * 300 / 1800, rel=0.1)
    assert row.service_level >= 0.8
    two = pb.GetStaffingRequest(demands=[pb.Demand(forecast_id=forecast.id), pb.Demand(forecast_id=forecast.id)])
    assert (await centre.ask("GetStaffing", two)).formula == "blended"
    for wrong in (
        pb.GetStaffingRequest(forecast_id=forecast.id, service_level=1),
        pb.GetStaffingRequest(forecast_id=forecast.id, service_level=2),
        pb.GetStaffingRequest(forecast_id=forecast.id, shrinkage=1),
        pb.GetStaffingRequest(forecast_id=forecast.id, patience_seconds=-1),
    ):
        refused = await centre.refused("GetStaffing", wrong)
        assert refused.reason.name in ("INVALID", "IMPOSSIBLE_TARGET")
    gone = pb.GetStaffingRequest(forecast_id="fc_none")
    assert (await centre.refused("GetStaffing", gone)).reason.name == "NOT_FOUND"


async def test_shifts_are_edited_by_hand_and_faults_named_at_once(centre: Centre) -> None:
    schedule = await centre.published()
    copied = pb.CopyScheduleRequest(request_id="k1", schedule_id=schedule.id, name="What if")
    copy = (await centre.ask("CopySchedule", copied)).schedule
    assert (await centre.ask("CopySchedule", copied)).schedule.id == copy.id
    assert (copy.state, copy.name, copy.rev) == (pb.SCHEDULE_STATE_READY, "What if", 1)
    mine = (await centre.days("p0"))[0]
    bad = pb.ShiftEdit(person_id="p0", day=mine, pattern="day", start="03:00")
    request = pb.EditScheduleRequest(schedule_id=copy.id, rev=copy.rev, edits=[bad], preview=True)
    shown = (await centre.ask("EditSchedule", request)).schedule
    assert shown.rev == copy.rev
    assert any("is no start of a day shift" in fault for fault in shown.faults)
    request.preview = False
    stored = (await centre.ask("EditSchedule", request)).schedule
    assert stored.rev == copy.rev + 1
    assert list(stored.faults) == list(shown.faults)
    assert (await centre.refused("EditSchedule", request)).reason.name == "STALE"
    publish = pb.PublishScheduleRequest(schedule_id=copy.id, rev=stored.rev)
    assert (await centre.refused("PublishSchedule", publish)).reason.name == "BREAKS_RULES"
    live = pb.EditScheduleRequest(schedule_id=schedule.id, rev=schedule.rev, edits=[bad])
    assert (await centre.refused("EditSchedule", live)).reason.name == "BREAKS_RULES"
    live.edits[0].start = "10:00"
    moved = (await centre.ask("EditSchedule", live)).schedule
    assert not moved.faults
    assert moment((await centre.mine("p0")).shifts[0].start).hour == 10
    locked = pb.ShiftEdit(person_id="p1", day=(await centre.days("p1"))[0], pattern="day", start="09:00", locked=True)
    live = pb.EditScheduleRequest(schedule_id=schedule.id, rev=moved.rev, edits=[locked])
    moved = (await centre.ask("EditSchedule", live)).schedule
    again = pb.StartScheduleRequest(
        request_id="r9", plan_id=schedule.plan_id, keep_schedule_id=schedule.id, only_locked=True
    )
    solved = await centre.solved((await centre.ask("StartSchedule", again)).schedule.id)
    kept = [row for row in plain(solved.document)["shifts"] if row["locked"]]
    assert [(row["person"], row["start"]) for row in kept] == [("p1", f"{locked.day}T09:00Z")]
    assert not (await centre.ask("GetSchedule", pb.GetScheduleRequest(schedule_id=solved.id))).schedule.faults
    await centre.ask("DeleteSchedule", pb.DeleteScheduleRequest(schedule_id=copy.id))
    gone = pb.DeleteScheduleRequest(schedule_id=copy.id)
    assert (await centre.refused("DeleteSchedule", gone)).reason.name == "NOT_FOUND"
    gone = pb.DeleteScheduleRequest(schedule_id=schedule.id)
    assert (await centre.refused("DeleteSchedule", gone)).reason.name == "NOT_READY"


async def test_today_is_told_and_overtime_proposed_and_taken_by_the_first(centre: Centre) -> None:
    schedule = await centre.published()
    plan = await demanded(centre, schedule)
    CLOCK.at = MONDAY + timedelta(hours=12)
    for number in range(60):
        await centre.contact(f"wi_{number}", MONDAY + timedelta(hours=8, minutes=4 * number), talk_s=100)

    async def told() -> pb.GetIntradayResponse | None:
        found: pb.GetIntradayResponse = await centre.ask("GetIntraday", pb.GetIntradayRequest())
        return found if found.seen == 60 and found.service_level == 1 else None

    found = await eventually(told, within=60)
    assert (found.plan_id, found.day, found.formula) == (plan.id, "2026-03-02", "erlang_c")
    assert len(found.intervals) == 48
    assert found.scale < 0.75  # 60 came where 160 were expected
    assert found.intervals[16].actual == pytest.approx(8, abs=1)
    assert found.intervals[30].actual == -1
    assert found.intervals[30].reforecast == pytest.approx(found.intervals[30].forecast * found.scale)
    assert 0 <= found.predicted < 1
    overtime = [one for one in found.advice if one.kind == pb.CHANGE_KIND_OVERTIME]
    assert overtime
    assert all(one.after > one.before for one in overtime)
    people = list(overtime[0].person_ids)
    begin, end = moment(getattr(overtime[0], "from")), moment(overtime[0].to)
    ask = pb.ProposeChangesRequest(
        request_id="o1", kind=pb.CHANGE_KIND_OVERTIME, person_ids=people, wanted=1, note="rush"
    )
    span(ask, begin, end)
    made = (await centre.ask("ProposeChanges", ask)).changes
    assert [one.person_id for one in made] == people
    assert {one.state for one in made} == {pb.CHANGE_STATE_ASKED}
    assert [one.id for one in (await centre.ask("ProposeChanges", ask)).changes] == [one.id for one in made]
    first = made[0]
    yes = pb.AnswerChangeRequest(change_id=first.id, agreed=True)
    assert (await centre.refused("AnswerChange", yes, "nobody", AGENT)).reason.name == "NOT_YOURS"
    before = next(s for s in (await centre.mine(first.person_id)).shifts if s.day == first.day)
    done = (await centre.ask("AnswerChange", yes, first.person_id, AGENT)).change
    assert done.state == pb.CHANGE_STATE_APPROVED
    after = next(s for s in (await centre.mine(first.person_id)).shifts if s.day == first.day)
    assert moment(after.end) - moment(after.start) > moment(before.end) - moment(before.start)
    for other in made[1:]:
        late = pb.AnswerChangeRequest(change_id=other.id, agreed=True)
        assert (await centre.refused("AnswerChange", late, other.person_id, AGENT)).reason.name == "DECIDED"
    wrong = pb.ProposeChangesRequest(request_id="o2", kind=pb.CHANGE_KIND_LEAVE_EARLY, person_ids=["p0"])
    span(wrong, MONDAY + timedelta(days=6, hours=2), MONDAY + timedelta(days=6, hours=3))
    assert (await centre.refused("ProposeChanges", wrong)).reason.name == "NO_SHIFT"


async def test_an_offered_shift_is_taken_and_rules_of_approval_decide_alone(centre: Centre) -> None:
    schedule = await centre.published(days="1-5")
    await demanded(centre, schedule, swaps_alone=True, time_off_alone=True, notice_hours=2)
    CLOCK.at = MONDAY - timedelta(days=1)
    days = {person: set(await centre.days(person)) for person in ("p0", "p1", "p2", "p3")}
    giver, taker, day = next(
        (one, other, day)
        for one in days
        for other in days
        for day in sorted(days[one] - days[other])
        if len(days[other]) < 5 and len(days[one]) > 1
    )
    offer = pb.RequestChangeRequest(request_id="g1", kind=pb.CHANGE_KIND_SWAP, day=day)
    change = (await centre.ask("RequestChange", offer, giver, AGENT)).change
    assert change.state == pb.CHANGE_STATE_ASKED
    seen = (await centre.ask("ListChanges", pb.ListChangesRequest(), taker, AGENT)).changes
    assert [one.id for one in seen] == [change.id]
    assert not (await centre.ask("ListChanges", pb.ListChangesRequest(), "stranger", AGENT)).changes
    take = pb.AnswerChangeRequest(change_id=change.id, agreed=True)
    assert (await centre.refused("AnswerChange", take, "stranger", AGENT)).reason.name == "INVALID"
    taken = (await centre.ask("AnswerChange", take, taker, AGENT)).change
    assert (taken.state, taken.decided_by) == (pb.CHANGE_STATE_APPROVED, "rule:approval")
    assert day in await centre.days(taker)
    assert day not in await centre.days(giver)
    off = pb.RequestChangeRequest(request_id="g2", kind=pb.CHANGE_KIND_TIME_OFF, day=day)
    asked = (await centre.ask("RequestChange", off, taker, AGENT)).change  # two are needed that day
    assert asked.state in (pb.CHANGE_STATE_PENDING, pb.CHANGE_STATE_APPROVED)


async def test_a_calendar_is_subscribed_to_by_a_secret_address(centre: Centre) -> None:
    await centre.published()
    assert not (await centre.ask("GetCalendarLink", pb.GetCalendarLinkRequest(), "p0", AGENT)).HasField("made_at")
    token = (await centre.ask("MakeCalendarLink", pb.MakeCalendarLinkRequest(), "p0", AGENT)).token
    read = pb.ReadCalendarRequest(token=token)
    text = (await centre.ask("ReadCalendar", read, "p1", AGENT)).icalendar
    assert text.count("BEGIN:VEVENT") == len(await centre.days("p0"))
    assert (await centre.ask("GetCalendarLink", pb.GetCalendarLinkRequest(), "p0", AGENT)).HasField("made_at")
    second = (await centre.ask("MakeCalendarLink", pb.MakeCalendarLinkRequest(), "p0", AGENT)).token
    assert (await centre.refused("ReadCalendar", read)).reason.name == "NOT_FOUND"
    await centre.ask("RevokeCalendarLink", pb.RevokeCalendarLinkRequest(), "p0", AGENT)
    await centre.ask("RevokeCalendarLink", pb.RevokeCalendarLinkRequest(), "p0", AGENT)
    for gone in (second, "", "x"):
        assert (await centre.refused("ReadCalendar", pb.ReadCalendarRequest(token=gone))).reason.name == "NOT_FOUND"


async def test_wishes_are_kept_by_the_next_schedule(centre: Centre) -> None:
    schedule = await centre.published()
    wanted = pb.Preferences(prefers_start="10:00", free_weekdays=[1, 2])
    put = pb.PutMyPreferencesRequest(preferences=wanted)
    await centre.ask("PutMyPreferences", put, "p3", AGENT)
    got = (await centre.ask("GetMyPreferences", pb.GetMyPreferencesRequest(), "p3", AGENT)).preferences
    assert got == wanted
    bad = pb.PutMyPreferencesRequest(preferences=pb.Preferences(prefers_start="ten"))
    assert (await centre.refused("PutMyPreferences", bad, "p3", AGENT)).reason.name == "INVALID"
    again = pb.StartScheduleRequest(request_id="w1", plan_id=schedule.plan_id)
    solved = await centre.solved((await centre.ask("StartSchedule", again)).schedule.id)
    person = next(one for one in plain(solved.document)["people"] if one["id"] == "p3")
    assert person["wants_free"] == ["2026-03-02", "2026-03-03"]
    worked = {row["start"][:10] for row in plain(solved.document)["shifts"] if row["person"] == "p3"}
    assert not worked & {"2026-03-02", "2026-03-03"}


async def test_two_teams_are_published_side_by_side(centre: Centre) -> None:
    await centre.published()
    other = content(0, person=[{"id": f"q{number}", "days": "3-5"} for number in range(3)])
    plan = pb.Plan(name="Other team")
    plan.content.update(other)
    stored = (await centre.ask("PutPlan", pb.PutPlanRequest(plan=plan))).plan
    started = await centre.ask("StartSchedule", pb.StartScheduleRequest(request_id="t2", plan_id=stored.id))
    ready = await centre.solved(started.schedule.id)
    await centre.ask("PublishSchedule", pb.PublishScheduleRequest(schedule_id=ready.id, rev=ready.rev))
    assert await centre.days("q0")
    assert await centre.days("p0")


@pytest.mark.clause("D05")
async def test_productivity_and_shrinkage_are_measured_from_facts(centre: Centre) -> None:
    await centre.published()
    shift = (await centre.mine("p0")).shifts[0]
    start, lunch, end = moment(shift.start), shift.breaks[0], moment(shift.end)
    await centre.agent("p0", start, acd_pb2.AGENT_STATE_READY)
    await centre.agent("p0", moment(lunch.start), acd_pb2.AGENT_STATE_NOT_READY, "lunch")
    await centre.agent("p0", moment(lunch.end), acd_pb2.AGENT_STATE_READY)
    await centre.agent("p0", end - timedelta(hours=1), acd_pb2.AGENT_STATE_NOT_READY, "doctor")
    for number in range(6):
        await centre.contact(f"wi_{number}", start + timedelta(minutes=20 * number), talk_s=600, agent="p0")
    CLOCK.at = end
    asked = span(pb.GetProductivityRequest(), start, end)

    async def measured() -> pb.Productivity | None:
        people = (await centre.ask("GetProductivity", asked)).people
        found = next((one for one in people if one.person_id == "p0"), None)
        whole = found and found.contacts == 6 and found.handled_minutes == pytest.approx(60)
        return found if found and whole and found.worked_minutes == pytest.approx(420) else None

    found = await eventually(measured, within=60)
    assert found.aht_seconds == pytest.approx(600)
    assert found.occupancy == pytest.approx(60 / 420)
    assert found.contacts_per_hour == pytest.approx(6 / 7)
    assert found.adherence == pytest.approx(450 / 510)
    lost = await centre.ask("GetShrinkage", span(pb.GetShrinkageRequest(), start, end))
    by = {part.what: part.minutes for part in lost.parts}
    assert by["pause: doctor"] == pytest.approx(60)
    assert by["break: lunch"] >= 30
    assert lost.shrinkage == pytest.approx(sum(by.values()) / lost.planned_minutes)
    wrong = span(pb.GetProductivityRequest(), end, start)
    assert (await centre.refused("GetProductivity", wrong)).reason.name == "INVALID"
