"""The bench answers its own questions right; whether the peer is faster is nobody's business here."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from antiphon.wfm.cli import app

pytestmark = pytest.mark.domain


def test_the_bench_says_so_when_the_peer_is_not_there(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["bench", "--json", "--intervals", "20", "--peers", str(tmp_path)])
    assert run.exit_code == 0
    rows = [json.loads(line) for line in run.output.splitlines()]
    assert all("not there" in row["peer"] for row in rows)
    assert all(row["ours_ms"] >= 0 for row in rows)
