"""Schemes and the rest as JSON and back, and the exact place of every mistake."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from antiphon.routing.domain.calendars import Calendar
from antiphon.routing.domain.codec import Invalid, decode, encode, scheme_from_json, scheme_to_json
from antiphon.routing.domain.decision import Decision, Step
from antiphon.routing.domain.events import Event, HttpAnswered, Input, Started
from antiphon.routing.domain.interaction import Interaction
from antiphon.routing.domain.interpreter import step
from antiphon.routing.domain.lists import Callers, Kind, Rule
from antiphon.routing.domain.nodes import KINDS
from antiphon.routing.domain.reasons import Outcome, Reason
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.tests.examples import NOON, OFFICE, OFFICE_SCHEME, WORLD, caller
from antiphon.routing.tests.test_interpreter_never_fails import schemes

pytestmark = pytest.mark.domain


@settings(max_examples=50)
@given(schemes)
def test_every_scheme_survives_json(scheme: Scheme) -> None:
    assert scheme_from_json(json.loads(json.dumps(scheme_to_json(scheme)))) == scheme


def test_the_stored_form_is_what_an_api_would_show() -> None:
    plain = "say menu set_variables condition hours caller_list http enqueue close"
    assert " ".join(KINDS) == f"{plain} play collect ring voicemail fax record conference callback"
    assert scheme_to_json(OFFICE_SCHEME)["nodes"][0] == {
        "kind": "hours",
        "id": "hours",
        "name": "Working hours",
        "calendar_id": "office",
        "open": "menu",
        "closed": "later",
        "holiday": "feast",
    }


@pytest.mark.parametrize(
    "value",
    [
        OFFICE,
        caller(variables={"a": 1, "b": None, "c": ("x", 2.5, True)}),
        Callers("vip", frozenset({"+380*", "+44*"})),
        Rule(Kind.BLOCK, Callers("spam", frozenset())),
        step(OFFICE_SCHEME, caller(), Started(), WORLD, NOON),
    ],
)
def test_all_that_is_stored_survives_json(value: Calendar | Interaction | Callers | Rule | Step) -> None:
    assert decode(type(value), json.loads(json.dumps(encode(value)))) == value


def test_a_decision_is_stored_in_words() -> None:
    document = encode(step(OFFICE_SCHEME, caller(), Started(), WORLD, NOON).decision)

    assert document["why"] == "awaits_input"
    assert document["path"][0] == {
        "node_id": "hours",
        "took": "open",
        "facts": {"until": "2026-03-04T18:00:00+00:00"},
    }
    assert decode(Decision, document).why is Outcome.AWAITS_INPUT


def test_events_carry_their_kind() -> None:
    events: list[Event] = [Input(text="hi", turn=3), HttpAnswered(status=200, json={"a": [1]})]
    for event in events:
        assert decode(type(event), encode(event)) == event
    assert encode(Started()) == {"kind": "started", "turn": None}


def broken(*place: str | int, value: Any) -> Any:
    """The document of the office scheme with one place changed, or removed by `...`."""
    document = json.loads(json.dumps(scheme_to_json(OFFICE_SCHEME)))
    inside = document
    for key in place[:-1]:
        inside = inside[key]
    if value is ...:
        del inside[place[-1]]
    else:
        inside[place[-1]] = value
    return document


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ([], "", "expected an object"),
        (None, "", "expected an object"),
        (broken("id", value=...), "id", "this field is required"),
        (broken("color", value=1), "color", "there is no field 'color'"),
        (broken("kind", value="scheme"), "kind", "there is no field 'kind'"),
        (broken("nodes", value={}), "nodes", "expected an array"),
        (broken("nodes", 1, "kind", value="dance"), "nodes[1].kind", "expected one of say, menu"),
        (broken("nodes", 1, "kind", value=...), "nodes[1].kind", "expected one of say, menu"),
        (broken("nodes", 1, "kind", value=[]), "nodes[1].kind", "expected one of say, menu"),
        (broken("nodes", 1, "timeout_s", value="5"), "nodes[1].timeout_s", "expected a whole number"),
        (broken("nodes", 1, "timeout_s", value=True), "nodes[1].timeout_s", "expected a whole number"),
        (broken("nodes", 1, "timeout_s", value=5.5), "nodes[1].timeout_s", "expected a whole number"),
        (broken("nodes", 1, "options", 0, "key", value=1), "nodes[1].options[0].key", "expected a text"),
        (broken("nodes", 1, "options", 0, "kee", value=1), "nodes[1].options[0].kee", "there is no field"),
        (broken("nodes", 1, "text", "en", value=None), "nodes[1].text.en", "expected a text"),
        (broken("nodes", 0, "open", value=3), "nodes[0].open", "expected a text"),
        (broken("nodes", 0, "calendar_id", value=...), "nodes[0].calendar_id", "this field is required"),
    ],
)
def test_a_mistake_in_a_document_has_its_path(document: Any, path: str, message: str) -> None:
    with pytest.raises(Invalid) as invalid:
        scheme_from_json(document)

    assert invalid.value.reason is Reason.INVALID_DOCUMENT
    assert invalid.value.path == path
    assert invalid.value.message.startswith(message)


def test_a_whole_number_may_arrive_as_a_float() -> None:
    """JSON and protobuf's Struct know one kind of number."""
    assert scheme_from_json(broken("nodes", 1, "timeout_s", value=5.0)) == OFFICE_SCHEME


def test_times_and_choices_are_checked() -> None:
    good = encode(caller())
    for field, value in (("started_at", "yesterday"), ("awaiting", "godot"), ("variables", {"x": {}})):
        with pytest.raises(Invalid) as invalid:
            decode(Interaction, good | {field: value})
        assert invalid.value.path.startswith(field)
    assert decode(Interaction, good | {"turn": 4}) == replace(caller(), turn=4)
