"""The gate before every dial: may this number be called now, and if not, why not and when.

In this order, and again at the very moment of dialling: do-not-call lists → consent → legal hours, the strictest of
all zones that the number may be in → caps on attempts and contacts → rest after an abandoned call → lines. Each answer
names the pack, so that every attempt and every refusal can be explained years later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from antiphon.dialer.domain.policy import Cap, Counts, Pack, Whose

RINGING = timedelta(seconds=30)
"""A dial must still be within the hours when it is answered at the end of its ringing."""
_LOOK_AHEAD_DAYS = 9

IsHoliday = Callable[[str, date], bool]
"""(country, day) → whether it is a public holiday there."""


class Why(StrEnum):
    """The reason of an answer; ALLOWED is the only yes."""

    ALLOWED = "allowed"
    DNC_GLOBAL = "dnc_global"
    DNC_TENANT = "dnc_tenant"
    DNC_CAMPAIGN = "dnc_campaign"
    NO_PACK = "no_pack_in_force"
    NO_CONSENT = "no_consent"
    NO_ZONE = "zone_unknown"
    OUTSIDE_HOURS = "outside_hours"
    CAP_NUMBER = "cap_number"
    CAP_PERSON = "cap_person"
    RESTS = "rests_after_abandoned"
    IN_THE_AIR = "already_in_the_air"
    NO_LINE = "no_line"


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier attempt."""

    at: datetime
    number: str
    contact: bool = False
    """A person answered."""
    abandoned: bool = False


@dataclass(frozen=True, slots=True)
class Callee:
    """Who would be called, and all that is known of earlier attempts to the number and the person."""

    number: str
    """E.164."""
    zones: tuple[str, ...]
    """Every zone that the number may be in."""
    dnc: frozenset[Why] = frozenset()
    consent: bool = False
    past: tuple[Past, ...] = ()
    in_the_air: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """May it be dialled?"""

    why: Why
    pack: str = ""
    until: datetime | None = None
    """When the answer may be another; None: not by waiting."""
    certain_agent: bool = False
    """Only with an agent who is free already."""

    @property
    def allowed(self) -> bool:
        return self.why is Why.ALLOWED


@dataclass(frozen=True, slots=True)
class Gate:
    """The packs that hold for a number, and whose holidays there are."""

    packs: Sequence[Pack]
    is_holiday: IsHoliday

    def check(self, callee: Callee, now: datetime, lines: int = 1) -> Verdict:
        """The first rule that forbids it, or ALLOWED."""
        for why in (Why.DNC_GLOBAL, Why.DNC_TENANT, Why.DNC_CAMPAIGN):
            if why in callee.dnc:
                return Verdict(why)
        if not self.packs:
            return Verdict(Why.NO_PACK)
        steps = (self._consent, self._hours, self._caps, self._rest)
        for step in steps:
            refused = step(callee, now)
            if refused is not None:
                return refused
        if callee.in_the_air:
            return Verdict(Why.IN_THE_AIR)
        if lines < 1:
            return Verdict(Why.NO_LINE)
        certain = any(pack.certain_agents for pack in self.packs) or any(past.abandoned for past in callee.past)
        return Verdict(Why.ALLOWED, self.packs[0].id, certain_agent=certain)

    def opens_at(self, callee: Callee, now: datetime) -> datetime | None:
        """The next instant within everybody's hours; None when there is none within days."""
        candidates = sorted({instant for zone in _zones(callee.zones) for instant in self._openings(zone, now)})
        return next((instant for instant in candidates if self._hours(callee, instant) is None), None)

    def _consent(self, callee: Callee, now: datetime) -> Verdict | None:
        for pack in self.packs:
            if pack.consent and not callee.consent:
                return Verdict(Why.NO_CONSENT, pack.id)
        return None

    def _hours(self, callee: Callee, now: datetime) -> Verdict | None:
        zones = _zones(callee.zones)
        if not zones:
            return Verdict(Why.NO_ZONE)
        for pack in self.packs:
            for instant in (now, now + RINGING):
                if not all(self._open(pack, instant.astimezone(zone)) for zone in zones):
                    return Verdict(Why.OUTSIDE_HOURS, pack.id)
        return None

    def _open(self, pack: Pack, local: datetime) -> bool:
        holiday = bool(pack.holidays) and self.is_holiday(pack.holidays, local.date())
        return pack.window(local.weekday(), holiday, local.time())

    def _openings(self, zone: ZoneInfo, now: datetime) -> Iterable[datetime]:
        today = now.astimezone(zone).date()
        begins = {window.begins for pack in self.packs for window in pack.windows} | {time(0)}
        for ahead in range(_LOOK_AHEAD_DAYS):
            for begin in begins:
                instant = datetime.combine(today + timedelta(days=ahead), begin, zone).astimezone(UTC)
                if instant > now:
                    yield instant

    def _caps(self, callee: Callee, now: datetime) -> Verdict | None:
        for pack in self.packs:
            for cap in pack.caps:
                free_at = _free_at(cap, callee, now)
                if free_at is not None:
                    why = Why.CAP_NUMBER if cap.whose is Whose.NUMBER else Why.CAP_PERSON
                    return Verdict(why, pack.id, free_at)
        return None

    def _rest(self, callee: Callee, now: datetime) -> Verdict | None:
        for pack in self.packs:
            if pack.certain_agents:
                continue  # every dial has an agent: the rest is only for those without one
            for past in callee.past:
                until = past.at + pack.after_abandoned
                if past.abandoned and past.number == callee.number and now < until:
                    return Verdict(Why.RESTS, pack.id, until)
        return None


def _free_at(cap: Cap, callee: Callee, now: datetime) -> datetime | None:
    """When the cap has room again; None: it has room now."""
    counted = sorted(
        past.at
        for past in callee.past
        if (cap.counts is Counts.ATTEMPT or past.contact)
        and (cap.whose is Whose.PERSON or past.number == callee.number)
        and past.at > now - cap.within
    )
    if len(counted) < cap.most:
        return None
    if cap.most == 0:
        return now + cap.within
    return counted[-cap.most] + cap.within


def _zones(names: Sequence[str]) -> list[ZoneInfo]:
    """All of them, or none when one is unknown: a zone that cannot be reckoned with allows nothing."""
    try:
        return [ZoneInfo(name) for name in names]
    except (ZoneInfoNotFoundError, ValueError):
        return []
