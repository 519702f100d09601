"""An owner watches what a call costs, reads why, and tops up; an accountant mends a price list that a second person
puts in force, and decides a case of fraud. Nobody reloads a page."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from antiphon.kit.clock import system_clock
from antiphon.kit.ids import new_id
from antiphon.up.client import Agent
from antiphon.up.demo_tenant import DemoPerson
from e2e.fakes.bank import Bank
from e2e.people import at_the_desk, signed_in
from e2e.phones import AGENTS_TONE, DOMAIN, answers
from e2e.stack import BANK_KEY, Stack
from e2e.test_a_stolen_phone_is_silenced import a_second_phone, the_carrier

pytestmark = pytest.mark.e2e

PASSWORD = "Ledger-Harbour-27!"
BERLIN = "+4930123456"
"""3.90 for each minute that has begun, by the demo's tariff."""


def named(stack: Stack, name: str) -> str:
    return f"{stack.desk}/billing/{name}"


@pytest.mark.clause("I06", "I12", "I14")
async def test_an_owner_watches_a_call_reads_why_it_cost_that_and_tops_up(stack: Stack, browser: Browser) -> None:
    async with (
        Bank(BANK_KEY, system_clock, stack.bank_port) as bank,
        signed_in(stack, "owner") as owner,
        at_the_desk(browser, stack, stack.person("owner")) as page,
        a_second_phone(stack, owner, stack.person("agent", 1).id, f"cab-{new_id('x')[-8:]}") as (phone, _),
        the_carrier(stack, owner) as carrier,
    ):
        await page.goto(named(stack, "overview"))
        now = page.get_by_role("region", name="Розмови зараз")
        await expect(now.get_by_text("Зараз ніхто не говорить за рахунок компанії.")).to_be_visible()
        call = await phone.call(f"sip:{BERLIN}@{DOMAIN}")
        far = await answers(carrier, AGENTS_TONE)
        await call.up(within=30)
        await expect(now.get_by_text("Триває 1 розмова: на цю секунду 3,90 ₴")).to_be_visible()
        await page.get_by_role("link", name="Дзвінки й повідомлення").click()
        known = await page.get_by_text(BERLIN).count()
        call.hang_up()
        await far.over(within=30)
        await expect(page.get_by_text(BERLIN)).to_have_count(known + 1)
        await page.get_by_text(BERLIN).first.click()
        why = page.get_by_role("complementary", name="Чому така ціна")
        await expect(why.get_by_text("З 00:00: 1 × 60 с по 3,90")).to_be_visible()
        await an_empty_purse_is_filled(stack, page, owner, bank)


async def an_empty_purse_is_filled(stack: Stack, page: Any, owner: Agent, bank: Bank) -> None:
    """All the money has to stay: nothing is available. A card brings some, and the warning goes."""
    account = (await owner.call("GET", "/billing/account"))["account"]
    await owner.call("PUT", "/billing/account", {"account": account | {"floor": account["balance"]}})
    try:
        await page.get_by_role("link", name="Огляд").click()
        warning = page.get_by_text("Гроші закінчуються")
        await expect(warning).to_be_visible()
        await page.get_by_role("link", name="Поповнити").click()
        await page.get_by_role("textbox", name="Сума").first.fill("700")
        await page.keyboard.press("Tab")
        async with page.expect_popup() as opened:
            await page.get_by_role("button", name="Перейти до оплати").click()
        await (await opened.value).close()
        body, signature = bank.pay(list(bank.payments)[-1])
        told = await page.request.post(f"{stack.desk}/hooks/payments", data=body, headers={"X-Signature": signature})
        assert told.ok
        paid = page.get_by_role("row").filter(has_text="4242").first
        await expect(paid.get_by_text("Сплачено", exact=True)).to_be_visible()
        await page.get_by_role("link", name="Огляд").click()
        await expect(page.get_by_text("700,00 ₴").first).to_be_visible()
        await expect(warning).to_have_count(0)
    finally:
        account = (await owner.call("GET", "/billing/account"))["account"]
        await owner.call(
            "PUT", "/billing/account", {"account": account | {"floor": account["floor"] | {"micros": "0"}}}
        )


async def an_accountant(owner: Agent) -> DemoPerson:
    card = {"name": "Ada Rahunok", "email": f"{new_id('x')}@ledger.example", "roles": ["ROLE_ACCOUNTANT"]}
    card["language"] = "en"
    made = (await owner.call("POST", "/people", {"person": card, "password": PASSWORD}))["person"]
    return DemoPerson(made["id"], made["name"], "accountant", made["email"], PASSWORD)


def a_list(prefix: str, price: str) -> Any:
    text = f"prefix,rate,scheme\n380,0.60,1\n38044,0.45,1\n48,4.20,60\n49,3.90,60\n1,2.80,60\n{prefix},{price},60\n"
    return {"name": "prices.csv", "mimeType": "text/csv", "buffer": text.encode()}


@pytest.mark.clause("I23")
async def test_an_accountant_mends_a_price_list_and_decides_a_case(stack: Stack, browser: Browser) -> None:
    prefix = "8835100"
    async with signed_in(stack, "owner") as owner, at_the_desk(browser, stack, await an_accountant(owner)) as page:
        await page.goto(named(stack, "office"))
        tariffs = page.get_by_role("region", name="Tariffs")
        await tariffs.locator("input[type=file]").set_input_files(a_list(prefix, "-5"))
        await expect(tariffs.get_by_text("Line 7: rate is negative")).to_be_visible()
        await tariffs.locator("input[type=file]").set_input_files(a_list(prefix, "5"))
        await expect(tariffs.get_by_text("6 prices")).to_be_visible()
        await tariffs.get_by_role("button", name="Store as a draft").click()
        draft = tariffs.get_by_role("row").filter(has_text="Draft")
        await draft.get_by_role("button", name="Rate last week by it").click()
        await expect(tariffs.get_by_text("of last week: charged")).to_be_visible()
        await draft.get_by_role("button", name="Put in force").click()
        await expect(tariffs.get_by_role("alert")).to_contain_text("approve")
        listed = (await owner.call("GET", "/billing/tariffs"))["tariffs"]
        version = next(one for one in listed if not one["approver"])
        await owner.call("POST", f"/billing/tariffs/{version['id']}/approve", {"version": version["version"]})
        await expect(draft).to_have_count(0)
        await decides(page, owner)


async def decides(page: Any, owner: Agent) -> None:
    """A complaint comes while the page is open."""
    complaint = f"Strangers call in our name, {new_id('x')[-6:]}"
    case = {"request_id": new_id("x"), "complaint": complaint, "subscriber": True}
    await owner.call("POST", "/billing/cases", case)
    row = page.get_by_role("region", name="Fraud cases").get_by_role("row").filter(has_text=complaint)
    await row.get_by_role("button", name="Look into it").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Reason or what was found").fill("A leaked password; it was changed.")
    await dialog.get_by_role("button", name="State").click()
    await page.get_by_role("option", name="Measures taken").click()
    await dialog.get_by_role("button", name="Save").click()
    await expect(row.get_by_text("Measures taken")).to_be_visible()
