"""Interactions and facts ↔ what Mongo keeps."""

from __future__ import annotations

import hashlib
from typing import Any, TypeAlias

from antiphon.insight.app.erasing import PERSONAL
from antiphon.insight.domain.heard import Heard, What
from antiphon.insight.domain.interaction import Direction, How, Interaction, Sale, Sort, Spell, Visit
from antiphon.insight.domain.missed import keys_of, missed_at, talked_at
from antiphon.kit.clock import from_millis

Document: TypeAlias = dict[str, Any]
_PLAIN = (
    "channel", "started", "ended", "result", "contact", "party", "project", "disposition", "recording", "csat",
    "messages_in", "messages_out", "first_reply",
)  # fmt: skip


def of_fact(tenant: str, fact: Heard) -> Document:
    """A fact told twice is one document, whatever its envelope says: the key is made of what it says."""
    told = dict(fact.told)
    said = "\x1f".join([fact.about, fact.what, str(fact.at), *(f"{name}={told[name]}" for name in sorted(told))])
    key = hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
    return {
        "_id": f"{tenant}/{key}",
        "tenant": tenant,
        "about": fact.about,
        "what": str(fact.what),
        "at": fact.at,
        "order": fact.order,
        "told": told,
        "folded": False,
        "kept": from_millis(fact.at),
    }


def without_person(fact: Document) -> Document:
    """The fact as it is kept of a customer that was erased."""
    return {**fact, "told": {name: value for name, value in fact["told"].items() if name not in PERSONAL}}


def fact_of(document: Document) -> Heard:
    return Heard(document["about"], What(document["what"]), document["at"], document["order"], document["told"])


def of_interaction(tenant: str, it: Interaction, facts: int) -> Document:
    """With what is asked for beside it: all queues and agents, the whole span, the duration, when the customer was lost
    or spoken to and what he is known by."""
    return {
        "_id": f"{tenant}/{it.id}",
        "tenant": tenant,
        "about": it.id,
        "facts": facts,
        "sort": int(it.sort),
        "direction": int(it.direction),
        **{name: getattr(it, name) for name in _PLAIN},
        "tags": list(it.tags),
        "last": it.last,
        "duration": it.duration,
        "queues": sorted({visit.queue for visit in it.visits} | {spell.queue for spell in it.spells if spell.queue}),
        "agents": sorted({spell.agent for spell in it.spells}),
        "visits": [[one.queue, one.entered, one.left, str(one.how), one.agent] for one in it.visits],
        "spells": [[one.agent, one.queue, one.accepted, one.released, one.done, one.transferred] for one in it.spells],
        "campaign": it.campaign,
        "line": it.line,
        "due": it.due,
        "keys": list(keys_of(it)),
        "missed": missed_at(it),
        "talked": talked_at(it),
        "sales": [[one.deal, one.at, one.currency, one.micros] for one in it.sales],
        "kept": from_millis(it.last),
    }


def interaction_of(document: Document) -> Interaction:
    return Interaction(
        id=document["about"],
        sort=Sort(document["sort"]),
        direction=Direction(document["direction"]),
        **{name: document[name] for name in _PLAIN},
        tags=tuple(document["tags"]),
        visits=[
            Visit(queue, entered, left, How(how), agent) for queue, entered, left, how, agent in document["visits"]
        ],
        spells=[Spell(*spell) for spell in document["spells"]],
        campaign=document.get("campaign", ""),  # folded before there were such facts
        line=document.get("line", ""),
        due=document.get("due"),
        sales=tuple(Sale(*sale) for sale in document.get("sales", ())),
    )
