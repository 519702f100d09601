"""Logs are JSON lines with bound context and without personal data."""

from __future__ import annotations

import io
import json

import pytest

from antiphon.channels.v1.channels_pb2 import Message, SendMessageRequest
from antiphon.channels.v1.events_pb2 import MessageAdded
from antiphon.directory.v1.directory_pb2 import Contact, PutPersonRequest
from antiphon.kit import logs

pytestmark = pytest.mark.domain


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def stream() -> io.StringIO:
    caught = io.StringIO()
    logs.setup("DEBUG", caught)
    return caught


def test_context_is_bound_inside_the_block_only(stream: io.StringIO) -> None:
    log = logs.get("test")
    with logs.bound(tenant="t1"), logs.bound(item="i1"):
        log.info("offer rang out", agent="a1")
    log.warning("after")
    inside, after = lines(stream)
    assert (inside["tenant"], inside["item"], inside["agent"]) == ("t1", "i1", "a1")
    assert (inside["level"], inside["log"], inside["message"]) == ("info", "test", "offer rang out")
    assert "tenant" not in after


def test_marked_fields_are_hidden_at_every_depth(stream: io.StringIO) -> None:
    request = PutPersonRequest(password="secret-1")
    request.person.name, request.person.id = "Оксана", "pe_1"
    request.person.reaches.add(kind="phone", value="+380671234567")
    contact = Contact(id="co_1", phones=["+380671234567"], attributes={"vip": "yes"})
    event = MessageAdded(message=Message(seq=3, text="my card is 4111"))
    logs.get("test").info("asked", request=request, contact=contact, event=event, sent=SendMessageRequest(text="hi"))
    (line,) = lines(stream)
    text = json.dumps(line, ensure_ascii=False)
    for private in ("secret-1", "Оксана", "+380671234567", "yes", "4111", '"hi"'):
        assert private not in text
    assert line["request"] == {"person": {"id": "pe_1", "name": logs.HIDDEN, "reaches": [
        {"kind": "phone", "value": logs.HIDDEN}]}, "password": logs.HIDDEN}  # fmt: skip
    assert request.password == "secret-1", "the message itself is untouched"


def test_a_traceback_is_one_line(stream: io.StringIO) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        logs.get("test").exception("it failed")
    (line,) = lines(stream)
    assert "ValueError: broken" in str(line["traceback"])
