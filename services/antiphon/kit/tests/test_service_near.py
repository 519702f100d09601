"""A question to the next room gets what it gets over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from antiphon.directory.v1.directory_pb2 import GetPersonRequest, GetPersonResponse, Person
from antiphon.directory.v1.directory_pb2_grpc import (
    DirectoryServiceServicer,
    DirectoryServiceStub,
    add_DirectoryServiceServicer_to_server,
)
from antiphon.kit.errors import Common, DomainError, Kind, Reason, Told
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.near import Neighbours
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running, token_for
from antiphon.kit.tokens import Caller, current_caller

pytestmark = pytest.mark.service


class Odd(Reason):
    """A reason that the client does not know."""

    ODD_ONE = (Kind.CONFLICT, "It is odd.")


class People(DirectoryServiceServicer):
    """Answers by the id that is asked for."""

    kept = Person(id="pe_kept", name="Anna")

    async def GetPerson(self, request: GetPersonRequest, context: Any) -> GetPersonResponse:  # noqa: N802 - the proto's name
        match request.person_id:
            case "odd":
                raise DomainError(Odd.ODD_ONE, retry=True, number=3)
            case "broken":
                raise ValueError("a bug")
            case "slow":
                await asyncio.Event().wait()
        request.person_id = "changed by who was asked"
        assert current_caller().tenant == "t1"
        answer = GetPersonResponse()
        answer.person.CopyFrom(self.kept)
        return answer


@asynccontextmanager
async def asked(platforms: dict[str, Platform], neighbours: Neighbours | None) -> AsyncIterator[tuple[Any, Runtime]]:
    async def serve(rt: Runtime) -> None:
        rt._neighbours = neighbours
        add = add_DirectoryServiceServicer_to_server
        people = People()  # type: ignore[abstract]  # the others are not asked
        await rt.grpc(lambda server: add(people, server), "antiphon.directory.v1.DirectoryService")
        await rt.until_stopped()

    async with running({"directory": serve}, platforms):
        asker = Runtime("media", platforms["media"], neighbours=neighbours)
        try:
            yield DirectoryServiceStub(asker.peers.channel("directory")), asker
        finally:
            await asker.peers.close()


@pytest.mark.parametrize("near", [False, True])
async def test_answers_and_refusals_are_the_same_next_door(platforms: dict[str, Platform], near: bool) -> None:
    neighbours = Neighbours() if near else None
    async with asked(platforms, neighbours) as (stub, asker):
        own = asker.peers.own("t1")

        async def refused(person_id: str, headers: list[tuple[str, str]], within: float = 5.0) -> DomainError:
            with pytest.raises(DomainError) as refusal:
                await ask(stub.GetPerson, GetPersonRequest(person_id=person_id), headers, within=within)
            return refusal.value

        request = GetPersonRequest(person_id="pe_kept")
        answer = await ask(stub.GetPerson, request, own)
        assert (answer.person, request.person_id) == (People.kept, "pe_kept")
        answer.person.name = "another"
        assert People.kept.name == "Anna", "nobody shares an object with another service"
        odd = await refused("odd", own)
        assert (odd.reason, odd.message, odd.retry) == (Told("ODD_ONE", Kind.CONFLICT), "It is odd.", True)
        assert odd.facts == {"number": "3"}
        assert (await refused("broken", own)).reason is Common.INTERNAL
        assert (await refused("slow", own, 0.05)).reason is Common.TIMEOUT
        assert (await refused("pe_kept", [])).reason is Common.UNAUTHENTICATED
        assert (await refused("pe_kept", metadata("nonsense"))).reason is Common.UNAUTHENTICATED
        nobody = metadata(token_for(platforms["directory"], Caller("t1", "person:pe_1")))
        assert (await refused("pe_kept", nobody)).reason is Common.DENIED


async def test_who_has_stopped_is_away_next_door_too(platforms: dict[str, Platform]) -> None:
    neighbours = Neighbours()
    async with asked(platforms, neighbours) as (stub, asker):
        await ask(stub.GetPerson, GetPersonRequest(person_id="pe_kept"), asker.peers.own("t1"))
        address = platforms["media"].address_of("directory")
        assert neighbours.at(address) is not None
    assert neighbours.at(address) is None
