"""What routing hears."""

from __future__ import annotations

from antiphon.acd.v1.events_pb2 import QueueChanged, QueueDeleted
from antiphon.kit.bus import Bus, Table
from antiphon.routing.app.memory import Memory
from antiphon.routing.app.schemes import Schemes
from antiphon.routing.v1.events_pb2 import RulesChanged, SchemePublished


def table(schemes: Schemes) -> Table:
    """Event → handler: which queues a scheme may name."""
    return {QueueChanged: schemes.hear_queue, QueueDeleted: schemes.hear_queue_deleted}


async def follow(bus: Bus, memory: Memory, after: int) -> None:
    """For ever: what other replicas changed is read anew. Every replica hears it."""
    async for fact in bus.follow(after=after, kinds=(RulesChanged, SchemePublished)):
        memory.forget(fact.tenant)
