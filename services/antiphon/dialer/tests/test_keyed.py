"""Conversations by keys, missed calls, and the words that ask for no more."""

from __future__ import annotations

import pytest

from antiphon.dialer.domain.keyed import answers_by_key, interview, key_for, result_of_keys
from antiphon.dialer.domain.missed import settles, stops, was_missed
from antiphon.dialer.domain.questionnaire import Question, Type, Wrong
from antiphon.dialer.domain.recycling import Result

pytestmark = pytest.mark.domain

HAPPY = Question("happy", Type.YES_NO)
WHY = Question("why", Type.CHOICE, ("price", "quality"), only_if="happy", only_if_answer="no")
MARK = Question("mark", Type.NUMBER, least=1, most=5)


@pytest.mark.clause("E02")
@pytest.mark.parametrize(
    ("keys", "answers"),
    [
        ({"happy": "1", "mark": "5"}, {"happy": "yes", "mark": "5"}),
        ({"happy": "2", "why": "2", "mark": "1"}, {"happy": "no", "why": "quality", "mark": "1"}),
        ({"happy": "2", "mark": "1"}, None),  # a question was left unanswered
        ({"happy": "1", "mark": "9"}, None),  # no such mark
        ({}, None),
    ],
)
def test_keys_make_an_interview_or_none(keys: dict[str, str], answers: dict[str, str] | None) -> None:
    assert interview((HAPPY, WHY, MARK), keys) == answers


def test_a_question_for_people_cannot_be_answered_by_keys() -> None:
    for question in (Question("a", Type.TEXT), Question("a", Type.DATE), Question("a", Type.NUMBER, least=0, most=10)):
        with pytest.raises(Wrong):
            answers_by_key(question)
    assert key_for(WHY, "quality") == "2"
    assert key_for(WHY, "taste") == ""


@pytest.mark.parametrize(
    ("keys", "result"),
    [
        ({"heard": "yes"}, Result.SUCCESS),
        ({"happy": "1"}, Result.REFUSAL),  # hung up before the end
        ({"opt_out": "9", "heard": "yes"}, Result.DNC),
        ({"agent": "0"}, Result.ABANDONED),  # wanted somebody and got nobody
    ],
)
def test_how_a_message_ended(keys: dict[str, str], result: Result) -> None:
    assert result_of_keys(keys) is result


@pytest.mark.clause("B11")
def test_what_is_a_missed_call() -> None:
    assert [word for word in ("abandoned", "answered", "voicemail", "busy", "blocked") if was_missed(word)] == [
        "abandoned", "busy",
    ]  # fmt: skip
    assert settles("answered")
    assert not settles("voicemail")


@pytest.mark.parametrize("text", ["STOP", " stop. ", "Стоп!", "Відписатися"])
def test_words_that_ask_for_no_more(text: str) -> None:
    assert stops(text)


@pytest.mark.parametrize("text", ["Please stop by tomorrow", "", "nonstop", "STOP calling at night, mornings are fine"])
def test_other_messages_do_not(text: str) -> None:
    assert not stops(text)
