"""The people of a story, as they sit before their browsers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page

from antiphon.kit.testing import eventually
from antiphon.up.client import Agent
from antiphon.up.demo_phones import OPERATOR
from antiphon.up.demo_tenant import DemoPerson
from e2e.stack import Stack


@asynccontextmanager
async def at_the_desk(
    browser: Browser, stack: Stack, person: DemoPerson, *, script: str = "", **options: Any
) -> AsyncIterator[Page]:
    """A person signed in at the desk, in English unless `options` (of a browser context) say otherwise. A page error
    or a refused script is a failure of the story. `script` runs in every page before its own."""
    faults: list[str] = []
    async with a_window(browser, viewport={"width": 1280, "height": 720}, **options) as (context, page):
        if script:
            await context.add_init_script(script)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        await page.goto(f"{stack.desk}/sign-in")
        await page.locator("input[name=email]").fill(person.email)
        await page.locator("input[name=password]").fill(person.password)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{stack.desk}/inbox")
        yield page
    assert not faults


@asynccontextmanager
async def a_window(browser: Browser, **options: Any) -> AsyncIterator[tuple[BrowserContext, Page]]:
    """Closed also when the story fails: a desk that is left open rings in the next one."""
    context = await browser.new_context(**{"locale": "en-GB", **options})
    try:
        yield context, await context.new_page()
    finally:
        await context.close()


@asynccontextmanager
async def in_the_shop(browser: Browser, stack: Stack, **options: Any) -> AsyncIterator[tuple[Page, Locator]]:
    """A customer on the demo page, with the chat open: the page and the widget."""
    async with a_window(browser, **options) as (_, page):
        await page.goto(f"{stack.desk}/demo")
        widget = page.locator("#antiphon-widget")
        await widget.locator("button").first.click()
        await widget.locator("textarea").wait_for()
        yield page, widget


async def write(page: Page, widget: Locator, text: str) -> None:
    """The customer writes and sees his message stored."""
    await widget.locator("textarea").fill(text)
    await page.keyboard.press("Enter")
    await widget.get_by_role("log").get_by_text(text, exact=True).wait_for()


@asynccontextmanager
async def signed_in(stack: Stack, role: str = "agent", number: int = 0) -> AsyncIterator[Agent]:
    """Somebody at the desk who takes no work yet. In the end an agent's work is done and he is away."""
    person = stack.person(role, number)
    async with Agent(stack.desk) as agent:
        await _sign_in(agent, stack, person)
        await agent.listen()
        try:
            yield agent
        finally:
            if role == "agent":
                await agent.be("OFFLINE")
                await eventually(lambda: _work_is_done(agent))


async def _sign_in(agent: Agent, stack: Stack, person: DemoPerson) -> None:
    """Once for all stories of a stack: signing in is limited, as guessing passwords is."""
    if person.id in stack.sessions:
        agent.http.cookies.update(stack.sessions[person.id])
        agent.me = person.id
    else:
        await agent.sign_in(person.email, person.password)
        stack.sessions[person.id] = agent.http.cookies


@asynccontextmanager
async def ready(stack: Stack, role: str = "agent", number: int = 0) -> AsyncIterator[Agent]:
    """Somebody at the desk; an agent takes work meanwhile: what this story brings, not what earlier ones left."""
    async with signed_in(stack, role, number) as agent:
        if role == "agent":
            await _nothing_waits(stack)
            await agent.be("READY")
        yield agent


async def _nothing_waits(stack: Stack) -> None:
    """Chats that earlier stories left open are closed: who is rung for a chat gets no call."""
    async with Agent(stack.desk) as supervisor:
        await _sign_in(supervisor, stack, stack.person("supervisor"))
        page = await supervisor.call("GET", "/conversations?view=CONVERSATION_VIEW_OPEN&limit=200")
        for conversation in page["conversations"]:
            await supervisor.call("POST", f"/conversations/{conversation['id']}/close", {})


async def _work_is_done(agent: Agent) -> bool:
    """True when no call is in the agent's hands; ends wrap-ups."""
    calls = [item for item in (await agent.call("GET", "/me/work"))["items"] if item["channel"] == "voice"]
    for item in calls:
        if item["state"] == "ITEM_STATE_WRAP":
            await agent.call("POST", f"/work/{item['id']}/wrap-up", {"disposition": "solved"})
    return not calls


async def reception(owner: Agent, e164: str, *nodes: dict[str, Any], calendar: dict[str, Any] | None = None) -> None:
    """A new number of the company, answered by a scheme of these nodes; `CALENDAR` in them is the id of `calendar`."""
    text = json.dumps(nodes)
    if calendar is not None:
        text = text.replace(
            "CALENDAR", (await owner.call("POST", "/calendars", {"calendar": calendar}))["calendar"]["id"]
        )
    trunks = (await owner.call("GET", "/trunks"))["trunks"]
    trunk = next(trunk["id"] for trunk in trunks if trunk["name"] == OPERATOR)
    await owner.call("POST", "/numbers", {"number": {"e164": e164, "title": e164, "trunk_id": trunk}})
    graph = {"start": nodes[0]["id"], "languages": ["en"], "nodes": json.loads(text)}
    scheme = (await owner.call("POST", "/schemes", {"scheme": {"name": f"Reception of {e164}", "graph": graph}}))[
        "scheme"
    ]
    await owner.call("POST", f"/schemes/{scheme['id']}/publish", {"rev": scheme["rev"], "reason": "a story"})
    await owner.call("PUT", "/bindings", {"binding": {"address": e164, "scheme_id": scheme["id"]}})
