"""The company's own sign-in as a browser walks it, through the edge, to a provider on loopback and back."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from antiphon.directory.__main__ import serve as serve_directory
from antiphon.directory.settings import Settings as DirectorySettings
from antiphon.directory.tests.provider import CLIENT, SECRET, FakeProvider, provider_at
from antiphon.inbox.__main__ import serve as serve_inbox
from antiphon.inbox.settings import Settings
from antiphon.kit import procs
from antiphon.kit.clock import system_clock
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.tokens import new_private_key

pytestmark = pytest.mark.service
API = "/api/v1"


@pytest.fixture(scope="module")
async def desk(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of an edge with a real directory behind it."""
    port = procs.free_port()
    url = f"http://127.0.0.1:{port}"
    directory = DirectorySettings(sealing_key=SecretStr(new_private_key()), password_memory_kib=64, desk_url=url)
    dist: Path = tmp_path_factory.mktemp("dist")
    inbox = Settings(port=port, web_dist=dist, public_url=url, sign_in_burst=20, sign_in_per_minute=1)
    services = {
        "directory": functools.partial(serve_directory, settings=directory),
        "inbox": functools.partial(serve_inbox, settings=inbox),
    }
    async with running(services, platforms):
        yield url


@pytest.fixture(scope="module")
async def provider(desk: str) -> AsyncIterator[FakeProvider]:
    async with provider_at(f"{desk}/sign-in/return", system_clock) as fake:
        yield fake


def page(desk: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=desk, timeout=20, headers={"Origin": desk})


def told(answer: httpx.Response) -> dict[str, str]:
    """Where a refusal sends the browser, as the words of the address."""
    there = urlsplit(answer.headers["location"])
    assert (answer.status_code, there.path, there.netloc) == (303, "/sign-in", "")
    return {name: one[0] for name, one in parse_qs(there.query).items()}


@pytest.mark.clause("L05")
async def test_a_browser_goes_to_its_company_s_provider_and_comes_back_signed_in(
    desk: str, provider: FakeProvider
) -> None:
    async with page(desk) as owner:
        asked = {"company": "Ромашка", "name": "Olha", "email": "olha@example.com", "password": "Correct-Horse-7-Lamp"}
        assert (await owner.post(f"{API}/sign-up", json=asked)).status_code == 200
        record: dict[str, Any] = {
            "word": "romashka", "issuer": provider.issuer, "client_id": CLIENT, "enabled": True,
            "joining": "JOINING_VERIFIED", "roles": ["ROLE_AGENT"],
        }  # fmt: skip
        put = await owner.put(f"{API}/sign-on", json={"sign_on": record, "client_secret": SECRET})
        assert put.status_code == 200, put.text
        assert SECRET not in (await owner.get(f"{API}/sign-on")).text
    provider.person = {"sub": "1", "email": "taras@example.com", "email_verified": True, "name": "Taras"}
    async with page(desk) as browser:
        away = await browser.get("/sign-in/go?company=Romashka")
        assert away.status_code == 303
        assert away.headers["location"].startswith(f"{provider.issuer}/authorize?")
        cookie = away.headers["set-cookie"].lower()
        assert all(word in cookie for word in ("httponly", "samesite=lax", "path=/sign-in"))
        back = (await browser.get(away.headers["location"])).headers["location"]
        async with page(desk) as thief:  # has the whole address, but is another browser
            assert told(await thief.get(back)) == {"problem": "SIGN_ON_FAILED", "why": "browser"}
        away = await browser.get("/sign-in/go?company=romashka")
        back = (await browser.get(away.headers["location"])).headers["location"]
        done = await browser.get(back)
        assert (done.status_code, done.headers["location"]) == (303, "/inbox")
        assert "antiphon_sign_on" not in browser.cookies
        me = (await browser.get(f"{API}/me")).json()
        assert (me["person"]["name"], me["person"]["roles"]) == ("Taras", ["ROLE_AGENT"])
        assert told(await browser.get(back)) == {"problem": "SIGN_ON_FAILED", "why": "state"}
        async with httpx.AsyncClient(base_url=desk, timeout=20) as servers:
            for words, code in (({"logout_token": "x"}, 400), ({}, 400), ({"logout_token": "x" * 20_000}, 400)):
                refused = await servers.post("/sign-in/logout", data=words)
                assert (refused.status_code, refused.json()) == (code, {"error": "invalid_request"})
            assert (await browser.get(f"{API}/me")).status_code == 200
            ended = await servers.post("/sign-in/logout", data={"logout_token": provider.logout_token(sub="1")})
        assert (ended.status_code, ended.headers["cache-control"]) == (200, "no-store")

        async def shut_out() -> bool:
            return (await browser.get(f"{API}/me")).status_code == 401

        await eventually(shut_out)


async def test_refusals_lead_to_the_sign_in_page_and_tries_are_counted(desk: str) -> None:
    async with page(desk) as browser:
        assert told(await browser.get("/sign-in/go?company=no-such")) == {"company": "no-such", "problem": "NOT_FOUND"}
        assert told(await browser.get("/sign-in/return"))["why"] == "state"
        assert told(await browser.get(f"/sign-in/return?code={'x' * 5000}"))["problem"] == "INVALID"
        evil = await browser.get("/sign-in/go?company=//evil.example/%0d%0aSet-Cookie:x")
        assert told(evil)["problem"] == "NOT_FOUND"
        found = [told(await browser.get("/sign-in/go?company=no-such"))["problem"] for _ in range(25)]
        assert "TOO_MANY" in found
