"""The brain as a whole: it agrees with the naive reference, keeps its invariants, and is the same everywhere."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.effects import WorkOffered
from antiphon.acd.domain.inputs import TimePassed
from antiphon.acd.domain.reasons import Refusal
from antiphon.acd.domain.snapshot import dump
from antiphon.acd.tests.chance import Chance
from antiphon.acd.tests.naive import check, expected_offers

pytestmark = pytest.mark.domain


def play(brain: Brain, chance: Chance, steps: int) -> list[str]:
    """Let chance play; every offer must be the reference's; returns the effects as text."""
    told: list[str] = []
    for number in range(steps):
        fact = chance.fact()
        try:
            brain.note(fact, now=chance.now)
        except Refusal as refusal:
            told.append(str(refusal))
            brain.settle(now=chance.now)
            continue
        expected = expected_offers(brain, chance.now)
        effects = brain.settle(now=chance.now)
        assert [(e.item_id, e.agent_id) for e in effects if isinstance(e, WorkOffered)] == expected, (number, fact)
        told += [repr(effect) for effect in effects]
    return told


def opened(seed: int) -> tuple[Brain, Chance]:
    """A small floor. Every fifth rings all everywhere: the one strategy that goes on deciding while an item rings."""
    brain = Brain()
    chance = Chance(seed, brain, ("ring_all",)) if seed % 5 == 4 else Chance(seed, brain)
    for fact in chance.opening():
        try:
            brain.handle(fact, now=chance.now)
        except Refusal:
            continue  # DISABLED before the first log-in
    return brain, chance


@pytest.mark.parametrize("decade", range(20))
def test_every_decision_is_the_one_of_the_naive_reference(decade: int) -> None:
    for seed in range(decade * 11, decade * 11 + 11):
        brain, chance = opened(seed)
        play(brain, chance, 30)
        check(brain)


def test_a_batch_noted_together_is_settled_in_the_one_documented_order() -> None:
    for seed in range(60):
        brain, chance = opened(seed)
        for _ in range(6):
            for _ in range(5):
                try:
                    brain.note(chance.fact(), now=chance.now)
                except Refusal:
                    continue
            expected = expected_offers(brain, chance.now)
            offers = [e for e in brain.settle(now=chance.now) if isinstance(e, WorkOffered)]
            assert [(offer.item_id, offer.agent_id) for offer in offers] == expected
            check(brain)


def test_a_refusal_changes_nothing() -> None:
    refused = 0
    for seed in range(30):
        brain, chance = opened(seed)
        for _ in range(60):
            fact = chance.fact()
            before = dump(brain)
            try:
                brain.handle(fact, now=chance.now)
            except Refusal:
                refused += 1
                assert dump(brain) == before, fact
                assert brain.settle(now=chance.now) == []
    assert refused > 200


def story(seed: int) -> str:
    """Everything told in a long run, as one hash."""
    brain, chance = opened(seed)
    told = []
    for _ in range(400):
        try:
            told += [repr(effect) for effect in brain.handle(chance.fact(), now=chance.now)]
        except Refusal as refusal:
            told.append(str(refusal))
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def test_the_same_inputs_give_the_same_effects_in_another_process() -> None:
    services = str(Path(__file__).parents[3])
    code = "from antiphon.acd.tests.test_brain import story; print(story(7))"
    other = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": services},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert other == [story(7)] * 2


class AnyDay(RuleBasedStateMachine):
    """Hypothesis chooses what happens; after every step all invariants are recounted."""

    @initialize(seed=st.integers(0, 1 << 32))
    def open(self, seed: int) -> None:
        self.brain, self.chance = opened(seed)
        self.enqueued: set[str] = set(self.brain.floor.items)

    @rule(steps=st.integers(1, 6))
    def things_happen(self, steps: int) -> None:
        for _ in range(steps):
            play(self.brain, self.chance, 1)
            check(self.brain)
            self.enqueued |= set(self.brain.floor.items)

    @rule(
        name=st.sampled_from(
            ["arrival", "answer", "decline", "fail", "end", "hand_over", "call_back", "by_hand", "occupy", "rarity"]
        )
    )
    def one_thing_happens(self, name: str) -> None:
        try:
            self.brain.handle(getattr(self.chance, name)(), now=self.chance.now)
        except Refusal:
            return
        self.enqueued |= set(self.brain.floor.items)

    @rule()
    def the_next_deadline_comes(self) -> None:
        at = self.brain.next_deadline()
        if at is not None:
            self.chance.now = max(at, self.chance.now)
            from_now = self.chance.now
            self.brain.handle(TimePassed(), now=from_now)
            upcoming = self.brain.next_deadline()
            assert upcoming is None or upcoming >= from_now

    @invariant()
    def everything_adds_up(self) -> None:
        if hasattr(self, "brain"):
            check(self.brain)
            assert set(self.brain.floor.items) == self.enqueued, "something was lost"


TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(
    max_examples=15,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)
