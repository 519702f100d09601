"""Somebody signs a company up, pays, activates a plan, takes a number, follows the set-up, leaves and comes back, and
answers the first chat and the first call, with nobody's help; then the history has them once and the board hangs on a
wall."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from antiphon.kit.clock import system_clock
from antiphon.kit.ids import new_id
from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import NotRegistered, PhoneAccount
from antiphon.media.phone.sound import Tone
from antiphon.up.client import Agent, Problem
from e2e.fakes.bank import Bank
from e2e.people import signed_in
from e2e.phones import (
    AGENTS_TONE,
    CUSTOMERS_TONE,
    DOMAIN,
    a_customers_phone,
    a_phone,
    answers,
    calls_a_number,
    hear_each_other,
)
from e2e.stack import BANK_KEY, Stack
from e2e.test_pages_are_accessible import serious

pytestmark = pytest.mark.e2e

PASSWORD = "Lantern-Harbour-27!"
ONBOARDING = 900
"""Seconds from sign-up to an answered call, at most (A01)."""


def uah(whole: int) -> dict[str, Any]:
    return {"currency": "UAH", "micros": str(whole * 1_000_000)}


async def the_operator_sells(stack: Stack) -> tuple[str, str]:
    """(a plan's name, a number for rent)."""
    name, e164 = new_id("p"), f"+38044{random.randint(2_000_000, 8_999_999)}"
    plan = {"name": name, "names": {"uk": "Мала"}, "size": "COMPANY_SIZE_SMALL", "monthly": uah(300), "lines": 3}
    number = {"e164": e164, "country": "UA", "area": "Kyiv", "monthly": uah(100), "installation": uah(250)}
    async with signed_in(stack, "owner") as operator:
        await operator.call("POST", "/service-plans", {"plan": plan})
        await operator.call("POST", "/number-pool", {"number": number})
    return name, e164


async def pays(page: Page, stack: Stack, bank: Bank, amount: int) -> None:
    """By card: the provider takes it on a page of his own and tells the desk."""
    known = len(bank.payments)
    await page.get_by_role("textbox", name="Amount").fill(str(amount))
    await page.keyboard.press("Tab")
    async with page.expect_popup() as opened:
        await page.get_by_role("button", name="Top up by card").click()
    await (await opened.value).close()
    assert len(bank.payments) == known + 1
    body, signature = bank.pay(list(bank.payments)[-1])
    told = await page.request.post(f"{stack.desk}/hooks/payments", data=body, headers={"X-Signature": signature})
    assert told.ok


async def refused(agent: Agent, path: str, body: dict[str, Any]) -> str:
    with pytest.raises(Problem) as problem:
        await agent.call("POST", path, body)
    return problem.value.reason


@pytest.mark.clause("A01", "A15", "B12")
async def test_from_sign_up_to_the_first_answered_chat_and_call(stack: Stack, browser: Browser) -> None:
    async with asyncio.timeout(ONBOARDING), Bank(BANK_KEY, system_clock, stack.bank_port) as bank:
        await begins(stack, browser, bank)


async def begins(stack: Stack, browser: Browser, bank: Bank) -> None:
    plan, e164 = await the_operator_sells(stack)
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

    await expect(page.get_by_text("Step 1 of 8")).to_be_visible()
    await page.get_by_role("button", name="Next").click()
    async with Agent(stack.desk) as vera:
        await vera.sign_in(email, PASSWORD)
        await pays_and_activates(page, stack, bank, (vera, plan, e164))
    await page.get_by_role("button", name="Round the clock").click()
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_text("Step 5 of 8")).to_be_visible()
    await page.locator(f"label:has(input[value='{e164}'])").click()
    assert await serious(page) == []
    await page.get_by_role("button", name="Connect for").click()
    await expect(page.get_by_text("Step 6 of 8")).to_be_visible()

    await page.get_by_role("button", name="Go on later").click()
    await page.wait_for_url(f"{stack.desk}/inbox")
    await page.goto(f"{stack.desk}/start")
    await expect(page.get_by_text("Step 6 of 8")).to_be_visible()  # from the records, not from memory

    await page.get_by_role("textbox", name="Name", exact=True).fill("Jan Kowal")
    await page.get_by_role("textbox", name="E-mail").fill(f"{new_id('x')}@new.example")
    await page.get_by_role("button", name="Invite").click()
    await expect(page.get_by_text("can sign in")).to_be_visible()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("button", name="Connect the chat").click()

    await expect(page.get_by_text("Step 8 of 8")).to_be_visible()
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
        await answers_a_call(stack, vera, e164)

        async def counted_once() -> bool:
            total = (await vera.call("GET", "/reports"))["total"]
            return [total[name] for name in ("offered", "answered", "abandoned", "service_level")] == [2, 2, 0, 1]

        await eventually(counted_once)
        sheet = await vera.http.get("/reports/export?format=FILE_FORMAT_XLSX&language=uk")
        assert (sheet.status_code, sheet.content[:2]) == (200, b"PK")
        assert ".xlsx" in sheet.headers["content-disposition"]
        lines = (await vera.http.get("/interactions/export?format=FILE_FORMAT_CSV")).content.decode("utf-8-sig")
        assert lines.count("\r\n") == 3  # the head, the chat and the call
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


async def pays_and_activates(page: Page, stack: Stack, bank: Bank, what: tuple[Agent, str, str]) -> None:
    """Too little at first: neither the plan nor a number can be had without."""
    vera, plan, e164 = what
    order = {"request_id": "n1", "e164": e164, "installation": uah(250), "monthly": uah(100)}
    await expect(page.get_by_text("Step 2 of 8")).to_be_visible()
    await pays(page, stack, bank, 100)
    await page.get_by_role("button", name="Next").click()
    await page.locator("label", has_text=plan).click()
    assert await serious(page) == []
    await page.get_by_role("button", name="Activate the plan").click()
    await expect(page.get_by_text("lacks ₴200.00")).to_be_visible()
    assert await refused(vera, "/number-orders", order) == "NO_PLAN"
    await page.get_by_role("button", name="Top up", exact=True).click()
    await pays(page, stack, bank, 500)
    await expect(page.get_by_text("₴600.00")).to_be_visible()
    await page.get_by_role("button", name="Next").click()
    await page.locator("label", has_text=plan).click()
    await page.get_by_role("button", name="Activate the plan").click()
    await expect(page.get_by_text("Step 4 of 8")).to_be_visible()


async def answers_a_call(stack: Stack, vera: Agent, e164: str) -> None:
    """A customer dials the number; it comes in over the operator's trunk and Vera answers. It was paid for once."""
    card = (await vera.call("GET", f"/people/{vera.me}"))["person"] | {"extension": "101"}  # what a line needs
    await vera.call("PUT", f"/people/{vera.me}", {"person": card})
    made = await vera.call("POST", "/sip-accounts", {"account": {"person_id": vera.me, "title": "Desk"}})
    account = PhoneAccount(made["account"]["username"], DOMAIN, made["password"])
    async with a_phone(stack, account) as phone, a_customers_phone(stack, "+380671114455") as customer:

        async def registered() -> bool:
            try:
                await phone.register(within=30)
            except NotRegistered:  # the edge has not heard of the account yet
                return False
            return True

        await eventually(registered)
        await vera.call("PUT", "/me/state", {"state": "AGENT_STATE_READY"})
        call = await calls_a_number(customer, e164)
        ring = await answers(phone, AGENTS_TONE)
        call.line.sound = Tone(CUSTOMERS_TONE)
        await hear_each_other(call, ring)
        call.hang_up()

    async def recorded() -> bool:
        found = (await vera.call("GET", "/calls"))["calls"]
        return [one["called"] for one in found] == [e164]

    await eventually(recorded)
    entries = (await vera.call("GET", "/billing/entries"))["entries"]
    assert [one["amount"]["micros"] for one in entries if one["id"].startswith("order:")] == ["250000000"]


async def _only_conversation(agent: Agent) -> str:
    found = (await agent.call("GET", "/conversations?view=CONVERSATION_VIEW_MINE"))["conversations"]
    assert len(found) == 1
    return str(found[0]["id"])
