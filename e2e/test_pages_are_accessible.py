"""axe finds nothing serious on any page, in both themes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Page

from e2e.people import at_the_desk, signed_in
from e2e.stack import REPOSITORY, Stack

pytestmark = pytest.mark.e2e

AXE = REPOSITORY / "services/antiphon/inbox/web/node_modules/axe-core/axe.min.js"
MONEY = ("overview", "calls", "payments", "documents", "services", "contract", "clients", "office")
BILLING = tuple(f"/billing/{tab}" for tab in MONEY)
OPERATOR = tuple(f"/operator/{tab}" for tab in ("list", "work", "month", "errands"))
SHIFTS = tuple(f"/shifts/{tab}" for tab in ("mine", "requests", "today", "week", "forecast", "staffing", "people"))
PAGES = (
    *SHIFTS, *BILLING, *OPERATOR, "/inbox", "/team", "/start", "/customers", "/deals/board", "/deals/list",
    "/deals/report",
    "/deals/stages", "/deals/board/new", "/search?q=a", "/history", "/reports", "/campaigns", "/campaigns/new",
    "/campaigns/do-not-call", "/board", "/wait", "/wait/none", "/sip/none", "/calls/faxes", "/calls/missed",
    "/quality/report", "/quality/evaluations", "/quality/scorecards", "/quality/scorecards/new", "/quality/mine",
    "/admin", "/profile",
)  # fmt: skip
COLOURS = {"dark": ("color-contrast",)}
"""What a theme can change: the rest was looked at in the other."""
GATES = ("/sign-in", "/sign-up")


async def serious(page: Page, *rules: str) -> list[str]:
    """Serious and critical findings, as rule: element; of some rules only, where they are named."""
    await page.evaluate(AXE.read_text())
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found: dict[str, Any] = await page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{rule['id']}: {node['target']}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


async def settled(page: Page) -> None:
    """What the page asked for is there, and nothing fades in any more: half faded text has half its contrast."""
    await page.wait_for_load_state("networkidle")
    await page.wait_for_function(
        "document.getAnimations().every(a => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)"
    )


async def admin_pages(page: Page, stack: Stack) -> list[str]:
    await page.goto(f"{stack.desk}/admin")
    await page.wait_for_load_state("networkidle")
    links = await page.locator("a[href^='/admin/']").evaluate_all("links => links.map(a => a.getAttribute('href'))")
    return sorted(set(links))


async def site_pages(stack: Stack) -> list[str]:
    """A site's channel, with its lead catcher."""
    async with signed_in(stack, "owner") as owner:
        channels = (await owner.call("GET", "/channels"))["channels"]
    return [f"/admin/channels/{one['id']}" for one in channels if one["kind"] == "webchat"][:1]


async def campaign_pages(stack: Stack, theme: str) -> list[str]:
    """The pages of one campaign."""
    async with signed_in(stack, "owner") as owner:
        campaign = {"name": f"Pages {theme}", "mode": "MODE_PREDICTIVE", "region": "UA"}
        made = (await owner.call("POST", "/campaigns", {"campaign": campaign}))["campaign"]["id"]
    return [f"/campaigns/{made}/{tab}" for tab in ("live", "settings", "lists", "attempts")]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_no_page_has_a_serious_finding(stack: Stack, browser: Browser, theme: str) -> None:
    findings: dict[str, list[str]] = {}
    async with at_the_desk(browser, stack, stack.person("owner"), color_scheme=theme) as page:
        pages = [*PAGES, *await admin_pages(page, stack), *await site_pages(stack)]
        pages += await campaign_pages(stack, theme)
        assert len(pages) >= 12
        for path in pages:
            await page.goto(f"{stack.desk}{path}")
            await page.locator("main, [role=main], h1").first.wait_for()
            await settled(page)
            findings[path] = await serious(page, *COLOURS.get(theme, ()))
    assert not {path: found for path, found in findings.items() if found}


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_doors_have_no_serious_finding(stack: Stack, browser: Browser, theme: str) -> None:
    context = await browser.new_context(color_scheme=theme)  # type: ignore[arg-type]
    page = await context.new_page()
    for path in GATES:
        await page.goto(f"{stack.desk}{path}")
        await page.locator("form").wait_for()
        assert not await serious(page)
    await context.close()
