"""Trunks are looked after by one replica: it keeps registrations alive, asks whether operators are there, tells all.

    lease "media-trunks" → directory's trunks → one watch a trunk → health in NATS KV → every replica

The contact of a registration is the same whoever registers, so that a successor renews the binding instead of adding
another. A registration is taken back only when the trunk is gone or shall not register any more.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from nats.errors import Error as NatsError
from nats.js.api import KeyValueConfig
from nats.js.errors import APIError
from nats.js.kv import KeyValue

from antiphon.directory.v1 import telephony_pb2
from antiphon.kit import logs
from antiphon.kit.bus import Bus
from antiphon.kit.clock import Clock
from antiphon.kit.errors import DomainError
from antiphon.kit.leases import Leases
from antiphon.media.asks import Asks
from antiphon.media.books import Books
from antiphon.media.domain import trunks as rules
from antiphon.media.domain.trunks import Health, Standing
from antiphon.media.endpoint.registration import Registration
from antiphon.media.sip.registration import RegistrationState
from antiphon.media.sip.syntax import ParseError

BUCKET = "antiphon_trunks"
LEASE = "media-trunks"
_LOOK = 15.0
_AGAIN = 5.0
log = logs.get("media")


class Lines(Protocol):
    """How operators are asked (`phones.py`)."""

    def register(self, trunk: telephony_pb2.Trunk, password: str, tenant: str) -> Registration: ...

    async def probe(self, trunk: telephony_pb2.Trunk) -> int: ...


@dataclass(frozen=True, slots=True)
class Known:
    """The health of a trunk as every replica knows it."""

    tenant: str
    health: Health

    def encode(self) -> bytes:
        it = self.health
        since = it.since.isoformat() if it.since is not None else ""
        facts = {"standing": it.standing.value, "code": it.code, "why": it.why, "since": since}
        return json.dumps(facts | {"tenant": self.tenant, "answered": it.answered}).encode()

    @staticmethod
    def decode(data: bytes) -> Known:
        """Raises ValueError or KeyError for what is none."""
        said = json.loads(data)
        since = datetime.fromisoformat(said["since"]) if said["since"] else None
        health = Health(Standing(said["standing"]), said["code"], said["why"], since, said["answered"])
        return Known(said["tenant"], health)


async def open_bucket(bus: Bus) -> KeyValue:
    while True:
        try:
            return await bus.js.create_key_value(KeyValueConfig(bucket=BUCKET, replicas=bus.replicas))
        except APIError as error:
            if error.err_code == 10058:
                return await bus.js.key_value(BUCKET)
            await asyncio.sleep(0.1)
        except NatsError:
            await asyncio.sleep(0.1)


class Trunks:
    """What this replica knows of all trunks, and the looking after them while it holds the lease."""

    def __init__(self, kv: KeyValue, asks: Asks, books: Books, clock: Clock, *, every: float) -> None:
        self._kv = kv
        self._asks = asks
        self._books = books
        self._clock = clock
        self._every = every
        self.lines: Lines = None  # type: ignore[assignment]  # set by wiring
        self._known: dict[str, Known] = {}
        self._wanted: Mapping[str, telephony_pb2.EdgeTrunk] = {}
        self._registrations: set[Registration] = set()
        self._poke = asyncio.Event()

    # --- what everybody knows

    def is_down(self, trunk_id: str) -> bool:
        """True for a trunk that would not carry a call."""
        known = self._known.get(trunk_id)
        return known is not None and known.health.is_down

    def of(self, tenant: str) -> dict[str, Health]:
        return {trunk: known.health for trunk, known in self._known.items() if known.tenant == tenant}

    def changed(self, trunk_id: str) -> None:
        """A fact said that this trunk is another one now: what was known is of the one before."""
        self._known.pop(trunk_id, None)
        self._poke.set()

    def edge_lost(self) -> None:
        """A node of the edge died, and with it the address where operators call us: registered anew over another."""
        for registration in list(self._registrations):
            registration.start()

    async def watch(self) -> None:
        """Follows what the one replica says, for ever."""
        while True:
            try:
                watcher = await self._kv.watchall()
                while True:
                    update = await watcher.updates(timeout=None)  # type: ignore[no-untyped-call]
                    if update is not None:
                        self._heard(update.key, update.value)
            except (NatsError, APIError, TimeoutError) as error:
                log.warning("the health of trunks is not seen", error=str(error) or type(error).__name__)
                await asyncio.sleep(0.5)

    def _heard(self, trunk_id: str, value: bytes | None) -> None:
        if not value:
            self._known.pop(trunk_id, None)
            return
        try:
            self._known[trunk_id] = Known.decode(value)
        except (ValueError, KeyError, TypeError):
            log.error("the health of a trunk cannot be read", trunk=trunk_id)

    # --- what one replica does

    async def run(self, own: Leases, replica: str) -> None:
        """For ever: waits for the lease, looks after all trunks while it is held."""
        await own.hold(LEASE, replica, lambda lease: self._look_after())

    async def _look_after(self) -> None:
        watches: dict[str, tuple[int, asyncio.Task[None]]] = {}
        self._wanted = {}
        async with asyncio.TaskGroup() as group:
            while True:
                self._poke.clear()
                found = await self._asks.quietly(self._asks.edge_trunks())
                if found is not None:
                    self._wanted = {trunk.trunk_id: trunk for trunk in found}
                    for trunk_id, (rev, task) in list(watches.items()):
                        now = self._wanted.get(trunk_id)
                        if now is None or now.rev != rev:
                            task.cancel()
                            del watches[trunk_id]
                            await self._forget(trunk_id)
                    for trunk in found:
                        if trunk.trunk_id not in watches:
                            watches[trunk.trunk_id] = (trunk.rev, group.create_task(self._watch(trunk)))
                    await self._forget_others()
                try:
                    async with asyncio.timeout(_LOOK):
                        await self._poke.wait()
                except TimeoutError:
                    continue

    async def _forget_others(self) -> None:
        """Of trunks that are gone or off nothing is known."""
        for trunk_id in [each for each in self._known if each not in self._wanted]:
            await self._forget(trunk_id)

    async def _forget(self, trunk_id: str) -> None:
        self._known.pop(trunk_id, None)
        try:
            await self._kv.purge(trunk_id)
        except (NatsError, TimeoutError):
            log.warning("the health of a trunk that is another now stays", trunk=trunk_id)

    async def _watch(self, record: telephony_pb2.EdgeTrunk) -> None:
        """One trunk, until it is changed."""
        tenant, trunk_id = record.tenant_id, record.trunk_id
        while True:
            self._asks.forget(tenant, f"trunk:{trunk_id}")
            try:
                trunk, password = await self._asks.trunk(tenant, trunk_id)
                watch = _Watch(self, tenant, trunk)
                async with asyncio.TaskGroup() as group:
                    if trunk.register and trunk.username and password:
                        group.create_task(self._stay_registered(watch, password))
                    group.create_task(self._probe(watch))
            except* (DomainError, ParseError) as errors:
                log.warning("a trunk cannot be looked after", trunk=trunk_id, error=type(errors.exceptions[0]).__name__)
            await asyncio.sleep(_AGAIN)

    async def _stay_registered(self, watch: _Watch, password: str) -> None:
        trunk = watch.trunk
        registration = self.lines.register(trunk, password, watch.tenant)
        self._registrations.add(registration)
        try:
            while True:
                state, code = await registration.next()
                if state is RegistrationState.REGISTERED:
                    await watch.turn(rules.registered(watch.health, self._clock()))
                elif state is RegistrationState.WAITING:
                    await watch.turn(rules.refused(watch.health, code, self._clock()))
        finally:
            self._registrations.discard(registration)
            wanted = self._wanted.get(trunk.id)
            if wanted is None or not wanted.register:
                registration.stop()
            else:
                registration.abandon()

    async def _probe(self, watch: _Watch) -> None:
        while True:
            code = await self.lines.probe(watch.trunk)
            registers = watch.trunk.register
            await watch.turn(rules.probed(watch.health, code, self._clock(), registers=registers))
            await asyncio.sleep(self._every)

    def known(self, trunk_id: str) -> Health:
        known = self._known.get(trunk_id)
        return known.health if known is not None else Health()

    async def say(self, tenant: str, trunk: telephony_pb2.Trunk, before: Health, health: Health) -> None:
        """Everybody is told; an alarm tells of the ends and beginnings of trouble."""
        self._known[trunk.id] = Known(tenant, health)
        try:
            await self._kv.put(trunk.id, self._known[trunk.id].encode())
            if before.is_down != health.is_down:
                log.warning("trunk down" if health.is_down else "trunk up", trunk=trunk.id, code=health.code)
                facts = {"trunk_id": trunk.id, "why": health.why, "code": str(health.code)}
                await self._books.alarm("trunk", trunk.name, cleared=not health.is_down, tenant=tenant, facts=facts)
        except (NatsError, TimeoutError, DomainError) as error:
            log.warning("the health of a trunk is not told", error=type(error).__name__)


class _Watch:
    """What is known of one trunk while it is looked after."""

    def __init__(self, trunks: Trunks, tenant: str, trunk: telephony_pb2.Trunk) -> None:
        self.trunks = trunks
        self.tenant = tenant
        self.trunk = trunk
        before = trunks.known(trunk.id)
        # whatever stood before was of another record or replica: only that it has answered once is kept
        self.health = replace(before, silent=0) if before.is_down else Health(answered=before.answered)

    async def turn(self, health: Health) -> None:
        before, self.health = self.health, health
        if replace(before, silent=0) != replace(health, silent=0):
            await self.trunks.say(self.tenant, self.trunk, before, health)
