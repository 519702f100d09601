"""A survey's questions, which of them are asked, and whether the answers are valid.

A question may depend on the answer of one before it. A completed interview has one valid answer for each question that
is asked and none for another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum


class Type(IntEnum):
    """The numbers are those of the proto."""

    TEXT = 1
    NUMBER = 2
    CHOICE = 3
    YES_NO = 4
    DATE = 5


LONGEST_TEXT = 5000


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    type: Type
    choices: tuple[str, ...] = ()
    optional: bool = False
    only_if: str = ""
    only_if_answer: str = ""
    least: float | None = None
    most: float | None = None


class Wrong(Exception):
    """An answer, or a questionnaire, that makes no sense."""

    def __init__(self, question_id: str, why: str) -> None:
        super().__init__(f"{question_id}: {why}")
        self.question_id = question_id
        self.why = why


def check_questions(questions: Sequence[Question]) -> None:
    """Raises Wrong for the first question that makes no sense."""
    before: set[str] = set()
    for question in questions:
        if not question.id or question.id in before:
            raise Wrong(question.id, "every question needs an id of its own")
        if (question.type is Type.CHOICE) != bool(question.choices):
            raise Wrong(question.id, "choices belong to questions of that type")
        if question.only_if and question.only_if not in before:
            raise Wrong(question.id, "it may depend only on a question before it")
        if question.least is not None and question.most is not None and question.least > question.most:
            raise Wrong(question.id, "the least is above the most")
        before.add(question.id)


def complete(questions: Sequence[Question], answers: Mapping[str, str]) -> dict[str, str]:
    """The answers of a completed interview, trimmed. Raises Wrong."""
    found: dict[str, str] = {}
    for question in questions:
        asked = not question.only_if or found.get(question.only_if) == question.only_if_answer
        answer = answers.get(question.id, "").strip()
        if not asked:
            if answer:
                raise Wrong(question.id, "this question was not asked")
        elif answer:
            _check(question, answer)
            found[question.id] = answer
        elif not question.optional:
            raise Wrong(question.id, "an answer is needed")
    if strange := set(answers) - {question.id for question in questions}:
        raise Wrong(min(strange), "there is no such question")
    return found


def _check(question: Question, answer: str) -> None:
    match question.type:
        case Type.TEXT if len(answer) > LONGEST_TEXT:
            raise Wrong(question.id, f"at most {LONGEST_TEXT} characters")
        case Type.NUMBER:
            _check_number(question, answer)
        case Type.CHOICE if answer not in question.choices:
            raise Wrong(question.id, f"one of {', '.join(question.choices)}")
        case Type.YES_NO if answer not in ("yes", "no"):
            raise Wrong(question.id, "yes or no")
        case Type.DATE:
            try:
                date.fromisoformat(answer)
            except ValueError:
                raise Wrong(question.id, "a date as 2026-06-10") from None


def _check_number(question: Question, answer: str) -> None:
    try:
        value = float(answer)
    except ValueError:
        raise Wrong(question.id, "a number") from None
    low = question.least if question.least is not None else float("-inf")
    high = question.most if question.most is not None else float("inf")
    if not low <= value <= high or value in (float("inf"), float("-inf")):
        raise Wrong(question.id, f"a number from {low:g} to {high:g}")
