"""The REST edge with the real services behind it: who may come in, what is refused, what is remembered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from antiphon.inbox.api import ROWS
from antiphon.inbox.rows import Row
from antiphon.inbox.tests.conftest import World
from antiphon.kit import mongo
from antiphon.kit.testing import eventually, token_for
from antiphon.kit.tokens import Caller

pytestmark = pytest.mark.service
API = "/api/v1"


class Client(httpx.AsyncClient):
    """A browser page of the desk: same origin, cookies."""

    def __init__(self, port: int, **options: Any) -> None:
        base = f"http://127.0.0.1:{port}"
        super().__init__(base_url=base, timeout=10, headers={"Origin": base}, **options)

    async def sign_up(self, name: str) -> dict[str, Any]:
        asked = {
            "company": name, "name": "Olha", "email": f"{name}@example.com", "password": "Correct-Horse-7-Lamp",
            "language": "uk", "time_zone": "Europe/Kyiv",
        }  # fmt: skip
        answer = await self.post(f"{API}/sign-up", json=asked)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


@pytest.fixture(scope="module")
async def port(real_world: World) -> AsyncIterator[int]:
    async with real_world.inbox(sign_in_burst=1000, demo=True, demo_widget_key="wk_demo") as (port, _):
        yield port


@pytest.fixture(scope="module")
async def owner(port: int) -> AsyncIterator[Client]:
    """The owner of a company, signed in by cookie."""
    async with Client(port) as client:
        await client.sign_up("romashka")
        yield client


@pytest.fixture(scope="module")
async def stranger(port: int) -> AsyncIterator[Client]:
    """The owner of another company."""
    async with Client(port) as client:
        await client.sign_up("stranger")
        yield client


def reason(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json()["reason"]


async def test_a_session_lives_in_a_cookie_that_no_script_can_read(port: int) -> None:
    async with Client(port) as client:
        signed_up = await client.post(
            f"{API}/sign-up",
            json={
                "company": "Лілея", "name": "Olha", "email": "lileia@example.com", "password": "Correct-Horse-7-Lamp",
                "language": "uk", "time_zone": "Europe/Kyiv",
            },
        )  # fmt: skip
        cookie = signed_up.headers["set-cookie"]
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()
        assert "secure" not in cookie.lower()
        assert signed_up.json()["session"] == ""
        me = (await client.get(f"{API}/me")).json()
        assert me["person"]["email"] == "lileia@example.com"
        assert "tenant.write" in me["permissions"]
        sessions = (await client.get(f"{API}/me/sessions")).json()["sessions"]
        assert [one["current"] for one in sessions] == [True]
        kept = dict(client.cookies)
        assert (await client.post(f"{API}/sign-out")).status_code == 200
        assert "antiphon_session" not in client.cookies
        client.cookies.update(kept)
        assert reason(await client.get(f"{API}/me"))[0] == 401
        wrong = await client.post(f"{API}/sign-in", json={"email": "lileia@example.com", "password": "wrong"})
        assert reason(wrong) == (401, "BAD_CREDENTIALS")


async def test_a_cookie_is_secure_behind_https(real_world: World, owner: Client) -> None:
    async with real_world.inbox(public_url="https://desk.example") as (port, _), Client(port) as client:
        client.headers["Origin"] = "https://desk.example"
        asked = {"email": "romashka@example.com", "password": "Correct-Horse-7-Lamp"}
        answer = await client.post(f"{API}/sign-in", json=asked)
        assert "secure" in answer.headers["set-cookie"].lower()
        assert answer.headers["strict-transport-security"]


async def test_too_many_tries_from_one_address_are_refused_and_proxies_are_believed_only_when_trusted(
    real_world: World,
) -> None:
    async with (
        real_world.inbox(sign_in_burst=3, sign_in_per_minute=1, trusted_proxies=("127.0.0.1",)) as (behind, _),
        real_world.inbox(sign_in_burst=3, sign_in_per_minute=1) as (plain, _),
    ):
        for port, expected in ((behind, {401}), (plain, {401, 429})):
            async with Client(port) as client:
                statuses = set()
                for number in range(6):
                    headers = {"X-Forwarded-For": f"198.51.100.{number}"}
                    asked = {"email": f"n{number}@example.com", "password": "x"}
                    answer = await client.post(f"{API}/sign-in", json=asked, headers=headers)
                    statuses.add(answer.status_code)
                assert statuses == expected
        assert int(answer.headers["retry-after"]) > 0


def address(row: Row, name: str = "none_such") -> str:
    return row.address.replace("{id}", name)


async def test_no_route_answers_without_a_token(port: int) -> None:
    """Every row of the table, and the doors of the real-time protocol."""
    async with Client(port) as client:
        for row in ROWS:
            if row.requires == "public":
                continue
            answer = await client.request(row.method, address(row), json={} if row.method != "GET" else None)
            assert reason(answer) == (401, "UNAUTHENTICATED"), row
        for method, path in (("POST", "/rt/ticket"), ("GET", "/rt/snapshot")):
            for prefix in (API, ""):
                assert reason(await client.request(method, prefix + path))[0] == 401
        for bad in ("Bearer nonsense", "Bearer ak_nonsense", "Basic YTpi", "Bearer"):
            assert reason(await client.get(f"{API}/me", headers={"Authorization": bad}))[0] == 401


@pytest.mark.clause("L10")
async def test_who_has_no_right_is_denied_by_every_route_that_asks_for_one(port: int, real_world: World) -> None:
    """Every row of the table but those for everybody, and for everybody who is signed in."""
    nobody = token_for(real_world.platforms["directory"], Caller("tn_none", "person:pe_none"))
    wrong = []
    async with Client(port) as client:
        client.headers["Authorization"] = f"Bearer {nobody}"
        for row in ROWS:
            if row.requires in ("public", "person"):
                continue
            part: Any = {"json": {}} if row.method != "GET" else {}
            if row.stream == "up" and row.peer == "channels":
                part = {"files": {"file": ("a.csv", b"a,b")}}
            elif row.stream == "up":
                part = {"content": b"a,b", "headers": {"Content-Type": "application/octet-stream"}}
            answer = await client.request(row.method, address(row), **part)
            if (answer.status_code, answer.json().get("reason")) != (403, "DENIED"):
                wrong.append((row.method, row.path, answer.status_code, answer.text[:100]))
    assert not wrong


async def records(owner: Client) -> dict[str, dict[str, Any]]:
    """One record of each kind in the owner's company: path → record."""
    me = (await owner.get(f"{API}/me")).json()["person"]
    wanted: dict[str, tuple[str, dict[str, Any]]] = {
        "/projects": ("project", {"name": "Client one"}),
        "/people": ("person", {"name": "Anna", "email": "anna@romashka.example", "roles": ["ROLE_AGENT"]}),
        "/groups": ("group", {"name": "Sales", "person_ids": [me["id"]]}),
        "/numbers": ("number", {"e164": "+380443902020", "title": "Main"}),
        "/contacts": ("contact", {"name": "Марина", "phones": ["+380635550120"]}),
        "/queues": ("queue", {"name": "Sales", "strategy": "longest_idle", "members": [{"person_id": me["id"]}]}),
        "/schemes": (
            "scheme",
            {
                "name": "Reception",
                "graph": {"start": "a", "nodes": [{"id": "a", "kind": "close", "text": {"en": "Bye"}}]},
            },
        ),
        "/sip-accounts": ("account", {"title": "Door phone"}),
        "/trunks": ("trunk", {"name": "Operator", "host": "198.51.100.7"}),
        "/calendars": ("calendar", {"name": "Office", "time_zone": "Europe/Kyiv"}),
        "/caller-lists": ("list", {"name": "Black", "kind": "CALLER_LIST_KIND_BLOCK", "patterns": ["+38050*"]}),
        "/channels": (
            "channel",
            {"kind": "webchat", "name": "Shop", "settings": {"origins": ["https://shop.example"]}},
        ),
    }
    found = {}
    for path, (field, record) in wanted.items():
        answer = await owner.post(API + path, json={field: record})
        assert answer.status_code == 200, (path, answer.text)
        found[path] = {field: answer.json()[field]}
    key = await owner.post(f"{API}/api-keys", json={"title": "Robot", "roles": ["ROLE_INTEGRATOR"]})
    found["/api-keys"] = {"key": key.json()["key"]}
    return found


async def listed(client: Client, path: str) -> str:
    answer = await client.get(API + path)
    assert answer.status_code == 200, (path, answer.text)
    return answer.text


OPERATORS = {"slots.write", "offers.write", "customers.read", "customers.ask", "customers.approve"}
"""Rights of the operator's company only."""
BODIES: dict[str, dict[str, Any]] = {
    "EraseContact": {"reason": "asked by letter"},
    "GiveConsent": {"purpose": "PURPOSE_MARKETING", "source": "web form"},
    "WithdrawConsent": {"purpose": "PURPOSE_MARKETING"},
    "PutContactNote": {"note": {"text": "hello"}},
    "PutRetention": {"retention": {}},
    "PutSurveyPolicy": {"policy": {}},
    "PutContactFields": {"fields": []},
    "SendMessage": {"client_id": "m1", "kind": "MESSAGE_KIND_TEXT", "text": "hello"},
    "TransferConversation": {"queue_id": "qu_1"},
    "Transfer": {"queue_id": "qu_1"},
    "MarkRead": {"seq": 1},
    "AddEvidence": {"evidence": {"title": "phone.cfg"}},
    "EmptyQueue": {"to": {"way": "WAY_REFUSE"}},
    "Monitor": {"mode": "MONITOR_MODE_LISTEN", "reason": "a complaint"},
    "Assign": {"agent_id": "pe_1"},
    "DropCallback": {"reason": "cancelled"},
    "CopySchedule": {"request_id": "c1"},
    "PutCampaign": {
        "campaign": {"name": "Spring", "mode": "MODE_PREVIEW", "region": "UA", "caller_ids": ["+380443900011"]}
    },
    "SetCampaignState": {"state": "CAMPAIGN_STATE_RUNNING"},
}


REPEATABLE = {"SkipPreview", "HangUp"}
"""Say "done" about what is not there, or not any more."""


@pytest.mark.clause("L10")
async def test_no_route_reaches_into_another_company(owner: Client, stranger: Client) -> None:
    """A stranger with every right at home walks the whole table with ids of another company: nothing is shown, nothing
    is changed. Deleting is repeatable, so it may say "done" about a record that is not there."""
    theirs = await records(owner)
    before = {path: await listed(owner, path) for path in theirs}
    tenant, wrong = (await owner.get(f"{API}/tenant")).text, []
    for row in ROWS:
        if row.requires == "public" or row.stream == "up":
            continue
        path = row.path.partition("/{")[0]
        record = theirs.get(path, {})
        body: dict[str, Any] | None = record if row.method == "PUT" and record and row.path.count("/") == 2 else {}
        ids = [one["id"] for one in record.values()] or ["none_such"]
        if row.method != "GET" and not row.target:
            continue  # acts on the stranger's own company: there is no id to point elsewhere with
        if row.path.startswith("/agents"):
            ids = [one["id"] for one in theirs["/people"].values()]
            body = {"state": "AGENT_STATE_READY"} if row.path.endswith("/state") else {"profile": {}}
        if row.rpc in BODIES:
            body = BODIES[row.rpc]
        answer = await stranger.request(row.method, address(row, ids[0]), json=None if row.method == "GET" else body)
        if row.requires in OPERATORS:
            assert answer.status_code == 403, (row, answer.text)
        elif row.peer == "billing":  # he has no account; ids are names within a company's own
            assert answer.status_code in (200, 403, 404, 422), (row, answer.text)
            assert not [one for one in ids if one != "none_such" and one in answer.text], row
        elif not row.target or (answer.status_code == 200 and (row.method == "DELETE" or row.rpc in REPEATABLE)):
            silent = answer.status_code == 503 and answer.json()["reason"] == "NO_VOICE"
            assert silent or answer.status_code in (200, 404, 422), (
                row,
                answer.text,
            )  # 422: it wants words to search by
            assert not [one for one in ids if one in answer.text], row
        else:
            wrong += [(row.method, row.path, row.rpc, answer.text)] if answer.status_code not in (403, 404) else []
    assert not wrong
    assert {path: await listed(owner, path) for path in theirs} == before
    assert (await owner.get(f"{API}/tenant")).text == tenant


async def test_a_browser_may_change_things_only_from_our_own_page(port: int, owner: Client) -> None:
    here = f"http://127.0.0.1:{port}"
    body = {"project": {"name": "Forged"}}
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        async with httpx.AsyncClient(base_url=here, cookies=dict(owner.cookies)) as page:
            assert reason(await page.post(f"{API}/projects", json=body, headers=headers)) == (403, "FOREIGN_ORIGIN")
            assert reason(await page.post(f"{API}/rt/ticket", headers=headers)) == (403, "FOREIGN_ORIGIN")
            assert reason(await page.post(f"{API}/sign-out", headers=headers)) == (403, "FOREIGN_ORIGIN")
    assert "Forged" not in await listed(owner, "/projects")
    form = await owner.post(f"{API}/projects", data={"project": "x"})
    assert reason(form) == (415, "UNSUPPORTED_MEDIA_TYPE")
    async with httpx.AsyncClient(base_url=here, cookies=dict(owner.cookies)) as page:
        fine = await page.post(f"{API}/rt/ticket", headers={"Sec-Fetch-Site": "same-origin"})
        assert fine.status_code == 200


async def test_bad_bodies_are_refused_and_nothing_is_forwarded(port: int, owner: Client) -> None:
    before = await listed(owner, "/projects")
    as_json = {"Content-Type": "application/json"}

    async def refused(content: Any, **headers: str) -> tuple[int, str]:
        answer = await owner.post(f"{API}/projects", content=content, headers={**as_json, **headers})
        return reason(answer)

    for text in ("{", '{"a":}', "nonsense", '{"project": NaN}', '"\\ud800"', b"\xff\xfe", "[" * 100_000):
        assert await refused(text) == (400, "MALFORMED"), text[:20]
    for text in ("[]", "1", '{"project": {"name": 1}}', '{"projekt": {}}', '{"project": {"nmae": "x"}}'):
        assert await refused(text) == (422, "INVALID"), text
    assert await refused('{"project": {"id": "pr_1", "name": "x"}}') == (422, "INVALID")
    assert await refused(" " * 1_000_001) == (413, "TOO_LARGE")

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 20_000

    assert await refused(endless()) == (413, "TOO_LARGE")
    assert reason(await owner.put(f"{API}/projects/a", json={"project": {"id": "b", "name": "x"}})) == (422, "INVALID")
    assert reason(await owner.get(f"{API}/people?nothing=1")) == (422, "INVALID")
    assert reason(await owner.get(f"{API}/contacts?limit=many")) == (422, "INVALID")
    assert reason(await owner.put(f"{API}/me/state", json={"agent_id": "x"})) == (422, "INVALID")
    assert await listed(owner, "/projects") == before


async def test_what_does_not_exist_is_a_problem_too(owner: Client) -> None:
    assert reason(await owner.get("/api/v1/nothing")) == (404, "NOT_FOUND")
    assert reason(await owner.get("/api/v2")) == (404, "NOT_FOUND")
    wrong = await owner.delete(f"{API}/tenant")
    assert reason(wrong) == (405, "METHOD_NOT_ALLOWED")
    assert set(wrong.headers["allow"].split(", ")) >= {"GET", "PUT"}
    assert reason(await owner.get(f"{API}/people/pe_none"))[0] == 404


@pytest.mark.clause("L01")
async def test_a_sip_password_is_never_answered_twice(owner: Client) -> None:
    """Also not to a repeat with the same Idempotency-Key, whose answers are otherwise remembered for a day."""
    body, key = {"account": {"title": "Door phone"}}, {"Idempotency-Key": "phone-1"}
    first = (await owner.post(f"{API}/sip-accounts", json=body, headers=key)).json()
    second = (await owner.post(f"{API}/sip-accounts", json=body, headers=key)).json()
    assert first["password"]
    assert first["password"] != second["password"]
    account = first["account"]["id"]
    changed = (await owner.post(f"{API}/sip-accounts/{account}/password", json={})).json()["password"]
    pages = ["/sip-accounts", f"/sip-accounts/{account}/provisioning", "/audit", "/security-tickets"]
    read = "".join([await listed(owner, page) for page in pages])
    assert not [one for one in (first["password"], second["password"], changed) if one in read]
    blocked = await owner.post(f"{API}/sip-accounts/block", json={"account_ids": [account], "reason": "odd calls"})
    ticket = blocked.json()["ticket"]
    evidence = {"evidence": {"title": "phone.cfg", "text": "x"}}
    kept = await owner.post(f"{API}/security-tickets/{ticket['id']}/evidence", json=evidence)
    assert kept.json()["ticket"]["evidence"][0]["title"] == "phone.cfg"
    plan = await owner.put(f"{API}/dial-plan", json={"plan": {"country": "UA"}})
    assert (await owner.get(f"{API}/dial-plan")).json()["plan"] == plan.json()["plan"]


async def test_a_repeat_with_the_same_key_gets_the_first_answer(
    real_world: World, port: int, owner: Client, stranger: Client
) -> None:
    body, key = {"title": "Shop", "roles": ["ROLE_INTEGRATOR"]}, {"Idempotency-Key": "order-1"}
    first = await owner.post(f"{API}/api-keys", json=body, headers=key)
    again = [await owner.post(f"{API}/api-keys", json=body, headers=key) for _ in range(2)]
    assert {one.text for one in again} == {first.text}
    assert again[0].headers["idempotency-replayed"] == "true"
    assert (await listed(owner, "/api-keys")).count('"Shop"') == 1
    other = await owner.post(f"{API}/api-keys", json={**body, "title": "Else"}, headers=key)
    assert reason(other) == (409, "KEY_REUSED")
    foreign = await stranger.post(f"{API}/api-keys", json=body, headers=key)
    assert foreign.status_code == 200
    assert foreign.json()["secret"] != first.json()["secret"]
    at_once = {"Idempotency-Key": "order-2"}
    race = await asyncio.gather(
        *(owner.post(f"{API}/projects", json={"project": {"name": "Race"}}, headers=at_once) for _ in range(5))
    )
    assert {one.status_code for one in race} <= {200, 409}
    assert (await listed(owner, "/projects")).count('"Race"') == 1
    refused = {"Idempotency-Key": "order-3"}
    assert (await owner.post(f"{API}/projects", json={"project": {"name": "Race"}}, headers=refused)).status_code == 409
    fine = await owner.post(f"{API}/projects", json={"project": {"name": "Race 2"}}, headers=refused)
    assert fine.status_code == 200, "a refusal is not remembered"
    assert reason(await owner.post(f"{API}/projects", json={}, headers={"Idempotency-Key": "x" * 201}))[0] == 422
    stored = await mongo.database(real_world.platforms["inbox"], "inbox")["answers"].find().to_list(100)
    assert len(stored) >= 3
    assert first.json()["secret"].encode() not in b"".join(bytes(one.get("answer", b"")) for one in stored)


async def test_an_api_key_opens_the_api_until_it_is_revoked(port: int, owner: Client) -> None:
    made = (await owner.post(f"{API}/api-keys", json={"title": "Bot", "roles": ["ROLE_INTEGRATOR"]})).json()
    headers = {"Authorization": f"Bearer {made['secret']}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}{API}", headers=headers) as robot:
        assert (await robot.get("/people")).status_code == 200
        assert (await robot.post("/rt/ticket")).status_code == 200
        assert reason(await robot.get("/audit")) == (403, "DENIED")
        assert (await owner.delete(f"{API}/api-keys/{made['key']['id']}")).status_code == 200
        assert reason(await robot.get("/people"))[0] == 401


@pytest.mark.clause("L08")
async def test_a_key_that_is_revoked_at_one_replica_is_refused_by_another(
    port: int, owner: Client, real_world: World
) -> None:
    made = (await owner.post(f"{API}/api-keys", json={"title": "Bot", "roles": ["ROLE_INTEGRATOR"]})).json()
    headers = {"Authorization": f"Bearer {made['secret']}"}
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}{API}", headers=headers) as robot,
        real_world.inbox(sign_in_burst=1000) as (elsewhere, _),
        Client(elsewhere, cookies=owner.cookies) as same_owner,
    ):
        assert (await robot.get("/people")).status_code == 200
        assert (await same_owner.delete(f"{API}/api-keys/{made['key']['id']}")).status_code == 200

        async def refused() -> bool:
            return (await robot.get("/people")).status_code == 401

        probe: Callable[[], Any] = refused
        await eventually(probe, within=30)  # half as long as an answer is kept without being told


async def test_a_changed_person_has_his_new_rights_at_once(port: int, owner: Client) -> None:
    person = {"name": "Ira", "email": "ira@romashka.example", "roles": ["ROLE_AGENT"]}
    put = await owner.post(f"{API}/people", json={"person": person, "password": "Correct-Horse-8-Lamp"})
    async with Client(port) as ira:
        asked = {"email": person["email"], "password": "Correct-Horse-8-Lamp"}
        assert (await ira.post(f"{API}/sign-in", json=asked)).status_code == 200
        assert reason(await ira.get(f"{API}/board")) == (403, "DENIED")
        record = {**put.json()["person"], "roles": ["ROLE_SUPERVISOR"]}
        changed = await owner.put(f"{API}/people/{record['id']}", json={"person": record})
        assert changed.status_code == 200, changed.text

        async def may() -> bool:
            return (await ira.get(f"{API}/board")).status_code == 200

        probe: Callable[[], Any] = may
        await eventually(probe)
        stale = await owner.put(f"{API}/people/{record['id']}", json={"person": record})
        assert reason(stale) == (409, "STALE")


PICTURE = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000") + bytes(200_000)


async def test_a_file_goes_up_and_comes_down_and_can_do_no_harm(port: int, owner: Client, stranger: Client) -> None:
    upload = f"{API}/attachments"
    ajax = {"X-Requested-With": "fetch"}
    files = {"file": ("рахунок.png", PICTURE, "image/png")}
    assert reason(await owner.post(upload, files=files)) == (403, "FOREIGN_ORIGIN")
    made = await owner.post(upload, files=files, headers=ajax)
    assert made.status_code == 200, made.text
    attachment = made.json()["attachment"]
    assert (attachment["name"], attachment["size"]) == ("рахунок.png", len(PICTURE))
    answer = await owner.get(f"{upload}/{attachment['id']}")
    assert answer.content == PICTURE
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith("inline; filename*=UTF-8''%D1%80")
    text = await owner.post(upload, files={"file": ("a.html", b"<script>alert(1)</script>", "text/html")}, headers=ajax)
    if text.status_code == 200:
        page = await owner.get(f"{upload}/{text.json()['attachment']['id']}")
        assert page.headers["content-disposition"].startswith("attachment")
    assert reason(await stranger.get(f"{upload}/{attachment['id']}"))[0] == 404


async def test_a_broken_upload_is_refused(real_world: World, owner: Client) -> None:
    async with (
        real_world.inbox(attachment_limit=100_000) as (port, _),
        Client(port, cookies=dict(owner.cookies)) as page,
    ):
        page.headers["X-Requested-With"] = "fetch"
        upload = f"{API}/attachments"
        big = {"file": ("a.png", PICTURE, "image/png")}
        assert reason(await page.post(upload, files=big)) == (413, "TOO_LARGE")
        two = [("file", ("a.png", b"a")), ("file", ("b.png", b"b"))]
        assert reason(await page.post(upload, files=two)) == (422, "ATTACHMENT_BROKEN")
        assert reason(await page.post(upload, files={"other": ("a", b"a")})) == (422, "ATTACHMENT_BROKEN")
        assert reason(await page.post(upload, json={})) == (415, "UNSUPPORTED_MEDIA_TYPE")
        form = {"Content-Type": "multipart/form-data; boundary=x"}
        start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc'

        async def cut_off() -> AsyncIterator[bytes]:
            yield start

        async def endless() -> AsyncIterator[bytes]:
            yield start
            for _ in range(30):
                yield bytes(10_000)

        assert reason(await page.post(upload, content=cut_off(), headers=form)) == (422, "ATTACHMENT_BROKEN")
        assert reason(await page.post(upload, content=b"nonsense", headers=form)) == (422, "ATTACHMENT_BROKEN")
        assert reason(await page.post(upload, content=endless(), headers=form)) == (413, "TOO_LARGE")


async def test_the_desk_is_served_with_its_cache_and_its_policy(real_world: World, port: int, owner: Client) -> None:
    dist = real_world.dist
    missing = await owner.get("/")
    assert missing.status_code == 503
    assert "npm" in missing.text
    (dist / "assets").mkdir()
    (dist / ".vite").mkdir()
    (dist / ".vite" / "manifest.json").write_text("{}")
    (dist / "index.html").write_text("<title>desk</title>")
    (dist / "assets" / "app-1a2b.js").write_text("plain")
    (dist / "assets" / "app-1a2b.js.br").write_bytes(b"packed")
    (dist.parent / "secret.txt").write_text("secret")
    for path in ("/", "/board", "/people/pe_1"):
        page = await owner.get(path)
        assert "desk" in page.text
        assert page.headers["cache-control"] == "no-cache"
    policy = page.headers["content-security-policy"]
    assert f"connect-src 'self' ws://127.0.0.1:{port} wss://127.0.0.1:{port}" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["referrer-policy"] == "same-origin"
    script = await owner.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip"})
    assert script.text == "plain"
    assert "immutable" in script.headers["cache-control"]
    request = owner.build_request("GET", "/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip, br"})
    packed = await owner.send(request, stream=True)
    assert packed.headers["content-encoding"] == "br"
    assert [chunk async for chunk in packed.aiter_raw()] == [b"packed"]
    for path in (
        "/assets/none.js",
        "/..%2fsecret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/.vite/manifest.json",
        "/%00.js",
    ):
        assert (await owner.get(path)).status_code == 404, path
    forged = await owner.get("/", headers={"Host": "evil; script-src *"})
    assert "evil" not in forged.headers.get("content-security-policy", "")


async def test_the_demo_shop_speaks_three_languages_and_embeds_the_widget(real_world: World, port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as visitor:
        for language, word in (("uk", "Прохолода"), ("ru", "Прохлада"), ("en", "A cool home")):
            page = await visitor.get(f"/demo?lang={language}")
            assert word in page.text
            assert 'src="http://localhost:8081/widget.js" data-channel="wk_demo"' in page.text
            assert "{{" not in page.text
        assert "script-src http://localhost:8081;" in page.headers["content-security-policy"]
        assert "Прохолода" in (await visitor.get("/demo", headers={"Accept-Language": "uk-UA,uk;q=0.9"})).text
        assert 'data-channel="wk_demo"' in (await visitor.get('/demo?key="><script>')).text
        assert (await visitor.get("/demo/style.css")).headers["content-type"].startswith("text/css")
    async with real_world.inbox(demo=False) as (plain, _), httpx.AsyncClient() as visitor:
        assert "Прохолода" not in (await visitor.get(f"http://127.0.0.1:{plain}/demo?lang=uk")).text


async def test_the_api_describes_itself_and_the_service_says_how_it_is(port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as visitor:
        document = (await visitor.get("/api/openapi.json")).json()
        assert document["openapi"] == "3.1.0"
        assert "/api/v1/people/{id}" in document["paths"]
        assert "Puts a new item" not in json.dumps(document), "what only services may call is not described"
        assert "<script" not in (await visitor.get("/api/docs")).text
        assert (await visitor.get("/healthz")).status_code == 200
        assert (await visitor.get("/readyz")).status_code == 200


async def test_a_payment_notice_needs_no_session_and_is_believed_by_its_signature_only(port: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as provider:
        forged = await provider.post("/hooks/payments", content=b"{}", headers={"X-Signature": "t=1,v1=00"})
        assert reason(forged) == (403, "FORGED")
        long = await provider.post("/hooks/payments", content=b"x" * 70_000)
        assert long.status_code == 413
        unknown = await provider.post(f"{API}/documents/verify", json={"code": "0000-0000-0000-0000"})
        assert (unknown.status_code, unknown.json()["genuine"]) == (200, False)
