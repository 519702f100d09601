"""What the pacer sees of a campaign at one instant.

Instants are seconds since any fixed moment; only differences matter. Arrays, because the pacer reckons with all agents
and all dials at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
Bools: TypeAlias = "NDArray[np.bool_]"
_NONE = np.empty(0)


class Mode(StrEnum):
    """How a campaign dials."""

    MANUAL = "manual"
    """Agents dial themselves."""
    PREVIEW = "preview"
    """An agent sees the contact first and then dials or skips."""
    PROGRESSIVE = "progressive"
    """One dial for each agent who is free: nobody ever answers to nobody."""
    POWER = "power"
    """A fixed number of lines for each agent."""
    PREDICTIVE = "predictive"
    """Dials ahead of agents who will be free, as far as the law's share of abandoned calls allows."""
    MESSAGE = "message"
    """Says something to whoever answers; no agent is needed."""


@dataclass(frozen=True, slots=True)
class Floor:
    """Agents of the campaign, its dials in the air, and who answered and waits."""

    idle: int = 0
    """Agents who could take a call now."""
    waiting: int = 0
    """People who answered and have no agent yet."""
    ringing: Floats = field(default_factory=lambda: _NONE)
    """When each dial that is still unanswered began."""
    talking: Floats = field(default_factory=lambda: _NONE)
    """When each conversation began."""
    wrapping: Floats = field(default_factory=lambda: _NONE)
    """When each wrap-up began."""
    held: int = 0
    """Agents who look at a contact, or whose phone waits for the called one to answer; they are not idle."""

    @property
    def agents(self) -> int:
        return self.idle + self.talking.size + self.wrapping.size + self.held

    @property
    def lines(self) -> int:
        """Dials and conversations that take a line of the trunk."""
        return self.ringing.size + self.talking.size + self.waiting + self.held


class Hold(StrEnum):
    """Whether agents are held on their phones while the contact rings."""

    AUTO = "auto"
    """While the limit has no room for another abandoned call, or the plant is too slow."""
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds every mode."""

    lines: int = 1_000_000
    """Lines of the trunks that this campaign may use."""
    contacts: int = 1_000_000
    """Contacts that may be dialled now."""
    at_once: int = 1_000
    """Dials of one decision."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How many dials to begin (previews to show, in that mode), by which mode, and why in words for a person."""

    count: int
    mode: Mode
    why: str
    held: bool = False
    """The dials begin at the agents' own phones: nobody can be abandoned."""
