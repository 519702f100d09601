"""The live calls of all replicas, in NATS KV: whose they are, and what is needed to end them when their replica dies.

Every replica watches the bucket, so it knows where a command belongs and how many calls a number carries; each writes
only its own calls. An entry goes when the record of the call is stored.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nats.errors import Error as NatsError
from nats.js.api import KeyValueConfig
from nats.js.errors import APIError
from nats.js.kv import KeyValue

from antiphon.kit import logs
from antiphon.kit.bus import Bus
from antiphon.media.domain.capacity import Tally, Use
from antiphon.media.v1 import media_pb2 as pb

BUCKET = "antiphon_calls"
log = logs.get("media")


@dataclass(frozen=True, slots=True)
class Entry:
    """A live call as every replica knows it."""

    replica: str
    tenant: str
    call: pb.Call
    rev: int = 0
    number_id: str = ""
    trunks: frozenset[str] = frozenset()
    items: dict[str, str] = field(default_factory=dict)
    dialogs: dict[str, Any] = field(default_factory=dict)
    """Leg → Leg.dump of the SIP endpoint."""
    anchor: dict[str, Any] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    """Port of the engine → channel of the recording."""
    sip_call_ids: dict[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        known = {name: getattr(self, name) for name in ("replica", "tenant", "rev", "number_id", "items", "dialogs")}
        known |= {"anchor": self.anchor, "ports": self.ports, "sip_call_ids": self.sip_call_ids}
        call = base64.b64encode(self.call.SerializeToString()).decode()
        return json.dumps({**known, "trunks": sorted(self.trunks), "call": call}).encode()

    @staticmethod
    def decode(data: bytes) -> Entry:
        """Raises ValueError or KeyError for what is none."""
        said = json.loads(data)
        said["call"] = pb.Call.FromString(base64.b64decode(said["call"]))
        said["trunks"] = frozenset(said["trunks"])
        return Entry(**said)


class Registry:
    """The bucket, and what is known of it."""

    def __init__(self, kv: KeyValue) -> None:
        self._kv = kv
        self.entries: dict[str, Entry] = {}
        """As last seen or written; of own calls `now` and `every` know better."""
        self.tally = Tally()
        self._changed: dict[str, Callable[[], Entry]] = {}
        """Own calls that are not as their entry says any more → what makes it anew, for whoever asks."""
        self.ready = asyncio.Event()

    @classmethod
    async def open(cls, bus: Bus) -> Registry:
        while True:
            try:
                return cls(await bus.js.create_key_value(KeyValueConfig(bucket=BUCKET, replicas=bus.replicas)))
            except APIError as error:
                if error.err_code == 10058:
                    return cls(await bus.js.key_value(BUCKET))
                await asyncio.sleep(0.1)
            except NatsError:
                await asyncio.sleep(0.1)

    def changed(self, use: Use, make: Callable[[], Entry]) -> None:
        """An own call is another now: counted at once, before it is written, so two that come together are both
        counted. Its entry is made when somebody wants it."""
        self.tally.take(use)
        self._changed[use.call_id] = make

    def ended(self, call_id: str, make: Callable[[], Entry]) -> None:
        """An own call is over and takes no room any more."""
        self.tally.drop(call_id)
        self._changed[call_id] = make

    def now(self, call_id: str) -> Entry | None:
        """A call as it is."""
        make = self._changed.pop(call_id, None)
        if make is not None:
            self.entries[call_id] = make()
        return self.entries.get(call_id)

    def every(self) -> list[Entry]:
        """All calls as they are."""
        for call_id in list(self._changed):
            self.now(call_id)
        return list(self.entries.values())

    def live(self) -> list[tuple[str, pb.Call]]:
        """Tenant and call of each."""
        return [(entry.tenant, entry.call) for entry in self.every()]

    async def put(self, call_id: str, entry: Entry) -> None:
        """Raises NatsError when it is not stored."""
        await self._kv.put(call_id, entry.encode())

    async def remove(self, call_id: str) -> None:
        self._forget(call_id)
        await self._kv.purge(call_id)

    def _forget(self, call_id: str) -> None:
        self.entries.pop(call_id, None)
        self._changed.pop(call_id, None)
        self.tally.drop(call_id)

    async def watch(self, own: str) -> None:
        """Follows the other replicas for ever."""
        while True:
            try:
                watcher = await self._kv.watchall()
                while True:
                    update = await watcher.updates(timeout=None)  # type: ignore[no-untyped-call]
                    if update is None:
                        self.ready.set()
                    else:
                        self._heard(update.key, update.value, own)
            except (NatsError, APIError, TimeoutError) as error:
                log.warning("the calls of other replicas are not seen", error=str(error) or type(error).__name__)
                await asyncio.sleep(0.5)

    def _heard(self, call_id: str, value: bytes | None, own: str) -> None:
        known = self.entries.get(call_id)
        if known is not None and known.replica == own:
            return
        if not value:
            self._forget(call_id)
            return
        try:
            entry = Entry.decode(value)
        except (ValueError, KeyError, TypeError):
            log.error("an entry of a call cannot be read", call_id=call_id)
            return
        if entry.replica != own:
            self.entries[call_id] = entry
            if entry.call.state == pb.CALL_STATE_ENDED:
                self.tally.drop(call_id)
            else:
                self.tally.take(Use(call_id, entry.number_id, entry.trunks))
