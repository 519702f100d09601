"""The live board: computed at most once a second per tenant that somebody looks at, and told only when it changed."""

from __future__ import annotations

import asyncio

from antiphon.acd.v1 import acd_pb2, acd_pb2_grpc
from antiphon.inbox import wire
from antiphon.inbox.domain import visibility
from antiphon.inbox.realtime.ephemera import ephemeral_text
from antiphon.inbox.realtime.rooms import Room, Rooms
from antiphon.kit import grpc_client, logs
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers

_BEAT = 1.0
_AT_LEAST = 10.0
"""Asked again after so long even when no fact said that something changed."""
log = logs.get("inbox.board")


class Boards:
    """The boards of this process's rooms."""

    def __init__(self, rooms: Rooms, peers: Peers) -> None:
        self._rooms = rooms
        self._peers = peers
        self._acd = acd_pb2_grpc.AcdServiceStub(peers.channel("acd"))

    async def run(self) -> None:
        """Beats until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_BEAT)
            due = [room for room in self._rooms.all() if _is_due(room, loop.time())]
            await asyncio.gather(*(self._refresh(room) for room in due))

    async def _refresh(self, room: Room) -> None:
        room.is_board_stale = False
        try:
            answer = await grpc_client.ask(
                self._acd.GetBoard, acd_pb2.GetBoardRequest(), self._peers.own(room.tenant), within=2.0
            )
        except DomainError as error:
            room.is_board_stale = True
            log.warning("board not known", tenant=room.tenant, reason=error.reason.name)
            return
        room.board_at = asyncio.get_running_loop().time()
        board = wire.render(answer)
        if board != room.board:
            room.board = board
            _tell(room)


def _is_due(room: Room, now: float) -> bool:
    return any("board" in socket.topics for socket in room.sockets) and (
        room.is_board_stale or now - room.board_at > _AT_LEAST
    )


def _tell(room: Room) -> None:
    """Encoded once for each set of projects."""
    texts: dict[tuple[str, ...], str] = {}
    board = room.board or {"queues": [], "agents": []}
    for socket in room.sockets:
        viewer = socket.viewer
        if "board" not in socket.topics or viewer is None:
            continue
        if viewer.projects not in texts:
            shown = visibility.shown_board(viewer, board["queues"], board["agents"])
            texts[viewer.projects] = ephemeral_text({"type": "board", "board": shown})
        socket.ephemeral("board", texts[viewer.projects])
