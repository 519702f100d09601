"""gRPC ↔ use cases of the company's own sign-in; like `server.py`, for `SignOnService`."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc

from antiphon.directory.app import App
from antiphon.directory.v1 import signon_pb2 as pb
from antiphon.directory.v1 import signon_pb2_grpc
from antiphon.kit.tokens import current_caller

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
SERVICE = pb.DESCRIPTOR.services_by_name["SignOnService"].full_name


def add(server: grpc.aio.Server, app: App) -> None:
    signon_pb2_grpc.add_SignOnServiceServicer_to_server(SignOnServicer(app), server)


class SignOnServicer(signon_pb2_grpc.SignOnServiceServicer):
    def __init__(self, app: App) -> None:
        self._app = app

    async def GetSignOn(self, request: pb.GetSignOnRequest, context: Context) -> pb.GetSignOnResponse:
        return pb.GetSignOnResponse(sign_on=await self._app.sign_on.get(current_caller()))

    async def PutSignOn(self, request: pb.PutSignOnRequest, context: Context) -> pb.PutSignOnResponse:
        return pb.PutSignOnResponse(sign_on=await self._app.sign_on.put(current_caller(), request))

    async def BeginSignOn(self, request: pb.BeginSignOnRequest, context: Context) -> pb.BeginSignOnResponse:
        return await self._app.sign_on_door.begin(request.word)

    async def FinishSignOn(self, request: pb.FinishSignOnRequest, context: Context) -> pb.FinishSignOnResponse:
        return await self._app.sign_on_door.finish(request)

    async def EndSignOn(self, request: pb.EndSignOnRequest, context: Context) -> pb.EndSignOnResponse:
        return pb.EndSignOnResponse(ended=await self._app.sign_on_leaving.end(request.logout_token))
