"""What makes a sidecar look at the directory at once.

Every sidecar hears every fact, and none keeps a place in the stream: one that is missed is made good by the next pass a
moment later, which asks for the whole revision.
"""

from __future__ import annotations

from collections.abc import Callable

from nats.aio.msg import Msg

from antiphon.directory.v1.events_pb2 import (
    DialPlanChanged,
    SipAccountChanged,
    SipAccountDeleted,
    SipAccountsBlocked,
    TrunkChanged,
    TrunkDeleted,
)
from antiphon.kit.bus import Bus, subject_of

KINDS = (SipAccountChanged, SipAccountDeleted, SipAccountsBlocked, TrunkChanged, TrunkDeleted, DialPlanChanged)


async def listen(bus: Bus, soon: Callable[[], None]) -> None:
    """Calls `soon` at each of these facts, of any tenant."""

    async def heard(_message: Msg) -> None:
        soon()

    for kind in KINDS:
        await bus.nc.subscribe(subject_of(kind), cb=heard)
