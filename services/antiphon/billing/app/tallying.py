"""What switches tell of their records is kept as it was heard; `controls` compares it."""

from __future__ import annotations

from antiphon.billing.app.controls import PLANT
from antiphon.billing.app.evidence import Evidence, Told
from antiphon.billing.app.messages import account_of, nanos
from antiphon.billing.app.times import instant_of
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.common.v1.tally_pb2 import Tally
from antiphon.kit.clock import Clock
from antiphon.kit.errors import invalid
from antiphon.kit.seals import LENGTH
from antiphon.kit.tokens import Caller

MOST = 1_000
LONGEST = 200
HIGHEST = 10**15


class Tallying:
    """Tallies from the bus, and of switches outside."""

    def __init__(self, evidence: Evidence, clock: Clock) -> None:
        self._evidence = evidence
        self._clock = clock

    async def tell(self, caller: Caller, request: pb.TellTallyRequest) -> pb.TellTallyResponse:
        tally = request.tally
        if tally.source or tally.records:
            await self.hear(caller.tenant, tally)
        _name("tally.switch", tally.switch)
        if request.HasField("until"):
            until = min(instant_of(request.until), nanos(self._clock()))
            await self._evidence.watch(caller.tenant, tally.switch, until)
        return pb.TellTallyResponse()

    async def hear(self, tenant: str, tally: Tally) -> None:
        """Keeps it. Raises INVALID."""
        _name("tally.switch", tally.switch)
        _name("tally.source", tally.source)
        if not 1 <= tally.first <= HIGHEST or len(tally.records) > MOST:
            raise invalid("tally.first", f"is 1 to {HIGHEST}, with at most {MOST} records")
        if any(not one.key or len(one.key) > LONGEST or len(one.digest) != LENGTH for one in tally.records):
            raise invalid("tally.records", f"have a key of 1 to {LONGEST} characters and a digest of {LENGTH} bytes")
        records = tuple((one.key, one.digest) for one in tally.records)
        account, now = account_of(tenant), nanos(self._clock())
        told = Told(tenant, account, tally.switch, tally.source, tally.first, now, records)
        await self._evidence.hear(told)

    async def hear_all(self, switch: str, until: int) -> None:
        """Everything that this switch of ours recorded for anybody before `until` was told."""
        await self._evidence.watch(PLANT, switch, until)


def _name(field: str, text: str) -> None:
    if not text or "/" in text or len(text) > LONGEST:
        raise invalid(field, f"has 1 to {LONGEST} characters, none of them a slash")
