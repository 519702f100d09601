"""Whatever the scheme and whatever comes in: no exception, no silence, no endless walk."""

from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.routing.domain import verbs
from antiphon.routing.domain.codec import decode, encode
from antiphon.routing.domain.events import (
    Ending,
    EnqueueEnded,
    Event,
    Failed,
    FaxEnded,
    HttpAnswered,
    HttpFailed,
    Input,
    RingEnded,
    Ringing,
    Started,
    TimedOut,
    VoicemailEnded,
)
from antiphon.routing.domain.findings import Code
from antiphon.routing.domain.interaction import Awaiting, Interaction
from antiphon.routing.domain.interpreter import step
from antiphon.routing.domain.nodes import (
    Branch,
    Callback,
    CallerList,
    Close,
    Collect,
    Condition,
    Conference,
    Enqueue,
    Fax,
    Hours,
    Http,
    Menu,
    Node,
    Option,
    Play,
    Record,
    Ring,
    RingTarget,
    Say,
    SetVariables,
    Voicemail,
)
from antiphon.routing.domain.reasons import Outcome
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.validation import validate
from antiphon.routing.domain.walk import LIFETIME_LIMIT, STEP_LIMIT
from antiphon.routing.tests.examples import KNOWN, NOON, WORLD, caller

pytestmark = pytest.mark.domain

T = TypeVar("T")

IDS = list("abcdef")
WAITING = {
    Awaiting.INPUT: verbs.Menu,
    Awaiting.HTTP: verbs.HttpCall,
    Awaiting.QUEUE: verbs.Enqueue,
    Awaiting.PERSON: verbs.Wait,
    Awaiting.DIGITS: verbs.Collect,
    Awaiting.RING: verbs.Ring,
    Awaiting.VOICEMAIL: verbs.Voicemail,
    Awaiting.FAX: verbs.Fax,
    Awaiting.CONFERENCE: verbs.Conference,
}
IGNORED = {Outcome.NOT_AWAITED, Outcome.STALE, Outcome.ALREADY_ENDED}

goto = st.sampled_from([*IDS, *IDS, "ghost", None])
text = st.dictionaries(st.sampled_from(["en", "uk"]), st.sampled_from(["Hi", "{{var.x}}", "{{", ""]), max_size=2)
condition = st.sampled_from(['channel == "voice"', "var.x", "var.x >= 2", "not", "caller in [", "true"])
variables = st.dictionaries(st.sampled_from(["x", "y", "language"]), st.sampled_from(["1", "{{caller}}", "uk"]))


calendar = st.sampled_from(["office", "gone"])
option = st.builds(Option, key=st.sampled_from(["1", "2", ""]), label=text, next=goto)
target = st.builds(
    RingTarget, who=st.sampled_from(["person", "number"]), value=st.sampled_from(["p1", "+380441234567", "{{var.x}}"])
)
branch = st.builds(Branch, when=condition, next=goto)


def several(items: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(items, max_size=3).map(tuple)


def node(node_id: str) -> st.SearchStrategy[Node]:
    named = {"id": st.just(node_id)}
    return st.one_of(
        st.builds(Say, **named, text=text, next=goto),
        st.builds(
            Menu,
            **named,
            text=text,
            options=several(option),
            repeats=st.integers(0, 2),
            on_no_input=goto,
        ),
        st.builds(SetVariables, **named, values=variables, next=goto),
        st.builds(
            Condition,
            **named,
            branches=several(branch),
            otherwise=goto,
        ),
        st.builds(Hours, **named, calendar_id=calendar, open=goto, closed=goto, holiday=goto),
        st.builds(CallerList, **named, list_id=st.just("vip"), listed=goto, otherwise=goto),
        st.builds(
            Http,
            **named,
            url=st.just("https://crm.example.com/{{var.x}}"),
            headers=st.just({}),
            save=st.dictionaries(st.sampled_from("xy"), st.sampled_from(["a", "a.0", "..", ""])),
            on_ok=goto,
            on_error=goto,
        ),
        st.builds(Enqueue, **named, queue_id=st.just("sales"), greeting=text, on_timeout=goto, on_closed=goto),
        st.builds(Close, **named, text=text),
        *of_calls(named),
    )


def of_calls(named: dict[str, st.SearchStrategy[str]]) -> list[st.SearchStrategy[Node]]:
    return [
        st.builds(Play, **named, source=st.just("music:default"), next=goto),
        st.builds(
            Collect, **named, text=text, save=st.just("x"), repeats=st.integers(0, 2), next=goto, on_no_input=goto
        ),
        st.builds(
            Ring,
            **named,
            targets=several(target),
            on_answered=goto,
            on_busy=goto,
            on_no_answer=goto,
            on_unreachable=goto,
            on_declined=goto,
        ),
        st.builds(Fax, **named, box=st.just("group"), box_id=st.just("g1"), next=goto),
        st.builds(Voicemail, **named, box=st.just("group"), box_id=st.just("g1"), text=text, next=goto),
        st.builds(Record, **named, on=st.booleans(), next=goto),
        st.builds(Conference, **named, room=st.just("{{var.x}}"), on_error=goto),
        st.builds(Callback, **named, queue_id=st.just("sales"), text=text, next=goto),
    ]


schemes = st.builds(
    Scheme,
    id=st.just("main"),
    name=st.just("Any"),
    start=goto,
    languages=st.just(("en", "uk")),
    nodes=st.tuples(*map(node, IDS)),
)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
turn = st.none() | st.integers(0, 6)
event: st.SearchStrategy[Event] = st.one_of(
    st.builds(Started, turn=turn),
    st.builds(
        Input,
        turn=turn,
        text=st.sampled_from(["1", "hi", "", "²"]) | st.text(max_size=3),
        key=st.sampled_from(["", "1", "9"]),
    ),
    st.builds(TimedOut, turn=turn),
    st.builds(HttpAnswered, turn=turn, status=st.integers(-1, 600), json=json),
    st.builds(HttpFailed, turn=turn, reason=st.text(max_size=3)),
    st.builds(EnqueueEnded, turn=turn, how=st.sampled_from(Ending)),
    st.builds(RingEnded, turn=turn, how=st.sampled_from(Ringing)),
    st.builds(FaxEnded, turn=turn, fax_id=st.sampled_from(["", "fx_1"])),
    st.builds(VoicemailEnded, turn=turn, voicemail_id=st.sampled_from(["", "vm_1"])),
    st.builds(
        Failed,
        turn=turn,
        verb=st.sampled_from(
            ["menu", "enqueue", "http_call", "say", "ring", "collect", "voicemail", "fax", "conference"]
        ),
        reason=st.just("broken"),
    ),
)


@settings(max_examples=100)
@given(schemes, st.lists(event, max_size=12), st.sampled_from(["voice", "webchat"]))
def test_any_events_in_any_scheme_end_or_wait(scheme: Scheme, events: list[Event], channel: str) -> None:
    interaction = caller(channel=channel)
    for happened in [Started(), *events]:
        done = step(scheme, interaction, happened, WORLD, NOON)
        if done.decision.why in IGNORED:
            assert (done.verbs, done.interaction) == ((), interaction)
            continue
        assert done.interaction.turn == interaction.turn + 1
        assert len(done.decision.path) <= STEP_LIMIT + 1
        assert done.interaction.visited - interaction.visited <= STEP_LIMIT
        assert done.interaction.visited <= LIFETIME_LIMIT
        last = done.verbs[-1] if done.verbs else None
        if done.interaction.awaiting is Awaiting.ENDED:
            assert isinstance(last, verbs.Close) or done.decision.why is Outcome.ABANDONED
        else:
            assert isinstance(last, WAITING[done.interaction.awaiting])
        interaction = decode(Interaction, encode(done.interaction))  # the state survives its journey
        assert interaction == done.interaction


FORETOLD = {
    Outcome.UNKNOWN_NODE: {Code.UNKNOWN_TARGET, Code.MISSING_START},
    Outcome.NO_WAY_ON: {Code.MISSING_EXIT, Code.MISSING_START},
    Outcome.STEP_LIMIT: {Code.ENDLESS_LOOP, Code.FORWARDING_LOOP},
}


@settings(max_examples=100)
@given(schemes, st.lists(event, max_size=12), st.sampled_from(["voice", "webchat"]))
def test_whatever_goes_wrong_was_foretold_by_validation(scheme: Scheme, events: list[Event], channel: str) -> None:
    """So a scheme without findings never loses a customer."""
    codes = {finding.code for finding in validate(scheme, KNOWN)}
    interaction = caller(channel=channel)
    for happened in [Started(), *events]:
        done = step(scheme, interaction, happened, WORLD, NOON)
        assert done.decision.why not in FORETOLD or FORETOLD[done.decision.why] & codes
        interaction = done.interaction
