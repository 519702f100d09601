"""What the ACD hears."""

from __future__ import annotations

from antiphon.acd.app.setup import Setup
from antiphon.acd.app.work import Work
from antiphon.acd.v1.events_pb2 import QueueChanged, QueueDeleted
from antiphon.channels.v1.events_pb2 import MessageAdded
from antiphon.directory.v1.events_pb2 import GroupChanged, GroupDeleted, PersonChanged, TenantChanged
from antiphon.kit.bus import Table


def table(setup: Setup, work: Work) -> Table:
    """Event → handler. Configuration is compared as a whole, so order and repeats do not matter."""
    return {
        TenantChanged: setup.hear_change,
        PersonChanged: setup.hear_change,
        GroupChanged: setup.hear_change,
        GroupDeleted: setup.hear_change,
        QueueChanged: setup.hear_change,
        QueueDeleted: setup.hear_change,
        MessageAdded: work.hear_message,
    }
