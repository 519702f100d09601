"""The call of `antiphon smoke`: a customer's telephone → the edge → the reception → a digit → a queue → the agent's
SIP phone, a tone each way, and the record and the recording of it.
"""

from __future__ import annotations

import asyncio
import io
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import soundfile

from antiphon.kit import tasks
from antiphon.media.phone.phone import Phone, PhoneCall
from antiphon.media.phone.sound import Tone
from antiphon.up import telephones
from antiphon.up.client import Agent, Problem
from antiphon.up.demo_tenant import DemoTenant
from antiphon.up.hops import OFFER_WITHIN, HopFailed, Hops
from antiphon.up.settings import Smoke
from antiphon.up.telephones import Exchange

CUSTOMERS_TONE, AGENTS_TONE = 440, 620
DIGIT = "1"
TALK = 1.5
"""Seconds of talk at least, so that there is something to compare the recording with."""
LENGTH_OFF = 1.0
"""Seconds by which a recording may differ from the talk."""
_LOOK = 0.2
_TIDY_WITHIN = 5.0
_ALWAYS = 3600.0


@dataclass(frozen=True, slots=True)
class Lines:
    """What the test telephones with."""

    exchange: Exchange
    username: str
    password: str


def lines(settings: Smoke, tenant: DemoTenant | None, person_id: str) -> Lines | None:
    """From the settings, or of the demo tenant's agent; None when neither knows a phone."""
    kept = next((phone for phone in tenant.phones if phone.person_id == person_id), None) if tenant else None
    address = settings.sip or (tenant.sip if tenant else "")
    number = settings.number or (tenant.number if tenant else "")
    username = settings.sip_user or (kept.username if kept else "")
    password = settings.sip_password.get_secret_value() or (kept.password if kept else "")
    if not (address and number and username and password):
        return None
    return Lines(Exchange(address, number), username, password)


async def call(agent: Agent, found: Lines, hops: Hops) -> None:
    """One call to an agent who is ready; nothing of it is left to him. Raises HopFailed."""
    number = f"+38067{secrets.randbelow(10_000_000):07}"
    try:
        async with AsyncExitStack() as phones:
            work = phones.enter_async_context(telephones.desk_phone(found.exchange, found.username, found.password))
            desk = await hops.hop("agent's phone registered", work)
            customer = await phones.enter_async_context(telephones.customers_phone(found.exchange, number))
            item_id = await _through(agent, desk, customer, found.exchange, hops)
    except HopFailed:
        await _leave_nothing(agent)
        raise
    await hops.hop("call wrapped up", wrap_up(agent, item_id))


async def _through(agent: Agent, desk: Phone, customer: Phone, exchange: Exchange, hops: Hops) -> str:
    """From the dialling to the recording; the work item of the call."""
    line = await hops.hop("call answered", telephones.dial(customer, exchange))
    line.line.sound = Tone(CUSTOMERS_TONE)
    await hops.hop("menu heard", telephones.hears_something(line))
    seen = len(agent.events)
    line.line.press(DIGIT)
    await hops.hop("call queued", agent.until(lambda: _queued(agent, seen)))
    async with only_calls(agent):
        ring = await hops.hop("agent's phone rings", _ours(desk, customer.account.user), OFFER_WITHIN)
    await hops.hop("agent's phone answered", _answer(ring))
    began = time.perf_counter()
    await hops.hop("caller hears agent", telephones.hears(line, AGENTS_TONE))
    await hops.hop("agent hears caller", telephones.hears(ring, CUSTOMERS_TONE))
    await asyncio.sleep(max(0.0, TALK - (time.perf_counter() - began)))
    line.hang_up()
    await hops.hop("call over", ring.over())
    told = await hops.hop("call's end told", agent.event("CallEnded", lambda e: _is_of(e, customer.account.user)))
    record = await hops.hop("record found", _record(agent, told["body"]["call"]["id"]))
    await hops.hop("recording found", _recording(agent, record))
    return str(record["item_id"])


def _queued(agent: Agent, since: int) -> bool:
    """A call waits in a queue, or is offered already."""
    kinds = ("WorkQueued", "WorkOffered")
    for event in agent.events[since:]:
        if event["type"].endswith(kinds) and event["body"].get("item", {}).get("channel") == "voice":
            return True
    return False


@asynccontextmanager
async def only_calls(agent: Agent) -> AsyncIterator[None]:
    """Meanwhile chats that are offered to the agent are left to colleagues: who is rung for a chat gets no call."""
    task = asyncio.ensure_future(_decline_chats(agent))
    try:
        yield
    finally:
        await tasks.end(task)


async def _decline_chats(agent: Agent) -> None:
    done: set[tuple[str, int]] = set()
    while True:
        event = await agent.event("WorkOffered", lambda e: _is_a_chat(e) and _offer_id(e) not in done, within=_ALWAYS)
        item_id, version = _offer_id(event["body"])
        done.add((item_id, version))
        with suppress(Problem, httpx.HTTPError):  # it rang out, or was taken
            await agent.call("POST", f"/work/{item_id}/decline", {"version": version, "reason": "smoke"})


def _is_a_chat(body: dict[str, Any]) -> bool:
    return bool(body["item"]["channel"] != "voice")


def _offer_id(body: dict[str, Any]) -> tuple[str, int]:
    return body["offer"]["item_id"], body["offer"]["version"]


async def _ours(desk: Phone, number: str) -> PhoneCall:
    """The ring of our customer; what else rings here is told that this phone is busy, and goes to colleagues."""
    while True:
        ring = await desk.incoming(within=OFFER_WITHIN)
        if number.lstrip("+") in ring.leg.header("From"):
            return ring
        ring.reject(486)


async def _answer(ring: PhoneCall) -> None:
    if not ring.answer():
        raise HopFailed("no codec in common")
    await ring.up(within=OFFER_WITHIN)
    ring.line.sound = Tone(AGENTS_TONE)


def _is_of(body: dict[str, Any], number: str) -> bool:
    return bool(body["call"]["caller"] == number)


async def _record(agent: Agent, call_id: str) -> dict[str, Any]:
    """The record, which says that the call was answered and by whom."""
    while True:
        found: dict[str, Any] = (await agent.call("GET", f"/calls/{call_id}"))["call"]
        if found["state"] == "CALL_STATE_ENDED":
            break
        await asyncio.sleep(_LOOK)
    if found["outcome"] != "answered" or found["agent_id"] != agent.me:
        raise HopFailed(f"the record says: {found['outcome']}")
    return found


async def _recording(agent: Agent, record: dict[str, Any]) -> None:
    """The file, which is as long as the talk."""
    await agent.event("RecordingReady", lambda e: bool(e["recording"]["call_id"] == record["id"]))
    found = (await agent.call("GET", f"/recordings?call_id={record['id']}"))["recordings"][0]
    answer = await agent.http.get(f"/recordings/{found['id']}/file")
    if answer.status_code != 200:
        raise HopFailed(f"the file: {answer.status_code}")
    samples, rate = soundfile.read(io.BytesIO(answer.content))
    length, talked = len(samples) / rate, float(str(record["talked"]).rstrip("s"))
    if abs(length - talked) > LENGTH_OFF:
        raise HopFailed(f"{length:.1f} s long, but they talked {talked:.1f} s")


async def _leave_nothing(agent: Agent) -> None:
    """After a failure, when both phones have hung up: the agent's call, if it came so far, is wrapped up."""
    with suppress(Problem, httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(_TIDY_WITHIN):
            while True:
                held = [one for one in (await agent.call("GET", "/me/work"))["items"] if one["channel"] == "voice"]
                if not held:
                    return
                for item in held:
                    if item["state"] == "ITEM_STATE_WRAP_UP":
                        await wrap_up(agent, item["id"])
                await asyncio.sleep(_LOOK)


async def wrap_up(agent: Agent, item_id: str) -> None:
    """Ends the after-contact work, where the queue asks for it."""
    item = next((each for each in (await agent.call("GET", "/me/work"))["items"] if each["id"] == item_id), None)
    if item is None:
        return
    queues = (await agent.call("GET", "/queues"))["queues"]
    known = next(queue["dispositions"] for queue in queues if queue["id"] == item["queue_id"])
    await agent.call("POST", f"/work/{item_id}/wrap-up", {"disposition": known[0]["code"] if known else ""})
