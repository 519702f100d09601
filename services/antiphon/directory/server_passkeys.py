"""gRPC ↔ use cases of passkeys; like `server.py`, for `PasskeyService`."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc

from antiphon.directory.app import App
from antiphon.directory.v1 import passkeys_pb2 as pb
from antiphon.directory.v1 import passkeys_pb2_grpc
from antiphon.kit.tokens import current_caller

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
SERVICE = pb.DESCRIPTOR.services_by_name["PasskeyService"].full_name


def add(server: grpc.aio.Server, app: App) -> None:
    passkeys_pb2_grpc.add_PasskeyServiceServicer_to_server(PasskeyServicer(app), server)


class PasskeyServicer(passkeys_pb2_grpc.PasskeyServiceServicer):
    def __init__(self, app: App) -> None:
        self._passkeys = app.passkeys

    async def ListPasskeys(self, request: pb.ListPasskeysRequest, context: Context) -> pb.ListPasskeysResponse:
        return pb.ListPasskeysResponse(passkeys=await self._passkeys.list(current_caller()))

    async def BeginPasskey(self, request: pb.BeginPasskeyRequest, context: Context) -> pb.BeginPasskeyResponse:
        return pb.BeginPasskeyResponse(options=await self._passkeys.begin(current_caller(), request.password))

    async def AddPasskey(self, request: pb.AddPasskeyRequest, context: Context) -> pb.AddPasskeyResponse:
        return pb.AddPasskeyResponse(passkey=await self._passkeys.add(current_caller(), request))

    async def DeletePasskey(self, request: pb.DeletePasskeyRequest, context: Context) -> pb.DeletePasskeyResponse:
        await self._passkeys.remove(current_caller(), request.passkey_id)
        return pb.DeletePasskeyResponse()

    async def BeginPasskeySignIn(
        self, request: pb.BeginPasskeySignInRequest, context: Context
    ) -> pb.BeginPasskeySignInResponse:
        return pb.BeginPasskeySignInResponse(options=await self._passkeys.begin_sign_in())

    async def FinishPasskeySignIn(
        self, request: pb.FinishPasskeySignInRequest, context: Context
    ) -> pb.FinishPasskeySignInResponse:
        return await self._passkeys.finish_sign_in(request)
