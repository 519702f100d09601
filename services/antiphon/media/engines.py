"""Which engines take no new calls: an operator's mark in NATS KV, kept until he takes it away, whatever restarts.

    antiphon media drain 10.0.0.5:2223  →  the bucket  →  every replica of media, within a second  →  Node.draining

One key holds all names, written by compare-and-set and read once a second: a watch could be lost, a question cannot.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from nats.errors import Error as NatsError
from nats.js.api import KeyValueConfig
from nats.js.errors import APIError, KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from antiphon.kit import logs
from antiphon.kit.bus import Bus
from antiphon.kit.errors import DomainError
from antiphon.media.domain.reasons import Reason

BUCKET, KEY = "antiphon_engines", "draining"
_EVERY = 1.0
log = logs.get("media")


class Drains(Protocol):
    """Whoever chooses engines (`ng/cluster.py:Cluster`)."""

    def drain_only(self, names: Collection[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine as its operator sees it."""

    name: str
    sessions: int
    state: str
    """"up", "draining" or "silent"."""


class Marks:
    """The bucket."""

    def __init__(self, kv: KeyValue) -> None:
        self._kv = kv

    @classmethod
    async def open(cls, bus: Bus) -> Marks:
        """Waits until NATS can be asked."""
        while True:
            try:
                return cls(await bus.js.create_key_value(KeyValueConfig(bucket=BUCKET, replicas=bus.replicas)))
            except APIError as error:
                if error.err_code == 10058:
                    return cls(await bus.js.key_value(BUCKET))
            except (NatsError, TimeoutError):
                pass
            await asyncio.sleep(0.1)

    async def names(self) -> frozenset[str]:
        """Raises NatsError, APIError, TimeoutError."""
        return (await self._read())[0]

    async def put(self, name: str, on: bool, known: Sequence[Engine]) -> None:
        """Marks an engine, or takes the mark away; repeating it is a success. Returns when it is stored. Raises
        DomainError: UNKNOWN_ENGINE for a name that nobody has, LAST_ENGINE when no other would take a call."""
        while True:
            marked, revision = await self._read()
            if on and name not in marked:
                _check(name, [engine for engine in known if engine.name not in marked], known)
            if not on and name not in marked and name not in {engine.name for engine in known}:
                raise DomainError(Reason.UNKNOWN_ENGINE, f"there is no engine {name}")
            wanted = marked | {name} if on else marked - {name}
            with suppress(KeyWrongLastSequenceError):
                await self._kv.update(KEY, json.dumps(sorted(wanted)).encode(), last=revision)
                return

    async def follow(self, cluster: Drains) -> None:
        """For ever; while NATS is away what was known stays."""
        while True:
            await self.apply(cluster)
            await asyncio.sleep(_EVERY)

    async def apply(self, cluster: Drains) -> None:
        """Once."""
        try:
            cluster.drain_only(await self.names())
        except (NatsError, APIError, TimeoutError) as error:
            log.warning("marks of engines are not seen", error=str(error) or type(error).__name__)

    async def _read(self) -> tuple[frozenset[str], int]:
        try:
            entry = await self._kv.get(KEY)
        except KeyNotFoundError:
            return frozenset(), 0
        return frozenset(json.loads(entry.value or b"[]")), entry.revision or 0


def _check(name: str, unmarked: Sequence[Engine], known: Sequence[Engine]) -> None:
    if name not in {engine.name for engine in known}:
        raise DomainError(Reason.UNKNOWN_ENGINE, f"there is no engine {name}")
    if not any(engine.name != name and engine.state == "up" for engine in unmarked):
        raise DomainError(Reason.LAST_ENGINE, f"no other engine would take a call if {name} took none")
