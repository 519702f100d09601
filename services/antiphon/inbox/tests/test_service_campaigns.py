"""Campaigns through the REST edge with the real dialler: tables in and out, and who may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from antiphon.inbox.tests.conftest import World

pytestmark = pytest.mark.service
API = "/api/v1"
PASSWORD = "Correct-Horse-7-Lamp"
TABLE = {"Content-Type": "application/octet-stream"}
CAMPAIGN = {"name": "Spring", "mode": "MODE_PREVIEW", "region": "UA", "caller_ids": ["+380443900011"]}


@pytest.fixture(scope="module")
async def clients(real_world: World) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """The owner of a company, and an agent of it."""
    async with real_world.inbox(sign_in_burst=1000, table_limit=100_000) as (port, _):
        base = f"http://127.0.0.1:{port}"
        about: dict[str, Any] = {"base_url": base, "timeout": 30, "headers": {"Origin": base}}
        async with httpx.AsyncClient(**about) as owner, httpx.AsyncClient(**about) as agent:
            asked = {"company": "Дзвінки", "name": "Olha", "email": "dial@example.com", "time_zone": "UTC"}
            assert (await owner.post(f"{API}/sign-up", json=asked | {"password": PASSWORD})).status_code == 200
            person = {"name": "Anna", "email": "anna.dial@example.com", "roles": ["ROLE_AGENT"]}
            made = await owner.post(f"{API}/people", json={"person": person, "password": PASSWORD})
            assert made.status_code == 200, made.text
            signed = await agent.post(f"{API}/sign-in", json={"email": person["email"], "password": PASSWORD})
            assert signed.status_code == 200, signed.text
            yield owner, agent


@pytest.mark.clause("E01")
async def test_a_list_goes_in_by_rest_and_results_come_out(
    clients: tuple[httpx.AsyncClient, httpx.AsyncClient],
) -> None:
    owner, agent = clients
    made = await owner.post(f"{API}/campaigns", json={"campaign": CAMPAIGN})
    assert made.status_code == 200, made.text
    path = f"{API}/campaigns/{made.json()['campaign']['id']}"
    table = "Клієнт;Handy\nГанна;0671234567\nБогдан;12\n".encode("cp1251")
    columns = {"columns.phone": "Handy", "columns.name": "Клієнт"}

    seen = await owner.post(f"{path}/lists/preview", content=table, params=columns, headers=TABLE)
    assert [row["reason"] for row in seen.json()["rows"]] == ["", "no_such_number"]
    about = {**columns, "name": "May", "weight": "2", "request_id": "r1"}
    for _ in range(2):
        sent = await owner.post(f"{path}/lists", content=table, params=about, headers=TABLE)
        assert sent.status_code == 200, sent.text
    listed = (await owner.get(f"{path}/lists")).json()["lists"]
    assert [(one["name"], one["weight"], one["contacts"], one["bad_rows"]) for one in listed] == [("May", 2, 1, 1)]
    bad = await owner.get(f"{API}/contact-lists/{listed[0]['id']}/bad-rows")
    assert [(row["line"], row["reason"]) for row in bad.json()["rows"]] == [(3, "no_such_number")]
    results = await owner.get(f"{path}/results")
    assert results.headers["content-disposition"] == "attachment; filename*=UTF-8''results.csv"
    assert results.text.splitlines()[1].startswith("+380671234567,Ганна,ready,0")
    assert (await owner.get(f"{path}/status")).json()["status"]["why_code"] == "draft"

    refused = await owner.post(f"{path}/lists", content=b"x" * 100_001, params=about, headers=TABLE)
    assert refused.status_code == 413
    assert (await owner.post(f"{path}/lists", json={}, params=about)).status_code == 415
    strange = await owner.post(f"{path}/lists", content=table, params={**about, "rows": "1"}, headers=TABLE)
    assert (strange.status_code, strange.json()["facts"]["field"]) == (422, "rows")
    foreign = await owner.post(f"{path}/lists", content=table, params=about, headers={**TABLE, "Origin": "http://x"})
    assert foreign.status_code == 403
    for method, address in (("GET", f"{API}/campaigns"), ("GET", f"{path}/results"), ("GET", f"{API}/do-not-call")):
        assert (await agent.request(method, address)).status_code == 403, address
    assert (await agent.post(f"{path}/lists", content=table, params=about, headers=TABLE)).status_code == 403
    assert (await agent.get(f"{API}/me/campaigns")).json() == {"campaigns": []}
