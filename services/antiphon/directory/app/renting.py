"""What is charged by the day while it is in use: how billing hears of its beginning and its end."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from antiphon.directory.v1.events_pb2 import RentBegan, RentEnded
from antiphon.directory.v1.slots_pb2 import SLOT_USAGE_LINE, Rented, Sim
from antiphon.directory.v1.telephony_pb2 import SipAccount
from antiphon.kit import protos

if TYPE_CHECKING:
    from antiphon.directory.store import TenantStore

SIP_LINE, GSM_SLOT, GSM_LINE = "sip-line", "gsm-slot", "gsm-line"
"""Products of billing's catalogue."""


def rented_sim(sim: Sim, gateway: str) -> Rented:
    """A SIM in a slot. `gateway` is its name."""
    product = GSM_LINE if sim.usage == SLOT_USAGE_LINE else GSM_SLOT
    place = f"{gateway} / {sim.slot}"
    return Rented(subject=f"slot:{sim.id}", rev=sim.rev, product=product, number=sim.e164, slot=place)


def rented_line(account: SipAccount, extension: str = "") -> Rented:
    """A personal line."""
    subject = f"line:{account.id}"
    return Rented(subject=subject, rev=account.rev, product=SIP_LINE, number=extension, person_id=account.person_id)


async def tell(tx: TenantStore, rented: Rented, now: datetime, *, began: bool) -> None:
    """The fact by which something is charged from now on, or not any more."""
    kind = RentBegan if began else RentEnded
    event = kind(occurred_at=protos.timestamp(now), rented=rented)
    await tx.tell(event, key=rented.subject.partition(":")[2], version=rented.rev)
