"""Calls that schemes make to other systems: the name is looked up once, judged, and what was judged is connected to."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from antiphon.routing.domain.events import HttpAnswered, HttpFailed
from antiphon.routing.domain.verbs import HttpCall
from antiphon.routing.outside import Outside
from antiphon.routing.settings import Settings

pytestmark = pytest.mark.service
NAME = "crm.example"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server that says which host it was asked as."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        hosts = [line.partition(": ")[2] for line in lines if line.lower().startswith("host:")]
        body = json.dumps({"hosts": hosts}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def named(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Lets NAME mean these addresses, one after the other; gives the list of what was looked up."""
    loop = asyncio.get_running_loop()
    known = loop.getaddrinfo

    def means(*addresses: str) -> list[str]:
        left, asked = list(addresses), list[str]()

        async def look(host: Any, port: Any, **more: Any) -> Any:
            if host != NAME:
                return await known(host, port, **more)
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (left.pop(0), port))]

        monkeypatch.setattr(loop, "getaddrinfo", look)
        return asked

    return means


async def called(port: int, *, private: bool, host: str = NAME, **headers: str) -> HttpAnswered | HttpFailed:
    outside = Outside(Settings(http_hosts=frozenset({NAME}), http_private=private))
    try:
        return await outside.call(HttpCall("GET", f"http://{host}:{port}/x", headers, "", 20), 1)
    finally:
        await outside.close()


async def test_it_is_connected_as_it_was_judged_and_asked_by_its_name(
    port: int, named: Callable[..., list[str]]
) -> None:
    asked = named("127.0.0.1", "192.0.2.1")
    answer = await called(port, private=True, Host="elsewhere.example")
    assert answer == HttpAnswered(200, {"hosts": [f"{NAME}:{port}"]}, turn=1)
    assert asked == [NAME], "a second look-up could mean something else"


async def test_a_name_that_means_something_inside_leads_nowhere(port: int, named: Callable[..., list[str]]) -> None:
    for address in ("127.0.0.1", "10.0.0.7", "169.254.169.254"):
        named(address)
        answer = await called(port, private=False)
        assert isinstance(answer, HttpFailed)
        assert "inside the network" in answer.reason


async def test_a_host_that_is_not_allowed_is_not_even_looked_up(port: int, named: Callable[..., list[str]]) -> None:
    asked = named()
    answer = await called(port, private=True, host="other.example")
    assert isinstance(answer, HttpFailed)
    assert asked == []
