"""`antiphon wfm forecast`: files in all shapes, time zones and days of 23 and 25 hours."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from antiphon.wfm.app.forecasting import Order, changes_of, histories
from antiphon.wfm.app.histories import holidays_of, read, special_days
from antiphon.wfm.app.intervals import table
from antiphon.wfm.cli import app
from antiphon.wfm.domain.history import Days
from antiphon.wfm.domain.reasons import Refusal
from antiphon.wfm.tests.process import made

pytestmark = pytest.mark.domain


def csv_of(days: Days, queue: str = "Support") -> str:
    lines = ["start,queue,contacts,aht_s"]
    for day, row in zip(days.dates, days.counts, strict=True):
        for slot in np.flatnonzero(~np.isnan(row)):
            lines.append(f"{day}T{slot // 2:02d}:{slot % 2 * 30:02d},{queue},{row[slot]:.0f},{180 + slot}")
    return "\n".join(lines) + "\n"


def test_the_command_forecasts_every_queue(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text(csv_of(made(84)) + "\n".join(csv_of(made(9), "New").splitlines()[1:]) + "\n")
    run = CliRunner().invoke(app, ["forecast", str(file), "--days", "7", "--json", "--country", "UA"])
    assert run.exit_code == 1  # one of the queues is too young
    rows = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    summary = next(row for row in rows if "wape" in row)
    assert summary["queue"] == "Support"
    assert 0 < summary["wape"] < summary["naive_wape"]
    assert next(row for row in rows if "error" in row)["error"]["reason"] == "TOO_LITTLE_HISTORY"
    assert {"start", "contacts", "base", "low", "high", "aht_s"} <= rows[0].keys()


@pytest.mark.parametrize("suffix", ["csv", "json", "html"])
def test_what_is_written(tmp_path: Path, suffix: str) -> None:
    file, out = tmp_path / "history.csv", tmp_path / f"out.{suffix}"
    file.write_text(csv_of(made(60), "A & <B>"))
    run = CliRunner().invoke(app, ["forecast", str(file), "--days", "7", "--out", str(out)])
    assert run.exit_code == 0, run.output
    text = out.read_text()
    assert {"csv": "queue,start", "json": "[{", "html": "A &amp; &lt;B&gt;"}[suffix] in text
    assert "<script" not in text


def test_what_it_writes_it_can_staff(tmp_path: Path) -> None:
    file, out = tmp_path / "history.csv", tmp_path / "out.csv"
    file.write_text(csv_of(made(60)))
    assert CliRunner().invoke(app, ["forecast", str(file), "--days", "7", "--out", str(out)]).exit_code == 0
    run = CliRunner().invoke(app, ["staff", str(out), "--json"])
    assert run.exit_code == 0, run.output
    assert all(json.loads(line)["agents"] > 0 for line in run.stdout.splitlines())


def test_today_moves_the_rest(tmp_path: Path) -> None:
    days = made(60)
    past, day = days.until(date(2023, 3, 1)), date(2023, 3, 1)
    file, today = tmp_path / "history.csv", tmp_path / "today.csv"
    file.write_text(csv_of(past))
    today.write_text(csv_of(Days((day,), days.counts[days.dates.index(day)][None] * 2, {})))
    run = CliRunner().invoke(
        app, ["forecast", str(file), "--days", "1", "--today", str(today), "--at", "13:00", "--json"]
    )
    assert run.exit_code == 0, run.output
    summary = json.loads(run.stdout.splitlines()[-1])
    assert summary["today_scale"] > 1.3


def test_offsets_become_local_and_the_doubled_hour_is_added_up() -> None:
    begin = datetime.fromisoformat("2026-10-24T22:00:00+00:00")  # Kyiv falls back on 25 October at 01:00 UTC
    rows = table(
        "start,contacts\n" + "\n".join(f"{(begin + timedelta(minutes=30 * n)).isoformat()},10" for n in range(10))
    )
    (one,) = read(rows, 30, "Europe/Kyiv", {})
    assert one.days.dates == (date(2026, 10, 25),)
    assert one.days.counts[0, 2:10].tolist() == [10, 10, 10, 10, 20, 20, 10, 10]
    begin = datetime.fromisoformat("2026-03-28T23:00:00+00:00")  # and springs forward on 29 March at 01:00 UTC
    rows = table(
        "start,contacts\n" + "\n".join(f"{(begin + timedelta(minutes=30 * n)).isoformat()},10" for n in range(6))
    )
    (one,) = read(rows, 30, "Europe/Kyiv", {})
    assert one.days.counts[0, 2:10].tolist() == [10, 10, 10, 10, 0, 0, 10, 10]


def test_bad_files_say_what_is_wrong_and_where(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"line 3: interval_start|line 3: start"):
        read(table("start,contacts\n2026-01-01T00:00,1\nyesterday,2\n"), 30, "UTC", {})
    with pytest.raises(Refusal, match="line 2: contacts"):
        read(table("start,contacts\n2026-01-01T00:00,-1\n"), 30, "UTC", {})
    with pytest.raises(Refusal, match="time zone"):
        read(table("start,contacts\n2026-01-01T00:00,1\n"), 30, "Mars", {})
    with pytest.raises(Refusal, match="ten years"):
        read(table("start,contacts\n1026-01-01T00:00,1\n2026-01-01T00:00,1\n"), 30, "UTC", {})
    with pytest.raises(Refusal, match="days"):
        Order(horizon=0)
    with pytest.raises(Refusal, match="no calendar"):
        holidays_of("XX", [2026])
    with pytest.raises(Refusal, match="date"):
        special_days([{"date": "tomorrow"}])
    empty = tmp_path / "empty.csv"
    empty.write_text("start,contacts\n")
    assert CliRunner().invoke(app, ["forecast", str(empty)]).exit_code == 2


@pytest.mark.parametrize(
    ("country", "day"), [("RU", date(2026, 1, 7)), ("UA", date(2026, 8, 24)), ("US", date(2026, 7, 4))]
)
def test_countries(country: str, day: date) -> None:
    assert day in holidays_of(country, [2026])


def test_own_days_and_changes_are_read() -> None:
    rows = table(csv_of(made(20)))
    (one,) = histories(rows, Order(own_days={date(2023, 1, 20): "campaign"}))
    assert one.days.special[date(2023, 1, 20)] == "campaign"
    assert one.has_aht
    changes = changes_of(table("date,from,to,factor,reason\n2023-02-01,10:00,12:00,1.2,news\n"), 30)
    assert (changes[""][0].first, changes[""][0].last, changes[""][0].factor) == (20, 24, 1.2)
    with pytest.raises(Refusal):
        changes_of([{"date": "x"}], 30)
