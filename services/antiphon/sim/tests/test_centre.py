"""A day in the centre: what customers and agents live through, told in seconds that can be checked by hand."""

from dataclasses import replace

import pytest

from antiphon.sim.centre import Centre
from antiphon.sim.loading import load
from antiphon.sim.scenario import HOUR, MINUTE, SECOND, Channel, QueuePlan, Shift, Team
from antiphon.sim.tests.places import RETRIES, Visitors, always, place

pytestmark = pytest.mark.domain


def test_the_second_caller_waits_for_the_first() -> None:
    visitors = Visitors(place())
    visitors.comes(0, talk=100)
    visitors.comes(40, talk=50)
    cell = visitors.cell()
    assert (cell.offered, cell.answered, cell.waited_ms, cell.longest_ms) == (2, 2, 60 * SECOND, 60 * SECOND)
    assert cell.in_time == 1
    assert cell.held_ms == 150 * SECOND


def test_who_has_no_patience_is_gone_before_it_is_his_turn() -> None:
    visitors = Visitors(place())
    visitors.comes(0, talk=100)
    visitors.comes(40, patience=59)
    visitors.comes(45, patience=56)
    cell = visitors.cell()
    assert (cell.answered, cell.abandoned, cell.abandoned_after_ms) == (2, 1, 59 * SECOND)


def test_whoever_is_served_at_the_very_end_of_his_patience_is_served() -> None:
    visitors = Visitors(place())
    visitors.comes(0, talk=100)
    visitors.comes(40, patience=60)
    assert visitors.cell().answered == 2


def test_wrap_up_keeps_the_agent_and_counts_as_handling() -> None:
    wrapping = place()
    wrapping = replace(wrapping, demands=(replace(wrapping.demands[0], wrap_up=always(1)),))
    visitors = Visitors(wrapping)
    visitors.comes(0, talk=100, wrap=30)
    visitors.comes(100, talk=10, wrap=5)
    cell = visitors.cell()
    assert cell.waited_ms == 30 * SECOND
    assert (cell.talk_ms, cell.wrap_ms) == (110 * SECOND, 35 * SECOND)


def test_three_chats_at_a_time_and_the_fourth_waits() -> None:
    visitors = Visitors(place(channel=Channel.CHAT))
    for _ in range(4):
        visitors.comes(0, talk=100)
    cell = visitors.cell()
    assert cell.waited_ms == 100 * SECOND
    assert cell.held_ms == 200 * SECOND


def test_other_chats_slow_a_chat_down() -> None:
    chats = place(channel=Channel.CHAT)
    visitors = Visitors(replace(chats, demands=(replace(chats.demands[0], drag=0.5),)))
    visitors.comes(0, talk=100)
    visitors.comes(10, talk=100)
    assert visitors.cell().talk_ms == 250 * SECOND


def blended() -> Visitors:
    both = place()
    letter = replace(both.demands[0], name="letters", channel=Channel.EMAIL)
    return Visitors(replace(both, demands=(*both.demands, letter)))


def test_a_letter_is_parked_while_its_agent_is_on_the_phone() -> None:
    visitors = blended()
    visitors.comes(0, talk=300, demand=1)
    visitors.comes(100, talk=60)
    visitors.comes(200, talk=60)
    visitors.comes(0, talk=10, demand=1)  # waits until the first letter is done: 300 + 2 × 60
    outcome = visitors.centre.run()
    letters = outcome.cells["q", Channel.EMAIL, "longest_idle"]
    assert letters.waited_ms == 420 * SECOND
    assert letters.talk_ms == 310 * SECOND
    assert outcome.cells["q", Channel.VOICE, "longest_idle"].waited_ms == 0
    assert outcome.busy_ms() == 430 * SECOND


def test_a_break_waits_for_the_end_of_the_call_and_keeps_its_length() -> None:
    shifts = (Shift(0, 2 * HOUR, ((10 * MINUTE, 30 * MINUTE),)),)
    visitors = Visitors(place(teams=(Team("team", 1, (("q", 1),), shifts=shifts),)))
    visitors.comes(590, talk=110)  # until 11:40
    visitors.comes(600)
    outcome = visitors.centre.run()
    cell = outcome.cells["q", Channel.VOICE, "longest_idle"]
    assert cell.waited_ms == (700 + 1_800 - 600) * SECOND
    assert outcome.staffed_ms() == 2 * HOUR - 30 * MINUTE


def test_at_the_end_of_the_shift_a_call_is_finished_and_the_waiting_are_not_served() -> None:
    visitors = Visitors(place(teams=(Team("team", 1, (("q", 1),), shifts=(Shift(0, HOUR),)),)))
    visitors.comes(3_590, talk=100)
    visitors.comes(3_595)
    cell = visitors.cell()
    assert (cell.answered, cell.unserved) == (1, 1)
    assert cell.staffed_ms == 3_690 * SECOND


def test_shifts_come_again_every_day_and_run_over_midnight() -> None:
    night = Team("night", 1, (("q", 1),), shifts=(Shift(22 * HOUR, 30 * HOUR),))
    visitors = Visitors(place(teams=(night,), starts_ms=12 * HOUR, lasts_ms=48 * HOUR, interval_ms=HOUR))
    assert visitors.centre.run().staffed_ms() == 16 * HOUR


def test_a_missed_offer_goes_back_to_its_place_and_rings_elsewhere() -> None:
    deaf = Team("deaf", 1, (("q", 1),), misses=1.0, back_after_ms=HOUR)
    good = Team("good", 1, (("q", 2),))
    visitors = Visitors(place(teams=(deaf, good), ring_ms=15 * SECOND))
    visitors.comes(0)
    assert visitors.cell().waited_ms == 15 * SECOND


def test_who_answers_slower_than_it_rings_has_missed_it() -> None:
    visitors = Visitors(place(ring_ms=10 * SECOND, teams=(Team("t", 1, (("q", 1),), back_after_ms=5 * SECOND),)))
    visitors.comes(0, answer=12, patience=60)
    cell = visitors.cell()
    assert (cell.answered, cell.abandoned) == (0, 1)


def test_ringing_is_waiting() -> None:
    visitors = Visitors(place())
    visitors.comes(0, answer=4)
    assert visitors.cell().waited_ms == 4 * SECOND


def test_higher_levels_open_after_their_delay() -> None:
    queue = QueuePlan("q", level_delays=((2, 30 * SECOND),))
    teams = (Team("first", 1, (("q", 1),)), Team("second", 1, (("q", 2),)))
    visitors = Visitors(place(queues=(queue,), teams=teams))
    visitors.comes(0, talk=600)
    visitors.comes(10)
    assert visitors.cell().waited_ms == 30 * SECOND


def test_who_gave_up_tries_again_and_not_for_ever() -> None:
    persistent = place()
    visitors = Visitors(replace(persistent, demands=(replace(persistent.demands[0], retries=RETRIES),)))
    visitors.comes(0, talk=7_000)
    visitors.comes(10, patience=20)
    cell = visitors.cell()
    assert (cell.offered, cell.abandoned, cell.retries) == (4, 3, 2)


def test_a_full_queue_turns_customers_away() -> None:
    visitors = Visitors(place(queues=(QueuePlan("q", max_waiting=1),)))
    for at in (0, 1, 2):
        visitors.comes(at)
    cell = visitors.cell()
    assert (cell.answered, cell.turned_away) == (2, 1)


def test_the_warm_up_is_lived_through_but_not_counted() -> None:
    visitors = Visitors(place(warm_up_ms=10 * MINUTE))
    visitors.comes(590, talk=60)
    visitors.comes(605, talk=60)
    outcome = visitors.centre.run()
    cell = outcome.cells["q", Channel.VOICE, "longest_idle"]
    assert (outcome.contacts, cell.offered, cell.waited_ms) == (2, 1, 45 * SECOND)
    assert outcome.busy_ms() == 110 * SECOND
    assert outcome.staffed_ms() == 110 * MINUTE


@pytest.mark.parametrize("example", ["voice_80_20", "blended", "overload"])
def test_every_contact_ends_in_exactly_one_way_and_a_seed_is_a_day(example: str) -> None:
    scenario = load(example)
    scenario = replace(scenario, lasts_ms=4 * HOUR)
    first, again = (Centre(scenario, 5).run() for _ in range(2))
    for cell in first.cells.values():
        assert cell.offered == cell.answered + cell.abandoned + cell.turned_away + cell.unserved
        assert sum(cell.waits) == cell.answered
        assert cell.held_ms <= cell.staffed_ms
    assert sum(span.offered for span in first.spans) == sum(cell.offered for cell in first.cells.values())
    assert sum(first.busy) == first.busy_ms() <= sum(first.staffed) == first.staffed_ms()
    assert [vars_of(cell) for cell in first.cells.values()] == [vars_of(cell) for cell in again.cells.values()]


def vars_of(cell: object) -> dict[str, object]:
    return {name: getattr(cell, name) for name in cell.__slots__}  # type: ignore[attr-defined]


def test_who_asks_for_a_skill_waits_for_somebody_who_has_it() -> None:
    german = replace(place().demands[0], skills=(("de", 2),))
    teams = (Team("plain", 2, (("q", 1),)), Team("german", 1, (("q", 1),), skills=(("de", 3),)))
    visitors = Visitors(place(demands=(german,), teams=teams))
    visitors.comes(0, talk=100)
    visitors.comes(10, talk=100)
    outcome = visitors.centre.run()
    assert [agent.contacts for agent in outcome.agents] == [0, 0, 2]
    assert outcome.cells["q", Channel.VOICE, "longest_idle"].waited_ms == 90 * SECOND


def test_a_switched_strategy_counts_from_the_next_contact_on() -> None:
    queue = QueuePlan("q", changes=((HOUR, "round_robin"),))
    visitors = Visitors(place(queues=(queue,)))
    for at in (10, 3_599, 3_601):
        visitors.comes(at)
    cells = visitors.centre.run().cells
    answered = {strategy: cell.answered for (_, _, strategy), cell in cells.items()}
    assert answered == {"longest_idle": 2, "round_robin": 1}
