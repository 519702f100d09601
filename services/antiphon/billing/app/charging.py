"""Authorise, extend, release: what a call may cost, before it does."""

from __future__ import annotations

from antiphon.billing.app import limits, packages
from antiphon.billing.app.messages import account_of, local_day
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain import charging
from antiphon.billing.domain.charging import Catalogue, Left, Version
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.ledger import Hold, HoldState, Op, Operation, Result
from antiphon.billing.domain.lifecycle import State
from antiphon.billing.domain.rating import NoPrice, Unratable
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord, Session
from antiphon.billing.domain.tariff import dialled
from antiphon.billing.domain.traffic import reached
from antiphon.billing.settings import Settings
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

REFUSALS = {
    Unratable.BLOCKED: Reason.BLOCKED_DIRECTION,
    Unratable.NO_RATE: Reason.NO_RATE,
    Unratable.NO_PERIOD: Reason.NO_PERIOD,
}
LONGEST_ID = 120


class Charging:
    """Calls that are about to happen, or happening."""

    def __init__(self, writer: Desk, tariffs: Tariffs, settings: Settings) -> None:
        self._writer = writer
        self._tariffs = tariffs
        self._settings = settings

    async def authorize(self, caller: Caller, request: pb.AuthorizeRequest) -> pb.AuthorizeResponse:
        session_id, number = _name(request.session_id), _number(request.called)
        catalogue = await self._tariffs.catalogue(caller.tenant)

        def decide(page: Page, now: int) -> pb.AuthorizeResponse:
            return self._authorize(page, now, catalogue, (session_id, number))

        touches = Touches([session_id], [session_id], [session_id], new=True)
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))

    async def extend(self, caller: Caller, request: pb.ExtendRequest) -> pb.ExtendResponse:
        session_id = _name(request.session_id)
        if request.used_seconds < 0:
            raise invalid("used_seconds", "is negative")
        catalogue = await self._tariffs.catalogue(caller.tenant)

        def decide(page: Page, now: int) -> pb.ExtendResponse:
            return self._extend(page, now, catalogue, (session_id, request.used_seconds))

        extension = _extension(session_id, request.used_seconds)
        touches = Touches([extension], [session_id], [session_id], new=True)
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))

    async def release(self, caller: Caller, request: pb.ReleaseRequest) -> pb.ReleaseResponse:
        session_id = _name(request.session_id)
        operation = Operation(f"{session_id}:released", Op.VOID, hold=session_id, ref=session_id)

        def decide(page: Page, now: int) -> pb.ReleaseResponse:
            if session_id not in page.book.holds:
                raise DomainError(Common.NOT_FOUND, object=session_id)
            if page.book.holds[session_id].state is HoldState.OPEN:
                page.book.submit(operation, now)
                page.moved = True
            return pb.ReleaseResponse()

        touches = Touches([operation.id], [session_id])
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))

    @property
    def _ttl(self) -> int:
        """A hold outlives the seconds it pays by as much again."""
        return 2 * self._settings.quota_seconds * SECOND

    def _authorize(self, page: Page, now: int, catalogue: Catalogue, asked: tuple[str, str]) -> pb.AuthorizeResponse:
        session_id, number = asked
        account = page.account
        if account is None:
            raise DomainError(Reason.NO_ACCOUNT)
        version = catalogue.at(account.tariff_id, now)
        known = page.sessions.get(session_id)
        if known is not None:
            return self._granted(page, account, known, number)
        if version is not None and number in version.tariff.emergency:
            return pb.AuthorizeResponse(emergency=True, reserved=Money(currency=account.currency))
        version = _may_call(account, version, number)
        if charging.needs_consent(version, number, now) and not account.carrier_consent:
            raise DomainError(Reason.NO_CONSENT)
        page.book.expire(now)
        _within_limits(page, account, now)
        quota = self._settings.quota_seconds
        left = packages.left_for(page, version, now, now, session_id)
        granted = _grant(version, number, (now, page.book.available, quota), left)
        if granted.seconds == 0:
            raise DomainError(Reason.INSUFFICIENT)
        operation = Operation(
            session_id, Op.RESERVE, granted.micros, ttl=self._ttl, code=Code.VOICE, ref=session_id, tariff=version.id
        )
        if not page.book.submit(operation, now).done:
            raise DomainError(Reason.CONFLICT, object=session_id)
        page.book.cover(session_id, granted.drawn)
        account.traffic = account.traffic.attempted(now, account.limits.attempts_a_minute)
        page.put_session(Session(session_id, number, now, version.id, granted.seconds, granted.seconds < quota))
        page.moved = True
        return self._granted(page, account, page.sessions[session_id], number)

    def _granted(self, page: Page, account: AccountRecord, session: Session, number: str) -> pb.AuthorizeResponse:
        if session.called != number:
            raise DomainError(Reason.CONFLICT, object=session.id)
        return pb.AuthorizeResponse(
            granted_seconds=session.granted,
            extend_after_seconds=self._ask_again(session),
            final=session.final,
            reserved=Money(currency=account.currency, micros=page.book.holds[session.id].amount),
        )

    def _extend(self, page: Page, now: int, catalogue: Catalogue, asked: tuple[str, int]) -> pb.ExtendResponse:
        session_id, used = asked
        session, hold = page.sessions.get(session_id), page.book.holds.get(session_id)
        if session is None or hold is None or page.account is None:
            raise DomainError(Common.NOT_FOUND, object=session_id)
        page.book.expire(now)
        hold = page.book.holds[session_id]
        if hold.state is not HoldState.OPEN:
            raise DomainError(Reason.NOT_OPEN)
        if _extension(session_id, used) not in page.book.entries:
            if page.account.state is not State.ACTIVE:
                raise DomainError(Reason.SUSPENDED)
            self._reserve_more(page, now, catalogue.version(session.version), (session, hold, used))
            page.moved = True
        session = page.sessions[session_id]
        return pb.ExtendResponse(
            granted_seconds=session.granted,
            extend_after_seconds=self._ask_again(session),
            final=session.final,
            reserved=Money(currency=page.account.currency, micros=page.book.holds[session_id].amount),
        )

    def _reserve_more(self, page: Page, now: int, version: Version | None, asked: tuple[Session, Hold, int]) -> None:
        """Prices the call anew from its first second, and reserves the difference."""
        session, hold, used = asked
        if version is None:
            raise DomainError(Reason.NO_TARIFF)
        limit = max(session.granted, used + self._settings.quota_seconds)
        left = packages.left_for(page, version, session.at, now, session.id)
        granted = _grant(version, session.called, (session.at, page.book.available + hold.amount, limit), left)
        seconds = max(session.granted, granted.seconds)
        more = max(0, granted.micros - hold.amount) if granted.seconds > session.granted else 0
        operation = Operation(
            _extension(session.id, used), Op.EXTEND, more, session.id, self._ttl, ref=session.id, tariff=version.id
        )
        if page.book.submit(operation, now) is Result.OK:
            if granted.seconds >= session.granted:
                page.book.cover(session.id, granted.drawn)
            page.put_session(Session(session.id, session.called, session.at, version.id, seconds, seconds < limit))

    def _ask_again(self, session: Session) -> int:
        """Early enough to be answered; a last grant is not asked about."""
        return session.granted if session.final else max(1, session.granted - self._settings.margin_seconds)


def _within_limits(page: Page, account: AccountRecord, now: int) -> None:
    live = sum(hold.state is HoldState.OPEN for hold in page.book.holds.values())
    broken = reached(account.limits, account.traffic, local_day(account, now), live, now)
    if broken is not None:
        limits.refused(page, broken, now)
        raise DomainError(Reason.LIMIT, limit=broken.value)


def _may_call(account: AccountRecord, version: Version | None, number: str) -> Version:
    if account.state is not State.ACTIVE:
        raise DomainError(Reason.SUSPENDED)
    if charging.is_blocked(account.blocked, number):
        raise DomainError(Reason.BLOCKED_DIRECTION)
    if version is None:
        raise DomainError(Reason.NO_TARIFF)
    if version.currency != account.currency:
        raise DomainError(Reason.CURRENCY, "the tariff has another currency")
    return version


def _grant(version: Version, number: str, asked: tuple[int, int, int], left: Left) -> charging.Grant:
    at, available, limit = asked
    try:
        if left.packages:
            return charging.grant_covered(version.tariff, left, (number, at, available, limit))
        return charging.grant(version.tariff, number, at, available, limit)
    except NoPrice as refusal:
        raise DomainError(REFUSALS[refusal.why]) from refusal


def _extension(session_id: str, used: int) -> str:
    return f"{session_id}:{used}"


def _name(text: str) -> str:
    if not text or len(text) > LONGEST_ID:
        raise invalid("session_id", f"has 1 to {LONGEST_ID} characters")
    return text


def _number(text: str) -> str:
    try:
        number = dialled(text)
    except ValueError as error:
        raise invalid("called", "is not a number that can be dialled") from error
    if not number:
        raise invalid("called", "is empty")
    return number
