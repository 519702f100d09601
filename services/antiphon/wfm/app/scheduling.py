"""`antiphon wfm schedule`: from a plan to a schedule as a document that stands for itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from antiphon.wfm.app.conflict import conflicts
from antiphon.wfm.app.covering import Cover, cover
from antiphon.wfm.app.program import Effort
from antiphon.wfm.app.rostering import Assignment, Roster, assignments, fits, presence, roster
from antiphon.wfm.domain.plan import Locked, Person, Plan, Shift
from antiphon.wfm.domain.reasons import Reason, Refusal

STAMP = "%Y-%m-%dT%H:%MZ"
KEPT, BY_HAND = "as before", "locked by hand"


@dataclass(frozen=True)
class Schedule:
    """What was found, and how good it is."""

    plan: Plan
    cover: Cover
    roster: Roster
    given: tuple[Assignment, ...]


def solve(plan: Plan, covering: Effort, rostering: Effort) -> Schedule:
    """Both phases. INFEASIBLE names people and rules; CANCELLED: nothing was found before it was stopped."""
    counted = cover(plan, covering)
    if counted.solved.values is None:
        raise _nothing(plan, counted.solved.infeasible)
    found = roster(plan, counted, rostering)
    if found.taken is None:
        raise _nothing(plan, found.solved.infeasible)
    return Schedule(plan, counted, found, tuple(assignments(plan, counted, found.taken)))


def _nothing(plan: Plan, infeasible: bool) -> Refusal:
    if not infeasible:
        return Refusal(Reason.CANCELLED)
    found = list(conflicts(plan))
    words = "; ".join(one.words for one in found[:10]) + (f"; and {len(found) - 10} more people" if found[10:] else "")
    rules = sorted({rule for one in found for rule in one.rules})
    return Refusal(Reason.INFEASIBLE, words or Reason.INFEASIBLE.meaning, rules=", ".join(rules), people=len(found))


def document(found: Schedule, zone: str) -> dict[str, Any]:
    """The schedule with all it was made from: what the checker, the desk and other programs read. Times are UTC."""
    plan = found.plan
    clock = Clock(plan, zone)
    there = presence(plan, found.given)
    money = cost(plan, found.given, zone)
    return {
        "zone": zone,
        "from": str(plan.dates[0]),
        "days": len(plan.dates),
        "interval_min": plan.interval,
        "rules": {**asdict(plan.rules), "since": str(plan.rules.since)},
        "patterns": [asdict(pattern) for pattern in plan.patterns],
        "people": [_person(plan, person, clock) for person in plan.people],
        "shifts": [_shift(one, clock) for one in found.given],
        "released": [],
        "need": [
            {"start": clock(slot * plan.interval), "need": float(need), "there": round(float(here), 3)}
            for slot, (need, here) in enumerate(zip(plan.required, there, strict=True))
            if need or here
        ],
        "summary": {**summary(found), "cost": sum(money.values())},
        "cost": money,
    }


class Clock:
    """From minutes of the plan to moments."""

    def __init__(self, plan: Plan, zone: str) -> None:
        self._zero = datetime.combine(plan.dates[0], datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)

    def __call__(self, minutes: int) -> str:
        return self.at(minutes).strftime(STAMP)

    def at(self, minutes: int) -> datetime:
        return self._zero + timedelta(minutes=minutes)


def _person(plan: Plan, person: Person, clock: Clock) -> dict[str, Any]:
    return {
        "id": person.id,
        "days": list(person.days),
        "max_week_min": person.max_week_minutes,
        "patterns": sorted(person.patterns),
        "away": [str(plan.dates[day]) for day in sorted(person.away)],
        "wants_free": [str(plan.dates[day]) for day in sorted(person.wants_free)],
        "earliest": person.earliest,
        "latest_end": person.latest_end,
        "free_since": clock(person.free_since),
        "days_running": person.days_running,
        "cost_per_hour": person.cost_per_hour,
        "locked": [
            {
                "date": str(plan.dates[lock.day]),
                "start": clock(lock.start),
                "end": clock(lock.end),
                "pattern": lock.pattern,
                "why": lock.why,
            }
            for lock in person.locked
            if lock.why not in (KEPT, BY_HAND)
        ],
    }


def _shift(one: Assignment, clock: Clock) -> dict[str, Any]:
    return {
        "person": one.person.id,
        "pattern": one.shift.pattern.name,
        "start": clock(one.shift.start),
        "end": clock(one.shift.end),
        "paid_min": one.shift.pattern.paid_minutes,
        "locked": any(
            lock.day == one.shift.day and lock.why != KEPT and fits(lock.pattern, (lock.start, lock.end), one.shift)
            for lock in one.person.locked
        ),
        "breaks": [
            {"name": pause.name, "start": clock(pause.start), "end": clock(pause.end), "paid": pause.paid}
            for pause in one.pauses
        ],
    }


def summary(found: Schedule) -> dict[str, Any]:
    """Hours needed, there, missing and spare; how sure both phases are that no better schedule exists."""
    plan = found.plan
    there = presence(plan, found.given)
    hours = plan.interval / 60
    return {
        "people": len(plan.people),
        "shifts": len(found.given),
        "needed_h": round(float(plan.required.sum()) * hours, 2),
        "there_h": round(float(there.sum()) * hours, 2),
        "missing_h": round(float(np.maximum(plan.required - there, 0).sum()) * hours, 2),
        "spare_h": round(float(np.maximum(there - plan.required, 0).sum()) * hours, 2),
        "cover_gap": round(found.cover.solved.gap, 5),
        "cover_s": round(found.cover.solved.seconds, 2),
        "roster_gap": round(found.roster.solved.gap, 5),
        "roster_s": round(found.roster.solved.seconds, 2),
        "wishes_kept": _wishes(found),
    }


def _wishes(found: Schedule) -> float | None:
    wishes = [(person.id, day) for person in found.plan.people for day in person.wants_free - person.away]
    worked = {(one.person.id, one.shift.day) for one in found.given}
    return round(sum(wish not in worked for wish in wishes) / len(wishes), 3) if wishes else None


def interval_starts(plan: Plan, zone: str) -> list[str]:
    """When each interval of the plan begins, as local clocks show it: 2026-03-02T08:30."""
    clock, place = Clock(plan, zone), ZoneInfo(zone)
    moments = (clock.at(slot * plan.interval) for slot in range(len(plan.required)))
    return [f"{moment.astimezone(place):%Y-%m-%dT%H:%M}" for moment in moments]


def cost(plan: Plan, given: Iterable[Assignment], zone: str) -> Mapping[str, int]:
    """Minor units a person: paid minutes, and the extra for those between the hours of the night."""
    place = ZoneInfo(zone)
    clock = Clock(plan, zone)
    totals: dict[str, float] = {person.id: 0.0 for person in plan.people}
    for one in given:
        unpaid = [(pause.start, pause.end) for pause in one.pauses if not pause.paid]
        night = 0
        for minute in range(one.shift.start, one.shift.end, 5):
            hour = clock.at(minute).astimezone(place).hour
            at_night = hour >= plan.rules.night_from_h or hour < plan.rules.night_to_h
            night += 5 * (at_night and not any(start <= minute < end for start, end in unpaid))
        paid = one.shift.pattern.paid_minutes + night * plan.rules.night_extra
        totals[one.person.id] += paid * one.person.cost_per_hour / 60
    return {name: round(total) for name, total in totals.items()}


def keep(
    plan: Plan, before: Mapping[str, Any], people: Iterable[str] | None = None, *, only_locked: bool = False
) -> Plan:
    """The plan with an earlier schedule's shifts locked (of these people, or of all): re-optimise around them.

    With `only_locked` just those that somebody locked."""
    chosen = set(people) if people is not None else {person.id for person in plan.people}
    zero = datetime.combine(plan.dates[0], datetime.min.time(), ZoneInfo(str(before["zone"]))).timestamp()
    locks: dict[str, list[Locked]] = {}
    starts: dict[int, tuple[int, Shift]] = {s.start: (s.day, s) for day in plan.shifts for s in day}
    for row in before["shifts"]:
        at = round((datetime.fromisoformat(row.get("agreed", row)["start"]).timestamp() - zero) / 60)
        why = BY_HAND if row.get("locked") else KEPT
        if row["person"] in chosen and at in starts and (row.get("locked") or not only_locked):
            locks.setdefault(row["person"], []).append(Locked(starts[at][0], at, at, row["pattern"], why))
    return replace(
        plan,
        people=tuple(replace(person, locked=(*person.locked, *locks.get(person.id, ()))) for person in plan.people),
    )
