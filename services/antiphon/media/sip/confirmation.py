"""A 2xx to an INVITE is repeated until its ACK comes, on every transport (RFC 3261 13.3.1.4)."""

from __future__ import annotations

from collections.abc import Callable

from antiphon.media.sip.timers import GIVE_UP, T1, T2, Timer, Timers


class Confirmation:
    """Calls `send` at once and again at T1, 2*T1 … T2 until `done`; after 64*T1 without it calls `lost`.

    With `slowest` at infinity it is the schedule of a reliable provisional (RFC 3262 3).
    """

    def __init__(
        self, timers: Timers, send: Callable[[], None], lost: Callable[[], None], *, slowest: float = T2
    ) -> None:
        self._timers = timers
        self._send = send
        self._slowest = slowest
        self._pause = T1
        self._next: Timer = timers.after(T1, self._again)
        self._end: Timer = timers.after(GIVE_UP, self._give_up)
        self._lost = lost

    def done(self) -> None:
        """The other side has it."""
        self._next.cancel()
        self._end.cancel()

    def _again(self) -> None:
        self._send()
        self._pause = min(self._pause * 2, self._slowest)
        self._next = self._timers.after(self._pause, self._again)

    def _give_up(self) -> None:
        self._next.cancel()
        self._lost()
