"""Saved, brought back, and never noticed."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest

from antiphon.acd.domain import snapshot
from antiphon.acd.domain.inputs import OfferAccepted, WorkReleased
from antiphon.acd.domain.reasons import Refusal
from antiphon.acd.domain.snapshot import Gradual, dump, load
from antiphon.acd.tests.chance import Chance
from antiphon.acd.tests.naive import check
from antiphon.acd.tests.scene import Scene
from antiphon.acd.tests.test_brain import opened

pytestmark = pytest.mark.domain


def test_a_loaded_brain_continues_byte_for_byte() -> None:
    for seed in range(40):
        brain, chance = opened(seed)
        other = load(dump(brain))
        for number in range(60):
            fact = chance.fact()
            if number % 4 == 0:
                other = load(json.loads(json.dumps(dump(other))))
            told = []
            for one in (brain, other):
                try:
                    told.append(repr(one.handle(fact, now=chance.now)))
                except Refusal as refusal:
                    told.append(str(refusal))
            assert told[0] == told[1], (seed, number, fact)
            assert other.next_deadline() == brain.next_deadline()
        assert json.dumps(dump(other)) == json.dumps(dump(brain))
        check(other)


def test_a_snapshot_taken_between_decisions_is_that_of_its_last_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens while it is taken, all is in it: the same as one taken in one piece at the end."""
    monkeypatch.setattr(snapshot, "PIECE", 1)
    monkeypatch.setattr(snapshot, "LAST_PIECE", 3)
    for seed in range(240):
        brain, chance = opened(seed)
        brain.floor.policy = replace(brain.floor.policy, remember=3)
        for number in range(50):
            if number == 20:
                gradual = Gradual(brain)
            if number >= 20 and number % 2:
                gradual.advance()
            with suppress(Refusal):
                brain.handle(chance.fact(), now=chance.now)
        while not gradual.advance():
            continue
        taken = json.loads(b"".join(gradual.finish()))
        assert dump(load(taken)) == dump(brain), seed
        assert brain.floor.touched is None


def test_every_piece_of_a_snapshot_is_json() -> None:
    brain, chance = opened(3)
    assert isinstance(chance, Chance)
    assert json.loads(json.dumps(dump(brain))) == dump(brain)


NEW_IN_ITEMS = ("any_of", "due_ms", "entered", "callback", "tries", "won")
NEW_IN_AGENTS = ("roster", "chosen", "missed", "timers")


def test_a_snapshot_of_the_release_before_is_understood() -> None:
    """Fields that did not exist take their defaults; seats were the whole roster."""
    data = dump(Scene("q", "A q").ready("A").calls("i1", "i2").accepts("A", "i1").brain) | {"version": 1}
    del data["met"], data["gone"], data["policy"]["delays"]
    for item in data["items"]:
        for name in NEW_IN_ITEMS:
            item.pop(name, None)
    for agent in data["agents"]:
        for name in NEW_IN_AGENTS:
            del agent[name]
    brain = load(data)
    check(brain)
    assert brain.handle(OfferAccepted("i1", 1, "A"), now=5) == [], "a repeat is still known as one"
    assert brain.handle(WorkReleased("i1", "A"), now=6)
    assert brain.floor.items["i2"].state == "offered"
    assert brain.floor.agents["A"].roster


def test_a_snapshot_of_another_shape_is_not_loaded() -> None:
    with pytest.raises(ValueError, match="version 0"):
        load(dump(opened(1)[0]) | {"version": 0})
