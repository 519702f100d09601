"""One holder at a time: a lease in NATS KV whose revision is the fencing token.

How long a lease lasts is one setting of the installation (`ANTIPHON_LEASE_SECONDS`), for all live in one bucket. The
holder renews at a third of that by compare-and-set; whoever lost it learns so at the next renewal or when
`valid` turns false, whichever is first. A lease only elects; what protects data is that every write carries a fence the
store checks (the journal's expected sequence), because a paused process may believe in its lease for too long.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from nats.errors import Error as NatsError
from nats.js.api import KeyValueConfig
from nats.js.errors import APIError, KeyNotFoundError, KeyWrongLastSequenceError, NoKeysError
from nats.js.kv import KeyValue

from antiphon.kit import logs, tasks
from antiphon.kit.bus import Bus

BUCKET = "antiphon_leases"
_OTHERWISE = 10058
"""What NATS says of a stream that exists with another configuration."""
log = logs.get("leases")


class LetGo(Exception):
    """Raised by who leads and would rather not."""


@dataclass(slots=True)
class Lease:
    """A lease that is held. `fence` grows with every renewal and every new holder."""

    name: str
    holder: str
    fence: int
    valid_until: float
    """Loop time."""

    @property
    def valid(self) -> bool:
        return asyncio.get_running_loop().time() < self.valid_until


class Leases:
    """The leases of an installation; one vanishes `ttl` seconds after its last renewal."""

    def __init__(self, kv: KeyValue, ttl: float) -> None:
        self._kv = kv
        self.ttl = ttl

    @classmethod
    async def open(cls, bus: Bus) -> Leases:
        """Waits until NATS can be asked."""
        ttl = bus.lease_seconds
        wanted = KeyValueConfig(bucket=BUCKET, ttl=ttl, limit_marker_ttl=ttl, replicas=bus.replicas)
        while True:
            try:
                return cls(await bus.js.create_key_value(wanted), ttl)
            except APIError as error:
                otherwise = error.err_code == _OTHERWISE
            except NatsError:
                otherwise = False
            if otherwise:
                with suppress(NatsError, TimeoutError):  # NATS went away meanwhile: from the beginning
                    await _retime(bus, ttl)
            await asyncio.sleep(0.1)

    async def hold(self, name: str, holder: str, lead: Callable[[Lease], Awaitable[None]]) -> None:
        """Waits for the lease, runs `lead(lease)` while it is held, and begins again when it is lost; after LetGo when
        others had the time to take it. Runs until cancelled; on cancellation the lease is given back at once, so that a
        graceful restart costs no waiting."""
        while True:
            lease = await _acquire(self._kv, name, holder, self.ttl)
            log.info("lease taken", lease=name, holder=holder, fence=lease.fence)
            work = asyncio.ensure_future(lead(lease))
            renewal = asyncio.ensure_future(_renew(self._kv, lease, self.ttl))
            pause = 0.0
            try:
                done, _ = await asyncio.wait({work, renewal}, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            except LetGo:
                pause = self.ttl
            finally:
                await tasks.end(work, renewal)
                await asyncio.shield(_give_back(self._kv, lease))
            log.warning("lease ended", lease=name, holder=holder)
            await asyncio.sleep(pause)

    async def take(self, name: str, holder: str) -> Lease | None:
        """One try: None when somebody else holds it. For who does without the work that another does; `keep` it then.
        Raises NatsError, APIError, TimeoutError."""
        asked = asyncio.get_running_loop().time()
        fence = await _try(self._kv, name, holder)
        return Lease(name, holder, fence, asked + self.ttl) if fence is not None else None

    async def keep(self, lease: Lease) -> None:
        """Renews it; returns when it is lost."""
        await _renew(self._kv, lease, self.ttl)

    async def give_back(self, lease: Lease) -> None:
        """Frees it for others at once; when that cannot be told, it ends by itself."""
        await _give_back(self._kv, lease)

    async def holder(self, name: str) -> str:
        """Who holds the lease now; empty for nobody. Raises NatsError, APIError, TimeoutError."""
        try:
            return ((await self._kv.get(name)).value or b"").decode()
        except KeyNotFoundError:
            return ""

    async def is_held(self, name: str) -> bool:
        """True when somebody holds the lease now."""
        try:
            return bool(await self.holder(name))
        except (NatsError, APIError, TimeoutError):
            return False

    async def release_all(self) -> None:
        """Frees every lease. For who knows that no holder lives any more: nobody waits for the dead."""
        try:
            names = await self._kv.keys()
        except NoKeysError:
            return
        for name in names:
            await self._kv.delete(name)


async def _retime(bus: Bus, ttl: float) -> None:
    """The bucket of an installation that had other leases."""
    config = (await bus.js.stream_info(f"KV_{BUCKET}")).config
    config.max_age = config.subject_delete_marker_ttl = config.duplicate_window = ttl
    await bus.js.update_stream(config)


async def _acquire(kv: KeyValue, name: str, holder: str, ttl: float) -> Lease:
    loop = asyncio.get_running_loop()
    while True:
        asked = loop.time()
        try:
            fence = await _try(kv, name, holder)
            if fence is not None:
                return Lease(name, holder, fence, asked + ttl)
        except (NatsError, APIError, TimeoutError) as error:
            log.warning("lease not reachable", lease=name, error=str(error) or type(error).__name__)
        await asyncio.sleep(ttl / 10 * (0.7 + 0.6 * random.random()))  # noqa: S311 - only spreads retries


async def _try(kv: KeyValue, name: str, holder: str) -> int | None:
    """The revision when the lease was free and is ours now. A vanished entry leaves a marker that `create` does not see
    as free, so its revision is asked for."""
    try:
        entry = await kv.get(name)
    except KeyNotFoundError as missing:
        last = missing.entry.revision if missing.entry is not None and missing.entry.revision else 0
        try:
            return await kv.update(name, holder.encode(), last=last)
        except KeyWrongLastSequenceError:
            return None
    # Free: the marker of an entry that ran out, which reads as an entry without a value. Or our own, from before a lost
    # answer.
    if entry.value in (None, b"", holder.encode()) and entry.revision is not None:
        try:
            return await kv.update(name, holder.encode(), last=entry.revision)
        except KeyWrongLastSequenceError:
            return None
    return None


async def _renew(kv: KeyValue, lease: Lease, ttl: float) -> None:
    """Returns when the lease is lost."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(ttl / 3)
        asked = loop.time()
        try:
            lease.fence = await kv.update(lease.name, lease.holder.encode(), last=lease.fence)
            lease.valid_until = asked + ttl
        except KeyWrongLastSequenceError:
            return
        except (NatsError, APIError, TimeoutError):
            if not lease.valid:
                return


async def _give_back(kv: KeyValue, lease: Lease) -> None:
    try:
        await kv.delete(lease.name, last=lease.fence)
    except (NatsError, APIError, TimeoutError):
        return  # it ends by itself
