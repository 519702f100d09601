"""Passing through nodes: hours, lists, variables, languages, requests, and schemes that lead nowhere."""

from dataclasses import replace
from datetime import timedelta

import pytest

from antiphon.routing.domain import verbs
from antiphon.routing.domain.events import (
    Event,
    Failed,
    HttpAnswered,
    HttpFailed,
    Input,
    TimedOut,
)
from antiphon.routing.domain.exits import Way
from antiphon.routing.domain.interaction import Awaiting
from antiphon.routing.domain.interpreter import step
from antiphon.routing.domain.lists import Callers
from antiphon.routing.domain.nodes import Branch, CallerList, Condition, Http, Node, SetVariables
from antiphon.routing.domain.reasons import Outcome
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.walk import LIFETIME_LIMIT, STEP_LIMIT
from antiphon.routing.domain.world import World
from antiphon.routing.tests.examples import (
    HOURS,
    MENU,
    NOON,
    OFFICE_SCHEME,
    SALES,
    SUPPORT,
    WORLD,
    caller,
    close,
    play,
    queue,
    say,
    scheme,
    spoken,
    swapped,
)

pytestmark = pytest.mark.domain


# Working hours


@pytest.mark.clause("A08")
def test_one_second_before_closing_the_day_team_is_offered() -> None:
    done = play(OFFICE_SCHEME, Input(key="1"), at="2026-03-04 19:59:59")

    assert queue(done) == "sales"
    assert done.decision.node_ids == ("menu", "sales")


@pytest.mark.clause("A08")
def test_at_closing_the_greeting_says_when_to_call_back() -> None:
    done = play(OFFICE_SCHEME, at="2026-03-04 20:00:00")

    assert spoken(done) == ["Closed. Call at 09:00."]
    assert done.decision.why is Outcome.CLOSED
    assert done.interaction.variables["opens_on"] == "2026-03-05"
    assert done.decision.path[0].facts["opens_at"] == "2026-03-05T07:00:00+00:00"


@pytest.mark.clause("A08")
def test_a_night_department_answers_after_hours() -> None:
    night = replace(SUPPORT, id="night", queue_id="night")
    graph = swapped(replace(HOURS, closed="night"))
    graph = replace(graph, nodes=(*graph.nodes, night))

    assert queue(play(graph, at="2026-03-04 20:00:00")) == "night"
    assert queue(play(graph, Input(key="2"), at="2026-03-04 19:59:59")) == "support"


def test_a_holiday_has_its_own_words_or_counts_as_closed() -> None:
    assert spoken(play(OFFICE_SCHEME, at="2026-12-25 12:00:00")) == ["Merry Christmas"]

    plain = play(swapped(replace(HOURS, holiday=None)), at="2026-12-25 12:00:00")
    assert spoken(plain) == ["Closed. Call at 10:00."]
    assert plain.decision.path[0].took is Way.CLOSED


def test_a_deleted_calendar_is_open_and_said_so() -> None:
    done = play(OFFICE_SCHEME, world=World(), at="2026-03-04 03:00:00")

    assert done.decision.path[0].facts == {"unknown_calendar": "office"}
    assert done.decision.why is Outcome.AWAITS_INPUT


# Variables, conditions, languages, requests
def test_a_listed_caller_takes_another_way() -> None:
    vip = CallerList(id="vip?", list_id="vip", listed="menu", otherwise="end")
    graph = scheme(vip, MENU, SALES, SUPPORT, close())
    world = World(lists={"vip": Callers("vip", frozenset({"+38067*"}))})

    assert play(graph, world=world).decision.path[0].facts == {"pattern": "+38067*"}
    assert spoken(play(graph, who=caller("+44123"), world=world)) == ["Bye"]
    assert play(graph, world=World()).decision.path[0].facts == {"unknown_list": "vip"}


def test_variables_are_set_one_step_and_used_in_the_next() -> None:
    graph = scheme(
        SetVariables(id="set", values={"city": "Lviv", "who": "{{contact.name}} of {{channel}}"}, next="if"),
        Condition(
            id="if",
            branches=(Branch(when="oops ==", next="menu"), Branch(when='var.city == "Lviv"', next="hi")),
            otherwise="end",
        ),
        say("hi", "end", "{{var.who}} in {{var.city}}"),
        close(),
    )
    done = play(graph)

    assert spoken(done) == ["Olena of voice in Lviv", "Bye"]
    assert [passed.took for passed in done.decision.path] == [Way.NEXT, Way.WHEN, Way.NEXT, None]
    assert done.interaction.variables == {"city": "Lviv", "who": "Olena of voice"}


@pytest.mark.parametrize("name", ["way", "self", "node_id", "facts", "language"])
def test_a_variable_may_have_any_name(name: str) -> None:
    assert play(scheme(SetVariables(id="set", values={name: "en"}, next="end"), close())).decision.why is Outcome.CLOSED


@pytest.mark.parametrize(
    ("language", "words"),
    [("uk", "Хвилинку"), ("uk-UA", "Хвилинку"), ("en", "One moment"), ("pl", "One moment"), ("", "One moment")],
)
def test_the_language_falls_back_to_the_base_then_the_default(language: str, words: str) -> None:
    assert spoken(play(OFFICE_SCHEME, Input(key="1"), who=caller(language=language))) == [words]


def test_a_scheme_may_change_the_language() -> None:
    graph = scheme(SetVariables(id="uk", values={"language": "uk"}, next="menu"), MENU, SALES, SUPPORT)
    done = play(graph)

    assert spoken(done)[0].startswith("Вітаємо")
    assert (done.interaction.language, done.interaction.variables) == ("uk", {})


ASK_CRM = Http(
    id="crm",
    method="POST",
    url="https://crm.example.com/{{caller}}?n={{contact.name}}",
    headers={"X-Channel": "{{channel}}"},
    body='{"name": "{{contact.name}}"}',
    save={"tier": "plan.names.1", "vip": "vip"},
    on_ok="ok",
    on_error="bad",
)
CRM = scheme(ASK_CRM, say("ok", "end", "{{var.tier}} {{var.vip}}"), say("bad", "end", "Sorry"), close())


def test_another_system_is_asked_with_escaped_names() -> None:
    done = play(CRM, who=caller(contact={"name": 'O"&x=1'}))

    url = "https://crm.example.com/%2B380671234567?n=O%22%26x%3D1"
    assert done.verbs == (verbs.HttpCall("POST", url, {"X-Channel": "voice"}, '{"name": "O\\"&x=1"}', 3),)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (HttpAnswered(status=200, json={"plan": {"names": ["basic", "gold"]}, "vip": True}), "gold true"),
        (HttpAnswered(status=204), " "),
        (HttpAnswered(status=200, json={"plan": ["gold"], "vip": {"deep": 1}}), " "),
        (HttpAnswered(status=404, json={"plan": {"names": ["basic", "gold"]}}), "Sorry"),
        (HttpAnswered(status=302), "Sorry"),
        (HttpFailed(reason="time-out"), "Sorry"),
        (Failed(verb="http_call", reason="no network"), "Sorry"),
    ],
)
def test_the_answer_of_another_system_fills_variables(event: Event, words: str) -> None:
    assert spoken(play(CRM, event)) == [words, "Bye"]


# Schemes that lead nowhere


@pytest.mark.parametrize(
    ("nodes", "why"),
    [
        ((say("a", None),), Outcome.NO_WAY_ON),
        ((say("a", "ghost"),), Outcome.UNKNOWN_NODE),
        ((say("a", "b"), say("b", "a")), Outcome.STEP_LIMIT),
    ],
)
def test_a_scheme_that_leads_nowhere_is_closed_with_the_reason(nodes: tuple[Node, ...], why: Outcome) -> None:
    done = play(scheme(*nodes))

    assert done.decision.why is why
    assert done.verbs[-1] == verbs.Close("", "en", "failed")
    assert done.interaction.awaiting is Awaiting.ENDED
    assert len(done.decision.path) <= STEP_LIMIT


def test_a_scheme_without_a_first_step_ends_at_once() -> None:
    assert play(Scheme(id="main", name="Empty")).decision.why is Outcome.NO_WAY_ON


def test_a_node_deleted_under_a_waiting_customer_ends_with_the_reason() -> None:
    waiting = play(OFFICE_SCHEME).interaction

    assert step(scheme(close()), waiting, Input(key="1"), WORLD, NOON).decision.why is Outcome.UNKNOWN_NODE


def test_an_interaction_that_goes_on_for_ever_is_ended() -> None:
    graph = scheme(replace(MENU, repeats=0, on_no_input="menu"), SALES, SUPPORT)
    done = play(graph)
    turns = 0
    while done.interaction.awaiting is Awaiting.INPUT:
        done = step(graph, done.interaction, TimedOut(), WORLD, NOON + timedelta(seconds=turns))
        turns += 1

    assert done.decision.why is Outcome.LIFETIME_LIMIT
    assert turns == LIFETIME_LIMIT
