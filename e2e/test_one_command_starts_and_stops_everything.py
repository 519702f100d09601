"""`antiphon up`: what it says, what it refuses, what it leaves behind; and `antiphon smoke` through it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from antiphon.kit.procs import free_port
from e2e.stack import REPOSITORY, Stack

pytestmark = pytest.mark.e2e


def antiphon(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "services"), "COLUMNS": "200", **variables}
    command = [sys.executable, "-m", "antiphon", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=150)


def test_smoke_reports_each_hop(stack: Stack) -> None:
    done = antiphon("smoke", stack.desk, "--json", ANTIPHON_SMOKE_DIRECTORY=str(stack.directory))
    hops = {row["hop"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0, done.stdout + done.stderr
    order = ["message stored", "routed", "queued", "offered", "accepted", "replied", "seen"]
    assert [hop for hop in hops if hop in order] == order
    assert all(row["result"] == "ok" and row["ms"] >= 0 for row in hops.values())


def test_smoke_names_the_hop_that_failed(stack: Stack) -> None:
    done = antiphon(
        "smoke", stack.desk, "--json", ANTIPHON_SMOKE_DIRECTORY=str(stack.directory), ANTIPHON_SMOKE_PASSWORD="wrong"
    )
    last = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 1
    assert last["hop"] == "agent signed in"
    assert "BAD_CREDENTIALS" in last["result"]


def test_demo_and_smoke_say_that_nothing_answers() -> None:
    nowhere = f"http://localhost:{free_port()}"
    demo, smoke = antiphon("demo", nowhere), antiphon("smoke", nowhere)
    assert (demo.returncode, smoke.returncode) == (1, 1)
    assert "does not answer" in demo.stderr
    assert "antiphon up" in demo.stderr
    assert "FAILED" in smoke.stdout


def test_customers_of_the_demo_write(stack: Stack) -> None:
    done = antiphon("demo", stack.desk, "--customers", "2", "--minutes", "0.15")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^(uk|ru|en) \S", done.stdout, re.MULTILINE), done.stdout


def test_a_second_up_says_what_is_in_the_way(stack: Stack, tmp_path: Path) -> None:
    same_directory = antiphon("up", "--dir", str(stack.directory))
    assert same_directory.returncode == 1
    assert str(stack.pid) in same_directory.stderr
    same_port = antiphon("up", "--dir", str(tmp_path), "--port", str(stack.port))
    assert same_port.returncode == 1
    assert f"port {stack.port}" in same_port.stderr


@pytest.mark.parametrize("options", [(), ("--processes",)])
def test_ctrl_c_leaves_no_process(tmp_path: Path, options: tuple[str, ...]) -> None:
    stack = Stack(tmp_path / "state", options)
    stack.start()
    family = psutil.Process(stack.pid).children(recursive=True)
    assert len(family) == (7 if options else 2)
    assert stack.stop() == 0
    assert not [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def test_a_killed_service_is_started_again(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "state", ("--processes",))
    stack.start()
    try:
        psutil.Process(stack.pids["acd"]).kill()
        for _ in range(5):  # nobody leads for a few seconds
            done = antiphon("smoke", stack.desk, ANTIPHON_SMOKE_DIRECTORY=str(stack.directory))
            if done.returncode == 0:
                break
            time.sleep(1)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "acd ended" in stack.output
    finally:
        stack.stop()
