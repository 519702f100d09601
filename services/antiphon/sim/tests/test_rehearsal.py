"""What was forecast, staffed and scheduled answers 80 % within 20 s, lived through with the real ACD core."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from antiphon.sim.cli import app
from antiphon.sim.loading import parse
from antiphon.sim.rehearsal import Rehearsal, Stage, above, needed, rehearse
from antiphon.wfm.app import planfile
from antiphon.wfm.app.program import Effort
from antiphon.wfm.app.scenario import Channel, Work, day_scenario, demand_of
from antiphon.wfm.check import check
from antiphon.wfm.cli import app as wfm
from antiphon.wfm.domain.plan import Plan
from antiphon.wfm.domain.reasons import Refusal

pytestmark = pytest.mark.domain

DAY = date(2026, 3, 2)
ZONE = "Europe/Kyiv"
STAGE = Stage(ZONE, replications=10, effort=Effort(seconds=60, gap=0.02))


def work(peak: float, aht_s: float, days: int = 1) -> dict[str, Work]:
    """A day with one hump, 8 to 20."""
    found = {}
    for day in range(days):
        for slot in range(16, 40):
            contacts = peak * (0.6 + 0.4 * float(np.sin((slot - 16) / 24 * np.pi)))
            found[f"2026-03-{2 + day:02d}T{slot // 2:02d}:{slot % 2 * 30:02d}"] = (contacts, aht_s)
    return found


def plan(people: int, days: int = 1) -> Plan:
    lunch = {"name": "lunch", "minutes": 30, "between": [120, 240]}
    shift = {"name": "day", "from": "08:00", "to": "14:00", "every": 30, "length": 360, "break": [lunch]}
    file: dict[str, Any] = {"from": DAY, "days": days, "zone": ZONE, "shift": [shift]}
    rows = [{"id": f"p{number}", "days": "0-5"} for number in range(people)]
    return planfile.build(file, [{"start": f"{DAY}T12:00", "agents": 1}], rows)


def test_a_scheduled_day_answers_what_was_promised() -> None:
    demand = {"voice": work(80, 200)}
    rounds: list[Rehearsal] = []
    found = rehearse(plan(40), demand, [Channel(patience_s=180)], STAGE, rounds.append)
    assert check(found.schedule) == []
    assert abs(found.level - 0.8) <= 0.02, [(r.scale, r.level) for r in rounds]


def test_a_blend_of_calls_and_chats_too() -> None:
    demand = {"voice": work(50, 200), "chat": work(40, 480)}
    channels = [Channel(patience_s=180), Channel("chat", 0.8, 60, 300, at_once=3)]
    rounds: list[Rehearsal] = []
    found = rehearse(plan(60), demand, channels, STAGE, rounds.append)
    assert check(found.schedule) == []
    assert abs(above(found, channels)) <= 0.02, [(r.scale, r.levels) for r in rounds]
    assert found.levels.keys() == {"voice", "chat"}


def test_the_need_is_fractional_and_pooled() -> None:
    base = plan(2)
    alone = needed(base, {"voice": work(100, 180)}, [Channel()], ZONE)
    both = needed(base, {"voice": work(100, 180), "chat": work(30, 540)}, [Channel(), Channel("chat", at_once=3)], ZONE)
    assert alone[:16].sum() == 0
    assert (both >= alone).all()
    assert 0 < alone[24] - int(alone[24]) < 1
    peak = float(alone.max())
    assert 13 < peak < 14  # a hundred calls of three minutes need fourteen whole agents


def test_nights_are_cut_at_midnight_and_an_empty_day_is_refused() -> None:
    made = {
        "zone": ZONE,
        "interval_min": 30,
        "shifts": [
            {"person": "a", "start": "2026-03-01T20:00Z", "end": "2026-03-02T04:00Z", "breaks": []},
            {"person": "b", "start": "2026-03-02T20:00Z", "end": "2026-03-03T04:00Z", "breaks": []},
        ],
    }
    scenario = parse(day_scenario(made, {"voice": work(10, 100)}, DAY, [Channel()]))
    assert [team.shifts[0].from_ms // 3_600_000 for team in scenario.teams] == [0, 22]
    assert [team.shifts[0].to_ms // 3_600_000 for team in scenario.teams] == [6, 24]
    with pytest.raises(Refusal, match="nobody is scheduled"):
        day_scenario(made, {}, date(2026, 4, 1), [Channel()])


def test_a_forecast_becomes_demand() -> None:
    rows = [
        {"start": "2026-03-02T08:00", "queue": "Help/chat", "contacts": "3", "aht_s": "400"},
        {"start": "2026-03-02T08:00", "contacts": "5", "aht": "200"},
    ]
    assert demand_of(rows) == {"chat": {"2026-03-02T08:00": (3, 400)}, "voice": {"2026-03-02T08:00": (5, 200)}}
    with pytest.raises(Refusal, match="line 2"):
        demand_of([{"start": "2026-03-02T08:00"}])


def test_the_commands(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(
        f'zone = "{ZONE}"\nfrom = {DAY}\ndays = 1\n[[shift]]\nname = "day"\nfrom = "08:00"\nto = "14:00"\n'
        "length = 360\n"
        'break = [{ name = "lunch", minutes = 30, between = [120, 240] }]\n'
        + "".join(f'[[person]]\nid = "p{number}"\ndays = "0-5"\n' for number in range(20))
    )
    rows = "".join(f"{start},{contacts},{aht}\n" for start, (contacts, aht) in work(20, 200).items())
    (tmp_path / "forecast.csv").write_text("start,contacts,aht_s\n" + rows)
    files = [str(tmp_path / name) for name in ("plan.toml", "forecast.csv")]
    out = tmp_path / "schedule.json"
    run = CliRunner().invoke(app, ["rehearse", *files, "--replications", "2", "--out", str(out), "--json"])
    assert run.exit_code == 0, run.output
    assert 0.5 < json.loads(run.output.splitlines()[-1])["level"] <= 1
    day = tmp_path / "day.toml"
    run = CliRunner().invoke(wfm, ["scenario", str(out), files[1], str(DAY), "--out", str(day)])
    assert run.exit_code == 0, run.output
    assert CliRunner().invoke(app, ["simulate", str(day), "--replications", "1", "--json"]).exit_code == 0
    assert CliRunner().invoke(app, ["rehearse", files[0], files[0]]).exit_code == 2
