"""What a campaign says by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.media.domain.prompts import AGENT, HEARD, OPT_OUT, Announcement, Await, Done, Prompt, Speak, Step

pytestmark = pytest.mark.domain

SURVEY = (
    Prompt("happy", "Are you happy? 1 yes, 2 no.", "12"),
    Prompt("why", "Why? 1 price, 2 quality.", "12", only_if="happy", only_if_key="2"),
    Prompt("end", "Thank you."),
)


def test_a_survey_follows_its_branches() -> None:
    it = Announcement(SURVEY, opt_out_key="9")
    assert it.begin() == Speak(SURVEY[0].text)
    assert it.key("2") == Speak(SURVEY[1].text)
    assert it.spoken() == Await(6.0)
    assert it.key("7") is None
    assert it.key("1") == Speak(SURVEY[2].text)
    assert it.spoken() == Await(6.0)  # who wants no more calls may still say so
    assert it.silent() == Done(HEARD)
    assert it.keys == {"happy": "2", "why": "1", HEARD: "yes"}


def test_an_answer_that_asks_for_no_branch_passes_it_over() -> None:
    it = Announcement(SURVEY)
    it.begin()
    assert it.key("1") == Speak("Thank you.")
    assert it.spoken() == Done(HEARD)


def test_silence_is_asked_once_more_and_then_passed_over() -> None:
    it = Announcement(SURVEY)
    it.begin()
    assert it.spoken() == Await(6.0)
    assert it.silent() == Speak(SURVEY[0].text)
    assert it.spoken() == Await(6.0)
    assert it.silent() == Speak("Thank you.")


@pytest.mark.parametrize(("key", "how"), [("9", OPT_OUT), ("0", AGENT)])
def test_two_keys_work_at_any_time(key: str, how: str) -> None:
    it = Announcement((Prompt("news", "News."),), opt_out_key="9", agent_key="0")
    it.begin()
    assert it.key(key) == Done(how)
    assert it.keys == {how: key}


@given(st.lists(st.sampled_from(["spoken", "silent", "1", "2", "5", "9"]), max_size=60))
def test_whatever_people_do_it_ends_and_answers_only_what_was_asked(said: list[str]) -> None:
    it = Announcement(SURVEY, opt_out_key="9")
    step: Step | None = it.begin()
    for what in said:
        if isinstance(step, Done):
            break
        found = it.spoken() if what == "spoken" else it.silent() if what == "silent" else it.key(what)
        step = found or step
    for _ in range(12):
        if isinstance(step, Done):
            break
        step = it.spoken() if isinstance(step, Speak) else it.silent()
    assert isinstance(step, Done)
    assert ("why" in it.keys) <= (it.keys.get("happy") == "2")
