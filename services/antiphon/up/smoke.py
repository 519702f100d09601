"""`antiphon smoke URL`: a chat and a call through the running stack, by the doors its users use, each hop timed.

It signs in over REST as the smoke agent, listens on the real-time socket, and writes as a visitor over the widget's
socket; the call is in `smoke_call.py`. The first hop that does not happen in time is named, and the exit code is 1.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from antiphon.kit import show
from antiphon.up import demo_tenant, smoke_call
from antiphon.up.client import Agent, Visitor, widget_of
from antiphon.up.demo_tenant import DemoTenant
from antiphon.up.hops import OFFER_WITHIN, HopFailed, Hops
from antiphon.up.settings import Smoke
from antiphon.up.smoke_call import wrap_up

_REACHED = ("waiting", "open")


def run(url: str, *, as_json: bool) -> int:
    """Prints each hop with its time; 1 when one failed."""
    hops = Hops()
    try:
        asyncio.run(_all(url, Smoke(), hops))
    except HopFailed as failure:
        hops.fail(failure)
    show.rows(hops.rows, as_json=as_json, title=f"Smoke test of {url}")
    return int(hops.failed)


async def _all(url: str, settings: Smoke, hops: Hops) -> None:
    tenant = demo_tenant.kept(settings.directory)
    email, password, key, channels_url = _who(url, settings, tenant)
    async with Agent(url) as agent, Visitor(channels_url, key, url.rstrip("/")) as visitor:
        await hops.hop("agent signed in", agent.sign_in(email, password))
        await hops.hop("desk loaded", agent.listen())
        await hops.hop("agent ready", agent.be("READY"))
        try:
            await _talk(agent, visitor, hops)
            await _call(agent, settings, tenant, hops)
        finally:
            await agent.be("OFFLINE")


async def _call(agent: Agent, settings: Smoke, tenant: DemoTenant | None, hops: Hops) -> None:
    """Where there is voice; its absence is no failure."""
    voice = await hops.hop("softphone asked for", agent.call("GET", "/softphone"))
    if not voice["available"]:
        hops.skip("call", voice["why"])
        return
    found = smoke_call.lines(settings, tenant, agent.me)
    if found is None:
        hops.skip("call", "no phone known: set ANTIPHON_SMOKE_SIP, _SIP_USER, _SIP_PASSWORD and _NUMBER")
        return
    await smoke_call.call(agent, found, hops)


async def _talk(agent: Agent, visitor: Visitor, hops: Hops) -> None:
    text = f"smoke {time.time_ns()}"
    await hops.hop("message stored", visitor.say(text))
    await hops.hop("routed", visitor.until(lambda: _menu(visitor) or visitor.status.get("status") in _REACHED))
    menu = _menu(visitor)
    if menu is not None and visitor.status.get("status") not in _REACHED:
        option = menu["options"][0]
        await hops.hop("menu answered", visitor.say(option["label"], option["key"]))
    await hops.hop("queued", visitor.until(lambda: visitor.status.get("status") in _REACHED))
    item_id, version, conversation = await hops.hop("offered", _our_offer(agent, text), OFFER_WITHIN)
    work, thread = f"/work/{item_id}", f"/conversations/{conversation}"
    await hops.hop("accepted", agent.call("POST", f"{work}/accept", {"version": version}))
    await hops.hop("assigned", agent.event("ConversationChanged", lambda e: _is_ours(e, conversation, agent.me)))
    answer = f"re: {text}"
    reply = {"client_id": f"smoke-{time.time_ns()}", "kind": "MESSAGE_KIND_TEXT", "text": answer}
    await hops.hop("replied", agent.call("POST", f"{thread}/messages", reply))
    await hops.hop("seen", visitor.until(lambda: any(message["text"] == answer for message in visitor.shown)))
    await hops.hop("closed", agent.call("POST", f"{thread}/close", {}))
    await hops.hop("wrapped up", wrap_up(agent, item_id))


def _menu(visitor: Visitor) -> dict[str, Any] | None:
    return next((message for message in reversed(visitor.shown) if message["kind"] == "menu"), None)


async def _our_offer(agent: Agent, text: str) -> tuple[str, int, str]:
    """(item, version, conversation) of the offer of our chat; what else is offered is left to colleagues."""
    seen: set[tuple[str, int]] = set()
    while True:
        event = await agent.event("WorkOffered", lambda e: _offer_id(e) not in seen, within=OFFER_WITHIN)
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


def _who(url: str, settings: Smoke, tenant: DemoTenant | None) -> tuple[str, str, str, str]:
    """(e-mail, password, widget key, address of the widget's server)."""
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
