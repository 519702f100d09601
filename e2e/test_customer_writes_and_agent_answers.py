"""A customer writes on the shop's page, the scheme greets, the offer rings, the agent answers by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from e2e.people import at_the_desk, in_the_shop, ready, write
from e2e.stack import Stack

pytestmark = pytest.mark.e2e

RUDE = '<img src=x onerror="document.title=1"> <script>alert(1)</script> مرحبا 👩🏽‍🚒'


@pytest.mark.clause("D01", "D02")
async def test_the_whole_chat_by_keyboard_alone(stack: Stack, browser: Browser) -> None:
    async with (
        at_the_desk(browser, stack, stack.person("agent", 1)) as desk,
        in_the_shop(browser, stack) as (page, widget),
        ready(stack, number=1),
    ):
        await write(page, widget, RUDE)
        await widget.get_by_role("button", name="Repair").press("Enter")
        await expect(desk.get_by_role("button", name="Accept")).to_be_visible()

        await desk.keyboard.press("Alt+KeyA")
        thread = desk.get_by_role("log")
        await expect(thread.get_by_text(RUDE, exact=True)).to_be_visible()
        await expect(desk).not_to_have_title("1")
        await expect(desk.locator("textarea")).to_be_focused()
        await desk.keyboard.type("Hello! A master can come on Saturday.")
        await desk.keyboard.press("Control+Enter")
        await expect(widget.get_by_text("Hello! A master can come on Saturday.")).to_be_visible()
        await write(page, widget, "Saturday is fine, thank you")
        await expect(thread.get_by_text("Saturday is fine, thank you")).to_be_visible()

        await desk.keyboard.press("Alt+KeyE")
        await expect(desk.get_by_text("Вирішено").first).to_be_visible()
        await desk.keyboard.press("1")
        await desk.keyboard.press("Alt+KeyE")
        await expect(desk.get_by_text("Вирішено")).to_have_count(0)


async def test_an_offer_that_rings_in_two_tabs_is_taken_once(stack: Stack, browser: Browser) -> None:
    person = stack.person("agent", 1)
    async with (
        at_the_desk(browser, stack, person) as first,
        at_the_desk(browser, stack, person) as second,
        in_the_shop(browser, stack) as (page, widget),
        ready(stack, number=1) as api,
    ):
        await write(page, widget, "two tabs")
        await widget.get_by_role("button", name="Choose").press("Enter")
        for tab in (first, second):
            await expect(tab.get_by_role("button", name="Accept")).to_be_visible()
        await first.get_by_role("button", name="Accept").click()
        await expect(second.get_by_role("button", name="Accept")).to_have_count(0)
        items = (await api.call("GET", "/me/work"))["items"]
        held = [item for item in items if item["state"] == "ITEM_STATE_CONNECTED"]
        assert len(held) == 1
        conversation = held[0]["subject"].removeprefix("conversation:")
        await expect(first.get_by_role("button", name="Close")).to_be_visible()
        await api.call("POST", f"/conversations/{conversation}/close", {"disposition": "solved"})
