"""What follows from what is heard of lines and slots, in any order and as often as it likes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.rentals import CHARGED, ENDED, RENTAL, WAITING, Heard, Step, faults, step

pytestmark = pytest.mark.domain
SUBJECT = "slot:sm_1"


def paper(state: str, rev: int, order: str = "o1") -> Paper:
    return Paper(RENTAL, SUBJECT, state, 0, "", 1, {"rev": rev, "order": order, "monthly": 5})


def heard(rev: int, in_use: bool = True) -> Heard:
    return Heard(SUBJECT, rev, "gsm-line", in_use=in_use)


@pytest.mark.parametrize(
    ("known", "said", "follows"),
    [
        (None, heard(1), Step.BEGIN),
        (None, heard(2, in_use=False), Step.NOTE),
        (paper(CHARGED, 1), heard(1), Step.NOTHING),
        (paper(CHARGED, 1), heard(2), Step.NOTE),
        (paper(CHARGED, 1), heard(2, in_use=False), Step.END),
        (paper(CHARGED, 3), heard(2, in_use=False), Step.NOTHING),
        (paper(ENDED, 2), heard(1), Step.NOTHING),
        (paper(ENDED, 2), heard(3), Step.BEGIN),
        (paper(ENDED, 2), heard(2, in_use=False), Step.NOTHING),
        (paper(WAITING, 1), heard(1), Step.BEGIN),
        (paper(WAITING, 1), heard(2, in_use=False), Step.NOTE),
        (paper(WAITING, 2), heard(1), Step.NOTHING),
    ],
)
def test_what_is_not_newer_changes_nothing(known: Paper | None, said: Heard, follows: Step) -> None:
    assert step(known, said) is follows


@given(st.lists(st.integers(1, 9), max_size=40))
def test_facts_of_any_order_end_where_the_last_one_says(revs: list[int]) -> None:
    """Odd revisions begin, even ones end; whatever comes twice or late, no order is begun or ended twice."""
    known: Paper | None = None
    active = 0
    for rev in revs:
        match step(known, heard(rev, in_use=rev % 2 == 1)):
            case Step.BEGIN:
                active += 1
                known = paper(CHARGED, rev)
            case Step.END:
                active -= 1
                known = paper(ENDED, rev)
            case Step.NOTE:
                state = known.state if known is not None else ENDED
                known = paper(state, rev)
            case Step.NOTHING:
                pass
        assert active in (0, 1)
    assert active == (max(revs, default=0) % 2)


@pytest.mark.clause("B07")
def test_the_audit_names_what_is_charged_and_not_in_use_and_the_other_way_round() -> None:
    def order(state: str, subject: str = SUBJECT, name: str = "o1") -> Paper:
        return Paper("order", name, state, 0, "", 1, {"monthly": 5, "subject": subject})

    good = [paper(CHARGED, 1)]
    assert not list(faults(5, good, [order("active"), Paper("order", "own", "active", 0, "", 2, {"monthly": 9})]))
    assert list(faults(0, good, [order("cancelled")])) == [f"{SUBJECT} is in use, its order o1 is not active"]
    assert len(list(faults(5, [paper(ENDED, 2)], [order("active")]))) == 1
    assert len(list(faults(10, good, [order("active"), order("active", name="o2")]))) == 1
    assert len(list(faults(6, good, [order("active")]))) == 1
