"""Support of the operator: one subscriber's forwarding, at his request, and nothing else (clause A19)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest

from antiphon.directory.domain.permissions import INSTALLATION
from antiphon.directory.v1 import directory_pb2, events_pb2, identity_pb2
from antiphon.directory.v1.support_pb2 import FindSubscriberRequest, ForwardSubscriberRequest, Subscriber
from antiphon.kit.tokens import Verifier, public_of

from .conftest import PASSWORD, Desk, Tenancy

pytestmark = [pytest.mark.service, pytest.mark.clause("A19")]
_numbers = itertools.count(380_449_000_000)
MOBILE, WHY = "+380671234567", "He rang up from his mobile, passport shown: no Internet at the cottage"


@dataclass
class Case:
    """The operator's company with somebody of support, and a subscriber of another company."""

    desk: Desk
    operator: Tenancy
    operator_owner: str
    staff: directory_pb2.Person
    support: str
    """The token of support."""
    firm: Tenancy
    owner: str
    number: str
    subscriber: directory_pb2.Person

    async def find(self, token: str = "", **other: str) -> Subscriber:
        asked = FindSubscriberRequest(**{"number": self.number, "extension": "301", "reason": WHY, **other})
        found: Subscriber = (await self.desk.ask("FindSubscriber", asked, token or self.support)).subscriber
        return found

    def forwarding(self, found: Subscriber, **other: object) -> ForwardSubscriberRequest:
        told = {
            "number": self.number, "extension": "301", "person_id": found.person_id, "rev": found.rev,
            "forward_to": MOBILE, "reason": WHY, **other,
        }  # fmt: skip
        return ForwardSubscriberRequest(**told)  # type: ignore[arg-type]

    async def refused(self, method: str, request: object, token: str = "") -> str:
        return (await self.desk.refusal(method, request, token or self.support)).reason.name


@pytest.fixture(scope="module")
async def operators(desk: Desk) -> Tenancy:
    """The company that signed up first."""
    return await desk.sign_up("Operator")


@pytest.fixture
async def case(desk: Desk, operators: Tenancy) -> Case:
    desk.clock.forward(seconds=1)
    at_operator = await desk.token(operators.session)
    staff = await desk.hire(at_operator, PASSWORD, name="Halyna Bondar", roles=[directory_pb2.ROLE_SUPPORT])
    support = await desk.token(await desk.sign_in(staff.email))
    firm = await desk.sign_up("Клімат")
    owner = await desk.token(firm.session)
    number = f"+{next(_numbers)}"
    await desk.ask("PutNumber", directory_pb2.PutNumberRequest(number=directory_pb2.Number(e164=number)), owner)
    subscriber = await desk.hire(owner, extension="301")
    return Case(desk, operators, at_operator, staff, support, firm, owner, number, subscriber)


async def test_support_forwards_one_subscriber_and_his_owner_reads_who_and_why(case: Case) -> None:
    case.desk.clock.forward(seconds=1)
    found = await case.find()
    case.desk.clock.forward(seconds=1)
    assert (found.company, found.name, found.extension) == ("Клімат", case.subscriber.name, "301")
    assert found.forward_ending == ""
    request = case.forwarding(found)
    after = (await case.desk.ask("ForwardSubscriber", request, case.support)).subscriber
    assert (after.forward_ending, after.rev) == (MOBILE[-4:], found.rev + 1), "his number itself is not shown"

    asked = directory_pb2.GetPersonRequest(person_id=case.subscriber.id)
    person = (await case.desk.ask("GetPerson", asked, case.owner)).person
    assert person.forward_to == MOBILE, "the owner sees what was set"
    entry, looked, *_ = await case.desk.audit(case.owner, f"person:{case.subscriber.id}")
    assert (entry.actor, entry.action) == (f"support:{case.staff.id}", "support.forwarded")
    assert dict(entry.facts) == {
        "support": "Halyna Bondar", "on_behalf_of": "Клімат", "reason": WHY, "forwarding": "set",
    }  # fmt: skip
    assert entry.at.ToDatetime() >= looked.at.ToDatetime(), "when"
    assert (looked.action, looked.facts["reason"]) == ("support.looked_up", WHY), "who looked is told as well"
    assert MOBILE not in str(entry)
    own = (await case.desk.audit(case.operator_owner, f"tenant:{case.firm.tenant.id}"))[0]
    assert (own.actor, own.action, own.facts["reason"]) == (f"person:{case.staff.id}", "support.forwarded", WHY)
    for event in await case.desk.told(events_pb2.PersonChanged, case.subscriber.id, 2):
        assert event.person.forward_to == ""

    assert await case.refused("ForwardSubscriber", request) == "STALE", "the same once more"
    case.desk.clock.forward(seconds=1)
    back = case.forwarding(after, forward_to="")
    assert (await case.desk.ask("ForwardSubscriber", back, case.support)).subscriber.forward_ending == ""
    assert (await case.desk.audit(case.owner))[0].facts["forwarding"] == "taken back"


async def test_what_is_wrong_changes_nothing_and_tells_nothing(case: Case) -> None:
    found = await case.find()
    before = len(await case.desk.audit(case.owner))
    case.desk.clock.forward(seconds=1)
    for other in ({"reason": " "}, {"forward_to": "0671234567"}, {"forward_to": case.number}, {"reason": "x" * 501}):
        assert await case.refused("ForwardSubscriber", case.forwarding(found, **other)) == "INVALID", other
    colleague = await case.desk.hire(case.owner, extension="302")
    assert await case.refused("ForwardSubscriber", case.forwarding(found, extension="302")) == "STALE"
    assert await case.refused("ForwardSubscriber", case.forwarding(found, extension="999")) == "NOT_FOUND"
    assert await case.refused("ForwardSubscriber", case.forwarding(found, number="+380000000000")) == "NOT_FOUND"
    for wrong in ({"number": "+380000000000"}, {"extension": "999"}, {"extension": ""}):
        asked = FindSubscriberRequest(**{"number": case.number, "extension": "301", "reason": WHY, **wrong})
        assert await case.refused("FindSubscriber", asked) == "NOT_FOUND"
    unreasoned = FindSubscriberRequest(number=case.number, extension="301")
    assert await case.refused("FindSubscriber", unreasoned) == "INVALID"
    assert (await case.find()).rev == found.rev
    entries = await case.desk.audit(case.owner)
    assert {(entry.action, entry.object) for entry in entries[: len(entries) - before]} == {
        ("person.put", f"person:{colleague.id}"), ("support.looked_up", f"person:{found.person_id}"),
    }  # fmt: skip


async def test_the_role_counts_at_the_operators_only(case: Case) -> None:
    """An owner elsewhere can neither give it nor use it; a key of support is nobody."""
    card = directory_pb2.Person(name="X", email="x@support.example", roles=[directory_pb2.ROLE_SUPPORT])
    assert await case.refused("PutPerson", directory_pb2.PutPersonRequest(person=card), case.owner) == "DENIED"
    asked = FindSubscriberRequest(number=case.number, extension="301", reason=WHY)
    assert await case.refused("FindSubscriber", asked, case.owner) == "DENIED"
    wanted = directory_pb2.CreateApiKeyRequest(title="K", roles=[directory_pb2.ROLE_SUPPORT])
    assert await case.refused("CreateApiKey", wanted, case.owner) == "DENIED"
    secret = (await case.desk.ask("CreateApiKey", wanted, case.operator_owner)).secret
    token = (await case.desk.ask("IssueToken", identity_pb2.IssueTokenRequest(api_key=secret))).token
    assert await case.refused("FindSubscriber", asked, token) == "DENIED"


async def test_tokens_of_other_companies_never_reach_beyond_them(case: Case) -> None:
    key = public_of(case.desk.services["directory"].token_key.get_secret_value())
    verifier = Verifier({"directory": key}, case.desk.clock)
    assert verifier.verify(case.operator_owner).permissions >= INSTALLATION, "he appoints support and operators"
    assert not verifier.verify(case.owner).permissions & INSTALLATION
    assert verifier.verify(case.support).permissions == {"directory.read", "support.forward"}
    me = await case.desk.ask("WhoAmI", identity_pb2.WhoAmIRequest(), case.support)
    assert list(me.permissions) == ["directory.read", "support.forward"]
