"""Which words a customer hears, and what a variable may hold."""

import pytest

from antiphon.routing.domain.texts import Words, choose, missing
from antiphon.routing.domain.values import LONGEST, from_json, pick

pytestmark = pytest.mark.domain


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("uk-UA=a uk=b en=c ru=d", "uk-UA=a"),
        ("uk=b en=c ru=d", "uk=b"),
        ("ru=d en=c", "en=c"),
        ("pl=e ru=d", "pl=e"),
        ("uk= en=c", "en=c"),
        ("", "uk-UA="),
    ],
)
def test_the_language_falls_from_own_to_base_to_default_to_any(written: str, heard: str) -> None:
    text = dict(item.split("=") for item in written.split())
    language, words = heard.split("=")

    assert choose(text, "uk-UA", "en") == Words(language, words)


def test_blank_words_count_as_missing() -> None:
    assert missing({"en": "Hi", "uk": " "}, ("en", "uk", "ru")) == ("uk", "ru")


def test_answers_of_other_systems_become_small_values() -> None:
    document = {"a": [{"b": "x"}, 2], "n": float("nan"), "big": 10**30, "long": "x" * 5_000, "s": "text"}
    paths = ["a.0.b", "a.1", "a.2", "a.-1", "a.x", "a", "n", "big", "s.0", "nothing", "."]

    assert [pick(document, path) for path in paths] == ["x", 2, None, None, None, (None, 2), *[None] * 5]
    assert pick(document, "long") == "x" * LONGEST
    assert from_json([1, "a", [2]]) == (1, "a", None)
