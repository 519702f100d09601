"""Conversations and messages: the table of states, sequence numbers, marks that never go back, what arrives where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.channels.domain import reception
from antiphon.channels.domain.conversation import (
    Change,
    Conversation,
    IllegalMove,
    Placement,
    Status,
    place,
    read_up_to,
)
from antiphon.channels.domain.message import (
    Delivery,
    Direction,
    Kind,
    Message,
    Option,
    advances,
    before,
    check_text,
)
from antiphon.channels.domain.sight import Sight
from antiphon.channels.domain.verbs import Close, Enqueue, Menu, Say, Step, Wait
from antiphon.channels.store import documents
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
DAY = timedelta(hours=24)


def conversation(**fields: object) -> Conversation:
    fresh = Conversation("cv", "t", 1, "ch", "webchat", "vs", "vs", "co", "Olha", NOW, NOW)
    return replace(fresh, **fields)  # type: ignore[arg-type]


def message(text: str = "hi", author: str = "customer", **fields: object) -> Message:
    direction = Direction.IN if author == "customer" else Direction.OUT
    return replace(Message(text, Kind.TEXT, direction, author, NOW, text), **fields)  # type: ignore[arg-type]


def test_only_the_moves_of_the_table_are_legal() -> None:
    legal = {
        ("RECEPTION", "WAITING"), ("RECEPTION", "OPEN"), ("RECEPTION", "CLOSED"), ("WAITING", "OPEN"),
        ("WAITING", "RECEPTION"), ("WAITING", "CLOSED"), ("OPEN", "WAITING"), ("OPEN", "CLOSED"),
        ("CLOSED", "WAITING"), ("CLOSED", "RECEPTION"), ("CLOSED", "OPEN"), ("RECEPTION", "SNOOZED"),
        ("WAITING", "SNOOZED"), ("OPEN", "SNOOZED"), ("SNOOZED", "WAITING"), ("SNOOZED", "RECEPTION"),
        ("SNOOZED", "CLOSED"),
    }  # fmt: skip
    for start, to in product(Status, Status):
        change = Change(conversation(status=start))
        if (start.name, to.name) in legal:
            assert change.move(to).after.status is to
        else:
            with pytest.raises(IllegalMove, match=f"{start.name} → {to.name}"):
                change.move(to)


def test_messages_are_numbered_one_after_the_other_and_the_customer_waits_until_answered() -> None:
    change = Change(conversation(status=Status.OPEN)).write(message("a")).write(message("b"))
    assert [m.seq for m in change.added] == [1, 2]
    assert change.after.waiting_since == NOW
    assert change.after.last is not None
    assert change.after.last.text == "b"
    answered = change.write(message("c", "person:p"))
    assert answered.after.waiting_since is None
    queued = Change(conversation(status=Status.WAITING)).write(message("a")).write(message("soon", "scheme"))
    assert queued.after.waiting_since == NOW


@given(st.lists(st.integers(-3, 30), max_size=20))
def test_a_read_mark_never_goes_back_or_beyond_the_end(marks: list[int]) -> None:
    change, highest = Change(conversation(last_seq=20)), 0
    for mark in marks:
        change = read_up_to(change, "p", mark)
        highest = max(highest, min(mark, 20))
        assert change.after.read.get("p", 0) == highest


@given(st.lists(st.sampled_from([d for d in Delivery if d is not Delivery.NONE]), max_size=12))
def test_delivery_only_moves_forward(reports: list[Delivery]) -> None:
    rank = {Delivery.STORED: 0, Delivery.FAILED: 1, Delivery.SENT: 1, Delivery.DELIVERED: 2, Delivery.READ: 3}
    state = Delivery.STORED
    for report in reports:
        if advances(state, report):
            assert rank[report] > rank[state] or (state, report) == (Delivery.SENT, Delivery.FAILED)
            state = report
    if Delivery.READ in reports:
        assert state is Delivery.READ
    assert before(Delivery.READ) == (Delivery.STORED, Delivery.SENT, Delivery.DELIVERED, Delivery.FAILED)


@pytest.mark.parametrize(
    ("fields", "hours", "expected"),
    [
        ({"status": Status.OPEN}, 99, Placement.JOIN),
        ({"status": Status.CLOSED, "closed_at": NOW, "queue_id": "q"}, 23, Placement.REOPEN),
        ({"status": Status.CLOSED, "closed_at": NOW, "queue_id": "q"}, 25, Placement.NEW),
        ({"status": Status.CLOSED, "closed_at": NOW}, 1, Placement.NEW),
        ({"status": Status.CLOSED, "closed_at": NOW, "outcome": "blocked"}, 1, Placement.RECEIVE_AGAIN),
    ],
)
def test_a_new_message_finds_its_place(fields: dict[str, object], hours: int, expected: Placement) -> None:
    assert place(conversation(**fields), NOW + timedelta(hours=hours), DAY) is expected
    assert place(None, NOW, DAY) is Placement.NEW


STEP = Step("s1", (Say("Hello"), Menu("Which?", (Option("1", "One"),), 60), Enqueue("q", "wi", max_wait=30), Wait()))


def test_a_step_stops_at_the_queue_and_goes_on_after_it() -> None:
    change = reception.perform(Change(conversation(step=STEP)), NOW)
    assert [m.client_id for m in change.added] == ["s1:0", "s1:1"]
    assert change.after.work_id == "wi"
    verb = reception.next_enqueue(change.after.step)
    assert verb is not None
    waiting = reception.queued(Change(change.after), verb, 4, NOW)
    assert (waiting.after.status, waiting.after.queue_id, waiting.after.position) == (Status.WAITING, "q", 4)
    assert waiting.after.timer is not None
    assert waiting.after.timer.due == NOW + timedelta(seconds=30)
    done = reception.perform(Change(waiting.after), NOW)
    assert (done.after.step, done.added) == (None, ())
    late = reception.timed_out(done, waiting.after.timer, NOW)
    assert (late.after.status, late.after.withdraw) == (Status.RECEPTION, ("wi",))
    assert late.after.pending[0].facts == {"how": "timeout"}


def test_an_agent_who_was_faster_than_the_answer_keeps_the_conversation() -> None:
    change = reception.perform(Change(conversation(step=Step("s", (Enqueue("q", "wi"),)))), NOW)
    taken = change.move(Status.OPEN, assignee_id="p")
    after = reception.queued(taken, Enqueue("q", "wi"), 1, NOW).after
    assert (after.status, after.assignee_id) == (Status.OPEN, "p")


def test_closing_twice_says_it_once_and_forgets_the_scheme() -> None:
    change = Change(conversation(step=Step("s", (Close("Bye", "done"), Say("never")))))
    closed = reception.perform(change, NOW)
    assert closed.after.status is Status.CLOSED
    assert [m.event for m in closed.added if m.kind is Kind.EVENT] == ["closed"]
    assert reception.close(closed, "again", NOW).added == closed.added
    assert closed.after.step is None


def test_everybody_sees_their_own() -> None:
    it = conversation(queue_id="q", assignee_id="p", project_id="a")
    assert Sight(True, "", frozenset(), ()).sees(it)
    assert Sight(False, "p", frozenset(), ()).sees(it)
    assert Sight(False, "x", frozenset({"q"}), ()).sees(it)
    assert not Sight(False, "x", frozenset(), ()).sees(it)
    assert not Sight(True, "", frozenset(), ("b",)).sees(it)
    assert not Sight(False, "", frozenset(), ()).sees(replace(it, assignee_id=""))


def test_texts_are_checked() -> None:
    assert check_text("<script>alert(1)</script>", False) == "<script>alert(1)</script>"
    for bad, reason in (("я" * 4001, "TOO_LONG"), ("  \n", "EMPTY"), ("a\x00", "INVALID")):
        with pytest.raises(DomainError, match=reason):
            check_text(bad, False)
    assert check_text("😀" * 4000, False)


def test_documents_say_the_same() -> None:
    change = Change(conversation(step=STEP, read={"a.b": 3}, work_mark=(5, 6), tags=("x",))).write(
        message("t", options=(Option("k", "L"),), ext_id="1,2", delivery=Delivery.SENT)
    )
    timed = reception.perform(change, NOW).after
    document = {"_id": "cv", **documents.conversation_to(timed), "last": None}
    assert documents.conversation_from(document) == replace(timed, last=None)
    assert documents.message_from(documents.message_to(change.added[0])) == change.added[0]
