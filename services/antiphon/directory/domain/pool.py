"""What became of an order of the operator's numbers: one fate for ever, and then at most given back.

(nothing) ── take ──▶ taken ── give back ──▶ returned
(nothing) ── take ──▶ refused                (nothing), refused ── give back ──▶ returned
"""

from __future__ import annotations

from dataclasses import dataclass

TAKEN, REFUSED, RETURNED = "taken", "refused", "returned"


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an order."""

    state: str
    e164: str = ""
    number_id: str = ""
    reason: str = ""
