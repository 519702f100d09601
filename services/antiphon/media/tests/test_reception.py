"""Routing's verbs on a call: speech, barge-in, digits with time-outs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.media.domain.reception import Begin, Hush, Recording, Report, Script, Sound, Speak, Timer
from antiphon.media.domain.reception import HangUp as Hang
from antiphon.media.domain.verbs import Close, Collect, Enqueue, Menu, Play, Record, Say, Verb, Voicemail, Wait

pytestmark = pytest.mark.domain
MENU = Menu("Press 1 or 2", "en", ("1", "2"), 5.0)
CODE = Collect("Your number", "en", least=2, most=4, timeout=8.0, digit_timeout=3.0)


def test_speech_is_said_in_order_and_then_the_queue_begins() -> None:
    script = Script([Say("Hello", "en"), Play("prompt:wait"), Record(True), Enqueue("qu_1")])
    assert script.begin() == [Speak("Hello", "en")]
    assert script.spoken() == [Sound("prompt:wait", 1, "")]
    assert script.spoken() == [Recording(True), Begin(Enqueue("qu_1"))]
    assert script.over


def test_a_menu_waits_after_its_words() -> None:
    script = Script([MENU])
    assert script.begin() == [Speak("Press 1 or 2", "en")]
    assert script.spoken() == [Timer(5.0)]
    assert script.digit("2") == [Report("input", "2", "2")]
    assert script.digit("1") == []


def test_a_digit_interrupts_the_words() -> None:
    script = Script([MENU])
    script.begin()
    assert script.digit("1") == [Hush(), Report("input", "1", "1")]
    assert script.spoken() == []


def test_who_knows_the_menu_answers_during_the_greeting() -> None:
    script = Script([Say("Hello"), Record(True), Say("Long story"), MENU])
    script.begin()
    assert script.digit("2") == [Hush(), Recording(True), Report("input", "2", "2")]


def test_a_digit_with_no_question_to_come_is_lost() -> None:
    script = Script([Say("Hello"), Enqueue("qu_1")])
    script.begin()
    assert script.digit("2") == []
    assert script.spoken() == [Begin(Enqueue("qu_1"))]


def test_silence_is_told() -> None:
    script = Script([MENU])
    script.begin()
    assert script.timer() == []
    script.spoken()
    assert script.timer() == [Report("timed_out")]


def test_what_was_lost_on_the_way_is_said_again() -> None:
    script = Script([Say("Hello", "en"), MENU])
    assert script.again() == []  # nothing was said yet
    assert script.begin() == [Speak("Hello", "en")]
    assert script.again() == [Timer(0), Speak("Hello", "en")]
    question = script.spoken()
    assert script.spoken() == [Timer(MENU.timeout)]
    assert script.again() == [Timer(0), *question]
    assert script.timer() == []  # it is being asked
    assert script.spoken() == [Timer(MENU.timeout)]
    assert script.timer() == [Report("timed_out")]
    assert script.again() == []


def test_a_wrong_key_is_told_without_a_choice() -> None:
    script = Script([MENU])
    script.begin()
    assert script.digit("9") == [Hush(), Report("input", "9", "")]


def test_keys_of_two_digits() -> None:
    script = Script([Menu("", "", ("1", "12"), 5.0)])
    assert script.begin() == [Timer(5.0)]
    assert script.digit("1") == [Timer(3.0)]
    assert script.digit("2") == [Report("input", "12", "12")]
    other = Script([Menu("", "", ("1", "12"), 5.0)])
    other.begin()
    other.digit("1")
    assert other.timer() == [Report("input", "1", "1")]


def test_options_without_digits_are_counted() -> None:
    script = Script([Menu("", "", ("sales", "support"), 5.0)])
    script.begin()
    assert script.digit("2") == [Report("input", "2", "support")]


def test_collect_ends_at_its_length_at_the_terminator_and_in_time() -> None:
    full = Script([CODE])
    full.begin()
    assert full.digit("1") == [Hush(), Timer(3.0)]
    assert [full.digit(key) for key in "234"] == [[Timer(3.0)], [Timer(3.0)], [Report("input", "1234")]]
    ended = Script([CODE])
    ended.begin()
    ended.digit("1")
    ended.digit("2")
    assert ended.digit("#") == [Report("input", "12")]
    waited = Script([CODE])
    waited.begin()
    waited.digit("1")
    waited.digit("2")
    assert waited.timer() == [Report("input", "12")]


def test_too_few_digits_are_no_answer() -> None:
    for last in ("#", ""):
        script = Script([CODE])
        script.begin()
        script.digit("1")
        assert (script.digit(last) if last else script.timer()) == [Report("timed_out")]


def test_a_last_word_is_said_before_hanging_up() -> None:
    script = Script([Close("Good-bye", "en", "closed")])
    assert script.begin() == [Speak("Good-bye", "en")]
    assert script.digit("1") == []
    assert script.spoken() == [Hang("closed")]
    assert Script([Close("", "", "blocked")]).begin() == [Hang("blocked")]


VERBS = st.sampled_from(
    [Say("a"), Say(""), Play("music:x"), Record(True), MENU, CODE, Enqueue("q"), Voicemail("p"), Close("b"), Wait()]
)


@given(st.lists(VERBS, max_size=6), st.lists(st.sampled_from(["spoken", "timer", "1", "#", "9"]), max_size=20))
def test_whatever_happens_a_script_ends_at_most_once(verbs: list[Verb], events: list[str]) -> None:
    script = Script(verbs)
    effects = script.begin()
    for event in events:
        if event == "spoken":
            effects += script.spoken()
        elif event == "timer":
            effects += script.timer()
        else:
            effects += script.digit(event)
    ends = [effect for effect in effects if isinstance(effect, Report | Begin | Hang)]
    assert len(ends) <= 1
    assert not ends or script.over
