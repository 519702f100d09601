"""NATS tells: past-tense facts, stored by JetStream, read by durable consumers.

The subject is the event's protobuf name, the tenant and a key: `antiphon.acd.v1.WorkQueued.<tenant>.<key>`; a receiver
decodes by the subject alone. All facts live in ONE stream, so a position in it is a position in everything that
happened (the inbox resumes browsers by it).

Promises: `publish` returns when JetStream has stored the fact, and a repeat with the same id within two minutes is
dropped. `consume` calls a handler at least once per fact, in order for one key, and for ever while the trouble is
elsewhere (Mongo down, a service not ready); a fact that fails by itself five times is put aside in the stream
`antiphon_dead` with the error, and the rest goes on. Handlers are idempotent. Copies may be of different releases: a
fact whose kind one of them does not know finds another (`sharing.py`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias, cast

from google.protobuf.message import DecodeError, Message
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StreamConfig
from nats.js.errors import APIError, NotFoundError
from prometheus_client import Gauge
from pymongo.errors import ConnectionFailure

from antiphon.kit import logs, metrics, pull, sharing, tasks, tls, tracing
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.facts import Fact, decode, event_type, kind_of, subject_of
from antiphon.kit.settings import Platform

__all__ = ["DEAD", "FACTS", "Bus", "Fact", "Handler", "Table", "Together", "decode", "event_type", "subject_of"]

FACTS = "antiphon_facts"
DEAD = "antiphon_dead"
_LANES = 16
_ATTEMPTS = 5
_ACK_WAIT = 5.0
"""Seconds after which a fact goes to another copy, when nobody said meanwhile that it is in hand: what a process held
when it died is not waited for longer."""
_IN_HAND = 1.5
"""Seconds between two such words."""
tasks.heed_cancellations()
log = logs.get("bus")


Handler: TypeAlias = Callable[[Fact], Awaitable[None]]
Together: TypeAlias = Callable[[Sequence[Fact]], Awaitable[None]]
Table: TypeAlias = Mapping[type[Message], Handler]


class Bus:
    """One connection to NATS."""

    def __init__(self, nc: Client, replicas: int = 1, lease_seconds: float = 6.0) -> None:
        self.nc = nc
        self.js: JetStreamContext = nc.jetstream(timeout=3)
        self.replicas = replicas
        self.lease_seconds = lease_seconds
        self.reconnects = 0

    @classmethod
    async def connect(cls, platform: Platform, name: str) -> Bus:
        """Connects and makes sure that the streams exist. Keeps trying for 30 s."""
        bus = cls(Client(), platform.replicas, platform.lease_seconds)

        async def reconnected() -> None:
            bus.reconnects += 1
            metrics.reconnects.inc()
            log.warning("reconnected to NATS", name=name)

        async def failed(error: Exception) -> None:
            log.warning("NATS error", name=name, error=str(error) or type(error).__name__)

        options: dict[str, Any] = {"nkeys_seed": str(platform.nats_seed_file)} if platform.nats_seed_file else {}
        identity = tls.identity(platform)
        if identity is not None and platform.nats_url.startswith("tls:"):
            options["tls"] = identity.context()
        async with asyncio.timeout(30):
            await bus.nc.connect(
                platform.nats_url.split(","),
                name=f"antiphon-{name}",
                max_reconnect_attempts=-1,
                reconnect_time_wait=cast(int, 0.2),  # seconds; a float works
                ping_interval=10,
                reconnected_cb=reconnected,
                error_cb=failed,
                inbox_prefix=f"_INBOX_{name}".encode(),
                **options,
            )
            bus.js = bus.nc.jetstream(timeout=3)
            await bus.ensure_stream(FACTS, ["antiphon.*.v1.>"], max_age=7 * 86400)
            await bus.ensure_stream(DEAD, ["antiphon-dead.>"], max_age=30 * 86400)
        return bus

    async def ensure_stream(self, name: str, subjects: list[str], max_age: float = 0) -> None:
        """Creates a file-backed stream where it is missing. Age in seconds; 0 keeps for ever."""
        config = StreamConfig(
            name=name, subjects=subjects, max_age=max_age, num_replicas=self.replicas, duplicate_window=120,
            allow_direct=True,
        )  # fmt: skip
        while True:
            try:
                await self.js.add_stream(config)
                return
            except APIError as error:
                if error.err_code == 10058:  # in use with another configuration: an upgrade
                    await self.js.update_stream(config)
                    return
                await asyncio.sleep(0.1)
            except NatsError:
                await asyncio.sleep(0.1)

    async def publish(self, event: Message, *, tenant: str, key: str, event_id: str, within: float = 15.0) -> int:
        """Stores a fact and returns its sequence. Raises UNAVAILABLE when it could not be stored in `within` seconds;
        it may be stored all the same: repeat with the same `event_id`."""
        headers = {"Nats-Msg-Id": event_id, **tracing.outgoing()}
        return await self.publish_raw(subject_of(event, tenant, key), event.SerializeToString(), headers, within)

    async def publish_raw(self, subject: str, data: bytes, headers: dict[str, str], within: float = 15.0) -> int:
        """As `publish`, for what is encoded already (the outbox)."""
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + within, 0.02
        while True:
            try:
                ack = await self.js.publish(subject, data, timeout=2, headers=headers)
                metrics.facts_told.labels(kind_of(subject)).inc()
                return ack.seq
            except (NatsError, APIError, TimeoutError) as error:
                if loop.time() + pause > deadline:
                    raise DomainError(Common.UNAVAILABLE, "the event bus does not answer") from error
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.5)

    async def forget(self, kind: type[Message], tenant: str, key: str) -> None:
        """Deletes what was told of this kind about a thing: somebody's data is erased. Positions of others stay."""
        try:
            await self.js.purge_stream(FACTS, subject=subject_of(kind, tenant, key))
        except (NatsError, TimeoutError) as error:
            raise DomainError(Common.UNAVAILABLE, "the event bus does not answer") from error

    async def consume(
        self, durable: str, table: Table, lanes: int = _LANES, former: Iterable[type[Message]] = ()
    ) -> None:
        """Delivers facts to the handlers of `table` until cancelled. Copies with the same name share the work; `lanes`
        facts of different keys are handled at once. `former`: kinds that the release before took in and nobody needs
        any more."""
        handlers = {kind.DESCRIPTOR.full_name: handler for kind, handler in table.items()}
        waiting = [asyncio.Queue[Msg]() for _ in range(lanes)]  # max_ack_pending bounds them
        held: dict[str, Msg] = {}
        async with asyncio.TaskGroup() as group:
            group.create_task(_hold(held, metrics.facts_behind.labels(durable)))
            for lane in waiting:
                group.create_task(self._work(lane, handlers, durable, held))
            group.create_task(sharing.take_up(self.js, DEAD, _aside(durable), _by_subject(handlers)))
            async for message in self._shared(durable, table, former):
                held[message.reply] = message
                tenant_and_key = message.subject.split(".", 4)[4]
                waiting[hash(tenant_and_key) % lanes].put_nowait(message)

    async def consume_together(
        self, durable: str, kinds: Iterable[type[Message]], handler: Together, *, every: float
    ) -> None:
        """As `consume`, for who needs no order and stores many facts as cheaply as one: what came within `every`
        seconds is handled at once, a lone fact immediately. Where that fails each is delivered alone."""
        came, held = asyncio.Queue[Msg](), dict[str, Msg]()
        known = {kind.DESCRIPTOR.full_name: _alone(handler) for kind in kinds}
        async with asyncio.TaskGroup() as group:
            group.create_task(_hold(held, metrics.facts_behind.labels(durable)))
            group.create_task(self._gather(came, handler, durable, held, every))
            group.create_task(sharing.take_up(self.js, DEAD, _aside(durable), _by_subject(known)))
            async for message in self._shared(durable, kinds):
                held[message.reply] = message
                came.put_nowait(message)

    async def follow(
        self, tenant: str = "*", after: int | None = None, kinds: Iterable[type[Message]] = ()
    ) -> AsyncIterator[Fact]:
        """Every fact of a tenant (or all) in stream order, from just after `after`, or from now on; only of these kinds
        where some are named: whoever needs few should not read all. Nothing is acknowledged: the reader keeps its own
        position. Survives restarts of the server without a hole."""
        subjects = [subject_of(kind, tenant) for kind in kinds] or [f"antiphon.*.v1.*.{tenant}.>"]
        last = after if after is not None else await self.last_sequence()
        unknown: set[str] = set()
        while True:
            config = ConsumerConfig(
                filter_subjects=subjects,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=last + 1,
                ack_policy=AckPolicy.NONE,
                inactive_threshold=30.0,
                mem_storage=True,
            )
            async for message in self._pull(FACTS, config, once=True):
                try:
                    fact = decode(message)
                except (ImportError, AttributeError):
                    if (kind := kind_of(message.subject)) not in unknown:
                        unknown.add(kind)
                        log.warning("facts of a kind that this release does not know are passed over", kind=kind)
                    continue
                except (DecodeError, ValueError) as error:
                    log.error("unreadable fact skipped", subject=message.subject, error=str(error))
                    continue
                last = fact.sequence
                yield fact

    async def last_sequence(self) -> int:
        """The sequence of the newest fact."""
        return (await self.js.stream_info(FACTS)).state.last_seq

    async def epoch(self) -> tuple[str, int]:
        """When the stream was made, and the oldest sequence it still holds. A new stream counts from 1 again."""
        info = await self.js.stream_info(FACTS)
        return str(info.created), info.state.first_seq

    async def close(self) -> None:
        """Sends what is pending and closes."""
        try:
            async with asyncio.timeout(5):
                await self.nc.drain()
        except (NatsError, TimeoutError):
            await self.nc.close()

    async def _shared(
        self, durable: str, kinds: Iterable[type[Message]], former: Iterable[type[Message]] = ()
    ) -> AsyncIterator[Msg]:
        """Facts of these kinds, of a consumer whose work its copies share."""
        subjects = [subject_of(kind) for kind in kinds]
        known = {kind_of(subject) for subject in subjects}
        config = ConsumerConfig(
            durable_name=durable,
            filter_subjects=subjects,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=_ACK_WAIT,
            max_ack_pending=512,
        )
        async for message in self._pull(FACTS, config, former=[subject_of(kind) for kind in former]):
            if kind_of(message.subject) in known:
                yield message
            else:
                await self._give_back(message, durable)

    async def _pull(
        self, stream: str, config: ConsumerConfig, once: bool = False, former: Sequence[str] = ()
    ) -> AsyncIterator[Msg]:
        """Messages of a consumer that is made, and made again whenever it is lost. With `once` a lost consumer ends
        the iteration instead (its position is the caller's)."""
        while True:
            try:
                if config.durable_name:
                    name = await sharing.join(self.js, stream, config, former)
                else:
                    name = (await self.js.add_consumer(stream, config)).name
                async for message in pull.messages(self.nc, stream, name, lambda: self.reconnects):
                    yield message
            except (pull.ConsumerLost, NatsError, APIError, NotFoundError, TimeoutError) as error:
                if self.nc.is_closed:
                    return
                log.warning("consumer interrupted", consumer=config.durable_name or "follow", error=str(error))
                await asyncio.sleep(0.2 + random.random() * 0.2)  # noqa: S311 - only spreads retries
                if once:
                    return

    async def _work(
        self, lane: asyncio.Queue[Msg], handlers: Mapping[str, Handler], durable: str, held: dict[str, Msg]
    ) -> None:
        while True:
            message = await lane.get()
            name = kind_of(message.subject)
            came = tracing.incoming(message.headers, f"{durable} {name}", tracing.Kind.CONSUMER)
            with logs.bound(consumer=durable, subject=message.subject), came:
                await self._deliver(message, handlers[name], durable)
            held.pop(message.reply, None)

    async def _gather(
        self, came: asyncio.Queue[Msg], handler: Together, durable: str, held: dict[str, Msg], every: float
    ) -> None:
        alone, loop = _alone(handler), asyncio.get_running_loop()
        began = -every
        while True:
            batch = [await came.get()]
            await asyncio.sleep(max(0.0, began + every - loop.time()))
            began = loop.time()
            while not came.empty():
                batch.append(came.get_nowait())
            with logs.bound(consumer=durable):
                if not await self._delivered(batch, handler, durable):
                    await asyncio.gather(*(self._deliver(message, alone, durable) for message in batch))
            for message in batch:
                held.pop(message.reply, None)

    async def _delivered(self, batch: Sequence[Msg], handler: Together, durable: str) -> bool:
        try:
            with metrics.handled(durable):
                await handler([decode(message) for message in batch])
            for message in batch:
                await message.ack()
        except Exception as error:  # noqa: BLE001 - one of them may be to blame: it is found when each goes alone
            log.warning("facts are delivered one by one", facts=len(batch), error=type(error).__name__)
            return False
        return True

    async def _deliver(self, message: Msg, handler: Handler, durable: str) -> None:
        pause, failures = 0.05, 0
        while True:
            try:
                with metrics.handled(durable):
                    await handler(decode(message))
                await message.ack()
                return
            except Exception as error:
                if not _is_elsewhere(error):
                    failures += 1
                    log.exception("handler failed", attempt=failures)
                if failures >= _ATTEMPTS and await self._put_aside(message, durable, error):
                    return
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5)

    async def _put_aside(self, message: Msg, durable: str, error: Exception) -> bool:
        said = f"{type(error).__name__}: {error}"[:500].replace("\n", " ")
        return await self._set_aside(message, durable, {"Error": said})

    async def _set_aside(self, message: Msg, durable: str, headers: dict[str, str]) -> bool:
        try:
            await self.publish_raw(f"{_aside(durable)}.{message.subject}", message.data, headers)
            await message.ack()
        except (DomainError, NatsError):
            return False
        metrics.facts_put_aside.labels(durable).inc()
        log.error("fact put aside", durable=durable)
        return True

    async def _give_back(self, message: Msg, durable: str) -> None:
        """Another release's replica may know it. Where the bus is away it comes again by itself."""
        with suppress(NatsError):
            if not await sharing.given_back(message):
                said = {sharing.MARK: message.headers.get("Nats-Msg-Id", "") if message.headers else ""}
                await self._set_aside(message, durable, said)


def _alone(handler: Together) -> Handler:
    async def alone(fact: Fact) -> None:
        await handler([fact])

    return alone


def _aside(durable: str) -> str:
    """Where facts lie that a consumer could not take."""
    return f"antiphon-dead.{durable}"


def _by_subject(handlers: Mapping[str, Handler]) -> Mapping[str, sharing.Take]:
    """The handlers of stored facts that come without their envelope."""

    def of(name: str, handler: Handler) -> sharing.Take:
        async def take(subject: str, data: bytes, event_id: str) -> None:
            _, _, _, _, tenant, key = subject.split(".", 5)
            await handler(Fact(event_type(name).FromString(data), tenant, key, event_id, 0))

        return take

    return {name: of(name, handler) for name, handler in handlers.items()}


def _is_elsewhere(error: Exception) -> bool:
    """True when waiting helps: the trouble is not in this fact."""
    if isinstance(error, DomainError):
        return error.retry
    return isinstance(error, NatsError | ConnectionFailure | ConnectionError | TimeoutError)


async def _hold(held: Mapping[str, Msg], behind: Gauge) -> None:
    """Says of every fact in hand or in a lane that it is not lost, and how old the oldest is."""
    while True:
        await asyncio.sleep(_IN_HAND)
        oldest = next(iter(held.values()), None)
        behind.set((system_clock() - oldest.metadata.timestamp).total_seconds() if oldest is not None else 0)
        for message in list(held.values()):
            with suppress(NatsError):  # away, or acknowledged just now
                await message.in_progress()
