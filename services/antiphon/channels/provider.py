"""A provider's HTTP API: one client for all, and what goes wrong on the way in the contract's three failures."""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any

import httpx

from antiphon.channels import reach
from antiphon.channels.contract import FileTooLarge, OutcomeUnknown, SendLater, SendRefused

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_WAIT = 30.0


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities of the world, read once: each time costs 20 ms of the start."""
    return httpx.create_ssl_context()


class Provider:
    """`name` is for people: it begins the sentences that they read."""

    def __init__(self, name: str, base_url: str) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False, verify=_trusted())

    async def close(self) -> None:
        await self._client.aclose()

    async def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        """The provider's answer, whatever it says. Raises SendLater when it surely did nothing (cannot be reached, is
        overloaded, asks to wait), OutcomeUnknown when the connection broke after the request had gone out."""
        url = path if path.startswith("http") else f"{self.base_url}/{path.lstrip('/')}"
        return await self._ask(method, url, **request)

    async def call_named(self, method: str, url: str, *, inside: bool, **request: Any) -> httpx.Response:
        """As `call`, to an address that a tenant has named. Raises SendRefused where it must not lead."""
        if inside:
            return await self._ask(method, url, **request)
        asked = httpx.URL(url)
        try:
            known = await reach.addresses(asked.host, asked.port or 443, inside=False)
        except reach.Inside as error:
            raise SendRefused(str(error)) from error
        except OSError as error:
            raise SendLater(f"{self.name} cannot be reached from here") from error
        headers = {**request.pop("headers", {}), "Host": asked.netloc.decode()}
        to = asked.copy_with(host=known[0])
        return await self._ask(method, str(to), headers=headers, extensions={"sni_hostname": asked.host}, **request)

    async def _ask(self, method: str, url: str, **request: Any) -> httpx.Response:
        try:
            answer = await self._client.request(method, url, **request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise SendLater(f"{self.name} cannot be reached from here") from error
        except httpx.TransportError as error:
            raise OutcomeUnknown(f"the connection to {self.name} broke") from error
        if answer.status_code in (429, 503):
            raise SendLater(f"{self.name} asks to wait", retry_after=wait_of(answer), whole_channel=True)
        if answer.status_code in (502, 504):
            raise OutcomeUnknown(f"{self.name} did not say what became of it ({answer.status_code})")
        return answer

    async def download(self, url: str, limit: int, **request: Any) -> bytes:
        """A file's bytes. Raises FileTooLarge, SendLater."""
        data = bytearray()
        try:
            async with self._client.stream("GET", url, **request) as answer:
                if answer.status_code >= 500 or answer.status_code == 429:
                    raise SendLater(f"{self.name} does not hand out a file now", retry_after=wait_of(answer))
                if answer.status_code != 200:
                    raise FileTooLarge
                async for part in answer.aiter_bytes():
                    data += part
                    if len(data) > limit:
                        raise FileTooLarge
        except httpx.TransportError as error:
            raise SendLater(f"{self.name} cannot be reached from here") from error
        return bytes(data)


def wait_of(answer: httpx.Response) -> float:
    """Seconds that the provider asks to wait."""
    given = answer.headers.get("retry-after", "")
    return min(float(given), 3600.0) if given.replace(".", "", 1).isdigit() else _WAIT


def object_of(answer: httpx.Response) -> dict[str, Any]:
    """The answer's JSON object; an empty one when it is something else."""
    try:
        value = answer.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
