"""`antiphon up`: what it says, what it refuses, what it leaves behind; and `antiphon smoke` through it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from antiphon.kit import procs
from antiphon.kit.procs import free_port
from antiphon.up import beside
from antiphon.up.host import BEFORE_PEOPLE
from antiphon.up.smoke_call import only_calls
from e2e.people import ready
from e2e.phones import a_desk_phone, hears_something
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
    chat = ["message stored", "routed", "queued", "offered", "accepted", "replied", "seen"]
    call = ["call answered", "menu heard", "call queued", "agent's phone rings", "caller hears agent"]
    order = [*chat, *call, "agent hears caller", "call over", "record found", "recording found", "call wrapped up"]
    assert [hop for hop in hops if hop in order] == order
    assert all(row["result"] == "ok" and row["ms"] >= 0 for row in hops.values())


def test_smoke_names_the_hop_of_the_call_that_failed(stack: Stack) -> None:
    nowhere = {"ANTIPHON_SMOKE_DIRECTORY": str(stack.directory), "ANTIPHON_SMOKE_NUMBER": "+380440000000"}
    done = antiphon("smoke", stack.desk, "--json", **nowhere)
    last = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 1
    assert last["hop"] == "call answered"
    assert "404" in last["result"]


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


async def test_callers_of_the_demo_telephone(stack: Stack) -> None:
    words = ["demo", stack.desk, "--dir", str(stack.directory), "--customers", "0", "--calls", "1"]
    command = procs.dying_with_parent([sys.executable, "-m", "antiphon", *words])
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "services"), "COLUMNS": "200"}
    async with ready(stack) as agent, a_desk_phone(stack, agent.me) as desk_phone, only_calls(agent):
        pipe = subprocess.PIPE
        demo = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=environment)
        ring = await desk_phone.incoming(within=60)
        assert ring.answer()
        await ring.up(within=30)
        await hears_something(ring)
        demo.send_signal(signal.SIGINT)
        shown, faults = await demo.communicate()
        await ring.over(within=30)
        done = await agent.event("WrapUpStarted", lambda e: e["item"]["channel"] == "voice")
        await agent.call("POST", f"/work/{done['body']['item']['id']}/wrap-up", {"disposition": "solved"})
    assert (demo.returncode, faults) == (0, b"")
    assert re.search(r"^(uk|ru|en) ☎ .* presses [12] and waits$", shown.decode(), re.MULTILINE)


def test_a_demo_without_telephony_says_so(stack: Stack, tmp_path: Path) -> None:
    done = antiphon("demo", stack.desk, "--dir", str(tmp_path), "--calls", "1")
    assert done.returncode == 1
    assert "nobody can telephone" in done.stderr


def test_the_doctor_knows_telephony() -> None:
    rows = {row["what"]: row for row in map(json.loads, antiphon("doctor", "--json").stdout.splitlines())}
    assert rows["kamailio"]["state"] == rows["rtpengine"]["state"] == rows["telephony"]["state"] == "ok"
    hidden = antiphon("doctor", "--json", PATH="/nowhere")
    rows = {row["what"]: row for row in map(json.loads, hidden.stdout.splitlines())}
    assert (rows["espeak-ng"]["state"], rows["telephony"]["state"]) == ("not here", "not here")
    assert "apt-get install" in rows["espeak-ng"]["where"]


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
    services = len(BEFORE_PEOPLE) + 1  # with the inbox; without the edge, as there is no voice
    assert len(family) == 2 + (services if options else bool(beside.usual()))
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
        assert "skipped: It was switched off" in done.stdout  # the call: this stack is without voice
    finally:
        stack.stop()
