"""Workforce through the REST edge with the real ACD: a published shift, adherence that follows the agent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from antiphon.inbox.tests.conftest import World
from antiphon.kit.clock import system_clock
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service
API = "/api/v1"


@pytest.fixture(scope="module")
async def desk(real_world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's own company, signed in."""
    async with real_world.inbox(sign_in_burst=1000) as (port, _):
        base = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=base, timeout=30, headers={"Origin": base}) as client:
            asked = {"company": "Зміна", "name": "Olha", "email": "shift@example.com", "time_zone": "UTC"}
            answer = await client.post(f"{API}/sign-up", json=asked | {"password": "Correct-Horse-7-Lamp"})
            assert answer.status_code == 200, answer.text
            yield client


async def given(client: httpx.AsyncClient, method: str, path: str, body: Any = None) -> dict[str, Any]:
    answer = await client.request(method, API + path, json=body)
    assert answer.status_code == 200, (path, answer.text)
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.clause("D05")
async def test_a_shift_is_published_and_adherence_follows_the_agent(desk: httpx.AsyncClient) -> None:
    person = (await given(desk, "GET", "/me"))["person"]["id"]
    today = system_clock().date()
    content = {
        "from": str(today),
        "days": 2,
        "shift": [{"name": "whole day", "from": "00:00", "length": 1440}],
        "person": [{"id": person, "days": "7"}],
        "need": [{"start": f"{today}T12:00", "agents": 1}],
    }
    plan = (await given(desk, "POST", "/plans", {"plan": {"name": "Alone", "content": content}}))["plan"]
    request = {"request_id": "r1", "plan_id": plan["id"]}
    schedule = (await given(desk, "POST", "/schedules", request))["schedule"]

    async def ready() -> Any:
        found = (await given(desk, "GET", f"/schedules/{schedule['id']}"))["schedule"]
        return found if found["state"] != "SCHEDULE_STATE_SOLVING" else None

    found = await eventually(ready, within=120)
    assert found["state"] == "SCHEDULE_STATE_READY", found
    await given(desk, "POST", f"/schedules/{schedule['id']}/publish", {"rev": found["rev"]})
    mine = await given(desk, "GET", "/me/schedule")
    assert len(mine["shifts"]) == 2
    assert mine["icalendar"].count("BEGIN:VEVENT") == 2

    token = (await given(desk, "POST", "/me/calendar"))["token"]
    async with httpx.AsyncClient(base_url=desk.base_url) as anybody:  # no session
        read = await anybody.get(f"/calendar/{token}.ics")
        assert (read.status_code, read.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
        assert read.text.count("BEGIN:VEVENT") == 2
        await given(desk, "DELETE", "/me/calendar")
        for gone in (token, "x", "y" * 300):
            assert (await anybody.get(f"/calendar/{gone}.ics")).status_code == 404

    async def now() -> dict[str, Any]:
        (one,) = (await given(desk, "GET", "/adherence"))["people"]
        return dict(one)

    assert (await now())["planned_now"] == "work"
    for state, actual, adheres in (
        ("AGENT_STATE_READY", "work", True),
        ("AGENT_STATE_NOT_READY", "pause", False),
        ("AGENT_STATE_READY", "work", True),
    ):
        await given(desk, "PUT", "/me/state", {"state": state, "reason": "tea" if adheres is False else ""})

        async def followed(wanted: tuple[str, bool] = (actual, adheres)) -> bool:
            one = await now()
            return (one.get("actual_now"), one.get("adheres", False)) == wanted

        await eventually(followed)
    assert (await now())["worked_minutes"] >= 0
    since = (system_clock() - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert (await given(desk, "GET", f"/adherence?from={since}"))["people"]
    assert await given(desk, "GET", "/history?queue_id=none") == {"intervals": []}
