"""kill -9 of the dialler in mid-campaign, again and again: nobody is called twice for one attempt, nobody is forgotten.

The long version, which kills media and NATS as well, is `python -m e2e.load.campaign --kills 50`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from antiphon.dialer.__main__ import serve as dialer_serve
from antiphon.dialer.tests.house import House
from antiphon.dialer.tests.test_service_calls import numbers
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit import procs, tasks
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.media.phone.phone import Phone
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import Plant, plant

pytestmark = [pytest.mark.service, pytest.mark.skipif(not installed(), reason="rtpengine is not installed")]
KILLS, CONTACTS = 4, 14
_NUMBER = re.compile(r"sip:(\+?\d+)@")


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), "127.0.0.76") as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number)
        yield it


async def operator(pbx: Plant) -> Phone:
    listed = await ask(pbx.telephony.ListTrunks, telephony.ListTrunksRequest(), pbx.owner)
    phone = await pbx.phone("operator1")
    trunk = listed.trunks[0]
    trunk.port = phone.endpoint.port
    await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)
    return phone


def process_of(platform: Platform, log: Path) -> procs.Process:
    """A dialler that can be killed."""
    given = {
        "ANTIPHON_NATS_URL": platform.nats_url,
        "ANTIPHON_MONGO_URL": platform.mongo_url,
        "ANTIPHON_MONGO_PREFIX": platform.mongo_prefix,
        "ANTIPHON_ENDPOINTS": json.dumps(platform.endpoints),
        "ANTIPHON_LISTEN_HOST": platform.listen_host,
        "ANTIPHON_TOKEN_KEY": platform.token_key.get_secret_value(),
        "ANTIPHON_TOKEN_KEYS": json.dumps(platform.token_keys),
        "ANTIPHON_LEASE_SECONDS": "1",
        "ANTIPHON_DIALER_UNANSWERED_SECONDS": "3",
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    command = ["env", *(f"{name}={value}" for name, value in given.items()), sys.executable, "-m", "antiphon.dialer"]
    port = int(platform.endpoints["dialer"].rpartition(":")[2])
    return procs.Process("dialer", command, log, lambda: procs.is_listening(port))


@pytest.mark.clause("E01")
async def test_whoever_kills_the_dialler_nobody_is_called_twice_and_nobody_forgotten(
    pbx: Plant, platforms: dict[str, Platform], tmp_path: Path
) -> None:
    called: Counter[str] = Counter()
    wanted: list[int] = []
    outside = await operator(pbx)

    async def everybody_is_busy() -> None:
        while True:
            call = await outside.incoming(within=3600)
            found = _NUMBER.search(call.leg.header("to"))
            called[found[1] if found else ""] += 1
            call.reject(486)

    async with running({"dialer": dialer_serve}, platforms) as runtimes:
        house = House(runtimes["dialer"], pbx.owner, pbx.queue_id, pbx.number)
        made = await house.campaign("Killed", max_attempts=1)
        await house.load(made.id, numbers(*range(CONTACTS)))
        await house.to(made.id, "RUNNING")
    answering = asyncio.ensure_future(everybody_is_busy())
    await pbx.ready(0, 1)
    port = procs.free_port()
    platform = platforms["dialer"].model_copy(
        update={"endpoints": {**platforms["dialer"].endpoints, "dialer": f"127.0.0.1:{port}"}}
    )
    dialler = process_of(platform, tmp_path / "dialer.log")
    try:
        for _ in range(KILLS):
            wanted.append(sum(called.values()) + 1)
            dialler.start()
            await eventually(lambda: sum(called.values()) >= wanted[-1], 30)
            dialler.kill()
    finally:
        dialler.stop()
    async with running({"dialer": dialer_serve}, platforms) as runtimes:
        house = House(runtimes["dialer"], pbx.owner, pbx.queue_id, pbx.number)

        async def nobody_is_forgotten() -> bool:
            """Everybody was tried, and every attempt has an end; who was not reached by our fault comes again later."""
            try:
                attempts = await house.attempts(made.id)
                states = await house.states(made.id)
            except DomainError:
                return False
            return len({one.number for one in attempts}) == CONTACTS and "dialling" not in states

        await eventually(nobody_is_forgotten, 120)
        attempts = await house.attempts(made.id)
        ours = {one.number for one in attempts if one.result == pb.RESULT_CLASS_SYSTEM}
        reached = {one.number for one in attempts if one.result == pb.RESULT_CLASS_BUSY}
        states = await house.states(made.id)
        assert states == {"done": len(reached), **({"ready": left} if (left := len(ours - reached)) else {})}
        await house.to(made.id, "FINISHED")
    await tasks.end(answering)
    tried = Counter(one.number for one in attempts if one.reason == "allowed")
    assert len(tried) == CONTACTS
    assert all(called[f"+{number.removeprefix('+')}"] + called[number.removeprefix("+")] <= times
               for number, times in tried.items()), (called, tried)  # fmt: skip
    assert {one.result for one in attempts} <= {pb.RESULT_CLASS_BUSY, pb.RESULT_CLASS_SYSTEM}
    assert len({one.call_id for one in attempts}) == len(attempts)
