"""What routing hears."""

from __future__ import annotations

from antiphon.acd.v1.events_pb2 import QueueChanged, QueueDeleted
from antiphon.kit.bus import Table
from antiphon.routing.app.schemes import Schemes


def table(schemes: Schemes) -> Table:
    """Event → handler: which queues a scheme may name."""
    return {QueueChanged: schemes.hear_queue, QueueDeleted: schemes.hear_queue_deleted}
