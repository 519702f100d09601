"""What media says by itself: in every language, and no forecast that promises too much."""

from __future__ import annotations

import pytest

from antiphon.media.domain import words
from antiphon.media.domain.words import place_in_queue

pytestmark = pytest.mark.domain


def test_everything_is_said_in_three_languages() -> None:
    for what, said in words._WORDS.items():
        assert set(said) == {"en", "ru", "uk"}, what


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        (0, 0, "You are number 3 in the queue."),
        (5, 50, "You are number 3 in the queue. The wait is about a minute."),
        (20, 61, "You are number 3 in the queue. The wait is 1 to 2 minutes."),
        (130, 290, "You are number 3 in the queue. The wait is 2 to 5 minutes."),
        (240, 240, "You are number 3 in the queue. The wait is 4 to 5 minutes."),
        (1500, 4000, "You are number 3 in the queue. The wait is longer than 25 minutes."),
    ],
)
def test_the_place_and_the_wait(least: float, most: float, said: str) -> None:
    assert place_in_queue(3, least, most, "en-GB") == said


def test_an_unknown_language_is_english() -> None:
    assert place_in_queue(1, 0, 0, "de") == "You are number 1 in the queue."
    assert "Очікування від 2 до 5 хвилин" in place_in_queue(1, 130, 290, "uk")
