"""What team hears."""

from __future__ import annotations

from antiphon.directory.v1.events_pb2 import GroupChanged
from antiphon.kit.bus import Table
from antiphon.team.app.talking import Talking


def table(talking: Talking) -> Table:
    """Event → handler. Members are compared as a whole, so order and repeats do not matter."""
    return {GroupChanged: talking.hear_group}
