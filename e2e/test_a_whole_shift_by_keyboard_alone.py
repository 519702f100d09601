"""A shift without a mouse: sign in, become available, accept, answer, a canned answer, put aside, hand over, close, a
break, sign out. Three agents at once, on an English, a Russian and a Ukrainian keyboard: shortcuts go by the place of a
key, words are typed in the letters that the layout gives."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, Route, expect

from antiphon.up.client import Visitor
from e2e.keyboards import Keyboard
from e2e.load.desk import PASSWORD, Team, prepare
from e2e.people import a_window, signed_in
from e2e.stack import Stack

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Words:
    """What is typed, in the agent's language."""

    layout: str
    locale: str
    available: str
    a_break: str
    sign_out: str
    hello: str
    nobody: str


LAYOUTS = (
    Words("en", "en-GB", "available", "break", "sign out", "hello, one moment", "nobody here en"),
    Words("ru", "ru-RU", "доступен", "перерыв", "выйти", "здравствуйте, минуту", "никого здесь"),
    Words("uk", "uk-UA", "доступн", "перерва", "вийти", "вітаю, хвилинку", "нікого тут"),
)


@pytest.mark.clause("D01", "N03")
async def test_a_whole_shift_in_three_layouts(stack: Stack, browser: Browser) -> None:
    async with signed_in(stack, "owner") as owner:
        teams = await prepare(owner, len(LAYOUTS), len(LAYOUTS))
        answer = {"name": "Address", "shortcut": "a", "text": "Kyiv, 1 Sofiiska", "sharing": "SHARING_EVERYBODY"}
        await owner.call("POST", "/canned-answers", {"answer": answer})
        for words in LAYOUTS:
            queue = {"name": words.nobody, "strategy": "longest_idle"}
            await owner.call("POST", "/queues", {"queue": queue})
    async with asyncio.TaskGroup() as group:
        for team, words in zip(teams, LAYOUTS, strict=True):
            group.create_task(_shift(stack, browser, team, words))


async def _shift(stack: Stack, browser: Browser, team: Team, words: Words) -> None:
    faults: list[str] = []
    async with a_window(browser, locale=words.locale, viewport={"width": 1280, "height": 800}) as (_, page):
        page.on("pageerror", lambda error: faults.append(str(error)))
        await _work(page, stack, team, words)
    assert not faults


async def _work(page: Page, stack: Stack, team: Team, words: Words) -> None:
    keys = await Keyboard.of(page, words.layout)
    await page.goto(f"{stack.desk}/sign-in")
    await expect(page.locator("input[name=email]")).to_be_focused()
    await page.keyboard.type(team.emails[0])  # the layout of addresses is English everywhere
    await keys.press("Tab")
    await page.keyboard.type(PASSWORD)
    await keys.press("Enter")
    await page.wait_for_url(f"{stack.desk}/inbox")
    await expect(page.locator(".me-st")).to_be_visible()
    await _command(page, keys, words.available)
    await expect(page.locator(".me-st .state.available")).to_be_visible()

    async with Visitor(stack.widget, team.key, stack.desk, "en") as first:
        await _serve_first(page, keys, words, first)
    async with Visitor(stack.widget, team.key, stack.desk, "en") as second:
        await second.say("and a second one")
        await _accept(page, keys, "and a second one")
        await _hand_over(page, keys, words)

    await _command(page, keys, words.a_break)
    await expect(page.locator(".me-st .state.break")).to_be_visible()
    await _command(page, keys, words.sign_out)
    await page.wait_for_url(f"{stack.desk}/sign-in")


async def _serve_first(page: Page, keys: Keyboard, words: Words, customer: Visitor) -> None:
    """Answered twice, put aside until they write, and closed when they have."""
    await customer.say("is anybody there")
    await _accept(page, keys, "is anybody there")
    await keys.type(words.hello)
    await expect(page.locator("textarea")).to_have_value(words.hello)
    await keys.press("Enter", ctrl=True)
    await customer.until(lambda: any(one["text"] == words.hello for one in customer.shown))
    await keys.press("KeyQ", alt=True)
    await expect(page.get_by_role("option", name="Address")).to_be_visible()
    await keys.press("Enter")
    await expect(page.locator("textarea")).to_have_value("Kyiv, 1 Sofiiska")
    await keys.press("Enter", ctrl=True)
    await customer.until(lambda: any(one["text"] == "Kyiv, 1 Sofiiska" for one in customer.shown))

    accepted = asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await accepted.wait()
        await route.fulfill(response=answer)

    await page.route("**/conversation-actions", late)  # comes when the conversation is taken again: it closes nothing
    await keys.press("KeyZ", alt=True)
    await expect(page.get_by_role("dialog")).to_be_visible()
    await keys.press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await customer.say("thank you, one more thing")
    await _accept(page, keys, "thank you, one more thing")
    async with page.expect_response("**/conversation-actions"):
        accepted.set()
    await expect(page.locator("textarea")).to_be_focused()
    await keys.press("KeyE", alt=True)
    await expect(page.get_by_role("log").get_by_text("thank you, one more thing")).to_have_count(0)


async def _hand_over(page: Page, keys: Keyboard, words: Words) -> None:
    """To a queue that is found by its name."""
    await keys.press("KeyT", alt=True)
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator("input[type=text]").first).to_be_focused()
    await keys.type(words.nobody)
    await expect(dialog.get_by_role("option")).to_have_count(1)
    await keys.press("Tab")
    await expect(dialog.get_by_role("option")).to_be_focused()
    await keys.press("Enter")
    await expect(dialog.get_by_role("option")).to_have_attribute("aria-selected", "true")
    hand_over = dialog.locator(".dlg-actions .btn.primary")
    for _ in range(6):
        await keys.press("Tab")
        if await hand_over.evaluate("one => one === document.activeElement"):
            break
    await keys.press("Enter")
    await expect(dialog).to_have_count(0)


async def _accept(page: Page, keys: Keyboard, text: str) -> None:
    await expect(page.locator(".offers .btn.go")).to_be_visible()
    await keys.press("KeyA", alt=True)
    await expect(page.get_by_role("log").get_by_text(text)).to_be_visible()
    await expect(page.locator("textarea")).to_be_focused()


async def _command(page: Page, keys: Keyboard, words: str) -> None:
    """By the palette: the first that these words find."""
    await keys.press("KeyK", ctrl=True)
    palette = page.locator(".palette")
    await expect(palette.locator("input")).to_be_focused()
    await keys.type(words)
    await expect(palette.locator("[role=menuitem][data-focused]")).to_contain_text(words, ignore_case=True)
    await keys.press("Enter")
    await expect(palette).to_have_count(0)
