"""What the facts of one interaction say together.

`fold` reads them in their order and knows nothing else, so the same facts give the same interaction whenever they are
read. Two parties tell about the same call: media that it began and ended, the ACD who waited and who had it. Either may
be missing, or late; what is missing is left open, and closed by what the other says at the end.

A promise to call back is an interaction of its own: from then on the item's facts name `callback:<item>`, and the call
in which it was promised ends as "callback".

What it led to is told by directory, long after it: of each deal the newest revision holds, so a sale counts once
however often the deal is changed, lost and won again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from antiphon.insight.domain.heard import BESIDE, Heard, What
from antiphon.insight.domain.interaction import Direction, How, Interaction, Sale, Sort, Spell, Visit

CALLBACK, CLOSED, ANSWERED, RECEIVED, CANCELLED = "callback", "closed", "answered", "received", "cancelled"
_MAIL = "email"
_LEFT = {"closed": How.CLOSED, "unreached": How.CLOSED}
"""The ACD's reasons for an item to go that are no abandonment."""


def fold(facts: Iterable[Heard]) -> Interaction | None:
    """The interaction of these facts; None while none of them says that there was one."""
    told = sorted(facts, key=lambda fact: (fact.at, fact.order))
    ordered = [fact for fact in told if fact.what not in BESIDE]
    if not ordered:
        return None
    it = _begin(ordered[0])
    items: dict[str, _Item] = {}
    for fact in ordered:
        if "item" in fact.told:
            _hear_item(it, items.setdefault(fact.told["item"], _Item(it)), fact)
        else:
            _hear_other(it, fact)
    if it.sort is not Sort.CALL and it.direction is Direction.OUTBOUND:
        _leave_out_our_own(it, ordered)
    _finish(it)
    _add_what_came_of_it(it, [fact for fact in told if fact.what in BESIDE])
    return it


def _begin(first: Heard) -> Interaction:
    kind, _, _ = first.about.partition(":")
    sort = {"call": Sort.CALL, "callback": Sort.CALLBACK}.get(kind, Sort.CHAT)
    return Interaction(first.about, sort, {Sort.CALL: "voice", Sort.CALLBACK: CALLBACK}.get(sort, ""), first.at)


def _hear_other(it: Interaction, fact: Heard) -> None:
    told = fact.told
    if fact.what is What.RECORDED:
        it.recording = told["recording"]
        return
    it.started = min(it.started, told.get("created", fact.at))
    it.contact = told.get("contact") or it.contact
    it.party = told.get("party") or it.party
    it.project = told.get("project") or it.project
    it.csat = told.get("csat") or it.csat
    if fact.what in (What.STARTED, What.ENDED):
        _hear_call(it, fact)
    else:
        _hear_conversation(it, fact)


def _hear_call(it: Interaction, fact: Heard) -> None:
    told = fact.told
    it.direction = Direction(told.get("direction") or Direction.INBOUND)
    it.recording = told.get("recording") or it.recording
    it.line = told.get("line") or it.line
    if fact.what is What.ENDED:
        it.ended, it.result = told.get("ended", fact.at), told.get("result") or "failed"


def _hear_conversation(it: Interaction, fact: Heard) -> None:
    told = fact.told
    if told.get("channel"):
        it.channel = told["channel"]
        it.sort = Sort.MAIL if it.channel == _MAIL else Sort.CHAT
    it.tags = tuple(told.get("tags", ()))
    it.disposition = told.get("disposition") or it.disposition
    if fact.what is What.MESSAGE:
        _hear_message(it, fact)
    if not told.get("closed"):
        it.ended = None
    elif it.ended is None:
        it.ended = fact.at


def _leave_out_our_own(it: Interaction, ordered: Iterable[Heard]) -> None:
    """Where we began nobody waits before the customer has written: how it came to its agent is no demand."""
    wrote = next((fact.at for fact in ordered if fact.told.get("incoming")), None)
    it.visits = [visit for visit in it.visits if wrote is not None and visit.entered >= wrote]


def _hear_message(it: Interaction, fact: Heard) -> None:
    if fact.told.get("begun"):
        it.direction = Direction.OUTBOUND
    if fact.told.get("incoming"):
        it.messages_in += 1
    elif fact.told.get("person"):
        if not it.messages_in and not it.messages_out:
            it.direction = Direction.OUTBOUND
        it.messages_out += 1
        if it.first_reply is None and it.messages_in:
            it.first_reply = max(0, fact.at - it.started)


class _Item:
    """One work item of the interaction while its facts are read: at most one visit and one spell are open."""

    def __init__(self, it: Interaction) -> None:
        self._it = it
        self.visit: Visit | None = None
        self.spell: Spell | None = None
        self._wrapping: Spell | None = None

    def enter(self, queue: str, at: int) -> None:
        if self.visit is not None:
            if self.visit.queue == queue:
                return
            self.leave(at, How.TRANSFERRED)
        self.hand_on(at)
        self.visit = Visit(queue, at)
        self._it.visits.append(self.visit)

    def leave(self, at: int, how: How, agent: str = "") -> None:
        if self.visit is not None:
            self.visit.leave(at, how, agent)
            self.visit = None

    def take(self, agent: str, queue: str, at: int) -> None:
        self.leave(at, How.ANSWERED, agent)
        if self.spell is not None and self.spell.agent == agent:
            return
        self.hand_on(at)
        self.spell = Spell(agent, queue, at)
        self._it.spells.append(self.spell)

    def hand_on(self, at: int) -> None:
        if self.spell is not None:
            self.spell.end(at, transferred=True)
            self.spell = None

    def let_go(self, at: int) -> None:
        """The conversation is over; its wrap-up begins."""
        if self.spell is not None:
            self.spell.end(at)
            self._wrapping, self.spell = self.spell, None

    def finish(self, at: int) -> None:
        """The item is done, with or without a wrap-up; who never had it answered it elsewhere."""
        self.leave(at, How.CLOSED)
        self.let_go(at)
        if self._wrapping is not None and self._wrapping.done is None:
            self._wrapping.done = max(at, self._wrapping.released or at)


def _hear_item(it: Interaction, item: _Item, fact: Heard) -> None:
    told, at, queue = fact.told, fact.at, fact.told.get("queue", "")
    _know(it, told)
    match fact.what:
        case What.QUEUED:
            item.enter(queue, at)
        case What.OFFERED if item.spell is not None:  # taken from its agent: a transfer that reached us only so
            item.enter(queue, at)
        case What.ACCEPTED:
            item.take(told.get("agent", ""), queue, at)
        case What.ABANDONED:
            item.leave(at, _LEFT.get(told.get("reason", ""), How.ABANDONED))
            _end_callback(it, fact, CANCELLED if told.get("reason") == "closed" else "abandoned")
        case What.OVERFLOWED:
            item.leave(at, How.OVERFLOWED)
        case What.SCHEDULED:
            item.leave(at, How.CALLBACK)
            item.let_go(at)
            it.due = told.get("due")
        case What.WRAPPING:
            item.let_go(at)
            _end_callback(it, fact, ANSWERED)
        case What.COMPLETED:
            item.finish(at)
            _end_callback(it, fact, ANSWERED)


def _know(it: Interaction, told: Mapping[str, Any]) -> None:
    it.contact = it.contact or told.get("contact", "")
    it.disposition = told.get("disposition") or it.disposition


def _end_callback(it: Interaction, fact: Heard, result: str) -> None:
    """Nobody else tells when a callback is over."""
    if it.sort is Sort.CALLBACK and it.ended is None:
        it.ended, it.result = fact.at, result


def _finish(it: Interaction) -> None:
    """What is over leaves nothing open, and a conversation says how it went."""
    if it.ended is None:
        it.result = ""
        return
    for visit in it.visits:
        if visit.left is None:
            visit.leave(it.ended, How.CALLBACK if it.result == CALLBACK else How.ABANDONED)
    for spell in it.spells:
        if spell.released is None:
            spell.end(it.ended)
    if it.sort in (Sort.CHAT, Sort.MAIL):
        it.result = _outcome(it)


def _add_what_came_of_it(it: Interaction, beside: Iterable[Heard]) -> None:
    deals: dict[str, Mapping[str, Any]] = {}
    for fact in beside:
        told = fact.told
        if fact.what is What.CAMPAIGN:
            it.campaign = told["campaign"]
        elif told["rev"] >= deals.get(told["deal"], told)["rev"]:
            deals[told["deal"]] = told
    won = [
        Sale(deal, told["since"], told.get("currency", ""), told.get("micros", 0))
        for deal, told in deals.items()
        if told.get("won")
    ]
    it.sales = tuple(sorted(won, key=lambda sale: (sale.at, sale.deal)))


def _outcome(it: Interaction) -> str:
    if it.spells or it.messages_out:
        return ANSWERED
    return str(it.visits[-1].how) if it.visits else RECEIVED
