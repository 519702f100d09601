"""Schedules keep every rule by the independent checker; contradictions are named; faults are noticed."""

import copy
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from antiphon.wfm.app import planfile, scheduling
from antiphon.wfm.app.covering import cover
from antiphon.wfm.app.program import Effort, Step
from antiphon.wfm.app.rostering import roster
from antiphon.wfm.check import check
from antiphon.wfm.cli import app
from antiphon.wfm.domain.labour import in_force
from antiphon.wfm.domain.plan import Plan
from antiphon.wfm.domain.reasons import Reason, Refusal

pytestmark = pytest.mark.domain

EFFORT = Effort(seconds=60, gap=0.01)
LUNCH = {"name": "lunch", "minutes": 30, "between": [210, 300]}
PAUSE = {"name": "pause", "minutes": 15, "between": [60, 150], "paid": True}


def plan_file(**changes: Any) -> dict[str, Any]:
    shift = {"name": "day", "from": "07:00", "to": "13:00", "every": 60, "length": 510, "break": [PAUSE, LUNCH]}
    usual = {"from": date(2026, 3, 2), "days": 7, "zone": "Europe/Kyiv", "country": "RU", "shift": [shift]}
    return usual | changes


def need(days: int = 7, most: float = 5, first: int = 2, hours: tuple[int, int] = (7, 21)) -> list[dict[str, Any]]:
    rows = []
    for day in range(days):
        for slot in range(hours[0] * 2, hours[1] * 2):
            wanted = most * (0.5 if day % 7 > 4 else 1) * (0.6 + 0.4 * np.sin((slot - 14) / 28 * np.pi))
            rows.append(
                {"start": f"2026-03-{first + day:02d}T{slot // 2:02d}:{slot % 2 * 30:02d}", "agents": round(wanted)}
            )
    return rows


def people(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [{"id": f"p{number}", "days": "5", "cost_per_hour": 1000} | changes for number in range(count)]


def solved(plan: Plan) -> dict[str, Any]:
    return scheduling.document(scheduling.solve(plan, EFFORT, EFFORT), "Europe/Kyiv")


def test_a_week_is_covered_and_keeps_the_rules() -> None:
    made = solved(planfile.build(plan_file(), need(), people(12)))
    assert check(made) == []
    assert made["summary"]["shifts"] == 60
    assert made["summary"]["missing_h"] <= 0.05 * made["summary"]["needed_h"]
    assert made["summary"]["cover_gap"] <= 0.01
    assert made["summary"]["cost"] == 60 * 8 * 1000  # 480 paid minutes each, no nights


def test_preferences_time_off_and_locks_are_seen() -> None:
    rows = people(12)
    rows[0] |= {"away": "2026-03-02..2026-03-04", "prefers_start": "13:00"}
    rows[1] |= {"wants_free": "2026-03-05", "earliest": "09:00", "latest_end": "20:00"}
    rows[2] |= {"days": "3", "free_since": "2026-03-02T01:00", "days_running": "4"}
    locked = [
        {"person": "p3", "date": date(2026, 3, 7), "shift": "day", "start": "07:00", "why": "promised"},
        {"person": "p4", "date": date(2026, 3, 3), "from": "14:00", "minutes": 60, "why": "training"},
    ]
    made = solved(planfile.build(plan_file(locked=locked), need(), rows))
    assert check(made) == []
    by_person: dict[str, list[str]] = {}
    for shift in made["shifts"]:
        by_person.setdefault(shift["person"], []).append(shift["start"])
    assert len(by_person["p0"]) == 2
    assert not any(start.startswith("2026-03-05") for start in by_person["p1"])
    assert "2026-03-07T05:00Z" in by_person["p3"]
    (held,) = [one for shift in made["shifts"] for one in shift["breaks"] if one.get("meeting")]
    assert (held["name"], held["start"], held["end"]) == ("training", "2026-03-03T12:00Z", "2026-03-03T13:00Z")
    strange = copy.deepcopy(made)
    next(one for shift in strange["shifts"] for one in shift["breaks"] if one.get("meeting"))["name"] = "party"
    assert any("was not asked for" in fault for fault in check(strange))
    assert made["summary"]["wishes_kept"] == 1.0


def test_nights_and_the_clock_change() -> None:
    """Shifts of 22 to 6 over the night of 29 March, which is an hour short in Kyiv: rests are real hours."""
    shift = {"name": "night", "from": "22:00", "length": 480, "break": [LUNCH | {"between": [180, 300]}]}
    day = {"name": "day", "from": "07:00", "to": "14:00", "every": 60, "length": 480, "break": [LUNCH]}
    file = plan_file(shift=[shift, day], days=14) | {"from": date(2026, 3, 23)}
    rows = [
        {"start": f"2026-03-{d:02d}T{hour:02d}:00", "agents": 1 if hour < 7 else 2}
        for d in range(23, 32)
        for hour in range(24)
        if (d, hour) != (29, 3)
    ]
    made = solved(planfile.build(file | {"interval": 60}, rows, people(12, days="4-5")))
    assert check(made) == []
    assert made["summary"]["cost"] > len(made["shifts"]) * 7.5 * 1000  # nights cost a fifth more


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_asked_the_checker_agrees_or_a_reason_is_given(data: st.DataObject) -> None:
    rows = []
    for number in range(data.draw(st.integers(1, 4))):
        least = data.draw(st.integers(0, 6))
        rows.append(
            {
                "id": f"p{number}",
                "days": f"{least}-{data.draw(st.integers(least, 7))}",
                "earliest": f"{data.draw(st.integers(0, 12)):02d}:00",
                "away": [f"2026-03-{d:02d}" for d in data.draw(st.sets(st.integers(2, 15), max_size=4))],
                "days_running": data.draw(st.integers(0, 6)),
            }
        )
    file = plan_file(days=data.draw(st.integers(1, 9)), country=data.draw(st.sampled_from(["RU", "UA", ""])))
    plan = planfile.build(file, need(7, 3), rows)
    try:
        rough = Effort(seconds=60, gap=0.3)
        faults = check(scheduling.document(scheduling.solve(plan, rough, rough), "Europe/Kyiv"))
    except Refusal as refused:
        faults = [] if refused.reason is Reason.INFEASIBLE and refused.facts["rules"] else [str(refused)]
    assert faults == []


def test_contradictory_rules_are_named() -> None:
    rows = people(3)
    rows[1] |= {"days": "7"}
    with pytest.raises(Refusal) as refused:
        solved(planfile.build(plan_file(), need(), rows))
    assert refused.value.reason is Reason.INFEASIBLE
    assert "p1: days a week (at least 7) against" in refused.value.message
    assert "p0" not in refused.value.message
    assert set(refused.value.facts["rules"].split(", ")) & {"weekly rest", "hours a week", "days running"}


def test_a_locked_shift_in_the_time_off_is_named() -> None:
    rows = people(2)
    rows[0] |= {"away": "2026-03-03"}
    locked = [{"person": "p0", "date": date(2026, 3, 3), "shift": "day", "start": "07:00", "why": "promised"}]
    with pytest.raises(Refusal, match=r"p0: time off \(2026-03-03\) against locked \(2026-03-03: promised\)"):
        solved(planfile.build(plan_file(locked=locked), need(), rows))


def test_an_earlier_schedule_is_kept() -> None:
    plan = planfile.build(plan_file(), need(), people(6))
    before = solved(plan)
    mine = [shift for shift in before["shifts"] if shift["person"] in ("p0", "p1")]
    busier = replace(plan, required=plan.required + 1)
    after = solved(scheduling.keep(busier, before, ["p0", "p1"]))
    assert check(after) == []
    assert [(s["person"], s["start"]) for s in after["shifts"] if s["person"] in ("p0", "p1")] == [
        (s["person"], s["start"]) for s in mine
    ]


def test_progress_is_told_and_solving_stops_on_request() -> None:
    plan = planfile.build(plan_file(days=7), need(7, 10), people(16))
    steps: list[Step] = []
    counted = cover(plan, replace(EFFORT, watch=steps.append))
    assert steps
    assert steps[-1].phase == "covering"
    assert counted.solved.values is not None
    stopped = roster(plan, counted, replace(EFFORT, stop=lambda: True))
    assert stopped.taken is None or stopped.solved.stopped
    with pytest.raises(Refusal) as refused:
        scheduling.solve(plan, EFFORT, replace(EFFORT, seconds=0.001))
    assert refused.value.reason is Reason.CANCELLED


def _move(made: dict[str, Any], **changes: Any) -> dict[str, Any]:
    broken = copy.deepcopy(made)
    broken["shifts"][0] |= changes
    return broken


def test_the_checker_notices_what_is_broken() -> None:
    made = solved(planfile.build(plan_file(), need(), people(4)))
    first, second = made["shifts"][:2]
    rules = {fault.partition(":")[0] for fault in check(_move(made, start=second["start"], end=second["end"]))}
    assert {"one shift a day", "rest", "breaks"} <= rules
    late = _move(made, breaks=[{**first["breaks"][0], "start": first["end"]}, first["breaks"][1]])
    assert any(fault.startswith("breaks") for fault in check(late))
    away = copy.deepcopy(made)
    away["people"][0]["away"] = [first["start"][:10]]
    assert any(fault.startswith("time off") for fault in check(away))
    fewer = copy.deepcopy(made)
    fewer["shifts"].pop()
    assert {"days a week", "presence"} <= {fault.partition(":")[0] for fault in check(fewer)}
    strict = copy.deepcopy(made)
    strict["rules"] |= {
        "daily_rest_h": 20,
        "weekly_rest_h": 100,
        "max_week_h": 10,
        "max_days_running": 1,
        "max_day_h": 1,
    }
    assert {"rest", "weekly rest", "hours a week", "days running", "hours a day"} <= {
        fault.partition(":")[0] for fault in check(strict)
    }
    hungry = copy.deepcopy(made)
    hungry["rules"]["meal_min"] = 60
    assert any("no meal" in fault for fault in check(hungry))
    lied = copy.deepcopy(made)
    lied["need"][0]["there"] += 1
    assert any(fault.startswith("presence") for fault in check(lied))
    stranger = _move(made, person="nobody")
    assert any("unknown" in fault for fault in check(stranger))


BAD = [
    ({"shift": []}, "at least one kind of shift"),
    ({"days": 100}, "at most 62 days"),
    ({"interval": 7}, "divisor of 60"),
    ({"country": "XX"}, "no labour rules"),
    ({"rules": {"daily_rest": 1}}, "rules.daily_rest: unknown"),
    ({"rules": {"daily_rest_h": -1}}, "not negative"),
    ({"shift": [{"name": "long", "from": "08:00", "length": 600}]}, "needs a break of 30 min"),
    ({"shift": [{"name": "x", "from": "8", "length": 60}]}, "a time of day"),
    ({"shift": [{"name": "x", "from": "08:00", "length": 60, "break": [LUNCH]}]}, "within the shift"),
    ({"shift": [{"name": "x", "from": "08:00", "length": 510, "break": [LUNCH, LUNCH]}]}, "windows apart"),
    ({"locked": [{"person": "ghost", "date": "2026-03-02"}]}, "no person `ghost`"),
    ({"locked": [{"person": "p0", "date": "2026-04-02", "from": "08:00", "minutes": 1}]}, "not in the plan"),
]


@pytest.mark.parametrize(("change", "words"), BAD)
def test_bad_plans_are_refused_by_name(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        planfile.build(plan_file(**change), need(), people(2))


def test_an_unknown_word_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("colour = 1")
    with pytest.raises(Refusal, match="colour"):
        planfile.load(tmp_path / "plan.toml")


@pytest.mark.parametrize(
    "rows",
    [[], [{"id": ""}], [{"id": "a"}, {"id": "a"}], [{"id": "a", "days": "8"}], [{"id": "a", "shifts": "moon"}]],
)
def test_bad_people_are_refused(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(Refusal):
        planfile.build(plan_file(), need(), rows)
    with pytest.raises(Refusal, match="no interval lies"):
        planfile.build(plan_file(), [{"start": "2020-01-01T00:00", "agents": 1}], people(1))


def test_rules_have_dates() -> None:
    assert in_force("UA", date(2020, 1, 1)).weekly_rest_h == 42
    assert in_force("UA", date(2026, 1, 1)).weekly_rest_h == 24
    assert in_force("RU", date(2026, 1, 1), {"weekly_rest_h": 48}).weekly_rest_h == 48
    with pytest.raises(Refusal):
        in_force("RU", date(1990, 1, 1))


PLAN = """
zone = "Europe/Moscow"
country = "RU"
from = 2026-03-02
need = "need.csv"
people = "people.csv"
[[shift]]
name = "day"
from = "08:00"
to = "12:00"
every = 60
length = 510
break = [{ name = "lunch", minutes = 30, between = [210, 300] }]
"""


def test_the_command(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN)
    rows = need(hours=(8, 20), most=3)
    (tmp_path / "need.csv").write_text("start,agents\n" + "\n".join(f"{r['start']},{r['agents']}" for r in rows))
    (tmp_path / "people.csv").write_text("id,days,prefers_start\n" + "\n".join(f"p{n},5,08:00" for n in range(6)))
    for suffix in ("json", "csv", "ics"):
        out = tmp_path / f"out.{suffix}"
        run = CliRunner().invoke(app, ["schedule", str(plan), "--out", str(out), "--json"])
        assert run.exit_code == 0, run.output
        assert out.stat().st_size > 100
    assert json.loads(run.stdout)["shifts"] == 30
    text = (tmp_path / "out.ics").read_bytes()
    assert text.count(b"BEGIN:VEVENT") == 30
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert CliRunner().invoke(app, ["check", str(tmp_path / "out.json")]).exit_code == 0
    again = CliRunner().invoke(app, ["schedule", str(plan), "--keep", str(tmp_path / "out.json"), "--json"])
    assert again.exit_code == 0
    assert {(s["person"], s["start"]) for s in json.loads(again.stdout)["shifts"]} == {
        (s["person"], s["start"]) for s in json.loads((tmp_path / "out.json").read_text())["shifts"]
    }
    (tmp_path / "people.csv").write_text("id,days\np0,7\n")
    run = CliRunner().invoke(app, ["schedule", str(plan)])
    assert run.exit_code == 2
    assert "days a week (at least 7) against" in " ".join(run.output.split())
    (tmp_path / "broken.json").write_text("{}")
    assert CliRunner().invoke(app, ["check", str(tmp_path / "broken.json")]).exit_code == 2
    assert CliRunner().invoke(app, ["schedule-format"]).exit_code == 0


def test_on_the_day_the_clocks_change_shifts_begin_when_the_clock_says_so() -> None:
    for first, at_seven in ((date(2026, 3, 29), "04:00"), (date(2026, 10, 25), "05:00"), (date(2026, 3, 28), "05:00")):
        plan = planfile.build(
            plan_file(**{"from": first, "days": 1, "rules": {"weekly_rest_h": 0}}),
            [{"start": f"{first}T12:00", "agents": 1}],
            people(1, days="7"),
        )
        assert plan.shifts[0][0].begins == 420
        made = solved(plan)
        assert check(made) == []
        starts = [scheduling.Clock(plan, "Europe/Kyiv")(shift.start)[11:16] for shift in plan.shifts[0]]
        assert starts[0] == at_seven
