"""gRPC ↔ use cases of privacy; like `server.py`, for `PrivacyService`."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc

from antiphon.directory.app import App
from antiphon.directory.domain.consent import Consent
from antiphon.directory.v1 import privacy_pb2 as pb
from antiphon.directory.v1 import privacy_pb2_grpc
from antiphon.kit.protos import timestamp
from antiphon.kit.tokens import current_caller

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
SERVICE = pb.DESCRIPTOR.services_by_name["PrivacyService"].full_name


def add(server: grpc.aio.Server, app: App) -> None:
    privacy_pb2_grpc.add_PrivacyServiceServicer_to_server(PrivacyServicer(app), server)


class PrivacyServicer(privacy_pb2_grpc.PrivacyServiceServicer):
    def __init__(self, app: App) -> None:
        self._privacy = app.privacy

    async def EraseContact(self, request: pb.EraseContactRequest, context: Context) -> pb.EraseContactResponse:
        erasure = await self._privacy.erase(current_caller(), request.contact_id, request.reason)
        return pb.EraseContactResponse(erasure=erasure)

    async def ListErasures(self, request: pb.ListErasuresRequest, context: Context) -> pb.ListErasuresResponse:
        return pb.ListErasuresResponse(erasures=await self._privacy.erasures(current_caller(), request.limit))

    async def NextErasure(self, request: pb.NextErasureRequest, context: Context) -> pb.NextErasureResponse:
        return await self._privacy.next_for(current_caller())

    async def ReportErasure(self, request: pb.ReportErasureRequest, context: Context) -> pb.ReportErasureResponse:
        await self._privacy.report(current_caller(), request.erasure_id, dict(request.counts))
        return pb.ReportErasureResponse()

    async def ListConsents(self, request: pb.ListConsentsRequest, context: Context) -> pb.ListConsentsResponse:
        found = await self._privacy.consents(current_caller(), request.contact_id)
        return pb.ListConsentsResponse(consents=[_consent(one) for one in found])

    async def GiveConsent(self, request: pb.GiveConsentRequest, context: Context) -> pb.GiveConsentResponse:
        return pb.GiveConsentResponse(consent=_consent(await self._privacy.give(current_caller(), request)))

    async def WithdrawConsent(self, request: pb.WithdrawConsentRequest, context: Context) -> pb.WithdrawConsentResponse:
        return pb.WithdrawConsentResponse(erasure=await self._privacy.withdraw(current_caller(), request))

    async def MayAddress(self, request: pb.MayAddressRequest, context: Context) -> pb.MayAddressResponse:
        may, why = await self._privacy.may(current_caller(), request.contact_id, request.purpose)
        return pb.MayAddressResponse(may=may, why=why)

    async def GetRetention(self, request: pb.GetRetentionRequest, context: Context) -> pb.GetRetentionResponse:
        return pb.GetRetentionResponse(retention=await self._privacy.retention(current_caller()))

    async def PutRetention(self, request: pb.PutRetentionRequest, context: Context) -> pb.PutRetentionResponse:
        kept = await self._privacy.put_retention(current_caller(), request.retention)
        return pb.PutRetentionResponse(retention=kept)

    async def ListRetentions(self, request: pb.ListRetentionsRequest, context: Context) -> pb.ListRetentionsResponse:
        return pb.ListRetentionsResponse(retentions=await self._privacy.retentions())


def _consent(one: Consent) -> pb.Consent:
    return pb.Consent(
        id=one.id, contact_id=one.contact_id, purpose=int(one.purpose),  # type: ignore[arg-type]
        given_at=timestamp(one.given_at), until=timestamp(one.until), source=one.source,
        withdrawn_at=timestamp(one.withdrawn_at), author=one.author,
    )  # fmt: skip
