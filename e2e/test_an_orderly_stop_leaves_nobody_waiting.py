"""SIGTERM to a stack of processes, as an operator or a cluster sends it: callers hear the end, and no item stays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from antiphon.kit.testing import eventually
from e2e.people import signed_in
from e2e.phones import a_customers_phone, calls_the_company, ended, nothing_is_left
from e2e.stack import Stack

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = Stack(tmp_path_factory.mktemp("processes"), ("--processes",), voice=True)
    running.start()
    yield running
    running.stop()


@pytest.mark.parametrize("acd", ["lives", "is dead"])
async def test_nobody_waits_after_a_stop(processes: Stack, acd: str) -> None:
    """What the ACD cannot be told is kept in the registry of calls, and told by whoever starts next."""
    queue = processes.tenant.queues["Сервіс"]
    async with (
        signed_in(processes, "supervisor") as someone,
        a_customers_phone(processes, "+380671112287") as telephone,
    ):
        call = await calls_the_company(telephone, processes)
        await call.press("2")
        queued = await someone.event("WorkQueued", lambda e: e["item"]["queue_id"] == queue)
        if acd == "is dead":
            processes.kill_server("acd")
        processes.stop(within=60)
        await call.over(within=30)
    processes.start()
    async with signed_in(processes, "supervisor") as someone:

        async def nobody_waits() -> bool:
            return not (await someone.call("GET", f"/queues/{queue}/waiting"))["items"]

        await eventually(nobody_waits)
        record = await ended(someone, queued["body"]["item"]["subject"].partition(":")[2])
        assert record["outcome"] in {"shutdown", "abandoned"}
        await nothing_is_left(someone)
