"""Calls at the edge: files that can be sought in, a snapshot with calls, and a desk that goes on without voice."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import httpx
import pytest

from antiphon.inbox.tests.conftest import Company, World
from antiphon.kit.settings import Platform
from antiphon.media.v1 import media_pb2

pytestmark = pytest.mark.service
API = "/api/v1"
SOUND = bytes(range(256)) * 40


@pytest.fixture(scope="module")
async def company(world: World) -> Company:
    return await world.company(anna="agent", boss="supervisor")


@pytest.fixture
async def anna(world: World, company: Company) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {company.token('anna')}"}
    async with (
        world.inbox() as (port, _),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as it,
    ):
        yield it


async def test_a_recording_can_be_sought_in_and_its_reason_goes_with_it(
    world: World, company: Company, anna: httpx.AsyncClient
) -> None:
    head = media_pb2.Recording(id="rec_1", bytes=len(SOUND), media_type="audio/ogg; codecs=opus")
    world.media.recordings[company.tenant, "rec_1"] = (head, SOUND)
    path = f"{API}/recordings/rec_1/file"
    whole = await anna.get(path, params={"reason": "a complaint"})
    assert (whole.status_code, whole.content) == (200, SOUND)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-type"] == "audio/ogg; codecs=opus"
    assert "sandbox" in whole.headers["content-security-policy"]
    assert world.media.reasons[-1] == "a complaint"
    for header, start, end in (("bytes=0-99", 0, 100), ("bytes=5000-", 5000, len(SOUND)), ("bytes=-7", -7, None)):
        part = await anna.get(path, headers={"Range": header})
        assert (part.status_code, part.content) == (206, SOUND[start:end]), header
        assert part.headers["content-range"].endswith(f"/{len(SOUND)}")
    beyond = await anna.get(path, headers={"Range": "bytes=999999-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(SOUND)}")
    assert (await anna.get(path, params={"why": "x"})).status_code == 422
    assert (await anna.get(f"{API}/recordings/none/file")).status_code == 404


async def test_a_file_that_lies_about_its_type_is_no_page(
    world: World, company: Company, anna: httpx.AsyncClient
) -> None:
    head = media_pb2.Recording(id="rec_2", bytes=9, media_type="text/html")
    world.media.recordings[company.tenant, "rec_2"] = (head, b"<script/>")
    answer = await anna.get(f"{API}/recordings/rec_2/file")
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_a_voicemail_that_says_no_size_can_be_sought_in_too(
    world: World, company: Company, anna: httpx.AsyncClient
) -> None:
    world.media.voicemails[company.tenant, "vm_1"] = (media_pb2.Voicemail(id="vm_1"), b"OggS" + SOUND)
    part = await anna.get(f"{API}/voicemails/vm_1/file", headers={"Range": "bytes=4-13"})
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, SOUND[:10], "audio/ogg")


async def test_a_voicemail_over_the_limit_is_refused_and_not_held(world: World, company: Company) -> None:
    world.media.voicemails[company.tenant, "vm_2"] = (media_pb2.Voicemail(id="vm_2"), SOUND)
    headers = {"Authorization": f"Bearer {company.token('anna')}"}
    async with world.inbox(sound_limit=100) as (port, _), httpx.AsyncClient(headers=headers) as client:
        answer = await client.get(f"http://127.0.0.1:{port}{API}/voicemails/vm_2/file")
    assert answer.status_code == 413


async def test_a_call_is_dialled_and_asked_about(world: World, company: Company, anna: httpx.AsyncClient) -> None:
    world.media.calls[company.tenant, "ca_1"] = media_pb2.Call(id="ca_1", agent_id=company.ids["anna"])
    assert (await anna.get(f"{API}/calls/live")).json()["calls"][0]["id"] == "ca_1"
    assert (await anna.get(f"{API}/calls/ca_1")).json()["call"]["state"] == "CALL_STATE_UNSPECIFIED"
    assert (await anna.post(f"{API}/calls/ca_1/hold", json={"on": True})).status_code == 200
    placed = await anna.post(f"{API}/calls", json={"request_id": "r1", "to": "102"})
    assert placed.json()["call"]["called"] == "102"
    assert (await anna.post(f"{API}/calls/ca_1/monitor", json={})).status_code == 403, "an agent may not listen in"
    snapshot = (await anna.get(f"{API}/rt/snapshot")).json()
    assert [one["id"] for one in snapshot["state"]["calls"]] == ["ca_1"]


async def test_without_voice_the_desk_goes_on(
    world: World, company: Company, platforms: dict[str, Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = {**platforms["inbox"].endpoints, "media": "127.0.0.1:1"}
    monkeypatch.setitem(world.platforms, "inbox", platforms["inbox"].model_copy(update={"endpoints": nobody}))
    headers = {"Authorization": f"Bearer {company.token('anna')}"}
    async with world.inbox() as (port, _), httpx.AsyncClient(headers=headers) as client:
        refused = await client.get(f"http://127.0.0.1:{port}{API}/softphone")
        assert (refused.status_code, refused.json()["reason"]) == (503, "UNAVAILABLE")
        snapshot = await client.get(f"http://127.0.0.1:{port}{API}/rt/snapshot")
        assert snapshot.status_code == 200
        assert "calls" not in snapshot.json()["state"]
        assert "conversations" in snapshot.json()["state"]


async def test_a_document_goes_out_as_json_and_is_saved_not_shown(anna: httpx.AsyncClient) -> None:
    document = b"%PDF-" + bytes(2_500_000)
    body = {"request_id": "r1", "to": "+380441112233", "document": base64.b64encode(document).decode()}
    sent = await anna.post(f"{API}/faxes", json=body)
    assert sent.status_code == 200, sent.text
    file = await anna.get(f"{API}/faxes/fx_1/file")
    assert file.content == document
    assert file.headers["content-type"] == "application/pdf"
    assert file.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in file.headers["content-security-policy"]
    too_large = await anna.post(f"{API}/faxes", json=body | {"document": "A" * 4_200_000})
    assert too_large.status_code == 413
