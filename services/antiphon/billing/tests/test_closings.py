"""Control totals: what makes a group differ, and the print of a month."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.domain.chart import Code, customer
from antiphon.billing.domain.closings import BOOKS, differences, printed
from antiphon.billing.domain.ledger import Entry, Op, Operation, Result
from antiphon.billing.domain.records import Charge, Rated, Recorded

pytestmark = pytest.mark.domain
MINE = customer("ac")


def call(name: str, cost: int) -> Rated:
    switch, key = name.split("/")
    return Rated(Recorded(switch, key, "", "380", 0, 1, False), "tn", "ac", Charge.BILLED, cost=cost)


def posting(seq: int, name: str, amount: int) -> Entry:
    operation = Operation(f"call:{name}", Op.CHARGE, amount, code=Code.VOICE, forced=True, ref=name, tariff="tf:1")
    return Entry(operation, Result.OK, amount, MINE, Code.VOICE.value, seq, seq)


NAMES = [f"{switch}/c{number}" for switch in ("sbc", "media", "channels") for number in range(4)]
CALLS = [call(name, 10 + place) for place, name in enumerate(NAMES)]
POSTINGS = [posting(place + 1, one.id, one.cost) for place, one in enumerate(CALLS)]


@pytest.mark.clause("K02")
def test_equal_totals_differ_in_nothing_also_where_the_last_postings_came_after_the_month() -> None:
    assert differences(POSTINGS, [], CALLS) == []
    assert differences(POSTINGS[:9], POSTINGS[9:], CALLS) == []
    assert differences([], [], [call("sbc/free", 0)]) == []


@pytest.mark.clause("K02")
@given(st.integers(0, len(NAMES) - 1), st.sampled_from(["lost", "added", "altered", "doubled", "unrecorded"]))
def test_one_item_lost_added_or_altered_names_its_group(place: int, fault: str) -> None:
    name, calls, month = NAMES[place], list(CALLS), list(POSTINGS)
    if fault == "lost":
        month[place] = replace(month[place], operation=Operation("fee:1", Op.CHARGE, 5, ref="fee"))
    elif fault == "added":
        month.append(posting(len(month) + 1, name.replace("/", "/none"), 7))
    elif fault == "altered":
        month[place] = replace(month[place], amount=month[place].amount + 1)
    elif fault == "doubled":
        month.append(posting(len(month) + 1, name, CALLS[place].cost))
    else:
        del calls[place]
    (found,) = differences(month, [], calls)
    assert found.group == name.partition("/")[0]
    assert f"4 for {sum(one.cost for one in CALLS if one.id.startswith(found.group))}" in found.why or fault == (
        "unrecorded"
    )


@pytest.mark.clause("K04")
@pytest.mark.clause("K01")
def test_books_say_what_rests_on_nothing_and_which_number_is_missing() -> None:
    payment = Entry(Operation("p1", Op.TOPUP, 5), Result.OK, 5, Code.BANK.value, MINE, 13, 13)
    (found,) = differences([*POSTINGS, payment], [], CALLS)
    assert (found.group, found.why) == (BOOKS, "posting p1 rests on no document")
    gap = [*POSTINGS[:3], *(replace(one, seq=one.seq + 1) for one in POSTINGS[3:])]
    (found,) = differences(gap, [], CALLS)
    assert (found.group, found.why) == (BOOKS, "posting 4 is missing")


@given(st.integers(0, len(NAMES) - 1), st.sampled_from(["amount", "at", "seq", "debit", "credit"]))
def test_a_print_is_of_every_posting(place: int, field: str) -> None:
    known = printed(POSTINGS, "ac")
    assert (known.first, known.last, known.paid) == (1, len(NAMES), 0)
    assert known.charged == sum(one.cost for one in CALLS)
    changed = list(POSTINGS)
    value = getattr(changed[place], field)
    change: dict[str, Any] = {field: value + 1 if isinstance(value, int) else "x"}
    changed[place] = replace(changed[place], **change)
    assert printed(changed, "ac") != known
    assert printed(POSTINGS[:place] + POSTINGS[place + 1 :], "ac") != known
    assert printed([], "ac").charged == 0
