"""An INVITE with Replaces (RFC 3891): somebody takes a leg's place, as a phone hands a call over by itself or picks
up what rings elsewhere. The stack has found the dialog (481) and looked at early-only (486); here it is decided whose
wish it is. Phones and browsers of the tenant may; a trunk may replace its own legs; everybody else is declined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.media.app.inbound import SOURCE, Turned, device
from antiphon.media.app.seeking import occupy
from antiphon.media.domain.call import Role
from antiphon.media.domain.source import parse

if TYPE_CHECKING:
    from antiphon.media.app.live import Live
    from antiphon.media.domain.source import Source
    from antiphon.media.endpoint.leg import Leg as SipLeg

DECLINED, BUSY, NOT_ACCEPTABLE = 603, 486, 488
log = logs.get("media")


async def replaced(live: Live, tag: str, by: SipLeg) -> None:
    """Lets the new leg in and ends the old one, or refuses; then nothing has changed."""
    try:
        source, person_id = await _who(live, tag, by)
    except Turned as turned:
        log.warning("a leg was not replaced", code=turned.code)
        by.reject(turned.code, turned.why)
        return
    if not live.stage.may_replace(tag):
        by.reject(BUSY)
        return
    new = live.new_tag()
    try:
        sdp = await live.anchor.answer(new, by.invite.sdp)
    except DomainError:
        by.reject(NOT_ACCEPTABLE)
        return
    if by.ended.is_set() or not by.answer(sdp):
        await live.world.asks.quietly(live.anchor.drop(new))
        return
    role = live.call.leg(tag).role if source.kind == "trunk" or tag == live.first else Role.COLLEAGUE
    account, trunk = (source.id if source.kind == kind else "" for kind in ("device", "trunk"))
    live.add(new, by, role, person_id=person_id, account_id=account, trunk_id=trunk)
    live.mark_answered(new)
    live.note_port(new)
    if person_id:
        live.change(agent_id=person_id)
        await occupy(live, person_id)
    await live.stage.replace(tag, new)


async def _who(live: Live, tag: str, by: SipLeg) -> tuple[Source, str]:
    """Who it is, and which person. Raises Turned."""
    source = parse(by.header(SOURCE)) if live.world.edge.vouches(by) else None
    if source is None or (source.tenant != live.call.tenant and source.kind != "trunk"):
        raise Turned(DECLINED)
    if not by.invite.sdp:
        raise Turned(NOT_ACCEPTABLE)
    match source.kind:
        case "trunk" if live.call.leg(tag).trunk_id == source.id:
            return source, ""
        case "browser":
            return source, source.id
        case "device":
            person_id, _ = await device(live.world, source, by.invite.sdp)
            return source, person_id
        case _:
            raise Turned(DECLINED)
