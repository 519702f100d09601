"""Somebody signs a company up, follows the set-up, leaves and comes back, and answers the first chat; then the history
has it once and the board hangs on a wall."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from antiphon.kit.ids import new_id
from antiphon.kit.testing import eventually
from antiphon.up.client import Agent
from e2e.stack import Stack

pytestmark = pytest.mark.e2e

PASSWORD = "Lantern-Harbour-27!"


@pytest.mark.clause("A01", "A15")
async def test_from_sign_up_to_the_first_answered_chat(stack: Stack, browser: Browser) -> None:
    context = await browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    email = f"{new_id('x')}@new.example"

    await page.goto(f"{stack.desk}/sign-up")
    await page.get_by_role("textbox", name="Company").fill("Lighthouse")
    await page.get_by_role("textbox", name="Your name").fill("Vera Novak")
    await page.get_by_role("textbox", name="E-mail").fill(email)
    await page.locator("input[autocomplete=new-password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{stack.desk}/start")

    await expect(page.get_by_text("Step 1 of 5")).to_be_visible()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("button", name="Round the clock").click()
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_text("Step 3 of 5")).to_be_visible()

    await page.get_by_role("button", name="Go on later").click()
    await page.wait_for_url(f"{stack.desk}/inbox")
    await page.goto(f"{stack.desk}/start")
    await expect(page.get_by_text("Step 3 of 5")).to_be_visible()  # from the records, not from memory

    await page.get_by_role("textbox", name="Name", exact=True).fill("Jan Kowal")
    await page.get_by_role("textbox", name="E-mail").fill(f"{new_id('x')}@new.example")
    await page.get_by_role("button", name="Invite").click()
    await expect(page.get_by_text("can sign in")).to_be_visible()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("button", name="Connect the chat").click()

    await expect(page.get_by_text("Step 5 of 5")).to_be_visible()
    await page.get_by_role("button", name="Become available").click()
    async with context.expect_page() as opened:
        await page.get_by_role("link", name="Open the test page").click()
    shop = await opened.value
    widget = shop.locator("#antiphon-widget")
    await widget.locator("button").first.click()
    await widget.locator("textarea").fill("Is anybody there?")
    await shop.keyboard.press("Enter")

    await page.get_by_role("link", name="To the inbox").click()
    await page.get_by_role("button", name="Accept").click()
    await expect(page.get_by_role("log").get_by_text("Is anybody there?")).to_be_visible()
    await page.locator("textarea").fill("Yes: hello!")
    await page.keyboard.press("Control+Enter")
    await expect(widget.get_by_text("Yes: hello!")).to_be_visible()
    await page.goto(f"{stack.desk}/start")
    await expect(page.get_by_role("heading", name="You are open for customers")).to_be_visible()

    async with Agent(stack.desk) as vera:
        await vera.sign_in(email, PASSWORD)
        await vera.call("POST", f"/conversations/{await _only_conversation(vera)}/close", {"disposition": "solved"})

        async def told_once() -> bool:
            found = (await vera.call("GET", "/interactions"))["interactions"]
            return [(one["channel"], one["result"], one["messages_out"]) for one in found] == [
                ("webchat", "answered", 1)
            ]

        await eventually(told_once, within=60)

        async def counted_once() -> bool:
            total = (await vera.call("GET", "/reports"))["total"]
            return [total[name] for name in ("offered", "answered", "abandoned", "service_level")] == [1, 1, 0, 1]

        await eventually(counted_once)
        sheet = await vera.http.get("/reports/export?format=FILE_FORMAT_XLSX&language=uk")
        assert (sheet.status_code, sheet.content[:2]) == (200, b"PK")
        assert ".xlsx" in sheet.headers["content-disposition"]
        lines = (await vera.http.get("/interactions/export?format=FILE_FORMAT_CSV")).content.decode("utf-8-sig")
        assert lines.count("\r\n") == 2  # the head, and the one chat
        assert (await vera.http.get("/reports/export?step=STEP_QUARTER&since=2020-01-01T00:00:00Z")).status_code == 422

    await page.goto(f"{stack.desk}/board")
    await page.get_by_role("button", name="Link for a screen").click()
    await page.get_by_role("button", name="Make the link").click()
    link = await page.get_by_label("Address", exact=True).input_value()
    stranger = await browser.new_context(locale="en-GB", viewport={"width": 1920, "height": 1080})
    wall = await stranger.new_page()
    await wall.goto(link)
    await expect(wall.get_by_role("heading", name="Lighthouse")).to_be_visible()
    await expect(wall.get_by_role("article", name="Customers")).to_be_visible()
    refused = await stranger.request.put(
        f"{stack.desk}/api/v1/tenant", data={"tenant": {"name": "Mine"}},
        headers={"Authorization": f"Bearer {link.partition('#')[2]}"},
    )  # fmt: skip
    assert refused.status == 403
    await stranger.close()
    await context.close()
    assert not faults


async def _only_conversation(agent: Agent) -> str:
    found = (await agent.call("GET", "/conversations?view=CONVERSATION_VIEW_MINE"))["conversations"]
    assert len(found) == 1
    return str(found[0]["id"])
