"""Customer contacts with their identities, and the audit log, against a real mongod and NATS."""

from __future__ import annotations

import asyncio

import pytest

from antiphon.directory.app.contacts import Contacts
from antiphon.directory.store import Store
from antiphon.directory.store.audit import AuditLog
from antiphon.directory.v1 import events_pb2
from antiphon.directory.v1.directory_pb2 import (
    AuditEntry,
    Contact,
    GetContactRequest,
    Identity,
    ListAuditRequest,
    ListContactsRequest,
    PutContactRequest,
    RecordAuditRequest,
    ResolveIdentityRequest,
)
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import Common
from antiphon.kit.tokens import Caller

from .conftest import Desk

pytestmark = pytest.mark.service


@pytest.fixture
async def owner(desk: Desk) -> str:
    """The token of a fresh tenant's owner."""
    return await desk.token((await desk.sign_up()).session)


async def test_one_identity_has_one_contact_whatever_arrives_at_once(desk: Desk) -> None:
    one = await desk.sign_up()
    channels = desk.as_service(one.tenant.id)
    identity = Identity(channel="telegram", namespace="bot1", value="4711")
    request = ResolveIdentityRequest(identity=identity, name="Oksana", language="uk")
    answers = await asyncio.gather(*(desk.ask("ResolveIdentity", request, channels) for _ in range(20)))
    assert len({answer.contact.id for answer in answers}) == 1
    assert [answer.created for answer in answers].count(True) == 1
    contact = answers[0].contact
    assert (contact.name, contact.language, list(contact.identities)) == ("Oksana", "uk", [identity])
    other = Identity(channel="telegram", namespace="bot2", value="4711")
    apart = await desk.ask("ResolveIdentity", ResolveIdentityRequest(identity=other), channels)
    assert apart.created
    events = await desk.told(events_pb2.ContactChanged, contact.id)
    assert [event.contact for event in events] == [contact]


async def test_two_replicas_that_meet_a_stranger_at_once_agree(desk: Desk) -> None:
    one = await desk.sign_up()
    texts = desk.rt.texts(await desk.rt.vault())
    replicas = [Contacts(Store(desk.rt.database(), texts), system_clock) for _ in range(2)]
    caller = Caller(one.tenant.id, "service:media")
    asked = [
        ResolveIdentityRequest(identity=Identity(channel="phone", value=f"+38067123450{number % 5}"))
        for number in range(20)
    ]
    answers = await asyncio.gather(
        *(replicas[number % 2].resolve(caller, request) for number, request in enumerate(asked))
    )
    met: dict[str, set[str]] = {}
    for request, (contact, _) in zip(asked, answers, strict=True):
        assert contact is not None
        met.setdefault(request.identity.value, set()).add(contact.id)
    assert [len(ids) for ids in met.values()] == [1] * 5
    assert [created for _, created in answers].count(True) == 5


async def test_who_only_looks_makes_nobody(desk: Desk) -> None:
    one, two = await desk.sign_up(), await desk.sign_up()
    identity = Identity(channel="phone", value="+380671234567")
    looks = ResolveIdentityRequest(identity=identity, known_only=True)
    here, there = desk.as_service(one.tenant.id), desk.as_service(two.tenant.id)
    assert not (await desk.ask("ResolveIdentity", looks, here)).HasField("contact")
    made = await desk.ask("ResolveIdentity", ResolveIdentityRequest(identity=identity), here)
    found = await desk.ask("ResolveIdentity", looks, here)
    assert (made.created, found.created, found.contact) == (True, False, made.contact)
    assert not (await desk.ask("ResolveIdentity", looks, there)).HasField("contact"), "another tenant's"


async def test_an_identity_becomes_verified_and_stays_so(desk: Desk) -> None:
    channels = desk.as_service((await desk.sign_up()).tenant.id)
    answers = []
    for verified in (False, True, True, False):
        identity = Identity(channel="phone", value="+380 67 123-45-67", verified=verified)
        answers.append((await desk.ask("ResolveIdentity", ResolveIdentityRequest(identity=identity), channels)).contact)
    assert [(one.rev, one.identities[0].verified) for one in answers] == [(1, False), (2, True), (2, True), (2, True)]
    assert list(answers[0].phones) == ["+380671234567"]


async def test_a_contacts_card_is_edited_and_its_identities_are_kept(desk: Desk) -> None:
    one = await desk.sign_up()
    owner = await desk.token(one.session)
    identity = Identity(channel="webchat", namespace="site", value="v1")
    request = ResolveIdentityRequest(identity=identity, name="Guest")
    contact = (await desk.ask("ResolveIdentity", request, desk.as_service(one.tenant.id))).contact
    card = Contact(
        id=contact.id, rev=1, name="Oksana", phones=["067 123 45 67", "+380 44 1112233"], emails=["O@B.co"],
        attributes={"plan.size": "XL", "$key": "1"}, notes="line\nline", time_zone="Europe/Kyiv", company="Firma",
        identities=[Identity(channel="telegram", value="stolen")],
    )  # fmt: skip
    after = (await desk.ask("PutContact", PutContactRequest(contact=card), owner)).contact
    assert (list(after.phones), list(after.emails)) == (["0671234567", "+380441112233"], ["o@b.co"])
    assert list(after.identities) == [identity]
    assert (await desk.ask("GetContact", GetContactRequest(contact_id=contact.id), owner)).contact == after
    assert dict(after.attributes) == {"plan.size": "XL", "$key": "1"}
    assert (await desk.refusal("PutContact", PutContactRequest(contact=card), owner)).reason is Common.STALE
    for bad in (
        {"phones": ["abc"]},
        {"emails": ["x"]},
        {"time_zone": "x"},
        {"language": "x y"},
        {"notes": "x" * 10_001},
    ):
        refusal = await desk.refusal("PutContact", PutContactRequest(contact=Contact(**bad)), owner)
        assert refusal.reason is Common.INVALID


async def test_contacts_are_found_and_paged_without_gaps_or_repeats(desk: Desk, owner: str) -> None:
    names = [f"Client {number:02}" for number in range(25)] + ["Żółć", "Ольга"]
    made = {}
    for number, name in enumerate(names):
        contact = Contact(name=name, phones=[f"+38067000{number:04}"], emails=[f"c{number}@shop.example"])
        made[name] = (await desk.ask("PutContact", PutContactRequest(contact=contact), owner)).contact

    async def find(query: str) -> list[str]:
        page = await desk.ask("ListContacts", ListContactsRequest(query=query), owner)
        return [contact.name for contact in page.contacts]

    assert await find("zołc") == ["Żółć"]
    assert await find("ЛЬГ") == ["Ольга"]
    assert await find("+38 067 000 0007") == ["Client 07"]
    assert await find("c13@shop") == ["Client 13"]
    assert await find(".*") == []
    seen: list[str] = []
    after = ""
    while True:
        page = await desk.ask("ListContacts", ListContactsRequest(query="client", limit=7, after=after), owner)
        seen += [contact.name for contact in page.contacts]
        after = page.next
        if not after:
            break
        late = Contact(name=f"Client 00 late {len(seen)}")  # sorts before the cursor: moves nothing
        await desk.ask("PutContact", PutContactRequest(contact=late), owner)
    assert seen == names[:25]
    ids = [made["Ольга"].id, "ct_unknown", made["Client 03"].id, made["Ольга"].id]
    chosen = await desk.ask("ListContacts", ListContactsRequest(contact_ids=ids), owner)
    assert [contact.name for contact in chosen.contacts] == ["Ольга", "Client 03"]
    for bad in ({"limit": 201}, {"limit": -1}, {"after": "x"}, {"query": "x" * 101}, {"contact_ids": ["c"] * 201}):
        assert (await desk.refusal("ListContacts", ListContactsRequest(**bad), owner)).reason is Common.INVALID


async def test_the_audit_log_is_paged_recorded_once_and_only_grows(desk: Desk) -> None:
    one = await desk.sign_up()
    owner, media = await desk.token(one.session), desk.as_service(one.tenant.id, "routing")
    entry = AuditEntry(
        id="listen-1", actor=f"person:{one.owner.id}", action="recording.listened", object="recording:r1",
        facts={"reason": "quality"},
    )  # fmt: skip
    for _ in range(3):
        await desk.ask("RecordAudit", RecordAuditRequest(entry=entry), media)
    (kept,) = await desk.audit(owner, "recording:r1")
    assert (kept.id, kept.actor, dict(kept.facts)) == ("listen-1", entry.actor, {"reason": "quality"})
    foreign = await desk.sign_up()
    await desk.ask("RecordAudit", RecordAuditRequest(entry=entry), desk.as_service(foreign.tenant.id))
    assert len(await desk.audit(await desk.token(foreign.session), "recording:r1")) == 1
    for number in range(12):
        desk.clock.forward(seconds=1)
        await desk.hire(owner, extension=str(100 + number))
    seen: list[str] = []
    after = ""
    while True:
        page = await desk.ask("ListAudit", ListAuditRequest(limit=5, after=after), owner)
        seen += [each.id for each in page.entries]
        after = page.next
        if not after:
            break
        await desk.hire(owner)  # newer entries do not move older pages
    assert len(seen) == len(set(seen)) == 14
    assert set(seen) <= {each.id for each in await desk.audit(owner)}
    for bad in (AuditEntry(action="x"), AuditEntry(id="x"), AuditEntry(id="x", action="y" * 65)):
        assert (await desk.refusal("RecordAudit", RecordAuditRequest(entry=bad), media)).reason is Common.INVALID


def test_nothing_can_change_or_remove_an_audit_entry() -> None:
    assert {name for name in vars(AuditLog) if not name.startswith("_")} == {"add", "page"}
