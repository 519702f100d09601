"""What is charged while it is in use: a personal line, a slot of a GSM gateway. One order each, from beginning to end.

What is heard of a thing carries its revision. The paper of a rental keeps the last one heard, also after the end, so
that facts may come twice and in any order: what is not newer changes nothing.

    (nothing) → CHARGED ⇄ ENDED        WAITING: in use, but the catalogue has no price for it yet
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from antiphon.billing.domain.papers import Paper

RENTAL, ORDER = "rental", "order"
CHARGED, WAITING, ENDED = "charged", "waiting", "ended"
PRODUCTS = frozenset({"sip-line", "gsm-slot", "gsm-line"})


@dataclass(frozen=True, slots=True)
class Heard:
    """What directory says of a thing."""

    subject: str
    rev: int
    product: str
    number: str = ""
    slot: str = ""
    person_id: str = ""
    in_use: bool = True


class Step(Enum):
    """What follows from what was heard."""

    NOTHING = "nothing"
    NOTE = "note"
    """Nothing for money, but the revision is kept."""
    BEGIN = "begin"
    END = "end"


def step(known: Paper | None, heard: Heard) -> Step:
    """What is to be done. One that waits for its price is tried again whenever it is heard of."""
    state = known.state if known is not None else ""
    rev = known.data["rev"] if known is not None else 0
    tried_again = state == WAITING and heard.in_use and heard.rev == rev
    if heard.rev <= rev and not tried_again:
        return Step.NOTHING
    if heard.in_use:
        return Step.NOTE if state == CHARGED else Step.BEGIN
    return Step.END if state == CHARGED else Step.NOTE


def faults(rented: int, rentals: Sequence[Paper], orders: Iterable[Paper]) -> Iterator[str]:
    """Where the orders of an account do not agree with what is in use, as far as it was heard."""
    active = [order for order in orders if order.data.get("subject") and order.state == "active"]
    total = sum(order.data["monthly"] for order in active)
    if total != rented:
        yield f"{rented} a month is charged for what is in use, its orders add up to {total}"
    charged = {paper.id: paper.data["order"] for paper in rentals if paper.state == CHARGED}
    for order in active:
        if charged.pop(order.data["subject"], "") != order.id:
            yield f"order {order.id} charges {order.data['subject']}, which is not charged by it"
    for subject, order_id in sorted(charged.items()):
        yield f"{subject} is in use, its order {order_id} is not active"
