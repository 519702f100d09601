"""A conversation by keys: which keys answer a question, what they mean, and how such a call ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from antiphon.dialer.domain.questionnaire import Question, Type, Wrong, complete
from antiphon.dialer.domain.recycling import Result

KEYS = "123456789"
_YES_NO = {"1": "yes", "2": "no"}
OPT_OUT, AGENT, HEARD = "opt_out", "agent", "heard"


def answers_by_key(question: Question) -> dict[str, str]:
    """Key → answer. Raises Wrong for a question that keys cannot answer."""
    if question.type is Type.YES_NO:
        return dict(_YES_NO)
    if question.type is Type.CHOICE and len(question.choices) <= len(KEYS):
        return dict(zip(KEYS, question.choices, strict=False))
    if question.type is Type.NUMBER:
        low, high = question.least, question.most
        if low is not None and high is not None and low >= 0 and high <= 9:
            return {str(digit): str(digit) for digit in range(int(low), int(high) + 1)}
    raise Wrong(question.id, "keys cannot answer it")


def key_for(question: Question, answer: str) -> str:
    """The key by which this answer is given; empty when there is none."""
    return next((key for key, meant in answers_by_key(question).items() if meant == answer), "")


def interview(questions: Sequence[Question], keys: Mapping[str, str]) -> dict[str, str] | None:
    """The answers of a completed interview; None when something was left unanswered."""
    given = {one.id: meant for one in questions if (meant := answers_by_key(one).get(keys.get(one.id, ""))) is not None}
    try:
        return complete(questions, given)
    except Wrong:
        return None


def result_of_keys(keys: Mapping[str, str]) -> Result:
    """What became of somebody who answered and got nobody: asked for no more, waited for an agent in vain, heard
    everything, or hung up before the end."""
    if OPT_OUT in keys:
        return Result.DNC
    if AGENT in keys:
        return Result.ABANDONED
    return Result.SUCCESS if HEARD in keys else Result.REFUSAL
