"""Several ring, one wins; and lots that every replay draws again."""

from collections import Counter

import pytest

from antiphon.acd.domain import effects as fx
from antiphon.acd.domain import inputs as i
from antiphon.acd.domain.item import Step
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain


@pytest.mark.clause("A07")
def test_ring_all_rings_everybody_on_the_best_tier_and_one_wins() -> None:
    scene = Scene("q", "A q", "B q", "C q", "Second q:2", strategy="ring_all").ready("A", "B", "C", "Second")
    assert scene.calls("i1").offers == [("i1", "A"), ("i1", "B"), ("i1", "C")]
    scene.accepts("B", "i1")
    ends = {effect.agent_id: effect.how.value for effect in scene.told(fx.OfferEnded)}
    assert ends == {"A": "withdrawn", "B": "accepted", "C": "withdrawn"}
    assert scene.accepts("B", "i1").effects == [], "told twice"
    for late in "AC":
        with pytest.raises(Refusal) as refused:
            scene.accepts(late, "i1")
        assert refused.value.reason is Reason.OFFER_GONE
    assert [sum(agent.load) for agent in scene.brain.floor.agents.values()] == [0, 1, 0, 0]


def test_two_agents_never_answer_one_call() -> None:
    """asterisk 176: whoever is second hears that the offer is gone, whichever way the two race."""
    for first, second in (("A", "B"), ("B", "A")):
        scene = Scene("q", "A q", "B q", strategy="ring_all").ready("A", "B").calls("i1").accepts(first, "i1")
        with pytest.raises(Refusal):
            scene.accepts(second, "i1")
        assert scene.brain.floor.items["i1"].agent_id == first


def test_who_loses_a_race_gets_the_next_in_line_at_once() -> None:
    scene = Scene("q", "A q", "B q", strategy="ring_all").ready("A", "B").calls("i1", "i2")
    assert scene.accepts("A", "i1").offers == [("i2", "B")]


def test_a_call_nobody_hears_does_not_take_the_whole_team_out() -> None:
    scene = Scene("q", "A q", "B q", strategy="ring_all").ready("A", "B").calls("i1")
    assert scene.tick(20).offers == [("i1", "A"), ("i1", "B")]
    assert scene.agent_state("A") == scene.agent_state("B") == "ready"


def test_one_who_is_busy_leaves_the_others_ringing() -> None:
    scene = Scene("q", "A q", "B q", strategy="ring_all").ready("A", "B").calls("i1")
    scene.tell(i.OfferFailed("i1", 1, "A", i.Failure.BUSY))
    assert scene.item_state("i1") == "offered"
    assert scene.declines("B", "i1").item_state("i1") == "waiting"


def test_who_comes_free_joins_a_running_ring_all_at_once_and_one_wins() -> None:
    for winner, loser, version in (("A", "B", 1), ("B", "A", 2)):
        scene = Scene("q", "A q", "B q", strategy="ring_all").ready("A").calls("i1").at(5).ready("B")
        assert scene.offers == [("i1", "B")]
        scene.tell(i.OfferAccepted("i1", version, winner))
        assert {end.agent_id: end.how.value for end in scene.told(fx.OfferEnded)} == {
            winner: "accepted",
            loser: "withdrawn",
        }
        with pytest.raises(Refusal) as refused:
            scene.tell(i.OfferAccepted("i1", 3 - version, loser))
        assert refused.value.reason is Reason.OFFER_GONE
        assert (scene.brain.floor.agents[loser].held, scene.item_state("i1")) == ([], "connected")


def test_who_joins_a_ring_all_ends_with_the_others_and_nobody_is_to_blame() -> None:
    scene = Scene("q", "A q", "B q", strategy="ring_all").ready("A").calls("i1").at(15).ready("B")
    assert scene.tick(20).offers == [("i1", "A"), ("i1", "B")], "the next round, all together"
    assert scene.agent_state("A") == scene.agent_state("B") == "ready"


def test_the_next_tier_joins_a_ring_all_at_its_next_step_only() -> None:
    scene = Scene("q", "A q", "B q:2", strategy="ring_all").ready("A").calls("i1").at(1).ready("B")
    assert scene.offers == []
    assert scene.tick(10).offers == [("i1", "B")]


def test_a_customer_who_waits_comes_before_a_bell_that_rings_already() -> None:
    scene = Scene("q", "A q", "B q", strategy="ring_all").ready("A").calls("i1", "i2").ready("B")
    assert scene.offers == [("i2", "B")]


def test_who_suits_a_relaxed_step_joins_the_ring_all_when_it_begins() -> None:
    steps = (Step(lasts_ms=5_000, skills=(("de", 3),)), Step(skills=()))
    scene = Scene("q", "B q", strategy="ring_all").agent("A q", {"de": 3}).ready("A", "B").calls("i1", steps=steps)
    assert scene.offers == [("i1", "A")]
    assert scene.tick(5).offers == [("i1", "B")]


def test_ringing_progressively_adds_one_after_another() -> None:
    scene = Scene("q", "A q", "B q", "C q:2", strategy="ring_progressively", ring_more_ms=5_000).ready("A", "B", "C")
    assert scene.calls("i1").offers == [("i1", "A")]
    assert scene.tick(5).offers == [("i1", "B")]
    assert scene.tick(10).offers == [("i1", "C")]
    assert scene.tick(15).offers == []
    assert scene.tell(i.OfferAccepted("i1", 2, "B")).told(fx.WorkAccepted)[0].version == 2
    assert scene.tell(i.OfferAccepted("i1", 2, "B")).effects == []
    with pytest.raises(Refusal):
        scene.tell(i.OfferAccepted("i1", 3, "C"))


def test_waiting_customers_come_before_one_more_bell() -> None:
    scene = Scene("q", "A q", "B q", strategy="ring_progressively", ring_more_ms=5_000).ready("A").calls("i1", "i2")
    assert scene.at(5).ready("B").offers == [("i2", "B")]


def test_each_who_lets_it_ring_out_has_missed_it() -> None:
    scene = Scene("q", "A q", "B q", strategy="ring_progressively", ring_more_ms=5_000).ready("A", "B").calls("i1")
    scene.tick(5).tick(20)
    assert (scene.agent_state("A"), scene.agent_state("B"), scene.item_state("i1")) == (
        "not_responding",
        "ready",
        "offered",
    )
    assert scene.tick(25).item_state("i1") == "waiting"


def drawn(strategy: str, *agents: str, calls: int = 900) -> Counter[str]:
    scene = Scene("q", *agents, strategy=strategy).ready(*(agent.split()[0] for agent in agents))
    winners: Counter[str] = Counter()
    for number in range(calls):
        scene.at(number).calls(f"i{number}")
        winners[scene.offers[0][1]] += 1
        scene.tell(i.WorkWithdrawn(f"i{number}"))
    return winners


@pytest.mark.clause("A07")
def test_random_draws_fairly_and_the_same_again() -> None:
    winners = drawn("random", "A q", "B q", "C q")
    assert all(230 < winners[name] < 370 for name in "ABC"), winners
    assert winners == drawn("random", "A q", "B q", "C q")


def test_a_penalty_makes_a_lot_worse() -> None:
    winners = drawn("weighted_random", "A q:1:0:0", "B q:1:0:3")
    assert winners["A"] > 3 * winners["B"] > 0, winners


def test_least_occupied_and_least_talk_look_at_time_not_at_number() -> None:
    for strategy in ("least_occupied", "least_talk"):
        scene = Scene("q", "A q", "B q", strategy=strategy).ready("A", "B").at(1)
        scene.calls("long").accepts("A", "long").calls("short").accepts("B", "short")
        scene.at(10).hangs_up("B", "short").calls("next").accepts("B", "next").at(20).hangs_up("B", "next")
        scene.at(90).hangs_up("A", "long")
        assert scene.at(91).calls("i1").offers == [("i1", "B")], strategy
