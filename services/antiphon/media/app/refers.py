"""REFER from a phone: a blind transfer to what its user dialled, or, with Replaces, joining two calls of that phone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.media.app import people, ways
from antiphon.media.app.talk import Talk
from antiphon.media.sip.syntax import ParseError
from antiphon.media.sip.uri import Uri

if TYPE_CHECKING:
    from antiphon.media.app.live import Live
    from antiphon.media.sip.events import Referred

log = logs.get("media")


async def refer(calls: Mapping[str, Live], live: Live, tag: str, event: Referred) -> None:
    """Accepts what can be done and tells the phone how it went."""
    try:
        target = Uri.parse(event.to.partition("?")[0]).name
    except ParseError:
        event.reply(400)
        return
    if event.replaces:
        await _attended(calls, live, tag, event)
        return
    try:
        to = await people.dialled(live.world, live.call.tenant, target, live.person(tag), busy=frozenset())
    except DomainError as error:
        log.info("a REFER was refused", reason=error.reason.name)
        event.reply(404 if error.reason.name in ("UNKNOWN_EXTENSION", "INVALID") else 603)
        return
    if not isinstance(live.stage, Talk) or not any(to.groups):
        event.reply(603)
        return
    event.reply(202)
    if (phone := live.legs.get(tag)) is not None:
        phone.notify(200)  # from here on it is ours; the phone is free
    await ways.transfer(live, tag, to, attended=False)


async def _attended(calls: Mapping[str, Live], live: Live, tag: str, event: Referred) -> None:
    """The phone consulted somebody in a call of its own here: that somebody moves into this call.

    He gets a re-INVITE with this conversation's sound; the phone's two legs are over. No media is lost on the way: he
    stays where he is until he has answered."""
    call_id = unquote(event.replaces).partition(";")[0]
    other = next(
        (it for it in calls.values() for leg in it.legs.values() if leg.call_id == call_id and it is not live),
        None,
    )
    stage = live.stage
    if other is None or other.call.tenant != live.call.tenant or not isinstance(stage, Talk):
        event.reply(481)
        return
    mine = next(name for name, leg in other.legs.items() if leg.call_id == call_id)
    guest = other.stage.across(mine) if isinstance(other.stage, Talk) else ""
    sip = other.legs.get(guest)
    if sip is None:
        event.reply(481)
        return
    event.reply(202)
    await take_over(live, stage.across(tag), other, guest)
    if (phone := live.legs.get(tag)) is not None:
        phone.notify(200)
    live.hang_up(tag)


async def take_over(live: Live, stays: str, other: Live, guest: str) -> None:
    """Moves a leg of another call into this one, to talk with the leg that stays."""
    old = other.call.leg(guest)
    sip = other.legs.pop(guest)
    tag = live.new_tag()
    kind = other.anchor.leg(guest).kind
    offer = await live.anchor.offer(tag, kind, from_tag=stays)
    answer = await sip.reoffer(offer)
    live.add(tag, sip, old.role, person_id=old.person_id, number=old.number, trunk_id=old.trunk_id)
    live.mark_answered(tag)
    await live.connect(tag, answer)
    await live.bridge(stays, tag)
    await live.to(Talk(live, stays, tag))

    async def end() -> None:
        await other.finish("transferred")

    other.post(end)
