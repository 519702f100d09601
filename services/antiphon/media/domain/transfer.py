"""Handing a call over: `by` gives `other` to `target`.

    blind     RINGING ─answered→ DONE;  ─lost→ RETURNING (by is rung again) ─answered→ RETURNED, ─lost→ FAILED
    attended  RINGING ─answered→ CONSULTING ─complete→ DONE;  ─cancel, target leaves→ RETURNED
              RINGING ─lost→ RETURNED (by never left);  ─complete, by leaves→ as blind from here

If the other side leaves while somebody is consulted, those two go on talking: nobody is cut off in mid-sentence.
"""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """Where the transfer is."""

    RINGING = "ringing"
    CONSULTING = "consulting"
    RETURNING = "returning"
    DONE = "done"
    RETURNED = "returned"
    FAILED = "failed"


class Happened(Enum):
    """What moves it on."""

    ANSWERED = "answered"
    LOST = "lost"
    COMPLETE = "complete"
    CANCEL = "cancel"
    BY_LEFT = "by_left"
    TARGET_LEFT = "target_left"
    OTHER_LEFT = "other_left"


class Act(Enum):
    """What has to be done, in order."""

    HOLD_OTHER = "hold_other"
    RING_TARGET = "ring_target"
    DROP_BY = "drop_by"
    CONNECT_BY_TARGET = "connect_by_target"
    CONNECT_OTHER_TARGET = "connect_other_target"
    CONNECT_OTHER_BY = "connect_other_by"
    DROP_TARGET = "drop_target"
    RING_BY = "ring_by"
    END = "end"


FINAL = frozenset({Phase.DONE, Phase.RETURNED, Phase.FAILED})
_P, _H, _A = Phase, Happened, Act
_BLIND = {
    (_P.RINGING, _H.ANSWERED): (_P.DONE, (_A.CONNECT_OTHER_TARGET,)),
    (_P.RINGING, _H.LOST): (_P.RETURNING, (_A.RING_BY,)),
    (_P.RINGING, _H.OTHER_LEFT): (_P.FAILED, (_A.DROP_TARGET, _A.END)),
    (_P.RETURNING, _H.ANSWERED): (_P.RETURNED, (_A.CONNECT_OTHER_BY,)),
    (_P.RETURNING, _H.LOST): (_P.FAILED, (_A.END,)),
    (_P.RETURNING, _H.OTHER_LEFT): (_P.FAILED, (_A.END,)),
}
_ATTENDED = {
    (_P.RINGING, _H.ANSWERED): (_P.CONSULTING, (_A.CONNECT_BY_TARGET,)),
    (_P.RINGING, _H.LOST): (_P.RETURNED, (_A.CONNECT_OTHER_BY,)),
    (_P.RINGING, _H.CANCEL): (_P.RETURNED, (_A.DROP_TARGET, _A.CONNECT_OTHER_BY)),
    (_P.RINGING, _H.OTHER_LEFT): (_P.FAILED, (_A.DROP_TARGET, _A.END)),
    (_P.CONSULTING, _H.COMPLETE): (_P.DONE, (_A.CONNECT_OTHER_TARGET, _A.DROP_BY)),
    (_P.CONSULTING, _H.BY_LEFT): (_P.DONE, (_A.CONNECT_OTHER_TARGET,)),
    (_P.CONSULTING, _H.CANCEL): (_P.RETURNED, (_A.DROP_TARGET, _A.CONNECT_OTHER_BY)),
    (_P.CONSULTING, _H.TARGET_LEFT): (_P.RETURNED, (_A.CONNECT_OTHER_BY,)),
    (_P.CONSULTING, _H.OTHER_LEFT): (_P.DONE, ()),
}


class IllegalTransfer(RuntimeError):
    """This does not fit what the transfer is doing."""


class Transfer:
    """One transfer, from its beginning to one of the FINAL phases."""

    def __init__(self, *, attended: bool) -> None:
        self.attended = attended
        self.phase = Phase.RINGING

    def begin(self) -> tuple[Act, ...]:
        """The other side hears music; whoever hands over blindly is free at once."""
        return (Act.HOLD_OTHER, Act.RING_TARGET) if self.attended else (Act.HOLD_OTHER, Act.DROP_BY, Act.RING_TARGET)

    @property
    def over(self) -> bool:
        return self.phase in FINAL

    def on(self, happened: Happened) -> tuple[Act, ...]:
        """Raises IllegalTransfer for what makes no sense now."""
        if self.attended and self.phase is Phase.RINGING and happened in (Happened.COMPLETE, Happened.BY_LEFT):
            self.attended = False
            return (Act.DROP_BY,) if happened is Happened.COMPLETE else ()
        table = _ATTENDED if self.attended else _BLIND
        step = table.get((self.phase, happened))
        if step is None:
            raise IllegalTransfer(f"{self.phase.name} -> {happened.name}")
        self.phase, acts = step
        return acts
