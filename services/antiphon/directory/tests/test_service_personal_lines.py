"""Personal lines: of one named employee with an extension, and what is told of their beginning and end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antiphon.directory.v1 import directory_pb2, events_pb2
from antiphon.directory.v1 import slots_pb2 as slots
from antiphon.directory.v1 import telephony_pb2 as tel
from antiphon.kit.errors import DomainError

from .conftest import Desk
from .test_service_telephony import Firm

pytestmark = pytest.mark.service
ACTIVE, INACTIVE, NONE = tel.LINE_STATE_ACTIVE, tel.LINE_STATE_INACTIVE, tel.LINE_STATE_UNSPECIFIED


@pytest.fixture
async def firm(desk: Desk) -> Firm:
    tenancy = await desk.sign_up("Acme")
    return Firm(desk, tenancy, await desk.token(tenancy.session), desk.as_service(tenancy.tenant.id, "acd"))


async def active(firm: Firm) -> set[str]:
    """What is charged of this tenant."""
    answer = await firm.desk.ask("ListRented", slots.ListRentedRequest(), firm.service)
    return {one.subject for one in answer.rented}


async def person(firm: Firm, **fields: Any) -> directory_pb2.Person:
    return await firm.desk.hire(firm.token, **fields)


async def change(firm: Firm, card: directory_pb2.Person, **fields: Any) -> directory_pb2.Person:
    for name, value in fields.items():
        setattr(card, name, value)
    put: directory_pb2.PutPersonResponse = await firm.ask("PutPerson", person=card)
    return put.person


@pytest.mark.clause("B04")
async def test_a_line_needs_full_name_and_extension(firm: Firm) -> None:
    card = await person(firm, name="Olena")
    account, _ = await firm.account(person_id=card.id)
    assert account.line == INACTIVE
    assert account.id not in await firm.edge(), "what is not activated does not register"
    assert (await firm.refusal("ActivateLine", account_id=account.id)).reason.name == "NO_FULL_NAME"
    card = await change(firm, card, name="Olena Bondar")
    assert (await firm.refusal("ActivateLine", account_id=account.id)).reason.name == "NO_EXTENSION"
    assert await active(firm) == set()
    await change(firm, card, extension="115")
    line = (await firm.ask("ActivateLine", account_id=account.id)).account
    again = (await firm.ask("ActivateLine", account_id=account.id)).account
    assert (line.line, line.rev) == (ACTIVE, again.rev)
    assert await active(firm) == {f"line:{account.id}"}
    assert account.id in await firm.edge()
    (began,) = await firm.desk.told(events_pb2.RentBegan, account.id)
    assert (began.rented.product, began.rented.number) == ("sip-line", "115")
    device, _ = await firm.account(title="Door")
    assert device.line == NONE
    assert (await firm.refusal("ActivateLine", account_id=device.id)).reason.name == "NO_OWNER"
    assert device.id in await firm.edge(), "a device of nobody is no personal line"


@pytest.mark.clause("B04")
async def test_active_lines_are_those_that_are_charged_whatever_ends_them(firm: Firm) -> None:
    people = [await person(firm, extension=f"12{place}") for place in range(4)]
    accounts = [(await firm.account(person_id=one.id))[0] for one in people]
    assert await active(firm) == {f"line:{one.id}" for one in accounts}
    closed, deleted, left, kept = accounts
    await firm.ask("CloseLine", account_id=closed.id)
    await firm.ask("CloseLine", account_id=closed.id)
    await firm.ask("DeleteSipAccount", account_id=deleted.id)
    await change(firm, people[2], disabled=True)
    assert await active(firm) == {f"line:{kept.id}"}
    assert (await firm.refusal("ActivateLine", account_id=left.id)).reason.name == "DISABLED"
    for one in (closed, deleted, left):
        (began,) = await firm.desk.told(events_pb2.RentBegan, one.id)
        (ended,) = await firm.desk.told(events_pb2.RentEnded, one.id)
        assert ended.rented.rev > began.rented.rev
    assert set(await firm.edge()) == {kept.id}
    assert not [
        fact for fact in firm.desk.facts if isinstance(fact.event, events_pb2.RentEnded) and fact.key == kept.id
    ]


@pytest.mark.clause("B04")
async def test_an_active_line_keeps_its_name_and_extension(firm: Firm) -> None:
    card = await person(firm, extension="130")
    account, _ = await firm.account(person_id=card.id)
    for fields in ({"extension": ""}, {"name": "Taras"}):
        wanted = directory_pb2.Person()
        wanted.CopyFrom(card)
        for name, value in fields.items():
            setattr(wanted, name, value)
        refused = await firm.refusal("PutPerson", person=wanted)
        assert (refused.reason.name, refused.facts["lines"]) == ("LINE_ACTIVE", "1")
    nameless = await person(firm)
    moved = tel.SipAccount()
    moved.CopyFrom(account)
    moved.person_id = nameless.id
    assert (await firm.refusal("PutSipAccount", account=moved)).reason.name == "NO_EXTENSION"
    moved.person_id = (await person(firm, extension="131")).id
    assert (await firm.ask("PutSipAccount", account=moved)).account.line == ACTIVE
    await change(firm, card, extension="")


async def test_a_line_and_the_card_it_rests_on_never_part(firm: Firm) -> None:
    """Whoever activates and whoever takes the extension away, at once: one of them hears of the other."""
    for place in range(4):
        card = await person(firm, extension=f"14{place}")
        account, _ = await firm.account(person_id=card.id)
        await firm.ask("CloseLine", account_id=account.id)
        card.extension = ""
        results = await asyncio.gather(
            firm.ask("ActivateLine", account_id=account.id), firm.ask("PutPerson", person=card), return_exceptions=True
        )
        refused = [one.reason.name for one in results if isinstance(one, DomainError)]
        assert refused in (["NO_EXTENSION"], ["LINE_ACTIVE"])
        assert (f"line:{account.id}" in await active(firm)) == (refused == ["LINE_ACTIVE"])
