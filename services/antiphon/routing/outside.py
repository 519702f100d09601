"""Calls that schemes make to other systems: allow-listed hosts only, no redirects, no private addresses, bounded.

The host is looked up once, judged and connected to as it was judged (`kit/reach.py`): a name that means something else
a moment later leads nowhere.
"""

from __future__ import annotations

import asyncio

import httpx

from antiphon.kit import logs, reach
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
                url = httpx.URL(call.url)
                self._check(url)
                known = await reach.addresses(url.host, _port(url), inside=self._settings.http_private)
                return await self._fetch(call, url, known[0], turn)
        except TimeoutError:
            return HttpFailed(f"no answer in {call.timeout_s} s", turn=turn)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            log.info("a scheme's call failed", error=type(error).__name__)
            return HttpFailed(str(error) or type(error).__name__, turn=turn)

    async def close(self) -> None:
        await self._client.aclose()

    async def _fetch(self, call: verbs.HttpCall, url: httpx.URL, address: str, turn: int) -> HttpAnswered:
        given = {name: value for name, value in call.headers.items() if name.lower() != "host"}
        request = self._client.build_request(
            call.method, url.copy_with(host=address), headers={**given, "Host": url.netloc.decode()},
            content=call.body.encode() or None, extensions={"sni_hostname": url.host},
        )  # fmt: skip
        answer = await self._client.send(request, stream=True)
        try:
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > _MOST_BYTES:
                    raise ValueError("the answer is too large")
        finally:
            await answer.aclose()
        try:
            document = httpx.Response(200, content=body).json() if body else None
        except ValueError:
            document = None
        return HttpAnswered(answer.status_code, document, turn=turn)

    def _check(self, url: httpx.URL) -> None:
        allowed = self._settings.http_hosts
        names = {url.host, f"{url.host}:{url.port}" if url.port else url.host}
        wild = any(entry.startswith("*.") and url.host.endswith(entry[1:]) for entry in allowed)
        if not names & allowed and not wild:
            raise ValueError(f"the host {url.host} is not on the allow-list")


def _port(url: httpx.URL) -> int:
    return url.port or (80 if url.scheme == "http" else 443)
