"""One running stack for the stories that share it, and browsers that look at it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Generator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from antiphon.kit import procs
from e2e.stack import Stack

expect.set_options(timeout=30_000)  # a busy machine is not a fault; what passes costs nothing
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # a microphone that beeps, and sound without a click: for the stories of the softphone
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """`antiphon up` with the demo tenant, and with telephony."""
    running = Stack(tmp_path_factory.mktemp("stack"), voice=True, shifts=True, bank_port=procs.free_port())
    running.start()
    yield running
    running.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Headless Chromium, Debian's."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        await started.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A story that failed tells what its stack complained of meanwhile: the log is gone when anybody asks."""
    report = yield
    running = getattr(item, "funcargs", {}).get("stack")
    if report.failed and isinstance(running, Stack):
        complaints = [line for line in running.log if line["level"] in ("warning", "error", "critical")]
        report.sections.append(
            ("The stack's last complaints", "\n".join(json.dumps(line) for line in complaints[-40:]))
        )
    return report
