"""What workforce management hears."""

from __future__ import annotations

from antiphon.acd.v1.events_pb2 import (
    AgentChanged,
    WorkAbandoned,
    WorkAccepted,
    WorkCompleted,
    WorkOverflowed,
    WorkQueued,
)
from antiphon.kit.bus import Table
from antiphon.wfm.app.counting import Counting


def table(counting: Counting) -> Table:
    """Event → handler. Each writes by the contact's id, so order and repeats do not matter."""
    return {
        WorkQueued: counting.hear_queued,
        WorkAccepted: counting.hear_accepted,
        WorkAbandoned: counting.hear_abandoned,
        WorkOverflowed: counting.hear_abandoned,
        WorkCompleted: counting.hear_completed,
        AgentChanged: counting.hear_agent,
    }
