"""Saved, brought back, and never noticed."""

import json

import pytest

from antiphon.acd.domain.reasons import Refusal
from antiphon.acd.domain.snapshot import dump, load
from antiphon.acd.tests.chance import Chance
from antiphon.acd.tests.naive import check
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


def test_every_piece_of_a_snapshot_is_json() -> None:
    brain, chance = opened(3)
    assert isinstance(chance, Chance)
    assert json.loads(json.dumps(dump(brain))) == dump(brain)


def test_a_snapshot_of_another_shape_is_not_loaded() -> None:
    with pytest.raises(ValueError, match="version 0"):
        load(dump(opened(1)[0]) | {"version": 0})
