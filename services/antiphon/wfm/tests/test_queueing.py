"""Erlang B, C and A: reference values to 40 digits, limits, monotony, and agreement with the simulator's formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.wfm.domain.queueing import erlang_a, erlang_b, erlang_c

pytestmark = pytest.mark.domain

agents = st.integers(1, 300)
loads = st.floats(0.01, 400)
ahts = st.floats(5, 3000)
patiences = st.floats(1, 5000)
targets = st.floats(0, 600)


def recursion(n: int, load: float) -> float:
    inverse = 1.0
    for k in range(1, n + 1):
        inverse = 1.0 + inverse * k / load
    return 1 / inverse


@given(agents, loads)
def test_b_is_the_recursion(n: int, load: float) -> None:
    assert erlang_b(n, load) == pytest.approx(recursion(n, load), rel=1e-10, abs=1e-280)


@given(st.floats(0, 300), loads)
def test_b_of_real_agents_keeps_the_recursion(n: float, load: float) -> None:
    before, after = float(erlang_b(n, load)), float(erlang_b(n + 1, load))
    assert after == pytest.approx(load * before / (n + 1 + load * before), rel=1e-9, abs=1e-280)


@given(st.floats(0.1, 300), loads, st.floats(0.01, 20))
def test_b_falls_with_agents_and_grows_with_load(n: float, load: float, more: float) -> None:
    assert erlang_b(n + more, load) <= erlang_b(n, load) * (1 + 1e-12)
    assert erlang_b(n, load + more) >= erlang_b(n, load) * (1 - 1e-12)


@given(agents, loads)
def test_c_from_b(n: int, load: float) -> None:
    """C = B ÷ (1 − ρ(1 − B)), and more wait than would be lost."""
    waits, b = float(erlang_c(n, load, 180).p_wait), float(erlang_b(n, load))
    if n <= load:
        assert waits == 1.0
    else:
        assert waits == pytest.approx(b / (1 - load / n * (1 - b)), rel=1e-9, abs=1e-280)
        assert waits >= b * (1 - 1e-12)


@given(st.floats(0.5, 200), loads, ahts, targets, st.floats(0.01, 5))
def test_c_is_monotone(n: float, load: float, aht: float, target: float, more: float) -> None:
    here = erlang_c(n, load, aht, target)
    better, worse = erlang_c(n + more, load, aht, target), erlang_c(n, load + more, aht, target)
    assert better.service_level >= here.service_level - 1e-12
    assert worse.service_level <= here.service_level + 1e-12
    assert erlang_c(n, load, aht, target + 1).service_level >= here.service_level
    assert better.asa_s <= here.asa_s <= worse.asa_s


@settings(deadline=None, max_examples=40)
@given(agents, loads, ahts, patiences, targets)
def test_a_is_monotone(n: int, load: float, aht: float, patience: float, target: float) -> None:
    here = erlang_a(n, load, aht, patience, target)
    more, busier = erlang_a(n + 1, load, aht, patience, target), erlang_a(n, load * 1.1, aht, patience, target)
    patient = erlang_a(n, load, aht, patience * 1.3, target)
    assert more.p_abandon <= here.p_abandon + 1e-10
    assert more.service_level >= here.service_level - 1e-10
    assert busier.p_abandon >= here.p_abandon - 1e-10
    assert busier.service_level <= here.service_level + 1e-10
    assert patient.p_abandon <= here.p_abandon + 1e-10
    assert patient.p_wait >= here.p_wait - 1e-10
    assert all(0 <= float(share) <= 1 for share in here[:3])


@settings(deadline=None, max_examples=40)
@given(agents, loads, ahts, patiences)
def test_a_balances(n: int, load: float, aht: float, patience: float) -> None:
    """Who is not served has given up: P(abandon) = 1 − busy agents ÷ load, by the state probabilities."""
    found = erlang_a(n, load, aht, patience)
    states = np.arange(1, n + int(20 * (load * patience / aht + load + 30)))
    deaths = np.minimum(states, n) + np.maximum(states - n, 0) * aht / patience
    logs = np.concatenate([[0.0], np.cumsum(np.log(load / deaths))])
    shares = np.exp(logs - np.logaddexp.reduce(logs))
    busy = float(shares @ np.minimum(np.arange(len(shares)), n))
    assert found.p_abandon == pytest.approx(1 - busy / load, abs=1e-9)
    assert found.p_wait == pytest.approx(float(shares[n:].sum()), abs=1e-9)


@pytest.mark.parametrize(("n", "load"), [(14, 10.0), (11, 10.0), (3, 2.5), (240, 230.0), (9, 10.0), (5, 20.0)])
def test_a_becomes_c_with_patience_and_b_without(n: int, load: float) -> None:
    c, b = erlang_c(n, load, 180, 20), erlang_b(n, load)
    for patience in (1e10, 1e13, 1e17, np.inf):
        a = erlang_a(n, load, 180, patience, 20)
        assert a.p_wait == pytest.approx(c.p_wait, abs=1e-5)
        assert a.service_level == pytest.approx(c.service_level, abs=1e-5)
        if patience < 1e15:
            assert a.p_abandon == pytest.approx(max(0.0, 1 - n / load), abs=1e-5)
    for patience in (1e-6, 0.0):
        a = erlang_a(n, load, 180, patience, 20)
        assert a.p_abandon == pytest.approx(b, abs=1e-5)
        assert a.service_level == pytest.approx(1 - b, abs=1e-5)


@pytest.mark.parametrize(
    ("n", "load", "within"),
    [(0, 0.0, (1.0, 0.0)), (5, 0.0, (0.0, 1.0)), (5, 1e-9, (0.0, 1.0)), (100_000, 1e6, (1.0, 0.0))],
)
def test_nothing_and_far_too_much(n: int, load: float, within: tuple[float, float]) -> None:
    blocked, level = within
    expected = blocked if load < 1e6 else 0.9
    assert erlang_b(n, load) == pytest.approx(expected, abs=1e-6)
    c = erlang_c(n, load, 180, 20)
    a = erlang_a(n, load, 180, 120, 20)
    assert np.isfinite(np.array([a.p_wait, a.p_abandon, a.service_level])).all()
    if load:
        assert c.service_level == pytest.approx(level, abs=1e-6)
        assert a.p_abandon == pytest.approx(0.9 if load == 1e6 else 0.0, abs=1e-6)


def test_huge_and_tiny_loads_keep_their_digits() -> None:
    assert erlang_b(1_000_000, 1e6) == pytest.approx(1 / (np.sqrt(np.pi * 1e6 / 2) + 2 / 3), rel=1e-6)
    assert erlang_b(1, 1e-12) == pytest.approx(1e-12, rel=1e-12)
    assert erlang_c(1e6 + 3000, 1e6, 180, 20).service_level > 0.99


def test_arrays_broadcast() -> None:
    found = erlang_a(np.arange(8, 15)[:, None], np.array([8.0, 10.0]), 180, 120, 20)
    assert found.service_level.shape == (7, 2)
    assert float(found.service_level[4, 1]) == pytest.approx(0.82558264, abs=1e-6)
