"""The single writer: works of many callers, decided in order on loaded pages, committed together, then answered.

A work names what it may touch, so that a whole batch is loaded by a few reads and written by one transaction. It is
pure: it sees its account's page and the time, and either changes the page or refuses. Every transaction carries the
epoch of each partition it touches; a writer that was succeeded meanwhile matches nothing, and nothing is written.

What a work writes is new as a rule. Where it says so (`Touches.new`) its ids are not looked up: the unique key of what
it writes would refuse a repetition, and what it did not write under them is looked up before it is believed. Either way
the batch is decided again, with everything read.

After a failure the outcome may be unknown. Works are therefore idempotent: whoever hears UNAVAILABLE asks again with
the same ids.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from google.protobuf.message import Message

from antiphon.billing.domain.ledger import Book, Entry, Hold
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord, Rated, Session, partition_of
from antiphon.billing.domain.trail import Line, Said, follow
from antiphon.kit import logs
from antiphon.kit.errors import Common, DomainError

T = TypeVar("T")
DOUBTS = 16
"""Batches that look everything up after one that met a repetition: repetitions come together."""
log = logs.get("billing")


class Fenced(Exception):
    """Another process writes these accounts now."""


class Repeated(Exception):
    """Something that was taken for new is stored already."""


@dataclass(slots=True)
class Page:
    """One account and the part of its history that a batch can touch."""

    account_id: str
    tenant: str
    account: AccountRecord | None = None
    book: Book = field(default_factory=lambda: Book(""))
    sessions: dict[str, Session] = field(default_factory=dict)
    calls: dict[str, Rated] = field(default_factory=dict)
    known_calls: frozenset[str] = frozenset()
    """Those that are stored already."""
    told: list[Message] = field(default_factory=list)
    changed: bool = False
    """The account's own terms or state."""
    new_sessions: dict[str, Session] = field(default_factory=dict)
    new_calls: dict[str, Rated] = field(default_factory=dict)
    moved: bool = False
    """Money moved, was reserved or freed."""
    before: int = 0
    """What was available when the page was loaded."""
    papers: dict[str, Paper] = field(default_factory=dict)
    new_papers: dict[str, Paper] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    """New lines of the log of decisions."""

    def put_paper(self, paper: Paper) -> Paper:
        """Keeps a paper; one without number gets the next of its kind."""
        if not paper.number and self.account is not None:
            paper = replace(paper, number=self.next_number(paper.kind))
        self.papers[paper.key] = self.new_papers[paper.key] = paper
        return paper

    def next_number(self, series: str) -> int:
        assert self.account is not None
        number = self.account.numbers.get(series, 0) + 1
        self.account.numbers = {**self.account.numbers, series: number}
        self.changed = True
        return number

    def note(self, said: Said) -> None:
        """Writes a line into the log of decisions."""
        assert self.account is not None
        line = follow(self.account.lines, self.account.head, said)
        self.account.lines, self.account.head = line.number, line.hash
        self.lines.append(line)
        self.changed = True

    def put_session(self, session: Session) -> None:
        self.sessions[session.id] = self.new_sessions[session.id] = session

    def put_call(self, call: Rated) -> None:
        self.calls[call.id] = self.new_calls[call.id] = call

    @property
    def is_touched(self) -> bool:
        money = self.book.fresh or self.book.touched
        return bool(self.changed or money or self.new_sessions or self.new_calls or self.new_papers)


@dataclass(frozen=True, slots=True)
class Touches:
    """Ids that a work may touch, beside the account's open holds."""

    operations: Sequence[str] = ()
    holds: Sequence[str] = ()
    sessions: Sequence[str] = ()
    calls: Sequence[str] = ()
    papers: Sequence[str] = ()
    new: bool = False
    """Operations and calls are new as a rule, and so are holds and sessions that have an operation's id. The work
    writes one of them for each of its `weight`, or what it says is not believed before they were looked up."""
    weight: int = 1
    """How many ordinary works it is worth."""


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """Something to be decided about one account."""

    account_id: str
    tenant: str
    touches: Touches
    decide: Callable[[Page, int], T]
    """Gets the page and the present in nanoseconds. Raises DomainError to refuse; what it wrote before is kept."""


class Pages(Protocol):
    """What the writer needs of what is stored."""

    async def load(self, works: Sequence[Work[Any]], *, sure: bool) -> dict[str, Page]:
        """A page for each account. `sure`: everything that is named is looked up, what should be new as well."""

    async def are_new(self, works: Sequence[Work[Any]]) -> bool:
        """Is nothing of what works take for new stored?"""

    async def numbers(self, partitions: Sequence[int]) -> dict[int, int]: ...

    async def commit(self, pages: Sequence[Page], epochs: Mapping[int, int], numbers: Mapping[int, int]) -> None:
        """Writes touched pages. Raises Fenced, Repeated; without pages it only looks whether the epochs are ours."""


class Desk(Protocol):
    """Where works are brought to: a writer, or whoever knows them all."""

    async def do(self, work: Work[T]) -> T: ...


Facts: TypeAlias = Callable[[Page, int], Sequence[Message]]
"""What a page that was decided tells, numbered already."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a commit waits for company, in seconds, and how much fits in one."""

    linger: float
    most: int


@dataclass(slots=True)
class _Waiting:
    work: Work[Any]
    answer: asyncio.Future[Any]


class Writer:
    """Writes the accounts of the partitions whose epochs it was given."""

    def __init__(
        self, store: Pages, epochs: Mapping[int, int], facts: Facts, now: Callable[[], int], pace: Pace
    ) -> None:
        self._store = store
        self._facts = facts
        self._now = now
        self._linger = pace.linger
        self._most = pace.most
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(maxsize=pace.most * 20)
        self._epochs = dict(epochs)
        self._batch: list[_Waiting] = []
        self._numbers: dict[int, int] = {}
        self._doubts = 0

    def leads(self, account_id: str) -> bool:
        return partition_of(account_id) in self._epochs

    @property
    def writes(self) -> bool:
        """False when it was succeeded."""
        return bool(self._epochs)

    async def do(self, work: Work[T]) -> T:
        """The work's answer, after it is stored. Raises UNAVAILABLE when this process may not write the account."""
        if not self.leads(work.account_id):
            raise DomainError(Common.UNAVAILABLE, "this account is written elsewhere")
        waiting = _Waiting(work, asyncio.get_running_loop().create_future())
        if self._queue.full():
            await self._queue.put(waiting)
        else:
            self._queue.put_nowait(waiting)
        answer: T = await waiting.answer
        return answer

    async def run(self) -> None:
        """Writes until it is cancelled or fenced; then everybody who waits is told to ask again."""
        try:
            while True:
                await self._gather()
                await self._write(self._batch)
                self._batch = []
        except Fenced:
            log.warning("fenced: another process writes these accounts")
        finally:
            self._epochs = {}
            while not self._queue.empty():
                self._batch.append(self._queue.get_nowait())
            _refuse(self._batch, DomainError(Common.UNAVAILABLE, "the writer of this account has changed"))
            self._batch = []

    async def _gather(self) -> None:
        """The first that comes, and its company."""
        self._batch.append(await self._queue.get())
        if self._linger and self._queue.qsize() < self._most:
            await asyncio.sleep(self._linger)
        room = self._most - self._batch[0].work.touches.weight
        while room > 0 and not self._queue.empty():
            self._batch.append(self._queue.get_nowait())
            room -= self._batch[-1].work.touches.weight

    async def _write(self, batch: list[_Waiting]) -> None:
        pending = batch
        while pending:
            sure = self._doubts > 0
            try:
                pending = await self._once(pending, sure=sure)
            except (Fenced, asyncio.CancelledError):
                raise
            except (OverflowError, ValueError):
                await self._apart(pending)
                return
            except Exception as error:  # noqa: BLE001 - whatever the store says, the outcome is unknown
                if isinstance(error, Repeated) and not sure:
                    self._doubts = DOUBTS
                    continue
                log.warning("commit failed", error=repr(error), works=len(pending))
                _refuse(pending, DomainError(Common.UNAVAILABLE, "the outcome is unknown; repeat it"))
                return
        self._doubts = max(0, self._doubts - 1)

    async def _apart(self, pending: list[_Waiting]) -> None:
        """One of them has a number that cannot be kept: each goes alone, so that it spoils no other's."""
        if len(pending) == 1:
            log.error("a number is too large to be kept", tenant=pending[0].work.tenant)
            _refuse(pending, DomainError(Common.INTERNAL))
            return
        for one in pending:
            await self._write([one])

    async def _once(self, batch: list[_Waiting], *, sure: bool) -> list[_Waiting]:
        """Decides and commits; returns works to be decided anew because one of them failed by a fault of ours."""
        alive = [waiting for waiting in batch if not waiting.answer.done()]
        pages = await self._store.load([waiting.work for waiting in alive], sure=sure)
        now, answers, doubtful = self._now(), [], []
        for waiting in alive:
            page, work = pages[waiting.work.account_id], waiting.work
            answer: Any
            try:
                answer = work.decide(page, now)
            except DomainError as refusal:
                answer = refusal
            except Exception:
                log.exception("a work failed; the others are decided anew without it")
                _refuse([waiting], DomainError(Common.INTERNAL))
                return [other for other in alive if other is not waiting]
            if work.touches.new and not sure and not _stands(work.touches, page, answer):
                doubtful.append(work)
            answers.append((waiting, answer))
        if doubtful and not await self._store.are_new(doubtful):
            raise Repeated
        await self._commit(list(pages.values()), now)
        for waiting, answer in answers:
            _answer(waiting, answer)
        return []

    async def _commit(self, pages: Sequence[Page], now: int) -> None:
        """Stores what was decided. Answers that changed nothing are ours to give only while the epochs are, too."""
        partitions = {partition_of(page.account_id) for page in pages}
        if not partitions <= self._epochs.keys():
            raise Fenced
        epochs = {number: self._epochs[number] for number in partitions}
        touched = [page for page in pages if page.is_touched]
        numbers = await self._counted(list(epochs))
        for page in touched:
            partition = partition_of(page.account_id)
            for call in page.new_calls.values():
                if not call.number:
                    numbers[partition] += 1
                    call.partition, call.number = partition, numbers[partition]
            page.told += self._facts(page, now)
        try:
            await self._store.commit(touched, epochs, numbers)
        except BaseException:
            self._numbers.clear()  # whether it was stored is not known
            raise
        self._numbers.update(numbers)

    async def _counted(self, partitions: list[int]) -> dict[int, int]:
        """How many calls each partition has. Nobody else counts while the epoch is ours, so it is asked once."""
        unknown = [number for number in partitions if number not in self._numbers]
        if unknown:
            self._numbers.update(await self._store.numbers(unknown))
        return {number: self._numbers[number] for number in partitions}


def _stands(touches: Touches, page: Page, answer: Any) -> bool:
    """Does a repetition change nothing: because it is known, or because what was written would be refused?"""
    if isinstance(answer, DomainError):
        return False
    entries, calls = page.book.entries, page.calls
    written = sum(name in calls for name in touches.calls) or sum(name in entries for name in touches.operations)
    return written >= touches.weight


def _answer(waiting: _Waiting, answer: Any) -> None:
    if waiting.answer.done():
        return
    if isinstance(answer, DomainError):
        waiting.answer.set_exception(answer)
    else:
        waiting.answer.set_result(answer)


def _refuse(batch: Sequence[_Waiting], error: DomainError) -> None:
    for waiting in batch:
        _answer(waiting, error)


def loaded(account: AccountRecord | None, entries: Iterable[Entry], holds: Iterable[Hold]) -> Book:
    """A book of the part of history that was loaded."""
    if account is None:
        return Book("")
    book = Book(account.id, account.balance, account.held, account.floor, account.seq)
    book.entries = {entry.operation.id: entry for entry in entries}
    book.holds = {hold.id: hold for hold in holds}
    return book
