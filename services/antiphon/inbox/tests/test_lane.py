"""What a slow socket loses first, and when it is too slow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.inbox.domain.lane import Lane

pytestmark = pytest.mark.domain


def drained(lane: Lane) -> list[str]:
    return list(iter(lane.pop, None))


def test_the_newest_of_a_key_is_enough() -> None:
    lane = Lane(10, 1000)
    lane.ephemeral("board", "old")
    lane.ephemeral("typing", "x")
    lane.ephemeral("board", "new")
    assert drained(lane) == ["x", "new"]
    assert lane.size == 0


def test_ephemera_go_first_and_facts_are_never_dropped() -> None:
    lane = Lane(3, 1000)
    lane.ephemeral("a", "eph")
    for number in range(3):
        lane.fact(str(number))
    assert not lane.full
    assert drained(lane) == ["0", "1", "2"]
    for number in range(4):
        lane.fact(str(number))
    assert lane.full


def test_bytes_count_as_well() -> None:
    lane = Lane(400, 10)
    lane.ephemeral("a", "12345678901")
    assert len(lane) == 0
    lane.fact("1234567890")
    assert not lane.full
    lane.fact("1")
    assert lane.full


@given(st.lists(st.tuples(st.sampled_from(["fact", "a", "b", "pop"]), st.integers(0, 30)), max_size=80))
def test_a_lane_keeps_its_bounds_and_its_count(steps: list[tuple[str, int]]) -> None:
    lane = Lane(5, 60)
    waiting: list[str] = []
    for index, (what, size) in enumerate(steps):
        text = f"{index}".ljust(size, ".")
        if what == "pop":
            popped = lane.pop()
            if waiting:
                assert popped == waiting.pop(0)
        elif what == "fact":
            lane.fact(text)
            waiting.append(text)
        else:
            lane.ephemeral(what, text)
        assert lane.full or (len(lane) <= 5 and lane.size <= 60)
        if lane.full:
            break
    assert sum(map(len, drained(lane))) >= 0
    assert lane.size == 0
