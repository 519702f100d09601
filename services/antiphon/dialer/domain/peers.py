"""How other diallers pace, so that a simulation can show the difference in the same run.

`adaptive` follows the published behaviour of VICIdial's ADAPT_HARD_LIMIT and ADAPT_TAPERED: every 15 s the number of
lines an agent gets is moved by how many agents waited lately, and set back by the share of dropped calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from antiphon.dialer.domain.floor import Decision, Floor, Mode
from antiphon.dialer.domain.learning import Tally

CAP = 0.03
_EVERY = 15.0
_MOST_LINES = 12.0


class Adaptive(StrEnum):
    """What the peer does over its limit."""

    HARD = "hard"
    """One line an agent until the share is back under the limit."""
    TAPERED = "tapered"
    """As hard, but the limit is wider in the first half of the shift and narrows towards its end."""


@dataclass(slots=True)
class AdaptivePeer:
    """One campaign of such a dialler."""

    kind: Adaptive
    shift: float
    level: float = 1.0
    began: float = 0.0
    looked_at: float = 0.0
    idle_sum: float = 0.0
    looks: int = 0

    def decide(self, floor: Floor, tally: Tally, now: float) -> Decision:
        """How many dials to begin."""
        self.idle_sum += floor.idle
        self.looks += 1
        if now - self.looked_at >= _EVERY:
            self._adapt(floor, tally, now)
        wanted = int(self.level * floor.idle + 0.5) - floor.ringing.size - floor.waiting
        return Decision(max(0, wanted), Mode.POWER, f"{self.level:.2f} lines an agent, abandoned {tally.rate:.3f}")

    def _adapt(self, floor: Floor, tally: Tally, now: float) -> None:
        waited = self.idle_sum / self.looks
        self.looked_at, self.idle_sum, self.looks = now, 0.0, 0
        if tally.rate > self._cap(now):
            self.level = 1.0
            return
        surplus = waited / max(1, floor.agents)
        self.level = min(_MOST_LINES, max(1.0, self.level * (1.0 + 0.5 * (surplus - 0.02))))

    def _cap(self, now: float) -> float:
        if self.kind is Adaptive.HARD:
            return CAP
        gone = (now - self.began) / self.shift
        return CAP * (1.0 + max(0.0, 0.5 - gone))
