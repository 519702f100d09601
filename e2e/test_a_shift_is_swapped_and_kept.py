"""An agent swaps a shift, the supervisor approves, calendars change, and adherence follows what the agent does."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from antiphon.kit.clock import system_clock
from antiphon.kit.testing import eventually
from antiphon.up.client import Agent
from e2e.people import at_the_desk, signed_in
from e2e.stack import Stack

pytestmark = pytest.mark.e2e


async def published(boss: Agent) -> dict[str, Any]:
    """The demo's schedule, which is made once the desk is open."""

    async def found() -> Any:
        listed = (await boss.call("GET", "/schedules"))["schedules"]
        return next((one for one in listed if one["state"] == "SCHEDULE_STATE_PUBLISHED"), None)

    return dict(await eventually(found, within=120))


async def exchange(mine: Agent, colleague: str) -> tuple[str, str]:
    """A day that I work and the colleague does not, and the other way round, of one week that has not begun."""
    until = (system_clock() + timedelta(days=35)).isoformat().replace("+00:00", "Z")
    found = await mine.call("GET", f"/me/schedule?team=true&to={until}")
    today = system_clock().date()
    monday = today + timedelta(days=7 - today.weekday())
    week = {str(monday + timedelta(days=number)) for number in range(7)}
    ours = {one["day"] for one in found["shifts"]} & week
    theirs = {one["day"] for one in found["team"] if one["person_id"] == colleague} & week
    return min(ours - theirs), min(theirs - ours)


def shown(day: str) -> str:
    """As the page says it: Monday, 23 November."""
    at = date.fromisoformat(day)
    return f"{at:%A}, {at.day} {at:%B}"


async def choose(page: Page, label: str, option: str) -> None:
    await page.get_by_role("button", name=re.compile(label)).click()
    await page.get_by_role("option", name=option).click()


async def whole_day(boss: Agent, person: str) -> None:
    """A shift around the clock from today, so that the story works at any hour."""
    content = {
        "from": str(system_clock().date()),
        "days": 2,
        "shift": [{"name": "whole day", "from": "00:00", "length": 1440}],
        "person": [{"id": person, "days": "7"}],
        "need": [{"start": f"{system_clock():%Y-%m-%d}T12:00", "agents": 1}],
    }
    plan = (await boss.call("POST", "/plans", {"plan": {"name": f"Alone {person}", "content": content}}))["plan"]
    request = {"request_id": f"alone-{person}", "plan_id": plan["id"]}
    schedule = (await boss.call("POST", "/schedules", request))["schedule"]

    async def ready() -> Any:
        found = (await boss.call("GET", f"/schedules/{schedule['id']}"))["schedule"]
        return found if found["state"] == "SCHEDULE_STATE_READY" else None

    found = await eventually(ready, within=120)
    await boss.call("POST", f"/schedules/{schedule['id']}/publish", {"rev": found["rev"]})


@pytest.mark.clause("D05")
async def test_a_swap_changes_the_calendar_and_adherence_follows_the_agent(stack: Stack, browser: Browser) -> None:
    agent, colleague, supervisor = stack.person("agent", 1), stack.person("agent", 0), stack.person("supervisor")
    async with (
        signed_in(stack, "supervisor") as boss,
        signed_in(stack, "agent", 1) as mine,
        signed_in(stack, "agent", 0) as other,
        at_the_desk(browser, stack, agent) as desk,
        at_the_desk(browser, stack, supervisor) as board,
        httpx.AsyncClient() as calendar,
    ):
        await published(boss)
        given, taken = await exchange(mine, colleague.id)
        await desk.goto(f"{stack.desk}/shifts/mine")
        await desk.get_by_role("button", name="Make an address").click()
        address = await desk.get_by_label("Secret address").input_value()
        before = (await calendar.get(address)).text
        assert f":{given.replace('-', '')}T" in before
        assert f":{taken.replace('-', '')}T" not in before

        row = desk.get_by_role("row").filter(has_text=shown(given))
        await row.get_by_role("button", name="Swap").click()
        await choose(desk, "Colleague", colleague.name)
        await choose(desk, "I take instead", shown(taken))
        await desk.get_by_role("button", name="Ask for the swap").click()
        await expect(desk.get_by_text("Waits for an answer")).to_be_visible()

        (change,) = [one for one in (await other.call("GET", "/schedule-changes"))["changes"] if one["day"] == given]
        await other.call("POST", f"/schedule-changes/{change['id']}/answer", {"agreed": True})
        await board.goto(f"{stack.desk}/shifts/requests")
        await board.get_by_role("row").filter(has_text=agent.name).get_by_role("button", name="Approve").click()
        await expect(board.get_by_text("Approved. The schedule is changed.")).to_be_visible()

        await expect(desk.get_by_role("row").filter(has_text=shown(taken)).first).to_be_visible()
        after = (await calendar.get(address)).text
        assert f":{taken.replace('-', '')}T" in after
        assert f":{given.replace('-', '')}T" not in after

        await whole_day(boss, agent.id)
        await board.goto(f"{stack.desk}/shifts/today")
        state = board.get_by_role("row").filter(has_text=agent.name).locator("[data-actual]")
        for said, actual in (("READY", "work"), ("NOT_READY", "pause"), ("READY", "work")):
            await mine.be(said)
            await expect(state).to_have_attribute("data-actual", actual)
        await desk.get_by_role("button", name="Revoke").click()
        await desk.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
        await expect(desk.get_by_role("button", name="Revoke")).to_have_count(0)
        assert (await calendar.get(address)).status_code == 404
