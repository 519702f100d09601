"""A customer is erased from calls and their sounds, with the real directory; no call is placed for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import bson
import pytest
import pytest_asyncio
from google.protobuf.duration_pb2 import Duration
from pydantic import SecretStr

from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.settings import Settings as DirectorySettings
from antiphon.directory.v1 import directory_pb2, identity_pb2, privacy_pb2
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.events_pb2 import ContactErased
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.directory.v1.privacy_pb2_grpc import PrivacyServiceStub
from antiphon.kit import mongo
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.outbox import Outbox
from antiphon.kit.protos import timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.tokens import new_private_key
from antiphon.kit.vault import Files
from antiphon.media.asks import Asks
from antiphon.media.erasing import Erasing
from antiphon.media.ladders import Ladders
from antiphon.media.store import COLLECTIONS, INDEXES, CallStore, FaxStore, LadderStore, SoundStore
from antiphon.media.v1 import media_pb2 as pb

pytestmark = pytest.mark.service
NUMBER = "+380671230099"


class Archive:
    """What media keeps, without telephones."""

    def __init__(self) -> None:
        self.rt: Runtime | None = None
        self.erasing: Erasing | None = None

    async def serve(self, rt: Runtime) -> None:
        db, bus = rt.database(), await rt.bus()
        await mongo.migrate(db, INDEXES, COLLECTIONS)
        outbox = Outbox(db)
        self.rt = rt
        self.calls, self.asks = CallStore(db, outbox, "media-1"), Asks(rt.peers)
        files = Files(db, await rt.vault())
        self.sounds, self.faxes = SoundStore(db, outbox, files), FaxStore(db, outbox, files)
        ladders = Ladders(LadderStore(db), rt.clock, timedelta(days=1))
        self.erasing = Erasing((self.calls, self.sounds, self.faxes), ladders, self.asks, bus, rt.clock)
        rt.spawn(outbox.relay(bus), "outbox")
        rt.spawn(self.erasing.rounds.run(), "erasures")
        rt.spawn(bus.consume("media-erasures", {ContactErased: self.erasing.rounds.hear}), "erased contacts")
        await rt.until_stopped()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def archive(platforms: dict[str, Platform]) -> AsyncIterator[Archive]:
    settings = DirectorySettings(
        sealing_key=SecretStr(new_private_key()), password_memory_kib=16_384, sip_domain="sip.example.org"
    )
    archive = Archive()
    services = {"directory": partial(directory_serve, settings=settings)}
    async with running(services, platforms), running({"media": archive.serve}, platforms):
        yield archive


@pytest.mark.clause("N07")
async def test_the_record_of_a_call_stays_and_names_nobody(archive: Archive, tmp_path: Path) -> None:
    rt = archive.rt
    assert rt is not None
    assert archive.erasing is not None
    doors = IdentityServiceStub(rt.peers.channel("directory"))
    sign_up = identity_pb2.SignUpRequest(
        company="Ромашка", name="Iryna", email="owner@erasing.example", password="Correct-Horse-7-Lamp", language="uk",
        time_zone="Europe/Kyiv",
    )  # fmt: skip
    made = await ask(doors.SignUp, sign_up, [])
    owner = metadata((await ask(doors.IssueToken, identity_pb2.IssueTokenRequest(session=made.session), [])).token)
    tenant, people = made.tenant.id, DirectoryServiceStub(rt.peers.channel("directory"))
    identity = directory_pb2.Identity(channel="phone", value=NUMBER)
    resolve = directory_pb2.ResolveIdentityRequest(identity=identity, name="Леся Українка")
    contact = (await ask(people.ResolveIdentity, resolve, rt.peers.own(tenant))).contact
    now, sound = rt.clock(), tmp_path / "sound.ogg"
    sound.write_bytes(b"OggS" + bytes(1000))
    for number, (caller, contact_id) in enumerate(((NUMBER, contact.id), (NUMBER, ""), ("+380445556677", "ct_other"))):
        call = pb.Call(
            id=f"cl_{number}", direction=pb.DIRECTION_INBOUND, state=pb.CALL_STATE_ENDED, caller=caller,
            called="+380443902020", contact_id=contact_id, started_at=timestamp(now), outcome="answered",
            talked=Duration(seconds=61), legs=[pb.Leg(id="l", role="caller", number=caller)],
        )  # fmt: skip
        await archive.calls.close(tenant, call, 1, now)
        recording = pb.Recording(id=f"rc_{number}", call_id=call.id, started_at=timestamp(now), caller=caller)
        await archive.sounds.add_recording(tenant, recording, sound, [], now)
        voicemail = pb.Voicemail(id=f"vm_{number}", call_id=call.id, left_at=timestamp(now), caller=caller)
        await archive.sounds.add_voicemail(tenant, voicemail, sound, now)

    for number, ours in enumerate((NUMBER, "+380445556677")):
        fax = pb.Fax(id=f"fx_{number}", number=ours, at=timestamp(now), status=pb.FAX_STATUS_RECEIVED)
        await archive.faxes.add(tenant, fax, b"%PDF-1.7 " + ours.encode(), now, None)

    privacy = PrivacyServiceStub(rt.peers.channel("directory"))
    erase = privacy_pb2.EraseContactRequest(contact_id=contact.id, reason="asked by letter")
    await eventually(archive.asks.next_erasure)
    begun = (await ask(privacy.EraseContact, erase, owner)).erasure
    assert "media" in begun.waiting_for

    async def reported() -> privacy_pb2.Erasure | None:
        listed = (await ask(privacy.ListErasures, privacy_pb2.ListErasuresRequest(), owner)).erasures
        return next((each for each in listed if "media" not in each.waiting_for), None)

    erasure = await eventually(reported)
    counts = {name: count for name, count in erasure.counts.items() if name.startswith("media")}
    assert counts == {"media.calls": 2, "media.recordings": 2, "media.voicemails": 2, "media.faxes": 1}
    db = rt.database()
    for name in await db.list_collection_names():
        async for document in db[name].find():
            stored = bson.encode(document)
            assert NUMBER.encode()[1:] not in stored, name
            assert "Леся Українка".encode() not in stored, name
    kept = await archive.calls.find(tenant, "cl_0")
    assert kept is not None
    assert (kept.talked.seconds, kept.caller, kept.called) == (61, "", "+380443902020")
    other = await archive.calls.find(tenant, "cl_2")
    assert other is not None
    assert other.caller == "+380445556677"


async def test_sounds_are_kept_as_long_as_their_tenant_says(archive: Archive, tmp_path: Path) -> None:
    rt = archive.rt
    assert rt is not None
    assert archive.erasing is not None
    doors, privacy = (
        IdentityServiceStub(rt.peers.channel("directory")),
        PrivacyServiceStub(rt.peers.channel("directory")),
    )
    sign_up = identity_pb2.SignUpRequest(
        company="Ромашка", name="Iryna", email="owner@keeping.example", password="Correct-Horse-7-Lamp", language="uk",
        time_zone="Europe/Kyiv",
    )  # fmt: skip
    made = await ask(doors.SignUp, sign_up, [])
    owner = metadata((await ask(doors.IssueToken, identity_pb2.IssueTokenRequest(session=made.session), [])).token)
    kept = privacy_pb2.Retention(recordings=7)
    await ask(privacy.PutRetention, privacy_pb2.PutRetentionRequest(retention=kept), owner)
    sound = tmp_path / "sound.ogg"
    sound.write_bytes(b"OggS")
    for days in (1, 6, 8, 30):
        at = timestamp(rt.clock() - timedelta(days=days))
        recording = pb.Recording(id=f"rk_{days}", call_id=f"ck_{days}", started_at=at)
        await archive.sounds.add_recording(made.tenant.id, recording, sound, [], rt.clock())
        voicemail = pb.Voicemail(id=f"vk_{days}", call_id=f"ck_{days}", left_at=at)
        await archive.sounds.add_voicemail(made.tenant.id, voicemail, sound, rt.clock())
    assert await archive.erasing.forget_old() == 2
    left, _ = await archive.sounds.page(made.tenant.id, "recording", {}, 50, "")
    assert sorted(one["_id"] for one in left) == ["rk_1", "rk_6"]
    voicemails, _ = await archive.sounds.page(made.tenant.id, "voicemail", {}, 50, "")
    assert len(voicemails) == 4, "nothing was said of voicemail: it is kept"
    assert await archive.erasing.forget_old() == 0
