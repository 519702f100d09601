"""What a call is doing: one stage at a time. A stage hears what happens to the legs and takes commands of people.

Reception → Queueing | Ringing | Voicemail | Fax → Talk ⇄ Transferring, Room, Monitored (`ways.py`)
"""

from __future__ import annotations

from antiphon.media.app.doing import Doing
from antiphon.media.app.live import Live


class Stage(Doing):
    """The base of all of them: it has the whole call in its hands."""

    def __init__(self, live: Live) -> None:
        super().__init__(live)
        self.live = live
