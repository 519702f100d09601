"""Consents, erasure and retention, with a real mongod and NATS; the test stands for the other services."""

from __future__ import annotations

from datetime import timedelta

import bson
import pytest

from antiphon.directory.domain.consent import Consent, Purpose, may
from antiphon.directory.v1 import crm_pb2, privacy_pb2
from antiphon.directory.v1.directory_pb2 import (
    Contact,
    GetContactRequest,
    Identity,
    PutContactRequest,
    ResolveIdentityRequest,
)
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import Common
from antiphon.kit.protos import timestamp
from antiphon.kit.testing import eventually

from .conftest import Desk

pytestmark = [pytest.mark.service, pytest.mark.clause("N07")]


async def test_marketing_goes_only_to_who_said_yes(desk: Desk) -> None:
    owner = await desk.token((await desk.sign_up()).session)
    contact = (await desk.ask("PutContact", PutContactRequest(contact=Contact(name="Anna")), owner)).contact

    async def may_address(purpose: privacy_pb2.Purpose.ValueType) -> tuple[bool, str]:
        request = privacy_pb2.MayAddressRequest(contact_id=contact.id, purpose=purpose)
        answer = await desk.ask("MayAddress", request, owner)
        return answer.may, answer.why

    marketing = privacy_pb2.PURPOSE_MARKETING
    assert await may_address(privacy_pb2.PURPOSE_SERVICE) == (True, "never_given")
    assert await may_address(marketing) == (False, "never_given")
    until = timestamp(desk.clock() + timedelta(seconds=60))
    given = privacy_pb2.GiveConsentRequest(contact_id=contact.id, purpose=marketing, until=until, source="web form")
    await desk.ask("GiveConsent", given, owner)
    assert await may_address(marketing) == (True, "given")
    assert await may_address(privacy_pb2.PURPOSE_THIRD_PARTY) == (False, "never_given"), "each purpose by itself"
    withdraw = privacy_pb2.WithdrawConsentRequest(contact_id=contact.id, purpose=marketing)
    for _ in range(2):
        assert not (await desk.ask("WithdrawConsent", withdraw, owner)).HasField("erasure")
    assert await may_address(marketing) == (False, "withdrawn")
    desk.clock.forward(seconds=1)
    given.until.FromDatetime(desk.clock() + timedelta(seconds=30))
    await desk.ask("GiveConsent", given, owner)
    assert await may_address(marketing) == (True, "given")
    desk.clock.forward(seconds=61)
    assert await may_address(marketing) == (False, "ran_out")
    listed = await desk.ask("ListConsents", privacy_pb2.ListConsentsRequest(contact_id=contact.id), owner)
    assert [one.source for one in listed.consents if one.source] == ["web form", "web form"]
    for bad in ({"purpose": 0}, {"source": ""}, {"until": timestamp(desk.clock() - timedelta(days=1))}):
        wrong = privacy_pb2.GiveConsentRequest(**{"contact_id": contact.id, "purpose": marketing, "source": "x", **bad})
        assert (await desk.refusal("GiveConsent", wrong, owner)).reason is Common.INVALID


async def test_withdrawing_the_consent_to_processing_erases_everywhere(desk: Desk) -> None:
    one = await desk.sign_up()
    owner = await desk.token(one.session)
    as_channels, as_media = desk.as_service(one.tenant.id), desk.as_service("", "media")
    cards = []
    for channel, value in (("telegram", "99887766"), ("phone", "+380509998877")):
        request = ResolveIdentityRequest(identity=Identity(channel=channel, value=value), name="Taras Shevchenko")
        cards.append((await desk.ask("ResolveIdentity", request, as_channels)).contact)
    merge = crm_pb2.MergeContactsRequest(contact_id=cards[0].id, into_id=cards[1].id)
    await desk.ask("MergeContacts", merge, owner)
    note = crm_pb2.ContactNote(contact_id=cards[0].id, text="Taras Shevchenko likes coffee")
    await desk.ask("PutContactNote", crm_pb2.PutContactNoteRequest(note=note), owner)
    nothing = await desk.ask("NextErasure", privacy_pb2.NextErasureRequest(), as_media)
    assert not nothing.erasure_id, "media has joined"
    withdraw = privacy_pb2.WithdrawConsentRequest(contact_id=cards[0].id, purpose=privacy_pb2.PURPOSE_SERVICE)
    begun = (await desk.ask("WithdrawConsent", withdraw, owner)).erasure
    assert sorted(begun.contact_ids) == sorted(card.id for card in cards)
    assert sorted(begun.waiting_for) == ["channels", "media"]
    assert (begun.counts["directory.contacts"], begun.counts["directory.contact_notes"]) == (2, 1)
    gone = await desk.refusal("GetContact", GetContactRequest(contact_id=cards[0].id), owner)
    assert gone.reason is Common.NOT_FOUND
    for service in (as_channels, as_media):
        wanted = await desk.ask("NextErasure", privacy_pb2.NextErasureRequest(), service)
        assert (wanted.erasure_id, list(wanted.names), list(wanted.phones)) == (
            begun.id, ["Taras Shevchenko"], ["+380509998877"],
        )  # fmt: skip
        report = privacy_pb2.ReportErasureRequest(erasure_id=begun.id, counts={"things": 3})
        for _ in range(2):
            await desk.ask("ReportErasure", report, service)
        assert not (await desk.ask("NextErasure", privacy_pb2.NextErasureRequest(), service)).erasure_id

    async def done() -> privacy_pb2.Erasure | None:
        listed = (await desk.ask("ListErasures", privacy_pb2.ListErasuresRequest(), owner)).erasures
        return next((each for each in listed if each.state == privacy_pb2.ERASURE_STATE_DONE), None)

    erasure = await eventually(done)
    assert erasure.counts["channels.things"] == 3
    db = desk.rt.database()
    for name in await db.list_collection_names():
        async for document in db[name].find():
            stored = bson.encode(document)
            assert b"Taras Shevchenko" not in stored, name
            assert b"380509998877" not in stored, name
    assert {entry.action for entry in await desk.audit(owner, f"contact:{cards[1].id}")} >= {"contact.erased"}


def test_a_blocked_customer_is_addressed_for_nothing() -> None:
    given = Consent("c", "ct", Purpose.MARKETING, system_clock())
    assert may(given, Purpose.MARKETING, system_clock(), blocked=True) == (False, "blocked")
