"""From facts to interactions: each once, whatever order and however often the facts come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.insight import documents
from antiphon.insight.domain.folding import fold
from antiphon.insight.domain.heard import Heard
from antiphon.insight.domain.interaction import Direction, How, Interaction, Sale, Sort
from antiphon.insight.tests.stories import NOON, story

pytestmark = pytest.mark.domain

CALL = """
0    started
2    queued sales
3    offered sales ann
9    accepted sales ann
100  queued repairs
110  accepted repairs bob
200  wrapping repairs bob
200  ended answered
230  completed repairs bob sold
231  recorded rec_1
"""


def folded(text: str, about: str = "call:c1") -> Interaction:
    found = fold(story(text, about))
    assert found is not None
    return found


@pytest.mark.clause("A15")
def test_a_transferred_call_is_one_interaction_with_two_visits() -> None:
    it = folded(CALL)
    assert (it.sort, it.channel, it.direction, it.result) == (Sort.CALL, "voice", Direction.INBOUND, "answered")
    assert [(one.queue, one.how, one.wait, one.agent) for one in it.visits] == [
        ("sales", How.ANSWERED, 7_000, "ann"), ("repairs", How.ANSWERED, 10_000, "bob"),
    ]  # fmt: skip
    assert [(one.agent, one.talk, one.wrap, one.transferred) for one in it.spells] == [
        ("ann", 91_000, 0, True), ("bob", 90_000, 30_000, False),
    ]  # fmt: skip
    assert (it.queue, it.agent, it.transfers, it.disposition, it.recording) == ("repairs", "bob", 1, "sold", "rec_1")
    assert (it.duration, it.wait, it.talk, it.wrap) == (200_000, 17_000, 181_000, 30_000)


@given(st.permutations(story(CALL)), st.integers(0, 9))
def test_order_and_repeats_of_facts_do_not_matter(facts: list[Heard], twice: int) -> None:
    keys = {documents.of_fact("t", fact)["_id"]: fact for fact in [*facts, facts[twice]]}
    assert fold(keys.values()) == fold(story(CALL))


@given(st.integers(0, 10))
def test_every_prefix_of_a_story_is_an_interaction(length: int) -> None:
    it = fold(story(CALL)[:length])
    assert (it is None) == (length == 0)
    assert it is None or documents.interaction_of(documents.of_interaction("t", it, length)) == it


@pytest.mark.parametrize(
    ("text", "result", "how"),
    [
        ("0 started\n2 queued sales\n30 abandoned sales customer_left\n30 ended abandoned", "abandoned", How.ABANDONED),
        ("0 started\n2 queued sales\n30 ended abandoned", "abandoned", How.ABANDONED),
        ("0 started\n2 queued sales\n30 overflowed sales\n50 ended voicemail", "voicemail", How.OVERFLOWED),
        ("0 started\n2 queued sales\n30 ended callback", "callback", How.CALLBACK),
        ("0 started\n2 queued sales\n30 abandoned sales closed\n31 ended answered", "answered", How.CLOSED),
        ("0 started\n2 queued sales\n9 queued repairs\n31 ended abandoned", "abandoned", How.TRANSFERRED),
    ],
)
def test_how_a_wait_ends(text: str, result: str, how: How) -> None:
    it = folded(text)
    assert (it.result, it.visits[0].how) == (result, how)
    assert all(visit.left is not None for visit in it.visits)


def test_what_goes_on_has_no_result_and_an_open_wait() -> None:
    it = folded("0 started\n2 queued sales")
    assert (it.ended, it.result, it.visits[0].how, it.visits[0].wait, it.duration) == (None, "", How.WAITING, 0, 0)


def test_a_chat_is_answered_once_however_often_it_is_closed_and_opened_again() -> None:
    it = folded(
        """
        0    says
        4    queued sales
        10   accepted sales ann
        25   answers
        40   closed vip
        100  open vip
        101  says
        120  answers
        160  completed sales ann
        161  closed vip new
        200  rated 5
        """,
        "conversation:cv1",
    )
    assert (it.sort, it.channel, it.result, it.tags) == (Sort.CHAT, "webchat", "answered", ())
    assert (it.messages_in, it.messages_out, it.first_reply, it.csat) == (2, 2, 25_000, 5)
    assert it.ended == NOON + 161_000


def test_a_chat_that_nobody_was_needed_for_and_one_that_waited_in_vain() -> None:
    assert folded("0 says\n60 closed", "conversation:a").result == "received"
    assert folded("0 says\n1 queued sales\n60 abandoned sales\n60 closed", "conversation:b").result == "abandoned"
    ours = folded("0 answers\n5 says\n60 closed", "conversation:c")
    assert (ours.direction, ours.result) == (Direction.OUTBOUND, "answered")


def test_who_is_written_to_first_has_not_waited() -> None:
    begun = "0 begins\n0 queued sales\n0 accepted sales ann"
    silent = folded(f"{begun}\n60 completed sales ann\n60 closed", "conversation:d")
    assert (silent.direction, silent.visits, silent.queue, silent.agent) == (Direction.OUTBOUND, [], "sales", "ann")
    later = folded(f"{begun}\n5 answers\n9 completed sales ann\n9 closed\n70 says\n70 queued sales", "conversation:e")
    assert [(one.queue, one.entered) for one in later.visits] == [("sales", NOON + 70_000)], "now they wait"


def test_a_callback_is_an_interaction_of_its_own() -> None:
    tried = "0 scheduled sales\n600 queued sales\n601 accepted sales ann\n630 scheduled sales"
    kept = folded(f"{tried}\n900 queued sales\n905 accepted sales bob\n990 wrapping sales bob", "callback:wi_1")
    assert (kept.sort, kept.channel, kept.result, kept.ended) == (Sort.CALLBACK, "callback", "answered", NOON + 990_000)
    assert [(one.how, one.wait) for one in kept.visits] == [(How.ANSWERED, 1_000), (How.ANSWERED, 5_000)]
    assert folded("0 scheduled sales\n9 abandoned sales closed", "callback:wi_2").result == "cancelled"


SOLD = (
    CALL.rstrip()
    + """
5     campaign cp_1
300   deal d1 1 open 100
400   deal d1 2 won 100
500   deal d2 1 won 50
600   deal d1 3 open 100
700   deal d1 4 won 120
"""
)


@pytest.mark.clause("D03")
@given(st.permutations(story(SOLD)), st.integers(0, 15))
def test_a_sale_counts_once_however_often_and_in_whatever_order_it_is_told(facts: list[Heard], twice: int) -> None:
    keys = {documents.of_fact("t", fact)["_id"]: fact for fact in [*facts, facts[twice]]}
    it = fold(keys.values())
    assert it is not None
    assert (it.outcome, it.campaign, it.amounts, it.ended) == ("sale", "cp_1", {"UAH": 170}, NOON + 200_000)
    assert it.sales == (Sale("d2", NOON + 500_000, "UAH", 50), Sale("d1", NOON + 700_000, "UAH", 120))
    assert documents.interaction_of(documents.of_interaction("t", it, len(keys))) == it


@pytest.mark.clause("D03")
def test_what_is_lost_again_is_no_sale_and_a_deal_alone_is_no_interaction() -> None:
    lost = folded(CALL.strip() + "\n400 deal d1 2 won 100\n500 deal d1 3 open 100")
    assert (lost.outcome, lost.sales, lost.amounts) == ("", (), {})
    assert fold(story("400 deal d1 2 won 100\n401 campaign cp_1")) is None
