"""How a trunk has done lately, over all replicas."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.media.domain.scores import LATELY, MOST, Attempt, Past, Score, Sound, score
from antiphon.media.scores import decode, encode

pytestmark = pytest.mark.domain
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), 2 * LATELY).map(lambda ago: NOW - ago)
attempts = st.builds(Attempt, moments, st.booleans(), st.none() | st.integers(0, 60_000))
sounds = st.builds(Sound, moments, st.none() | st.floats(1, 4.5), st.none() | st.floats(0, 1))
pasts = st.builds(
    Past, st.lists(attempts, max_size=MOST).map(tuple), st.lists(sounds, max_size=MOST).map(tuple)
)  # fmt: skip


def past(*outcomes: bool, ago: timedelta = timedelta(minutes=1), pdd: int | None = None) -> Past:
    made = Past()
    for answered in outcomes:
        made = made.with_attempt(Attempt(NOW - ago, answered, pdd))
    return made


@pytest.mark.clause("C02")
def test_all_replicas_together_say_how_a_trunk_does() -> None:
    one = past(True, False, pdd=1000).with_sound(Sound(NOW, 4.0, 0.01))
    other = past(False, pdd=3000).with_sound(Sound(NOW, 3.0, 0.03))
    assert score([one, other], NOW) == Score(3, 1, 1000, 3, 3.5, 0.02, 2)
    assert score([], NOW) == Score()


def test_what_is_an_hour_old_says_nothing_and_only_the_last_count() -> None:
    assert score([past(False, ago=LATELY)], NOW) == Score()
    many = past(*[False] * 40, ago=timedelta(minutes=30)), past(*[True] * 40)
    assert (score(many, NOW).attempts, score(many, NOW).answered) == (MOST, 40)
    long = past(*[True] * (MOST + 1))
    assert len(long.attempts) == MOST


@given(st.lists(pasts, max_size=3))
def test_a_score_is_never_more_than_its_calls(known: list[Past]) -> None:
    it = score(known, NOW)
    assert 0 <= it.answered <= it.attempts <= MOST
    assert it.rang <= it.attempts
    assert it.heard <= MOST
    assert (it.pdd_ms is None) == (it.rang == 0)


@given(pasts)
def test_what_a_replica_tells_is_what_the_others_hear(it: Past) -> None:
    assert decode(encode(it)) == it
