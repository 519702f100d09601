"""A customer telephones: greeting, digit, music, an agent on a SIP phone, two-way sound, record and recording."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest
import soundfile

from antiphon.kit.testing import eventually
from antiphon.media.phone.sound import Tone
from antiphon.up import trace
from antiphon.up.client import Agent
from e2e.people import ready, signed_in
from e2e.phones import (
    CUSTOMER,
    a_customers_phone,
    a_desk_phone,
    calls_the_company,
    ended,
    hears,
    hears_something,
    nothing_is_left,
)
from e2e.stack import Stack

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("who", ["customer", "agent"])
@pytest.mark.clause("A12", "A15")
async def test_a_caller_is_greeted_chooses_and_talks(stack: Stack, who: str) -> None:
    async with ready(stack, "supervisor") as supervisor, ready(stack) as agent, a_customers_phone(stack) as telephone:
        async with a_desk_phone(stack, agent.me) as desk_phone:
            call = await calls_the_company(telephone, stack)
            call.line.sound = Tone(440)
            await hears_something(call)  # the greeting
            await call.press("1")
            ring = await desk_phone.incoming(within=30)
            assert ring.answer()
            await ring.up(within=30)
            ring.line.sound = Tone(620)
            await hears(call, 620)
            await hears(ring, 440)
            (call if who == "customer" else ring).hang_up()
            await (ring if who == "customer" else call).over(within=30)
            told = await agent.event("CallEnded", lambda e: e["call"]["caller"] == CUSTOMER)
        record = await ended(agent, told["body"]["call"]["id"])
        assert record["called"] == stack.tenant.number
        assert record["outcome"] == "answered"
        caller, *legs = record["legs"]
        assert (caller["role"], caller["code"]) == ("caller", 200)
        assert caller["ended_by"] == ("caller" if who == "customer" else "callee")
        assert [leg["person_id"] for leg in legs if leg["code"] == 200] == [agent.me]
        await _check_recording(agent, record)
        item = record["item_id"]
        await agent.call("POST", f"/work/{item}/wrap-up", {"disposition": "solved"})
        await nothing_is_left(supervisor)
        await _check_history(supervisor, record)
        await _check_trace(stack, str(record["id"]))


async def _check_history(supervisor: Agent, record: dict[str, object]) -> None:
    """The call is in the history once, with its wait, its agent, its recording and its result."""

    async def told() -> dict[str, Any] | None:
        found = (await supervisor.call("GET", "/interactions?sorts=SORT_CALL&limit=200"))["interactions"]
        mine = [one for one in found if one["id"] == f"call:{record['id']}"]
        assert len(mine) <= 1
        return mine[0] if mine and mine[0]["disposition"] else None

    it = await eventually(told, within=60)
    assert (it["result"], it["direction"], it["party"]) == ("answered", "DIRECTION_INBOUND", CUSTOMER)
    assert (it["queue_id"], it["agent_id"]) == (record["queue_id"], record["agent_id"])
    assert [visit["how"] for visit in it["visits"]] == ["answered"]
    assert [(spell["transferred"], spell["agent_id"]) for spell in it["spells"]] == [(False, record["agent_id"])]
    assert (it["disposition"], it["recording_id"] != "", it["ended_at"] != "") == ("solved", True, True)


async def _check_trace(stack: Stack, call_id: str) -> None:
    """`antiphon trace` tells its life from the edge's INVITE to the ledger, whoever kept which part of it."""
    async with signed_in(stack, "owner") as owner:

        async def told() -> trace.Story | None:
            story = await trace.tell(call_id, lambda path: owner.call("GET", path), stack.directory)
            found = {line.where.split(" ")[0] for line in story.lines}
            return story if {"call", "leg", "SIP", "acd", "recording", "record", "billing"} <= found else None

        story: trace.Story = await eventually(told, within=60)
    assert not story.missing
    said = [line.what for line in sorted(story.lines, key=lambda line: line.at)]
    order = ("INVITE", "queued", "WorkOffered", "talking", "BYE")
    places = [next(place for place, what in enumerate(said) if what.startswith(word)) for word in order]
    assert places == sorted(places)
    assert len(story.trace_id) == 32


async def _check_recording(agent: Agent, record: dict[str, object]) -> None:
    """Stereo, as long as the talk, the customer on the left and the agent on the right; nobody else hears it."""
    await agent.event("RecordingReady", lambda e: e["recording"]["call_id"] == record["id"])
    found = (await agent.call("GET", f"/recordings?call_id={record['id']}"))["recordings"][0]
    answer = await agent.http.get(f"/recordings/{found['id']}/file")
    assert answer.status_code == 200
    samples, rate = soundfile.read(io.BytesIO(answer.content))
    assert samples.ndim == 2
    talked = float(str(record["talked"]).rstrip("s"))
    assert abs(len(samples) / rate - talked) <= 1
    for channel, hertz in ((0, 440), (1, 620)):
        middle = samples[len(samples) // 2 :, channel]
        assert abs(_loudest(middle, rate) - hertz) < 15
    async with httpx.AsyncClient() as stranger:
        refused = await stranger.get(f"{agent.http.base_url}recordings/{found['id']}/file")
        assert refused.status_code == 401


def _loudest(samples: object, rate: int) -> float:
    import numpy as np

    spectrum = np.abs(np.fft.rfft(np.asarray(samples) * np.hanning(len(np.asarray(samples)))))
    return float(np.fft.rfftfreq(len(np.asarray(samples)), 1 / rate)[spectrum.argmax()])


async def test_a_caller_who_gives_up_leaves_nothing_behind(stack: Stack) -> None:
    async with ready(stack, "supervisor") as supervisor, a_customers_phone(stack, "+380671112234") as telephone:
        call = await calls_the_company(telephone, stack)
        await call.press("2")
        waits = await supervisor.event("WorkQueued", lambda e: e["item"]["channel"] == "voice")
        await hears_something(call)  # music
        call.hang_up()
        gone = await supervisor.event("WorkAbandoned", lambda e: e["item"]["id"] == waits["body"]["item"]["id"])
        assert gone["body"]["item"]["state"] == "ITEM_STATE_ABANDONED"
        await nothing_is_left(supervisor)


async def test_an_agent_whose_phone_is_busy_is_passed_over(stack: Stack) -> None:
    async with (
        ready(stack) as first,
        ready(stack, number=1) as second,
        a_desk_phone(stack, first.me) as busy,
        a_desk_phone(stack, second.me) as free,
        a_customers_phone(stack, "+380671112235") as telephone,
    ):
        call = await calls_the_company(telephone, stack)
        await call.press("1")
        phones = {"busy": busy, "free": free}
        rings = await eventually(lambda: next((n for n, p in phones.items() if not p._incoming.empty()), None))
        if rings == "busy":
            (await busy.incoming(within=30)).reject(486)
        ring = await free.incoming(within=30)
        ring.answer()
        await ring.up(within=30)
        ring.line.sound, call.line.sound = Tone(700), Tone(500)
        await hears(call, 700)
        await hears(ring, 500)
        call.hang_up()
        await ring.over(within=30)
        done = await second.event("WrapUpStarted", lambda e: e["item"]["channel"] == "voice")
        await second.call("POST", f"/work/{done['body']['item']['id']}/wrap-up", {"disposition": "solved"})
