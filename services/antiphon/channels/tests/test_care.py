"""Putting aside and waking, tags, planned messages, variables and approved texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.channels.domain import care, variables
from antiphon.channels.domain.approved import Approved
from antiphon.channels.domain.conversation import Change, Conversation, Scheduled, Status
from antiphon.channels.domain.message import Attachment, Direction, Kind, Message, Template
from antiphon.channels.domain.verbs import Enqueue
from antiphon.channels.store import documents
from antiphon.channels.whatsapp import templates
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
FILE = Attachment("at1", "offer.pdf", "application/pdf", 7)


def open_one(**fields: object) -> Conversation:
    it = Conversation("cv", "t", 1, "ch", "webchat", "vs", "vs", "co", "Olha", NOW, NOW, status=Status.OPEN)
    return replace(it, **{"work_id": "wi", "queue_id": "q", "assignee_id": "anna", **fields})  # type: ignore[arg-type]


def customer(text: str = "hi", at: datetime = NOW) -> Message:
    return Message(text, Kind.TEXT, Direction.IN, "customer", at, text)


def plan(name: str, after: timedelta, **fields: object) -> Scheduled:
    return replace(Scheduled(name, "person:anna", "Anna", f"text {name}", NOW + after), **fields)  # type: ignore[arg-type]


def test_snoozing_frees_the_agent_and_waking_returns_to_them() -> None:
    change = care.snooze(Change(open_one()), NOW + HOUR, "k", "person:anna", NOW)
    it = change.after
    assert (it.status, it.work_id, it.assignee_id) == (Status.SNOOZED, "", "anna")
    assert [care.withdrawn(entry) for entry in it.withdraw] == [("wi", "snoozed")]
    assert it.timer is not None
    assert it.timer.due == NOW + HOUR
    assert documents.conversation_from({"_id": "cv", **documents.conversation_to(it)}) == replace(it, last=None)
    woken = care.wake(change, "wi2", "k", NOW + HOUR).after
    assert (woken.status, woken.work_id, woken.timer, woken.snooze_until) == (Status.WAITING, "wi2", None, None)
    assert woken.step is not None
    assert woken.step.verbs == (Enqueue("q", "wi2", preferred_agent_id="anna"),)
    assert care.wake(Change(woken), "wi3", "k2", NOW).after == woken


def test_a_snoozed_one_may_get_another_time_and_a_closed_one_none() -> None:
    once = care.snooze(Change(open_one()), None, "k", "person:anna", NOW)
    assert once.after.timer is None
    later = care.snooze(Change(once.after), NOW + HOUR, "k2", "person:anna", NOW)
    assert (later.after.snooze_until, later.added) == (NOW + HOUR, ())
    for until in (NOW, NOW - HOUR, NOW + timedelta(days=400)):
        with pytest.raises(DomainError, match="INVALID"):
            care.snooze(Change(open_one()), until, "k", "person:anna", NOW)
    with pytest.raises(DomainError, match="CLOSED"):
        care.snooze(Change(open_one(status=Status.CLOSED)), None, "k", "person:anna", NOW)


def test_one_of_no_queue_is_received_anew_when_it_wakes() -> None:
    it = care.snooze(Change(open_one(queue_id="", work_id="")), None, "k", "person:anna", NOW).after
    woken = care.wake(Change(it), "wi2", "k", NOW).after
    assert (woken.status, [h.what for h in woken.pending]) == (Status.RECEPTION, ["started"])


def test_spam_is_closed_without_wrap_up() -> None:
    it = care.spam(Change(open_one()), "k", "person:anna", NOW).after
    assert (it.status, it.outcome, it.withdraw) == (Status.CLOSED, "spam", (care.resting("wi"),))


def test_tags_are_a_set_with_an_end() -> None:
    change = Change(open_one(tags=("a",)))
    assert care.tagged(change, "a", on=True).after.tags == ("a",)
    assert care.tagged(care.tagged(change, "b", on=True), "a", on=False).after.tags == ("b",)
    with pytest.raises(DomainError, match="INVALID"):
        care.tagged(Change(open_one(tags=tuple(map(str, range(care.MAX_TAGS))))), "new", on=True)


def test_a_planned_message_goes_out_once_at_its_time() -> None:
    change = Change(open_one())
    for one in (plan("b", 2 * HOUR), plan("a", HOUR, attachments=(FILE,))):
        change = care.planned(change, one, NOW, may_change_others=False)
    assert [one.id for one in change.after.scheduled] == ["a", "b"]
    assert care.planned_due(change.after) == NOW + HOUR
    assert documents.conversation_from({"_id": "cv", **documents.conversation_to(change.after)}) == change.after
    assert care.sent_as_planned(Change(change.after), NOW).added == ()
    sent = care.sent_as_planned(Change(change.after), NOW + HOUR)
    assert [(m.client_id, m.author, m.text) for m in sent.added] == [("scheduled:a", "person:anna", "text a")]
    assert sent.added[0].attachments == (FILE,)
    assert care.sent_as_planned(Change(sent.after), NOW + HOUR).added == ()


def test_a_planned_message_that_cannot_go_says_why_and_stays() -> None:
    planned = care.planned(Change(open_one()), plan("a", HOUR), NOW, may_change_others=False).after
    closed = care.sent_as_planned(Change(replace(planned, status=Status.CLOSED)), NOW + HOUR).after
    late = care.sent_as_planned(Change(replace(planned, window_until=NOW)), NOW + HOUR).after
    assert (closed.scheduled[0].failure, late.scheduled[0].failure) == ("CLOSED", "WINDOW_CLOSED")
    assert care.planned_due(late) is None


def test_a_planned_message_yields_to_the_customer_where_it_should() -> None:
    change = care.planned(Change(open_one()), plan("a", HOUR, unless_reply=True), NOW, may_change_others=False)
    change = care.planned(change, plan("b", HOUR), NOW, may_change_others=False)
    after = Change(change.after).write(customer()).after
    assert [(one.id, one.failure) for one in after.scheduled] == [("a", "CUSTOMER_WROTE"), ("b", "")]


def test_plans_of_others_are_a_supervisors_to_change() -> None:
    change = care.planned(Change(open_one()), plan("a", HOUR), NOW, may_change_others=False)
    foreign = plan("a", 2 * HOUR, author="person:eve")
    with pytest.raises(DomainError, match="NOT_YOURS"):
        care.planned(change, foreign, NOW, may_change_others=False)
    moved = care.planned(change, foreign, NOW, may_change_others=True).after.scheduled
    assert [(one.author, one.at) for one in moved] == [("person:anna", NOW + 2 * HOUR)]
    with pytest.raises(DomainError, match="NOT_YOURS"):
        care.unplanned(change, "a", "person:eve", may_change_others=False)
    assert care.unplanned(change, "a", "person:anna", may_change_others=False).after.scheduled == ()
    with pytest.raises(DomainError, match="GONE"):
        care.unplanned(change, "z", "person:anna", may_change_others=False)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hi {customer.first_name}", "Hi Olha"),
        ("{conversation.subject|your question} {x} {a.b c}", "your question {x} {a.b c}"),
        ("{{customer.name}}", "{Olha Kovalenko}"),
        ("{conversation.subject}!", "!"),
    ],
)
def test_variables_are_filled(text: str, filled: str) -> None:
    values = {"customer.name": "Olha Kovalenko", "customer.first_name": variables.first_name("Olha Kovalenko")}
    assert variables.fill(text, values) == filled
    assert variables.unknown(text) == ""


def test_a_variable_that_does_not_exist_is_named() -> None:
    assert variables.unknown("{customer.name} {customer.shoe_size}") == "customer.shoe_size"


@given(st.text(), st.text())
def test_filling_never_fails_and_is_not_done_twice(text: str, name: str) -> None:
    variables.fill(text, {"customer.name": name})
    assert variables.fill("{customer.name}", {"customer.name": "{agent.name}"}) == "{agent.name}"


PAYED = {
    "name": "order_update", "language": "uk", "status": "APPROVED", "category": "UTILITY",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Замовлення {{1}}"},
        {"type": "BODY", "text": "Вітаємо, {{1}}. Замовлення {{2}} їде, {{1}}."},
        {"type": "FOOTER", "text": "Ромашка"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Дякую"}]},
    ],
}  # fmt: skip


def test_an_approved_text_has_gaps_that_all_must_be_filled() -> None:
    one = templates.approved(PAYED)
    assert one.gaps == ("header.1", "body.1", "body.2")
    values = {"header.1": "42", "body.1": "Ольго", "body.2": "№ 42"}
    assert one.filled(values) == "Замовлення 42\n\nВітаємо, Ольго. Замовлення № 42 їде, Ольго.\n\nРомашка"
    for wrong in ({}, {**values, "body.3": "x"}, {**values, "body.1": " "}, {**values, "body.1": "a\nb"}):
        with pytest.raises(DomainError, match="UNKNOWN_TEMPLATE"):
            one.filled(wrong)
    body = templates.body_of(Template(one.name, one.language, values))["template"]
    assert [(c["type"], [p["text"] for p in c["parameters"]]) for c in body["components"]] == [
        ("header", ["42"]), ("body", ["Ольго", "№ 42"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "part",
    [
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://shop.example/{{1}}", "text": "Go"}]},
        {"type": "CAROUSEL"},
    ],
)
def test_what_cannot_be_sent_from_here_says_why(part: dict[str, object]) -> None:
    one = templates.approved({"name": "x", "language": "en", "components": [{"type": "BODY", "text": "Hi"}, part]})
    assert one.why_not
    with pytest.raises(DomainError, match="UNKNOWN_TEMPLATE"):
        one.filled({})


def test_named_gaps_are_sent_by_name() -> None:
    assert Approved("x", "en", body="Hi {{ who }}").gaps == ("body.who",)
    body = templates.body_of(Template("x", "en", {"body.who": "Olha"}))
    assert body["template"]["components"][0]["parameters"] == [
        {"type": "text", "text": "Olha", "parameter_name": "who"}
    ]
