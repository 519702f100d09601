"""The books examined: what must hold of one account's documents, holds and calls, said in words where it does not.

Shares no line with the ledger: sums are added up anew, prices are rated anew from the stored version. The invariants
are numbered as in the service's rules: I1 … I11.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from antiphon.billing.domain.auditing_carriers import of_carriers
from antiphon.billing.domain.auditing_papers import of_papers
from antiphon.billing.domain.carrying import Owed
from antiphon.billing.domain.charging import Left, Version, rate_record
from antiphon.billing.domain.chart import customer
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.ledger import Entry, Hold, HoldState, Op, Result
from antiphon.billing.domain.packages import PACKAGE, Package, granted_by, order_of_drawing
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord, Charge, Rated
from antiphon.billing.domain.rentals import ORDER, RENTAL, faults
from antiphon.billing.domain.trail import Line, breaks

VOICE = {Op.SETTLE, Op.CHARGE}
CLOCKS = 60 * SECOND
"""How far the clocks of two writers may differ."""
UNCHECKED = {Result.OK_LATE, Result.OK_OVERRUN}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that must not be."""

    invariant: str
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Books:
    """Everything of one account at one moment."""

    account: AccountRecord | None
    entries: Sequence[Entry]
    """By seq."""
    holds: Sequence[Hold]
    calls: Sequence[Rated]
    lines: Sequence[Line] = ()
    """Of the log of decisions, by number."""
    papers: Sequence[Paper] = ()
    """All but notices; without what is printed on them."""
    owed: Sequence[Owed] = ()
    """To carriers."""


def examine(
    account_id: str, books: Books, versions: Mapping[str, Version], carriers: Mapping[str, Version] | None = None
) -> Iterator[Fault]:
    """Every fault of an account. `versions`: of tariffs; `carriers`: of what carriers ask."""
    account = books.account
    for invariant, what in (
        *_of_money(account_id, books),
        *_of_holds(books),
        *_of_calls(books),
        *_of_prices(books, versions),
        *_of_packages(books),
    ):
        yield Fault(invariant, account_id, what)
    for what in of_carriers(books.calls, books.owed, carriers or {}):
        yield Fault("C03", account_id, what)
    if account is not None:
        for what in breaks(books.lines, account.lines, account.head):
            yield Fault("K08", account_id, f"the log of decisions: {what}")
        rentals, orders = ([paper for paper in books.papers if paper.kind == kind] for kind in (RENTAL, ORDER))
        for what in faults(account.rented, rentals, orders):
            yield Fault("B07", account_id, what)
        for invariant, what in of_papers(account, books.papers, books.entries):
            yield Fault(invariant, account_id, what)
    if account is None and books.entries:
        yield Fault("I2", account_id, "documents without an account")


def numbering(partition: int, numbers: Sequence[int], count: int) -> Iterator[Fault]:
    """I7: every number from the first to the last, once."""
    seen = Counter(numbers)
    for number in range(1, count + 1):
        if seen[number] != 1:
            yield Fault("I7", f"partition {partition}", f"number {number} is there {seen[number]} times")
    for number in sorted(set(seen) - set(range(1, count + 1))):
        yield Fault("I7", f"partition {partition}", f"number {number} was never given")


def _of_money(account_id: str, books: Books) -> Iterator[tuple[str, str]]:
    account, total, unchecked = books.account, 0, False
    mine = customer(account_id)
    for entry in books.entries:
        if entry.amount and (mine not in {entry.debit, entry.credit} or entry.debit == entry.credit):
            yield "I1", f"document {entry.operation.id} moves nothing of this account"
        if entry.amount and not entry.operation.ref:
            yield "K04", f"document {entry.operation.id} rests on nothing"
        total += entry.amount * ((entry.credit == mine) - (entry.debit == mine))
        unchecked = unchecked or entry.operation.forced or entry.result in UNCHECKED
    if account is None:
        return
    if total != account.balance:
        yield "I2", f"the balance is {account.balance}, its postings add up to {total}"
    if [entry.seq for entry in books.entries] != list(range(1, account.seq + 1)):
        yield "I11", f"documents are not numbered 1 to {account.seq}"
    for earlier, later in pairwise(books.entries):
        if later.at < earlier.at - CLOCKS:
            yield "I11", f"document {later.operation.id} is dated before the one that it follows"
    if account.balance - account.held - account.floor < 0 and not unchecked and account.floor <= 0:
        yield "I4", "more is spent than was available, though nothing was forced or late"


def _of_holds(books: Books) -> Iterator[tuple[str, str]]:
    held = sum(hold.amount for hold in books.holds if hold.state is HoldState.OPEN)
    if books.account is not None and held != books.account.held:
        yield "I3", f"{books.account.held} is held, open reservations add up to {held}"
    ends: Counter[str] = Counter()
    for entry in books.entries:
        if entry.result.done and entry.operation.op in {Op.SETTLE, Op.VOID}:
            ends[entry.operation.hold] += 1
    for hold in books.holds:
        wanted = 1 if hold.state in {HoldState.SETTLED, HoldState.VOIDED} else 0
        if ends[hold.id] != wanted:
            yield "I6", f"reservation {hold.id} is {hold.state.value} and ended {ends[hold.id]} times"


def _of_calls(books: Books) -> Iterator[tuple[str, str]]:
    charged: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for entry in books.entries:
        called = entry.operation.id.startswith("call:") or entry.operation.op is Op.SETTLE
        if entry.operation.op in VOICE and called and entry.operation.tariff and entry.result.done:
            charged[entry.operation.ref] += entry.amount
            times[entry.operation.ref] += 1
    for call in books.calls:
        wanted = call.cost if call.charge is Charge.BILLED else 0
        if charged[call.id] != wanted or times[call.id] > 1:
            yield "I7", f"call {call.id} costs {wanted} and was charged {charged[call.id]} in {times[call.id]} postings"
    for name in sorted(set(charged) - {call.id for call in books.calls}):
        yield "K07", f"posting for {name} rests on no call"


def _of_prices(books: Books, versions: Mapping[str, Version]) -> Iterator[tuple[str, str]]:
    account, granted = books.account, _granted(books)
    for call in books.calls:
        ended, priced = call.record.ended, call.charge is Charge.BILLED or call.drawn
        if not priced or account is None or ended is None or call.erased:
            continue
        left = _as_drawn(call, granted)
        again = rate_record(call.record, versions.get(call.version), account.currency, ended, left)
        said = (call.cost, call.billed_s, call.prefix, {(one.package, one.seconds) for one in call.drawn})
        if said != (again.cost, again.billed_s, again.prefix, {(one.package, one.seconds) for one in again.drawn}):
            yield "I8", f"call {call.id} costs {call.cost}, by {call.version} it is {again.cost}"


def _granted(books: Books) -> dict[str, Package]:
    """Packages as they were granted."""
    return {paper.id: granted_by(paper) for paper in books.papers if paper.kind == PACKAGE}


def _as_drawn(call: Rated, granted: Mapping[str, Package]) -> Left:
    """What was left for a call when it drew what it says: nothing more."""
    known = [granted[one.package] for one in call.drawn if one.package in granted]
    known.sort(key=order_of_drawing)
    return Left(known, {one.package: one.seconds for one in call.drawn})


def _of_packages(books: Books) -> Iterator[tuple[str, str]]:
    """I12: what is left of a package is what was granted less what calls drew."""
    granted, drawn = _granted(books), Counter[str]()
    for call in books.calls:
        drawn.update({one.package: one.seconds for one in call.drawn})
    there = {one.id: one for one in books.account.packages} if books.account is not None else {}
    reserved = Counter[str]()
    for hold in books.holds:
        if hold.state is HoldState.OPEN:
            reserved.update(dict(hold.packages))
    for name, seconds in sorted(reserved.items()):
        if name not in there or there[name].left < seconds:
            yield "I12", f"of package {name} {seconds} s are reserved, more than are left"
    for name in sorted(there.keys() | drawn.keys()):
        if name not in granted:
            yield "I12", f"package {name} was never granted"
        elif drawn[name] > granted[name].total:
            yield "I12", f"of package {name} {drawn[name]} s are drawn, {granted[name].total} were granted"
        elif name in there and there[name].left != granted[name].total - drawn[name]:
            yield (
                "I12",
                f"of package {name} {there[name].left} s are left, {granted[name].total - drawn[name]} should be",
            )
