"""People, groups, numbers and client projects against a real mongod and NATS."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from antiphon.directory.v1 import events_pb2
from antiphon.directory.v1.directory_pb2 import (
    ROLE_ADMIN,
    ROLE_AGENT,
    ROLE_CLIENT_VIEWER,
    ROLE_OWNER,
    AuditEntry,
    DeleteGroupRequest,
    DeleteNumberRequest,
    GetPersonRequest,
    Group,
    ListAuditRequest,
    ListGroupsRequest,
    ListNumbersRequest,
    ListPeopleRequest,
    ListProjectsRequest,
    Number,
    Person,
    Project,
    PutGroupRequest,
    PutNumberRequest,
    PutPersonRequest,
    PutProjectRequest,
    PutTenantRequest,
    Reach,
    RecordAuditRequest,
    ResolveIdentityRequest,
    Tenant,
)
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.tokens import Caller

from .conftest import PASSWORD, Desk, new_email

pytestmark = pytest.mark.service


@pytest.fixture
async def owner(desk: Desk) -> str:
    """The token of a fresh tenant's owner."""
    return await desk.token((await desk.sign_up()).session)


async def put_number(desk: Desk, token: str, e164: str) -> Number:
    answer = await desk.ask("PutNumber", PutNumberRequest(number=Number(e164=e164, title="Main")), token)
    number: Number = answer.number
    return number


async def outcomes(*calls: Any) -> list[str]:
    """What several calls at once ended in: "done" or the reason."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    return sorted(answer.reason.name if isinstance(answer, DomainError) else "done" for answer in answers)


@pytest.mark.clause("A02")
async def test_an_employee_has_name_contacts_extension_and_caller_id_all_editable(desk: Desk, owner: str) -> None:
    await put_number(desk, owner, "+380 44 200-10-01")
    await put_number(desk, owner, "+380442001002")
    reaches = [Reach(kind="Phone", value="+380 67 111 22 33"), Reach(kind="telegram", value="@taras")]
    made = await desk.hire(owner, extension="101", caller_id="+380442001001", reaches=reaches, language="uk")
    assert (made.rev, made.reaches[0]) == (1, Reach(kind="phone", value="+380671112233"))
    changed = Person(
        id=made.id, rev=made.rev, name="Taras Bilyk", email=new_email(), roles=[ROLE_AGENT, ROLE_ADMIN],
        extension="102", caller_id="+380442001002", language="en",
        reaches=[*reaches, Reach(kind="email", value="t@b.co")],
    )  # fmt: skip
    after = (await desk.ask("PutPerson", PutPersonRequest(person=changed), owner)).person
    assert (after.rev, after.name, after.extension, after.caller_id, len(after.reaches)) == (
        2, "Taras Bilyk", "102", "+380442001002", 3,
    )  # fmt: skip
    assert (await desk.ask("GetPerson", GetPersonRequest(person_id=made.id), owner)).person == after
    events = await desk.told(events_pb2.PersonChanged, made.id, 2)
    assert [(event.person.rev, event.person.name) for event in events] == [(1, made.name), (2, after.name)]
    assert not any(event.person.email or event.person.reaches or event.person.caller_id for event in events)
    (edited, _) = await desk.audit(owner, f"person:{made.id}")
    assert set(edited.facts["fields"].split(",")) == {
        "name", "email", "roles", "extension", "caller_id", "reaches", "language",
    }  # fmt: skip
    assert "Bilyk" not in str(edited.facts)


@pytest.mark.clause("A02")
async def test_an_extension_is_unique_in_the_tenant_also_in_a_race(desk: Desk, owner: str) -> None:
    await desk.hire(owner, extension="201")
    refusal = await desk.refusal("PutPerson", person_request(extension="201"), owner)
    assert (refusal.reason.name, refusal.reason.kind.name, refusal.facts) == (
        "TAKEN",
        "CONFLICT",
        {"field": "extension"},
    )
    race = [desk.ask("PutPerson", person_request(extension="202"), owner) for _ in range(6)]
    assert await outcomes(*race) == ["TAKEN"] * 5 + ["done"]
    for _ in range(2):
        await desk.hire(owner)  # without an extension there is nothing to be unique
    other = await desk.token((await desk.sign_up()).session)
    await desk.hire(other, extension="201")


@pytest.mark.clause("A02")
async def test_a_caller_id_is_one_of_the_tenants_own_numbers(desk: Desk, owner: str) -> None:
    other = await desk.token((await desk.sign_up()).session)
    await put_number(desk, other, "+380442002001")
    for number in ("+380442002001", "+380442002999"):
        refusal = await desk.refusal("PutPerson", person_request(caller_id=number), owner)
        assert refusal.reason.name == "UNKNOWN_NUMBER"


def person_request(**fields: Any) -> PutPersonRequest:
    card = {"name": "Taras", "email": new_email(), "roles": [ROLE_AGENT], **fields}
    return PutPersonRequest(person=Person(**card))


async def test_a_person_that_left_frees_extension_and_caller_id_but_not_the_email(desk: Desk, owner: str) -> None:
    number = await put_number(desk, owner, "+380442003001")
    left = await desk.hire(owner, extension="301", caller_id=number.e164)
    left.disabled = True
    left = (await desk.ask("PutPerson", PutPersonRequest(person=left), owner)).person
    await desk.hire(owner, extension="301")
    taken = await desk.refusal("PutPerson", person_request(email=left.email), owner)
    assert taken.facts == {"field": "email"}
    left.disabled = False
    back = await desk.refusal("PutPerson", PutPersonRequest(person=left), owner)
    assert (back.reason.name, back.facts) == ("TAKEN", {"field": "extension"})
    await desk.ask("DeleteNumber", DeleteNumberRequest(number_id=number.id), owner)
    present = (await desk.ask("ListPeople", ListPeopleRequest(), owner)).people
    everybody = (await desk.ask("ListPeople", ListPeopleRequest(include_disabled=True), owner)).people
    assert left.id not in [person.id for person in present]
    assert left.id in [person.id for person in everybody]
    assert [person.name for person in everybody] == sorted(person.name for person in everybody)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""}, {"name": "x" * 121}, {"email": "nobody"}, {"extension": "1"}, {"extension": "12a"},
        {"caller_id": "380441"}, {"roles": [77]}, {"roles": [ROLE_CLIENT_VIEWER]}, {"language": "tlh"},
        {"reaches": [Reach(kind="x", value=str(number)) for number in range(21)]},
        {"reaches": [Reach(kind="", value="1")]},
    ],
)  # fmt: skip
async def test_a_bad_person_is_refused(desk: Desk, owner: str, fields: dict[str, Any]) -> None:
    assert (await desk.refusal("PutPerson", person_request(**fields), owner)).reason is Common.INVALID


async def test_an_old_revision_is_refused_and_of_two_editors_one_wins(desk: Desk, owner: str) -> None:
    person = await desk.hire(owner)
    race = []
    for name in ("Anna", "Borys"):
        edited = Person()
        edited.CopyFrom(person)
        edited.name = name
        race.append(desk.ask("PutPerson", PutPersonRequest(person=edited), owner))
    assert await outcomes(*race) == ["STALE", "done"]
    assert (await desk.refusal("PutPerson", PutPersonRequest(person=person), owner)).reason is Common.STALE


async def test_the_last_owner_stays_also_when_two_go_at_once(desk: Desk) -> None:
    one = await desk.sign_up()
    token = await desk.token(one.session)
    first = one.owner
    first.disabled = True
    request = PutPersonRequest(person=first)
    assert (await desk.refusal("PutPerson", request, token)).reason.name == "LAST_OWNER"
    for _ in range(3):
        second = await desk.hire(token, roles=[ROLE_OWNER])
        first.disabled, first.rev = False, (await stored(desk, token, first.id)).rev
        gone = Person(id=second.id, rev=second.rev, name="Taras", email=second.email, roles=[ROLE_AGENT])
        first.roles[:] = [ROLE_AGENT]
        calls = [desk.ask("PutPerson", PutPersonRequest(person=person), token) for person in (first, gone)]
        assert await outcomes(*calls) == ["LAST_OWNER", "done"]
        left = [person for person in (await everybody(desk, token)) if ROLE_OWNER in person.roles]
        assert len(left) == 1
        first = left[0]


async def stored(desk: Desk, token: str, person_id: str) -> Person:
    answer = await desk.ask("GetPerson", GetPersonRequest(person_id=person_id), token)
    person: Person = answer.person
    return person


async def everybody(desk: Desk, token: str) -> list[Person]:
    return list((await desk.ask("ListPeople", ListPeopleRequest(include_disabled=True), token)).people)


async def test_an_admin_neither_makes_nor_touches_owners(desk: Desk) -> None:
    one = await desk.sign_up()
    owner = await desk.token(one.session)
    person = await desk.hire(owner, PASSWORD, roles=[ROLE_ADMIN])
    admin = await desk.token(await desk.sign_in(person.email))
    await desk.hire(admin, roles=[ROLE_AGENT])
    for request in (
        person_request(roles=[ROLE_OWNER]),
        PutPersonRequest(person=one.owner, password="Quiet-River-9-Stone"),
        PutPersonRequest(person=Person(id=person.id, rev=1, name="T", email=person.email, roles=[ROLE_OWNER])),
    ):
        refusal = await desk.refusal("PutPerson", request, admin)
        assert (refusal.reason, refusal.facts["permission"]) == (Common.DENIED, "owners.write")
    own = PutPersonRequest(person=person, password="Quiet-River-9-Stone")
    assert (await desk.refusal("PutPerson", own, admin)).reason is Common.INVALID


async def test_others_see_of_a_colleague_what_work_needs(desk: Desk, owner: str) -> None:
    person = await desk.hire(owner, PASSWORD, extension="401", reaches=[Reach(kind="phone", value="+380671112233")])
    agent = await desk.token(await desk.sign_in(person.email))
    boss = next(one for one in await everybody(desk, agent) if ROLE_OWNER in one.roles)
    assert (boss.name, boss.email) == ("Iryna Melnyk", "")
    assert (await stored(desk, agent, person.id)).reaches
    colleague = await desk.hire(owner, reaches=[Reach(kind="phone", value="+380671112244")], extension="402")
    seen = await stored(desk, agent, colleague.id)
    assert (seen.extension, seen.email, len(seen.reaches)) == ("402", "", 0)
    assert (await stored(desk, owner, colleague.id)).email == colleague.email


@pytest.mark.clause("A04")
async def test_a_person_may_be_in_several_groups_and_membership_is_told(desk: Desk, owner: str) -> None:
    first, second = await desk.hire(owner), await desk.hire(owner)
    sales = (await desk.ask("PutGroup", PutGroupRequest(group=Group(name="Sales", person_ids=[first.id])), owner)).group
    members = [first.id, second.id, second.id]
    help_ = (await desk.ask("PutGroup", PutGroupRequest(group=Group(name="Help", person_ids=members)), owner)).group
    assert list(help_.person_ids) == [first.id, second.id]
    sales.person_ids[:] = [second.id]
    await desk.ask("PutGroup", PutGroupRequest(group=sales), owner)
    listed = (await desk.ask("ListGroups", ListGroupsRequest(), owner)).groups
    assert [(group.name, list(group.person_ids)) for group in listed] == [
        ("Help", [first.id, second.id]), ("Sales", [second.id]),
    ]  # fmt: skip
    events = await desk.told(events_pb2.GroupChanged, sales.id, 2)
    assert [list(event.group.person_ids) for event in events] == [[first.id], [second.id]]
    unknown = PutGroupRequest(group=Group(name="X", person_ids=[first.id, "pe_nobody"]))
    refusal = await desk.refusal("PutGroup", unknown, owner)
    assert (refusal.reason, refusal.facts) == (Common.NOT_FOUND, {"person_id": "pe_nobody"})
    for name in ("sales", " SALES "):
        taken = await desk.refusal("PutGroup", PutGroupRequest(group=Group(name=name)), owner)
        assert (taken.reason.name, taken.facts) == ("TAKEN", {"field": "name"})
    for _ in range(2):
        await desk.ask("DeleteGroup", DeleteGroupRequest(group_id=sales.id), owner)
    assert len(await desk.told(events_pb2.GroupDeleted, sales.id)) == 1
    assert await stored(desk, owner, second.id) == second


async def test_a_number_belongs_to_one_tenant_and_stays_while_it_is_a_caller_id(desk: Desk, owner: str) -> None:
    other = await desk.token((await desk.sign_up()).session)
    request = PutNumberRequest(number=Number(e164="+380442005001"))
    race = [desk.ask("PutNumber", request, token) for token in (owner, other, owner, other)]
    assert await outcomes(*race) == ["TAKEN"] * 3 + ["done"]
    mine = await put_number(desk, owner, "+380442005002")
    person = await desk.hire(owner, caller_id=mine.e164)
    for refused in (
        await desk.refusal("DeleteNumber", DeleteNumberRequest(number_id=mine.id), owner),
        await desk.refusal(
            "PutNumber", PutNumberRequest(number=Number(id=mine.id, rev=1, e164="+380442005003")), owner
        ),
    ):
        assert (refused.reason.name, refused.facts) == ("IN_USE", {"people": "1"})
    person.caller_id = ""
    await desk.ask("PutPerson", PutPersonRequest(person=person), owner)
    for _ in range(2):
        await desk.ask("DeleteNumber", DeleteNumberRequest(number_id=mine.id), owner)
    assert len(await desk.told(events_pb2.NumberDeleted, mine.id)) == 1
    await put_number(desk, other, "+380442005002")


async def test_a_number_is_not_given_up_while_somebody_chooses_it(desk: Desk, owner: str) -> None:
    for round_ in range(5):
        number = await put_number(desk, owner, f"+38044200600{round_}")
        await outcomes(
            desk.ask("PutPerson", person_request(caller_id=number.e164), owner),
            desk.ask("DeleteNumber", DeleteNumberRequest(number_id=number.id), owner),
        )
        numbers = {one.e164 for one in (await desk.ask("ListNumbers", ListNumbersRequest(), owner)).numbers}
        chosen = {person.caller_id for person in await everybody(desk, owner) if person.caller_id}
        assert chosen <= numbers


async def test_projects_and_the_tenants_card(desk: Desk) -> None:
    one = await desk.sign_up()
    token = await desk.token(one.session)
    project = (await desk.ask("PutProject", PutProjectRequest(project=Project(name="Client A")), token)).project
    taken = await desk.refusal("PutProject", PutProjectRequest(project=Project(name="CLIENT  a")), token)
    assert taken.reason.name == "TAKEN"
    project.archived = True
    assert (await desk.ask("PutProject", PutProjectRequest(project=project), token)).project.rev == 2
    await desk.told(events_pb2.ProjectChanged, project.id, 2)
    card = Tenant(rev=1, name="Ромашка+", language="en", time_zone="Europe/Warsaw")
    after = (await desk.ask("PutTenant", PutTenantRequest(tenant=card), token)).tenant
    assert (after.id, after.rev, after.name, after.created_at) == (one.tenant.id, 2, "Ромашка+", one.tenant.created_at)
    assert (await desk.refusal("PutTenant", PutTenantRequest(tenant=card), token)).reason is Common.STALE
    await desk.told(events_pb2.TenantChanged, one.tenant.id, 2)


async def test_client_projects_are_kept_apart_inside_a_tenant(desk: Desk, owner: str) -> None:
    names = ("A", "B")
    ours, theirs = [
        (await desk.ask("PutProject", PutProjectRequest(project=Project(name=name)), owner)).project.id
        for name in names
    ]
    for number, project in (("+380442007001", ours), ("+380442007002", theirs), ("+380442007003", "")):
        await desk.ask("PutNumber", PutNumberRequest(number=Number(e164=number, project_id=project)), owner)
    groups = {}
    for project in (ours, theirs):
        request = PutGroupRequest(group=Group(name=f"G{project}", project_id=project))
        groups[project] = (await desk.ask("PutGroup", request, owner)).group
    tied = await desk.hire(owner, PASSWORD, roles=[ROLE_ADMIN], project_ids=[ours])
    stranger = await desk.hire(owner, project_ids=[theirs])
    token = await desk.token(await desk.sign_in(tied.email))
    assert desk.rt.verifier.verify(token).projects == (ours,)
    assert [one.id for one in (await desk.ask("ListProjects", ListProjectsRequest(), token)).projects] == [ours]
    numbers = (await desk.ask("ListNumbers", ListNumbersRequest(), token)).numbers
    assert [one.e164 for one in numbers] == ["+380442007001"]
    assert [one.id for one in (await desk.ask("ListGroups", ListGroupsRequest(), token)).groups] == [groups[ours].id]
    assert stranger.id not in [person.id for person in await everybody(desk, token)]
    refused: list[tuple[str, Any]] = [
        ("PutGroup", PutGroupRequest(group=groups[theirs])),
        ("PutGroup", PutGroupRequest(group=Group(name="new"))),
        ("DeleteGroup", DeleteGroupRequest(group_id=groups[theirs].id)),
        ("PutProject", PutProjectRequest(project=Project(name="new"))),
        ("PutProject", PutProjectRequest(project=Project(id=theirs, rev=1, name="x"))),
        ("PutNumber", PutNumberRequest(number=Number(e164="+380442007009"))),
        ("PutPerson", PutPersonRequest(person=stranger)),
        ("PutPerson", person_request()),
        ("PutTenant", PutTenantRequest(tenant=Tenant(rev=1, name="x"))),
        ("ListAudit", ListAuditRequest()),
    ]
    for method, request in refused:
        assert (await desk.refusal(method, request, token)).reason is Common.DENIED, method
    assert (await desk.refusal("GetPerson", GetPersonRequest(person_id=stranger.id), token)).reason is Common.NOT_FOUND
    await desk.ask("PutPerson", person_request(project_ids=[ours]), token)
    unknown = await desk.refusal("PutPerson", person_request(project_ids=["pj_x"]), owner)
    assert unknown.reason is Common.NOT_FOUND


async def test_a_refused_change_leaves_neither_entry_nor_event(desk: Desk, owner: str) -> None:
    person = await desk.hire(owner, extension="901")
    before = await desk.audit(owner)
    await desk.refusal("PutPerson", person_request(extension="901"), owner)
    stale = Person(id=person.id, rev=5, name="T", email=person.email)
    await desk.refusal("PutPerson", PutPersonRequest(person=stale), owner)
    assert await desk.audit(owner) == before
    await desk.hire(owner)
    assert [event.person.rev for event in await desk.told(events_pb2.PersonChanged, person.id)] == [1]


async def test_an_agent_may_not_configure(desk: Desk) -> None:
    one = await desk.sign_up()
    person = await desk.hire(await desk.token(one.session), PASSWORD)
    agent = await desk.token(await desk.sign_in(person.email))
    for method, request in (
        ("PutPerson", person_request()), ("PutGroup", PutGroupRequest()), ("PutNumber", PutNumberRequest()),
        ("PutTenant", PutTenantRequest()), ("ListAudit", ListAuditRequest()), ("RecordAudit", RecordAuditRequest()),
        ("ResolveIdentity", ResolveIdentityRequest()),
    ):  # fmt: skip
        assert (await desk.refusal(method, request, agent)).reason is Common.DENIED
    forged = desk.as_caller(Caller(one.tenant.id, "service:directory"))
    await desk.ask("RecordAudit", RecordAuditRequest(entry=AuditEntry(id="own", action="x")), forged)
