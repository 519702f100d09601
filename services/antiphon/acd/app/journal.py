"""The fenced journal: what happened to one tenant's brain, in JetStream, in order, written by one leader at a time.

Subject `acd.journal.<shard>.<tenant>`; every append names the sequence it follows on that subject, so an append by a
leader that was replaced is refused by the store (error 10071) and there are never two brains. One entry is a batch of
inputs that were handled together, with the effects they had: enough to replay the decisions, and for an independent
checker to verify them without the engine.

The form is JSON, so that a person can read it:
    {"id": "jn_…", "at": 1767603600000, "inputs": [{"kind": "WorkEnqueued", …}], "effects": [[{"kind": …}]], "v": 1}
`effects[i]` belong to `inputs[i]`. A format change raises `v`; the reader knows how to lift older entries (`_LIFT`).
Releases read each other's entries while one is rolled out: a new field has a default and is passed over by who does not
know it; a new kind or value is read by one release before the next one writes it. Who meets one that it does not know
raises Unreadable and leaves the tenant to a newer replica.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from nats.errors import Error as NatsError
from nats.js.errors import APIError, NotFoundError

from antiphon.acd.domain.effects import Effect
from antiphon.acd.domain.inputs import Input
from antiphon.kit.bus import Bus
from antiphon.kit.clock import Millis
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.ids import new_id

STREAM = "acd_journal"
VERSION = 1
_WRONG_SEQUENCE = 10071
_LIFT: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Version → function that turns an entry of that version into the next one."""


class Fenced(Exception):
    """Somebody else leads now: this writer's append was refused."""


class Unreadable(ValueError):
    """A newer release wrote this."""


class Entry(Struct, frozen=True):
    """Inputs that were handled together at `at`, each with its effects. An entry without inputs marks a new leader."""

    id: str
    at: Millis
    inputs: tuple[Input, ...]
    effects: tuple[tuple[Effect, ...], ...]
    v: int = VERSION


class _Shape(Struct):
    v: int


_decoder, _shape = msgspec.json.Decoder(Entry), msgspec.json.Decoder(_Shape)


def encode(entry: Entry) -> bytes:
    """An entry as JSON."""
    return msgspec.json.encode(entry)


def decode(data: bytes) -> Entry:
    """The inverse of `encode`, for every version so far. Raises Unreadable for anything else."""
    try:
        version = _shape.decode(data).v
        if version == VERSION:
            return _decoder.decode(data)
        raw: dict[str, Any] = msgspec.json.decode(data)
        while raw["v"] != VERSION:
            if raw["v"] not in _LIFT:
                raise Unreadable(f"journal version {raw['v']} is not known to this release")
            raw = _LIFT[raw["v"]](raw)
        return msgspec.convert(raw, Entry)
    except msgspec.MsgspecError as error:
        raise Unreadable(str(error)) from error


class Journal:
    """One tenant's journal."""

    def __init__(self, bus: Bus, shard: int, tenant: str) -> None:
        self._bus = bus
        self._subject = subject(shard, tenant)
        self.sequence = 0
        """Stream sequence of the last entry on this subject that we know of."""

    async def append(self, at: Millis, inputs: Sequence[Input], effects: Sequence[Sequence[Effect]]) -> int:
        """Stores an entry after the last known one and returns its sequence. Raises Fenced when another leader wrote
        meanwhile, UNAVAILABLE when the store does not answer (the entry may be stored: recover before going on)."""
        entry = Entry(new_id("jn"), at, tuple(inputs), tuple(tuple(group) for group in effects))
        headers = {"Nats-Msg-Id": entry.id, "Nats-Expected-Last-Subject-Sequence": str(self.sequence)}
        data = encode(entry)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 15
        while True:
            try:
                ack = await self._bus.js.publish(self._subject, data, headers=headers, timeout=2)
                self.sequence = ack.seq
                return ack.seq
            except APIError as error:
                if error.err_code == _WRONG_SEQUENCE:
                    if await self._is_last(entry.id):
                        return self.sequence
                    raise Fenced(self._subject) from error
                if loop.time() > deadline:
                    raise DomainError(Common.UNAVAILABLE, "the journal does not answer") from error
            except (NatsError, TimeoutError) as error:
                if loop.time() > deadline:
                    raise DomainError(Common.UNAVAILABLE, "the journal does not answer") from error
            await asyncio.sleep(0.05)

    async def read(self, after: int) -> AsyncIterator[tuple[int, Entry]]:
        """Every entry past stream sequence `after`, oldest first; afterwards `sequence` is the last one's."""
        self.sequence = 0
        try:
            last = (await self._bus.js.get_last_msg(STREAM, self._subject, direct=True)).seq or 0
        except NotFoundError:
            return
        position = after
        while position < last:
            message = await self._bus.js.get_msg(
                STREAM, seq=position + 1, subject=self._subject, direct=True, next=True
            )
            position = message.seq or last
            yield position, decode(message.data or b"")
        self.sequence = last

    async def _is_last(self, entry_id: str) -> bool:
        last = await self._bus.js.get_last_msg(STREAM, self._subject)
        if (last.headers or {}).get("Nats-Msg-Id") != entry_id:
            return False
        self.sequence = last.seq or 0
        return True


async def export(bus: Bus, tenant: str) -> AsyncIterator[bytes]:
    """Every kept entry of a tenant's journal as a line of JSON with its sequence, oldest first."""
    info = await bus.js.stream_info(STREAM, subjects_filter=f"acd.journal.*.{tenant}")
    for name in sorted(info.state.subjects or {}):
        last = (await bus.js.get_last_msg(STREAM, name, direct=True)).seq or 0
        position = 0
        while position < last:
            message = await bus.js.get_msg(STREAM, seq=position + 1, subject=name, direct=True, next=True)
            position = message.seq or last
            yield b'{"seq":%d,' % position + (message.data or b"{}")[1:]


def subject(shard: int, tenant: str) -> str:
    return f"acd.journal.{shard}.{tenant}"


async def open_stream(bus: Bus) -> str:
    """Creates the journal's stream where it is missing; returns its name in time: a stream that was made anew counts
    from one again, and no position in the old one means anything. Entries are kept for 30 days, snapshots for ever."""
    await bus.ensure_stream(STREAM, ["acd.journal.>"], max_age=30 * 86400)
    while True:
        try:
            return str((await bus.js.stream_info(STREAM)).created)
        except (NatsError, TimeoutError):
            await asyncio.sleep(0.1)


async def tenants(bus: Bus, shard: int) -> list[str]:
    """Tenants that have a journal in a shard."""
    info = await bus.js.stream_info(STREAM, subjects_filter=f"acd.journal.{shard}.>")
    return sorted(name.rpartition(".")[2] for name in (info.state.subjects or {}))
