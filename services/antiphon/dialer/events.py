"""What the dialler hears."""

from __future__ import annotations

from antiphon.acd.v1.events_pb2 import WorkCompleted
from antiphon.dialer.app.results import Results
from antiphon.kit.bus import Table
from antiphon.media.v1.events_pb2 import CallBridged, CallChanged, CallEnded


def table(results: Results) -> Table:
    """Event → handler. Each may come twice and in any order."""
    return {
        CallChanged: results.hear_call,
        CallBridged: results.hear_call,
        CallEnded: results.hear_end,
        WorkCompleted: results.hear_work,
    }
