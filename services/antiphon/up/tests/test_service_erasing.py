"""One customer is erased from all services that keep something: real databases, real facts; one of the services is away
meanwhile. The test stands for channels and media, whose parts have tests of their own, and walks every collection of
every database and the stream by value afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from google.protobuf.duration_pb2 import Duration
from nats.js.errors import NotFoundError

from antiphon.billing.__main__ import serve as serve_billing
from antiphon.billing.app.messages import account_of
from antiphon.channels.v1 import channels_pb2
from antiphon.channels.v1 import events_pb2 as channels_events
from antiphon.dialer.__main__ import serve as serve_dialer
from antiphon.dialer.domain.gate import Why
from antiphon.dialer.domain.importing import BadRow, Row
from antiphon.dialer.settings import Settings as DialerSettings
from antiphon.dialer.store import Store as DialerStore
from antiphon.directory.__main__ import serve as serve_directory
from antiphon.directory.v1 import directory_pb2, identity_pb2, privacy_pb2
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.directory.v1.privacy_pb2_grpc import PrivacyServiceStub
from antiphon.insight.__main__ import serve as serve_insight
from antiphon.insight.v1 import insight_pb2
from antiphon.insight.v1.insight_pb2_grpc import InsightServiceStub
from antiphon.kit.bus import DEAD, FACTS, Bus
from antiphon.kit.erasing import MASK, Traces
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.ids import new_id
from antiphon.kit.mongo import Database, Document
from antiphon.kit.protos import timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.texts import Texts
from antiphon.kit.tokens import Caller, Signer
from antiphon.kit.vault import Masters, Vault
from antiphon.media.v1 import events_pb2 as media_events
from antiphon.media.v1 import media_pb2
from antiphon.team.__main__ import serve as serve_team
from antiphon.team.store import STORED
from antiphon.team.v1 import team_pb2
from antiphon.team.v1.team_pb2_grpc import TeamServiceStub

pytestmark = [pytest.mark.service, pytest.mark.clause("N07")]
NAME, NUMBER, EMAIL = "Леся Косач", "+380671230077", "lesia.kosach@forest.example"
OTHER = "+380445556677"
NEEDLES = Traces.of([NAME], [NUMBER], [EMAIL])
DATABASES = ("directory", "insight", "team", "dialer", "billing")


@dataclass
class Company:
    rt: Runtime
    platforms: dict[str, Platform]
    tenant: str
    owner: list[tuple[str, str]]
    person: str
    contact: str = ""

    def service(self, name: str) -> list[tuple[str, str]]:
        signer = Signer(name, self.platforms[name].token_key.get_secret_value())
        return metadata(signer.sign(Caller("", f"service:{name}")))

    async def open(self, db: Database, collection: str, document: Document) -> None:
        """Sealed texts are looked into as well."""
        masters = self.platforms["team"].master_keys
        assert masters is not None
        texts = Texts(Vault(db, Masters.read(masters), self.rt.clock), seals=True)
        await texts.open(place for one in STORED if one.collection == collection for place in one.places(document))

    async def traces(self) -> list[str]:
        """Where something of the customer is."""
        found = []
        for service in DATABASES:
            db = Runtime(service, self.platforms[service], self.rt.clock).database()
            for collection in await db.list_collection_names():
                async for one in db[collection].find():
                    if service == "team":
                        await self.open(db, collection, one)
                    found += [f"{service}.{collection}: {one['_id']}"] if NEEDLES.within(one) else []
        bus = await self.rt.bus()
        for stream in (FACTS, DEAD):
            state = (await bus.js.stream_info(stream)).state
            for position in range(max(1, state.first_seq), state.last_seq + 1):
                with suppress(NotFoundError):
                    fact = await bus.js.get_msg(stream, position, direct=True)
                    found += [str(fact.subject)] if NEEDLES.within(fact.data or b"") else []
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def company(platforms: dict[str, Platform]) -> AsyncIterator[Company]:
    services = {
        "directory": serve_directory, "insight": serve_insight, "dialer": serve_dialer, "billing": serve_billing,
    }  # fmt: skip
    async with running(services, platforms) as runtimes:
        rt = runtimes["directory"]
        doors = IdentityServiceStub(rt.peers.channel("directory"))
        sign_up = identity_pb2.SignUpRequest(
            company="Ромашка", name="Iryna", email="owner@everywhere.example", password="Correct-Horse-7-Lamp",
            language="uk", time_zone="Europe/Kyiv",
        )  # fmt: skip
        made = await ask(doors.SignUp, sign_up, [])
        owner = metadata((await ask(doors.IssueToken, identity_pb2.IssueTokenRequest(session=made.session), [])).token)
        yield Company(rt, platforms, made.tenant.id, owner, made.person.id)


async def _introduce(company: Company) -> None:
    people = DirectoryServiceStub(company.rt.peers.channel("directory"))
    identity = directory_pb2.Identity(channel="phone", value=NUMBER)
    resolve = directory_pb2.ResolveIdentityRequest(identity=identity, name=NAME)
    contact = (await ask(people.ResolveIdentity, resolve, company.rt.peers.own(company.tenant))).contact
    contact.emails.append(EMAIL)
    await ask(people.PutContact, directory_pb2.PutContactRequest(contact=contact), company.owner)
    company.contact = contact.id


async def _happen(company: Company, bus: Bus) -> None:
    """Calls in and out and a conversation, as media and channels tell them."""
    now = company.rt.clock()
    begun, over = timestamp(now - timedelta(seconds=70)), timestamp(now)
    inbound = media_pb2.Call(
        id="cl_in", direction=media_pb2.DIRECTION_INBOUND, state=media_pb2.CALL_STATE_ENDED, caller=NUMBER,
        called="+380443902020", contact_id=company.contact, started_at=begun, ended_at=over, outcome="answered",
        talked=Duration(seconds=60), recording_id="rc_1",
    )  # fmt: skip
    leg = media_pb2.Leg(id="l1", role="outside", number=NUMBER, answered_at=begun, ended_at=over)
    outbound = media_pb2.Call(
        id="cl_out", direction=media_pb2.DIRECTION_OUTBOUND, state=media_pb2.CALL_STATE_ENDED, called=NUMBER,
        started_at=begun, ended_at=over, outcome="answered", legs=[leg],
    )  # fmt: skip
    other = media_pb2.Call()
    other.CopyFrom(outbound)
    other.id, other.called, other.legs[0].number = "cl_other", OTHER, OTHER
    for call in (inbound, outbound, other):
        event = media_events.CallEnded(occurred_at=over, call=call)
        await bus.publish(event, tenant=company.tenant, key=call.id, event_id=new_id("ev"))
    await bus.publish(_said(company, 1), tenant=company.tenant, key="cv_1", event_id=new_id("ev"))


def _said(company: Company, seq: int) -> channels_events.MessageAdded:
    conversation = channels_pb2.Conversation(
        id="cv_1", channel="webchat", contact_id=company.contact, contact_name=NAME, rev=seq
    )
    message = channels_pb2.Message(seq=seq, kind=channels_pb2.MESSAGE_KIND_TEXT, text=f"пишіть на {EMAIL}")
    at = timestamp(company.rt.clock())
    return channels_events.MessageAdded(occurred_at=at, message=message, conversation=conversation)


async def _call_from_a_list(company: Company, store: DialerStore) -> None:
    now = company.rt.clock()
    rows = [Row(1, NUMBER, name=NAME, fields={"e-mail": EMAIL}), Row(2, OTHER, name="Інший Хтось")]
    where = {"tenant": company.tenant, "campaign": "cm_1", "list": "ls_1"}
    await store.contacts.put_list({"_id": "ls_1", "tenant": company.tenant, "campaign": "cm_1", "done": True})
    await store.contacts.add(where, rows, 0, now)
    await store.contacts.refuse("ls_1", [BadRow(3, "duplicate", "067 123 00 77")])
    for number in (NUMBER, OTHER):
        attempt = {
            "_id": new_id("at"), "tenant": company.tenant, "campaign": "cm_1", "contact": "ct_1", "number": number,
            "person": number, "day": "2026-05-01", "reason": "allowed", "dialled": True, "live": False,
        }  # fmt: skip
        await store.attempts.journal(attempt)
        await store.dnc.add("tenant", company.tenant, [number], "agent", now)


async def _print_a_detail(company: Company) -> None:
    db = Runtime("billing", company.platforms["billing"], company.rt.clock).database()
    row = ["22.11.2026 10:00:00", NUMBER, "60", "60", "tv_1", "1.20"]
    data = {"kind": "detail", "hash": "h1", "sheet": {"rows": [row, [row[0], OTHER, *row[2:]]]}, "mail": "", "sent": ""}
    account = account_of(company.tenant)
    paper = {"_id": f"{account}/document/d1", "account": account, "kind": "document", "state": "issued", "data": data}
    await db.papers.insert_one(paper)
    await db.files.insert_one({"_id": "h1", "content": NUMBER.encode()})
    await db.sessions.insert_one({"_id": f"{account}/s1", "account": account, "called": NUMBER})


async def _write_to_a_colleague(company: Company, rt: Runtime) -> str:
    team = TeamServiceStub(rt.peers.channel("team"))
    room = team_pb2.PutRoomRequest(room=team_pb2.Room(name="Зміна", person_ids=[company.person]))
    room_id: str = (await ask(team.PutRoom, room, company.owner)).room.id
    text = "Передзвоніть: леся косач, 067 123-00-77"
    await ask(team.Say, team_pb2.SayRequest(room_id=room_id, client_id="1", text=text), company.owner)
    return room_id


async def test_nothing_of_an_erased_customer_is_left_anywhere(company: Company) -> None:
    bus, privacy = await company.rt.bus(), PrivacyServiceStub(company.rt.peers.channel("directory"))
    store = DialerStore(
        Runtime("dialer", company.platforms["dialer"], company.rt.clock).database(),
        DialerSettings().digest_secrets,
    )
    await _introduce(company)
    await _happen(company, bus)
    await _call_from_a_list(company, store)
    await _print_a_detail(company)
    participants = company.rt.database().participants

    async def joined() -> bool:
        return {one["_id"] async for one in participants.find()} >= {"insight", "dialer", "billing", "team", "media"}

    async def seen_everywhere() -> bool:
        found = {one.split(".")[0] for one in await company.traces()}
        return found >= {*DATABASES, "antiphon"}

    for name in ("channels", "media"):
        await ask(privacy.NextErasure, privacy_pb2.NextErasureRequest(), company.service(name))
    async with running({"team": serve_team}, company.platforms) as runtimes:
        room_id = await _write_to_a_colleague(company, runtimes["team"])
        await eventually(joined)
        await eventually(seen_everywhere)

    async def erasure() -> Any:
        return (await ask(privacy.ListErasures, privacy_pb2.ListErasuresRequest(), company.owner)).erasures[0]

    async def waits_for(*names: str) -> bool:
        return list((await erasure()).waiting_for) == sorted(names)

    erase = privacy_pb2.EraseContactRequest(contact_id=company.contact, reason="asked by letter")
    begun = (await ask(privacy.EraseContact, erase, company.owner)).erasure
    assert sorted(begun.waiting_for) == ["billing", "channels", "dialer", "insight", "media", "team"]
    for name in ("channels", "media"):
        nothing = await ask(privacy.NextErasure, privacy_pb2.NextErasureRequest(), company.service("insight"))
        assert not nothing.erasure_id, "whoever hears waits for those who tell"
        report = privacy_pb2.ReportErasureRequest(erasure_id=begun.id, counts={"things": 1})
        await ask(privacy.ReportErasure, report, company.service(name))
    await eventually(lambda: waits_for("team"))
    assert (await erasure()).state == privacy_pb2.ERASURE_STATE_RUNNING, "not before all have confirmed"
    await bus.publish(_said(company, 2), tenant=company.tenant, key="cv_1", event_id=new_id("ev"))

    async with running({"team": serve_team}, company.platforms) as runtimes:

        async def is_done() -> Any:
            found = await erasure()
            return found if found.state == privacy_pb2.ERASURE_STATE_DONE else None

        done = await eventually(is_done)

        async def clean() -> bool:
            return not await company.traces()

        await eventually(clean)
        team = TeamServiceStub(runtimes["team"].peers.channel("team"))
        lines = await ask(team.ListLines, team_pb2.ListLinesRequest(room_id=room_id), company.owner)
        assert [line.text for line in lines.lines] == [f"Передзвоніть: {MASK}, {MASK}"]
    assert {name: done.counts[name] for name in done.counts if done.counts[name]} == {
        "directory.contacts": 1, "channels.things": 1, "media.things": 1, "insight.interactions": 3, "team.lines": 1,
        "dialer.contacts": 1, "dialer.attempts": 1, "dialer.do_not_call": 1, "billing.calls": 1, "billing.details": 1,
    }  # fmt: skip
    await _what_stays(company, store)


async def _what_stays(company: Company, store: DialerStore) -> None:
    """What the law and the books need, marked; and everything of others."""
    assert await store.dnc.on(company.tenant, "cm_1", NUMBER) == {Why.DNC_TENANT}, "who wants no calls gets none"
    assert [one["number"] async for one in store.contacts.all("cm_1")] == [OTHER]
    attempts = [one async for one in store.attempts.of_day("cm_1", "2026-05-01")]
    assert sorted((one["number"], one.get("kept_for", "")) for one in attempts) == [("", "evidence"), (OTHER, "")]
    db = Runtime("billing", company.platforms["billing"], company.rt.clock).database()
    calls = {one["key"]: one async for one in db.calls.find({"tenant": company.tenant})}
    mine, other = calls["cl_out:l1"], calls["cl_other:l1"]
    assert (mine["called"], mine["kept_for"]) == ("+38067*******", "accounting")
    assert mine["ended"] - mine["answered"] == 70 * 10**9
    assert (other["called"], "kept_for" in other) == (OTHER, False)
    history = InsightServiceStub(company.rt.peers.channel("insight"))
    listed = (await ask(history.ListInteractions, insight_pb2.ListInteractionsRequest(), company.owner)).interactions
    assert {it.id: it.party for it in listed} == {
        "call:cl_in": "", "call:cl_out": "", "call:cl_other": OTHER, "conversation:cv_1": "",
    }  # fmt: skip
    assert next(it for it in listed if it.id == "conversation:cv_1").messages_in == 0
