"""Days in fast-forward: repeatable, honest about what they count, and what the command says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from antiphon.dialer.cli import app
from antiphon.dialer.domain.floor import Decision, Floor, Mode
from antiphon.dialer.domain.learning import Learned
from antiphon.dialer.domain.pacing import State, decide
from antiphon.dialer.simulation.reckoning import Summary, figure
from antiphon.dialer.simulation.shift import Shift
from antiphon.dialer.simulation.study import Case, Run, simulate
from antiphon.dialer.simulation.world import SHIFT, People, World

pytestmark = pytest.mark.domain


def predictive(floor: Floor, learned: Learned, now: float) -> Decision:
    return decide(State(Mode.PREDICTIVE, floor, learned), now)


def test_the_same_seed_is_the_same_day_and_another_is_another() -> None:
    first, again, other = (Shift(10, People(World(), seed), predictive).run(600) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_progressive_abandons_nobody() -> None:
    run = simulate(Case("progressive", 10, 3, World()))
    assert run.outcome.abandoned == 0
    assert run.outcome.answered > 1000
    assert 0.5 < run.outcome.utilization < 0.65


@pytest.mark.clause("E03")
def test_predictive_keeps_agents_far_busier_and_the_law() -> None:
    outcome = Shift(25, People(World(), 11), predictive).run(3600)
    assert outcome.busy_seconds / (25 * 3600) > 0.8
    assert outcome.abandon_rate < 0.04  # of the first hour; the day comes to less than 3 %


def test_agents_talk_to_one_person_at_a_time_and_nobody_is_forgotten() -> None:
    shift = Shift(12, People(World(), 5), predictive)
    outcome = shift.run(900)
    assert shift.idle + len(shift.talking) + len(shift.wrapping) == 12
    assert outcome.answered == shift.learned.tally.answered + len(shift.waiting)
    assert outcome.abandoned == shift.learned.tally.abandoned


def test_people_answer_as_often_as_the_world_says() -> None:
    people = People(World(answers=0.10), 1)
    humans = sum(people.dial(second % SHIFT)[0] for second in range(40_000))
    assert humans / 40_000 == pytest.approx(0.10, abs=0.01)


def test_a_shock_is_a_third_of_the_answers_and_back() -> None:
    plain, shocked = World(), World(shock=True)
    assert shocked.answers_at(4 * 3600) == pytest.approx(plain.answers_at(4 * 3600) / 3)
    assert shocked.answers_at(5 * 3600) == plain.answers_at(5 * 3600)


def test_a_summary_says_which_goal_was_missed() -> None:
    run = simulate(Case("progressive", 10, 3, World()))
    assert "utilisation under 80.0%" in Summary("predictive", [Run("predictive", 10, 3, World(), run.outcome)]).verdict
    assert figure([1.0, 2.0, 3.0]).half == pytest.approx(2.484, abs=0.001)


def test_the_command_prints_one_object_a_run_and_a_page(tmp_path: Path) -> None:
    page = tmp_path / "days.html"
    options = ["simulate", "--agents", "5", "--seeds", "4..5", "--policy", "progressive", "--html", str(page)]
    found = CliRunner().invoke(app, [*options, "--json"])
    rows = [json.loads(line) for line in found.stdout.splitlines()]
    assert [(row["policy"], row["seed"]) for row in rows] == [("progressive", seed) for seed in (4, 5)]
    assert all(set(row) >= {"policy", "agents", "seed", "utilization", "abandon_rate"} for row in rows)
    assert page.read_text().count("<circle") == 2
    assert "days ≤ 3 %" in CliRunner().invoke(app, ["simulate", "--agents", "5", "--policy", "progressive"]).stdout


@pytest.mark.parametrize(
    "options", [["--seeds", "5"], ["--seeds", "9..3"], ["--seed", "1", "--seeds", "1..2"], ["--policy", "magic"]]
)
def test_nonsense_is_refused_in_words(options: list[str]) -> None:
    found = CliRunner().invoke(app, ["simulate", *options])
    assert found.exit_code == 2
