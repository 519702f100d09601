"""What an agent sees of a contact: before a dial, during the call, and after it."""

from __future__ import annotations

from antiphon.dialer.app import messages
from antiphon.dialer.app.world import Document, World
from antiphon.dialer.domain.reasons import Reason
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.protos import timestamp
from antiphon.kit.tokens import Caller


async def get_card(world: World, caller: Caller, request: pb.GetCardRequest) -> pb.GetCardResponse:
    """The card of a call, for the agent who has it and for who supervises."""
    attempt = await world.store.attempts.get(caller.tenant, "", request.call_id) if request.call_id else None
    campaign = await world.store.campaigns.get(caller.tenant, attempt["campaign"]) if attempt is not None else None
    if attempt is None or campaign is None or not caller.sees_project(campaign.project_id):
        raise DomainError(Common.NOT_FOUND, object=request.call_id)
    if caller.person_id and attempt["agent"] != caller.person_id and not caller.may("work.supervise"):
        raise DomainError(Reason.NOT_YOURS)
    contact = await world.store.contacts.by_id(attempt["contact"])
    if contact is None:
        raise DomainError(Common.NOT_FOUND, object=request.call_id)
    return pb.GetCardResponse(card=card(campaign, contact, attempt))


def card(campaign: pb.Campaign, contact: Document, attempt: Document | None) -> pb.Card:
    """`attempt`: the call that is spoken of; None before there is one."""
    last = contact.get("last", {})
    said = attempt["disposition"] if attempt is not None else ""
    return pb.Card(
        campaign_id=campaign.id,
        campaign_name=campaign.name,
        contact_id=contact["_id"],
        number=contact["number"],
        name=contact["name"],
        fields={name: str(value) for name, value in contact["fields"].items()},
        attempts=contact["attempts"],
        callback=contact["callback"],
        script=campaign.script,
        questions=campaign.questions,
        dispositions=campaign.dispositions,
        answers=contact.get("answers", {}),
        disposition=said,
        note=last.get("note", ""),
        attempt_id=attempt["_id"] if attempt is not None else "",
        currency=campaign.currency,
        amount=messages.amount(attempt) if attempt is not None else None,
        callback_at=timestamp(contact.get("callback_at")) if contact["callback"] else None,
    )
