"""The ledger beside an independent model: every invariant after every step, whatever order things happen in.

I1 debits equal credits · I2 balance is the sum of postings · I3 open holds are `held` · I4 available is not
negative except by what was forced, late or over its hold · I5 an id counts once · I6 a hold resolves at most once ·
I10 replaying everything changes nothing · I11 what was written stays. I7 and I8 are about calls: `test_service.py`;
I9 about documents: `test_accounts.py`; I12 about packages: `test_bundles.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from antiphon.billing.domain.chart import Code, customer
from antiphon.billing.domain.ledger import Book, Entry, HoldState, Op, Operation, Result

pytestmark = pytest.mark.domain

amounts = st.integers(0, 60)
ids = st.sampled_from([f"id{number}" for number in range(14)])
ttls = st.sampled_from([None, 5, 30])


class Model:
    """The rules as a list of what happened, added up anew for every question."""

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self.answers: dict[str, tuple[Operation, str]] = {}
        self.moved: list[int] = []
        self.holds: dict[str, list[int | str | None]] = {}  # id → [amount, expires, ttl, how it ended]

    def open_at(self, now: int) -> dict[str, int]:
        open_holds = {}
        for name, (amount, expires, _, ended) in self.holds.items():
            if ended == "" and (expires is None or now < int(expires)):
                open_holds[name] = int(amount or 0)
        return open_holds

    def available(self, now: int) -> int:
        return sum(self.moved) - sum(self.open_at(now).values()) - self.floor

    def submit(self, asked: Operation, now: int) -> str:
        if asked.id in self.answers:
            before, answer = self.answers[asked.id]
            if before != asked:
                return "conflict"
            return "exists" if answer.startswith("ok") else "already_failed"
        answer = getattr(self, asked.op.value)(asked, now)
        self.answers[asked.id] = (asked, answer)
        return str(answer)

    def topup(self, asked: Operation, now: int) -> str:
        self.moved.append(asked.amount)
        return "ok"

    def charge(self, asked: Operation, now: int) -> str:
        if not asked.forced and self.available(now) < asked.amount:
            return "insufficient"
        self.moved.append(-asked.amount)
        return "ok"

    def reserve(self, asked: Operation, now: int) -> str:
        if self.available(now) < asked.amount:
            return "insufficient"
        self.holds[asked.id] = [asked.amount, None if asked.ttl is None else now + asked.ttl, asked.ttl, ""]
        return "ok"

    def extend(self, asked: Operation, now: int) -> str:
        hold = self.holds.get(asked.hold)
        if hold is None:
            return "not_found"
        if asked.hold not in self.open_at(now):
            return "not_open"
        if self.available(now) < asked.amount:
            return "insufficient"
        hold[2] = hold[2] if asked.ttl is None else asked.ttl
        hold[0], hold[1] = int(hold[0] or 0) + asked.amount, None if hold[2] is None else now + int(hold[2])
        return "ok"

    def void(self, asked: Operation, now: int) -> str:
        if asked.hold not in self.holds:
            return "not_found"
        if asked.hold not in self.open_at(now):
            return "not_open"
        self.holds[asked.hold][3] = "voided"
        return "ok"

    def settle(self, asked: Operation, now: int) -> str:
        hold = self.holds.get(asked.hold)
        if hold is None:
            return "not_found"
        if hold[3] != "":
            return "not_open"
        late = asked.hold not in self.open_at(now)
        hold[3] = "settled"
        self.moved.append(-asked.amount)
        return "ok_late" if late else "ok_overrun" if asked.amount > int(hold[0] or 0) else "ok"


class Ledger(RuleBasedStateMachine):
    """Operations in any order, repeated, altered, late."""

    @initialize(floor=st.integers(-20, 20))
    def begin(self, floor: int) -> None:
        self.now, self.steps = 0, list[tuple[Operation, int]]()
        self.book, self.model = Book("acc", floor=floor), Model(floor)
        self.written: list[Entry] = []
        self.allowed_debt = max(0, floor)

    def ask(self, operation: Operation) -> None:
        before = self.book.available
        result = self.book.submit(operation, self.now)
        assert result.value == self.model.submit(operation, self.now)
        self.steps.append((operation, self.now))
        unchecked = operation.forced or result in {Result.OK_LATE, Result.OK_OVERRUN}
        if unchecked and result.done:
            self.allowed_debt += operation.amount
        if not result.done:
            assert self.book.available >= before  # time may have freed money; a refusal takes none

    @rule(name=ids, amount=amounts)
    def topup(self, name: str, amount: int) -> None:
        self.ask(Operation(name, Op.TOPUP, amount, code=Code.CARD))

    @rule(name=ids, amount=amounts, forced=st.booleans())
    def charge(self, name: str, amount: int, forced: bool) -> None:
        self.ask(Operation(name, Op.CHARGE, amount, code=Code.VOICE, forced=forced))

    @rule(name=ids, amount=amounts, ttl=ttls)
    def reserve(self, name: str, amount: int, ttl: int | None) -> None:
        self.ask(Operation(name, Op.RESERVE, amount, ttl=ttl))

    @rule(name=ids, hold=ids, amount=amounts, ttl=ttls)
    def extend(self, name: str, hold: str, amount: int, ttl: int | None) -> None:
        self.ask(Operation(name, Op.EXTEND, amount, hold, ttl))

    @rule(name=ids, hold=ids, amount=amounts)
    def settle(self, name: str, hold: str, amount: int) -> None:
        self.ask(Operation(name, Op.SETTLE, amount, hold, code=Code.VOICE))

    @rule(name=ids, hold=ids)
    def void(self, name: str, hold: str) -> None:
        self.ask(Operation(name, Op.VOID, 0, hold))

    @rule(data=st.data())
    def again(self, data: st.DataObject) -> None:
        """Somebody did not hear the answer."""
        if self.steps:
            self.ask(data.draw(st.sampled_from(self.steps))[0])

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        self.book.expire(self.now)

    @invariant()
    def debits_equal_credits(self) -> None:
        sums: Counter[str] = Counter()
        for entry in self.book.fresh:
            assert (entry.amount == 0) or {entry.debit, entry.credit} >= {customer("acc")}
            sums[entry.debit] -= entry.amount
            sums[entry.credit] += entry.amount
        assert sum(sums.values()) == 0
        assert sums[customer("acc")] == self.book.balance == sum(self.model.moved)

    @invariant()
    def held_is_what_open_holds_say(self) -> None:
        open_holds = {hold.id: hold.amount for hold in self.book.holds.values() if hold.state is HoldState.OPEN}
        assert open_holds == self.model.open_at(self.now)
        assert self.book.held == sum(open_holds.values()) >= 0

    @invariant()
    def nobody_spends_what_is_not_there(self) -> None:
        assert self.book.available >= -self.allowed_debt

    @invariant()
    def each_id_and_each_end_of_a_hold_counts_once(self) -> None:
        assert max(Counter(entry.operation.id for entry in self.book.fresh).values(), default=0) <= 1
        ends = Counter(
            entry.operation.hold
            for entry in self.book.fresh
            if entry.result.done and entry.operation.op in {Op.SETTLE, Op.VOID}
        )
        assert max(ends.values(), default=0) <= 1
        assert [entry.seq for entry in self.book.fresh] == list(range(1, self.book.seq + 1))

    @invariant()
    def what_was_written_stays(self) -> None:
        assert self.book.fresh[: len(self.written)] == self.written
        self.written = list(self.book.fresh)

    def teardown(self) -> None:
        """Everything once more: nothing changes. Everything from nothing: the same."""
        if not hasattr(self, "book"):
            return
        before = (self.book.balance, self.book.held, self.book.seq)
        for operation, _ in self.steps:
            assert not self.book.submit(operation, self.now).done
        assert (self.book.balance, self.book.held, self.book.seq) == before
        anew = Book("acc", floor=self.book.floor)
        for operation, at in self.steps:
            anew.submit(operation, at)
        anew.expire(self.now)
        assert (anew.balance, anew.held) == before[:2]


Ledger.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


TestLedger = Ledger.TestCase


def charge_twice(book: Book) -> None:
    """A ledger without idempotency: what I5 must catch."""
    book.entries.clear()


@pytest.mark.parametrize("sabotage", [charge_twice])
@pytest.mark.clause("I06")
def test_replaying_charges_once_and_a_ledger_that_forgets_would_not(sabotage: Callable[[Book], None]) -> None:
    book = Book("acc")
    book.submit(Operation("t", Op.TOPUP, 100), 0)
    charge = Operation("c", Op.CHARGE, 30, code=Code.VOICE)
    assert [book.submit(charge, 0), book.submit(charge, 0)] == [Result.OK, Result.EXISTS]
    assert book.balance == 70
    sabotage(book)
    book.submit(charge, 0)
    assert book.balance == 40


def test_another_body_under_a_known_id_is_a_conflict() -> None:
    book = Book("acc")
    operation = Operation("t", Op.TOPUP, 100)
    book.submit(operation, 0)
    assert book.submit(replace(operation, amount=99), 0) is Result.CONFLICT
    assert book.balance == 100


@pytest.mark.clause("C03")
def test_long_distance_is_owed_to_the_carrier() -> None:
    book = Book("acc")
    book.submit(Operation("c", Op.CHARGE, 30, code=Code.LONG_DISTANCE, forced=True), 0)
    assert (book.fresh[0].debit, book.fresh[0].credit) == (customer("acc"), "liab.ld_operator")


def test_amounts_give_no_direction() -> None:
    with pytest.raises(ValueError, match="negative"):
        Book("acc").submit(Operation("t", Op.TOPUP, -1), 0)
