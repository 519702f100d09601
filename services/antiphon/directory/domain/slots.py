"""GSM gateways: slots, the prefixes that choose them, and what is printed on a SIM card."""

from __future__ import annotations

import re
from collections.abc import Iterable

from antiphon.directory.v1.slots_pb2 import SLOT_USAGE_LINE, Gateway, Rented, Sim, Slot
from antiphon.directory.v1.telephony_pb2 import SipAccount
from antiphon.kit.errors import invalid

GATEWAYS, CAPACITY, COMPANIES = 200, 512, 1_000
USUAL_PREFIX = "9"
SIP_LINE, GSM_SLOT, GSM_LINE = "sip-line", "gsm-slot", "gsm-line"
"""Products of billing's catalogue."""


def capacity(number: int) -> int:
    """Raises INVALID."""
    if not 1 <= number <= CAPACITY:
        raise invalid("capacity", f"a gateway has 1 to {CAPACITY} slots")
    return number


def prefix(text: str) -> str:
    """Before the number of a slot. Raises INVALID."""
    digits = text.strip() or USUAL_PREFIX
    if not re.fullmatch(r"[0-9]{1,4}", digits):
        raise invalid("prefix", "prefix has 1 to 4 digits")
    return digits


def iccid(text: str) -> str:
    """What is printed on a SIM card. Raises INVALID."""
    digits = re.sub(r"[\s-]", "", text).upper()
    if not re.fullmatch(r"89[0-9]{15,19}[0-9A-F]", digits):
        raise invalid("iccid", "a SIM card's ICCID has 18 to 21 digits and begins with 89")
    return digits


def prefix_of(gateway: Gateway, slot: int) -> str:
    """Dialled before a number, it chooses the slot. All of a gateway are of one length, so none begins another."""
    return f"{gateway.prefix}{slot:03d}"


def filled(gateway: Gateway, sims: Iterable[Sim]) -> Gateway:
    """The gateway with each of its slots, free or used."""
    placed = {sim.slot: sim for sim in sims}
    shown = Gateway()
    shown.CopyFrom(gateway)
    for number in range(1, gateway.capacity + 1):
        slot = Slot(gateway_id=gateway.id, slot=number, prefix=prefix_of(gateway, number))
        if number in placed:
            slot.sim.CopyFrom(placed[number])
        shown.slots.append(slot)
    shown.used = len(placed)
    shown.free = gateway.capacity - shown.used
    return shown


def rented_sim(sim: Sim, rev: int, gateway: str) -> Rented:
    """What is charged for a SIM in a slot."""
    product = GSM_LINE if sim.usage == SLOT_USAGE_LINE else GSM_SLOT
    place = f"{gateway} / {sim.slot}"
    return Rented(subject=f"slot:{sim.id}", rev=rev, product=product, number=sim.e164, slot=place)


def rented_line(account: SipAccount, rev: int, extension: str = "") -> Rented:
    """What is charged for a personal line."""
    return Rented(
        subject=f"line:{account.id}", rev=rev, product=SIP_LINE, number=extension, person_id=account.person_id
    )
