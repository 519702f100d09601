"""Two colleagues talk in the desk: one names the other, who sees it wherever he is, answers, and finds it again."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from e2e.people import at_the_desk
from e2e.stack import Stack

pytestmark = pytest.mark.e2e


async def test_a_colleague_is_named_answers_and_finds_it_again(stack: Stack, browser: Browser) -> None:
    james, anna = stack.person("agent", 1), stack.person("supervisor")
    async with at_the_desk(browser, stack, james) as first, at_the_desk(browser, stack, anna) as second:
        await first.goto(f"{stack.desk}/team")
        await first.get_by_role("button", name="New room").click()
        await first.get_by_role("textbox", name="Name of the room").fill("Saturday shift")
        await first.get_by_text(anna.name, exact=True).last.click()
        await first.get_by_role("button", name="Make the room").click()
        write = first.get_by_role("textbox", name="Write; @ names a colleague")
        await write.fill(f"@{anna.name} who takes Saturday?")
        await write.press("Enter")
        await expect(first.get_by_role("log").get_by_text("who takes Saturday?")).to_be_visible()

        await expect(second.get_by_role("link", name="Colleagues 1 unread")).to_be_visible()  # she is in the inbox
        await second.get_by_role("link", name="Colleagues").click()
        await second.get_by_role("button", name="Saturday shift").click()
        await expect(second.get_by_role("log").get_by_text("who takes Saturday?")).to_be_visible()
        await expect(second.get_by_role("link", name="Colleagues", exact=True)).to_be_visible()
        await second.get_by_role("textbox", name="Write; @ names a colleague").fill("I do, with the red van")
        await second.keyboard.press("Enter")
        await expect(first.get_by_role("log").get_by_text("I do, with the red van")).to_be_visible()

        await first.get_by_role("textbox", name="Colleague or words").fill("RED VAN")
        await expect(
            first.get_by_role("list", name="Found lines").get_by_text("I do, with the red van")
        ).to_be_visible()
