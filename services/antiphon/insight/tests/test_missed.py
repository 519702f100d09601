"""Missed and not yet called back, against a table made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.insight.domain.interaction import Direction, How, Interaction, Sort, Spell, Visit
from antiphon.insight.domain.missed import by_age, customers, missed_at, not_called_back, talked_at

pytestmark = pytest.mark.domain

MINUTE = 60_000
A, B, C = "+380441110001", "+380441110002", "+380441110003"


def call(name: str, party: str, start: int, end: int, result: str, **more: object) -> Interaction:
    it = Interaction(name, Sort.CALL, "voice", start * MINUTE, ended=end * MINUTE, result=result, party=party)
    for field, value in more.items():
        setattr(it, field, value)
    return it


def waited(name: str, party: str, start: int, end: int, queue: str = "sales", **more: object) -> Interaction:
    visit = Visit(queue, start * MINUTE, end * MINUTE, How.ABANDONED)
    return call(name, party, start, end, "abandoned", visits=[visit], **more)


def talk(name: str, party: str, start: int, end: int, **more: object) -> Interaction:
    spell = Spell("ann", "sales", start * MINUTE, end * MINUTE, end * MINUTE)
    return call(name, party, start, end, "answered", spells=[spell], **more)


def names(interactions: Sequence[Interaction]) -> list[str]:
    return [it.id for it in interactions]


OUT = Direction.OUTBOUND
DAY = [
    waited("a1", A, 0, 1),
    waited("a2", A, 5, 6, queue="repairs"),
    call("a3", A, 10, 11, "no_answer", direction=OUT),
    waited("b1", B, 2, 3),
    talk("b2", B, 7, 9, direction=OUT),
    talk("c1", C, 0, 4),
    waited("c2", C, 5, 6),
    waited("d1", "", 1, 2),
]


@pytest.mark.clause("D04")
def test_the_list_is_the_table_made_by_hand() -> None:
    assert [it.id for it in not_called_back(DAY, DAY)] == ["a1", "a2", "c2"]
    found = customers(DAY, DAY)
    assert [(one.party, one.since, one.last, one.queue, names(one.calls), names(one.tries)) for one in found] == [
        (A, 1 * MINUTE, 6 * MINUTE, "repairs", ["a1", "a2"], ["a3"]), (C, 6 * MINUTE, 6 * MINUTE, "sales", ["c2"], []),
    ]  # fmt: skip
    assert by_age(found, 16 * MINUTE) == {"repairs": [0, 1, 0, 0, 0], "sales": [1, 0, 0, 0, 0]}
    assert by_age(found, 1_446 * MINUTE) == {"repairs": [0, 0, 0, 0, 1], "sales": [0, 0, 0, 0, 1]}


def test_what_is_asked_for_is_counted_and_what_was_done_elsewhere_is_not_forgotten() -> None:
    (only,) = customers([it for it in DAY if it.queue == "repairs"], DAY)
    assert (names(only.calls), names(only.tries), only.since) == (["a2"], ["a3"], 6 * MINUTE)


def test_a_number_and_a_card_seen_together_are_one_customer() -> None:
    by_number, by_card = waited("x1", A, 0, 1), waited("x2", B, 2, 3, contact="co_1")
    assert len(customers([by_number, by_card], [])) == 2
    (one,) = customers([by_number, by_card, waited("x3", A, 4, 5, contact="co_1", line="+380441")], [])
    assert (names(one.calls), one.party, one.contact, one.line) == (["x1", "x2", "x3"], A, "co_1", "+380441")


def test_the_next_promise_and_a_call_that_goes_on_are_told() -> None:
    lost = waited("x1", A, 0, 1, contact="co_1")
    later = Interaction("cb2", Sort.CALLBACK, "callback", 2 * MINUTE, contact="co_1", due=90 * MINUTE)
    sooner = Interaction("cb1", Sort.CALLBACK, "callback", 3 * MINUTE, contact="co_1", due=60 * MINUTE)
    kept = Interaction(
        "cb0", Sort.CALLBACK, "callback", 3 * MINUTE, ended=4 * MINUTE, contact="co_1", result="answered"
    )
    dialling = call("x2", A, 8, 9, "", direction=OUT)
    dialling.ended = None
    (one,) = customers([lost], [lost, later, sooner, kept])
    assert (one.promise, one.is_called) == (sooner, False)
    (one,) = customers([lost], [lost, dialling])
    assert (one.promise, one.is_called, names(one.tries)) == (None, True, ["x2"])


@given(st.permutations(DAY))
def test_the_order_in_which_interactions_come_does_not_matter(interactions: list[Interaction]) -> None:
    assert customers(interactions, interactions) == customers(DAY, DAY)


@pytest.mark.clause("D04")
@pytest.mark.parametrize("again", [talk("a4", A, 20, 21), talk("a4", A, 20, 21, direction=OUT)])
def test_whoever_is_spoken_to_leaves_the_list(again: Interaction) -> None:
    assert [it.id for it in not_called_back(DAY, [*DAY, again])] == ["c2"]


def test_a_customer_is_known_by_the_card_too() -> None:
    lost = waited("a1", A, 0, 1, contact="co_1")
    assert not_called_back([lost], [talk("b", B, 5, 6, contact="co_1", direction=OUT)]) == []
    assert len(not_called_back([lost], [talk("b", B, 5, 6, contact="co_2", direction=OUT)])) == 1
    chat = Interaction("c", Sort.CHAT, "webchat", 5 * MINUTE, contact="co_1", messages_in=1, messages_out=1)
    assert len(not_called_back([lost], [chat])) == 1, "nobody has answered it yet"
    chat.first_reply = MINUTE
    assert talked_at(chat) == 6 * MINUTE
    assert not_called_back([lost], [chat]) == []


@pytest.mark.parametrize(
    ("result", "missed"),
    [("abandoned", True), ("voicemail", True), ("busy", True), ("failed", True), ("no_answer", True),
     ("answered", False), ("received", False), ("blocked", False), ("callback", False)],
)  # fmt: skip
def test_which_ends_of_a_call_are_missed(result: str, missed: bool) -> None:
    assert (missed_at(call("x", A, 0, 1, result)) is not None) == missed


def test_what_goes_on_what_we_began_and_what_somebody_had_is_not_missed() -> None:
    going = waited("x", A, 0, 1)
    going.ended = None
    had = waited("x", A, 0, 1, spells=[Spell("ann", "sales", 0)])
    assert [missed_at(it) for it in (going, had, waited("x", A, 0, 1, direction=OUT))] == [None, None, None]


def test_a_promise_is_missed_when_the_customer_was_never_reached() -> None:
    promise = Interaction("cb", Sort.CALLBACK, "callback", 0, ended=MINUTE, result="abandoned", contact="co_1")
    assert [it.id for it in not_called_back([promise], [])] == ["cb"]
    for result in ("cancelled", "answered"):
        promise.result = result
        assert (missed_at(promise), talked_at(promise)) == (None, None)
