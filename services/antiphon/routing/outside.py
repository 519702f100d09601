"""Calls that schemes make to other systems: allow-listed hosts only, no redirects, no private addresses, bounded.

Every address of the host is checked before the call; an operator who cannot trust the DNS of an allowed host should not
allow it, because the connection looks the name up once more.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import httpx

from antiphon.kit import logs
from antiphon.routing.domain import verbs
from antiphon.routing.domain.events import HttpAnswered, HttpFailed
from antiphon.routing.settings import Settings

_MOST_BYTES = 256 * 1024
log = logs.get("routing")


class Outside:
    """Makes the calls."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(follow_redirects=False, trust_env=False)

    async def call(self, call: verbs.HttpCall, turn: int) -> HttpAnswered | HttpFailed:
        """The answer, or why there is none. Never raises for what the other side does."""
        try:
            async with asyncio.timeout(call.timeout_s):
                await self._check(httpx.URL(call.url))
                return await self._fetch(call, turn)
        except TimeoutError:
            return HttpFailed(f"no answer in {call.timeout_s} s", turn=turn)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            log.info("a scheme's call failed", error=type(error).__name__)
            return HttpFailed(str(error) or type(error).__name__, turn=turn)

    async def close(self) -> None:
        await self._client.aclose()

    async def _fetch(self, call: verbs.HttpCall, turn: int) -> HttpAnswered:
        content = call.body.encode() or None
        async with self._client.stream(call.method, call.url, headers=dict(call.headers), content=content) as answer:
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > _MOST_BYTES:
                    raise ValueError("the answer is too large")
        try:
            document = httpx.Response(200, content=body).json() if body else None
        except ValueError:
            document = None
        return HttpAnswered(answer.status_code, document, turn=turn)

    async def _check(self, url: httpx.URL) -> None:
        allowed = self._settings.http_hosts
        names = {url.host, f"{url.host}:{url.port}" if url.port else url.host}
        wild = any(entry.startswith("*.") and url.host.endswith(entry[1:]) for entry in allowed)
        if not names & allowed and not wild:
            raise ValueError(f"the host {url.host} is not on the allow-list")
        if self._settings.http_private:
            return
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
        if any(not ipaddress.ip_address(entry[4][0]).is_global for entry in found):
            raise ValueError(f"the host {url.host} has a private address")
