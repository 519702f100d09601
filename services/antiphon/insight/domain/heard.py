"""A fact as it is kept: what another service told about one interaction, without what nobody will count.

The order of facts is (`at`, `order`): the moment that the fact names, then its place in the stream. It does not depend
on when the fact reached us, so late, repeated and disordered facts end in the same history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from antiphon.insight.domain.millis import Millis


class What(StrEnum):
    """Kinds of facts."""

    # the ACD's, about an item
    QUEUED = "queued"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    ABANDONED = "abandoned"
    OVERFLOWED = "overflowed"
    SCHEDULED = "scheduled"
    WRAPPING = "wrapping"
    COMPLETED = "completed"
    # media's, about a call
    STARTED = "started"
    ENDED = "ended"
    RECORDED = "recorded"
    # the channels', about a conversation
    MESSAGE = "message"
    CHANGED = "changed"
    # what others say beside it
    CAMPAIGN = "campaign"
    DEAL = "deal"


BESIDE = (What.CAMPAIGN, What.DEAL)
"""Facts that only add to an interaction: they do not show that there was one."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One fact. `about` is the interaction: "call:<id>", "conversation:<id>", "callback:<item>"."""

    about: str
    what: What
    at: Millis
    order: int
    told: Mapping[str, Any] = field(default_factory=dict)
    """Of an item: `item`, `queue`, `agent`, `contact`, `disposition`, `reason`, `due`. Of a call: `direction`,
    `party`, `line`, `contact`, `project`, `recording`, `created`, `ended`, `result`, `csat`. Of a conversation:
    `channel`, `party`, `contact`, `project`, `disposition`, `tags`, `created`, `closed`, `csat`; of a message besides
    `incoming`, `person`. Of a campaign's attempt: `campaign`. Of a deal that it brought: `deal`,
    `rev`, `won`, `since`, `currency`, `micros`.
    What is empty is left out."""
