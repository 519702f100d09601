"""A client of the real-time protocol that keeps its rules: snapshot, ticket, hello, n > cursor, resync, come again."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake


class Browser:
    """One page: keeps a cursor over any number of connections to any of the replicas."""

    def __init__(self, replicas: list[int], token: str, subs: list[str] | None = None) -> None:
        self.replicas = replicas
        self.headers = {"Authorization": f"Bearer {token}"}
        self.subs = subs or []
        self.epoch = ""
        self.cursor = -1
        self.state: dict[str, Any] = {}
        self.events: list[tuple[int, dict[str, Any]]] = []
        self.ephemera: list[dict[str, Any]] = []
        self.codes: Counter[int] = Counter()
        self.ports: Counter[int] = Counter()
        self.repeated = 0
        self.resyncs: list[str] = []
        self.connections = 0
        self.is_live = asyncio.Event()
        self.ws: ClientConnection | None = None
        self._turn = 0

    def seen(self, kind: str) -> list[dict[str, Any]]:
        """Bodies of the events of a kind, in order."""
        return [event["body"] for _, event in self.events if event["type"].endswith(f".{kind}")]

    async def get(self, http: httpx.AsyncClient, method: str, path: str) -> Any:
        """As the desk does it: a 503 means that somebody is coming up, so it asks again."""
        for _ in range(75):
            self._turn += 1
            port = self.replicas[self._turn % len(self.replicas)]
            answer = await http.request(method, f"http://127.0.0.1:{port}/api/v1/rt/{path}", headers=self.headers)
            if answer.status_code != 503:
                break
            await asyncio.sleep(0.2)
        answer.raise_for_status()
        return answer.json()

    async def snapshot(self, http: httpx.AsyncClient) -> None:
        answer = await self.get(http, "GET", "snapshot")
        self.epoch, self.cursor, self.state = answer["epoch"], answer["cursor"], answer["state"]

    async def open(self, http: httpx.AsyncClient, **changes: Any) -> ClientConnection:
        """Connects and says hello; `changes` to the hello are for tests of what it refuses."""
        ticket = (await self.get(http, "POST", "ticket"))["ticket"]
        port = random.choice(self.replicas)
        self.ws = await connect(f"ws://127.0.0.1:{port}/rt", open_timeout=3, close_timeout=1, compression=None)
        hello = {"t": "hello", "ticket": ticket, "epoch": self.epoch, "since": self.cursor, "subs": self.subs}
        await self.ws.send(json.dumps({**hello, **changes}))
        self.ports[port] += 1
        return self.ws

    async def listen(self, ws: ClientConnection) -> int:
        """Applies frames until the connection closes; returns the code."""
        try:
            async for text in ws:
                self.hear(json.loads(text))
        except ConnectionClosed:
            pass
        self.is_live.clear()
        self.codes[ws.close_code or 0] += 1
        return ws.close_code or 0

    def hear(self, frame: dict[str, Any]) -> None:
        if frame.get("t") == "hello":
            self.is_live.set()
            self.connections += 1
        elif frame.get("t") == "hb":
            self.cursor = max(self.cursor, frame["n"])
        elif frame.get("t") == "eph":
            self.ephemera.append(frame["e"])
        elif frame.get("t") == "resync":
            self.resyncs.append(frame["why"])
            self.epoch = ""
        elif frame["n"] <= self.cursor:
            self.repeated += 1
        else:
            self.cursor = frame["n"]
            self.events.append((frame["n"], frame["e"]))

    async def run(self, until: Callable[[], bool] = lambda: False, gap: float = 0.03) -> None:
        """Stays connected, over and over."""
        async with httpx.AsyncClient(timeout=5) as http:
            while not until():
                try:
                    if not self.epoch:
                        await self.snapshot(http)
                    code = await self.listen(await self.open(http))
                    if code == 4401:
                        return
                except (httpx.HTTPError, OSError, InvalidHandshake, ConnectionClosed, TimeoutError):
                    pass
                await asyncio.sleep(random.random() * gap)

    async def drop(self) -> None:
        """The network goes away without a word."""
        if self.ws is not None:
            self.ws.transport.abort()
