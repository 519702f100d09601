"""The domain's words ↔ the contract's."""

from __future__ import annotations

from typing import cast

from antiphon.kit.protos import timestamp
from antiphon.team.domain.room import Line, Room
from antiphon.team.v1 import team_pb2 as pb


def line(it: Line) -> pb.Line:
    return pb.Line(
        room_id=it.room, seq=it.seq, client_id=it.client_id, author_id=it.author, text=it.text, mentions=it.mentions,
        at=timestamp(it.at),
    )  # fmt: skip


def room(it: Room) -> pb.Room:
    return pb.Room(
        id=it.id, rev=it.rev, kind=cast("pb.RoomKind.ValueType", int(it.kind)), name=it.name, person_ids=it.people,
        group_id=it.group, last_seq=it.last_seq, last_line=line(it.last) if it.last else None, read=it.read,
        mentioned=it.mentioned, active_at=timestamp(it.active_at),
    )  # fmt: skip
