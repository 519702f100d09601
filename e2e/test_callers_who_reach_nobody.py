"""Callers whom nobody answers: closed, not there, declined, given up; a message is left, or a mobile phone rings."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
import soundfile

from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import PhoneCall
from antiphon.media.phone.sound import Tone
from antiphon.up.client import Agent
from antiphon.up.demo_phones import OPERATOR
from e2e.people import ready, reception, signed_in
from e2e.phones import (
    AGENTS_TONE,
    COLLEAGUES_TONE,
    CUSTOMERS_TONE,
    DOMAIN,
    a_customers_phone,
    a_desk_phone,
    an_operator,
    answers,
    calls_a_number,
    calls_the_company,
    ended,
    hear_each_other,
    hears,
    nothing_is_left,
)
from e2e.stack import Stack

pytestmark = pytest.mark.e2e
NEVER = {"name": "Never", "time_zone": "Europe/Kyiv", "week": []}
BYE = {"id": "bye", "kind": "close", "text": {"en": "Good-bye."}, "outcome": "closed"}
BEEP = 1000


def mailbox(person_id: str) -> dict[str, Any]:
    text = {"en": "Speak after the tone."}
    return {"id": "box", "kind": "voicemail", "box": "person", "box_id": person_id, "text": text, "next": "bye"}


def rings(person_id: str, then: str, seconds: int = 20) -> dict[str, Any]:
    target = {"who": "person", "value": person_id}
    return {"id": "ring", "kind": "ring", "targets": [target], "timeout_s": seconds, "on_no_answer": then}


async def leaves_a_message(call: PhoneCall) -> None:
    """Waits for the tone and speaks for some two seconds."""
    call.line.sound = Tone(CUSTOMERS_TONE)
    await hears(call, BEEP)
    sent = call.line.sent
    await eventually(lambda: call.line.sent > sent + 120)
    call.hang_up()


async def is_told_and_listens(owner: Agent, customer: str) -> None:
    """The owner of the box is told, finds who called and when, and hears him."""
    told = await owner.event("VoicemailLeft", lambda e: e["voicemail"]["caller"] == customer)
    found = (await owner.call("GET", "/voicemails"))["voicemails"]
    message = next(each for each in found if each["id"] == told["body"]["voicemail"]["id"])
    assert (message["caller"], message["person_id"], message.get("heard", False)) == (customer, owner.me, False)
    assert message["left_at"]
    answer = await owner.http.get(f"/voicemails/{message['id']}/file")
    assert answer.status_code == 200
    samples, rate = soundfile.read(io.BytesIO(answer.content))
    mono = samples if samples.ndim == 1 else samples[:, 0]
    middle = mono[len(mono) // 2 :]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert abs(np.fft.rfftfreq(len(middle), 1 / rate)[spectrum.argmax()] - CUSTOMERS_TONE) < 20
    assert len(mono) / rate > 1

    async def heard() -> bool:
        known = (await owner.call("GET", "/voicemails"))["voicemails"]
        return any(each["id"] == message["id"] and each["heard"] for each in known)

    await eventually(heard)


async def test_outside_of_working_hours_a_message_is_left(stack: Stack) -> None:
    number, customer = "+380443902031", "+380671112251"
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        signed_in(stack) as agent,
        a_customers_phone(stack, customer) as telephone,
    ):
        hours = {"id": "hours", "kind": "hours", "calendar_id": "CALENDAR", "open": "bye", "closed": "box"}
        await reception(owner, number, hours, mailbox(agent.me), BYE, calendar=NEVER)
        await leaves_a_message(await calls_a_number(telephone, number))
        await is_told_and_listens(agent, customer)
        await nothing_is_left(supervisor)


@pytest.mark.clause("A13")
async def test_whoever_is_not_answered_leaves_a_message(stack: Stack) -> None:
    number, customer = "+380443902032", "+380671112252"
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        signed_in(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        a_customers_phone(stack, customer) as telephone,
    ):
        await reception(owner, number, rings(agent.me, "box", 5), mailbox(agent.me), BYE)
        call = await telephone.call(f"sip:{number}@{DOMAIN}")
        ring = await phone.incoming(within=30)
        ring.ring()
        await ring.over(within=30)  # nobody picks up
        await call.up(within=30)
        await leaves_a_message(call)
        await is_told_and_listens(agent, customer)
        told = await supervisor.event("CallEnded", lambda e: e["call"]["caller"] == customer)
        assert told["body"]["call"]["outcome"] == "voicemail"
        await nothing_is_left(supervisor)


@asynccontextmanager
async def a_queue(owner: Agent, number: str, *people: str) -> AsyncIterator[str]:
    """A number that leads into a queue of these people, whose phones ring for three seconds."""
    members = [{"person_id": each, "level": 1} for each in people]
    new = {"name": f"Queue of {number}", "strategy": "longest_idle", "members": members, "ring_time": "3s"}
    new |= {"dispositions": [{"code": "solved", "title": "Solved", "default": True}]}
    queue = (await owner.call("POST", "/queues", {"queue": new}))["queue"]
    enqueue = {"id": "queue", "kind": "enqueue", "queue_id": queue["id"], "priority": 0, "max_wait_s": 180}
    await reception(owner, number, enqueue | {"greeting": {"en": "Please wait."}, "on_timeout": "bye"}, BYE)
    yield str(queue["id"])


@pytest.mark.parametrize(
    ("how", "number"),
    [
        ("rings out", "+380443902033"),
        ("declines on the phone", "+380443902034"),
        ("declines at the desk", "+380443902035"),
    ],
)
async def test_the_next_agent_is_asked(stack: Stack, how: str, number: str) -> None:
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        ready(stack) as first,
        signed_in(stack, number=1) as second,
        a_desk_phone(stack, first.me) as one,
        a_desk_phone(stack, second.me) as other,
        a_customers_phone(stack, "+380671112253") as telephone,
        a_queue(owner, number, first.me, second.me),
    ):
        call = await calls_a_number(telephone, number)
        call.line.sound = Tone(CUSTOMERS_TONE)
        unanswered = await one.incoming(within=30)
        await second.be("READY")
        if how == "declines on the phone":
            unanswered.reject(603)
        elif how == "declines at the desk":
            items = (await first.call("GET", "/me/work"))["items"]
            item = next(each["id"] for each in items if each["channel"] == "voice")
            await first.call("POST", f"/work/{item}/decline", {})
        ring = await answers(other, COLLEAGUES_TONE)
        await unanswered.over(within=30)
        await hear_each_other(call, ring, COLLEAGUES_TONE)
        call.hang_up()
        await ring.over(within=30)
        await nothing_is_left(supervisor)


async def test_a_caller_gives_up_while_an_agents_phone_rings(stack: Stack) -> None:
    customer = "+380671112254"
    async with (
        ready(stack, "supervisor") as supervisor,
        ready(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        a_customers_phone(stack, customer) as telephone,
    ):
        call = await calls_the_company(telephone, stack)
        await call.press("1")
        ring = await phone.incoming(within=30)
        ring.ring()
        call.hang_up()
        await ring.over(within=30)
        told = await supervisor.event("CallEnded", lambda e: e["call"]["caller"] == customer)
        assert told["body"]["call"]["outcome"] == "abandoned"
        item = told["body"]["call"]["item_id"]
        gone = await supervisor.event("WorkAbandoned", lambda e: e["item"]["id"] == item)
        assert gone["body"]["item"]["state"] == "ITEM_STATE_ABANDONED"
        await nothing_is_left(supervisor)


async def test_a_call_is_cancelled_before_anybody_answered(stack: Stack) -> None:
    number, customer = "+380443902036", "+380671112255"
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        signed_in(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        a_customers_phone(stack, customer) as telephone,
    ):
        await reception(owner, number, rings(agent.me, "bye"), BYE)
        call = await telephone.call(f"sip:{number}@{DOMAIN}")
        ring = await phone.incoming(within=30)
        ring.ring()
        await call.rang.wait()
        call.hang_up()  # CANCEL
        assert await call.over(within=30) == 487
        await ring.over(within=30)
        told = await supervisor.event("CallEnded", lambda e: e["call"]["caller"] == customer)
        record = await ended(supervisor, told["body"]["call"]["id"])
        assert "answered_at" not in record or not record["answered_at"]
        await nothing_is_left(supervisor)


@pytest.mark.clause("A19")
async def test_a_mobile_phone_rings_when_no_phone_is_connected(stack: Stack) -> None:
    number, mobile = "+380443902037", "+380501234567"
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        signed_in(stack) as agent,
        a_customers_phone(stack, "+380671112256") as telephone,
        an_operator(stack) as operator,
    ):
        trunks = (await owner.call("GET", "/trunks"))["trunks"]
        trunk = next(each for each in trunks if each["name"] == OPERATOR)
        await owner.call("PUT", f"/trunks/{trunk['id']}", {"trunk": trunk | {"port": operator.endpoint.port}})
        await reception(owner, number, rings(agent.me, "bye"), BYE)
        person = (await owner.call("GET", f"/people/{agent.me}"))["person"]
        person = await _forwards(owner, person, mobile)
        try:
            call = await telephone.call(f"sip:{number}@{DOMAIN}")
            ring = await answers(operator, AGENTS_TONE)
            assert mobile.removeprefix("+") in ring.leg.invite.uri
            await call.up(within=30)
            call.line.sound = Tone(CUSTOMERS_TONE)
            await hear_each_other(call, ring)
            ring.hang_up()
            await call.over(within=30)
        finally:
            await _forwards(owner, person, "")
        await nothing_is_left(supervisor)


async def _forwards(owner: Agent, person: dict[str, Any], mobile: str) -> dict[str, Any]:
    changed = {"person": person | {"forward_to": mobile}}
    stored: dict[str, Any] = (await owner.call("PUT", f"/people/{person['id']}", changed))["person"]
    return stored
