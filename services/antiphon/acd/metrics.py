"""What facts cannot say: who waits now. Computed when Prometheus asks, over the tenants that this process leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import Gauge

from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.line import Line
from antiphon.kit.clock import Clock, to_millis

_waiting = Gauge("antiphon_acd_waiting", "Contacts that wait for an agent")
_longest = Gauge("antiphon_acd_longest_wait_seconds", "For how long the one who waits longest has waited")
_overdue = Gauge("antiphon_acd_overdue_seconds", "How late the ACD is with what should have ended: offers, wrap-ups")


def watch(brains: Callable[[], Iterable[Brain]], clock: Clock) -> None:
    """These are the brains of this process from now on."""

    def lines() -> Iterator[Line]:
        return (queue.line for brain in brains() for queue in brain.floor.index.queues.values())

    def waiting() -> float:
        return float(len({item.item_id for line in lines() for item in line}))

    def longest() -> float:
        since = min((item.enqueued_at for line in lines() for item in line), default=None)
        return 0.0 if since is None else max(0, to_millis(clock()) - since) / 1000

    def overdue() -> float:
        deadlines = (brain.next_deadline() for brain in brains())
        due = min((deadline for deadline in deadlines if deadline is not None), default=None)
        return 0.0 if due is None else max(0, to_millis(clock()) - due) / 1000

    _waiting.set_function(waiting)
    _longest.set_function(longest)
    _overdue.set_function(overdue)
