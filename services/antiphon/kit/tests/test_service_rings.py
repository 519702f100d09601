"""`tests.sh`: what fails twice fails the run, what fails once is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.service

ROOT = Path(__file__).parents[4]
STEADY = "def test_steady(): pass\n"
FAILING = "def test_failing(): assert False\n"
STUMBLES = """
from pathlib import Path
def test_stumbles():
    seen = Path(__file__).with_suffix(".seen")
    if not seen.exists():
        seen.touch()
        assert False, "the first time"
"""


@pytest.mark.parametrize(
    ("units", "stories", "code", "unsteady"),
    [
        (STEADY, STUMBLES, 0, True),
        (STUMBLES, FAILING, 1, True),
        ("".join(f"def test_{no}(): assert False\n" for no in range(4)), STEADY, 1, False),
    ],
)
def test_a_ring_is_as_strict_as_it_says(tmp_path: Path, units: str, stories: str, code: int, unsteady: bool) -> None:
    (tmp_path / "tests.sh").write_bytes((ROOT / "tests.sh").read_bytes())
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (tmp_path / "charts").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = session\n")
    for folder, text in (("services", units), ("e2e", stories)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"test_{folder}.py").write_text(text)

    done = subprocess.run(["sh", "tests.sh"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "UNSTEADY" in done.stdout) == (code, unsteady), done.stdout + done.stderr
    assert stories == STEADY or "FAILED e2e/test_e2e.py" in done.stdout, "the second ring runs whatever the first says"
