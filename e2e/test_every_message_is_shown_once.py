"""A thousand messages, a hundred broken connections, an inbox killed by -9: the desk shows each message once, in order.

The desk runs in a real browser behind a relay that cuts connections at random; the inbox is a process of its own and is
killed twice. What the screen's store holds is compared with what was written.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.async_api import Browser, Page

from antiphon.kit import procs
from antiphon.up.client import Visitor
from e2e.people import at_the_desk
from e2e.stack import Stack

pytestmark = pytest.mark.e2e

MESSAGES, CUTS = 1000, 100


class Relay:
    """TCP from one port to another, whose connections can be cut."""

    def __init__(self, port: int, to: int) -> None:
        self.port, self._to = port, to
        self._writers: set[asyncio.StreamWriter] = set()
        self.cuts = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        try:
            yield
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        """Breaks every connection."""
        for writer in list(self._writers):
            writer.transport.abort()
        self.cuts += 1

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, far_writer}
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        self._writers -= {writer, far_writer}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@pytest.mark.clause("D01")
async def test_each_message_is_shown_once_in_order(tmp_path: Path, browser: Browser) -> None:
    public = procs.free_port()
    variables = {
        "ANTIPHON_CHANNELS_MESSAGE_RATE": "1000",
        "ANTIPHON_CHANNELS_MESSAGE_BURST": "10000",
        "ANTIPHON_INBOX_PUBLIC_URL": f"http://localhost:{public}",
    }
    stack = Stack(tmp_path / "state", ("--processes",), variables)
    stack.start()
    relay = Relay(public, stack.port)
    behind = Stack(stack.directory, port=public, channels_port=stack.channels_port)
    written = [f"message {number}" for number in range(MESSAGES)]
    try:
        async with (
            relay.open(),
            at_the_desk(browser, behind, stack.person("agent", 1)) as desk,
            Visitor(stack.widget, stack.tenant.widget_key, stack.desk, "en") as visitor,
        ):
            await _become_available(desk)
            await visitor.say("hello")
            await visitor.say("Repair", "3")
            await desk.get_by_role("button", name="Accept").wait_for()
            await desk.keyboard.press("Alt+KeyA")
            await desk.get_by_role("log").get_by_text("hello", exact=True).wait_for()
            await asyncio.gather(_write_all(visitor, written), _break_things(relay, stack))
            await _scroll_to(desk, written[-1])
            shown = await _shown(desk)
    finally:
        stack.stop()
    assert relay.cuts >= CUTS
    assert shown == written


async def _become_available(desk: Page) -> None:
    done = await desk.evaluate(
        """async () => (await fetch("/api/v1/me/state", {
            method: "PUT",
            headers: {"content-type": "application/json", "Idempotency-Key": "ready"},
            body: JSON.stringify({state: "AGENT_STATE_READY"}),
        })).status"""
    )
    assert done == 200


async def _write_all(visitor: Visitor, written: list[str]) -> None:
    for text in written:
        await visitor.say(text, within=60)


async def _break_things(relay: Relay, stack: Stack) -> None:
    chance = random.Random(7)
    for number in range(CUTS):
        await asyncio.sleep(chance.uniform(0.02, 0.3))
        if number in (CUTS // 3, 2 * CUTS // 3):
            _kill_inbox(stack)
        relay.cut()


def _kill_inbox(stack: Stack) -> None:
    """Whichever process listens on the desk's port."""
    for child in psutil.Process(stack.pid).children():
        if any(at.laddr.port == stack.port and at.status == "LISTEN" for at in child.net_connections("tcp")):
            child.kill()


async def _scroll_to(desk: Page, text: str) -> None:
    """The reader goes to the end until the last message is there."""
    async with asyncio.timeout(180):
        while not await desk.get_by_role("log").get_by_text(text, exact=True).is_visible():
            await desk.evaluate("document.querySelector('[role=log]').scrollTo(0, 1e9)")
            await desk.wait_for_timeout(250)


async def _shown(desk: Page) -> list[str]:
    """Every message of the open thread, in the order of the screen: read by scrolling from the end to the top."""
    rows: dict[int, str] = {}
    for _ in range(400):
        page: list[list[Any]] = await desk.evaluate(_ROWS)
        below = min(rows, default=None)
        rows.update({int(index): text for index, text in page})
        at_top = await desk.evaluate("document.querySelector('[role=log]').scrollTop <= 0")
        if at_top and below == min(rows):
            break
        await desk.evaluate("document.querySelector('[role=log]').scrollBy(0, -400)")
        await desk.wait_for_timeout(60)
    return [text for _, text in sorted(rows.items()) if text.startswith("message ")]


_ROWS = """[...document.querySelectorAll('[role=log] [data-index]')].map(row =>
    [row.dataset.index, (row.innerText.match(/message \\d+/) ?? [''])[0]])"""
