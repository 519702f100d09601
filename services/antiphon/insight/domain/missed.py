"""Who called in vain and was not spoken to since.

A call is missed when the customer began it, it is over, and nobody had it. A promise to call back is missed when the
customer was never reached. Both stay on the list until somebody talks to this customer, who is known by the card or by
the number; so the list clears itself, and the same interactions give the same list in whatever order they come. A
worked example (minutes; all wait for "sales"):

    A calls 0-1 in vain, calls again 5-6 in vain, is called at 10: nobody there     A's two calls stay
    B calls 2-3 in vain, is called and talks 7-9                                    nothing of B's stays
    C talks 0-4, calls 5-6 in vain                                                  C's call stays: the talk was before
    D calls 1-2 in vain without showing a number                                    never listed: nobody can call D
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from antiphon.insight.domain.folding import ANSWERED, CALLBACK, RECEIVED
from antiphon.insight.domain.interaction import Direction, Interaction, Sort
from antiphon.insight.domain.millis import SECOND, Millis

_SETTLED = frozenset({ANSWERED, CALLBACK, "blocked", "fax", "machine"})
"""Ends of a call that leave nothing to make good; a promise is an interaction of its own."""
_UNREACHED = "abandoned"
_MINUTE = 60 * SECOND
AGES: tuple[Millis, ...] = (15 * _MINUTE, 60 * _MINUTE, 240 * _MINUTE, 1_440 * _MINUTE)
"""Where an age class ends; the last class has no end."""


@dataclass(frozen=True, slots=True)
class Missed:
    """One customer of the list: all that he tried, and what was done since."""

    calls: tuple[Interaction, ...]
    """The oldest first; a promise that was not kept is one of them."""
    since: Millis
    """When the first was lost."""
    last: Millis
    contact: str
    party: str
    tries: tuple[Interaction, ...]
    """Calls back in vain since the first was lost, the oldest first; one that goes on is among them."""
    promise: Interaction | None
    """The next call back that is promised."""

    @property
    def queue(self) -> str:
        """Where the last call waited."""
        return self.calls[-1].queue

    @property
    def line(self) -> str:
        return next((it.line for it in reversed(self.calls) if it.line), "")

    @property
    def is_called(self) -> bool:
        """Now."""
        return any(it.ended is None for it in self.tries)


def missed_at(it: Interaction) -> Millis | None:
    """When the customer was lost; None when nobody was, or when there is no way to call back."""
    if it.ended is None or not keys_of(it):
        return None
    if it.sort is Sort.CALLBACK:
        return it.ended if it.result == _UNREACHED else None
    if it.sort is not Sort.CALL or it.direction is not Direction.INBOUND or it.spells or it.result in _SETTLED:
        return None
    if it.result == RECEIVED and not it.visits:
        return None  # the menu told what was needed
    return it.ended


def talked_at(it: Interaction) -> Millis | None:
    """The last moment at which somebody certainly spoke with the customer; None when nobody did.

    A callback is not a talk: the call that keeps it is. Of what we began only an answer shows that the customer was
    there. When a written conversation is closed says nothing of when it was answered, so its answers count."""
    match it.sort:
        case Sort.CALL if it.direction is Direction.INTERNAL:
            return None
        case Sort.CALL if it.direction is Direction.OUTBOUND:
            return it.ended if it.result == ANSWERED else None
        case Sort.CALL:
            spoke = [spell.accepted if spell.released is None else spell.released for spell in it.spells]
            return max(spoke, default=it.ended if it.result == ANSWERED else None)
        case Sort.CHAT | Sort.MAIL if it.messages_in and it.first_reply is not None:
            return max(it.started + it.first_reply, *(spell.accepted for spell in it.spells), it.started)
        case _:
            return None


def keys_of(it: Interaction) -> tuple[str, ...]:
    """What the customer is known by: the card, and the number where there is one. A chat's name is no number."""
    number = it.party if it.sort is Sort.CALL else ""
    named = (f"contact:{it.contact}" if it.contact else "", f"number:{number}" if number else "")
    return tuple(key for key in named if key)


def not_called_back(lost: Iterable[Interaction], around: Iterable[Interaction]) -> list[Interaction]:
    """Those of the lost whose customer nobody spoke to since, as `around` shows, in order."""
    spoken: dict[str, Millis] = {}
    for it in around:
        if (at := talked_at(it)) is not None:
            for key in keys_of(it):
                spoken[key] = max(at, spoken.get(key, at))
    found = []
    for it in lost:
        at = missed_at(it)
        if at is not None and all(spoken.get(key, at) <= at for key in keys_of(it)):
            found.append((at, it.id, it))
    return [it for _, _, it in sorted(found)]


def customers(lost: Iterable[Interaction], around: Collection[Interaction]) -> list[Missed]:
    """The list, who waits longest first. `around` is everything of these customers since the first was lost, and their
    open promises; the lost may be only some of it, such as those of one queue."""
    waiting = not_called_back(lost, around)
    groups = _of_one_customer(waiting)
    of_key = {key: place for place, group in enumerate(groups) for it in group for key in keys_of(it)}
    beside: list[list[Interaction]] = [[] for _ in groups]
    for it in sorted(around, key=lambda one: (one.started, one.id)):
        for place in {of_key[key] for key in keys_of(it) if key in of_key}:
            beside[place].append(it)
    found = [_customer(group, others) for group, others in zip(groups, beside, strict=True)]
    return sorted(found, key=lambda one: (one.since, one.calls[0].id))


def _of_one_customer(waiting: Sequence[Interaction]) -> list[list[Interaction]]:
    """A number and a card that were seen together are one customer."""
    groups: dict[int, list[Interaction]] = {}
    place_of: dict[str, int] = {}
    for place, it in enumerate(waiting):
        joined = sorted({place_of[key] for key in keys_of(it) if key in place_of})
        groups[place] = [*(one for old in joined for one in groups.pop(old)), it]
        for key in {key for one in groups[place] for key in keys_of(one)}:
            place_of[key] = place
    return list(groups.values())


def _customer(calls: Sequence[Interaction], beside: Sequence[Interaction]) -> Missed:
    ordered = sorted(calls, key=lambda it: (it.ended or 0, it.id))
    since, last = ordered[0].ended or 0, ordered[-1].ended or 0
    tries = [it for it in beside if it.sort is Sort.CALL and it.direction is Direction.OUTBOUND and it.started >= since]
    promises = [it for it in beside if it.sort is Sort.CALLBACK and it.ended is None]
    numbers = [it.party for it in (*beside, *ordered) if it.sort is Sort.CALL and it.party]
    cards = [it.contact for it in (*beside, *ordered) if it.contact]
    return Missed(
        tuple(ordered), since, last,
        contact=cards[-1] if cards else "", party=numbers[-1] if numbers else "",
        tries=tuple(tries), promise=min(promises, key=lambda it: (it.due or 0, it.id), default=None),
    )  # fmt: skip


def by_age(missed: Iterable[Missed], now: Millis) -> dict[str, list[int]]:
    """How many wait in each queue ("" is none), by the classes of `AGES`."""
    table: dict[str, list[int]] = {}
    for one in missed:
        row = table.setdefault(one.queue, [0] * (len(AGES) + 1))
        row[sum(now - one.since >= end for end in AGES)] += 1
    return table
