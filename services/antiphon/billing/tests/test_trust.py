"""Controls: what is missing, doubled or altered is named, and honest data raise no alarm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.domain.calc import calculate

pytestmark = pytest.mark.domain


def ask(kind: str, **given: Any) -> dict[str, Any]:
    return calculate({"kind": kind, "input": given})


@given(st.integers(0, 50), st.integers(0, 30), st.data())
@pytest.mark.clause("K01")
@pytest.mark.clause("K02")
def test_every_fault_in_a_batch_is_named(first: int, count: int, data: st.DataObject) -> None:
    whole: list[dict[str, Any]] = [
        {"seq": first + number, "id": f"c{number}", "seconds": number * 7} for number in range(count)
    ]
    seqs = [record["seq"] for record in whole]
    few: st.SearchStrategy[set[int]] = st.sets(st.sampled_from(seqs), max_size=3) if seqs else st.just(set())
    lost, doubled, forged = data.draw(few), data.draw(few), data.draw(few)
    records = [record for record in whole if record["seq"] not in lost]
    records += [dict(record) for record in whole if record["seq"] in doubled - lost]
    records += [record | {"id": "other"} for record in whole if record["seq"] in forged - lost]
    header = {"count": count, "seconds": sum(record["seconds"] for record in whole)}
    header |= {"first_seq": first, "last_seq": first + count - 1, "prev_last": first - 1} if count and first else {}
    told = ask("completeness", sources=[{"name": "sbc", "header": header, "records": records}])["sbc"]
    gaps = sorted(lost) if "first_seq" in header else [seq for seq in sorted(lost) if _inside(seq, set(seqs) - lost)]
    assert told["gaps"] == gaps
    assert told["duplicates"] == sorted(doubled - lost)
    assert told["conflicts"] == sorted(forged - lost)
    assert told["control_ok"] == (not lost and not forged)


def _inside(seq: int, kept: set[int]) -> bool:
    return bool(kept) and min(kept) < seq < max(kept)


@pytest.mark.clause("K01")
def test_a_gap_between_two_batches_is_a_gap() -> None:
    header = {"count": 1, "seconds": 0, "first_seq": 9, "last_seq": 9, "prev_last": 6}
    told = ask("completeness", sources=[{"name": "s", "header": header, "records": [{"seq": 9, "id": "a"}]}])
    assert told["s"]["gaps"] == [7, 8]


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 100)))
@pytest.mark.clause("K03")
def test_equal_sources_raise_no_alarm(calls: dict[str, int]) -> None:
    listed = [{"id": name, "seconds": seconds} for name, seconds in calls.items()]
    told = ask("reconcile", sip=listed, rtp=listed, billing=listed)
    assert told.pop("ok") == sorted(calls)
    assert not any(told.values())


@pytest.mark.clause("K07")
def test_each_call_has_one_finding_the_first() -> None:
    told = ask(
        "reconcile",
        sip=[{"id": "billed wrong and silent", "seconds": 9}, {"id": "longer", "seconds": 10}],
        rtp=[{"id": "longer", "seconds": 13}, {"id": "phantom", "seconds": 1}],
        billing=[{"id": "billed wrong and silent", "seconds": 8}, {"id": "longer", "seconds": 10}],
        tolerance_s=2,
    )
    assert told["billed_mismatch"] == ["billed wrong and silent"]
    assert (told["media_mismatch"], told["missing_in_sip"]) == (["longer"], ["phantom"])


def attempt(t: int, **change: Any) -> dict[str, Any]:
    return {"t": t, "seconds": 10, "cls": "n", "cost": "0"} | change


def verdicts(limits: dict[str, Any], *attempts: dict[str, Any]) -> list[str]:
    return list(ask("fraud", limits=limits, calls=list(attempts))["verdicts"])


def test_a_call_that_ends_now_is_no_longer_live() -> None:
    told = verdicts({"concurrent": 1}, attempt(0), attempt(9), attempt(10))
    assert told == ["allow", "block:concurrent", "allow"]


def test_dear_calls_are_counted_among_dear_calls() -> None:
    told = verdicts(
        {"high_per_hour": 1}, attempt(0, cls="high"), attempt(1), attempt(2, cls="high"), attempt(3600, cls="high")
    )
    assert told == ["allow", "allow", "block:high_cost", "allow"]


def test_a_new_day_is_a_new_budget() -> None:
    told = verdicts({"cost_per_day": "2"}, attempt(86_000, cost="2"), attempt(86_399), attempt(86_400))
    assert told == ["allow", "block:daily_cost", "allow"]


@pytest.mark.clause("C07")
def test_a_blocked_direction_speaks_first() -> None:
    told = verdicts({"concurrent": 0, "cpm": 0}, attempt(0, cls="blocked"), attempt(0))
    assert told == ["block:direction", "block:concurrent"]


@pytest.mark.clause("J05")
@pytest.mark.parametrize(
    ("frm", "to", "answer"),
    [
        ("2026-11-20", "2026-11-20", {"ok": True, "days": 1}),
        ("2026-05-20", "2026-05-30", {"ok": False, "reason": "too_old", "earliest": "2026-05-21"}),
        ("2026-11-20", "2026-11-19", {"ok": False, "reason": "empty"}),
        ("2020-01-01", "2026-11-21", {"ok": False, "reason": "not_past"}),
    ],
)
def test_which_days_may_be_asked_for(frm: str, to: str, answer: dict[str, Any]) -> None:
    assert ask("itemised", today="2026-11-21", frm=frm, to=to) == answer


def route(name: str, asr: object, rate: str, **of_rate: Any) -> dict[str, Any]:
    return {"id": name, "asr": asr, "rate": {"groups": [{"start": 0, "rate": rate, "per": 60, "inc": 1}]} | of_rate}


@pytest.mark.clause("C01")
@pytest.mark.clause("C02")
def test_carriers_by_cost_or_by_quality() -> None:
    routes = [route("cheap", 30, "0.10"), route("good", "80.5", "0.40"), route("fair", 60, "0.20")]
    asked = {"routes": routes, "seconds": 60, "sell": None}
    assert ask("lcr", strategy="lcr", **asked)["order"] == ["cheap", "fair", "good"]
    assert ask("lcr", strategy="bqr", **asked)["order"] == ["good", "fair", "cheap"]
    assert ask("lcr", strategy="lcr", min_asr=50, **asked)["order"] == ["fair", "good"]
    assert ask("lcr", strategy="bqr", **asked | {"sell": "0.2"})["order"] == ["fair", "cheap"]
    assert ask("lcr", strategy="bqr", max_cost="0.1", **asked)["order"] == ["cheap"]


def test_equal_routes_are_ordered_by_name() -> None:
    routes = [route("b", 50, "0.1"), route("a", 50, "0.1")]
    assert ask("lcr", strategy="bqr", routes=routes, seconds=1)["order"] == ["a", "b"]
