"""Double entry for one customer: every document moves one amount from one account to another, so sums are zero by form.

    book = Book("acc")
    book.submit(Operation("t1", Op.TOPUP, 100_000_000), now=0)                                  # Result.OK
    book.submit(Operation("h1", Op.RESERVE, 30_000_000, ttl=120 * SECOND), now=0)
    book.submit(Operation("s1", Op.SETTLE, 12_500_000, hold="h1"), now=9 * SECOND)              # the rest is free again

The id is the caller's: the same id with the same body is EXISTS (ALREADY_FAILED if it was refused then), with another
body CONFLICT. A hold ends at most once, by settling, voiding or running out at its time; what was settled too late is
charged all the same, once. Amounts are integers of 10**-6 of the account's currency, times are nanoseconds.

    open ── settle ──▶ settled        open ── void ──▶ voided
    open ── time ────▶ expired ── settle (late) ──▶ settled

A book may know only a part of history: the entries, holds and the balance that its operations can touch. `fresh` and
`touched` are what has to be stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from antiphon.billing.domain.chart import Code, customer

FOREVER = 1 << 62


class Op(Enum):
    TOPUP = "topup"
    CHARGE = "charge"
    RESERVE = "reserve"
    EXTEND = "extend"
    SETTLE = "settle"
    VOID = "void"
    EXPIRE = "expire"
    """Time ran out; the ledger writes it by itself."""


class Result(Enum):
    OK = "ok"
    OK_LATE = "ok_late"
    OK_OVERRUN = "ok_overrun"
    EXISTS = "exists"
    ALREADY_FAILED = "already_failed"
    CONFLICT = "conflict"
    INSUFFICIENT = "insufficient"
    NOT_FOUND = "not_found"
    NOT_OPEN = "not_open"

    @property
    def done(self) -> bool:
        """The operation has taken effect."""
        return self is Result.OK or self is Result.OK_LATE or self is Result.OK_OVERRUN


class HoldState(Enum):
    OPEN = "open"
    SETTLED = "settled"
    VOIDED = "voided"
    EXPIRED = "expired"


NEXT = {
    HoldState.OPEN: {HoldState.SETTLED, HoldState.VOIDED, HoldState.EXPIRED},
    HoldState.EXPIRED: {HoldState.SETTLED},
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What is asked. Its body is everything here: two operations of one id must be equal."""

    id: str
    op: Op
    amount: int = 0
    hold: str = ""
    ttl: int | None = None
    """How long a hold lives; None: until it is resolved."""
    code: Code = Code.OTHER
    forced: bool = False
    """A charge that may take the balance below its floor: the daily fee, a correction."""
    ref: str = ""
    """The call, the payment, the document it rests on."""
    tariff: str = ""
    """The version of the tariff that priced it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document: an operation and what came of it. `amount` moved from `debit` to `credit`; 0 when nothing did."""

    operation: Operation
    result: Result
    amount: int
    debit: str
    credit: str
    seq: int
    """Counts this customer's entries without gaps."""
    at: int


@dataclass(frozen=True, slots=True)
class Hold:
    id: str
    amount: int
    state: HoldState
    ttl: int | None
    expires: int | None
    packages: tuple[tuple[str, int], ...] = ()
    """Seconds reserved in packages beside the money."""

    def to(self, state: HoldState) -> Hold:
        """Raises ValueError for a step that no life of a hold has."""
        if state not in NEXT.get(self.state, ()):
            raise ValueError(f"a hold cannot go from {self.state.value} to {state.value}")
        return replace(self, state=state)


@dataclass(slots=True)
class Book:
    """One customer's money, and the history that the next operations need."""

    account: str
    balance: int = 0
    held: int = 0
    floor: int = 0
    """What must stay; negative is a credit line."""
    seq: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    fresh: list[Entry] = field(default_factory=list)
    touched: dict[str, Hold] = field(default_factory=dict)
    quiet_until: int = 0
    """No open hold's time is over before; 0: not looked yet."""

    @property
    def available(self) -> int:
        return self.balance - self.held - self.floor

    def submit(self, operation: Operation, now: int) -> Result:
        """Does it, or says why not; either way the same id gets the same answer for ever."""
        if operation.amount < 0:
            raise ValueError("amounts are not negative; the operation gives the direction")
        known = self.entries.get(operation.id)
        if known is not None:
            if known.operation != operation:
                return Result.CONFLICT
            return Result.EXISTS if known.result.done else Result.ALREADY_FAILED
        self.expire(now)
        result, change = self._decide(operation, now)
        self._write(operation, result, change, now)
        return result

    def cover(self, hold_id: str, packages: Mapping[str, int]) -> None:
        """Reserves seconds of packages beside the money of an open hold, in place of those before."""
        hold = self.holds[hold_id]
        if hold.packages != (wanted := tuple(sorted(packages.items()))):
            self._keep(replace(hold, packages=wanted))

    def expire(self, now: int) -> None:
        """Ends the holds whose time has come; an entry each."""
        if now < self.quiet_until:
            return
        due = [hold for hold in self.holds.values() if hold.state is HoldState.OPEN and _is_over(hold, now)]
        for hold in sorted(due, key=lambda each: (each.expires or 0, each.id)):
            self._end(hold, HoldState.EXPIRED)
            self._write(Operation(f"{hold.id}:expired", Op.EXPIRE, hold.amount, hold.id), Result.OK, 0, now)
        left = [hold.expires for hold in self.holds.values() if hold.state is HoldState.OPEN]
        self.quiet_until = min((expires for expires in left if expires is not None), default=FOREVER)

    def _decide(self, asked: Operation, now: int) -> tuple[Result, int]:
        """(result, signed change of the balance)."""
        if asked.op is Op.TOPUP:
            return Result.OK, asked.amount
        if asked.op is Op.CHARGE:
            enough = asked.forced or asked.amount <= self.available
            return (Result.OK, -asked.amount) if enough else (Result.INSUFFICIENT, 0)
        if asked.op is Op.RESERVE:
            return self._reserve(asked, now), 0
        hold = self.holds.get(asked.hold)
        if hold is None:
            return Result.NOT_FOUND, 0
        if asked.op is Op.SETTLE:
            return self._settle(asked, hold)
        if hold.state is not HoldState.OPEN:
            return Result.NOT_OPEN, 0
        if asked.op is Op.EXTEND:
            return self._extend(asked, hold, now), 0
        self._end(hold, HoldState.VOIDED)
        return Result.OK, 0

    def _reserve(self, asked: Operation, now: int) -> Result:
        if asked.amount > self.available:
            return Result.INSUFFICIENT
        self._keep(Hold(asked.id, asked.amount, HoldState.OPEN, asked.ttl, _until(now, asked.ttl)))
        self.held += asked.amount
        return Result.OK

    def _extend(self, asked: Operation, hold: Hold, now: int) -> Result:
        if asked.amount > self.available:
            return Result.INSUFFICIENT
        ttl = hold.ttl if asked.ttl is None else asked.ttl
        self._keep(replace(hold, amount=hold.amount + asked.amount, ttl=ttl, expires=_until(now, ttl)))
        self.held += asked.amount
        return Result.OK

    def _settle(self, asked: Operation, hold: Hold) -> tuple[Result, int]:
        if hold.state not in NEXT or HoldState.SETTLED not in NEXT[hold.state]:
            return Result.NOT_OPEN, 0
        result = Result.OK
        if hold.state is HoldState.EXPIRED:
            result = Result.OK_LATE
        elif asked.amount > hold.amount:
            result = Result.OK_OVERRUN
        self._end(hold, HoldState.SETTLED)
        return result, -asked.amount

    def _end(self, hold: Hold, state: HoldState) -> None:
        if hold.state is HoldState.OPEN:
            self.held -= hold.amount
        self._keep(hold.to(state))

    def _keep(self, hold: Hold) -> None:
        self.holds[hold.id] = self.touched[hold.id] = hold
        if hold.state is HoldState.OPEN and hold.expires is not None:
            self.quiet_until = min(self.quiet_until, hold.expires)

    def _write(self, operation: Operation, result: Result, change: int, now: int) -> None:
        mine, other = customer(self.account), operation.code.value
        debit, credit = (other, mine) if change > 0 else (mine, other)
        self.balance += change
        self.seq += 1
        entry = Entry(operation, result, abs(change), debit if change else "", credit if change else "", self.seq, now)
        self.entries[operation.id] = entry
        self.fresh.append(entry)


def _until(now: int, ttl: int | None) -> int | None:
    return None if ttl is None else now + ttl


def _is_over(hold: Hold, now: int) -> bool:
    return hold.expires is not None and now >= hold.expires
