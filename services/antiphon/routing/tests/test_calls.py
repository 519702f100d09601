"""The nodes that only a call can do: what they tell the channel, where they lead, and what a chat makes of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from antiphon.routing.domain import verbs
from antiphon.routing.domain.events import Event, Failed, Input, RingEnded, Ringing, Started, TimedOut, VoicemailEnded
from antiphon.routing.domain.findings import Code
from antiphon.routing.domain.interaction import Awaiting
from antiphon.routing.domain.node_checks import Known
from antiphon.routing.domain.nodes import (
    Branch,
    Callback,
    Close,
    Collect,
    Condition,
    Conference,
    Enqueue,
    Node,
    Play,
    Record,
    Ring,
    RingTarget,
    Voicemail,
)
from antiphon.routing.domain.outline import outline
from antiphon.routing.domain.reasons import Outcome
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.simulate import After, Typed, simulate
from antiphon.routing.domain.validation import publishable, validate
from antiphon.routing.tests.examples import KNOWN, WORLD, caller, close, play, say, scheme, spoken

pytestmark = pytest.mark.domain
HOW = {how.value: how for how in Ringing}


def ring(node_id: str = "ring", person: str = "pe_1", **exits: Any) -> Ring:
    return Ring(id=node_id, targets=(RingTarget(who="person", value=person),), **exits)


def codes(graph: Scheme, known: Known = KNOWN) -> dict[str, bool]:
    """Code → whether it blocks publishing."""
    return {finding.code: finding.is_error for finding in validate(graph, known)}


def words(text: str) -> dict[str, str]:
    return {"en": text}


CHAIN = scheme(
    ring("first", "pe_1", on_busy="busy", on_no_answer="second", on_unreachable="mobile", on_declined="mail"),
    ring("second", "pe_2", on_no_answer="mail"),
    Ring(id="mobile", targets=(RingTarget(who="number", value="+380501112233"),), on_no_answer="mail"),
    Enqueue(id="busy", queue_id="sales", on_timeout="mail", greeting={}),
    Voicemail(id="mail", box="group", box_id="gr_1", text=words("Leave a message"), next="end"),
    close(),
)


@pytest.mark.clause("A09")
@pytest.mark.parametrize(
    ("condition", "next_target"),
    [
        ("busy", verbs.Enqueue("sales", 0, {}, 60, "", "en")),
        ("no_answer", verbs.Ring((verbs.RingTarget("person", "pe_2"),), "all", 25, "", True)),
        ("unreachable", verbs.Ring((verbs.RingTarget("number", "+380501112233"),), "all", 25, "", True)),
        ("declined", verbs.Voicemail("group", "gr_1", "Leave a message", "en", 180)),
    ],
)
def test_each_condition_of_the_first_target_leads_to_its_own_next_one(condition: str, next_target: verbs.Verb) -> None:
    assert publishable(validate(CHAIN, KNOWN))
    done = play(CHAIN, RingEnded(HOW[condition]))
    assert done.verbs[-1] == next_target
    assert done.decision.path[0].took == condition


@pytest.mark.clause("A09")
@pytest.mark.parametrize("condition", ["busy", "no_answer", "unreachable", "declined"])
def test_fallbacks_are_chained_to_the_end(condition: str) -> None:
    how = HOW[condition]
    done = play(CHAIN, RingEnded(Ringing.NO_ANSWER), RingEnded(how), VoicemailEnded("vm_1"))
    assert done.interaction.awaiting is Awaiting.ENDED
    assert done.interaction.variables["voicemail_id"] == "vm_1"


@pytest.mark.clause("A09")
@pytest.mark.parametrize(
    "graph",
    [
        scheme(ring("a", on_busy="a", on_no_answer="end"), close()),
        scheme(ring("a", on_busy="b", on_no_answer="end"), ring("b", on_unreachable="a"), close()),
        scheme(ring("a", on_no_answer="hi"), say("hi", "a")),
        scheme(
            ring("a", on_no_answer="q"), Enqueue(id="q", queue_id="sales", greeting={}, on_timeout="a", on_closed="a")
        ),
    ],
)
def test_a_forwarding_loop_is_refused(graph: Scheme) -> None:
    assert codes(graph)[Code.FORWARDING_LOOP]
    assert not publishable(validate(graph, KNOWN))


def test_a_number_that_leads_back_to_the_scheme_is_a_loop() -> None:
    """At once, or by way of another scheme."""
    number = RingTarget(who="number", value="+380441111111")
    graph = scheme(Ring(id="out", targets=(number,), on_no_answer="end"), close())
    assert Code.FORWARDING_LOOP not in codes(graph)
    assert codes(graph, replace(KNOWN, met_at={"+380441111111": "main"}))[Code.FORWARDING_LOOP]
    by_way = replace(
        KNOWN,
        met_at={"+380441111111": "other", "+380442222222": "main"},
        rings={"other": frozenset({"+380442222222"})},
    )
    assert codes(graph, by_way)[Code.FORWARDING_LOOP]
    elsewhere = replace(by_way, rings={"other": frozenset({"+380443333333"})})
    assert Code.FORWARDING_LOOP not in codes(graph, elsewhere)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"on_no_answer": "x"}, dict.fromkeys(HOW, "x")),
        (
            {"on_busy": "x", "on_unreachable": "y"},
            {"busy": "x", "no_answer": "y", "unreachable": "y", "declined": "x"},
        ),
        ({"on_declined": "y"}, dict.fromkeys(HOW, "y")),
    ],
)
def test_an_exit_that_is_not_chosen_falls_back_to_the_next(chosen: dict[str, str], expected: dict[str, str]) -> None:
    graph = scheme(ring(**chosen), close("x", "X"), close("y", "Y"))
    for how in ("busy", "no_answer", "unreachable", "declined"):
        assert spoken(play(graph, RingEnded(HOW[how]))) == [expected[how].upper()], how
    assert spoken(play(graph, Failed("ring", "no media"))) == [expected["unreachable"].upper()]


def test_a_ring_without_any_way_out_is_refused() -> None:
    graph = scheme(ring())
    assert codes(graph)[Code.MISSING_EXIT]


def test_who_was_answered_is_done_or_goes_on() -> None:
    done = play(scheme(ring(on_no_answer="end"), close()), RingEnded(Ringing.ANSWERED))
    assert (done.decision.why, done.interaction.awaiting) == (Outcome.ANSWERED, Awaiting.ENDED)
    assert done.verbs == (verbs.Close("", "en", "answered"),)
    survey = scheme(ring(on_answered="end", on_no_answer="end"), close("end", "How was it?"))
    assert spoken(play(survey, RingEnded(Ringing.ANSWERED))) == ["How was it?"]


def test_an_answer_that_comes_twice_changes_nothing() -> None:
    done = play(CHAIN, RingEnded(Ringing.BUSY, turn=1))
    again = play(CHAIN, RingEnded(Ringing.BUSY, turn=1), RingEnded(Ringing.BUSY, turn=1))
    assert (again.verbs, again.interaction) == ((), done.interaction)
    assert play(CHAIN, VoicemailEnded("x")).decision.why is Outcome.NOT_AWAITED


ASK = Collect(
    id="ask", text=words("Your number?"), save="customer", min_digits=3, max_digits=5, next="end", on_no_input="none"
)
ASKING = scheme(ASK, close("end", "You are {{var.customer}}"), close("none", "Bye"))


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([Input(text="1234")], "You are 1234"),
        ([Input(key="123")], "You are 123"),
        ([Input(text="12-34")], "You are 1234"),
        ([Input(text="12"), Input(text="12345")], "You are 12345"),
        ([TimedOut(), Input(text="999")], "You are 999"),
        ([Input(text="12"), Input(text="abc")], "Bye"),
        ([TimedOut(), TimedOut()], "Bye"),
        ([Input(text="123456"), TimedOut()], "Bye"),
        ([Failed("collect", "no media")], "Bye"),
    ],
)
def test_digits_are_collected_into_a_variable(events: list[Event], said: str) -> None:
    assert play(ASKING).verbs == (verbs.Collect("Your number?", "en", 3, 5, "#", 7, 3),)
    assert spoken(play(ASKING, *events)) == [said]


def test_playing_recording_and_calling_back_are_passed_at_once() -> None:
    graph = scheme(
        Record(id="rec", on=True, next="music"),
        Play(id="music", source="prompt:welcome", next="back"),
        Callback(id="back", queue_id="sales", number="{{caller}}", text=words("We will call you"), next="end"),
        close(),
    )
    assert publishable(validate(graph, KNOWN))
    assert play(graph).verbs == (
        verbs.Record(True),
        verbs.Play("prompt:welcome", 0, "en"),
        verbs.Callback("sales", "+380671234567", "We will call you", "en"),
        verbs.Close("Bye", "en", "closed"),
    )


def test_a_conference_lasts_until_it_fails() -> None:
    graph = scheme(Conference(id="room", room="team-{{caller}}", pin="4711", on_error="end"), close())
    done = play(graph)
    assert done.verbs == (verbs.Conference("team-+380671234567", "4711", "en"),)
    assert done.interaction.awaiting is Awaiting.CONFERENCE
    assert spoken(play(graph, Failed("conference", "full"))) == ["Bye"]


def test_a_number_that_turns_out_empty_is_nobody() -> None:
    graph = scheme(
        Ring(id="r", targets=(RingTarget(who="number", value="{{var.mobile}}"),), on_unreachable="end"), close()
    )
    assert spoken(play(graph)) == ["Bye"]
    done = play(graph, who=caller(variables={"mobile": "+380501112233"}))
    assert isinstance(done.verbs[-1], verbs.Ring)


def test_a_chat_passes_by_what_only_a_call_can_do() -> None:
    chat = caller("webchat:v1", channel="webchat")
    graph = scheme(
        Record(id="rec", on=True, next="music"),
        Play(id="music", source="music:default", next="back"),
        Callback(id="back", queue_id="sales", text=words("We call back"), next="mail"),
        Voicemail(id="mail", box="person", box_id="pe_1", text=words("Speak"), next="room"),
        Conference(id="room", room="r", on_error="ring"),
        ring(on_no_answer="end"),
        close(),
    )
    done = play(graph, who=chat)
    assert [type(verb) for verb in done.verbs] == [verbs.Close]
    assert all(passed.facts.get("skipped") for passed in done.decision.path[:-1])
    asked = play(ASKING, Input(text="1234"), who=chat)
    assert spoken(asked) == ["You are 1234"], "a chat is asked in words"


def test_an_author_is_warned_when_a_chat_meets_the_scheme() -> None:
    assert Code.CALLS_ONLY not in codes(CHAIN)
    assert codes(CHAIN, replace(KNOWN, answers_chats=True))[Code.CALLS_ONLY] is False


def test_a_condition_tells_calls_from_chats() -> None:
    graph = scheme(
        Condition(id="which", branches=(Branch(when='channel == "voice"', next="call"),), otherwise="chat"),
        close("call", "A call to {{address}}"),
        close("chat", "A chat"),
    )
    assert spoken(play(graph)) == ["A call to +380443902020"]
    assert spoken(play(graph, who=caller(channel="telegram"))) == ["A chat"]


BAD: list[tuple[Node, Code]] = [
    (Play(id="n", source="http://x", next="end"), Code.BAD_SOURCE),
    (Play(id="n", source="music:x", repeat=9_999, next="end"), Code.OUT_OF_RANGE),
    (Collect(id="n", text={}, save="x", next="end", on_no_input="end"), Code.NO_TEXT),
    (Collect(id="n", text=words("?"), save="a b", next="end", on_no_input="end"), Code.BAD_VARIABLE),
    (Collect(id="n", text=words("?"), save="x", min_digits=9, max_digits=4, next="end", on_no_input="end"),
     Code.OUT_OF_RANGE),
    (Collect(id="n", text=words("?"), save="x", terminator="1", next="end", on_no_input="end"), Code.BAD_KEY),
    (Ring(id="n", on_no_answer="end"), Code.NOBODY_TO_RING),
    (Ring(id="n", targets=(RingTarget(who="number", value="0441234567"),), on_no_answer="end"), Code.NOT_A_NUMBER),
    (Ring(id="n", targets=(RingTarget(who="person", value=" "),), on_no_answer="end"), Code.NOBODY_TO_RING),
    (ring("n", timeout_s=1, on_no_answer="end"), Code.OUT_OF_RANGE),
    (Voicemail(id="n", box="group", box_id="g", text={}, max_length_s=1, next="end"), Code.OUT_OF_RANGE),
    (Conference(id="n", room=" ", on_error="end"), Code.NO_TEXT),
    (Callback(id="n", queue_id="gone", text={}, next="end"), Code.UNKNOWN_QUEUE),
]  # fmt: skip


@pytest.mark.parametrize(("node", "code"), BAD)
def test_what_is_wrong_inside_a_node_is_found(node: Node, code: Code) -> None:
    assert codes(scheme(node, close()))[code]


def test_the_path_can_be_checked_before_anybody_calls() -> None:
    played = [After(timedelta(), Started()), After(timedelta(seconds=5), Typed("busy")), After(timedelta(), Typed())]
    moments = simulate(CHAIN, caller(), played, WORLD)
    assert isinstance(moments[1].step.verbs[-1], verbs.Enqueue)
    quiet = simulate(CHAIN, caller(), [After(timedelta(), Started()), After(timedelta(), Typed())], WORLD)
    assert quiet[-1].step.decision.path[0].took == "no_answer"
    after_mail = simulate(
        CHAIN, caller(), [played[0], *(After(timedelta(), Typed(x)) for x in ("declined", "vm"))], WORLD
    )
    assert after_mail[-1].step.interaction.awaiting is Awaiting.ENDED


def test_the_outline_shows_the_ways_of_a_ring() -> None:
    shown = [(row.way, row.node_id) for row in outline(CHAIN) if row.depth == 2]
    assert shown == [("busy", "busy"), ("no_answer", "second"), ("unreachable", "mobile"), ("declined", "mail")]
    assert isinstance(CHAIN.node("end"), Close)
