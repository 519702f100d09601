"""Every policy rule: hours in all zones a number may be in, DST nights, rolling caps, midnight, rests, lists."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.dialer.domain.gate import RINGING, Callee, Gate, Past, Why
from antiphon.dialer.domain.numbers import zones_of
from antiphon.dialer.domain.policy import Counts
from antiphon.dialer.rulebook import BadPack, is_holiday, packs_of, rulebook

pytestmark = pytest.mark.domain

NOON = datetime(2026, 6, 10, 16, 0, tzinfo=UTC)
"""A Wednesday; noon in New York, 19:00 in Moscow."""
TODAY = NOON.date()
NEW_YORK, MIAMI, TOLL_FREE, MOSCOW, RU_MOBILE = (
    "+12125550123", "+13055550123", "+18005550123", "+74951234567", "+79261234567",
)  # fmt: skip
INSTANTS = st.integers(0, 365 * 24 * 60).map(lambda later: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=later))
ALL_PACKS = rulebook().packs


def gate(pack: str, number: str, on: date = TODAY) -> Gate:
    return Gate(rulebook().holding(pack, number, on), is_holiday)


def callee(number: str = NEW_YORK, **more: object) -> Callee:
    return Callee(number, zones_of(number), **{"consent": True, **more})  # type: ignore[arg-type]


@pytest.mark.clause("E06")
@given(INSTANTS, st.sampled_from([NEW_YORK, MIAMI, TOLL_FREE, MOSCOW, RU_MOBILE, "+447911123456"]),
       st.sampled_from(["US", "GB", "RU", "RU-debt", "UA-debt", "strict"]))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_a_yes_is_within_the_hours_of_every_zone_of_every_pack(now: datetime, number: str, pack: str) -> None:
    of = gate(pack, number, now.date())
    if of.check(callee(number), now).allowed:
        for zone in zones_of(number):
            for instant in (now, now + RINGING):
                local = instant.astimezone(ZoneInfo(zone))
                for one in of.packs:
                    holiday = bool(one.holidays) and is_holiday(one.holidays, local.date())
                    assert one.window(local.weekday(), holiday, local.time())
                    assert local.hour >= 8
                    assert local.hour < 22


@given(INSTANTS, st.sampled_from([NEW_YORK, MIAMI, TOLL_FREE, MOSCOW, RU_MOBILE]))
@settings(max_examples=60, deadline=None)
def test_the_next_opening_is_open_and_nothing_before_it_is(now: datetime, number: str) -> None:
    of, who = gate("US", number, now.date()), callee(number)
    opens = of.opens_at(who, now)
    if opens is None:  # the hours of all zones of such a number never meet
        assert all(not of.check(who, now + timedelta(minutes=30 * step)).allowed for step in range(100))
        return
    assert opens > now
    assert of.check(who, opens).allowed
    if not of.check(who, now).allowed:
        steps = int((opens - now) / timedelta(minutes=15))
        assert not any(of.check(who, now + timedelta(minutes=15 * step)).allowed for step in range(1, steps))


def test_a_number_that_may_be_anywhere_is_called_only_when_it_is_day_everywhere() -> None:
    russian = gate("RU-debt", RU_MOBILE)
    morning = datetime(2026, 6, 10, 4, 30, tzinfo=UTC)  # 07:30 in Moscow, 16:30 in Kamchatka
    assert russian.check(callee(RU_MOBILE), morning).why is Why.OUTSIDE_HOURS
    assert russian.check(callee(RU_MOBILE), NOON).why is Why.OUTSIDE_HOURS  # 04:00 in Kamchatka
    assert russian.check(callee(MOSCOW), NOON).allowed
    assert russian.check(callee(RU_MOBILE), datetime(2026, 6, 10, 8, 0, tzinfo=UTC)).allowed
    known = Callee(RU_MOBILE, ("Europe/Moscow",), consent=True)
    assert russian.check(known, NOON).allowed


def test_a_number_of_no_known_zone_is_never_called() -> None:
    for zones in ((), ("Mars/Olympus",)):
        assert gate("US", NEW_YORK).check(Callee(NEW_YORK, zones, consent=True), NOON).why is Why.NO_ZONE


@pytest.mark.parametrize(
    ("night", "before", "after"),
    [
        (date(2026, 3, 8), "2026-03-08T11:59:30+00:00", "2026-03-08T12:00:00+00:00"),  # spring: 8:00 EDT is 12:00 UTC
        (date(2026, 11, 1), "2026-11-01T12:59:30+00:00", "2026-11-01T13:00:00+00:00"),  # autumn: 8:00 EST is 13:00 UTC
    ],
)
def test_on_the_nights_of_the_clock_change_the_called_party_s_clock_counts(
    night: date, before: str, after: str
) -> None:
    of = gate("US", NEW_YORK, night)
    assert of.check(callee(), datetime.fromisoformat(before)).why is Why.OUTSIDE_HOURS
    assert of.check(callee(), datetime.fromisoformat(after)).allowed


def test_a_dial_that_would_be_answered_after_hours_is_not_begun() -> None:
    of = gate("US", NEW_YORK)
    closes = datetime(2026, 6, 11, 1, 0, tzinfo=UTC)  # 21:00 in New York
    assert of.check(callee(), closes - RINGING - timedelta(seconds=1)).allowed
    assert of.check(callee(), closes - RINGING).why is Why.OUTSIDE_HOURS


def test_florida_closes_at_eight_and_allows_three_calls_in_any_24_hours() -> None:
    evening = datetime(2026, 6, 11, 0, 30, tzinfo=UTC)  # 20:30 in New York and Miami
    assert gate("US", NEW_YORK).check(callee(), evening).allowed
    assert gate("US", MIAMI).check(callee(MIAMI), evening).why is Why.OUTSIDE_HOURS
    past = tuple(Past(NOON - timedelta(hours=back), "+13055550199") for back in (1, 5, 23))
    refused = gate("US", MIAMI).check(callee(MIAMI, past=past), NOON)
    assert (refused.why, refused.pack, refused.until) == (Why.CAP_PERSON, "US-FL", NOON + timedelta(hours=1))
    assert gate("US", MIAMI).check(callee(MIAMI, past=past[:2]), NOON).allowed


@given(st.lists(st.integers(0, 800), max_size=12), st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_no_stretch_of_time_ever_holds_more_contacts_than_the_cap(hours: list[int], later: int) -> None:
    """Whatever was asked when: those who were let through never break a rolling cap, midnight or not."""
    made: list[Past] = []
    of = gate("RU-debt", MOSCOW)
    start = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(minutes=later)
    for hour in sorted(hours):
        now = start + timedelta(hours=hour)
        if of.check(callee(MOSCOW, past=tuple(made)), now).allowed:
            made.append(Past(now, MOSCOW, contact=True))
    zone = ZoneInfo("Europe/Moscow")
    days = [past.at.astimezone(zone).date() for past in made]
    assert len(set(days)) == len(days)
    weeks = [day.isocalendar()[:2] for day in days]
    assert all(weeks.count(week) <= 2 for week in weeks)
    months = [(day.year, day.month) for day in days]
    assert all(months.count(month) <= 8 for month in months)


def test_weekends_and_holidays_have_their_own_hours() -> None:
    saturday = datetime(2026, 6, 13, 17, 30, tzinfo=UTC)  # 20:30 in Moscow
    assert gate("RU-debt", MOSCOW).check(callee(MOSCOW), saturday).why is Why.OUTSIDE_HOURS
    holiday = datetime(2026, 6, 12, 17, 30, tzinfo=UTC)  # Russia Day, a Friday
    assert gate("RU-debt", MOSCOW).check(callee(MOSCOW), holiday).why is Why.OUTSIDE_HOURS
    assert gate("RU-debt", MOSCOW).check(callee(MOSCOW), holiday - timedelta(days=1)).allowed


def test_an_abandoned_number_rests_and_then_needs_an_agent() -> None:
    past = (Past(NOON - timedelta(hours=71), NEW_YORK, contact=True, abandoned=True),)
    found = gate("GB", NEW_YORK).check(callee(past=past), NOON)
    assert (found.why, found.until) == (Why.RESTS, NOON + timedelta(hours=1))
    later = gate("GB", NEW_YORK).check(callee(past=past), NOON + timedelta(hours=1))
    assert later.allowed
    assert later.certain_agent


@pytest.mark.clause("E06")
def test_the_order_of_the_gate_is_the_stated_one() -> None:
    """Everything is wrong at first; each thing put right shows the next reason."""
    past = (Past(NOON - timedelta(hours=1), MIAMI, True, abandoned=True),) * 3
    night = datetime(2026, 6, 11, 6, 0, tzinfo=UTC)
    of = gate("US", MIAMI)
    strict = Gate((*of.packs, *rulebook().holding("strict", MIAMI, NOON.date())), is_holiday)
    lists = frozenset({Why.DNC_GLOBAL, Why.DNC_TENANT, Why.DNC_CAMPAIGN})
    worst: dict[str, object] = {"dnc": lists, "consent": False, "past": past, "in_the_air": True}
    steps: list[tuple[dict[str, object], datetime, Why]] = [
        ({}, night, Why.DNC_GLOBAL),
        ({"dnc": lists - {Why.DNC_GLOBAL}}, night, Why.DNC_TENANT),
        ({"dnc": frozenset({Why.DNC_CAMPAIGN})}, night, Why.DNC_CAMPAIGN),
        ({"dnc": frozenset()}, night, Why.NO_CONSENT),
        ({"consent": True}, night, Why.OUTSIDE_HOURS),
        ({}, NOON, Why.CAP_PERSON),
        ({"past": (Past(NOON - timedelta(hours=30), MIAMI, abandoned=True),)}, NOON, Why.RESTS),
        ({"past": ()}, NOON, Why.IN_THE_AIR),
        ({"in_the_air": False}, NOON, Why.NO_LINE),
    ]
    for change, now, why in steps:
        worst |= change
        assert strict.check(callee(MIAMI, **worst), now, lines=0).why is why
    assert strict.check(callee(MIAMI, **worst), NOON, lines=1).allowed


def test_consent_is_needed_where_the_law_says_so_since_it_says_so() -> None:
    now = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
    assert gate("RU", MOSCOW).check(callee(MOSCOW, consent=False), now).why is Why.NO_CONSENT
    assert gate("RU", MOSCOW, date(2025, 8, 31)).check(callee(MOSCOW), now).why is Why.NO_PACK


def test_every_pack_names_its_source_and_no_pack_allows_more_than_the_law() -> None:
    assert {pack.id for pack in ALL_PACKS} == {"US", "US-FL", "GB", "RU", "RU-debt", "UA-debt", "strict"}
    for pack in ALL_PACKS:
        assert pack.sources
        assert all(source.text for source in pack.sources)
        assert 0 < pack.abandon_limit <= 0.03
        assert pack.after_abandoned >= timedelta(hours=72)
        assert pack.answer_within <= timedelta(seconds=2)
        assert all(window.begins < window.ends for window in pack.windows)
        assert all(cap.counts in Counts for cap in pack.caps)
    assert next(pack for pack in ALL_PACKS if pack.id == "RU").label_at_most == 32


@pytest.mark.parametrize(
    "text", ["", "[[pack]]\nid = 'x'", "pack = 3", "[[pack]]\nid='x'\nabandon_limit=0.5", "not toml"]
)
def test_a_broken_pack_is_named(text: str) -> None:
    with pytest.raises(BadPack, match=r"mine\.toml"):
        packs_of(text, "mine.toml")
