"""One customer of several cards, with a real mongod and NATS: merges that lose nothing, suggestions, fields, notes."""

from __future__ import annotations

import asyncio
import contextlib
import random
from itertools import pairwise
from typing import Any

import pytest

from antiphon.directory.store import Store
from antiphon.directory.v1 import crm_pb2, events_pb2
from antiphon.directory.v1.directory_pb2 import (
    Contact,
    GetContactRequest,
    GetContactResponse,
    Identity,
    ListContactsRequest,
    PutContactRequest,
    ResolveIdentityRequest,
)
from antiphon.kit.errors import Common, DomainError

from .conftest import Desk, Tenancy

pytestmark = pytest.mark.service
CHANNELS = ("phone", "email", "telegram")
_BOOKKEEPING = ("rev", "merged_into", "root_id", "merged_at", "merged_by", "merged_why")


@pytest.fixture
async def one(desk: Desk) -> Tenancy:
    return await desk.sign_up()


@pytest.fixture
async def owner(desk: Desk, one: Tenancy) -> str:
    return await desk.token(one.session)


async def met(desk: Desk, one: Tenancy, channel: str, value: str, name: str = "") -> Contact:
    """Who comes by a channel."""
    request = ResolveIdentityRequest(identity=Identity(channel=channel, value=value), name=name)
    contact: Contact = (await desk.ask("ResolveIdentity", request, desk.as_service(one.tenant.id))).contact
    return contact


async def merge(desk: Desk, token: str, card: str, into: str) -> crm_pb2.MergeContactsResponse:
    request = crm_pb2.MergeContactsRequest(contact_id=card, into_id=into, why="the same voice")
    answer: crm_pb2.MergeContactsResponse = await desk.ask("MergeContacts", request, token)
    return answer


async def seen(desk: Desk, token: str, card: str) -> GetContactResponse:
    answer: GetContactResponse = await desk.ask("GetContact", GetContactRequest(contact_id=card), token)
    return answer


def own(card: Contact) -> Contact:
    """What a card says, without where it belongs."""
    kept = Contact()
    kept.CopyFrom(card)
    for name in _BOOKKEEPING:
        kept.ClearField(name)  # type: ignore[arg-type]
    return kept


@pytest.mark.clause("D02")
async def test_three_cards_are_one_customer_and_three_again(desk: Desk, one: Tenancy, owner: str) -> None:
    cards = [
        await met(desk, one, "telegram", "4711", "Оля"),
        await met(desk, one, "email", "olha@shop.example", "Olha Bondar"),
        await met(desk, one, "phone", "+380671234567"),
    ]
    first, mail, call = cards
    await merge(desk, owner, mail.id, first.id)
    desk.clock.forward(seconds=1)
    answer = await merge(desk, owner, call.id, mail.id)
    assert answer.contact.id == first.id
    assert [member.id for member in answer.members] == [mail.id, call.id]
    assert (answer.whole.name, list(answer.whole.phones), list(answer.whole.emails)) == (
        "Оля", ["+380671234567"], ["olha@shop.example"],
    )  # fmt: skip
    assert {identity.channel for identity in answer.whole.identities} == set(CHANNELS)
    assert (answer.members[0].merged_by, answer.members[0].merged_why) == (f"person:{one.owner.id}", "the same voice")
    for card in cards:
        assert (await seen(desk, owner, card.id)).whole == answer.whole
        family = await desk.ask("GetFamily", crm_pb2.GetFamilyRequest(contact_id=card.id), owner)
        assert sorted(family.contact_ids) == sorted(each.id for each in cards)
    # A search by whatever any card holds finds the customer, once.
    for query in ("bondar", "0671234567"[1:], "olha@shop"):
        page = await desk.ask("ListContacts", ListContactsRequest(query=query), owner)
        assert [contact.id for contact in page.contacts] == [first.id]
    told = await desk.told(events_pb2.ContactChanged, call.id, 2)
    assert told[-1].shown_name == "Оля"
    # Who calls from the merged card's number is shown under the customer's name; the call stays the card's.
    again = await met(desk, one, "phone", "+380671234567")
    assert (again.id, again.name) == (call.id, "Оля")
    # The merges are taken back, in whatever order.
    parted = await desk.ask("UnmergeContact", crm_pb2.UnmergeContactRequest(contact_id=mail.id), owner)
    assert (parted.contact.id, [member.id for member in parted.members]) == (mail.id, [])
    await desk.ask("UnmergeContact", crm_pb2.UnmergeContactRequest(contact_id=call.id), owner)
    for card in cards:
        answer_now = await seen(desk, owner, card.id)
        assert own(answer_now.contact) == own(card)
        assert not answer_now.members
        assert own(answer_now.whole) == own(card)
    parting = (await desk.told(events_pb2.ContactChanged, call.id, 3))[-1]
    assert (parting.parted, parting.shown_name) == (True, "")
    actions = {entry.action for entry in await desk.audit(owner, f"contact:{call.id}")}
    assert {"contact.merged", "contact.parted"} <= actions


@pytest.mark.parametrize("seed", range(4))
async def test_any_sequence_of_merges_loses_nothing(desk: Desk, one: Tenancy, owner: str, seed: int) -> None:
    chance = random.Random(seed)
    cards = [
        await met(desk, one, channel, f"c{number}@shop.example" if channel == "email" else f"+38067000{number:04}")
        for number, channel in enumerate(CHANNELS * 2)
    ]  # fmt: skip
    expected = {card.id: own(card) for card in cards}
    for step in range(25):
        card, other = chance.sample(cards, 2)
        match chance.randrange(4):
            case 0:
                await desk.ask("UnmergeContact", crm_pb2.UnmergeContactRequest(contact_id=card.id), owner)
            case 1:  # a person edits the shown card meanwhile
                shown = (await seen(desk, owner, card.id)).contact
                shown.notes = f"edited in step {step}"
                await desk.ask("PutContact", PutContactRequest(contact=shown), owner)
                expected[shown.id].notes = shown.notes
            case _:
                with contextlib.suppress(DomainError):
                    await merge(desk, owner, card.id, other.id)
    for card in cards:
        await desk.ask("UnmergeContact", crm_pb2.UnmergeContactRequest(contact_id=card.id), owner)
    for card in cards:
        assert own((await seen(desk, owner, card.id)).contact) == expected[card.id]


async def test_merges_that_meet_make_one_customer(desk: Desk, one: Tenancy, owner: str) -> None:
    cards = [await met(desk, one, "telegram", str(number)) for number in range(6)]
    await asyncio.gather(*(merge(desk, owner, card.id, into.id) for card, into in pairwise(cards)))
    answer = await seen(desk, owner, cards[0].id)
    assert answer.contact.id == cards[-1].id
    assert len(answer.members) == 5


async def test_suggestions_say_why_and_are_dismissed_for_good(desk: Desk, one: Tenancy, owner: str) -> None:
    call = await met(desk, one, "phone", "+380671112233")
    chat = await met(desk, one, "whatsapp", "380671112233", "Тарас")
    stranger = await met(desk, one, "telegram", "77")
    for wanted in (call.id, ""):
        request = crm_pb2.ListMergeSuggestionsRequest(contact_id=wanted)
        (found,) = (await desk.ask("ListMergeSuggestions", request, owner)).suggestions
        assert {found.contact.id, found.other.id} == {call.id, chat.id}
        assert [(reason.likeness, reason.value) for reason in found.reasons] == [(crm_pb2.LIKENESS_PHONE, "…671112233")]
        assert found.sureness == 80
    nothing = crm_pb2.ListMergeSuggestionsRequest(contact_id=stranger.id)
    assert not (await desk.ask("ListMergeSuggestions", nothing, owner)).suggestions
    dismissal = crm_pb2.DismissMergeSuggestionRequest(contact_id=chat.id, other_id=call.id)
    for _ in range(2):
        await desk.ask("DismissMergeSuggestion", dismissal, owner)
    after = await desk.ask("ListMergeSuggestions", crm_pb2.ListMergeSuggestionsRequest(contact_id=call.id), owner)
    assert not after.suggestions


async def test_a_call_finds_the_card_that_names_its_number_or_all_that_may_be_meant(
    desk: Desk, one: Tenancy, owner: str
) -> None:
    card = Contact(name="Oksana", phones=["+380501234567"])
    typed = (await desk.ask("PutContact", PutContactRequest(contact=card), owner)).contact
    looks = ResolveIdentityRequest(identity=Identity(channel="phone", value="+380501234567"), known_only=True)
    channels = desk.as_service(one.tenant.id)
    assert (await desk.ask("ResolveIdentity", looks, channels)).contact.id == typed.id
    assert (await met(desk, one, "phone", "+380501234567")).id == typed.id
    shared = "+380445550101"
    for name in ("Anna", "Borys"):
        await desk.ask("PutContact", PutContactRequest(contact=Contact(name=name, phones=[shared])), owner)
    caller = await met(desk, one, "phone", shared)
    assert not caller.name, "nobody may be guessed"
    found = await desk.ask("MatchContacts", crm_pb2.MatchContactsRequest(phone="044 555-01-01"), owner)
    assert sorted(each.name for each in found.contacts) == ["", "Anna", "Borys"]
    short = await desk.refusal("MatchContacts", crm_pb2.MatchContactsRequest(phone="101"), owner)
    assert short.reason is Common.INVALID


async def test_a_tenants_own_fields_are_checked_on_every_card(desk: Desk, owner: str) -> None:
    fields = [
        crm_pb2.ContactField(key="plan", label="Plan", kind=crm_pb2.FIELD_KIND_CHOICE, choices=["gold", "silver"]),
        crm_pb2.ContactField(key="born", label="Born", kind=crm_pb2.FIELD_KIND_DATE),
    ]
    put = crm_pb2.PutContactFieldsRequest(fields=fields)
    assert (await desk.ask("PutContactFields", put, owner)).rev == 1
    assert (await desk.refusal("PutContactFields", put, owner)).reason is Common.STALE
    got = await desk.ask("GetContactFields", crm_pb2.GetContactFieldsRequest(), owner)
    assert (list(got.fields), got.rev) == (fields, 1)
    good = Contact(
        name="A", attributes={"plan": "gold", "born": "1990-05-31", "free": "x"}, blocked=True, blocked_why="spam"
    )
    kept = (await desk.ask("PutContact", PutContactRequest(contact=good), owner)).contact
    assert (kept.blocked, kept.blocked_why) == (True, "spam")
    bad = Contact(name="A", attributes={"plan": "tin"})
    assert (await desk.refusal("PutContact", PutContactRequest(contact=bad), owner)).facts["field"] == "attributes.plan"


async def test_notes_have_an_author_and_follow_the_customer(desk: Desk, one: Tenancy, owner: str) -> None:
    card, other = await met(desk, one, "telegram", "1"), await met(desk, one, "telegram", "2")

    async def note(contact: Contact, text: str) -> crm_pb2.ContactNote:
        desk.clock.forward(seconds=1)
        wanted = crm_pb2.ContactNote(contact_id=contact.id, text=text)
        kept: crm_pb2.ContactNote = (
            await desk.ask("PutContactNote", crm_pb2.PutContactNoteRequest(note=wanted), owner)
        ).note
        return kept

    notes = [await note(card, "one"), await note(other, "two"), await note(card, "three")]
    await merge(desk, owner, other.id, card.id)
    seen_notes: list[str] = []
    after = ""
    while True:
        request = crm_pb2.ListContactNotesRequest(contact_id=other.id, limit=2, after=after)
        page = await desk.ask("ListContactNotes", request, owner)
        seen_notes += [each.text for each in page.notes]
        after = page.next
        if not after:
            break
    assert seen_notes == ["three", "two", "one"]
    colleague = await desk.hire(owner, password="Correct-Horse-9-Lamp")
    theirs = await desk.token(await desk.sign_in(colleague.email, "Correct-Horse-9-Lamp"))
    changed = crm_pb2.ContactNote(id=notes[0].id, rev=1, text="mine now")
    refusal = await desk.refusal("PutContactNote", crm_pb2.PutContactNoteRequest(note=changed), theirs)
    assert refusal.reason is Common.DENIED
    delete = crm_pb2.DeleteContactNoteRequest(note_id=notes[0].id)
    assert (await desk.refusal("DeleteContactNote", delete, theirs)).reason is Common.DENIED
    kept = (await desk.ask("PutContactNote", crm_pb2.PutContactNoteRequest(note=changed), owner)).note
    assert (kept.text, kept.at == notes[0].at, kept.HasField("edited_at")) == ("mine now", True, True)
    for _ in range(2):
        await desk.ask("DeleteContactNote", delete, owner)
    left = await desk.ask("ListContactNotes", crm_pb2.ListContactNotesRequest(contact_id=card.id), owner)
    assert [each.text for each in left.notes] == ["three", "two"]


async def test_notes_of_calls_are_found_by_their_words_in_all_forms(desk: Desk, one: Tenancy, owner: str) -> None:
    lesia = await met(desk, one, "phone", "+380671234567", "Леся")
    other = await met(desk, one, "phone", "+380501112233", "Ольга")
    for contact, text, call in (
        (lesia, "Просила гарантію на маркізу, замовлення 48213", "cl_1"),
        (lesia, "Перезвонить после обеда", ""),
        (other, "Гарантії немає", "cl_2"),
    ):
        note = crm_pb2.ContactNote(contact_id=contact.id, text=text, call_id=call)
        await desk.ask("PutContactNote", crm_pb2.PutContactNoteRequest(note=note), owner)
        desk.clock.forward(seconds=1)

    async def found(query: str, **more: Any) -> list[str]:
        request = crm_pb2.SearchContactNotesRequest(query=query, **more)
        return [hit.note.call_id for hit in (await desk.ask("SearchContactNotes", request, owner)).hits]

    assert await found("гарантія") == ["cl_2", "cl_1"]
    assert await found("гарантія", contact_id=lesia.id) == ["cl_1"]
    assert await found("48213") == ["cl_1"]
    assert await found("обед") == [""]
    assert await found("обед", of_calls=True) == []
    assert await found("гарантія", limit=1) == ["cl_2"]
    request = crm_pb2.SearchContactNotesRequest(query="маркіза")
    (hit,) = (await desk.ask("SearchContactNotes", request, owner)).hits
    assert hit.contact_name == "Леся"
    assert [piece.text for piece in hit.excerpt if piece.hit] == ["маркізу"]
    strange = await desk.token((await desk.sign_up("Ландыш")).session)
    assert not (await desk.ask("SearchContactNotes", request, strange)).hits
    request.query = "..."
    assert (await desk.refusal("SearchContactNotes", request, owner)).reason is Common.INVALID
    await desk.rt.database().contact_notes.update_many({}, {"$unset": {"tok": "", "tokv": ""}})
    assert await found("гарантія") == []
    await Store(desk.rt.database(), desk.rt.texts(await desk.rt.vault())).analyse_notes()
    assert await found("гарантія") == ["cl_2", "cl_1"]
