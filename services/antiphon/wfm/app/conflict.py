"""Why there is no schedule: the least set of rules that contradict each other, person by person.

People are bound together only by what is wished for (cover, fairness), never by what must be; so if no schedule keeps
the rules, there is a person for whom none does. His rules are left out one by one: one without which it is still
impossible was not part of the conflict (deletion filter, J. Chinneck & E. Dravnieks 1991).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from antiphon.wfm.app.program import Effort, Program
from antiphon.wfm.app.rostering import AWAY, DAYS_A_WEEK, EVERY_RULE, LOCKED, RUNNING, WEEKLY_REST, person_rows
from antiphon.wfm.domain.plan import Person, Plan

TRIES = Effort(seconds=10.0, gap=1.0)


@dataclass(frozen=True, slots=True)
class Conflict:
    """These rules cannot all be kept for this person; any one less, and it would do."""

    person: str
    rules: tuple[str, ...]
    words: str


def conflicts(plan: Plan) -> Iterator[Conflict]:
    """Of everybody for whom the rules contradict each other."""
    for person in plan.people:
        if _possible(plan, person, frozenset(EVERY_RULE)):
            continue
        needed = list(EVERY_RULE)
        for rule in EVERY_RULE:
            rest = frozenset(needed) - {rule}
            if not _possible(plan, person, rest):
                needed.remove(rule)
        yield Conflict(person.id, tuple(needed), _words(plan, person, needed))


def _possible(plan: Plan, person: Person, active: frozenset[str]) -> bool:
    program = Program()
    person_rows(program, plan, person, active)
    return not program.solve("explaining", TRIES).infeasible


def _words(plan: Plan, person: Person, rules: list[str]) -> str:
    return f"{person.id}: " + " against ".join(_say(plan, person, rule) for rule in rules)


def _say(plan: Plan, person: Person, rule: str) -> str:
    match rule:
        case _ if rule == DAYS_A_WEEK:
            return f"{rule} (at least {person.days[0]})"
        case _ if rule == AWAY:
            return f"{rule} ({', '.join(str(plan.dates[day]) for day in sorted(person.away))})"
        case _ if rule == LOCKED:
            return f"{rule} ({', '.join(f'{plan.dates[lock.day]}: {lock.why}' for lock in person.locked)})"
        case _ if rule == WEEKLY_REST:
            return f"{rule} ({plan.rules.weekly_rest_h:g} h)"
        case _ if rule == RUNNING:
            return f"{rule} (at most {plan.rules.max_days_running}, {person.days_running} before the plan)"
        case _:
            return rule
