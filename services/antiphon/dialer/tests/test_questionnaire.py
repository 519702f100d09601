"""Questionnaires: typed answers, branches, what is asked and what is not. And the ends of calls and campaigns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.dialer.domain.ending import result_of
from antiphon.dialer.domain.lifecycle import NEXT, State, may_become
from antiphon.dialer.domain.questionnaire import Question, Type, Wrong, check_questions, complete
from antiphon.dialer.domain.recycling import Result

pytestmark = pytest.mark.domain

QUESTIONS = (
    Question("bought", Type.YES_NO),
    Question("mark", Type.NUMBER, only_if="bought", only_if_answer="yes", least=1, most=5),
    Question("colour", Type.CHOICE, ("red", "blue"), optional=True),
    Question("when", Type.DATE, optional=True),
    Question("why", Type.TEXT, only_if="bought", only_if_answer="no"),
)


@pytest.mark.clause("E02")
def test_a_completed_interview_has_one_valid_answer_for_each_question_that_is_asked() -> None:
    check_questions(QUESTIONS)
    assert complete(QUESTIONS, {"bought": " yes ", "mark": "4.5"}) == {"bought": "yes", "mark": "4.5"}
    found = complete(QUESTIONS, {"bought": "no", "why": "dear", "colour": "red", "when": "2026-06-10"})
    assert found == {"bought": "no", "why": "dear", "colour": "red", "when": "2026-06-10"}


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({}, "bought"), ({"bought": "perhaps"}, "bought"), ({"bought": "yes"}, "mark"),
        ({"bought": "yes", "mark": "6"}, "mark"), ({"bought": "yes", "mark": "nan"}, "mark"),
        ({"bought": "no", "mark": "3", "why": "x"}, "mark"), ({"bought": "no"}, "why"),
        ({"bought": "no", "why": "x" * 5001}, "why"), ({"bought": "no", "why": "x", "colour": "green"}, "colour"),
        ({"bought": "no", "why": "x", "when": "tomorrow"}, "when"),
        ({"bought": "no", "why": "x", "extra": "1"}, "extra"),
    ],
)  # fmt: skip
def test_a_wrong_answer_names_its_question(answers: dict[str, str], question: str) -> None:
    with pytest.raises(Wrong) as wrong:
        complete(QUESTIONS, answers)
    assert wrong.value.question_id == question
    assert wrong.value.why


@pytest.mark.parametrize(
    "questions",
    [
        [Question("a", Type.TEXT), Question("a", Type.TEXT)],
        [Question("", Type.TEXT)],
        [Question("a", Type.CHOICE)],
        [Question("a", Type.TEXT, ("x",))],
        [Question("a", Type.TEXT, only_if="b"), Question("b", Type.TEXT)],
        [Question("a", Type.NUMBER, least=5, most=1)],
    ],
)
def test_a_questionnaire_that_makes_no_sense_is_refused(questions: list[Question]) -> None:
    with pytest.raises(Wrong):
        check_questions(questions)


@pytest.mark.parametrize(
    ("outcome", "codes", "picked_up", "talked", "result"),
    [
        ("answered", [200], True, True, Result.SUCCESS), ("abandoned", [200], True, False, Result.ABANDONED),
        ("machine", [200], True, False, Result.MACHINE), ("busy", [486], False, False, Result.BUSY),
        ("unreachable", [404], False, False, Result.INVALID), ("unreachable", [484], False, False, Result.INVALID),
        ("no_answer", [487], False, False, Result.NO_ANSWER), ("unreachable", [480], False, False, Result.NO_ANSWER),
        ("failed", [503], False, False, Result.SYSTEM), ("unreachable", [], False, False, Result.SYSTEM),
        ("no_answer", [], False, False, Result.NO_ANSWER), ("lost", [], False, False, Result.SYSTEM),
        ("failed", [503, 404], False, False, Result.INVALID), ("declined", [603], False, False, Result.BUSY),
    ],
)  # fmt: skip
def test_the_record_of_a_call_becomes_a_result(
    outcome: str, codes: list[int], picked_up: bool, talked: bool, result: Result
) -> None:
    assert result_of(outcome, codes, picked_up, talked) is result


@given(st.text(max_size=12), st.lists(st.integers(0, 699), max_size=3), st.booleans(), st.booleans())
def test_every_record_has_a_result(outcome: str, codes: list[int], picked_up: bool, talked: bool) -> None:
    assert result_of(outcome, codes, picked_up, talked) in Result


@given(st.sampled_from(State), st.sampled_from(State))
def test_a_finished_campaign_is_finished_and_no_step_leads_back_to_nothing(before: State, after: State) -> None:
    assert may_become(before, after) == (before is after or after in NEXT[before])
    assert not NEXT[State.FINISHED]
