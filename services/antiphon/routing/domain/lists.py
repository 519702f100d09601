"""Black and white lists: who may reach a tenant, one of its numbers, or one person.

A pattern is an exact identity ("+380441234567", "telegram:8123") or a prefix with a star ("+380*").
Identities arrive normalised: E.164 for phones, `<channel>:<id>` elsewhere, and "" when the caller hides the
number.

Policy, in this order: any black list that applies and names the caller refuses; then every scope that has
white lists must name the caller in at least one of them. So a person's white list narrows the tenant's, and
never widens it. A hidden number is never on a white list; other lists name it by the pattern `hidden`, and
`*` names everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from antiphon.routing.domain.reasons import Outcome

HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Callers:
    """A named list of patterns. Looking up costs the length of the number, not the length of the list."""

    id: str
    patterns: frozenset[str]

    def matching(self, caller: str) -> str | None:
        """The most exact pattern that names the caller."""
        identity = caller or HIDDEN
        prefixes = (identity[:length] + "*" for length in range(len(caller), -1, -1))
        return next((pattern for pattern in (identity, *prefixes) if pattern in self.patterns), None)


class Kind(StrEnum):
    BLOCK = "block"
    ALLOW_ONLY = "allow_only"


class Scope(StrEnum):
    TENANT = "tenant"
    NUMBER = "number"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Rule:
    """One list put to use. `target` is the number or the person it guards, empty for the whole tenant."""

    kind: Kind
    callers: Callers
    scope: Scope = Scope.TENANT
    target: str = ""


@dataclass(frozen=True, slots=True)
class Screening:
    """`why` is None when admitted; `list_id` and `pattern` name what decided, if anything did."""

    admitted: bool
    why: Outcome | None = None
    scope: Scope | None = None
    list_id: str = ""
    pattern: str = ""


def screen(caller: str, rules: Sequence[Rule], *, number: str = "", person: str = "") -> Screening:
    """Whether this caller may reach the number, and the person if one is about to be rung."""
    guarded = {Scope.TENANT: "", Scope.NUMBER: number or None, Scope.PERSON: person or None}
    applying = [rule for scope in Scope for rule in rules if rule.scope is scope and rule.target == guarded[scope]]
    for rule in applying:
        pattern = rule.callers.matching(caller)
        if rule.kind is Kind.BLOCK and pattern is not None:
            return Screening(False, Outcome.BLOCKED_CALLER, rule.scope, rule.callers.id, pattern)
    return _white(caller, [rule for rule in applying if rule.kind is Kind.ALLOW_ONLY])


def _white(caller: str, rules: Sequence[Rule]) -> Screening:
    """Every scope that has white lists must name the caller; `rules` come ordered by scope."""
    admitted = Screening(True)
    for scope, guards in groupby(rules, key=lambda rule: rule.scope):
        matches = [(rule.callers.id, rule.callers.matching(caller) if caller else None) for rule in guards]
        named = next(((list_id, pattern) for list_id, pattern in matches if pattern is not None), None)
        if named is None:
            return Screening(False, Outcome.UNLISTED_CALLER, scope, matches[0][0])
        admitted = Screening(True, None, scope, *named)
    return admitted
