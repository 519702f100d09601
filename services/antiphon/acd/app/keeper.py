"""One tenant's brain, kept alive: commands in, journal, answers, facts out.

A single task handles everything in turn, so the brain needs no locks. Commands that arrive while an entry is being
stored are handled together and stored as the next entry (group commit). The order is always

    decide in memory → store in the journal → answer the callers → tell the world

and when the store refuses (somebody else leads now) or does not answer, the memory is thrown away: the keeper ends,
its callers get UNAVAILABLE, and whoever leads next rebuilds the brain from snapshot and journal.

Facts carry ids made of the journal position, so that telling them again after a crash is dropped by the bus or
recognised by the readers. `told` remembers how far the world has been told; a snapshot is stored only behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import msgspec
from google.protobuf.message import Message

from antiphon.acd.app import messages
from antiphon.acd.app.journal import Entry, Fenced, Journal, Unreadable
from antiphon.acd.domain import snapshot
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.decision import Decision
from antiphon.acd.domain.effects import Effect, WorkAbandoned, WorkCompleted, WorkOffered, WorkOverflowed
from antiphon.acd.domain.inputs import Input, TimePassed
from antiphon.acd.domain.item import FINISHED
from antiphon.acd.domain.millis import SECOND
from antiphon.acd.domain.policy import Policy
from antiphon.acd.domain.snapshot import PIECE, Gradual
from antiphon.acd.domain.tally import DEFAULT_TARGET, Tally
from antiphon.acd.settings import Settings
from antiphon.acd.v1.acd_pb2 import Policy as PolicyRecord
from antiphon.acd.v1.acd_pb2 import Queue
from antiphon.kit import logs
from antiphon.kit.clock import Clock, Millis, to_millis
from antiphon.kit.errors import Common, DomainError

T = TypeVar("T")
Decisions = dict[str, dict[str, tuple[int, Millis, Decision]]]
log = logs.get("acd")
_LAST_WORDS = WorkCompleted | WorkAbandoned | WorkOverflowed


class Snapshots(Protocol):
    """Where snapshots are kept."""

    async def load_snapshot(self, tenant: str) -> tuple[int, dict[str, Any]] | None: ...
    async def save_snapshot(self, tenant: str, sequence: int, state: Iterable[bytes]) -> None: ...
    async def restored(self) -> list[str]: ...


class World(Protocol):
    """Who is told, and how far it was."""

    async def tell(self, event: Message, tenant: str, key: str, event_id: str) -> None: ...
    async def told(self, tenant: str) -> int: ...
    async def mark_told(self, tenant: str, sequence: int) -> None: ...


@dataclass(slots=True)
class Scene:
    """What an answer may look at: the brain and the day's figures. Read only."""

    tenant: str
    brain: Brain
    tally: Tally
    now: Millis
    queues: dict[str, Queue] = field(default_factory=dict)
    """Queue records by id, as configured last."""
    policy: PolicyRecord = field(default_factory=PolicyRecord)
    """The tenant's rules, as configured last; breaks and log-in profiles are read from here."""
    decisions: Decisions = field(default_factory=dict)
    """Item → agent → (version, time, why) of the last offer made to him, while the item lives; the latest last."""

    def target(self, queue_id: str) -> Millis:
        """How soon the queue wants to answer."""
        record = self.queues.get(queue_id)
        seconds = record.target_time.seconds if record is not None else 0
        return seconds * SECOND or DEFAULT_TARGET


@dataclass(slots=True)
class _Command:
    inputs: Sequence[Input]
    answer: Callable[[Scene], Any]
    done: asyncio.Future[Any]


@dataclass(slots=True)
class _Telling:
    """What an entry leaves to be told; `state` is a snapshot taken right after it, as pieces of JSON."""

    sequence: int
    events: list[tuple[str, Message]]
    state: Iterable[bytes] | None = None


class Keeper:
    """Keeps one tenant while this process leads its shard."""

    def __init__(
        self,
        tenant: str,
        journal: Journal,
        snapshots: Snapshots,
        world: World,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self.scene = Scene(tenant, Brain(Policy()), Tally(), 0)
        self.day_of: Callable[[Millis], str] = lambda at: str(at // 86_400_000)
        self._journal = journal
        self._snapshots = snapshots
        self._world = world
        self._clock = clock
        self._settings = settings
        self._commands: asyncio.Queue[_Command] = asyncio.Queue()
        self._telling: asyncio.Queue[_Telling] = asyncio.Queue()
        self._is_telling = False
        self._since_snapshot = 0
        self._gradual: Gradual | None = None  # a snapshot in the making
        self._in_hand: list[tuple[_Command, list[Any]]] = []
        self.ready = asyncio.Event()
        self.starting = asyncio.Lock()
        self.configured = False
        """Its configuration was compared, or could not be: the last one holds. Nobody is answered before."""
        self.ended = False

    async def submit(self, *inputs: Input, answer: Callable[[Scene], T]) -> T:
        """Handles inputs in turn and returns `answer(scene)` taken right after, once they are stored. No inputs: only
        looks. Raises what the brain refused (that input has changed nothing), or UNAVAILABLE."""
        if self.ended:
            raise DomainError(Common.UNAVAILABLE, "the tenant's ACD is moving to another process")
        command = _Command(inputs, answer, asyncio.get_running_loop().create_future())
        self._commands.put_nowait(command)
        done: T = await command.done
        return done

    async def run(self) -> None:
        """Recovers, then serves until cancelled or fenced. The caller starts a new keeper when this returns."""
        try:
            await self._recover()
            self.ready.set()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._tell_world())
                group.create_task(self._serve())
        except* Fenced:
            log.warning("fenced: another process leads this tenant", tenant=self.scene.tenant)
        except* DomainError as failures:
            log.warning("keeper ended", tenant=self.scene.tenant, error=str(failures.exceptions[0]))
        finally:
            self.ended = True
            self._fail_waiting()

    # ------------------------------------------------------------ recovery

    async def _recover(self) -> None:
        """Snapshot, then the journal's tail; then an empty entry, which fences whoever led before."""
        tenant, position = self.scene.tenant, 0
        told = await self._world.told(tenant)
        kept = await self._snapshots.load_snapshot(tenant)
        if kept is not None:
            position, state = kept
            self._load(state)
        entries = 0
        async for sequence, entry in self._journal.read(position):
            entries += 1
            events = self._replay(entry)
            if sequence > told and events:
                self._telling.put_nowait(_Telling(sequence, events))
        self._since_snapshot = entries
        await self._journal.append(self._now(), (), ())
        log.info("tenant recovered", tenant=tenant, entries=entries, untold=self._telling.qsize())

    def _load(self, state: dict[str, Any]) -> None:
        try:
            self.scene.brain = snapshot.load(state["brain"])
            self.scene.tally = Tally.load(state["tally"])
            self.scene.decisions = msgspec.convert(state.get("decisions", {}), Decisions)
        except ValueError as error:
            raise Unreadable(f"snapshot: {error}") from error

    async def leave(self) -> None:
        """After the end, a snapshot for whoever leads next: a release that decides otherwise need not decide the past
        again. Nothing when something is under way: then the journal is what he begins with."""
        rests = not self._in_hand and self._telling.empty() and not self._is_telling
        if not (self.ready.is_set() and self._since_snapshot and rests):
            return
        state = Gradual(self.scene.brain)
        while not state.advance():
            pass
        pieces = _pieces(state.finish(), self.scene.tally.dump(), list(self.scene.decisions.items()))
        await self._snapshots.save_snapshot(self.scene.tenant, self._journal.sequence, pieces)

    def _replay(self, entry: Entry) -> list[tuple[str, Message]]:
        events: list[tuple[str, Message]] = []
        for fact, journalled in zip(entry.inputs, entry.effects, strict=True):
            made = self.scene.brain.handle(fact, now=entry.at)
            if tuple(made) != journalled:
                log.error("replay differs from the journal", tenant=self.scene.tenant, entry=entry.id)
            events.extend(self._note(made, entry.at))
        return events

    # ------------------------------------------------------------ service

    async def _serve(self) -> None:
        while True:
            self._in_hand = await self._next_batch()
            now = self._now()
            inputs, effects, events = self._handle(self._in_hand, now)
            if inputs:
                await self._journal.append(now, inputs, effects)
                self._leave_to_tell(events)
            for command, outcome in self._in_hand:
                _resolve(command, outcome)
            self._in_hand = []
            await self._take_snapshot()

    async def _next_batch(self) -> list[tuple[_Command, list[Any]]]:
        """Waits for a command or the next deadline; takes whatever else has come meanwhile."""
        deadline = self.scene.brain.next_deadline()
        batch: list[tuple[_Command, list[Any]]] = []
        try:
            wait = None if deadline is None else max(0.0, (deadline - self._now()) / 1000)
            async with asyncio.timeout(wait):
                batch.append((await self._commands.get(), []))
        except TimeoutError:
            tick = _Command((TimePassed(),), lambda scene: None, asyncio.get_running_loop().create_future())
            batch.append((tick, []))
        while len(batch) < self._settings.batch and not self._commands.empty():
            batch.append((self._commands.get_nowait(), []))
        return batch

    def _handle(
        self, batch: list[tuple[_Command, list[Any]]], now: Millis
    ) -> tuple[list[Input], list[tuple[Effect, ...]], list[tuple[str, Message]]]:
        inputs: list[Input] = []
        effects: list[tuple[Effect, ...]] = []
        events: list[tuple[str, Message]] = []
        for command, outcome in batch:
            try:
                for fact in command.inputs:
                    if isinstance(fact, TimePassed) and not self._is_due(now):
                        continue  # and one that fires is journalled even without effects: it changes what follows
                    made = self.scene.brain.handle(fact, now=now)
                    inputs.append(fact)
                    effects.append(tuple(made))
                    events.extend(self._note(made, now))
                outcome.append(command.answer(self.scene))
            except DomainError as refusal:
                outcome.append(refusal)
        return inputs, effects, events

    def _is_due(self, now: Millis) -> bool:
        deadline = self.scene.brain.next_deadline()
        return deadline is not None and deadline <= now

    def _note(self, made: Sequence[Effect], at: Millis) -> list[tuple[str, Message]]:
        """Counts effects and turns them into facts, while the floor shows what they led to."""
        scene, day = self.scene, self.day_of(at)
        scene.now = at
        items = scene.brain.floor.items
        for effect in made:
            item = items.get(getattr(effect, "item_id", ""))
            home = item.queue_id if item is not None else ""
            scene.tally.note(effect, day=day, home_queue=home, target=scene.target(home))
            if isinstance(effect, WorkOffered):
                others = scene.decisions.get(effect.item_id, {})  # replaced, never changed: a snapshot may look at it
                made_to = {agent_id: made for agent_id, made in others.items() if agent_id != effect.agent_id}
                scene.decisions[effect.item_id] = made_to | {effect.agent_id: (effect.version, at, effect.why)}
            elif isinstance(effect, _LAST_WORDS) and (item is None or item.state in FINISHED):
                scene.decisions.pop(effect.item_id, None)
        return list(messages.events(made, scene.brain, at))

    def _leave_to_tell(self, events: list[tuple[str, Message]]) -> None:
        self._since_snapshot += 1
        if self._since_snapshot >= self._settings.snapshot_entries and self._gradual is None:
            self._since_snapshot = 0
            self._gradual = Gradual(self.scene.brain)
        self._telling.put_nowait(_Telling(self._journal.sequence, events))

    async def _take_snapshot(self) -> None:
        """Takes another piece of a snapshot after each entry, and piece after piece while nothing else is to do; the
        last one is that of the entry stored last."""
        while self._gradual is not None:
            if self._gradual.advance():
                scene = self.scene
                state = _pieces(self._gradual.finish(), scene.tally.dump(), list(scene.decisions.items()))
                self._gradual = None
                self._telling.put_nowait(_Telling(self._journal.sequence, [], state))
            await asyncio.sleep(0)
            if not self._commands.empty() or self._is_due(self._now()):
                return

    async def _tell_world(self) -> None:
        """Tells facts, entry by entry, and remembers how far it got whenever it has caught up. Within an entry those of
        one item, or of one agent, are told in order, and different ones at the same time."""
        tenant = self.scene.tenant
        while True:
            telling = await self._telling.get()
            self._is_telling = True
            by_key: dict[str, list[tuple[str, Message]]] = {}
            for index, (key, event) in enumerate(telling.events):
                by_key.setdefault(key, []).append((f"acd-{tenant}-{telling.sequence}-{index}", event))
            async with asyncio.TaskGroup() as group:
                for key, events in by_key.items():
                    group.create_task(self._tell_in_order(key, events))
            if self._telling.empty() or telling.state is not None:
                await self._world.mark_told(tenant, telling.sequence)
            if telling.state is not None:
                await self._snapshots.save_snapshot(tenant, telling.sequence, telling.state)
            self._is_telling = False

    async def _tell_in_order(self, key: str, events: list[tuple[str, Message]]) -> None:
        for event_id, event in events:
            await self._world.tell(event, self.scene.tenant, key, event_id)

    def _now(self) -> Millis:
        """The clock, which never runs backwards for a brain."""
        self.scene.now = max(self.scene.now, to_millis(self._clock()))
        return self.scene.now

    def _fail_waiting(self) -> None:
        """Callers whose command was not stored, or not even looked at, may repeat it elsewhere."""
        waiting = [command for command, _ in self._in_hand]
        while not self._commands.empty():
            waiting.append(self._commands.get_nowait())
        for command in waiting:
            if not command.done.done():
                command.done.set_exception(DomainError(Common.UNAVAILABLE, "the tenant's ACD is moving"))


def _pieces(
    brain: list[bytes], tally: dict[str, Any], decisions: list[tuple[str, dict[str, tuple[int, Millis, Decision]]]]
) -> Iterator[bytes]:
    """A snapshot as one JSON document. The reasons of offers are written when they are asked for, elsewhere."""
    yield b'{"brain":'
    yield from brain
    yield b',"tally":%b,"decisions":{' % msgspec.json.encode(tally)
    for start in range(0, len(decisions), PIECE):
        rows = msgspec.json.encode(dict(decisions[start : start + PIECE]))[1:-1]
        yield b"," + rows if start else rows
    yield b"}}"


def _resolve(command: _Command, outcome: list[Any]) -> None:
    if command.done.done():
        return
    if isinstance(outcome[0], DomainError):
        command.done.set_exception(outcome[0])
    else:
        command.done.set_result(outcome[0])
