"""A customer's data in one ZIP, for whoever may."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from antiphon.channels.v1 import channels_pb2
from antiphon.inbox.tests.conftest import World
from antiphon.inbox.tests.test_service_rest import API, Client

pytestmark = pytest.mark.service


@pytest.mark.clause("N07")
async def test_everything_of_a_customer_is_in_one_file(world: World) -> None:
    async with world.inbox(sign_in_burst=1000) as (port, _), Client(port) as owner:
        signed = await owner.sign_up("exporting")
        made = await owner.post(
            f"{API}/contacts", json={"contact": {"name": "Іван Франко", "phones": ["+380441234567"]}}
        )
        contact = made.json()["contact"]["id"]
        note = {"note": {"contact_id": contact, "text": "просить дзвонити зранку"}}
        assert (await owner.post(f"{API}/contact-notes", json=note)).status_code == 200
        tenant = signed["tenant"]["id"]
        head = channels_pb2.AttachmentHead(name="../щит.png", media_type="image/png", attachment_id="at_1", size=3)
        world.channels.files[tenant, "at_1"] = (head, b"PNG")
        file = channels_pb2.Attachment(id="at_1", name="../щит.png", media_type="image/png", size=3)
        said = channels_pb2.Message(conversation_id="cv_1", seq=1, text="Добрий день", attachments=[file])
        world.channels.said[tenant, contact] = [said]

        answer = await owner.get(f"{API}/contacts/{contact}/export")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            names = set(archive.namelist())
            (card,) = json.loads(archive.read("card.json"))
            (message,) = json.loads(archive.read("messages.json"))
            (written,) = json.loads(archive.read("notes.json"))
            assert archive.read("files/at_1-_щит.png") == b"PNG"
        assert {"card.json", "notes.json", "consents.json", "messages.json"} <= names
        assert (card["whole"]["name"], message["text"], written["text"]) == (
            "Іван Франко", "Добрий день", "просить дзвонити зранку",
        )  # fmt: skip
        assert (await owner.get(f"{API}/contacts/ct_nobody/export")).status_code == 404
        agent = {"Authorization": f"Bearer {world.token(tenant, 'pe_agent')}"}
        async with Client(port) as other:
            refused = await other.get(f"{API}/contacts/{contact}/export", headers=agent)
            assert (refused.status_code, refused.json()["reason"]) == (403, "DENIED")
