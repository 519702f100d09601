"""JSON in is strict, JSON out is complete."""

from __future__ import annotations

from typing import Any

import pytest

from antiphon.acd.v1 import acd_pb2
from antiphon.channels.v1 import channels_pb2
from antiphon.common.v1 import money_pb2
from antiphon.directory.v1 import directory_pb2
from antiphon.inbox import wire
from antiphon.kit.errors import DomainError
from antiphon.routing.v1 import routing_pb2

pytestmark = pytest.mark.domain


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ([], ""),
        ({"queu": {}}, "queu"),
        ({"queue": []}, "queue"),
        ({"queue": None}, "queue"),
        ({"queue": {"maxWaiting": 1}}, "queue.maxWaiting"),
        ({"queue": {"max_waiting": "1"}}, "queue.max_waiting"),
        ({"queue": {"max_waiting": True}}, "queue.max_waiting"),
        ({"queue": {"max_waiting": 1.5}}, "queue.max_waiting"),
        ({"queue": {"max_waiting": 2**31}}, "queue.max_waiting"),
        ({"queue": {"name": 1}}, "queue.name"),
        ({"queue": {"wrap_up": 1}}, "queue.wrap_up"),
        ({"queue": {"wrap_up": "NONSENSE"}}, "queue.wrap_up"),
        ({"queue": {"members": {}}}, "queue.members"),
        ({"queue": {"members": [{"person_id": "a", "x": 1}]}}, "queue.members[0].x"),
        ({"queue": {"skills": {"en": "high"}}}, "queue.skills.en"),
        ({"queue": {"ring_time": 20}}, "queue.ring_time"),
        ({"queue": {"ring_time": "20 seconds"}}, ""),
        ({"queue": {"members": [{"person_id": "a", "group_id": "b"}]}}, ""),
    ],
)
def test_what_is_not_exactly_the_request_is_refused_by_its_path(data: Any, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        wire.parse(acd_pb2.PutQueueRequest, data)
    assert refused.value.facts["field"] == field


def test_a_record_comes_back_as_it_went_in_and_lacks_nothing() -> None:
    queue = {"name": "Sales", "ring_time": "20s", "members": [{"person_id": "a"}], "skills": {"en": 3}}
    shown = wire.render(wire.parse(acd_pb2.PutQueueRequest, {"queue": queue}))["queue"]
    assert shown["ring_time"] == "20s"
    assert shown["skills"] == {"en": 3}
    assert shown["wrap_up"] == "WRAP_UP_MODE_UNSPECIFIED"
    assert shown["dispositions"] == []
    assert "aging_rate" not in shown, "a field with presence that is unset is absent"


def test_free_data_keeps_its_types() -> None:
    graph = {"start": "a", "nodes": [{"id": "a", "n": 3, "x": 1.5, "none": None, "deep": {"list": [1, "a", True]}}]}
    message = wire.parse(routing_pb2.PutSchemeRequest, {"scheme": {"name": "s", "graph": graph}})
    assert wire.render(message)["scheme"]["graph"] == graph


def test_a_number_that_is_no_number_is_refused() -> None:
    with pytest.raises(DomainError):
        wire.parse(directory_pb2.PutPersonRequest, {"person": {"roles": ["ROLE_AGENT", "ROLE_KING"]}})


def test_query_parameters_are_the_scalar_fields_of_the_request() -> None:
    def read(*pairs: tuple[str, str]) -> dict[str, Any]:
        return wire.from_query(channels_pb2.ListConversationsRequest, pairs)

    assert read(("view", "CONVERSATION_VIEW_MINE"), ("limit", "5")) == {"view": "CONVERSATION_VIEW_MINE", "limit": 5}
    contacts = wire.from_query(directory_pb2.ListContactsRequest, [("contact_ids", "a"), ("contact_ids", "b")])
    assert contacts == {"contact_ids": ["a", "b"]}
    for wrong in ([("limit", "x")], [("limit", "1"), ("limit", "2")], [("nothing", "1")]):
        with pytest.raises(DomainError):
            read(*wrong)
    with pytest.raises(DomainError):
        wire.from_query(directory_pb2.ListPeopleRequest, [("include_disabled", "1")])


@pytest.mark.parametrize("value", [5, "5.0", "five", "", str(2**63), None])
def test_a_long_number_is_a_string_as_the_description_says(value: Any) -> None:
    """JavaScript's numbers end at 2^53: money would be rounded."""
    with pytest.raises(DomainError) as refused:
        wire.parse(money_pb2.Money, {"currency": "UAH", "micros": value})
    assert refused.value.facts["field"] == "micros"
    exact: Any = wire.parse(money_pb2.Money, {"currency": "UAH", "micros": "-9007199254740993"})
    assert exact.micros == -9007199254740993
