"""The bench answers its own questions right; whether the peer is faster is nobody's business here."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from antiphon.wfm.app.covering import least_cover
from antiphon.wfm.cli import app
from antiphon.wfm.domain.reasons import Refusal

pytestmark = pytest.mark.domain


def test_the_bench_says_so_when_the_peer_is_not_there(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["bench", "--json", "--intervals", "20", "--peers", str(tmp_path)])
    assert run.exit_code == 0
    rows = [json.loads(line) for line in run.output.splitlines()]
    assert all("not there" in row["peer"] for row in rows)
    assert all(row["ours_ms"] >= 0 for row in rows)


def test_the_least_cover_is_the_least() -> None:
    """Against every way of three people, and where the relaxation is a half everywhere."""
    assert least_cover([1, 1, 1], [[1, 1, 0], [0, 1, 1], [1, 0, 1]]) == 2
    assert least_cover([2, 0, 1], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]) == 3
    assert least_cover([0, 0], [[1, 1]]) == 0
    with pytest.raises(Refusal):
        least_cover([1, 1], [[1, 0]])
