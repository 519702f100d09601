"""Team as a service: real Mongo and NATS, real gRPC, a real directory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from antiphon.directory.__main__ import serve as serve_directory
from antiphon.directory.v1 import directory_pb2, identity_pb2
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running, token_for
from antiphon.kit.tokens import Caller
from antiphon.team.__main__ import serve
from antiphon.team.v1 import events_pb2
from antiphon.team.v1 import team_pb2 as pb
from antiphon.team.v1.team_pb2_grpc import TeamServiceStub

pytestmark = pytest.mark.service

RIGHTS = frozenset({"directory.read"})


class Company:
    """A tenant of four: Ann signed it up, and invited Bob, Eve and Zoe."""

    def __init__(self, rt: Runtime, platforms: dict[str, Platform]) -> None:
        self.rt, self._platforms = rt, platforms
        self._stub = TeamServiceStub(rt.peers.channel("team"))
        self.directory = DirectoryServiceStub(rt.peers.channel("directory"))
        self.tenant = ""
        self.people: dict[str, str] = {}

    async def begin(self, name: str) -> None:
        identity = IdentityServiceStub(self.rt.peers.channel("directory"))
        asked = identity_pb2.SignUpRequest(
            company=name, name="Ann", email=f"ann@{name}.example", password="A long pass phrase 1!", time_zone="UTC"
        )
        found = await ask(identity.SignUp, asked, [])
        self.tenant, self.people["ann"] = found.tenant.id, found.person.id
        for person in ("bob", "eve", "zoe"):
            card = directory_pb2.Person(name=person, email=f"{person}@{name}.example", roles=[directory_pb2.ROLE_AGENT])
            request = directory_pb2.PutPersonRequest(person=card, password="A long pass phrase 1!")
            made = await ask(self.directory.PutPerson, request, self.rt.peers.own(self.tenant))
            self.people[person] = made.person.id

    async def ask(self, who: str, name: str, request: Any) -> Any:
        caller = Caller(self.tenant, f"person:{self.people.get(who, who)}", RIGHTS)
        return await ask(getattr(self._stub, name), request, metadata(token_for(self._platforms["directory"], caller)))

    async def refused(self, who: str, name: str, request: Any) -> str:
        with pytest.raises(DomainError) as refused:
            await self.ask(who, name, request)
        return refused.value.reason.name

    async def say(self, who: str, room: str, text: str, key: str, mentions: tuple[str, ...] = ()) -> pb.SayResponse:
        request = pb.SayRequest(room_id=room, client_id=key, text=text, mentions=[self.people[one] for one in mentions])
        said: pb.SayResponse = await self.ask(who, "Say", request)
        return said

    async def group(self, group: directory_pb2.Group) -> directory_pb2.Group:
        own = self.rt.peers.own(self.tenant)
        put = await ask(self.directory.PutGroup, directory_pb2.PutGroupRequest(group=group), own)
        return directory_pb2.Group.FromString(put.group.SerializeToString())


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def rt(platforms: dict[str, Platform]) -> AsyncIterator[Runtime]:
    async with running({"directory": serve_directory, "team": serve}, platforms) as runtimes:
        yield runtimes["team"]


@pytest_asyncio.fixture(loop_scope="session")
async def company(rt: Runtime, platforms: dict[str, Platform], request: pytest.FixtureRequest) -> Company:
    made = Company(rt, platforms)
    await made.begin(request.node.name.replace("_", "-")[:30])
    return made


async def test_two_talk_and_nobody_else_hears(company: Company) -> None:
    opened = await company.ask("ann", "OpenDirect", pb.OpenDirectRequest(person_id=company.people["bob"]))
    again = await company.ask("bob", "OpenDirect", pb.OpenDirectRequest(person_id=company.people["ann"]))
    assert opened.room.id == again.room.id
    first = await company.say("ann", opened.room.id, "Ёлка at six", "k1", ("bob",))
    repeated = await company.say("ann", opened.room.id, "Ёлка at six", "k1", ("bob",))
    assert (first.line.seq, repeated.line.seq) == (1, 1)
    room = (await company.ask("bob", "ListRooms", pb.ListRoomsRequest())).rooms[0]
    assert (room.last_seq, room.mentioned[company.people["bob"]], company.people["bob"] in room.read) == (1, 1, False)
    read = await company.ask("bob", "MarkRoomRead", pb.MarkRoomReadRequest(room_id=room.id, seq=1))
    assert read.room.read[company.people["bob"]] == 1
    found = await company.ask("bob", "SearchLines", pb.SearchLinesRequest(words="елка"))
    assert [line.text for line in found.lines] == ["Ёлка at six"]
    assert await company.refused("eve", "ListLines", pb.ListLinesRequest(room_id=room.id)) == "NOT_FOUND"
    assert await company.refused("eve", "Say", pb.SayRequest(room_id=room.id, client_id="x", text="hi")) == "NOT_FOUND"
    assert (await company.ask("eve", "SearchLines", pb.SearchLinesRequest(words="елка"))).lines == []
    assert (await company.ask("eve", "ListRooms", pb.ListRoomsRequest())).rooms == []


async def test_a_room_of_some_is_made_changed_and_left(company: Company) -> None:
    asked = pb.PutRoomRequest(room=pb.Room(name="Shift", person_ids=[company.people["bob"]]))
    room = (await company.ask("ann", "PutRoom", asked)).room
    await company.say("bob", room.id, "here", "k1")
    wanted = pb.Room(id=room.id, rev=room.rev, name="Night shift", person_ids=[company.people["eve"]])
    assert await company.refused("ann", "PutRoom", pb.PutRoomRequest(room=wanted)) == "STALE"
    wanted.rev += 1
    changed = (await company.ask("ann", "PutRoom", pb.PutRoomRequest(room=wanted))).room
    assert (changed.name, set(changed.person_ids)) == ("Night shift", {company.people["ann"], company.people["eve"]})
    assert await company.refused("bob", "ListLines", pb.ListLinesRequest(room_id=room.id)) == "NOT_FOUND"
    for _ in range(2):
        await company.ask("eve", "LeaveRoom", pb.LeaveRoomRequest(room_id=room.id))
    assert (await company.ask("eve", "ListRooms", pb.ListRoomsRequest())).rooms == []
    stranger = pb.PutRoomRequest(room=pb.Room(name="X", person_ids=["pe_nobody"]))
    assert await company.refused("ann", "PutRoom", stranger) == "NOT_FOUND"
    assert await company.refused("ann", "PutRoom", pb.PutRoomRequest(room=pb.Room(name=" "))) == "INVALID"


async def test_a_groups_room_follows_the_group(company: Company) -> None:
    members = [company.people["ann"], company.people["bob"]]
    group = await company.group(directory_pb2.Group(name="First line", person_ids=members))
    asked = pb.PutRoomRequest(room=pb.Room(group_id=group.id))
    assert await company.refused("eve", "PutRoom", asked) == "NOT_FOUND"
    room = (await company.ask("ann", "PutRoom", asked)).room
    assert (await company.ask("bob", "PutRoom", asked)).room.id == room.id
    group.person_ids[:] = [company.people["bob"], company.people["eve"]]
    group.name = "Second line"
    await company.group(group)

    async def followed() -> bool:
        rooms = (await company.ask("eve", "ListRooms", pb.ListRoomsRequest())).rooms
        return [one.name for one in rooms] == ["Second line"]

    await eventually(followed)
    assert (await company.ask("ann", "ListRooms", pb.ListRoomsRequest())).rooms == []
    assert await company.refused("bob", "LeaveRoom", pb.LeaveRoomRequest(room_id=room.id)) == "INVALID"


async def test_every_line_is_told_in_order_and_pages_go_back(company: Company) -> None:
    bus = await company.rt.bus()
    after = await bus.last_sequence()
    opened = await company.ask("ann", "OpenDirect", pb.OpenDirectRequest(person_id=company.people["zoe"]))
    for number in range(5):
        await company.say(("ann", "zoe")[number % 2], opened.room.id, f"line {number}", f"k{number}")
    told = []
    async for fact in bus.follow(company.tenant, after, [events_pb2.LineSaid]):
        told.append((fact.event.line.text, fact.event.room.last_seq))
        if len(told) == 5:
            break
    assert told == [(f"line {number}", number + 1) for number in range(5)]
    page = await company.ask("zoe", "ListLines", pb.ListLinesRequest(room_id=opened.room.id, limit=2))
    assert ([line.seq for line in page.lines], page.more) == ([5, 4], True)
    rest = await company.ask("zoe", "ListLines", pb.ListLinesRequest(room_id=opened.room.id, before=4))
    assert ([line.seq for line in rest.lines], rest.more) == ([3, 2, 1], False)
