"""An agent adds a passkey to the account and signs in by it alone, in a real browser with a device of its own."""

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
    async with at_the_desk(browser, stack, person) as page:
        keys = await page.context.new_cdp_session(page)
        await keys.send("WebAuthn.enable")
        await keys.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        await page.goto(f"{stack.desk}/profile")
        card = page.get_by_role("region", name="Passkeys")
        await card.get_by_role("button", name="Add a passkey").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name of the device").fill("Test laptop")
        await dialog.locator("input[type=password]").fill(person.password)
        await dialog.get_by_role("button", name="Add a passkey").click()
        row = card.get_by_role("row", name=re.compile("Test laptop"))
        await row.wait_for()
        await page.context.clear_cookies()
        await page.goto(f"{stack.desk}/sign-in")
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await page.wait_for_url(f"{stack.desk}/inbox")
        await page.goto(f"{stack.desk}/profile")
        await row.get_by_role("button", name="Remove").click()
        await row.wait_for(state="detached")
