"""What a customer meets: menus, queues, lists, and events in order and out of order."""

from dataclasses import replace

import pytest

from antiphon.routing.domain import verbs
from antiphon.routing.domain.events import (
    Ending,
    EnqueueEnded,
    Event,
    Failed,
    HttpFailed,
    Input,
    Started,
    TimedOut,
)
from antiphon.routing.domain.exits import Way
from antiphon.routing.domain.interaction import Awaiting
from antiphon.routing.domain.interpreter import step
from antiphon.routing.domain.lists import Callers, Kind, Rule, Scope
from antiphon.routing.domain.nodes import Option
from antiphon.routing.domain.reasons import Outcome
from antiphon.routing.tests.examples import (
    MENU,
    NOON,
    OFFICE_SCHEME,
    SALES,
    WORLD,
    caller,
    play,
    queue,
    swapped,
)

pytestmark = pytest.mark.domain


# Menus


def test_a_menu_is_asked_with_names_filled_in_and_buttons() -> None:
    done = play(OFFICE_SCHEME)

    assert done.verbs == (
        verbs.Menu(
            "Hello Olena! Sales 1, support 2.", "en", (verbs.Choice("1", "Sales"), verbs.Choice("2", "Support")), 5
        ),
    )
    assert (done.interaction.node_id, done.interaction.awaiting) == ("menu", Awaiting.INPUT)


@pytest.mark.parametrize(
    ("answer", "reached"),
    [
        (Input(key="1"), "sales"),
        (Input(text="2"), "support"),
        (Input(text=" ２ "), "support"),
        (Input(text="SALES."), "sales"),
        (Input(text="підтримка"), "support"),
        (Input(text="3"), None),
        (Input(key="3"), None),
        (Input(key="Sales"), None),
        (Input(text="sale"), None),
        (Input(text="  "), None),
        (Input(), None),
    ],
)
def test_a_menu_is_answered_by_key_or_label_in_any_language(answer: Input, reached: str | None) -> None:
    done = play(OFFICE_SCHEME, answer)

    assert done.interaction.node_id == (reached or "menu")
    assert done.decision.path[0].took is (Way.OPTION if reached else Way.NO_MATCH)


@pytest.mark.parametrize(
    ("text", "reached"), [("1", "sales"), ("2", "support"), ("0", None), ("3", None), ("+2", None)]
)
def test_options_without_numbers_are_chosen_by_place(text: str, reached: str | None) -> None:
    options = (replace(MENU.options[0], key="s"), replace(MENU.options[1], key="h"))
    done = play(swapped(replace(MENU, options=options)), Input(text=text))

    assert done.interaction.node_id == (reached or "menu")


def test_a_key_wins_over_a_place_when_keys_are_numbers() -> None:
    options = (Option(key="2", label={}, next="sales"), Option(key="1", label={}, next="support"))

    assert queue(play(swapped(replace(MENU, options=options)), Input(text="1"))) == "support"


def test_a_digit_that_is_no_key_is_no_place_either() -> None:
    options = (*MENU.options, Option(key="0", label={}, next="busy"))

    assert play(swapped(replace(MENU, options=options)), Input(text="3")).decision.path[0].took is Way.NO_MATCH


def test_silence_repeats_the_menu_twice_and_then_leaves() -> None:
    attempts = [play(OFFICE_SCHEME, *[TimedOut()] * times) for times in range(4)]

    assert [done.interaction.node_id for done in attempts] == ["menu", "menu", "menu", "sales"]
    assert [done.interaction.attempts for done in attempts] == [0, 1, 2, 0]
    assert attempts[3].decision.path[0].took is Way.NO_INPUT


def test_wrong_answers_leave_by_their_own_exit_or_like_silence() -> None:
    wrong = [Input(text="what?")] * 3

    assert play(swapped(replace(MENU, on_no_match="support")), *wrong).interaction.node_id == "support"
    assert play(OFFICE_SCHEME, *wrong).interaction.node_id == "sales"


def test_a_menu_that_could_not_be_played_counts_as_silence_at_once() -> None:
    done = play(OFFICE_SCHEME, Failed(verb="menu", reason="no codec"))

    assert queue(done) == "sales"
    assert done.decision.path[0].facts == {"failed": "no codec"}


# Queues


def test_unanswered_queues_are_chained_to_the_last() -> None:
    timeout = EnqueueEnded(how=Ending.TIMEOUT)

    first = play(OFFICE_SCHEME, Input(key="2"))
    assert queue(first) == "support"
    second = step(OFFICE_SCHEME, first.interaction, timeout, WORLD, NOON)
    assert queue(second) == "sales"
    third = step(OFFICE_SCHEME, second.interaction, timeout, WORLD, NOON)
    assert third.verbs == (verbs.Close("We will call back", "en", "callback"),)


def test_a_queue_is_entered_with_everything_the_acd_needs() -> None:
    graph = swapped(replace(SALES, priority=5, max_wait_s=45))

    assert play(graph, Input(key="1")).verbs == (verbs.Enqueue("sales", 5, {"uk": 1}, 45, "One moment", "en"),)


@pytest.mark.parametrize(
    ("on_closed", "event", "reached"),
    [
        ("later", EnqueueEnded(how=Ending.CLOSED), "later"),
        ("later", EnqueueEnded(how=Ending.REFUSED), "later"),
        ("later", Failed(verb="enqueue", reason="no such queue"), "later"),
        ("later", EnqueueEnded(how=Ending.TIMEOUT), "busy"),
        (None, EnqueueEnded(how=Ending.CLOSED), "busy"),
    ],
)
def test_each_way_out_of_a_queue_leads_to_its_target(on_closed: str | None, event: Event, reached: str) -> None:
    done = play(swapped(replace(SALES, on_closed=on_closed)), Input(key="1"), event)

    assert done.interaction.node_id == reached


def test_an_accepted_interaction_waits_for_nothing_more() -> None:
    done = play(OFFICE_SCHEME, Input(key="1"), EnqueueEnded(how=Ending.ACCEPTED))

    assert done.verbs == (verbs.Wait(),)
    assert (done.interaction.awaiting, done.decision.why) == (Awaiting.PERSON, Outcome.ACCEPTED)


def test_an_abandoned_interaction_ends_without_words() -> None:
    done = play(OFFICE_SCHEME, Input(key="1"), EnqueueEnded(how=Ending.ABANDONED))

    assert (done.verbs, done.interaction.awaiting, done.decision.why) == ((), Awaiting.ENDED, Outcome.ABANDONED)


# Events that do not fit


def test_what_is_not_awaited_changes_nothing_and_is_explained() -> None:
    waiting = play(OFFICE_SCHEME, Input(key="1"))
    for event in (Input(text="hello?"), TimedOut(), Started(), HttpFailed(reason="x"), Failed(verb="say", reason="x")):
        ignored = step(OFFICE_SCHEME, waiting.interaction, event, WORLD, NOON)
        assert (ignored.verbs, ignored.interaction) == ((), waiting.interaction)
        assert ignored.decision.why is Outcome.NOT_AWAITED
        assert ignored.decision.facts == {"event": type(event).__name__}


def test_a_late_timer_of_an_earlier_question_is_stale() -> None:
    asked = play(OFFICE_SCHEME)
    repeated = step(OFFICE_SCHEME, asked.interaction, TimedOut(turn=asked.interaction.turn), WORLD, NOON)
    again = step(OFFICE_SCHEME, repeated.interaction, TimedOut(turn=asked.interaction.turn), WORLD, NOON)

    assert repeated.interaction.attempts == 1
    assert (again.verbs, again.interaction, again.decision.why) == ((), repeated.interaction, Outcome.STALE)


def test_after_the_end_nothing_happens() -> None:
    ended = play(OFFICE_SCHEME, at="2026-03-04 21:00:00")
    for event in (Started(), Input(key="1", turn=ended.interaction.turn), EnqueueEnded(how=Ending.TIMEOUT)):
        assert step(OFFICE_SCHEME, ended.interaction, event, WORLD, NOON).decision.why is Outcome.ALREADY_ENDED


def test_the_same_question_has_the_same_answer_on_any_replica() -> None:
    asked = play(OFFICE_SCHEME).interaction
    here, there = (step(OFFICE_SCHEME, asked, Input(key="1"), WORLD, NOON) for _ in range(2))

    assert here == there


# Who may call


@pytest.mark.clause("A10")
def test_a_blocked_caller_is_refused_before_anything_is_said() -> None:
    world = replace(WORLD, rules=(Rule(Kind.BLOCK, Callers("spam", frozenset({"+38067*"}))),))
    done = play(OFFICE_SCHEME, world=world)

    assert done.verbs == (verbs.Close("", "en", "refused"),)
    assert (done.decision.why, done.decision.path) == (Outcome.BLOCKED_CALLER, ())
    assert done.decision.facts == {"list": "spam", "scope": "tenant", "pattern": "+38067*"}
    assert done.interaction.awaiting is Awaiting.ENDED


@pytest.mark.clause("A10")
def test_a_list_may_guard_one_number_only() -> None:
    spam = Callers("spam", frozenset({"*"}))
    here, elsewhere = (Rule(Kind.BLOCK, spam, Scope.NUMBER, number) for number in (caller().address, "+380440000000"))

    assert play(OFFICE_SCHEME, world=replace(WORLD, rules=(here,))).decision.why is Outcome.BLOCKED_CALLER
    assert play(OFFICE_SCHEME, world=replace(WORLD, rules=(elsewhere,))).decision.why is Outcome.AWAITS_INPUT


@pytest.mark.clause("A10")
def test_white_list_mode_admits_listed_callers_only() -> None:
    world = replace(WORLD, rules=(Rule(Kind.ALLOW_ONLY, Callers("clients", frozenset({"+380671234567"}))),))

    assert play(OFFICE_SCHEME, world=world).decision.why is Outcome.AWAITS_INPUT
    assert play(OFFICE_SCHEME, who=caller("+15551234"), world=world).decision.why is Outcome.UNLISTED_CALLER
