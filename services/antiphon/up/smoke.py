"""`antiphon smoke URL`: a chat through the running stack, by the doors its users use, each hop timed.

It signs in over REST as the smoke agent, listens on the real-time socket, and writes as a visitor over the widget's
socket. The first hop that does not happen in time is named, and the exit code is 1.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Any, TypeVar

import httpx

from antiphon.kit import show
from antiphon.up import demo_tenant
from antiphon.up.client import Agent, Problem, Visitor, widget_of
from antiphon.up.settings import Smoke

T = TypeVar("T")
_WITHIN = 30.0
_OFFER_WITHIN = 60.0
"""Longer than an offer rings: colleagues who are ready may be asked first."""
_REACHED = ("waiting", "open")


class HopFailed(Exception):
    """A hop did not happen; `args[0]` names it."""


def run(url: str, *, as_json: bool) -> int:
    """Prints each hop with its time; 1 when one failed."""
    steps = _Steps()
    try:
        asyncio.run(_chat(url, Smoke(), steps))
    except HopFailed as failure:
        steps.rows.append({"hop": steps.current, "ms": None, "result": f"FAILED: {failure}"})
    show.rows(steps.rows, as_json=as_json, title=f"Smoke test of {url}")
    return int(any(row["result"] != "ok" for row in steps.rows))


class _Steps:
    """The hops so far."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []
        self.current = ""

    async def hop(self, name: str, work: Awaitable[T], within: float = _WITHIN) -> T:
        """Waits for a hop and notes how long it took."""
        self.current = name
        started = time.perf_counter()
        try:
            async with asyncio.timeout(within):
                result = await work
        except TimeoutError as error:
            raise HopFailed(f"not within {within:.0f} s") from error
        except (httpx.HTTPError, Problem, OSError) as error:
            raise HopFailed(str(error) or type(error).__name__) from error
        self.rows.append({"hop": name, "ms": round((time.perf_counter() - started) * 1000, 1), "result": "ok"})
        return result


async def _chat(url: str, settings: Smoke, steps: _Steps) -> None:
    email, password, key, channels_url = _who(url, settings)
    async with Agent(url) as agent, Visitor(channels_url, key, url.rstrip("/")) as visitor:
        await steps.hop("agent signed in", agent.sign_in(email, password))
        await steps.hop("desk loaded", agent.listen())
        await steps.hop("agent ready", agent.be("READY"))
        try:
            await _talk(agent, visitor, steps)
        finally:
            await agent.be("OFFLINE")


async def _talk(agent: Agent, visitor: Visitor, steps: _Steps) -> None:
    text = f"smoke {time.time_ns()}"
    await steps.hop("message stored", visitor.say(text))
    await steps.hop("routed", visitor.until(lambda: _menu(visitor) or visitor.status.get("status") in _REACHED))
    menu = _menu(visitor)
    if menu is not None and visitor.status.get("status") not in _REACHED:
        option = menu["options"][0]
        await steps.hop("menu answered", visitor.say(option["label"], option["key"]))
    await steps.hop("queued", visitor.until(lambda: visitor.status.get("status") in _REACHED))
    item_id, version, conversation = await steps.hop("offered", _our_offer(agent, text), _OFFER_WITHIN)
    work, thread = f"/work/{item_id}", f"/conversations/{conversation}"
    await steps.hop("accepted", agent.call("POST", f"{work}/accept", {"version": version}))
    await steps.hop("assigned", agent.event("ConversationChanged", lambda e: _is_ours(e, conversation, agent.me)))
    answer = f"re: {text}"
    reply = {"client_id": f"smoke-{time.time_ns()}", "kind": "MESSAGE_KIND_TEXT", "text": answer}
    await steps.hop("replied", agent.call("POST", f"{thread}/messages", reply))
    await steps.hop("seen", visitor.until(lambda: any(message["text"] == answer for message in visitor.shown)))
    await steps.hop("closed", agent.call("POST", f"{thread}/close", {}))
    await steps.hop("wrapped up", _wrap_up(agent, item_id))


def _menu(visitor: Visitor) -> dict[str, Any] | None:
    return next((message for message in reversed(visitor.shown) if message["kind"] == "menu"), None)


async def _our_offer(agent: Agent, text: str) -> tuple[str, int, str]:
    """(item, version, conversation) of the offer of our chat; what else is offered is left to colleagues."""
    seen: set[tuple[str, int]] = set()
    while True:
        event = await agent.event("WorkOffered", lambda e: _offer_id(e) not in seen, within=_OFFER_WITHIN)
        offer, subject = event["body"]["offer"], event["body"]["item"]["subject"]
        seen.add(_offer_id(event["body"]))
        conversation = subject.removeprefix("conversation:")
        messages = await agent.call("GET", f"/conversations/{conversation}/messages")
        if any(message["text"] == text for message in messages["messages"]):
            return offer["item_id"], offer["version"], conversation
        await agent.call("POST", f"/work/{offer['item_id']}/decline", {"version": offer["version"], "reason": "smoke"})


def _is_ours(body: dict[str, Any], conversation: str, person: str) -> bool:
    it = body["conversation"]
    return bool(it["id"] == conversation and it["assignee_id"] == person)


def _offer_id(body: dict[str, Any]) -> tuple[str, int]:
    return body["offer"]["item_id"], body["offer"]["version"]


async def _wrap_up(agent: Agent, item_id: str) -> None:
    """Ends the after-contact work, where the queue asks for it."""
    item = next((each for each in (await agent.call("GET", "/me/work"))["items"] if each["id"] == item_id), None)
    if item is None:
        return
    queues = (await agent.call("GET", "/queues"))["queues"]
    known = next(queue["dispositions"] for queue in queues if queue["id"] == item["queue_id"])
    await agent.call("POST", f"/work/{item_id}/wrap-up", {"disposition": known[0]["code"] if known else ""})


def _who(url: str, settings: Smoke) -> tuple[str, str, str, str]:
    """(e-mail, password, widget key, address of the widget's server)."""
    tenant = demo_tenant.kept(settings.directory)
    person = next((each for each in tenant.people if each.role == "agent"), None) if tenant else None
    email = settings.email or (person.email if person else "")
    password = settings.password.get_secret_value() or (person.password if person else "")
    channels, key = settings.channels_url, settings.widget_key
    if not (channels and key):
        try:
            channels, key = widget_of(f"{url.rstrip('/')}/demo")
        except ValueError:
            channels = key = ""
    if not (email and password and key and channels):
        raise HopFailed("no demo tenant here: set ANTIPHON_SMOKE_EMAIL, _PASSWORD, _WIDGET_KEY and _CHANNELS_URL")
    return email, password, key, channels
