"""Domain values as Mongo documents and back. Instants of timers and queues of work are integers (ms), so that a partial
index can tell them from nothing."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from antiphon.channels.domain.care import planned_due
from antiphon.channels.domain.channel import Channel
from antiphon.channels.domain.conversation import Conversation, Priority, Scheduled, Status
from antiphon.channels.domain.message import Attachment, Delivery, Direction, Kind, Message, Option, Template, Usage
from antiphon.channels.domain.rating import Rating
from antiphon.channels.domain.sla import Clock, Norm, Sla, next_ring
from antiphon.channels.domain.verbs import Close, Enqueue, Happened, Menu, Say, Step, Timer, Verb, Wait
from antiphon.kit.clock import from_millis, to_millis
from antiphon.kit.mongo import Document
from antiphon.kit.texts import Texts
from antiphon.kit.words import VERSION, Analyser

_VERBS: dict[str, type[Verb]] = {"say": Say, "menu": Menu, "enqueue": Enqueue, "close": Close, "wait": Wait}
_VERB_NAMES = {kind: name for name, kind in _VERBS.items()}
_CHANNEL_FIELDS = [field.name for field in fields(Channel) if field.name != "id"]
_PLAIN = (
    "no", "channel_id", "channel", "identity", "peer", "contact_id", "contact_name", "created_at", "active_at",
    "project_id", "language", "rev", "last_seq", "offset", "queue_id", "assignee_id", "assignee_name", "work_id",
    "position", "waiting_since", "closed_at", "outcome", "disposition", "interaction",
    "window_until", "thread", "subject", "automatic", "snooze_until", "unreachable",
)  # fmt: skip


def channel_to(it: Channel) -> Document:
    document = {name: getattr(it, name) for name in _CHANNEL_FIELDS}
    return {
        "_id": it.id,
        **document,
        "settings": dict(it.settings),
        "secrets": dict(it.secrets),
        "former": dict(it.former),
    }


def channel_from(document: Document) -> Channel:
    return Channel(id=document["_id"], **{name: document[name] for name in _CHANNEL_FIELDS if name in document})


def attachment_to(it: Attachment) -> Document:
    return asdict(it)


def attachment_from(document: Document) -> Attachment:
    return Attachment(**document)


def _scheduled_from(document: Document) -> Scheduled:
    files = tuple(attachment_from(one) for one in document.get("attachments", ()))
    return Scheduled(**{**document, "attachments": files})


def message_to(it: Message) -> Document:
    document: Document = {
        "conv": it.conversation_id,
        "seq": it.seq,
        "cid": dedup_key(it.author, it.client_id),
        "client_id": it.client_id,
        "kind": it.kind.value,
        "direction": it.direction.value,
        "author": it.author,
        "author_name": it.author_name,
        "text": it.text,
        "attachments": [attachment_to(a) for a in it.attachments],
        "options": [asdict(option) for option in it.options],
        "at": it.at,
        "edited_at": it.edited_at,
        "deleted": it.deleted,
        "delivery": it.delivery.value,
        "failure": it.failure,
        "event": it.event,
        "facts": dict(it.facts),
        "group_id": it.group_id,
        "reply_to": it.reply_to,
        "rev": it.rev,
    }
    if it.mentions:
        document["mentions"] = list(it.mentions)
    if it.template is not None:
        values = [[gap, value] for gap, value in it.template.values.items()]
        document["template"] = {"name": it.template.name, "language": it.template.language, "values": values}
    if it.usage is not None:
        document["usage"] = [it.usage.service, it.usage.quantity]
    return {**document, "ext": it.ext_id.split(",")} if it.ext_id else document


def searched(it: Message, analyser: Analyser) -> Document:
    """What a message is found by: the words of its text and of the names of its files."""
    text = "" if it.deleted else " ".join([it.text, *(file.name for file in it.attachments)])
    return {"tok": analyser.tokens(text) if it.kind in (Kind.TEXT, Kind.NOTE) else [], "tokv": VERSION}


async def hidden(tenant: str, it: Message, analyser: Analyser, texts: Texts) -> Document:
    """What a message is found by, as it is stored."""
    found = searched(it, analyser)
    return {**found, "tok": await texts.hidden(tenant, found["tok"])}


def message_from(document: Document) -> Message:
    return Message(
        client_id=document["client_id"],
        kind=Kind(document["kind"]),
        direction=Direction(document["direction"]),
        author=document["author"],
        at=document["at"],
        text=document["text"],
        author_name=document["author_name"],
        conversation_id=document["conv"],
        seq=document["seq"],
        attachments=tuple(attachment_from(a) for a in document["attachments"]),
        options=tuple(Option(**option) for option in document["options"]),
        delivery=Delivery(document["delivery"]),
        failure=document["failure"],
        event=document["event"],
        facts=document["facts"],
        group_id=document["group_id"],
        reply_to=document["reply_to"],
        edited_at=document["edited_at"],
        deleted=document["deleted"],
        rev=document["rev"],
        ext_id=",".join(document.get("ext", ())),
        mentions=tuple(document.get("mentions", ())),
        template=_template_from(document.get("template")),
        usage=Usage(*document["usage"]) if "usage" in document else None,
    )


def _template_from(document: Document | None) -> Template | None:
    if document is None:
        return None
    return Template(document["name"], document["language"], dict(document["values"]))


def dedup_key(author: str, client_id: str) -> str:
    """Client ids are unique per sender: a colleague's id cannot hide a customer's message."""
    return f"{author}|{client_id}"


def conversation_to(it: Conversation) -> Document:
    """Everything but `last`, which changes of messages write as well."""
    return {
        **{name: getattr(it, name) for name in _PLAIN},
        "tenant": it.tenant,
        "status": it.status.value,
        "live": it.is_live,
        "read": [[reader, seq] for reader, seq in it.read.items()],
        "tags": list(it.tags),
        "agents": list(it.agents),
        "references": list(it.references),
        "work_mark": list(it.work_mark),
        "pending": [asdict(happened) for happened in it.pending],
        "step": _step_to(it.step),
        "timer": _timer_to(it.timer),
        "timer_due": to_millis(it.timer.due) if it.timer else 0,
        "withdraw": list(it.withdraw),
        "priority": it.priority.value,
        "followers": list(it.followers),
        "scheduled": [asdict(one) for one in it.scheduled],
        "scheduled_due": _millis(planned_due(it)),
        "sla": _sla_to(it.sla),
        "sla_due": _millis(next_ring(it.sla)),
        "rating": asdict(it.rating) if it.rating else None,
    }


def conversation_from(document: Document) -> Conversation:
    last = document.get("last")
    return Conversation(
        id=document["_id"],
        tenant=document["tenant"],
        status=Status(document["status"]),
        read=dict(document["read"]),
        tags=tuple(document["tags"]),
        agents=tuple(document["agents"]),
        references=tuple(document.get("references", ())),
        work_mark=(document["work_mark"][0], document["work_mark"][1]),
        pending=tuple(Happened(**happened) for happened in document["pending"]),
        step=_step_from(document["step"]),
        timer=_timer_from(document["timer"]),
        withdraw=tuple(document["withdraw"]),
        priority=Priority(document.get("priority", Priority.NORMAL.value)),
        followers=tuple(document.get("followers", ())),
        scheduled=tuple(_scheduled_from(one) for one in document.get("scheduled", ())),
        sla=_sla_from(document.get("sla")),
        rating=Rating(**document["rating"]) if document.get("rating") else None,
        last=message_from(last) if last else None,
        **{name: document[name] for name in _PLAIN if name in document},
    )


def _millis(at: datetime | None) -> int:
    return to_millis(at) if at is not None else 0


def _sla_to(sla: Sla | None) -> Document | None:
    if sla is None:
        return None
    clocks = [
        {**asdict(clock), "norm": clock.norm.value, "target": clock.target.total_seconds(),
         "spent": clock.spent.total_seconds()}
        for clock in sla.clocks
    ]  # fmt: skip
    return {"policy_id": sla.policy_id, "policy_rev": sla.policy_rev, "clocks": clocks}


def _sla_from(document: Document | None) -> Sla | None:
    if document is None:
        return None
    clocks = tuple(
        Clock(**{**clock, "norm": Norm(clock["norm"]), "target": timedelta(seconds=clock["target"]),
                 "spent": timedelta(seconds=clock["spent"])})
        for clock in document["clocks"]
    )  # fmt: skip
    return Sla(document["policy_id"], document["policy_rev"], clocks)


def _step_to(step: Step | None) -> Document | None:
    if step is None:
        return None
    verbs = [{"verb": _VERB_NAMES[type(verb)], **_verb_to(verb)} for verb in step.verbs]
    return {"id": step.id, "verbs": verbs, "done": step.done, "chain": step.chain}


def _verb_to(verb: Verb) -> Document:
    document = asdict(verb)
    if isinstance(verb, Enqueue):
        document["skills"] = [[skill, level] for skill, level in verb.skills.items()]
    return document


def _step_from(document: Document | None) -> Step | None:
    if document is None:
        return None
    verbs = tuple(_verb_from(dict(verb)) for verb in document["verbs"])
    return Step(document["id"], verbs, document["done"], document["chain"])


def _verb_from(document: dict[str, Any]) -> Verb:
    kind = _VERBS[document.pop("verb")]
    if kind is Menu:
        document["options"] = tuple(Option(**option) for option in document["options"])
    if kind is Enqueue:
        document["skills"] = dict(document["skills"])
    return kind(**document)


def _timer_to(timer: Timer | None) -> Document | None:
    if timer is None:
        return None
    return {"id": timer.id, "due": to_millis(timer.due), "happened": asdict(timer.happened)}


def _timer_from(document: Document | None) -> Timer | None:
    if document is None:
        return None
    return Timer(document["id"], from_millis(document["due"]), Happened(**document["happened"]))
