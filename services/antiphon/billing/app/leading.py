"""Which accounts this process may write: leases elect, epochs protect.

The 64 partitions are spread over groups, each group has a lease. Its holder begins a new epoch of every partition and
runs a writer; a predecessor that still believes in its lease matches no epoch any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Protocol, TypeVar

from antiphon.billing.app import metrics
from antiphon.billing.app.accounts import Accounts, begun_everywhere, is_due
from antiphon.billing.app.documents import Documents
from antiphon.billing.app.incidents import INCIDENT, Incidents, has_come
from antiphon.billing.app.memory import Memory, Shelf
from antiphon.billing.app.messages import facts, local_day, nanos
from antiphon.billing.app.monthly import Monthly
from antiphon.billing.app.writer import Pace, Work, Writer
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import PARTITIONS, AccountRecord, partition_of
from antiphon.billing.settings import Settings
from antiphon.kit import leases, logs, tasks
from antiphon.kit.bus import Bus
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError

T = TypeVar("T")
GRACE = 600 * SECOND
"""After midnight, for calls that ended with the month."""
ABREAST = 8
"""Accounts whose months are closed at once: their writes share transactions, their prints the processors."""
AGAIN = 60 * SECOND
"""When a month that could not be closed is tried once more."""
log = logs.get("billing")


class Books(Shelf, Protocol):
    """What leading needs of the store."""

    async def take(self, partitions: Sequence[int], holder: str) -> dict[int, int]: ...

    async def with_overdue_holds(self, now: int) -> list[tuple[str, str]]: ...

    async def unaccrued(self, latest: str) -> list[AccountRecord]: ...


class Closing(Protocol):
    """What month's end needs of the store."""

    async def unclosed(self, month: int, after: str = "") -> list[AccountRecord]: ...

    async def unmailed(self) -> list[tuple[str, str, Paper]]: ...


class Everywhere(Protocol):
    """What following repairs needs of the store."""

    async def everywhere(self, kind: str, state: str) -> list[tuple[str, str, Paper]]: ...


class Leading:
    """The writers of the groups that this process leads; to callers it is one writer."""

    def __init__(self, store: Books, bus: Bus, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._settings = settings
        self._writers: dict[int, Sequence[Writer]] = {}
        """By group; a group's partitions are spread over its writers."""
        self._unclosable: dict[str, int] = {}
        """Account → until when its month is left alone."""
        self.on_lead: Callable[[int], Awaitable[Callable[[], Awaitable[None]]]] | None = None
        """Called when a group is led; returns what to call when it is lost."""

    def group_of(self, account_id: str) -> int:
        return partition_of(account_id) % self._settings.groups

    def leads(self, account_id: str) -> bool:
        writer = self._writer_of(account_id)
        return writer is not None and writer.leads(account_id)

    @property
    def partitions(self) -> list[int]:
        """Those that are written here."""
        groups = [group for group, writers in self._writers.items() if all(writer.writes for writer in writers)]
        return [number for number in range(PARTITIONS) if number % self._settings.groups in groups]

    def _writer_of(self, account_id: str) -> Writer | None:
        writers = self._writers.get(self.group_of(account_id))
        return writers[_place(partition_of(account_id), len(writers), self._settings.groups)] if writers else None

    async def do(self, work: Work[T]) -> T:
        """The work's answer. Raises UNAVAILABLE when the account is written elsewhere."""
        writer = self._writer_of(work.account_id)
        if writer is None:
            raise DomainError(Common.UNAVAILABLE, "this account is written elsewhere")
        return await writer.do(work)

    async def run(self, holder: str) -> None:
        """Competes for every group until cancelled."""
        own = await leases.Leases.open(self._bus)
        async with asyncio.TaskGroup() as tasks:
            for group in range(self._settings.groups):
                tasks.create_task(own.hold(f"billing-{group}", holder, self._lead(group, holder)))

    async def settled(self) -> None:
        """Returns when every group is led by somebody; at the latest when a dead leader's lease has run out twice."""
        known = await leases.Leases.open(self._bus)
        try:
            async with asyncio.timeout(2 * known.ttl):
                for group in range(self._settings.groups):
                    while group not in self._writers and not await known.is_held(f"billing-{group}"):  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
        except TimeoutError:
            log.warning("some accounts have no writer yet")

    def _lead(self, group: int, holder: str) -> Callable[[leases.Lease], Awaitable[None]]:
        async def lead(lease: leases.Lease) -> None:
            partitions = [number for number in range(PARTITIONS) if number % self._settings.groups == group]
            try:
                epochs = await self._store.take(partitions, holder)
            except DomainError as error:
                log.warning("no epoch could be begun", group=group, error=str(error))
                await asyncio.sleep(0.2)
                return
            work = asyncio.ensure_future(self._write(group, epochs))
            await asyncio.sleep(0)
            left = await self.on_lead(group) if self.on_lead is not None else None
            try:
                await work
            finally:
                self._writers.pop(group, None)
                work.cancel()
                if left is not None:
                    await left()

        return lead

    async def _write(self, group: int, epochs: Mapping[int, int]) -> None:
        """Runs the group's writers until one of them was fenced; then the others are, too."""
        settings = self._settings
        pace = Pace(settings.linger_ms / 1000, settings.batch)
        shares: list[dict[int, int]] = [{} for _ in range(settings.writers)]
        for number, epoch in epochs.items():
            shares[_place(number, settings.writers, settings.groups)][number] = epoch
        self._writers[group] = [
            Writer(Memory(self._store, settings.remembered), share, facts, lambda: nanos(self._clock()), pace)
            for share in shares
        ]
        running = [asyncio.ensure_future(writer.run()) for writer in self._writers[group]]
        try:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await tasks.end(*running)

    async def sweep(self, accounts: Accounts) -> None:
        """Frees reservations whose time is over and takes the fees of days that began, of the accounts led here."""
        now = nanos(self._clock())
        for account_id, tenant in await self._store.with_overdue_holds(now):
            if self.leads(account_id):
                await accounts.free_overdue(account_id, tenant)
        stuck = await self._store.with_overdue_holds(now - metrics.LONG_AGO * 1_000_000_000)
        metrics.holds_overdue.set(sum(self.leads(account_id) for account_id, _ in stuck))
        for record in await self._store.unaccrued(begun_everywhere(now)):
            if self.leads(record.id) and is_due(record, now):
                await accounts.accrue(record)

    async def repair(self, incidents: Incidents, reading: Everywhere) -> None:
        """Escalates the incidents whose repair is overdue, of the accounts led here, and counts them."""
        now = nanos(self._clock())
        for account_id, tenant, paper in await reading.everywhere(INCIDENT, "open"):
            if self.leads(account_id) and has_come(paper, now):
                await incidents.follow(account_id, tenant, paper)
        late = await reading.everywhere(INCIDENT, "late")
        metrics.repairs_overdue.set(sum(self.leads(account_id) for account_id, _, _ in late))

    async def tenants(self, of_all: Callable[[], Awaitable[list[tuple[str, str]]]]) -> list[str]:
        """Whose accounts are written here."""
        return [tenant for account_id, tenant in await of_all() if self.leads(account_id)]

    async def close(self, documents: Documents, monthly: Monthly, reading: Closing) -> None:
        """Makes the documents of months that are over, and mails what waits, of the accounts led here."""
        now = nanos(self._clock())
        latest = begun_everywhere(now)
        before = _before(int(latest[:4]) * 100 + int(latest[5:7]))
        self._unclosable = {name: until for name, until in self._unclosable.items() if until > now}
        after = ""
        while found := await reading.unclosed(before, after):
            after = found[-1].id
            due = [(one, _next(one.closed) if one.closed else before) for one in found if self._may_close(one)]
            ready = [(one, month) for one, month in due if local_day(one, now - GRACE) >= _first_after(month)]
            for place in range(0, len(ready), ABREAST):
                await asyncio.gather(
                    *(self._close_month(documents, monthly, *one) for one in ready[place : place + ABREAST])
                )
        for account_id, tenant, paper in await reading.unmailed():
            if self.leads(account_id):
                await documents.mail_waiting(tenant, paper)

    def _may_close(self, record: AccountRecord) -> bool:
        return self.leads(record.id) and record.id not in self._unclosable

    async def _close_month(self, documents: Documents, monthly: Monthly, record: AccountRecord, ended: int) -> None:
        month = date(ended // 100, ended % 100, 1)
        try:
            await monthly.settle(record, month)
            await documents.close_month(record, month)
        except DomainError as error:  # one that cannot be closed keeps no other waiting
            self._unclosable[record.id] = nanos(self._clock()) + AGAIN
            log.warning("a month cannot be closed", account=record.id, reason=error.reason.name)


def _place(partition: int, writers: int, groups: int) -> int:
    """Which of its group's writers a partition has."""
    return partition // groups % writers


def _before(month: int) -> int:
    return month - 1 if month % 100 > 1 else month - 89


def _next(month: int) -> int:
    return month + 1 if month % 100 < 12 else month + 89


def _first_after(month: int) -> date:
    after = _next(month)
    return date(after // 100, after % 100, 1)
