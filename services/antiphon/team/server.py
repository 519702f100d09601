"""gRPC ↔ use cases."""

from __future__ import annotations

from typing import Any

import grpc

from antiphon.kit.tokens import current_caller
from antiphon.team.app.talking import Talking
from antiphon.team.v1 import team_pb2 as pb
from antiphon.team.v1 import team_pb2_grpc

SERVICE = pb.DESCRIPTOR.services_by_name["TeamService"].full_name


class TeamServicer(team_pb2_grpc.TeamServiceServicer):
    """One use case a method."""

    def __init__(self, talking: Talking) -> None:
        self._talking = talking

    async def ListRooms(self, request: pb.ListRoomsRequest, context: Any) -> pb.ListRoomsResponse:
        return pb.ListRoomsResponse(rooms=await self._talking.rooms(current_caller()))

    async def OpenDirect(self, request: pb.OpenDirectRequest, context: Any) -> pb.OpenDirectResponse:
        return pb.OpenDirectResponse(room=await self._talking.direct(current_caller(), request.person_id))

    async def PutRoom(self, request: pb.PutRoomRequest, context: Any) -> pb.PutRoomResponse:
        return pb.PutRoomResponse(room=await self._talking.put(current_caller(), request.room))

    async def LeaveRoom(self, request: pb.LeaveRoomRequest, context: Any) -> pb.LeaveRoomResponse:
        await self._talking.leave(current_caller(), request.room_id)
        return pb.LeaveRoomResponse()

    async def ListLines(self, request: pb.ListLinesRequest, context: Any) -> pb.ListLinesResponse:
        return await self._talking.lines(current_caller(), request)

    async def Say(self, request: pb.SayRequest, context: Any) -> pb.SayResponse:
        return await self._talking.say(current_caller(), request)

    async def MarkRoomRead(self, request: pb.MarkRoomReadRequest, context: Any) -> pb.MarkRoomReadResponse:
        return pb.MarkRoomReadResponse(room=await self._talking.read(current_caller(), request))

    async def SearchLines(self, request: pb.SearchLinesRequest, context: Any) -> pb.SearchLinesResponse:
        return pb.SearchLinesResponse(lines=await self._talking.search(current_caller(), request.words))


def add(server: grpc.aio.Server, servicer: TeamServicer) -> None:
    team_pb2_grpc.add_TeamServiceServicer_to_server(servicer, server)
