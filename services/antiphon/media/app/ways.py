"""The ways on from a conversation: to somebody else, to more than two, or with somebody who listens.

Talk → transfer: Transferring | add_party: Room | monitor: Monitored

Hold, completing and cancelling are the stage's own affair; here one stage follows another because a person wants it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.media.app.conferences import Room
from antiphon.media.app.doing import illegal
from antiphon.media.app.monitors import Monitored
from antiphon.media.app.talk import Talk
from antiphon.media.app.transfers import Transferring

if TYPE_CHECKING:
    from antiphon.media.app.live import Live
    from antiphon.media.app.people import Destination
    from antiphon.media.domain.monitoring import Mode


async def transfer(live: Live, tag: str, to: Destination, *, attended: bool) -> None:
    """Raises ILLEGAL for a leg that is in no conversation, or for nobody to be rung."""
    talk = await _conversation(live, tag, "nobody to be handed over")
    if not any(to.groups):
        raise illegal("nobody to be rung there")
    await live.to(Transferring(talk, tag, to, attended=attended))


async def add_party(live: Live, tag: str, to: Destination) -> None:
    """Raises ILLEGAL where nobody talks, and what a conference refuses."""
    if isinstance(live.stage, Room):
        await live.stage.add_party(tag, to)
        return
    talk = await _conversation(live, tag, "nobody to join")
    await live.to(Room(live, (talk.one, talk.other), inviting=(tag, to)))


async def monitor(live: Live, person_id: str, mode: Mode) -> None:
    """Raises ILLEGAL where no two talk, or somebody else listens."""
    stage = live.stage
    if isinstance(stage, Monitored):
        stage.change(person_id, mode)
    elif isinstance(stage, Talk):
        await live.to(Monitored(live, stage.one, stage.other, (person_id, mode)))
    else:
        raise illegal("nobody talks")


async def _conversation(live: Live, tag: str, why: str) -> Talk:
    """The two of whom this leg is one, and nobody else: who listened is out. Raises ILLEGAL where they do not talk."""
    stage = live.stage
    if not isinstance(stage, Talk):
        raise illegal(why)
    stage.across(tag)
    return await stage.end_monitoring() if isinstance(stage, Monitored) else stage
