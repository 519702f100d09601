"""How trunks have done lately, known to every replica: each writes what it noted itself into NATS KV, all read all.

What a replica noted outlives it for as long as it counts.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime

from nats.errors import Error as NatsError
from nats.js.api import KeyValueConfig
from nats.js.errors import APIError
from nats.js.kv import KeyValue

from antiphon.kit import logs
from antiphon.kit.bus import Bus
from antiphon.kit.clock import Clock
from antiphon.media.domain.scores import LATELY, Attempt, Past, Score, Sound, score

BUCKET = "antiphon_trunk_scores"
_EVERY = 0.5
log = logs.get("media")


async def open_bucket(bus: Bus) -> KeyValue:
    ttl = LATELY.total_seconds()
    while True:
        try:
            return await bus.js.create_key_value(KeyValueConfig(bucket=BUCKET, ttl=ttl, replicas=bus.replicas))
        except APIError as error:
            if error.err_code == 10058:
                return await bus.js.key_value(BUCKET)
            await asyncio.sleep(0.1)
        except NatsError:
            await asyncio.sleep(0.1)


class Scores:
    """What this replica noted, and what all know."""

    def __init__(self, kv: KeyValue, replica: str, clock: Clock) -> None:
        self._kv = kv
        self._replica = replica
        self._clock = clock
        self._known: dict[str, dict[str, Past]] = {}
        """Trunk → replica → what it noted."""
        self._unsaid: set[str] = set()

    def attempted(self, trunk_id: str, *, answered: bool, pdd_ms: int | None) -> None:
        """A call over a trunk was answered, or came to nothing."""
        one = Attempt(self._clock(), answered, pdd_ms)
        self._note(trunk_id, self._own(trunk_id).with_attempt(one))

    def heard(self, trunk_id: str, mos: float | None, loss: float | None) -> None:
        """A call over a trunk is over, and was measured."""
        self._note(trunk_id, self._own(trunk_id).with_sound(Sound(self._clock(), mos, loss)))

    def of(self, trunk_id: str) -> Score:
        return score(self._known.get(trunk_id, {}).values(), self._clock())

    def _own(self, trunk_id: str) -> Past:
        return self._known.get(trunk_id, {}).get(self._replica, Past())

    def _note(self, trunk_id: str, past: Past) -> None:
        self._known.setdefault(trunk_id, {})[self._replica] = past
        self._unsaid.add(trunk_id)

    async def say(self) -> None:
        """Tells the others twice a second what is new, for ever."""
        while True:
            for trunk_id in sorted(self._unsaid):
                self._unsaid.discard(trunk_id)
                try:
                    await self._kv.put(f"{trunk_id}.{self._replica}", encode(self._own(trunk_id)))
                except (NatsError, TimeoutError):
                    self._unsaid.add(trunk_id)
                    break
            await asyncio.sleep(_EVERY)

    async def watch(self) -> None:
        """Follows the other replicas, for ever."""
        while True:
            try:
                watcher = await self._kv.watchall()
                while True:
                    update = await watcher.updates(timeout=None)  # type: ignore[no-untyped-call]
                    if update is not None and update.value:
                        self._heard(update.key, update.value)
            except (NatsError, APIError, TimeoutError) as error:
                log.warning("how trunks do is not seen", error=str(error) or type(error).__name__)
                await asyncio.sleep(0.5)

    def _heard(self, key: str, value: bytes) -> None:
        trunk_id, _, replica = key.partition(".")
        by_replica = self._known.setdefault(trunk_id, {})
        if replica == self._replica and replica in by_replica:
            return  # our own word, which we know better; after a new start it is what we said before
        try:
            by_replica[replica] = decode(value)
        except (ValueError, KeyError, TypeError):
            log.error("how a trunk did cannot be read", trunk=trunk_id)


def encode(past: Past) -> bytes:
    attempts = [[one.at.isoformat(), one.answered, one.pdd_ms] for one in past.attempts]
    sounds = [[one.at.isoformat(), one.mos, one.loss] for one in past.sounds]
    return json.dumps({"attempts": attempts, "sounds": sounds}).encode()


def decode(data: bytes) -> Past:
    """Raises ValueError, KeyError or TypeError for what is none."""
    said = json.loads(data)
    return Past(
        tuple(Attempt(datetime.fromisoformat(at), answered, pdd) for at, answered, pdd in said["attempts"]),
        tuple(Sound(datetime.fromisoformat(at), mos, loss) for at, mos, loss in said["sounds"]),
    )
