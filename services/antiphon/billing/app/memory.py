"""What a writer remembers of its accounts, so that it need not read what it wrote itself.

While an epoch is ours nobody else writes its accounts. So an account, its open holds and what was decided lately are
kept as they were stored, and a batch reads only what it does not know. Pages get copies: what fails leaves no trace
here, and after a commit whose outcome is unknown its accounts are forgotten and read again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from antiphon.billing.app.writer import Page, Work, loaded
from antiphon.billing.domain.ledger import Entry, Hold, HoldState
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord, Rated, Session


@dataclass(slots=True)
class Wanted:
    """What is to be read: whole accounts with their open holds; of others (account, name) of each kind."""

    accounts: set[str] = field(default_factory=set)
    operations: set[tuple[str, str]] = field(default_factory=set)
    holds: set[tuple[str, str]] = field(default_factory=set)
    sessions: set[tuple[str, str]] = field(default_factory=set)
    calls: set[tuple[str, str]] = field(default_factory=set)
    papers: set[tuple[str, str]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.accounts or self.operations or self.holds or self.sessions or self.calls or self.papers)


@dataclass(slots=True)
class Found:
    """What of it is stored, each with its account."""

    accounts: list[AccountRecord] = field(default_factory=list)
    operations: list[tuple[str, Entry]] = field(default_factory=list)
    holds: list[tuple[str, Hold]] = field(default_factory=list)
    sessions: list[tuple[str, Session]] = field(default_factory=list)
    calls: list[tuple[str, Rated]] = field(default_factory=list)
    papers: list[tuple[str, Paper]] = field(default_factory=list)


class Shelf(Protocol):
    """What is stored."""

    async def read(self, wanted: Wanted) -> Found: ...

    async def numbers(self, partitions: Sequence[int]) -> dict[int, int]: ...

    async def commit(self, pages: Sequence[Page], epochs: Mapping[int, int], numbers: Mapping[int, int]) -> None: ...


@dataclass(slots=True)
class _Known:
    """An account as it is stored: itself, all its open holds, and some of its past."""

    account: AccountRecord | None = None
    holds: dict[str, Hold] = field(default_factory=dict)
    ended: dict[str, Hold] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    calls: dict[str, Rated] = field(default_factory=dict)
    counted: int = 0
    """Its size when it was counted last."""

    @property
    def size(self) -> int:
        past = len(self.ended) + len(self.entries) + len(self.sessions) + len(self.calls)
        return 1 + len(self.holds) + past

    def learn(self, page: Page) -> None:
        book = page.book
        self.account = page.account
        if page.account is not None:
            page.account.balance, page.account.held, page.account.seq = book.balance, book.held, book.seq
        for hold in book.touched.values():
            is_open = hold.state is HoldState.OPEN
            (self.ended if is_open else self.holds).pop(hold.id, None)
            (self.holds if is_open else self.ended)[hold.id] = hold
        self.entries.update((entry.operation.id, entry) for entry in book.fresh)
        self.sessions.update(page.new_sessions)
        self.calls.update(page.new_calls)

    def forget_the_past(self) -> None:
        for past in (self.ended, self.entries, self.sessions, self.calls):
            past.clear()


class Memory:
    """The stored pages of one writer's accounts, from its first batch to its last."""

    def __init__(self, shelf: Shelf, most: int) -> None:
        """`most`: accounts, holds, entries, sessions and calls together."""
        self._shelf = shelf
        self._most = most
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._size = 0

    async def load(self, works: Sequence[Work[Any]], *, sure: bool) -> dict[str, Page]:
        """A page for each account, with what the works name of what is stored."""
        pages = {work.account_id: Page(work.account_id, work.tenant) for work in works}
        wanted = Wanted(accounts={account_id for account_id in pages if account_id not in self._known})
        for work in works:
            _look_up(work, self._known.get(work.account_id, _NOTHING), wanted, sure=sure)
        found = await self._shelf.read(wanted) if wanted else Found()
        for account_id in wanted.accounts:
            self._known[account_id] = _Known()
        for account in found.accounts:
            self._known[account.id].account = account
        for account_id, hold in found.holds:
            if hold.state is HoldState.OPEN:
                self._known[account_id].holds[hold.id] = hold
        for work in works:
            _remind(pages[work.account_id], work, self._known[work.account_id])
        _add(pages, found)
        for account_id, page in pages.items():
            self._open(page)
            self._count(self._known[account_id])
        return pages

    async def are_new(self, works: Sequence[Work[Any]]) -> bool:
        """Is nothing of what works take for new stored?"""
        wanted = Wanted()
        for work in works:
            wanted.operations |= _of(work, work.touches.operations)
            wanted.calls |= _of(work, work.touches.calls)
        return not await self._finds(wanted)

    async def _finds(self, wanted: Wanted) -> bool:
        found = await self._shelf.read(wanted)
        return bool(found.operations or found.calls)

    async def numbers(self, partitions: Sequence[int]) -> dict[int, int]:
        return await self._shelf.numbers(partitions)

    async def commit(self, pages: Sequence[Page], epochs: Mapping[int, int], numbers: Mapping[int, int]) -> None:
        """Stores pages, and remembers them as they are now."""
        try:
            await self._shelf.commit(pages, epochs, numbers)
        except BaseException:
            for page in pages:
                self._forget(page.account_id)
            raise
        for page in pages:
            known = self._known.setdefault(page.account_id, _Known())
            known.learn(page)
            self._count(known)
            self._known.move_to_end(page.account_id)
        self._make_room()

    def _open(self, page: Page) -> None:
        """Copies what may be changed."""
        known = self._known[page.account_id]
        account = known.account
        if account is not None:
            sums, numbers = dict(account.month_sums), dict(account.numbers)
            page.account = replace(account, month_sums=sums, numbers=numbers)
        entries, holds = page.book.entries.values(), page.book.holds.values()
        page.book = loaded(page.account, entries, (*known.holds.values(), *holds))
        page.known_calls = frozenset(page.calls)
        page.before = page.book.available

    def _count(self, known: _Known) -> None:
        self._size -= known.counted
        known.counted = known.size
        self._size += known.counted

    def _forget(self, account_id: str) -> None:
        known = self._known.pop(account_id, None)
        self._size -= known.counted if known is not None else 0

    def _make_room(self) -> None:
        """The account that was quiet longest goes first; of the last one only its past."""
        while self._size > self._most and len(self._known) > 1:
            self._forget(next(iter(self._known)))
        if self._size > self._most:
            for known in self._known.values():
                known.forget_the_past()
                self._count(known)


_NOTHING = _Known()


def _look_up(work: Work[Any], known: _Known, wanted: Wanted, *, sure: bool) -> None:
    """Adds what a work names and nobody remembers."""
    touches, account_id = work.touches, work.account_id
    presumed = touches.new and not sure
    if not presumed:
        wanted.operations |= {(account_id, name) for name in touches.operations if name not in known.entries}
        wanted.calls |= {(account_id, name) for name in touches.calls if name not in known.calls}
    for name in touches.holds:
        if not (presumed and name in touches.operations) and name not in known.holds and name not in known.ended:
            wanted.holds.add((account_id, name))
    for name in touches.sessions:
        if not (presumed and name in touches.operations) and name not in known.sessions:
            wanted.sessions.add((account_id, name))
    for name in touches.papers:
        wanted.papers.add((account_id, name))


def _remind(page: Page, work: Work[Any], known: _Known) -> None:
    """Puts what a work names and is remembered on its page."""
    touches = work.touches
    _pick(touches.operations, known.entries, page.book.entries)
    _pick(touches.holds, known.ended, page.book.holds)
    _pick(touches.sessions, known.sessions, page.sessions)
    _pick(touches.calls, known.calls, page.calls)


def _pick(names: Iterable[str], known: Mapping[str, Any], picked: dict[str, Any]) -> None:
    for name in names:
        if name in known:
            picked[name] = known[name]


def _add(pages: Mapping[str, Page], found: Found) -> None:
    """Puts what was read on its pages."""
    for account_id, entry in found.operations:
        pages[account_id].book.entries[entry.operation.id] = entry
    for account_id, hold in found.holds:
        pages[account_id].book.holds[hold.id] = hold
    for account_id, session in found.sessions:
        pages[account_id].sessions[session.id] = session
    for account_id, call in found.calls:
        pages[account_id].calls[call.id] = call
    for account_id, paper in found.papers:
        pages[account_id].papers[paper.key] = paper


def _of(work: Work[Any], names: Iterable[str]) -> set[tuple[str, str]]:
    return {(work.account_id, name) for name in names}
