"""When a customer is asked, and what is an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from antiphon.channels.domain import survey
from antiphon.channels.domain.conversation import Change, Conversation, Status
from antiphon.channels.domain.message import Direction, Kind, Message
from antiphon.channels.domain.rating import Rating
from antiphon.channels.domain.survey import Rule

pytestmark = pytest.mark.domain
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CLOSED = Conversation(
    id="cv", tenant="tn", no=1, channel_id="ch", channel="webchat", identity="v", peer="v", contact_id="ct",
    contact_name="", created_at=NOON, active_at=NOON, status=Status.CLOSED, closed_at=NOON, outcome="completed",
    agents=("pe",), queue_id="q", language="uk",
)  # fmt: skip


def said(text: str, minutes: float, choice: str = "") -> tuple[Message, str]:
    at = NOON + timedelta(minutes=minutes)
    return Message("c", Kind.TEXT, Direction.IN, "customer", at, text=text), choice


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.OPEN},
        {"agents": ()},
        {"outcome": "blocked"},
        {"rating": Rating(NOON)},
        {"window_until": NOON},
        {"closed_at": NOON - timedelta(hours=2)},
    ],
)
def test_only_who_was_served_just_now_is_asked(changes: dict[str, object]) -> None:
    now = NOON + timedelta(seconds=5)
    assert survey.is_due(CLOSED, now)
    assert not survey.is_due(replace(CLOSED, **changes), now)  # type: ignore[arg-type]


def test_the_first_rule_that_fits_counts() -> None:
    rules = [Rule(queue_id="q", ask=False), Rule(channel_id="ch")]
    assert survey.rule_for(rules, CLOSED) is None
    assert survey.rule_for(rules, replace(CLOSED, queue_id="other")) == rules[1]
    assert survey.rule_for([], CLOSED) is None


def test_an_answer_by_link_counts_for_a_month_and_the_last_word_holds() -> None:
    assert survey.by_link(Change(CLOSED), 5, "", NOON) is None, "nobody asked"
    asked = survey.ask(Change(CLOSED), Rule(), NOON).after
    later = NOON + timedelta(days=2)
    first = survey.by_link(Change(asked), 4, " good ", later)
    assert first is not None
    assert first.after.rating == Rating(NOON, 4, later, "good")
    again = survey.by_link(Change(first.after), 2, "", later)
    assert again is not None
    assert again.after.rating == Rating(NOON, 2, later, "")
    for score, at in ((0, later), (6, later), (5, NOON + timedelta(days=31))):
        assert survey.by_link(Change(asked), score, "", at) is None


def test_an_answer_is_stored_once_with_one_comment() -> None:
    asked = survey.ask(Change(CLOSED), Rule(), NOON)
    assert asked.added[0].text == survey.QUESTION["uk"]
    it = asked.after
    assert survey.answered(Change(it), *said("дякую", 1), None) is None, "no number is no answer"
    first = survey.answered(Change(it), *said("Відмінно", 2, choice="5"), None)
    assert first is not None
    assert (first.after.rating, first.after.waiting_since) == (
        Rating(NOON, 5, NOON + timedelta(minutes=2)), None,
    )  # fmt: skip
    assert [message.author for message in first.added] == ["customer", "survey"]
    comment = survey.answered(Change(first.after), *said("усе добре", 4), None)
    assert comment is not None
    assert comment.after.rating is not None
    assert comment.after.rating.comment == "усе добре"
    assert survey.answered(Change(comment.after), *said("а ще питання", 5), None) is None
    assert survey.answered(Change(first.after), *said("а ще питання", 30), None) is None, "that is a new matter"
    assert survey.answered(Change(it), *said("5", 60 * 25), None) is None, "too late"
