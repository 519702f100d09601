"""An agent adds a passkey to the account and signs in by it alone, in a real browser with a device of its own.

The desk speaks the language of its person: the demo's people are Ukrainian."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser

from e2e.people import at_the_desk
from e2e.stack import Stack

pytestmark = pytest.mark.e2e
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.mark.clause("L05")
async def test_a_passkey_is_added_and_opens_the_desk_without_a_password(stack: Stack, browser: Browser) -> None:
    person = stack.person("agent")
    async with at_the_desk(browser, stack, person, locale="uk-UA") as page:
        keys = await page.context.new_cdp_session(page)
        await keys.send("WebAuthn.enable")
        await keys.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        await page.goto(f"{stack.desk}/profile")
        await page.wait_for_load_state("networkidle")
        card = page.get_by_role("region", name="Ключі доступу")
        await card.get_by_role("button", name="Додати ключ доступу").click()
        dialog = page.get_by_role("dialog", name="Додати ключ доступу")
        await dialog.wait_for()
        await dialog.get_by_label("Назва пристрою").fill("Test laptop")
        await dialog.locator("input[type=password]").fill(person.password)
        await dialog.get_by_role("button", name="Додати ключ доступу").click()
        row = card.get_by_role("row", name=re.compile("Test laptop"))
        await row.wait_for()
        await page.context.clear_cookies()
        await page.goto(f"{stack.desk}/sign-in")
        await page.get_by_role("button", name="Увійти з ключем доступу").click()
        await page.wait_for_url(f"{stack.desk}/inbox")
        await page.goto(f"{stack.desk}/profile")
        await page.wait_for_load_state("networkidle")
        await row.get_by_role("button", name="Прибрати").click()
        await row.wait_for(state="detached")
