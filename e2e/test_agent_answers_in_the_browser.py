"""The softphone: a call rings in the desk, is answered there, held, and ended; what the customer hears meanwhile."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from antiphon.media.phone.sound import Tone
from e2e.people import at_the_desk, ready
from e2e.phones import a_customers_phone, calls_the_company, hears_something, nothing_is_left
from e2e.softphones import KEPT, browser_hears
from e2e.stack import Stack

pytestmark = pytest.mark.e2e


@pytest.mark.clause("D07")
async def test_a_call_is_answered_in_the_browser(stack: Stack, browser: Browser) -> None:
    person = stack.person("agent", 1)
    async with (
        ready(stack, "supervisor") as supervisor,
        at_the_desk(browser, stack, person, script=KEPT, permissions=["microphone"]) as desk,
        ready(stack, number=1) as agent,
        a_customers_phone(stack, "+380671112236") as telephone,
    ):
        await expect(desk.get_by_label("Phone: free").first).to_be_visible()
        call = await calls_the_company(telephone, stack)
        call.line.sound = Tone(440)
        await call.press("1")
        await desk.get_by_role("button", name="Why me?").first.click()
        await expect(desk.get_by_text("number 1, waited").first).to_be_visible()
        await desk.get_by_role("button", name="Answer").first.click()
        bridged = await agent.event("CallBridged", lambda e: e["call"]["caller"] == "+380671112236")
        assert bridged["body"]["call"]["agent_id"] == agent.me
        await hears_something(call)  # the fake microphone beeps
        assert await browser_hears(desk, 440) in ("audio/PCMA", "audio/PCMU")
        await desk.get_by_role("button", name="Hold").first.click()
        await expect(desk.get_by_text("On hold, hears music").first).to_be_visible()
        await hears_something(call)  # music
        await desk.get_by_role("button", name="Take back").first.click()
        await expect(desk.get_by_text("On hold, hears music")).to_have_count(0)
        await browser_hears(desk, 440)
        await desk.get_by_role("button", name="Hang up").first.click()
        await call.over(within=30)
        done = await agent.event("WrapUpStarted", lambda e: e["item"]["channel"] == "voice")
        await agent.call("POST", f"/work/{done['body']['item']['id']}/wrap-up", {"disposition": "solved"})
        await nothing_is_left(supervisor)
