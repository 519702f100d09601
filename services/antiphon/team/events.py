"""What team hears."""

from __future__ import annotations

from antiphon.directory.v1.events_pb2 import ContactErased, GroupChanged
from antiphon.kit.bus import Table
from antiphon.kit.erasing import Rounds
from antiphon.team.app.talking import Talking


def table(talking: Talking, erasures: Rounds) -> Table:
    """Event → handler. Members are compared as a whole, so order and repeats do not matter."""
    return {GroupChanged: talking.hear_group, ContactErased: erasures.hear}
