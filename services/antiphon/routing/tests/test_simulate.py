"""The "check the path" panel: the picture's example, and events that do not fit."""

from datetime import timedelta

import pytest

from antiphon.routing.domain.events import Ending, EnqueueEnded, Event, Input, Started, TimedOut
from antiphon.routing.domain.simulate import After, lines, simulate
from antiphon.routing.tests.examples import OFFICE_SCHEME, WORLD, caller, kyiv

pytestmark = pytest.mark.domain


def panel(start: str, *played: tuple[int, Event]) -> list[str]:
    """Lines such as `00:04 menu option {'key': '1'}` for events with their pauses in seconds."""
    events = [After(timedelta(seconds=pause), event) for pause, event in played]
    moments = simulate(OFFICE_SCHEME, caller(started_at=kyiv(start)), events, WORLD)
    return [
        f"{str(line.elapsed)[2:]} {line.node_id} {line.took or line.why} {dict(line.facts)}" for line in lines(moments)
    ]


def test_a_customer_presses_one_and_waits_a_minute() -> None:
    assert panel(
        "2026-03-04 14:32:00", (0, Started()), (4, Input(key="1")), (60, EnqueueEnded(how=Ending.TIMEOUT))
    ) == [
        "00:00 hours open {'until': '2026-03-04T18:00:00+00:00'}",
        "00:00 menu awaits_input {'attempt': 1}",
        "00:04 menu option {'key': '1'}",
        "00:04 sales awaits_queue {'queue': 'sales'}",
        "01:04 sales timeout {'queue': 'sales'}",
        "01:04 busy closed {'outcome': 'callback'}",
    ]


@pytest.mark.clause("A08")
def test_the_clock_of_the_play_decides_the_hours() -> None:
    late = panel("2026-03-04 19:59:50", (9, Started()))
    later = panel("2026-03-04 19:59:50", (10, Started()))

    assert late[-1].startswith("00:09 menu awaits_input")
    assert later[-1].startswith("00:10 later closed")


def test_what_is_ignored_is_shown_too() -> None:
    assert panel("2026-03-04 21:00:00", (0, Started()), (5, TimedOut()))[-1] == (
        "00:05 later already_ended {'event': 'TimedOut'}"
    )
