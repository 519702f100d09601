"""Which trunk is tried first, which is left out, and what is said of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.domain.choosing import (
    Candidate,
    Decision,
    Measured,
    Policy,
    Rules,
    Why,
    believed,
    below_floor,
    choose,
)

pytestmark = pytest.mark.domain

CHEAP = Candidate("t1", 1, "a", "Alpha", 450_000, price="0.45 UAH/min")
DEAR = Candidate("t2", 0, "b", "Beta", 900_000, price="0.9 UAH/min")
UNPRICED = Candidate("t3", 2)


def trunks(decision: Decision) -> list[str]:
    return [one.candidate.trunk for one in decision.order]


def with_quality(candidate: Candidate, **measured: float) -> Candidate:
    made = Measured(**{"attempts": 20, "answered": 15, "rang": 20, "heard": 15, **measured})  # type: ignore[arg-type]
    return Candidate(
        candidate.trunk, candidate.place, candidate.carrier, candidate.name, candidate.cost, made,
        price=candidate.price,
    )  # fmt: skip


@pytest.mark.clause("C01")
def test_the_cheapest_is_first_and_what_has_no_price_is_last() -> None:
    assert trunks(choose([UNPRICED, DEAR, CHEAP], Rules())) == ["t1", "t2", "t3"]


@pytest.mark.clause("C02")
@pytest.mark.parametrize(
    ("limits", "bad", "why"),
    [
        ({"min_asr": 40}, {"answered": 6}, "ASR 30 % < 40 %"),
        ({"max_pdd_ms": 3000}, {"pdd_ms": 3001}, "PDD 3.0 s > 3.0 s"),
        ({"min_mos": 3.6}, {"mos": 3.2}, "MOS 3.20 < 3.60"),
        ({"max_loss": 0.01}, {"loss": 0.05}, "loss 5.0 % > 1.0 %"),
    ],
)
def test_below_the_floor_the_other_has_the_call_unless_only_cost_counts(
    limits: dict[str, float], bad: dict[str, float], why: str
) -> None:
    offers = [with_quality(CHEAP, **bad), with_quality(DEAR)]
    decision = choose(offers, Rules(Policy.GOOD_ENOUGH, **limits))  # type: ignore[arg-type]
    assert trunks(decision) == ["t2"]
    (out,) = decision.left_out
    assert (out.left_out, out.why) == (Why.QUALITY, f"Alpha at 0.45 UAH/min left out: {why}")
    assert trunks(choose(offers, Rules(Policy.COST, **limits))) == ["t1", "t2"]  # type: ignore[arg-type]


def test_the_limit_itself_passes() -> None:
    known = believed(Measured(10, 4, 2000, 10, 3.5, 0.02, 10), 10)
    rules = Rules(Policy.GOOD_ENOUGH, min_asr=40, max_pdd_ms=2000, min_mos=3.5, max_loss=0.02)
    assert below_floor(known, rules) == ""


def test_too_few_calls_say_nothing() -> None:
    few = Candidate("t1", 1, "a", "Alpha", 1, Measured(9, 0, 9_000, 9, 1.0, 1.0, 9))
    assert trunks(choose([few, DEAR], Rules(Policy.QUALITY, min_asr=90, min_mos=4.0))) == ["t1", "t2"]


def test_poor_sound_is_better_than_none() -> None:
    bad = [with_quality(CHEAP, answered=1), with_quality(DEAR, answered=2)]
    decision = choose(bad, Rules(Policy.GOOD_ENOUGH, min_asr=50))
    assert (trunks(decision), decision.left_out) == (["t1", "t2"], ())
    assert decision.order[0].why.endswith("left out: ASR 5 % < 50 %; nothing better is left")


def test_best_quality_and_of_equals_the_cheapest() -> None:
    good, fair = with_quality(DEAR, mos=4.3), with_quality(CHEAP, mos=3.9)
    decision = choose([fair, good], Rules(Policy.QUALITY))
    assert trunks(decision) == ["t2", "t1"]
    assert decision.order[0].why == "Beta at 0.9 UAH/min, ASR 75 %, MOS 4.3"
    equal = with_quality(CHEAP, mos=4.31)
    assert trunks(choose([good, equal], Rules(Policy.QUALITY))) == ["t1", "t2"]


def test_nobody_sells_below_cost_where_that_is_forbidden() -> None:
    wholesale = Candidate("t1", 0, "a", "Alpha", 500_001, may_lose=True)
    agency = Candidate("t2", 1, "b", "Beta", 900_000)
    rules = Rules(never_at_loss=True)
    decision = choose([wholesale, agency], rules, sell=500_000)
    assert (trunks(decision), [one.left_out for one in decision.left_out]) == (["t2"], [Why.LOSS])
    assert trunks(choose([wholesale], rules, sell=500_001)) == ["t1"]
    assert trunks(choose([wholesale], rules)) == ["t1"], "nobody loses service because no price is known"
    assert trunks(choose([wholesale], Rules(), sell=1)) == ["t1"]


@pytest.mark.clause("C04")
def test_without_consent_no_carrier_learns_who_calls() -> None:
    direct = Candidate("t1", 0, "a", "Alpha", 1, lacks_consent=True)
    decision = choose([direct, DEAR], Rules())
    assert (trunks(decision), [one.left_out for one in decision.left_out]) == (["t2"], [Why.CONSENT])


measures = st.builds(
    Measured,
    attempts=st.integers(0, 50), answered=st.integers(0, 50), pdd_ms=st.none() | st.integers(0, 9000),
    rang=st.integers(0, 50), mos=st.none() | st.floats(1, 4.5), loss=st.none() | st.floats(0, 1),
    heard=st.integers(0, 50),
)  # fmt: skip
candidates = st.lists(
    st.tuples(st.none() | st.integers(0, 3), measures, st.booleans(), st.booleans()), min_size=1, max_size=8
).map(
    lambda drawn: [
        Candidate(f"t{n}", n, "c" if cost is not None else "", "", cost, measured, lacks, may)
        for n, (cost, measured, lacks, may) in enumerate(drawn)
    ]
)
rules = st.builds(
    Rules,
    policy=st.sampled_from(Policy), min_asr=st.integers(0, 100), max_pdd_ms=st.integers(0, 9000),
    min_mos=st.floats(0, 4.5), max_loss=st.floats(0, 1), never_at_loss=st.booleans(), min_calls=st.integers(1, 50),
)  # fmt: skip


@given(candidates, rules, st.none() | st.integers(0, 3), st.randoms(use_true_random=False))
def test_a_decision_is_whole_stable_and_keeps_the_floor(
    offers: list[Candidate], rule: Rules, sell: int | None, chance: object
) -> None:
    decision = choose(offers, rule, sell)
    tried, out = trunks(decision), [one.candidate.trunk for one in decision.left_out]
    assert sorted(tried + out) == sorted(one.trunk for one in offers), "each is tried or left out, once"
    shuffled = list(offers)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(shuffled, rule, sell) == decision
    priced = [one.candidate.cost is not None for one in decision.order]
    assert priced == sorted(priced, reverse=True), "what has no price comes last"
    broken = {one.trunk: below_floor(believed(one.measured, rule.min_calls), rule) for one in offers}
    if rule.policy is Policy.COST:
        assert Why.QUALITY not in {one.left_out for one in decision.left_out}
    elif any(not broken[trunk] for trunk in tried):
        assert not any(broken[trunk] for trunk in tried)
    if not tried:
        assert {one.left_out for one in decision.left_out} <= {Why.CONSENT, Why.LOSS}
    if rule.policy is not Policy.QUALITY:
        costs = [one.candidate.cost for one in decision.order if one.candidate.cost is not None]
        assert costs == sorted(costs)
