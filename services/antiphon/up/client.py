"""The two sides of a chat, by the doors their users use: a visitor over the widget's socket, an agent over REST and the
real-time socket. Shared by `smoke`, `demo`, `bench` and the stories under e2e/.

Both keep the protocol's promises themselves: a visitor resends a message until it comes back and resumes by sequence;
an agent applies an event only past its cursor and asks for a snapshot when it is told to.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Callable
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from antiphon.kit import tasks

T = TypeVar("T")
_RESEND = 3.0
_TRIES = 30
_LOST = (WebSocketException, OSError, TimeoutError)


class Problem(Exception):
    """A refusal of the API (RFC 9457)."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body.get('reason', '')}: {body.get('detail', body)}")
        self.status = status
        self.reason = str(body.get("reason", ""))


def socket_url(address: str, path: str) -> str:
    """ws://… or wss://… of an http(s) address."""
    parts = urlsplit(address)
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}{path}"


def widget_of(page: str) -> tuple[str, str]:
    """(address, key) of the chat widget on a page. Raises ValueError when the page has none, or nothing answers."""
    try:
        text = httpx.get(page, timeout=10).text
    except httpx.HTTPError as error:
        raise ValueError(f"{page} does not answer ({error})") from error
    found = re.search(r'src="(https?://[^"]+)/widget\.js"[^>]*data-channel="([^"]+)"', text)
    if found is None:
        raise ValueError(f"no chat widget on {page}")
    return found[1], found[2]


class Visitor:
    """A customer in the chat widget."""

    def __init__(self, address: str, key: str, origin: str, language: str = "uk") -> None:
        self._address = address
        self._key = key
        self._origin = origin
        self._language = language
        self.token: str | None = None
        self.messages: dict[int, dict[str, Any]] = {}
        """By sequence, as shown on screen."""
        self.status: dict[str, Any] = {}
        self.errors: list[dict[str, Any]] = []
        self._waiting: dict[str, dict[str, Any]] = {}
        self._socket: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()
        self._open = asyncio.Event()

    async def __aenter__(self) -> Visitor:
        self._task = asyncio.ensure_future(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            await tasks.end(self._task)

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The messages in order."""
        return [self.messages[seq] for seq in sorted(self.messages)]

    async def say(self, text: str, choice: str = "", within: float = 30.0) -> int:
        """Sends a message and waits until the server has stored it; returns its sequence."""
        client_id = str(uuid.uuid4())
        frame = {"t": "msg", "client_id": client_id, "text": text}
        self._waiting[client_id] = frame | ({"choice": choice} if choice else {})
        await self._send(self._waiting[client_id])
        return await self.until(lambda: self._seq_of(client_id), within)

    async def until(self, probe: Callable[[], T | None], within: float = 30.0) -> T:
        """Waits for a truthy answer that depends on what is shown."""
        async with asyncio.timeout(within), self._changed:
            while not (found := probe()):
                await self._changed.wait()
            return found

    async def drop(self) -> None:
        """Cuts the connection; it comes back by itself."""
        if self._socket is not None:
            await self._socket.close(1001)

    def _seq_of(self, client_id: str) -> int | None:
        return next((seq for seq, message in self.messages.items() if message["client_id"] == client_id), None)

    async def _send(self, frame: dict[str, Any]) -> None:
        if self._socket is not None and self._open.is_set():
            try:
                await self._socket.send(json.dumps(frame))
            except _LOST:
                return  # sent again after the next hello

    async def _run(self) -> None:
        while True:
            try:
                url = socket_url(self._address, "/widget/socket")
                async with connect(url, origin=self._origin, open_timeout=5, max_size=4_000_000) as socket:  # type: ignore[arg-type]
                    self._socket = socket
                    await self._greet(socket)
                    await self._listen(socket)
            except _LOST:
                pass
            finally:
                self._open.clear()
            await asyncio.sleep(0.2)

    async def _listen(self, socket: ClientConnection) -> None:
        """Hears frames; whatever was not acknowledged for a while is sent again."""
        loop = asyncio.get_running_loop()
        again = loop.time() + _RESEND
        while True:
            try:
                async with asyncio.timeout_at(again):
                    frame = await socket.recv()
                await self._hear(json.loads(frame))
            except TimeoutError:
                for waiting in list(self._waiting.values()):
                    await self._send(waiting)
                again = loop.time() + _RESEND

    async def _greet(self, socket: ClientConnection) -> None:
        hello = {"t": "hello", "key": self._key, "token": self.token, "since": max(self.messages, default=0)}
        page = {"url": f"{self._origin}/demo", "title": "Demo", "referrer": ""}
        await socket.send(json.dumps(hello | {"language": self._language, "page": page}))

    async def _hear(self, frame: dict[str, Any]) -> None:
        async with self._changed:
            match frame["t"]:
                case "hello":
                    self.token = frame["token"]
                    self._open.set()
                case "msg" | "upd":
                    message = frame["m"]
                    self.messages[message["seq"]] = message
                    self._waiting.pop(message["client_id"], None)
                case "status":
                    self.status = frame
                case "error":
                    self.errors.append(frame)
            self._changed.notify_all()
        if frame["t"] == "hello":
            for waiting in list(self._waiting.values()):
                await self._send(waiting)


class Agent:
    """Somebody at the desk."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        headers = {"Origin": self.address, "X-Requested-With": "antiphon"}
        self.http = httpx.AsyncClient(base_url=f"{self.address}/api/v1", headers=headers, timeout=30)
        self.epoch, self.cursor = "", 0
        self.state: dict[str, Any] = {}
        self.me = ""
        """The own person id, after `sign_in`."""
        self.events: list[dict[str, Any]] = []
        """Applied events, in order, each once."""
        self.resyncs = 0
        self._socket: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            await tasks.end(self._task)
        await self.http.aclose()

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One request, made again for a while where the answer is "not ready, try again". Raises Problem."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} if method != "GET" else {}
        for _ in range(_TRIES):
            answer = await self.http.request(method, path, json=body if method != "GET" else None, headers=headers)
            if answer.status_code != 503:
                break
            await asyncio.sleep(0.3)
        if answer.status_code >= 400:
            raise Problem(answer.status_code, _json(answer))
        return _json(answer)

    async def sign_in(self, email: str, password: str) -> None:
        self.me = (await self.call("POST", "/sign-in", {"email": email, "password": password}))["person"]["id"]

    async def listen(self) -> None:
        """Takes a snapshot and follows what happens from there."""
        await self._snapshot()
        self._task = asyncio.ensure_future(self._run())

    async def be(self, state: str, reason: str = "") -> None:
        """Sets the own state, such as "READY"."""
        await self.call("PUT", "/me/state", {"state": f"AGENT_STATE_{state}", "reason": reason})

    async def event(self, kind: str, match: Callable[[dict[str, Any]], bool], within: float = 30.0) -> dict[str, Any]:
        """Waits for an event of a kind (the last part of its name) whose body matches."""

        def find() -> dict[str, Any] | None:
            found = (each for each in self.events if each["type"].endswith(f".{kind}") and match(each["body"]))
            return next(found, None)

        return await self.until(find, within)

    async def until(self, probe: Callable[[], T | None], within: float = 30.0) -> T:
        """Waits for a truthy answer that depends on applied events."""
        async with asyncio.timeout(within), self._changed:
            while not (found := probe()):
                await self._changed.wait()
            return found

    async def drop(self) -> None:
        """Cuts the real-time connection; it comes back by itself."""
        if self._socket is not None:
            await self._socket.close(1001)

    async def _snapshot(self) -> None:
        snapshot = await self.call("GET", "/rt/snapshot")
        self.epoch, self.cursor, self.state = snapshot["epoch"], int(snapshot["cursor"]), snapshot["state"]

    async def _run(self) -> None:
        while True:
            try:
                ticket = (await self.call("POST", "/rt/ticket", {}))["ticket"]
                url = socket_url(self.address, "/rt")
                async with connect(url, origin=self.address, open_timeout=5, max_size=8_000_000) as socket:  # type: ignore[arg-type]
                    self._socket = socket
                    hello = {"t": "hello", "ticket": ticket, "epoch": self.epoch, "since": self.cursor, "subs": []}
                    await socket.send(json.dumps(hello))
                    async for frame in socket:
                        await self._hear(json.loads(frame))
            except (*_LOST, httpx.HTTPError, Problem):
                pass
            await asyncio.sleep(0.2)

    async def _hear(self, frame: dict[str, Any]) -> None:
        if frame.get("t") == "resync":
            self.resyncs += 1
            await self._snapshot()
        elif "e" in frame and "n" in frame and frame["n"] > self.cursor:
            async with self._changed:
                self.cursor = frame["n"]
                self.events.append(frame["e"])
                self._changed.notify_all()


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body: dict[str, Any] = answer.json()
    except ValueError:
        return {"detail": answer.text[:200]}
    return body
