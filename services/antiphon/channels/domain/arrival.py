"""What follows from a customer's message: the scheme begins, hears an answer, or the last agent gets the conversation
back."""

from __future__ import annotations

from collections.abc import Mapping

from antiphon.channels.domain.conversation import Change, Status, event
from antiphon.channels.domain.message import Message
from antiphon.channels.domain.reception import LEFT_MESSAGE
from antiphon.channels.domain.verbs import Enqueue, Happened, Step
from antiphon.kit.ids import derived_id


def started(message: Message, facts: Mapping[str, str]) -> Happened:
    """A scheme receives the customer; the facts (page, start parameter) may be used in it."""
    return Happened(f"started:{message.client_id}", "started", dict(facts))


def reported(change: Change, message: Message, choice: str, facts: Mapping[str, str]) -> Change:
    """Tells a scheme that is listening. What was typed while it is still talking answers nothing that it has asked; a
    pressed button always does."""
    it = change.after
    if it.status is not Status.RECEPTION or ((it.pending or it.step) and not choice):
        return change
    if it.outcome == LEFT_MESSAGE:
        return change
    if not it.interaction and not it.pending:
        return change.ask(started(message, facts))
    return change.ask(Happened(f"input:{message.client_id}", "input", {"text": message.text, "choice": choice}))


def queued(change: Change, message: Message, queue_id: str) -> Change:
    """Straight into a queue, past any scheme."""
    it = change.after
    item_id = derived_id("wi", it.id, "lead", message.client_id)
    step = Step(f"{it.id}:lead:{message.client_id}", (Enqueue(queue_id, item_id),))
    return change.move(Status.WAITING, work_id=item_id, step=step).write(message)


def reopened(change: Change, message: Message, item_id: str) -> Change:
    """Back to the agent who had it, else to whoever of the queue is free."""
    it = change.after
    verb = Enqueue(it.queue_id, item_id, preferred_agent_id=it.assignee_id)
    change = change.move(
        Status.WAITING, closed_at=None, outcome="", work_id=item_id, disposition="", assignee_id="", assignee_name="",
        step=Step(f"{it.id}:reopen:{message.client_id}", (verb,)), interaction=b"",
    )  # fmt: skip
    change = change.write(message)
    return change.write(event("reopened", f"reopened:{message.client_id}", message.at))
