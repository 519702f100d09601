"""Who hears whom while a supervisor listens, whispers or joins in.

| mode    | supervisor hears | agent hears him | customer hears him |
|---------|------------------|-----------------|--------------------|
| listen  | both             | no              | no                 |
| whisper | both             | yes             | no                 |
| barge   | both             | yes             | yes                |
"""

from __future__ import annotations

from enum import Enum


class Mode(Enum):
    """What the supervisor wants."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


def hearers(mode: Mode, agent: str, others: frozenset[str]) -> frozenset[str]:
    """The parties who hear the supervisor."""
    match mode:
        case Mode.LISTEN:
            return frozenset()
        case Mode.WHISPER:
            return frozenset({agent})
        case Mode.BARGE:
            return others | {agent}


def pairs(mode: Mode, supervisor: str, agent: str, others: frozenset[str]) -> frozenset[tuple[str, str]]:
    """Everyone who is heard by someone, as (speaker, hearer)."""
    parties = others | {agent}
    talk = {(a, b) for a in parties for b in parties if a != b}
    talk |= {(party, supervisor) for party in parties}
    talk |= {(supervisor, hearer) for hearer in hearers(mode, agent, others)}
    return frozenset(talk)
