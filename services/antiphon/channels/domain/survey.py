"""How a customer was served: when it is asked, what an answer is, and what belongs to it.

A question is one message with five options. The answer is a pressed option or its number as text; it opens nothing
again. What the customer writes within ten minutes after it is the comment. Whatever comes later is a message like any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from antiphon.channels.domain.conversation import Change, Conversation
from antiphon.channels.domain.message import Delivery, Direction, Kind, Message, Option
from antiphon.channels.domain.rating import Rating

SCORES = (1, 2, 3, 4, 5)
MAX_RULES, MAX_WORDS, MAX_COMMENT = 50, 500, 2000
AUTHOR = "survey"
_ANSWER_WITHIN = timedelta(hours=24)
_COMMENT_WITHIN = timedelta(minutes=10)
BY_LINK_WITHIN = timedelta(days=30)
_SOON = timedelta(hours=1)
"""A closing that is told later than this asks nobody any more."""
QUESTION = {
    "en": "How did we do? 5 is excellent, 1 is bad.",
    "ru": "Как мы справились? 5 – отлично, 1 – плохо.",
    "uk": "Як ми впоралися? 5 – чудово, 1 – погано.",
}
THANKS = {
    "en": "Thank you. Would you like to add a few words?",
    "ru": "Спасибо. Хотите добавить пару слов?",
    "uk": "Дякуємо. Хочете додати кілька слів?",
}


@dataclass(frozen=True, slots=True)
class Rule:
    channel_id: str = ""
    queue_id: str = ""
    ask: bool = True
    every_days: int = 30
    question: Mapping[str, str] | None = None
    thanks: Mapping[str, str] | None = None

    def fits(self, it: Conversation) -> bool:
        return self.channel_id in ("", it.channel_id) and self.queue_id in ("", it.queue_id)


def rule_for(rules: Sequence[Rule], it: Conversation) -> Rule | None:
    """The first rule that fits, when it asks."""
    rule = next((rule for rule in rules if rule.fits(it)), None)
    return rule if rule is not None and rule.ask else None


def is_due(it: Conversation, now: datetime) -> bool:
    """True when an agent has just closed it, it was not asked about yet, and the channel lets us write."""
    if it.is_live or it.closed_at is None or now - it.closed_at > _SOON:
        return False
    served = bool(it.agents) and it.outcome == "completed" and not it.unreachable
    asked = it.rating is not None and it.rating.asked_at >= it.closed_at
    return served and not asked and (it.window_until is None or now < it.window_until)


def ask(change: Change, rule: Rule, now: datetime) -> Change:
    """Writes the question."""
    options = tuple(Option(str(score), str(score)) for score in reversed(SCORES))
    question = replace(_said(change, "ask", rule.question, QUESTION, now), kind=Kind.MENU, options=options)
    return change.with_fields(rating=Rating(now)).write(question)


def answered(change: Change, message: Message, choice: str, thanks: Mapping[str, str] | None) -> Change | None:
    """The change that the customer's message makes as an answer or its comment; None when it is neither."""
    it = change.after
    rating = it.rating
    if rating is None or it.is_live:
        return None
    said = (choice or message.text).strip()
    if not rating.score:
        in_time = message.at - rating.asked_at <= _ANSWER_WITHIN
        if not in_time or said not in {str(score) for score in SCORES} or message.attachments:
            return None
        change = _taken(change, replace(rating, score=int(said), answered_at=message.at), message)
        return change.write(_said(change, "thanks", thanks, THANKS, message.at))
    in_time = rating.answered_at is not None and message.at - rating.answered_at <= _COMMENT_WITHIN
    if rating.comment or not in_time or not message.text.strip():
        return None
    return _taken(change, replace(rating, comment=message.text[:MAX_COMMENT]), message)


def by_link(change: Change, score: int, comment: str, now: datetime) -> Change | None:
    """The answer given on the page behind the link of a mail; who comes again changes it. None: nothing was asked, or
    too long ago."""
    rating = change.after.rating
    if rating is None or now - rating.asked_at > BY_LINK_WITHIN or score not in SCORES:
        return None
    return change.with_fields(
        rating=replace(rating, score=score, answered_at=now, comment=comment.strip()[:MAX_COMMENT])
    )


def _taken(change: Change, rating: Rating, message: Message) -> Change:
    """Nobody has to answer it."""
    return change.write(message).with_fields(rating=rating, waiting_since=None)


def _said(
    change: Change, what: str, words: Mapping[str, str] | None, built_in: Mapping[str, str], now: datetime
) -> Message:  # fmt: skip
    it = change.after
    language = it.language[:2] if it.language[:2] in built_in else "en"
    text = (words or {}).get(language) or built_in[language]
    closed = int(it.closed_at.timestamp()) if it.closed_at else 0
    client_id = f"survey:{closed}:{what}"
    return Message(client_id, Kind.TEXT, Direction.OUT, AUTHOR, now, text=text, delivery=Delivery.STORED)
