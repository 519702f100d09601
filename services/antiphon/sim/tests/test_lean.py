"""The lean path and the real core meet the same customers, and agree to the millisecond."""

from dataclasses import replace

import pytest

from antiphon.sim import lean
from antiphon.sim.centre import Centre
from antiphon.sim.chance import FOR_EVER, NOTHING, Duration, Shape
from antiphon.sim.loading import load
from antiphon.sim.reading import BadScenario
from antiphon.sim.scenario import HOUR, MINUTE, SECOND, Bursts, Scenario
from antiphon.sim.tests.places import place

pytestmark = pytest.mark.domain


def busy(shape: Shape, patience: Duration, wrap_up: Duration) -> Scenario:
    quiet = place(agents=9, warm_up_ms=20 * MINUTE, lasts_ms=4 * HOUR, interval_ms=HOUR)
    demand = replace(
        quiet.demands[0],
        profile=(150.0, 260.0, 200.0, 90.0),
        interval_ms=HOUR,
        handling=Duration(shape, 150 * SECOND, 0.7),
        patience=patience,
        wrap_up=wrap_up,
        variation=0.1,
        bursts=Bursts(3, 0.1, 5 * MINUTE),
    )
    return replace(quiet, demands=(demand,), teams=(replace(quiet.teams[0], pace=1.1),))


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("shape", "patience", "wrap_up"),
    [
        (Shape.EXPONENTIAL, Duration(Shape.EXPONENTIAL, 90 * SECOND), NOTHING),
        (Shape.LOGNORMAL, FOR_EVER, Duration(Shape.EXPONENTIAL, 20 * SECOND)),
        (Shape.GAMMA, Duration(Shape.DETERMINISTIC, 60 * SECOND), Duration(Shape.DETERMINISTIC, 10 * SECOND)),
    ],
)
def test_both_paths_agree_to_the_millisecond(shape: Shape, patience: Duration, wrap_up: Duration, seed: int) -> None:
    scenario = busy(shape, patience, wrap_up)
    line = lean.run(scenario, seed)
    outcome = Centre(scenario, seed).run()
    (cell,) = outcome.cells.values()
    assert line.answered > 300
    assert (line.contacts, line.counted) == (outcome.contacts, cell.offered)
    assert (line.answered, line.abandoned, line.in_time) == (cell.answered, cell.abandoned, cell.in_time)
    assert (line.waited_ms, line.worked_ms) == (cell.waited_ms, cell.talk_ms + cell.wrap_ms)


def test_what_needs_the_core_is_refused() -> None:
    with pytest.raises(BadScenario, match="leave --lean out") as caught:
        lean.run(load("blended"), 1)
    assert caught.value.facts["key"] == "demand"
