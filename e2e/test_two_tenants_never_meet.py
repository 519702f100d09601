"""Every gRPC method of every service, called by strangers: without a token, with a forged one, with one that has no
rights, and by the owner of another company who knows all our ids. Nothing of ours comes back and nothing changes.

The REST routes are walked the same way by `inbox/tests`. A method added later is walked without a line here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message

from antiphon.acd.v1 import acd_pb2
from antiphon.billing.v1 import billing_pb2
from antiphon.channels.v1 import channels_pb2
from antiphon.common.v1 import options_pb2
from antiphon.dialer.v1 import dialer_pb2
from antiphon.directory.v1 import (
    crm_pb2,
    directory_pb2,
    identity_pb2,
    passkeys_pb2,
    privacy_pb2,
    signon_pb2,
    support_pb2,
    telephony_pb2,
)
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.directory.v1.telephony_pb2_grpc import TelephonyServiceStub
from antiphon.insight.v1 import insight_pb2, quality_pb2
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers, ask, metadata, stream, to_domain
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running, token_for
from antiphon.kit.tokens import Caller, Signer, new_private_key
from antiphon.media.v1 import media_pb2
from antiphon.routing.v1 import routing_pb2
from antiphon.up.demo_tenant import Making
from antiphon.up.host import BEFORE_PEOPLE, load
from antiphon.up.settings import Settings
from antiphon.wfm.v1 import wfm_pb2

pytestmark = pytest.mark.e2e

FILES = (
    directory_pb2, identity_pb2, telephony_pb2, routing_pb2, acd_pb2, channels_pb2, media_pb2, billing_pb2, wfm_pb2,
    dialer_pb2, crm_pb2, privacy_pb2, passkeys_pb2, signon_pb2, support_pb2, insight_pb2, quality_pb2,
)  # fmt: skip


def methods() -> Iterator[MethodDescriptor]:
    for file in FILES:
        for service in file.DESCRIPTOR.services_by_name.values():
            yield from service.methods


def requires(method: MethodDescriptor) -> str:
    return str(method.GetOptions().Extensions[options_pb2.requires])


METHODS = list(methods())
CHANGING = {"ListAudit", "GetProvisioning", "GetAccount", "ListEntries", "GetSpending", "ListNotices"}
"""What answers differently by itself: the log grows, credentials of devices are made up, fees accrue by the clock."""

FILTERS = {"GetQualityReport"}
"""What names things only to leave others out: a stranger's answer has none of them."""

GUARDED = [method for method in METHODS if requires(method) != "public"]


@dataclass
class World:
    """Two companies on running services."""

    peers: Peers
    platforms: dict[str, Platform]
    ours: dict[str, str]
    """Ids of our company, by the name of the field that would carry them."""
    secrets: frozenset[str]
    """What must never be in an answer to a stranger."""
    our_owner: str
    their_owner: str

    async def call(self, method: MethodDescriptor, request: Message, token: str) -> str:
        """The answer as text; raises DomainError."""
        full_name = method.containing_service.full_name
        channel = self.peers.channel(full_name.split(".")[1])
        path = f"/{full_name}/{method.name}"
        answer = message_factory.GetMessageClass(method.output_type)
        make = {
            (False, False): channel.unary_unary,
            (False, True): channel.unary_stream,
            (True, False): channel.stream_unary,
        }[method.client_streaming, method.server_streaming]
        stub: Any = make(
            path, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString
        )
        if method.server_streaming:
            return " ".join([MessageToJson(part) async for part in stream(stub, request, metadata(token), within=30)])
        if method.client_streaming:
            try:
                return MessageToJson(await stub(iter([request]), timeout=30, metadata=metadata(token)))
            except grpc.aio.AioRpcError as error:
                raise to_domain(error) from None
        return MessageToJson(await ask(stub, request, metadata(token), within=30))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ANTIPHON_MEDIA_ENABLED", "false")  # its contract is walked, no call is made
        async with _world(platforms, tmp_path_factory.mktemp("demo")) as world:
            yield world


@asynccontextmanager
async def _world(platforms: dict[str, Platform], directory: Path) -> AsyncIterator[World]:
    async with running({name: load(name) for name in BEFORE_PEOPLE}, platforms) as runtimes:
        peers = runtimes["channels"].peers
        making = Making(peers, Settings(directory=directory))
        tenant = await making.make()
        our_owner = dict(making.headers)["authorization"].removeprefix("Bearer ")
        ours = await _ids(peers, making)
        yield World(
            peers,
            platforms,
            ours,
            frozenset({tenant.tenant, *ours.values(), "Оксана", "Клімат-центр"}) - {""},
            our_owner,
            await _other_company(runtimes["channels"]),
        )


async def _ids(peers: Peers, making: Making) -> dict[str, str]:
    made = making.made
    resolve = directory_pb2.ResolveIdentityRequest(
        identity=directory_pb2.Identity(channel="phone", value="+380441234567"), name="Оксана Шевченко"
    )
    contact = (await ask(making.directory.ResolveIdentity, resolve, peers.own(made.tenant))).contact
    scheme = (await ask(making.routing.ListSchemes, routing_pb2.ListSchemesRequest(), making.headers)).schemes[0]
    calendar = (await ask(making.routing.ListCalendars, routing_pb2.ListCalendarsRequest(), making.headers)).calendars[
        0
    ]
    group = (await ask(making.directory.ListGroups, directory_pb2.ListGroupsRequest(), making.headers)).groups[0]
    queue_id = made.queues["Сервіс"]
    item = acd_pb2.EnqueueRequest(item_id="wi_walk", queue_id=queue_id, channel="webchat", contact_id=contact.id)
    await ask(making.acd.Enqueue, item, peers.own(made.tenant))
    telephony = TelephonyServiceStub(peers.channel("directory"))
    phones = await ask(telephony.ListSipAccounts, telephony_pb2.ListSipAccountsRequest(), making.headers)
    trunks = await ask(telephony.ListTrunks, telephony_pb2.ListTrunksRequest(), making.headers)
    person = next(person for person in made.people if person.role == "agent")
    return {
        "person_id": person.id,
        "agent_id": person.id,
        "contact_id": contact.id,
        "scheme_id": scheme.id,
        "calendar_id": calendar.id,
        "group_id": group.id,
        "queue_id": queue_id,
        "channel_id": made.channel_id,
        "address": made.channel_id,
        "item_id": "wi_walk",
        "account_id": phones.accounts[0].id,
        "trunk_id": trunks.trunks[0].id,
        "id": person.id,
    }


async def _other_company(rt: Runtime) -> str:
    doors = IdentityServiceStub(rt.peers.channel("directory"))
    asked = identity_pb2.SignUpRequest(
        company="Strangers", name="Eve", email="eve@strangers.example", password="Correct-Horse-7-Lamp", language="en",
        time_zone="Europe/London",
    )  # fmt: skip
    session = (await ask(doors.SignUp, asked, [])).session
    token: str = (await ask(doors.IssueToken, identity_pb2.IssueTokenRequest(session=session), [])).token
    return token


def filled(method: MethodDescriptor, ours: dict[str, str]) -> Message:
    """A request that names our things wherever it can name anything."""
    request = message_factory.GetMessageClass(method.input_type)()
    _fill(request, ours, depth=0)
    return request


def _fill(message: Message, ours: dict[str, str], depth: int) -> None:
    for field in message.DESCRIPTOR.fields:
        if field.is_repeated or (field.containing_oneof is not None and field.containing_oneof.fields[0] is not field):
            continue
        if field.type == FieldDescriptor.TYPE_STRING and field.name in ours:
            setattr(message, field.name, ours[field.name])
        elif field.message_type is not None and depth < 3 and not field.message_type.full_name.startswith("google."):
            child = getattr(message, field.name)
            child.SetInParent()
            _fill(child, ours, depth + 1)


async def refusal(world: World, method: MethodDescriptor, token: str) -> str:
    try:
        return f"answered {await world.call(method, filled(method, world.ours), token)}"
    except DomainError as error:
        return error.reason.name


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_every_method_says_who_may_call_it(method: MethodDescriptor) -> None:
    assert requires(method)


@pytest.mark.clause("L10")
async def test_nobody_without_a_good_token_gets_in(world: World) -> None:
    forger = Signer("directory", new_private_key())
    impostor = Signer("routing", world.platforms["routing"].token_key.get_secret_value())
    owner = Caller("tn_x", "person:pe_x", frozenset(filter(None, map(requires, GUARDED))))
    for method in GUARDED:
        for token in ("", "nonsense", forger.sign(owner), impostor.sign(owner)):
            assert await refusal(world, method, token) == "UNAUTHENTICATED", method.full_name


@pytest.mark.clause("L10")
async def test_a_person_without_rights_is_denied(world: World) -> None:
    nobody = token_for(world.platforms["directory"], Caller("tn_x", "person:pe_x"))
    for method in GUARDED:
        if requires(method) != "person":
            assert await refusal(world, method, nobody) == "DENIED", method.full_name


@pytest.mark.clause("L10")
async def test_another_owner_who_knows_all_our_ids_gets_and_changes_nothing(world: World) -> None:
    reads = [method for method in GUARDED if method.name.startswith(("Get", "List")) and method.name not in CHANGING]
    before = [await refusal(world, method, world.our_owner) for method in reads]
    for method in GUARDED:
        answer = await refusal(world, method, world.their_owner)
        leaked = [secret for secret in world.secrets if secret in answer and not answer.startswith("answered {}")]
        echoed = filled(method, world.ours)
        leaked = [secret for secret in leaked if secret not in MessageToJson(echoed)]
        assert not leaked, method.full_name
        names_something = (
            method.name.startswith("Get") and bool(method.input_type.fields) and method.name not in FILTERS
        )
        if names_something and requires(method) not in ("person", "work.take", "work.watch"):
            assert not answer.startswith("answered"), method.full_name
    after = [await refusal(world, method, world.our_owner) for method in reads]
    assert after == before
