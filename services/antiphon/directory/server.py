"""gRPC ↔ use cases. The caller was verified and its permission checked by kit's gate before a method runs."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc

from antiphon.directory import (
    server_crm,
    server_deals,
    server_ending,
    server_passkeys,
    server_pool,
    server_privacy,
    server_signon,
    server_slots,
    server_support,
)
from antiphon.directory.app import App
from antiphon.directory.v1 import directory_pb2, directory_pb2_grpc, identity_pb2, identity_pb2_grpc, telephony_pb2_grpc
from antiphon.directory.v1 import telephony_pb2 as tel
from antiphon.kit.errors import invalid
from antiphon.kit.tokens import current_caller

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
SERVICES = (
    server_crm.SERVICE,
    server_deals.SERVICE,
    server_ending.SERVICE,
    server_passkeys.SERVICE,
    server_pool.SERVICE,
    server_privacy.SERVICE,
    server_signon.SERVICE,
    server_slots.SERVICE,
    server_support.SERVICE,
    directory_pb2.DESCRIPTOR.services_by_name["DirectoryService"].full_name,
    identity_pb2.DESCRIPTOR.services_by_name["IdentityService"].full_name,
    tel.DESCRIPTOR.services_by_name["TelephonyService"].full_name,
)


def add(server: grpc.aio.Server, app: App) -> None:
    """Registers the services."""
    server_crm.add(server, app)
    server_deals.add(server, app)
    server_ending.add(server, app)
    server_passkeys.add(server, app)
    server_pool.add(server, app)
    server_privacy.add(server, app)
    server_signon.add(server, app)
    server_slots.add(server, app)
    server_support.add(server, app)
    directory_pb2_grpc.add_DirectoryServiceServicer_to_server(DirectoryServicer(app), server)
    identity_pb2_grpc.add_IdentityServiceServicer_to_server(IdentityServicer(app), server)
    telephony_pb2_grpc.add_TelephonyServiceServicer_to_server(TelephonyServicer(app), server)


class DirectoryServicer(directory_pb2_grpc.DirectoryServiceServicer):
    def __init__(self, app: App) -> None:
        self._app = app

    async def GetTenant(
        self, request: directory_pb2.GetTenantRequest, context: Context
    ) -> directory_pb2.GetTenantResponse:
        return directory_pb2.GetTenantResponse(tenant=await self._app.catalogue.tenant(current_caller()))

    async def PutTenant(
        self, request: directory_pb2.PutTenantRequest, context: Context
    ) -> directory_pb2.PutTenantResponse:
        return directory_pb2.PutTenantResponse(
            tenant=await self._app.catalogue.put_tenant(current_caller(), request.tenant)
        )

    async def ListProjects(
        self, request: directory_pb2.ListProjectsRequest, context: Context
    ) -> directory_pb2.ListProjectsResponse:
        return directory_pb2.ListProjectsResponse(projects=await self._app.catalogue.projects(current_caller()))

    async def PutProject(
        self, request: directory_pb2.PutProjectRequest, context: Context
    ) -> directory_pb2.PutProjectResponse:
        return directory_pb2.PutProjectResponse(
            project=await self._app.catalogue.put_project(current_caller(), request.project)
        )

    async def ListPeople(
        self, request: directory_pb2.ListPeopleRequest, context: Context
    ) -> directory_pb2.ListPeopleResponse:
        people = await self._app.people.list(current_caller(), request.include_disabled)
        return directory_pb2.ListPeopleResponse(people=people)

    async def GetPerson(
        self, request: directory_pb2.GetPersonRequest, context: Context
    ) -> directory_pb2.GetPersonResponse:
        return directory_pb2.GetPersonResponse(person=await self._app.people.get(current_caller(), request.person_id))

    async def PutPerson(
        self, request: directory_pb2.PutPersonRequest, context: Context
    ) -> directory_pb2.PutPersonResponse:
        return directory_pb2.PutPersonResponse(person=await self._app.people.put(current_caller(), request))

    async def ListGroups(
        self, request: directory_pb2.ListGroupsRequest, context: Context
    ) -> directory_pb2.ListGroupsResponse:
        return directory_pb2.ListGroupsResponse(groups=await self._app.catalogue.groups(current_caller()))

    async def PutGroup(
        self, request: directory_pb2.PutGroupRequest, context: Context
    ) -> directory_pb2.PutGroupResponse:
        return directory_pb2.PutGroupResponse(
            group=await self._app.catalogue.put_group(current_caller(), request.group)
        )

    async def DeleteGroup(
        self, request: directory_pb2.DeleteGroupRequest, context: Context
    ) -> directory_pb2.DeleteGroupResponse:
        await self._app.catalogue.delete_group(current_caller(), request.group_id)
        return directory_pb2.DeleteGroupResponse()

    async def ListNumbers(
        self, request: directory_pb2.ListNumbersRequest, context: Context
    ) -> directory_pb2.ListNumbersResponse:
        return directory_pb2.ListNumbersResponse(numbers=await self._app.catalogue.numbers(current_caller()))

    async def PutNumber(
        self, request: directory_pb2.PutNumberRequest, context: Context
    ) -> directory_pb2.PutNumberResponse:
        return directory_pb2.PutNumberResponse(
            number=await self._app.catalogue.put_number(current_caller(), request.number)
        )

    async def DeleteNumber(
        self, request: directory_pb2.DeleteNumberRequest, context: Context
    ) -> directory_pb2.DeleteNumberResponse:
        await self._app.catalogue.delete_number(current_caller(), request.number_id)
        return directory_pb2.DeleteNumberResponse()

    async def ListContacts(
        self, request: directory_pb2.ListContactsRequest, context: Context
    ) -> directory_pb2.ListContactsResponse:
        contacts, following = await self._app.contacts.list(current_caller(), request)
        return directory_pb2.ListContactsResponse(contacts=contacts, next=following)

    async def GetContact(
        self, request: directory_pb2.GetContactRequest, context: Context
    ) -> directory_pb2.GetContactResponse:
        family = await self._app.customers.of(current_caller(), request.contact_id)
        return directory_pb2.GetContactResponse(contact=family.top, members=family.members, whole=family.whole)

    async def PutContact(
        self, request: directory_pb2.PutContactRequest, context: Context
    ) -> directory_pb2.PutContactResponse:
        return directory_pb2.PutContactResponse(contact=await self._app.contacts.put(current_caller(), request.contact))

    async def ResolveIdentity(
        self, request: directory_pb2.ResolveIdentityRequest, context: Context
    ) -> directory_pb2.ResolveIdentityResponse:
        contact, created = await self._app.contacts.resolve(current_caller(), request)
        return directory_pb2.ResolveIdentityResponse(contact=contact, created=created)

    async def ListApiKeys(
        self, request: directory_pb2.ListApiKeysRequest, context: Context
    ) -> directory_pb2.ListApiKeysResponse:
        return directory_pb2.ListApiKeysResponse(keys=await self._app.keys.list(current_caller()))

    async def CreateApiKey(
        self, request: directory_pb2.CreateApiKeyRequest, context: Context
    ) -> directory_pb2.CreateApiKeyResponse:
        key, secret = await self._app.keys.create(current_caller(), request)
        return directory_pb2.CreateApiKeyResponse(key=key, secret=secret)

    async def RevokeApiKey(
        self, request: directory_pb2.RevokeApiKeyRequest, context: Context
    ) -> directory_pb2.RevokeApiKeyResponse:
        await self._app.keys.revoke(current_caller(), request.key_id)
        return directory_pb2.RevokeApiKeyResponse()

    async def ListAudit(
        self, request: directory_pb2.ListAuditRequest, context: Context
    ) -> directory_pb2.ListAuditResponse:
        entries, following = await self._app.audit.list(current_caller(), request)
        return directory_pb2.ListAuditResponse(entries=entries, next=following)

    async def RecordAudit(
        self, request: directory_pb2.RecordAuditRequest, context: Context
    ) -> directory_pb2.RecordAuditResponse:
        await self._app.audit.record(current_caller(), request.entry)
        return directory_pb2.RecordAuditResponse()


class IdentityServicer(identity_pb2_grpc.IdentityServiceServicer):
    def __init__(self, app: App) -> None:
        self._app = app

    async def SignUp(self, request: identity_pb2.SignUpRequest, context: Context) -> identity_pb2.SignUpResponse:
        return await self._app.identity.sign_up(request)

    async def SignIn(self, request: identity_pb2.SignInRequest, context: Context) -> identity_pb2.SignInResponse:
        return await self._app.identity.sign_in(request)

    async def SignOut(self, request: identity_pb2.SignOutRequest, context: Context) -> identity_pb2.SignOutResponse:
        await self._app.identity.sign_out(request.session)
        return identity_pb2.SignOutResponse()

    async def IssueToken(
        self, request: identity_pb2.IssueTokenRequest, context: Context
    ) -> identity_pb2.IssueTokenResponse:
        match request.WhichOneof("proof"):
            case "session":
                return await self._app.identity.token_for_session(request.session)
            case "api_key":
                return await self._app.identity.token_for_key(request.api_key)
        raise invalid("proof", "a session or an API key is needed")

    async def WhoAmI(self, request: identity_pb2.WhoAmIRequest, context: Context) -> identity_pb2.WhoAmIResponse:
        return await self._app.identity.who_am_i(current_caller())

    async def ChangePassword(
        self, request: identity_pb2.ChangePasswordRequest, context: Context
    ) -> identity_pb2.ChangePasswordResponse:
        await self._app.account.change_password(current_caller(), request.old_password, request.new_password)
        return identity_pb2.ChangePasswordResponse()

    async def BeginTotp(
        self, request: identity_pb2.BeginTotpRequest, context: Context
    ) -> identity_pb2.BeginTotpResponse:
        return await self._app.account.begin_totp(current_caller())

    async def ConfirmTotp(
        self, request: identity_pb2.ConfirmTotpRequest, context: Context
    ) -> identity_pb2.ConfirmTotpResponse:
        return identity_pb2.ConfirmTotpResponse(
            recovery_codes=await self._app.account.confirm_totp(current_caller(), request.code)
        )

    async def DisableTotp(
        self, request: identity_pb2.DisableTotpRequest, context: Context
    ) -> identity_pb2.DisableTotpResponse:
        await self._app.account.disable_totp(current_caller(), request.password)
        return identity_pb2.DisableTotpResponse()

    async def ListSessions(
        self, request: identity_pb2.ListSessionsRequest, context: Context
    ) -> identity_pb2.ListSessionsResponse:
        return identity_pb2.ListSessionsResponse(sessions=await self._app.account.list_sessions(current_caller()))

    async def EndSession(
        self, request: identity_pb2.EndSessionRequest, context: Context
    ) -> identity_pb2.EndSessionResponse:
        await self._app.account.end_session(current_caller(), request.session_id)
        return identity_pb2.EndSessionResponse()


class TelephonyServicer(telephony_pb2_grpc.TelephonyServiceServicer):
    def __init__(self, app: App) -> None:
        self._app = app

    async def ListSipAccounts(
        self, request: tel.ListSipAccountsRequest, context: Context
    ) -> tel.ListSipAccountsResponse:
        accounts = await self._app.sip_accounts.list(current_caller(), request.person_id)
        return tel.ListSipAccountsResponse(accounts=accounts)

    async def PutSipAccount(self, request: tel.PutSipAccountRequest, context: Context) -> tel.PutSipAccountResponse:
        account, password = await self._app.sip_accounts.put(current_caller(), request.account)
        return tel.PutSipAccountResponse(account=account, password=password)

    async def ChangeSipPassword(
        self, request: tel.ChangeSipPasswordRequest, context: Context
    ) -> tel.ChangeSipPasswordResponse:
        account, password = await self._app.sip_accounts.change_password(
            current_caller(), request.account_id, request.password
        )
        return tel.ChangeSipPasswordResponse(account=account, password=password)

    async def ActivateLine(self, request: tel.ActivateLineRequest, context: Context) -> tel.ActivateLineResponse:
        account = await self._app.activations.activate(current_caller(), request.account_id)
        return tel.ActivateLineResponse(account=account)

    async def CloseLine(self, request: tel.CloseLineRequest, context: Context) -> tel.CloseLineResponse:
        account = await self._app.activations.close(current_caller(), request.account_id)
        return tel.CloseLineResponse(account=account)

    async def DeleteSipAccount(
        self, request: tel.DeleteSipAccountRequest, context: Context
    ) -> tel.DeleteSipAccountResponse:
        await self._app.sip_accounts.delete(current_caller(), request.account_id)
        return tel.DeleteSipAccountResponse()

    async def BlockSipAccounts(
        self, request: tel.BlockSipAccountsRequest, context: Context
    ) -> tel.BlockSipAccountsResponse:
        ticket = await self._app.incidents.block(current_caller(), list(request.account_ids), request.reason)
        return tel.BlockSipAccountsResponse(ticket=ticket)

    async def ListSecurityTickets(
        self, request: tel.ListSecurityTicketsRequest, context: Context
    ) -> tel.ListSecurityTicketsResponse:
        return tel.ListSecurityTicketsResponse(tickets=await self._app.incidents.tickets(current_caller()))

    async def AddEvidence(self, request: tel.AddEvidenceRequest, context: Context) -> tel.AddEvidenceResponse:
        return tel.AddEvidenceResponse(ticket=await self._app.incidents.add_evidence(current_caller(), request))

    async def GetProvisioning(
        self, request: tel.GetProvisioningRequest, context: Context
    ) -> tel.GetProvisioningResponse:
        return await self._app.provisioning.of(current_caller(), request.account_id, request.language)

    async def ListTrunks(self, request: tel.ListTrunksRequest, context: Context) -> tel.ListTrunksResponse:
        return tel.ListTrunksResponse(trunks=await self._app.lines.trunks(current_caller()))

    async def PutTrunk(self, request: tel.PutTrunkRequest, context: Context) -> tel.PutTrunkResponse:
        trunk = await self._app.lines.put_trunk(current_caller(), request.trunk, request.password)
        return tel.PutTrunkResponse(trunk=trunk)

    async def DeleteTrunk(self, request: tel.DeleteTrunkRequest, context: Context) -> tel.DeleteTrunkResponse:
        await self._app.lines.delete_trunk(current_caller(), request.trunk_id)
        return tel.DeleteTrunkResponse()

    async def GetDialPlan(self, request: tel.GetDialPlanRequest, context: Context) -> tel.GetDialPlanResponse:
        return tel.GetDialPlanResponse(plan=await self._app.lines.plan(current_caller()))

    async def PutDialPlan(self, request: tel.PutDialPlanRequest, context: Context) -> tel.PutDialPlanResponse:
        return tel.PutDialPlanResponse(plan=await self._app.lines.put_plan(current_caller(), request.plan))

    async def ResolveNumber(self, request: tel.ResolveNumberRequest, context: Context) -> tel.ResolveNumberResponse:
        return await self._app.edge.resolve_number(request.e164)

    async def ListEdgeRecords(
        self, request: tel.ListEdgeRecordsRequest, context: Context
    ) -> tel.ListEdgeRecordsResponse:
        return await self._app.edge.records(request.revision, trunks_only=request.trunks_only)

    async def GetDialling(self, request: tel.GetDiallingRequest, context: Context) -> tel.GetDiallingResponse:
        return await self._app.edge.dialling(current_caller(), request)

    async def NoteDevice(self, request: tel.NoteDeviceRequest, context: Context) -> tel.NoteDeviceResponse:
        await self._app.sip_accounts.note_device(current_caller(), request.account_id, request.address, request.port)
        return tel.NoteDeviceResponse()

    async def GetTrunkSecret(self, request: tel.GetTrunkSecretRequest, context: Context) -> tel.GetTrunkSecretResponse:
        trunk, password = await self._app.lines.secret(current_caller(), request.trunk_id)
        return tel.GetTrunkSecretResponse(trunk=trunk, password=password)
