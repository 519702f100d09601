"""Black and white lists (clause A10): who is refused, by which list, in which order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.routing.domain.lists import Callers, Kind, Rule, Scope, screen
from antiphon.routing.domain.reasons import Outcome, Reason

pytestmark = [pytest.mark.domain, pytest.mark.clause("A10")]

NUMBER = "+380443902020"
UK, CALLER = "+441234567890", "+380671234567"


def callers(text: str) -> Callers:
    name, *patterns = text.split()
    return Callers(name, frozenset(patterns))


def rule(text: str) -> Rule:
    """`block tenant spam +44*` or `allow_only number:+380… clients +380*`."""
    kind, guarded, rest = text.split(maxsplit=2)
    scope, _, target = guarded.partition(":")
    return Rule(Kind(kind), callers(rest), Scope(scope), target)


@pytest.mark.parametrize(
    ("rules", "caller", "why", "decided_by"),
    [
        ([], CALLER, None, ""),
        (["block tenant spam +380671234567"], CALLER, Outcome.BLOCKED_CALLER, "spam"),
        (["block tenant spam +380671234567"], UK, None, ""),
        (["block tenant spam +44*"], UK, Outcome.BLOCKED_CALLER, "spam"),
        (["block number:+380443902020 spam +44*"], UK, Outcome.BLOCKED_CALLER, "spam"),
        (["block number:+380440000000 spam +44*"], UK, None, ""),
        (["block person:lara spam +44*"], UK, Outcome.BLOCKED_CALLER, "spam"),
        (["block person:igor spam +44*"], UK, None, ""),
        (["allow_only tenant clients +380*"], CALLER, None, "clients"),
        (["allow_only tenant clients +380*"], UK, Outcome.UNLISTED_CALLER, "clients"),
        (["allow_only tenant clients *"], "", Outcome.UNLISTED_CALLER, "clients"),
        (["allow_only tenant a +380*", "allow_only tenant b +44*"], UK, None, "b"),
        (["allow_only tenant a +380*", "allow_only person:lara b +44*"], UK, Outcome.UNLISTED_CALLER, "a"),
        (["allow_only person:lara b +44*", "allow_only tenant a +380*"], CALLER, Outcome.UNLISTED_CALLER, "b"),
        (["allow_only tenant a +380*", "block tenant spam +38067*"], CALLER, Outcome.BLOCKED_CALLER, "spam"),
        (["block tenant nobody hidden"], "", Outcome.BLOCKED_CALLER, "nobody"),
        (["block tenant nobody hidden"], CALLER, None, ""),
        (["block tenant everybody *"], "", Outcome.BLOCKED_CALLER, "everybody"),
        (["block tenant foreign +44*"], "", None, ""),
        (["block tenant bots telegram:66*"], "telegram:6612", Outcome.BLOCKED_CALLER, "bots"),
    ],
)
def test_a_caller_is_screened(rules: list[str], caller: str, why: Reason | None, decided_by: str) -> None:
    screening = screen(caller, [rule(text) for text in rules], number=NUMBER, person="lara")

    assert (screening.admitted, screening.why, screening.list_id) == (why is None, why, decided_by)


def test_a_rule_for_a_person_does_not_count_before_a_person_is_rung() -> None:
    assert screen(UK, [rule("block person:lara spam +44*")], number=NUMBER).admitted


def test_a_rule_that_guards_nothing_in_particular_guards_nothing() -> None:
    assert screen(UK, [Rule(Kind.BLOCK, callers("spam *"), scope) for scope in (Scope.NUMBER, Scope.PERSON)]).admitted


def test_the_most_exact_pattern_is_named() -> None:
    assert callers("x * +380* +38067* +380671234567").matching(CALLER) == CALLER
    assert callers("x * +380* +38067*").matching(CALLER) == "+38067*"
    assert callers("x *").matching(CALLER) == "*"


PHONES = st.text("0123456789", min_size=1, max_size=6).map("+".__add__)
PATTERNS = st.frozensets(PHONES | PHONES.map(lambda phone: phone + "*"), max_size=6)


@given(PHONES, PATTERNS)
def test_matching_agrees_with_reading_the_list_from_top_to_bottom(caller: str, patterns: frozenset[str]) -> None:
    by_hand = any(
        caller.startswith(pattern[:-1]) if pattern.endswith("*") else caller == pattern for pattern in patterns
    )
    assert (Callers("x", patterns).matching(caller) is not None) == by_hand


@given(PHONES, PATTERNS, PATTERNS)
def test_a_black_list_always_wins_over_a_white_one(caller: str, black: frozenset[str], white: frozenset[str]) -> None:
    rules = [Rule(Kind.ALLOW_ONLY, Callers("w", white)), Rule(Kind.BLOCK, Callers("b", black))]
    if Callers("b", black).matching(caller):
        assert screen(caller, rules).why is Outcome.BLOCKED_CALLER
    else:
        assert screen(caller, rules).admitted == (Callers("w", white).matching(caller) is not None)
