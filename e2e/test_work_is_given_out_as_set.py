"""What is set up about the distribution of work holds at once: breaks, strategies, callbacks; and a wait explains
itself afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from antiphon.kit.clock import system_clock
from antiphon.kit.testing import eventually
from antiphon.up.client import Agent, Problem
from e2e.people import at_the_desk, in_the_shop, ready, signed_in, write
from e2e.stack import Stack

pytestmark = pytest.mark.e2e

QUEUE = "Продажі"


async def queue_of(owner: Agent) -> dict[str, Any]:
    return next(one for one in (await owner.call("GET", "/queues"))["queues"] if one["name"] == QUEUE)


@asynccontextmanager
async def as_it_was(owner: Agent) -> AsyncIterator[None]:
    """Rules and queue are put back: other stories share the company."""
    policy, queue = (await owner.call("GET", "/work-policy"))["policy"], await queue_of(owner)
    try:
        yield
    finally:
        policy["rev"] = (await owner.call("GET", "/work-policy"))["policy"]["rev"]
        await owner.call("PUT", "/work-policy", {"policy": policy})
        queue["rev"] = (await queue_of(owner))["rev"]
        await owner.call("PUT", f"/queues/{queue['id']}", {"queue": queue})


async def saved(desk: Page) -> None:
    """The owner of the demo company works in Ukrainian."""
    await desk.get_by_role("button", name="Зберегти", exact=True).click()
    await expect(desk.get_by_text("Збережено", exact=True).first).to_be_visible()


async def test_a_break_that_is_set_up_is_offered_and_no_other_is_taken(stack: Stack, browser: Browser) -> None:
    async with signed_in(stack, "owner") as owner, as_it_was(owner), signed_in(stack, number=1) as agent:
        async with at_the_desk(browser, stack, stack.person("owner")) as desk:
            await desk.goto(f"{stack.desk}/admin/work")
            await desk.get_by_label("Нова причина").fill("Doctor")
            await desk.keyboard.press("Enter")
            await saved(desk)

            async def noted() -> bool:
                log = (await owner.call("GET", "/audit?limit=20"))["entries"]
                return any(one["action"] == "work_policy.put" and "breaks" in one["facts"]["fields"] for one in log)

            await eventually(noted)
        with pytest.raises(Problem):
            await agent.be("NOT_READY", "lunch")
        async with at_the_desk(browser, stack, stack.person("agent", 1)) as desk:
            await desk.locator(".me-st").click()
            await desk.get_by_role("menuitem", name="Break", exact=True).click()
            await desk.get_by_role("menuitem", name="Doctor").click()
            await expect(desk.locator(".me-st")).to_contain_text("Doctor")
        await agent.be("OFFLINE")


@pytest.mark.clause("A05")
async def test_a_strategy_that_is_chosen_decides_and_the_wait_explains_itself(stack: Stack, browser: Browser) -> None:
    person = stack.person("agent", 1)
    async with signed_in(stack, "owner") as owner, as_it_was(owner), ready(stack, number=1) as agent:
        queue = await queue_of(owner)
        async with at_the_desk(browser, stack, stack.person("owner")) as desk:
            await desk.goto(f"{stack.desk}/admin/queues/{queue['id']}")
            strategies = desk.get_by_role("radiogroup", name="Кому дістається наступний")
            await strategies.get_by_role("radio", name="У кого менше звернень").check(force=True)
            await saved(desk)
        async with at_the_desk(browser, stack, person) as desk, in_the_shop(browser, stack) as (page, widget):
            await write(page, widget, "which one is quiet?")
            await widget.get_by_role("button", name="Choose").press("Enter")
            await expect(desk.get_by_role("button", name="Accept")).to_be_visible()
            await desk.keyboard.press("Alt+KeyY")
            await expect(desk.get_by_text("you have had the fewest contacts")).to_be_visible()
            await desk.get_by_role("button", name="Accept").click()
            await expect(desk.get_by_role("button", name="Close")).to_be_visible()
            held = [one for one in (await agent.call("GET", "/me/work"))["items"] if one["queue_id"] == queue["id"]]
            conversation = held[0]["subject"].removeprefix("conversation:")
            await agent.call("POST", f"/conversations/{conversation}/close", {"disposition": "solved"})
        async with at_the_desk(browser, stack, stack.person("supervisor")) as desk:
            await desk.goto(f"{stack.desk}/wait/conversation:{conversation}")
            story = desk.get_by_role("list", name="A wait, step by step")
            await expect(story.get_by_text(f"Offered to {person.name}.")).to_be_visible()
            await expect(story.get_by_text("had the fewest contacts").first).to_be_visible()
            await story.get_by_role("button", name="Why not the others").first.click()
            await expect(story.get_by_role("table").first).to_contain_text("signed off")
            await expect(story.get_by_text(f"{person.name} has it.")).to_be_visible()


async def test_a_promised_callback_comes_is_tried_and_done(stack: Stack, browser: Browser) -> None:
    person = stack.person("agent", 1)
    async with (
        signed_in(stack, "owner") as owner,
        ready(stack, number=1) as agent,
        at_the_desk(browser, stack, person) as desk,
    ):
        queue = await queue_of(owner)
        card = {"contact": {"name": "Olena Callback", "phones": ["+380671230099"]}}
        contact = (await owner.call("POST", "/contacts", card))["contact"]["id"]
        await desk.get_by_role("button", name="Plan a callback").click()
        await desk.get_by_label("Whom to call").fill("Olena Callback")
        await desk.get_by_text("Olena Callback").last.click()
        await desk.get_by_role("button", name="Plan", exact=True).click()
        await expect(desk.get_by_role("button", name="Take now: Olena Callback")).to_be_visible()
        await desk.get_by_role("button", name="Take now: Olena Callback").click()
        await desk.get_by_role("button", name="No answer").click()
        await expect(desk.get_by_role("button", name="Take now: Olena Callback")).to_be_visible()

        async def tried_once() -> Any:
            item = (await agent.call("GET", "/callbacks"))["callbacks"][0]["item"]
            return item if (item["state"], item["tries"]) == ("ITEM_STATE_SCHEDULED", 1) else None

        tried = await eventually(tried_once)
        await agent.call("POST", f"/callbacks/{tried['id']}/drop", {"reason": "cancelled"})
        await expect(desk.get_by_role("button", name="Take now: Olena Callback")).to_have_count(0)

        soon = (system_clock() + timedelta(seconds=2)).isoformat()
        promise = {"request_id": "soon", "queue_id": queue["id"], "contact_id": contact, "at": soon, "mine": True}
        await agent.call("POST", "/callbacks", promise)
        offer = desk.get_by_role("alertdialog", name="Olena Callback")
        await offer.get_by_role("button", name="Accept").click()
        await expect(desk.get_by_role("button", name="Call +380 67 123-00-99").first).to_be_visible()
        await desk.get_by_role("button", name="Done", exact=True).click()
        await expect(desk.get_by_text("Вирішено").first).to_be_visible()
        await desk.get_by_text("Вирішено").first.click()
        await desk.keyboard.press("Alt+KeyE")
        await agent.event("WorkCompleted", lambda e: e["item"]["contact_id"] == contact)


async def test_an_agent_chooses_his_queues(stack: Stack, browser: Browser) -> None:
    async with (
        signed_in(stack, number=1) as agent,
        at_the_desk(browser, stack, stack.person("agent", 1)) as desk,
    ):
        all_of_them = (await agent.call("GET", "/me/work"))["agent"]["queue_ids"]
        await desk.locator(".me-st").click()
        await desk.get_by_role("menuitem", name="My queues…").click()
        await desk.get_by_text("Chosen queues").click()
        for one in (await agent.call("GET", "/queues"))["queues"]:
            if one["id"] in all_of_them and one["name"] != QUEUE:
                await desk.get_by_role("group", name="Chosen queues").get_by_text(one["name"]).click()
        await desk.get_by_role("button", name="Work in these").click()
        await expect(desk.get_by_text("You work in 1 queue")).to_be_visible()
        assert len((await agent.call("GET", "/me/work"))["agent"]["queue_ids"]) == 1 < len(all_of_them)
        await agent.call("PUT", "/me/queues", {})


async def test_a_supervisor_gives_one_who_waits_and_sends_the_others_on(stack: Stack, browser: Browser) -> None:
    async with (
        ready(stack, number=1) as agent,
        at_the_desk(browser, stack, stack.person("supervisor")) as desk,
        in_the_shop(browser, stack) as (first_page, first),
        in_the_shop(browser, stack) as (second_page, second),
        signed_in(stack, "owner") as owner,
    ):
        await agent.be("NOT_READY", "meeting")
        for page, widget in ((first_page, first), (second_page, second)):
            await write(page, widget, "is anybody there?")
            await widget.get_by_role("button", name="Choose").press("Enter")
        queue = await queue_of(owner)
        await desk.goto(f"{stack.desk}/board/queues/{queue['id']}")
        give = desk.get_by_role("button", name="Give:")
        await expect(give).to_have_count(2)
        await give.first.click()
        await desk.get_by_role("combobox", name="Agent").fill("James")
        await desk.get_by_role("option", name="James Okafor").click()
        await desk.get_by_role("dialog").get_by_role("button", name="Give", exact=True).click()
        await expect(give).to_have_count(1)

        async def has_it() -> bool:
            held = [one for one in (await agent.call("GET", "/me/work"))["items"] if one["queue_id"] == queue["id"]]
            return [one["state"] for one in held] == ["ITEM_STATE_CONNECTED"]

        await eventually(has_it)

        await desk.get_by_role("button", name="Queue", exact=True).click()
        await desk.get_by_role("menuitem", name="Send everybody on…").click()
        question = desk.get_by_role("alertdialog")
        await question.get_by_text("To another queue").click()
        await question.get_by_role("button", name="Queue").click()
        await desk.get_by_role("option", name="Сервіс").click()
        await question.get_by_role("button", name="Send on").click()
        await expect(give).to_have_count(0)

        async def noted() -> bool:
            log = (await owner.call("GET", "/audit?limit=50"))["entries"]
            return {one["action"] for one in log} >= {"work.assigned", "queue.emptied"}

        await eventually(noted)
        opened = (await owner.call("GET", "/conversations?view=CONVERSATION_VIEW_OPEN&limit=200"))["conversations"]
        for one in opened:
            await owner.call("POST", f"/conversations/{one['id']}/close", {"disposition": "solved"})
