"""gRPC ↔ use cases of the built-in CRM; like `server.py`, for `CrmService`."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc

from antiphon.directory.app import App
from antiphon.directory.v1 import crm_pb2 as pb
from antiphon.directory.v1 import crm_pb2_grpc
from antiphon.kit.tokens import current_caller

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
SERVICE = pb.DESCRIPTOR.services_by_name["CrmService"].full_name


def add(server: grpc.aio.Server, app: App) -> None:
    crm_pb2_grpc.add_CrmServiceServicer_to_server(CrmServicer(app), server)


class CrmServicer(crm_pb2_grpc.CrmServiceServicer):
    def __init__(self, app: App) -> None:
        self._app = app

    async def MergeContacts(self, request: pb.MergeContactsRequest, context: Context) -> pb.MergeContactsResponse:
        family = await self._app.customers.merge(current_caller(), request)
        return pb.MergeContactsResponse(contact=family.top, members=family.members, whole=family.whole)

    async def UnmergeContact(self, request: pb.UnmergeContactRequest, context: Context) -> pb.UnmergeContactResponse:
        family = await self._app.customers.part(current_caller(), request.contact_id)
        return pb.UnmergeContactResponse(contact=family.top, members=family.members, whole=family.whole)

    async def ListMergeSuggestions(
        self, request: pb.ListMergeSuggestionsRequest, context: Context
    ) -> pb.ListMergeSuggestionsResponse:
        found = await self._app.customers.suggestions(current_caller(), request.contact_id, request.limit)
        return pb.ListMergeSuggestionsResponse(suggestions=found)

    async def DismissMergeSuggestion(
        self, request: pb.DismissMergeSuggestionRequest, context: Context
    ) -> pb.DismissMergeSuggestionResponse:
        await self._app.customers.dismiss(current_caller(), request.contact_id, request.other_id)
        return pb.DismissMergeSuggestionResponse()

    async def MatchContacts(self, request: pb.MatchContactsRequest, context: Context) -> pb.MatchContactsResponse:
        found = await self._app.customers.match(current_caller(), request.phone, request.email)
        return pb.MatchContactsResponse(contacts=found)

    async def GetFamily(self, request: pb.GetFamilyRequest, context: Context) -> pb.GetFamilyResponse:
        family = await self._app.customers.of(current_caller(), request.contact_id)
        return pb.GetFamilyResponse(contact_ids=family.ids)

    async def GetContactFields(
        self, request: pb.GetContactFieldsRequest, context: Context
    ) -> pb.GetContactFieldsResponse:
        fields, rev = await self._app.cards.fields(current_caller())
        return pb.GetContactFieldsResponse(fields=fields, rev=rev)

    async def PutContactFields(
        self, request: pb.PutContactFieldsRequest, context: Context
    ) -> pb.PutContactFieldsResponse:
        fields, rev = await self._app.cards.put_fields(current_caller(), request)
        return pb.PutContactFieldsResponse(fields=fields, rev=rev)

    async def ListContactNotes(
        self, request: pb.ListContactNotesRequest, context: Context
    ) -> pb.ListContactNotesResponse:
        notes, following = await self._app.cards.notes(
            current_caller(), request.contact_id, request.limit, request.after
        )
        return pb.ListContactNotesResponse(notes=notes, next=following)

    async def SearchContactNotes(
        self, request: pb.SearchContactNotesRequest, context: Context
    ) -> pb.SearchContactNotesResponse:
        return await self._app.cards.search(current_caller(), request)

    async def PutContactNote(self, request: pb.PutContactNoteRequest, context: Context) -> pb.PutContactNoteResponse:
        return pb.PutContactNoteResponse(note=await self._app.cards.put_note(current_caller(), request.note))

    async def DeleteContactNote(
        self, request: pb.DeleteContactNoteRequest, context: Context
    ) -> pb.DeleteContactNoteResponse:
        await self._app.cards.delete_note(current_caller(), request.note_id)
        return pb.DeleteContactNoteResponse()
