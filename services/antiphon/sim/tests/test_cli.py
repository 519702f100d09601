"""`antiphon simulate` as people and programs call it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from antiphon.sim.cli import app

pytestmark = pytest.mark.domain


def simulate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["simulate", *arguments], env={"COLUMNS": "160"})


def test_json_has_a_line_for_each_queue_and_one_for_the_speed() -> None:
    result = simulate("voice_80_20", "--replications", "2", "--json")
    assert result.exit_code == 0
    support, speed = map(json.loads, result.stdout.splitlines())
    assert support["queue"] == "Support"
    assert support["service_level_low"] <= support["service_level"] <= support["service_level_high"]
    assert support["offered"] == pytest.approx(support["answered"] + support["abandoned"] + support["unserved"])
    assert speed["contacts"] == 2 * support["offered"]


def test_the_table_states_the_formula() -> None:
    result = simulate("overload", "--replications", "1")
    assert result.exit_code == 0
    assert "Faults" in result.stdout
    assert "÷ offered" in result.stdout.replace("\n", " ")


def test_strategies_and_a_report(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    result = simulate(
        "voice_80_20", "--replications", "2", "--compare", "longest_idle, round_robin", "--html", str(report)
    )
    assert result.exit_code == 0
    assert "round_robin" in result.stdout
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")


LINE = """
lasts = "10h"
[[queue]]
name = "q"
[[demand]]
name = "calls"
queue = "q"
rate = 200
handling = { shape = "exponential", mean = "3m" }
[[team]]
name = "team"
agents = 12
queues = ["q"]
"""


def test_the_lean_path(tmp_path: Path) -> None:
    file = tmp_path / "line.toml"
    file.write_text(LINE)
    lean, full = (
        json.loads(simulate(str(file), "--json", "--replications", "2", *more).stdout.splitlines()[0])
        for more in (["--lean"], [])
    )
    for name in ("offered", "answered", "service_level", "asa_s", "aht_s"):
        assert lean[name] == pytest.approx(full[name])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Which scenario"),
        (["nowhere.toml"], "cannot be read"),
        (["voice_80_20", "--compare", "fastest"], "is no strategy"),
        (["blended", "--lean"], "leave --lean out"),
        (["voice_80_20", "--lean", "--compare", "round_robin"], "leave it out"),
        (["voice_80_20", "--html", "/nowhere/at/all.html"], "there is no folder"),
    ],
)
def test_bad_orders_are_refused_before_time_is_spent(arguments: list[str], told: str) -> None:
    result = simulate(*arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
