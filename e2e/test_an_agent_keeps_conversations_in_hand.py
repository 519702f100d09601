"""What makes eight hours bearable, by keyboard alone: a canned answer, snoozing until the customer writes, a macro."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from antiphon.kit.testing import eventually
from antiphon.up.client import Agent
from e2e.people import at_the_desk, in_the_shop, ready, signed_in, write
from e2e.stack import Stack

pytestmark = pytest.mark.e2e


@pytest.mark.clause("D01")
async def test_canned_snoozed_and_closed_by_a_macro(stack: Stack, browser: Browser) -> None:
    async with signed_in(stack, "owner") as owner:
        tag = (await owner.call("POST", "/tags", {"tag": {"name": "Solved", "colour": "green"}}))["tag"]["id"]
        answer = {
            "name": "Greeting",
            "shortcut": "hello",
            "text": "Hello from {agent.first_name}",
            "sharing": "SHARING_EVERYBODY",
        }
        await owner.call("POST", "/canned-answers", {"answer": answer})
        steps = [{"send_text": "Glad to help"}, {"add_tag_id": tag}, {"close": {"disposition": "solved"}}]
        macro = {"name": "Farewell", "actions": steps, "sharing": "SHARING_EVERYBODY"}
        await owner.call("POST", "/macros", {"macro": macro})
    async with (
        at_the_desk(browser, stack, stack.person("agent", 1)) as desk,
        in_the_shop(browser, stack) as (page, widget),
        ready(stack, number=1) as api,
    ):
        await write(page, widget, "My order has not come")
        await widget.get_by_role("button", name="Choose").press("Enter")
        await expect(desk.get_by_role("button", name="Accept")).to_be_visible()
        await desk.keyboard.press("Alt+KeyA")
        await expect(desk.locator("textarea")).to_be_focused()
        await desk.keyboard.type("/hel")
        await expect(desk.get_by_role("option", name="Greeting")).to_be_visible()
        await desk.keyboard.press("Enter")
        await desk.keyboard.press("Control+Enter")
        await expect(widget.get_by_text("Hello from")).to_be_visible()

        await desk.keyboard.press("Alt+KeyZ")
        await expect(desk.get_by_role("dialog")).to_be_visible()
        await desk.keyboard.press("Enter")
        await expect(desk.get_by_role("dialog")).to_have_count(0)
        await expect(desk.get_by_role("button", name="Close", exact=True)).to_have_count(0)
        await eventually(lambda: _has_no_work(api))

        await write(page, widget, "It has come now, thank you")
        await expect(desk.get_by_role("button", name="Accept")).to_be_visible()
        await desk.keyboard.press("Alt+KeyA")
        await expect(desk.get_by_role("log").get_by_text("It has come now, thank you")).to_be_visible()
        await desk.keyboard.press("Alt+KeyJ")
        await expect(desk.get_by_role("button", name="Farewell")).to_be_focused()
        await desk.keyboard.press("Enter")
        await expect(widget.get_by_text("Glad to help")).to_be_visible()

        async def closed_with_the_tag() -> bool:
            closed = await api.call("GET", "/conversations?view=CONVERSATION_VIEW_CLOSED&limit=1")
            return bool(closed["conversations"][0]["tags"] == [tag])

        await eventually(closed_with_the_tag)


async def _has_no_work(agent: Agent) -> bool:
    return not (await agent.call("GET", "/me/work"))["items"]
