"""Days side by side: strategies meet the same customers, and parts add up to the whole."""

from dataclasses import replace

import pytest

from antiphon.sim.loading import load
from antiphon.sim.scenario import HOUR, QueuePlan, Scenario
from antiphon.sim.study import MEASURES, Contender, compare, replicate

pytestmark = pytest.mark.domain

COUNTS = ("offered", "answered", "abandoned", "turned_away", "unserved", "retries")


@pytest.fixture(scope="module")
def day() -> Scenario:
    """A day of the voice example, shortened, on which the strategy is switched at eleven and at one."""
    scenario = load("voice_80_20")
    (queue,) = scenario.queues
    changes = ((3 * HOUR, "sequential"), (5 * HOUR, "longest_idle"))
    return replace(scenario, queues=(replace(queue, changes=changes),), lasts_ms=7 * HOUR)


@pytest.fixture(scope="module")
def contenders(day: Scenario) -> list[Contender]:
    return compare(day, ["longest_idle", "sequential"], 4)


@pytest.mark.clause("D08")
def test_contacts_are_split_by_the_strategy_in_force_when_they_came_and_total_to_all(day: Scenario) -> None:
    study = replicate(day, 2)
    *parts, whole = study.by_strategy()
    assert [part.strategy for part in parts] == ["longest_idle", "sequential"]
    for name in COUNTS:
        assert sum(part.figures[name].mean for part in parts) == pytest.approx(whole.figures[name].mean)
    came = sum(span.offered for outcome in study.outcomes for span in outcome.spans)
    assert whole.figures["offered"].mean == pytest.approx(came / 2)
    switched = sum(span.offered for outcome in study.outcomes for span in outcome.spans[6:10])
    assert parts[1].figures["offered"].mean == pytest.approx(switched / 2)
    for part in parts:
        for name in ("answer_rate", "asa_s", "aht_s", "conversion"):
            assert part.figures[name].mean > 0


@pytest.mark.clause("D08")
def test_strategies_are_compared_on_the_same_customers(contenders: list[Contender]) -> None:
    longest_idle, sequential = contenders
    offered = [[o.spans[n].offered for o in c.study.outcomes for n in range(14)] for c in (longest_idle, sequential)]
    assert offered[0] == offered[1]
    assert set(MEASURES) <= set(sequential.differences)
    assert sequential.differences["spread"].low > 0  # the first in the list carry most of the work
    assert sequential.differences["aht_s"].high < 0  # and here they are the quick ones
    assert sequential.differences["conversion"].mean > 0  # who sell more
    assert all(value.mean == 0 for value in longest_idle.differences.values())


def test_the_same_days_make_differences_narrower_than_the_strategies(contenders: list[Contender]) -> None:
    _, sequential = contenders
    assert sequential.differences["conversion"].half < sequential.figures["conversion"].half


def test_a_strategy_replaces_whatever_was_planned(day: Scenario) -> None:
    other = day.with_strategy("round_robin")
    assert other.queues == (QueuePlan("Support", "round_robin", day.queues[0].target),)


def test_the_total_counts_each_agent_once() -> None:
    study = replicate(load("blended"), 1)
    rows = study.rows()
    total = rows[-1]
    assert total.figures["offered"].mean == sum(row.figures["offered"].mean for row in rows[:-1])
    assert total.figures["occupancy"].mean == pytest.approx(study.occupancy().mean)
    assert total.figures["occupancy"].mean <= 1


def test_several_processes_live_through_the_same_days(day: Scenario) -> None:
    short = replace(day, lasts_ms=HOUR)
    assert replicate(short, 2, jobs=2).rows() == replicate(short, 2).rows()
