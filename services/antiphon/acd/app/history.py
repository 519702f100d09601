"""The whole wait of a customer, for a supervisor who asks: `app/telling.py` over the stored journal.

Any replica may tell it: the journal is only read. It is decided once more from the last snapshot where the customer
came after it, else from the beginning of what is kept. One question at a time in a process, with pauses for others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

from antiphon.acd.app import messages
from antiphon.acd.app.journal import Journal
from antiphon.acd.app.keeper import Snapshots
from antiphon.acd.app.telling import Line, Teller
from antiphon.acd.domain import snapshot
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.policy import Policy
from antiphon.acd.domain.reasons import Reason
from antiphon.acd.v1 import acd_pb2
from antiphon.kit.clock import from_millis
from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.protos import timestamp
from antiphon.kit.tokens import Caller

READ_FOR = timedelta(seconds=20)
"""How long one question may read; what is not reached then is missing, and the answer says so."""
_PAUSE = 200
_MOST = 500
Queues = Callable[[str], Awaitable[Iterable[acd_pb2.Queue]]]


class History:
    """Reads journals; `queues` lists the queue records of a tenant."""

    def __init__(self, journal: Callable[[str], Journal], snapshots: Snapshots, queues: Queues) -> None:
        self._journal = journal
        self._snapshots = snapshots
        self._queues = queues
        self._one = asyncio.Lock()

    async def tell_wait(self, caller: Caller, request: acd_pb2.TellWaitRequest) -> acd_pb2.TellWaitResponse:
        if not 0 < len(request.name) <= 120:
            raise invalid("name", "an item, a contact or a subject is needed")
        async with self._one:
            lines, cut = await self._after_snapshot(caller.tenant, request.name)
            if not any(line.what == "WorkQueued" for line in lines):
                lines, cut = await self._read(caller.tenant, request.name, 0, Brain(Policy()))
        await self._check_sees(caller, lines)
        if not lines:
            raise DomainError(Reason.UNKNOWN_ITEM, item=request.name)
        return acd_pb2.TellWaitResponse(steps=[_step(line) for line in lines[-_MOST:]], cut=cut)

    async def _after_snapshot(self, tenant: str, name: str) -> tuple[list[Line], bool]:
        kept = await self._snapshots.load_snapshot(tenant)
        if kept is None:
            return [], False
        position, state = kept
        return await self._read(tenant, name, position, snapshot.load(state["brain"]))

    async def _read(self, tenant: str, name: str, after: int, brain: Brain) -> tuple[list[Line], bool]:
        teller, count = Teller(name, brain), 0
        lines: list[Line] = []
        try:
            async with asyncio.timeout(READ_FOR.total_seconds()):
                async for _, entry in self._journal(tenant).read(after):
                    lines += teller.hear(entry)
                    count += 1
                    if count % _PAUSE == 0:
                        await asyncio.sleep(0)
        except TimeoutError:
            return lines, True
        return lines, False

    async def _check_sees(self, caller: Caller, lines: Iterable[Line]) -> None:
        """Whoever works for some client projects sees the waits in their queues; others are not there for him."""
        if not caller.projects:
            return
        projects = {queue.id: queue.project_id for queue in await self._queues(caller.tenant)}
        met = {line.facts["queue_id"] for line in lines if line.facts.get("queue_id")}
        if not all(name in projects and caller.sees_project(projects[name]) for name in met):
            raise DomainError(Reason.UNKNOWN_ITEM)


def _step(line: Line) -> acd_pb2.WaitStep:
    facts = dict(line.facts)
    step = acd_pb2.WaitStep(
        at=timestamp(from_millis(line.at)),
        item_id=line.item_id,
        what=line.what,
        agent_id=facts.pop("agent_id", "") or "",
        queue_id=facts.pop("queue_id", "") or "",
        decision=messages.decision(line.why) if line.why is not None else None,
        why_not=facts.pop("others", {}),
    )
    facts.pop("why" if line.why is not None else "", None)
    step.position = facts.pop("position", 0)
    if line.what == "waits":
        step.waits_because.update(facts)
    else:
        step.facts.update({name: _plain(value) for name, value in facts.items() if value not in (None, "", [], {})})
    return step


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(":".join(map(str, one)) if isinstance(one, list | tuple) else str(one) for one in value)
    return str(value)
