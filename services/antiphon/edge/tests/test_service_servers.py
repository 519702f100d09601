"""Kamailio, rtpengine and coturn start as children, answer, survive a kill and leave nothing behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from antiphon.edge import servers
from antiphon.edge.coturn import Coturn
from antiphon.edge.render import templates
from antiphon.edge.rtpengine import Rtpengine
from antiphon.edge.tests.conftest import Edge, settings_for
from antiphon.kit.procs import ServerMissing, environment, free_port

pytestmark = pytest.mark.service


def family(leader: int) -> list[int]:
    """Living members of a process group."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = stat.read_text().rpartition(") ")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(group) == leader and state != "Z":
            members.append(int(stat.parent.name))
    return members


def test_nothing_is_missing_here() -> None:
    assert servers.missing() == []


def test_a_missing_program_says_how_to_get_it() -> None:
    with pytest.raises(ServerMissing, match="apt-get install no-such-server"):
        servers.find("no-such-server")


def test_every_route_that_is_called_exists() -> None:
    text = "\n".join(file.read_text() for file in (templates() / "kamailio").rglob("*.cfg"))
    text = re.sub(r"#.*", "", text)
    called = set(re.findall(r"\broute\((\w+)\)", text))
    assert called
    assert called <= set(re.findall(r"^route\[(\w+)\]", text, re.MULTILINE))
    for kind, setter in (
        ("branch_route", "t_on_branch"),
        ("onreply_route", "t_on_reply"),
        ("failure_route", "t_on_failure"),
    ):
        assert set(re.findall(rf'{setter}\("(\w+)"\)', text)) <= set(
            re.findall(rf"^{kind}\[(\w+)\]", text, re.MULTILINE)
        )


def test_every_routes_file_says_when_what_and_how_it_ends() -> None:
    for file in (templates() / "kamailio/routes").glob("*.cfg"):
        head = file.read_text().partition("{")[0]
        assert re.search(r"^# When: .*^# May change: .*^# Ends: ", head, re.MULTILINE | re.DOTALL), file.name


def test_kamailio_accepts_the_rendered_configuration(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, origins=("https://desk.example:8443",), nodes=("127.0.0.9:5070",))
    config = servers.write_kamailio(settings)
    checked = subprocess.run(
        [servers.find("kamailio"), "-c", "-f", str(config), "-w", str(tmp_path), "-Y", str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
    assert not re.search(r"CRITICAL|ERROR", checked.stderr), checked.stderr


async def test_metrics_and_health_are_where_they_belong(edge: Edge) -> None:
    inside = f"http://127.0.0.7:{edge.settings.private_port}"
    outside = f"http://127.0.0.1:{edge.settings.ws_port}"
    assert servers.answers(f"{inside}/metrics")
    assert servers.answers(f"{inside}/healthz")
    assert servers.answers(f"{outside}/healthz")
    assert not servers.answers(f"{outside}/metrics")
    assert not servers.answers(f"http://127.0.0.1:{edge.settings.rpc_port}/rpc")


def test_kamailio_comes_back_after_a_kill_and_leaves_no_child(tmp_path: Path) -> None:
    process = servers.kamailio(settings_for(tmp_path))
    process.start()
    killed = process.pid
    os.kill(killed, signal.SIGKILL)
    process.start()
    assert family(killed) == []
    again = process.pid
    process.kill()
    assert family(again) == []


def test_kamailio_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from antiphon.edge import servers
from antiphon.edge.tests.conftest import settings_for
process = servers.kamailio(settings_for(Path(sys.argv[1])))
process.start()
print(process.pid, flush=True)
sys.stdin.read()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(PYTHONPATH=os.pathsep.join(sys.path)),
    )
    assert parent.stdout is not None
    leader = int(parent.stdout.readline())
    assert family(leader)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 30
    while family(leader):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_rtpengine_answers_and_comes_back(tmp_path: Path) -> None:
    node = Rtpengine(
        tmp_path, ng_port=free_port(), cli_port=free_port(), http_port=free_port(), port_min=32000, port_max=32100,
    )  # fmt: skip
    process = servers.rtpengine(node)
    process.start()
    assert servers.answers(f"http://127.0.0.1:{node.http_port}/metrics")
    process.kill()
    process.start()
    process.stop()
    assert not process.alive


def test_coturn_answers(tmp_path: Path) -> None:
    relay = Coturn(
        tmp_path, free_port(), "antiphon.test", (SecretStr("turn-secret-0123456789"),), peers=("127.0.0.1",),
        port_min=33000, port_max=33010,
    )  # fmt: skip
    process = servers.coturn(relay)
    process.start()
    process.stop()
    assert not process.alive


@pytest.mark.skipif(shutil.which("turnutils_uclient") is None, reason="coturn's own client is not installed")
def test_coturn_believes_the_second_of_its_secrets_and_no_other(tmp_path: Path) -> None:
    old, new, ended = "old-secret-0123456789", "new-secret-0123456789", "ended-secret-0123456789"
    relay = Coturn(
        tmp_path, free_port(), "antiphon.test", (SecretStr(old), SecretStr(new)), peers=("127.0.0.1",),
        port_min=33020, port_max=33050,
    )  # fmt: skip
    process = servers.coturn(relay)
    process.start()
    try:
        for secret, believed in ((new, True), (ended, False)):
            asked = ["turnutils_uclient", "-y", "-c", "-n", "1", "-m", "1", "-u", "anna", "-W", secret]
            asked += ["-p", str(relay.port), "127.0.0.1"]
            done = subprocess.run(asked, check=False, capture_output=True, timeout=60)
            assert (done.returncode == 0) == believed, done
    finally:
        process.stop()
