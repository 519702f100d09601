"""The small tables of a process: ring, floor, onlookers, buckets."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.inbox.domain.bucket import Buckets
from antiphon.inbox.domain.floor import Floor, GroupCard, QueueCard
from antiphon.inbox.domain.onlookers import Onlookers
from antiphon.inbox.domain.ring import Ring

pytestmark = pytest.mark.domain


@dataclass(frozen=True)
class Numbered:
    n: int
    size: int = 1


@given(st.lists(st.integers(1, 5), max_size=60), st.integers(0, 200), st.integers(1, 20), st.integers(1, 40))
def test_a_ring_gives_everything_after_a_position_or_says_that_it_cannot(
    steps: list[int], asked: int, facts: int, size: int
) -> None:
    ring: Ring[Numbered] = Ring(facts, size)
    ring.clear(since=7)
    numbers, at = [], 7
    for step in steps:  # sequences have holes
        at += step
        numbers.append(at)
        ring.append(Numbered(at, step))
    got = ring.after(asked, 1000)
    assert len(ring) <= facts
    if asked >= ring.since:
        assert got is not None
        assert [one.n for one in got] == [n for n in numbers if n > asked]
    else:
        assert got is None
    assert ring.since == 7 or ring.since in numbers


def test_a_ring_of_many_laps_forgets_only_the_oldest() -> None:
    ring: Ring[Numbered] = Ring(100, 10_000)
    for n in range(1, 20_001):
        ring.append(Numbered(n))
    assert ring.since == 19_900
    assert [one.n for one in ring.after(19_950, 3) or []] == [19_951, 19_952, 19_953]
    assert ring.after(19_899, 3) is None


def queue(rev: int, people: set[str] | None = None, groups: set[str] | None = None) -> QueueCard:
    return QueueCard("q", rev, "", frozenset(people or ()), frozenset(groups or ()))


def test_a_person_works_in_queues_by_name_and_by_group_and_old_news_change_nothing() -> None:
    floor = Floor()
    floor.put_queue(queue(2, {"anna"}, {"g"}))
    floor.put_group(GroupCard("g", 1, frozenset({"boris"})))
    assert floor.queues_of("anna") == floor.queues_of("boris") == {"q"}
    assert floor.queues_of("") == floor.queues_of("carl") == frozenset()
    assert not floor.put_queue(queue(1))
    assert floor.put_queue(queue(3))
    assert floor.queues_of("boris") == frozenset()


def test_what_was_deleted_while_the_list_was_asked_for_stays_deleted() -> None:
    floor = Floor()
    floor.drop("q")
    floor.merge([queue(9, {"anna"})], [])
    assert floor.queues_of("anna") == frozenset()


def test_who_looks_is_forgotten_after_ten_seconds() -> None:
    onlookers = Onlookers(limit=2)
    onlookers.see("c", "anna", "typing", now=0)
    onlookers.see("c", "boris", "viewing", now=5)
    assert onlookers.of("c", now=9) == {"anna": "typing", "boris": "viewing"}
    assert onlookers.of("c", now=11) == {"boris": "viewing"}
    onlookers.see("c", "boris", "gone", now=11)
    assert onlookers.of("c", now=11) == {}
    for number in range(5):
        onlookers.see(f"c{number}", "anna", "viewing", now=100 + 20 * number)
    assert onlookers.of("c4", now=181) == {"anna": "viewing"}


def test_a_bucket_lets_a_burst_pass_and_then_its_rate() -> None:
    buckets = Buckets(rate=1, burst=3, limit=2)
    assert [buckets.take("a", 0) for _ in range(4)] == [True, True, True, False]
    assert buckets.take("b", 0)
    assert buckets.take("a", 1)
    assert not buckets.take("a", 1.5)
    assert [buckets.take("a", 100) for _ in range(4)] == [True, True, True, False]
