"""Calls that ended and messages that left: each record is numbered, rated by the version at its answer and charged,
exactly once.

The record's key is its identity: told twice, it is the same record; told otherwise, the other one is kept in suspense
beside it. What cannot be rated is kept in suspense with its reason and rated again on demand. Document, balance, hold
and number are one transaction.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from antiphon.billing.app import packages
from antiphon.billing.app.messages import account_of, rated_call, recorded, spent
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.charging import NOTHING_LEFT, Catalogue, duration, rate_record, why
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.ledger import HoldState, Op, Operation
from antiphon.billing.domain.records import Charge, Rated, Recorded
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.channels.v1.channels_pb2 import Message
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller
from antiphon.media.v1.media_pb2 import DIRECTION_INTERNAL, Call, Leg

LONGEST_ID = 200
MEDIA, CHANNELS = "media", "channels"
OUTSIDE = "outside"
RERATED_AT_ONCE = 500
MOST_AT_ONCE = 1_000
LONGEST_SERVICE, MOST_USED = 60, 1_000_000


@dataclass(slots=True)
class _Joined:
    """A record that came while another's work was about to begin."""

    record: Recorded
    answer: asyncio.Future[tuple[Rated, str] | None]

    def tell(self, taken: tuple[Rated, str] | None, failure: DomainError | None) -> None:
        if self.answer.done():
            return
        if failure is not None:
            self.answer.set_exception(failure)
        else:
            self.answer.set_result(taken)


class Calls:
    """Records of calls."""

    def __init__(self, writer: Desk, tariffs: Tariffs, suspended: Callable[[str, int], Awaitable[list[Rated]]]) -> None:
        self._writer = writer
        self._tariffs = tariffs
        self._suspended = suspended
        self._company: dict[str, list[_Joined]] = {}
        """By tenant: who came while the first of his turn of the loop waits for company."""

    async def settle(self, caller: Caller, request: pb.SettleRequest) -> pb.SettleResponse:
        call, currency = await self.take(caller.tenant, _checked(request.record))
        return pb.SettleResponse(call=await self._explained(caller.tenant, call, currency))

    async def hear(self, caller: Caller, request: pb.SettleRequest) -> pb.SettleResponse:
        """As `settle`, for whoever does not ask what became of it."""
        await self.take(caller.tenant, _checked(request.record))
        return pb.SettleResponse()

    async def settle_batch(self, caller: Caller, request: pb.SettleBatchRequest) -> pb.SettleBatchResponse:
        if not 0 < len(request.records) <= MOST_AT_ONCE:
            raise invalid("records", f"are 1 to {MOST_AT_ONCE}")
        records = [_checked(record, f"records[{place}]") for place, record in enumerate(request.records)]
        if len(records) != request.count:
            raise invalid("count", f"is not the number of records, {len(records)}")
        if (seconds := sum(map(duration, records))) != request.seconds:
            raise invalid("seconds", f"are {seconds} of the records")
        taken, currency = await self.take_all(caller.tenant, records)
        counts = Counter(call.charge for call in taken)
        return pb.SettleBatchResponse(
            billed=counts[Charge.BILLED],
            zero=counts[Charge.ZERO],
            suspense=counts[Charge.SUSPENSE],
            cost=Money(currency=currency, micros=sum(call.cost for call in taken)),
        )

    async def explained(self, tenant: str, calls: Sequence[Rated], currency: str) -> list[pb.RatedCall]:
        """Calls as people see them, each with the reason of its price."""
        return [await self._explained(tenant, call, currency) for call in calls]

    async def _explained(self, tenant: str, call: Rated, currency: str) -> pb.RatedCall:
        version = (await self._tariffs.catalogue(tenant)).version(call.version)
        return rated_call(call, currency, why(call, version))

    async def take(self, tenant: str, record: Recorded) -> tuple[Rated, str]:
        """(what became of a record, the account's currency), after it is stored. Records of a tenant that come in one
        turn of the loop are one work: their first speaks for all. Where the work fails for a fault of ours, each is
        taken alone, so that one record spoils no other's."""
        joined = self._company.get(tenant)
        if joined is not None and len(joined) < MOST_AT_ONCE - 1:
            mine = _Joined(record, asyncio.get_running_loop().create_future())
            joined.append(mine)
            taken = await mine.answer
        else:
            taken = await self._take_together(tenant, record)
        if taken is None:
            (call,), currency = await self.take_all(tenant, (record,))
            taken = call, currency
        return taken

    async def _take_together(self, tenant: str, record: Recorded) -> tuple[Rated, str] | None:
        """Takes a record and those that come in the same turn. None: each has to be taken alone."""
        company = self._company[tenant] = []
        failure: DomainError | None = None
        calls: Sequence[Rated] = ()
        currency = ""
        try:
            await asyncio.sleep(0)
            self._close(tenant, company)
            calls, currency = await self.take_all(tenant, [record, *(one.record for one in company)])
        except DomainError as error:
            if error.reason is not Common.INTERNAL:
                failure = error
                raise
        finally:  # where whoever speaks for them is cancelled, each takes his own: a record is known again
            self._close(tenant, company)
            for place, one in enumerate(company, start=1):
                one.tell((calls[place], currency) if calls else None, failure)
        return (calls[0], currency) if calls else None

    def _close(self, tenant: str, company: list[_Joined]) -> None:
        """Nobody joins it any more."""
        if self._company.get(tenant) is company:
            del self._company[tenant]

    async def take_all(self, tenant: str, records: Sequence[Recorded]) -> tuple[list[Rated], str]:
        """The same of many, in their order."""
        catalogue = await self._tariffs.catalogue(tenant)

        def decide(page: Page, now: int) -> tuple[list[Rated], str]:
            return [_take(page, now, catalogue, record) for record in records], _currency(page)

        return await self._writer.do(Work(account_of(tenant), tenant, _touches(records), decide))

    async def rerate(self, caller: Caller, request: pb.RerateSuspenseRequest) -> pb.RerateSuspenseResponse:
        catalogue = await self._tariffs.catalogue(caller.tenant)
        account_id = account_of(caller.tenant)
        answer = pb.RerateSuspenseResponse()
        for call in await self._suspended(account_id, RERATED_AT_ONCE):
            touches = Touches([_charge_id(call)], [call.record.session_id], calls=[call.id])
            decide = _rerating(call.id, catalogue)
            charge = await self._writer.do(Work(account_id, caller.tenant, touches, decide))
            if charge is Charge.SUSPENSE:
                answer.left += 1
            else:
                answer.billed += 1
        return answer


def settlements(call: Call) -> list[pb.SettleRequest]:
    """What a call of media is charged for: the time each outside party was connected by us; else one record of the
    whole call, at no price."""
    paid = [leg for leg in call.legs if leg.role == OUTSIDE and call.direction != DIRECTION_INTERNAL]
    if not paid:
        return [pb.SettleRequest(record=pb.CallRecord(switch=MEDIA, key=call.id, free=True))]
    return [pb.SettleRequest(record=_record(call, leg)) for leg in paid]


def usage(message: Message) -> pb.SettleRequest | None:
    """What a message of channels is charged for, once its provider took it. Told again, it is the same record: neither
    what was counted nor when it was written changes any more."""
    if not message.usage.quantity:
        return None
    key = f"{message.conversation_id}:{message.seq}"
    service, quantity = message.usage.service, message.usage.quantity
    record = pb.CallRecord(switch=CHANNELS, key=key, ended_at=message.at, service=service, quantity=quantity)
    return pb.SettleRequest(record=record)


def _record(call: Call, leg: Leg) -> pb.CallRecord:
    name = f"{call.id}:{leg.id}"
    record = pb.CallRecord(switch=MEDIA, key=name, session_id=name, called=leg.number)
    if leg.HasField("answered_at"):
        record.answered_at.CopyFrom(leg.answered_at)
    if leg.HasField("ended_at"):
        record.ended_at.CopyFrom(leg.ended_at)
    return record


def _checked(record: pb.CallRecord, field: str = "record") -> Recorded:
    read = recorded(record)
    if not read.switch or not read.key or len(read.id) > LONGEST_ID or "/" in read.switch:
        raise invalid(f"{field}.key", "switch and key have together 1 to 200 characters")
    if read.service and (read.called or read.answered is not None or read.session_id or read.free):
        raise invalid(f"{field}.service", "is not a call: nobody was called")
    if len(read.service) > LONGEST_SERVICE or not (1 if read.service else 0) <= read.quantity <= MOST_USED:
        raise invalid(f"{field}.quantity", "a service has 1 to 60 characters and was used 1 to 1,000,000 times")
    return read


def _touches(records: Sequence[Recorded]) -> Touches:
    calls = [name for record in records for name in (record.id, record.doubled_id)]
    charges = [f"call:{name}" for name in calls]
    sessions = [record.session_id for record in records if record.session_id]
    return Touches(charges, sessions, calls=calls, new=True, weight=len(records))


def _take(page: Page, now: int, catalogue: Catalogue, record: Recorded) -> Rated:
    known = page.calls.get(record.id)
    if known is not None:
        return known if known.erased or known.record == record else _conflict(page, now, record)
    call = _rate(page, now, catalogue, record)
    packages.draw(page, call)
    _charge(page, now, call)
    page.put_call(call)
    return call


def _rate(page: Page, now: int, catalogue: Catalogue, record: Recorded) -> Rated:
    account = page.account
    if account is None:
        call = rate_record(record, None, "", now)
        if call.charge is Charge.SUSPENSE:
            call.reason = "no_account"
    else:
        at = _priced_at(record, now)
        version = catalogue.at(account.tariff_id, at)
        left = packages.left_for(page, version, at, now, record.session_id) if _is_call(record) else NOTHING_LEFT
        call = rate_record(record, version, account.currency, now, left)
    call.tenant, call.account = page.tenant, page.account_id
    return call


def _priced_at(record: Recorded, now: int) -> int:
    """Whose prices count: those at the answer, or when it was used."""
    at = record.ended if record.service else record.answered
    return now if at is None else at


def _is_call(record: Recorded) -> bool:
    """Is it one that may cost something by the second?"""
    return record.answered is not None and not record.free


def _code(call: Rated) -> Code:
    if call.record.service:
        return Code.CONTENT
    return Code.LONG_DISTANCE if call.carrier else Code.VOICE


def _charge(page: Page, now: int, call: Rated) -> None:
    """Settles what was reserved for the call, or charges without: late and unreserved calls are paid all the same. A
    call without price gives its reservation back; one in suspense keeps it until its time."""
    if page.account is None or call.charge is Charge.SUSPENSE:
        return
    page.book.expire(now)
    hold = page.book.holds.get(call.record.session_id)
    reserved = hold is not None and hold.state in {HoldState.OPEN, HoldState.EXPIRED}
    code, name = _code(call), call.id
    if reserved and (call.cost or (hold is not None and hold.state is HoldState.OPEN)):
        settled = call.record.session_id
        operation = Operation(f"call:{name}", Op.SETTLE, call.cost, settled, None, code, False, name, call.version)
    elif call.cost:
        operation = Operation(f"call:{name}", Op.CHARGE, call.cost, "", None, code, True, name, call.version)
    else:
        return
    if page.book.submit(operation, now).done:
        spent(page.account, call.cost, now, "long_distance" if call.carrier else "other")
    page.moved = True


def _conflict(page: Page, now: int, record: Recorded) -> Rated:
    """The same key with another content: nothing is charged, a person has to look."""
    other = Rated(record, page.tenant, page.account_id, Charge.SUSPENSE, "conflict", conflict_with=record.id)
    if other.id in page.calls:
        return page.calls[other.id]
    page.put_call(other)
    return other


def _rerating(call_id: str, catalogue: Catalogue) -> Callable[[Page, int], Charge]:
    def decide(page: Page, now: int) -> Charge:
        kept = page.calls[call_id]
        if kept.charge is not Charge.SUSPENSE or kept.conflict_with or kept.erased:
            return kept.charge
        call = _rate(page, now, catalogue, kept.record)
        call.partition, call.number = kept.partition, kept.number
        packages.draw(page, call)
        _charge(page, now, call)
        if call.charge is not Charge.SUSPENSE or call.reason != kept.reason:
            page.put_call(call)
        return call.charge

    return decide


def _charge_id(call: Rated) -> str:
    return f"call:{call.id}"


def _currency(page: Page) -> str:
    return page.account.currency if page.account is not None else ""
