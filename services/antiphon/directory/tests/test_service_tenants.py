"""No request crosses a tenant: every method, asked by a stranger about our ids, finds nothing or the stranger's own."""

from __future__ import annotations

from typing import Any

import pytest

from antiphon.directory.v1 import directory_pb2, identity_pb2, telephony_pb2
from antiphon.directory.v1.directory_pb2 import (
    AuditEntry,
    Contact,
    CreateApiKeyRequest,
    Group,
    Identity,
    Number,
    Person,
    Project,
    Tenant,
)
from antiphon.directory.v1.telephony_pb2 import DialPlan, Evidence, SipAccount, Trunk
from antiphon.kit.tokens import Caller

from .conftest import PASSWORD, Desk, Tenancy

pytestmark = [pytest.mark.service]
NOT_FOUND, OWN = "NOT_FOUND", "own data or nothing"


class Ours:
    """A tenant with one of everything, and what a stranger might try with it."""

    def __init__(self, tenancy: Tenancy, kept: dict[str, Any]) -> None:
        self.tenancy = tenancy
        self.kept = kept

    def tries(self) -> dict[str, tuple[dict[str, Any], str]]:
        """Method → (the stranger's request, how it must end)."""
        k = self.kept
        return {
            "GetTenant": ({}, OWN),
            "PutTenant": ({"tenant": Tenant(id=self.tenancy.tenant.id, rev=1, name="taken over")}, NOT_FOUND),
            "ListProjects": ({}, OWN),
            "PutProject": ({"project": Project(id=k["project"].id, rev=1, name="x")}, NOT_FOUND),
            "ListPeople": ({"include_disabled": True}, OWN),
            "GetPerson": ({"person_id": k["person"].id}, NOT_FOUND),
            "PutPerson": ({"person": k["person"], "password": "Quiet-River-9-Stone"}, NOT_FOUND),
            "ListGroups": ({}, OWN),
            "PutGroup": ({"group": Group(id=k["group"].id, rev=1, name="x")}, NOT_FOUND),
            "DeleteGroup": ({"group_id": k["group"].id}, OWN),
            "ListNumbers": ({}, OWN),
            "PutNumber": ({"number": Number(id=k["number"].id, rev=1, e164="+380442009009")}, NOT_FOUND),
            "DeleteNumber": ({"number_id": k["number"].id}, OWN),
            "ListContacts": ({"query": "Oksana", "contact_ids": [k["contact"].id]}, OWN),
            "GetContact": ({"contact_id": k["contact"].id}, NOT_FOUND),
            "PutContact": ({"contact": Contact(id=k["contact"].id, rev=1, name="x")}, NOT_FOUND),
            "ResolveIdentity": ({"identity": k["contact"].identities[0]}, OWN),
            "ListApiKeys": ({}, OWN),
            "CreateApiKey": ({"title": "x", "roles": [directory_pb2.ROLE_AGENT]}, OWN),
            "RevokeApiKey": ({"key_id": k["key"].id}, OWN),
            "ListAudit": ({"object": f"person:{k['person'].id}"}, OWN),
            "RecordAudit": ({"entry": AuditEntry(id="audit-1", action="x")}, OWN),
            "WhoAmI": ({}, OWN),
            "ChangePassword": ({"old_password": PASSWORD, "new_password": "Quiet-River-9-Stone"}, OWN),
            "BeginTotp": ({}, OWN),
            "ConfirmTotp": ({"code": "123456"}, "BAD_CODE"),
            "DisableTotp": ({"password": "Quiet-River-9-Stone"}, OWN),
            "ListSessions": ({}, OWN),
            "EndSession": ({"session_id": k["session_id"]}, OWN),
            **self.telephony_tries(),
        }

    def telephony_tries(self) -> dict[str, tuple[dict[str, Any], str]]:
        """The same for TelephonyService."""
        k = self.kept
        return {
            "ListSipAccounts": ({}, OWN),
            "PutSipAccount": ({"account": SipAccount(id=k["account"].id, rev=1)}, NOT_FOUND),
            "ChangeSipPassword": ({"account_id": k["account"].id}, NOT_FOUND),
            "ActivateLine": ({"account_id": k["account"].id}, NOT_FOUND),
            "CloseLine": ({"account_id": k["account"].id}, NOT_FOUND),
            "DeleteSipAccount": ({"account_id": k["account"].id}, OWN),
            "BlockSipAccounts": ({"account_ids": [k["account"].id]}, NOT_FOUND),
            "ListSecurityTickets": ({}, OWN),
            "AddEvidence": ({"ticket_id": k["ticket"].id, "evidence": Evidence(title="x")}, NOT_FOUND),
            "GetProvisioning": ({"account_id": k["account"].id}, NOT_FOUND),
            "ListTrunks": ({}, OWN),
            "PutTrunk": ({"trunk": Trunk(id=k["trunk"].id, rev=1, name="x", host="127.0.0.1")}, NOT_FOUND),
            "DeleteTrunk": ({"trunk_id": k["trunk"].id}, OWN),
            "GetDialPlan": ({}, OWN),
            "PutDialPlan": ({"plan": DialPlan(caller_id=k["number"].e164)}, "UNKNOWN_NUMBER"),
            "GetDialling": ({"person_id": k["person"].id, "extension": "777", "caller_id": "+380442009001"}, OWN),
            "NoteDevice": ({"account_id": k["account"].id, "address": "127.0.0.1", "port": 1}, NOT_FOUND),
            "GetTrunkSecret": ({"trunk_id": k["trunk"].id}, NOT_FOUND),
        }


SERVICES_ASK = {"ResolveIdentity", "RecordAudit", "GetDialling", "NoteDevice", "GetTrunkSecret"}
ACROSS_TENANTS = {"ResolveNumber", "ListEdgeRecords"}
"""What the SIP edge and the media service ask before they know a tenant."""


def request_of(method: str, fields: dict[str, Any]) -> Any:
    modules: tuple[Any, ...] = (directory_pb2, identity_pb2, telephony_pb2)
    return next(
        getattr(module, f"{method}Request")(**fields) for module in modules if hasattr(module, f"{method}Request")
    )


@pytest.fixture(scope="module")
async def ours(desk: Desk) -> Ours:
    tenancy = await desk.sign_up("Ours")
    token, service = await desk.token(tenancy.session), desk.as_service(tenancy.tenant.id)
    put = {
        "project": ("PutProject", Project(name="Secret project")),
        "number": ("PutNumber", Number(e164="+380442009001")),
        "group": ("PutGroup", Group(name="Secret group")),
        "trunk": ("PutTrunk", Trunk(name="Secret trunk", host="198.51.100.7")),
        "account": ("PutSipAccount", SipAccount(title="Secret phone")),
    }
    kept: dict[str, Any] = {"person": await desk.hire(token, PASSWORD, name="Secret Person", extension="777")}
    for name, (method, record) in put.items():
        kept[name] = getattr(await desk.ask(method, request_of(method, {name: record}), token), name)
    request = directory_pb2.ResolveIdentityRequest(identity=Identity(channel="telegram", value="1"), name="Oksana")
    kept["contact"] = (await desk.ask("ResolveIdentity", request, service)).contact
    made = await desk.ask("CreateApiKey", CreateApiKeyRequest(title="k", roles=[directory_pb2.ROLE_AGENT]), token)
    kept["key"], kept["secret"] = made.key, made.secret
    entry = AuditEntry(id="audit-1", action="ours")
    await desk.ask("RecordAudit", directory_pb2.RecordAuditRequest(entry=entry), service)
    kept["ticket"] = (await desk.ask("BlockSipAccounts", telephony_pb2.BlockSipAccountsRequest(), token)).ticket
    kept["session_id"] = desk.rt.verifier.verify(token).session
    return Ours(tenancy, kept)


async def snapshot(desk: Desk, tenant: str) -> dict[str, Any]:
    """Everything that is stored of a tenant."""
    database = desk.rt.database()
    names = sorted(set(await database.list_collection_names()) - {"outbox", "lockouts"})
    return {name: await database[name].find({"tenant": tenant}).sort("_id", 1).to_list(None) for name in names}


def test_every_method_is_tried(desk: Desk, ours: Ours) -> None:
    public = {"SignUp", "SignIn", "SignOut", "IssueToken"}
    methods = {
        method.name
        for file in (directory_pb2, identity_pb2, telephony_pb2)
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    assert set(ours.tries()) == methods - public - ACROSS_TENANTS


@pytest.mark.clause("L10")
async def test_a_stranger_reaches_nothing_of_ours_by_any_method(desk: Desk, ours: Ours) -> None:
    stranger = await desk.sign_up("Stranger")
    token, service = await desk.token(stranger.session), desk.as_service(stranger.tenant.id)
    before = await snapshot(desk, ours.tenancy.tenant.id)
    secrets = {
        ours.tenancy.tenant.id,
        "+380442009001",
        *(getattr(record, "id", "") for record in ours.kept.values()),
    } - {""}
    for method, (fields, end) in ours.tries().items():
        request = request_of(method, fields)
        asking = service if method in SERVICES_ASK else token
        if end == OWN:
            answer = str(await desk.ask(method, request, asking))
            assert not [secret for secret in secrets if secret in answer], method
            assert "Oksana" not in answer, method
        else:
            assert (await desk.refusal(method, request, asking)).reason.name == end, method
    assert await snapshot(desk, ours.tenancy.tenant.id) == before
    assert not await desk.audit(token, f"key:{ours.kept['key'].id}")
    assert (await desk.ask("IssueToken", identity_pb2.IssueTokenRequest(api_key=ours.kept["secret"]))).token


@pytest.mark.clause("L10")
async def test_our_ids_cannot_be_borrowed_by_reference(desk: Desk, ours: Ours) -> None:
    token = await desk.token((await desk.sign_up("Stranger")).session)
    card: dict[str, Any] = {"name": "x", "email": "borrower@example.com", "roles": [directory_pb2.ROLE_AGENT]}
    tries: list[tuple[str, Any, str]] = [
        ("PutGroup", {"group": Group(name="g", person_ids=[ours.kept["person"].id])}, "NOT_FOUND"),
        ("PutGroup", {"group": Group(name="g", project_id=ours.kept["project"].id)}, "NOT_FOUND"),
        ("PutNumber", {"number": Number(e164="+380442009010", project_id=ours.kept["project"].id)}, "NOT_FOUND"),
        ("PutNumber", {"number": Number(e164=ours.kept["number"].e164)}, "TAKEN"),
        ("PutPerson", {"person": Person(**card, project_ids=[ours.kept["project"].id])}, "NOT_FOUND"),
        ("PutPerson", {"person": Person(**card, caller_id=ours.kept["number"].e164)}, "UNKNOWN_NUMBER"),
        ("PutPerson", {"person": Person(**{**card, "email": ours.kept["person"].email})}, "TAKEN"),
    ]
    for method, fields, reason in tries:
        request = getattr(directory_pb2, f"{method}Request")(**fields)
        assert (await desk.refusal(method, request, token)).reason.name == reason, method


@pytest.mark.clause("L10")
async def test_without_a_token_or_a_permission_every_method_refuses(desk: Desk, ours: Ours) -> None:
    bare = desk.as_caller(Caller(ours.tenancy.tenant.id, "person:nobody"))
    across: dict[str, tuple[dict[str, Any], str]] = dict.fromkeys(ACROSS_TENANTS, ({}, ""))
    for method, (fields, _) in {**ours.tries(), **across}.items():
        request = request_of(method, fields)
        assert (await desk.refusal(method, request)).reason.name == "UNAUTHENTICATED", method
        if not hasattr(identity_pb2, f"{method}Request") and method != "GetTenant":
            assert (await desk.refusal(method, request, bare)).reason.name == "DENIED", method
