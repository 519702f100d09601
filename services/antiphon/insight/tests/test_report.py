"""Figures, formulas, intervals: a worked example, exact, and what must hold of any day."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.insight.domain.figures import Figure, Formula, Limits
from antiphon.insight.domain.folding import fold
from antiphon.insight.domain.interaction import Interaction
from antiphon.insight.domain.intervals import Intervals, Step
from antiphon.insight.domain.presence import Moment, State, stretches
from antiphon.insight.domain.report import Dimension, Filter, Offer, Report, is_behind
from antiphon.insight.tests.stories import NOON, story
from antiphon.kit.clock import to_millis
from antiphon.kit.errors import DomainError

pytestmark = pytest.mark.domain

HOUR = 3_600_000
KYIV = ZoneInfo("Europe/Kyiv")
LIMITS = Limits(promises={"sales": 20_000})


def day(texts: list[str], apart: int = 60_000) -> list[Interaction]:
    found = [fold(story(text, f"call:c{number}", NOON + number * apart)) for number, text in enumerate(texts)]
    return [it for it in found if it is not None]


def answered(wait: float, agent: str = "ann", talk: float = 60, wrap: float = 30) -> str:
    ended = wait + talk
    return (
        f"0 started\n0 queued sales\n{wait} accepted sales {agent}\n{ended} wrapping sales {agent}\n"
        f"{ended} ended answered\n{ended + wrap} completed sales {agent}"
    )


def left(wait: float) -> str:
    return f"0 started\n0 queued sales\n{wait} abandoned sales customer_left\n{wait} ended abandoned"


WORKED = day(
    [
        *(answered(5), answered(15), answered(30, "bob", talk=120, wrap=0)),
        *(left(3), left(10), left(40)),
        "0 started\n0 queued sales\n25 overflowed sales\n40 ended voicemail",
        "0 started\n0 queued sales",
    ]
)


def report(
    interactions: list[Interaction], *by: Dimension, step: Step = Step.NONE, wanted: Filter | None = None,
    zone: ZoneInfo = KYIV, since: int = NOON, until: int = NOON + HOUR,
) -> Report:  # fmt: skip
    made = Report(Intervals(step, zone, since, until), by, wanted or Filter(), LIMITS)
    for it in interactions:
        made.add(it)
    return made


def test_the_worked_example_of_the_formulas() -> None:
    total = report(WORKED).total
    assert (total.offered, total.answered, total.abandoned, total.overflowed, total.waiting) == (8, 3, 3, 1, 1)
    assert (total.in_time, total.abandoned_in_time, total.short_abandoned) == (2, 2, 1)
    expected = {
        Formula.OF_OFFERED: 2 / 7,
        Formula.WITHOUT_SHORT: 2 / 6,
        Formula.WITHOUT_ABANDONED_IN_TIME: 2 / 5,
        Formula.ABANDONED_IN_TIME_KEPT: 4 / 7,
        Formula.OF_ANSWERED: 2 / 3,
    }
    assert {formula: total.service_level(formula) for formula in Formula} == expected
    assert total.asa == pytest.approx(50 / 3)
    assert (total.handled, total.aht, total.longest) == (3, (60 + 30 + 60 + 30 + 120) / 3, 40_000)
    assert all(report([]).total.service_level(formula) is None for formula in Formula)


def test_rows_by_agent_and_by_queue_and_the_total() -> None:
    by_agent = {key.values: row for key, row in report(WORKED, Dimension.AGENT).in_order()}
    assert {key: (row.answered, row.handled) for key, row in by_agent.items()} == {
        ("",): (0, 0), ("ann",): (2, 2), ("bob",): (1, 1),
    }  # fmt: skip
    assert by_agent[("",)].abandoned == 3
    both = report(WORKED, Dimension.QUEUE, Dimension.DIRECTION, step=Step.QUARTER)
    assert sum(row.offered for row in both.rows.values()) == both.total.offered == 8
    assert {key.values for key in both.rows} == {("sales", "1")}


@given(
    st.lists(st.tuples(st.sampled_from(["answered", "left"]), st.integers(0, 90), st.integers(0, 90)), max_size=12),
    st.sampled_from(list(Step)),
    st.sets(st.sampled_from(list(Dimension)), max_size=3),
)
def test_rows_add_up_and_every_number_opens_as_many_as_it_counts(
    calls: list[tuple[str, int, int]], step: Step, by: set[Dimension]
) -> None:
    texts = [answered(wait, f"a{talk % 3}", talk) if how == "answered" else left(wait) for how, wait, talk in calls]
    interactions = day(texts)
    made = report(interactions, *sorted(by), step=step)
    for name in ("offered", "answered", "abandoned", "in_time", "handled", "interactions"):
        total = getattr(made.total, name)
        assert sum(getattr(row, name) for row in made.rows.values()) == total
        figure = Figure[name.upper()]
        assert sum(is_behind(it, figure, Filter(), LIMITS, NOON, NOON + HOUR) for it in interactions) == total


def test_a_filter_narrows_figures_and_what_is_behind_them_alike() -> None:
    wanted = Filter(agents=frozenset({"bob"}))
    assert report(WORKED, wanted=wanted).total.answered == 1
    assert [it.id for it in WORKED if is_behind(it, Figure.ANSWERED, wanted, LIMITS, NOON, NOON + HOUR)] == ["call:c2"]
    assert report(WORKED, wanted=Filter(results=frozenset({"voicemail"}))).total.offered == 1
    assert report(WORKED, wanted=Filter(channels=frozenset({"webchat"}))).total.offered == 0


def at(text: str) -> int:
    return to_millis(datetime.fromisoformat(text).astimezone(UTC))


@pytest.mark.parametrize(
    ("step", "since", "until", "starts"),
    [
        (Step.DAY, "2026-03-28T00:00+02:00", "2026-03-31T00:00+03:00",
         ["2026-03-28T00:00+02:00", "2026-03-29T00:00+02:00", "2026-03-30T00:00+03:00"]),
        (Step.HOUR, "2026-03-29T01:30+02:00", "2026-03-29T05:00+03:00",
         ["2026-03-29T01:00+02:00", "2026-03-29T02:00+02:00", "2026-03-29T04:00+03:00"]),
        (Step.HOUR, "2026-10-25T02:30+03:00", "2026-10-25T04:30+02:00",
         ["2026-10-25T02:00+03:00", "2026-10-25T03:00+03:00", "2026-10-25T03:00+02:00", "2026-10-25T04:00+02:00"]),
        (Step.WEEK, "2026-10-28T10:00+02:00", "2026-11-03T00:00+02:00",
         ["2026-10-26T00:00+02:00", "2026-11-02T00:00+02:00"]),
        (Step.MONTH, "2026-01-31T23:00+02:00", "2026-04-01T00:00+03:00",
         ["2026-01-01T00:00+02:00", "2026-02-01T00:00+02:00", "2026-03-01T00:00+02:00"]),
    ],
)  # fmt: skip
def test_intervals_follow_the_clock_on_the_wall(step: Step, since: str, until: str, starts: list[str]) -> None:
    intervals = Intervals(step, KYIV, at(since), at(until))
    assert list(intervals.every()) == [at(start) for start in starts]


@given(
    st.sampled_from(["Europe/Kyiv", "Asia/Kolkata", "America/St_Johns", "Africa/Cairo", "UTC"]),
    st.sampled_from([step for step in Step if step is not Step.NONE]),
    st.integers(at("2024-01-01T00:00+00:00"), at("2027-01-01T00:00+00:00")),
)
def test_every_moment_lies_in_exactly_one_interval(zone: str, step: Step, moment: int) -> None:
    intervals = Intervals(step, ZoneInfo(zone), moment, moment + 1)
    start = intervals.start_of(moment)
    end = intervals.end_of(start)
    assert start <= moment < end
    fresh = Intervals(step, ZoneInfo(zone), moment, moment + 1)
    assert fresh.start_of(end) == end
    assert fresh.start_of(end - 1) == fresh.start_of(start) == start


def test_occupancy_is_busy_time_over_time_at_work_cut_at_the_hours() -> None:
    moments = [
        Moment("ann", NOON - HOUR, 1, State.OFFLINE), Moment("ann", NOON - 600_000, 2, State.READY),
        Moment("ann", NOON + 600_000, 3, State.BUSY), Moment("ann", NOON + 2_400_000, 4, State.READY),
        Moment("ann", NOON + 3_000_000, 5, State.PAUSE), Moment("ann", NOON + HOUR + 60_000, 6, State.OFFLINE),
    ]  # fmt: skip
    made = report([], Dimension.AGENT, step=Step.HOUR, since=NOON, until=NOON + 2 * HOUR)
    for stretch in stretches(moments, made.intervals, NOON + 2 * HOUR):
        made.add_time(stretch)
    first, second = (row for _, row in made.in_order())
    assert (first.ready, first.busy, first.pause) == (1_200_000, 1_800_000, 600_000)
    assert (second.ready, second.busy, second.pause) == (0, 0, 60_000)
    assert made.total.occupancy == 0.6
    assert not report([], Dimension.QUEUE).has_time


def test_offers_are_counted_where_rows_are_agents_or_queues() -> None:
    made = report([], Dimension.AGENT)
    for missed in (True, False):
        made.add_offer(Offer("ann", "sales", NOON, missed))
    assert (made.total.rung, made.total.missed) == (2, 1)
    by_channel = report([], Dimension.CHANNEL)
    by_channel.add_offer(Offer("ann", "sales", NOON, True))
    assert by_channel.total.rung == 0


def test_a_report_that_nobody_could_read_is_refused() -> None:
    made = report([], Dimension.TAG)
    many = Interaction("call:x", WORKED[0].sort, "voice", NOON, tags=tuple(f"t{number}" for number in range(20_001)))
    with pytest.raises(DomainError) as refused:
        made.add(many)
    assert refused.value.reason.name == "TOO_MANY_ROWS"
