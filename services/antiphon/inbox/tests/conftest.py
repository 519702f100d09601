"""The world around the edge: real directory, ACD and routing, and channels or a small stand-in for it."""

from __future__ import annotations

import functools
import itertools
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf.message import Message
from pydantic import SecretStr

from antiphon.acd.__main__ import serve as serve_acd
from antiphon.billing.__main__ import serve as serve_billing
from antiphon.channels.__main__ import serve as serve_channels
from antiphon.dialer.__main__ import serve as serve_dialer
from antiphon.directory.__main__ import serve as serve_directory
from antiphon.directory.settings import Settings as DirectorySettings
from antiphon.directory.v1 import directory_pb2, directory_pb2_grpc, identity_pb2, identity_pb2_grpc
from antiphon.inbox.__main__ import serve as serve_inbox
from antiphon.inbox.settings import Settings
from antiphon.inbox.tests.browser import Browser
from antiphon.inbox.tests.stand_in import Channels, Media
from antiphon.insight.__main__ import serve as serve_insight
from antiphon.kit import procs
from antiphon.kit.bus import Bus
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.service import Runtime, Serve
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running, token_for
from antiphon.kit.tokens import Caller, new_private_key
from antiphon.media.__main__ import serve as serve_voice
from antiphon.media.settings import Settings as MediaSettings
from antiphon.routing.__main__ import serve as serve_routing
from antiphon.team.__main__ import serve as serve_team
from antiphon.wfm.__main__ import serve as serve_wfm

RIGHTS = {
    "agent": "directory.read contacts.read conversations.read conversations.write work.take",
    "supervisor": "directory.read contacts.read conversations.read conversations.write work.take work.watch",
}
_numbers = itertools.count(1)


@dataclass
class Company:
    """A tenant with people, by first name."""

    world: World
    tenant: str
    ids: dict[str, str]
    roles: dict[str, str]
    owner: str = ""

    def token(self, name: str, session: str = "") -> str:
        return self.world.token(self.tenant, self.ids[name], self.roles[name], session)

    def browser(self, port: int, name: str, session: str = "", subs: list[str] | None = None) -> Browser:
        return Browser([port], self.token(name, session), subs)

    async def tell(self, event: Message, key: str = "k") -> int:
        """Puts a fact of this tenant on the bus."""
        return await self.world.tell(event, self.tenant, key)


@dataclass
class World:
    """What tests ask."""

    platforms: dict[str, Platform]
    runtimes: dict[str, Runtime]
    channels: Channels
    bus: Bus
    dist: Path
    media: Media
    settings: dict[str, Any] = field(default_factory=dict)

    def token(self, tenant: str, person: str, role: str = "agent", session: str = "", **changes: Any) -> str:
        """An access token as directory would sign it."""
        rights = frozenset(RIGHTS[role].split())
        caller = Caller(tenant, f"person:{person}", rights, session=session, **changes)
        return token_for(self.platforms["directory"], caller)

    @asynccontextmanager
    async def inbox(self, **changes: Any) -> AsyncIterator[tuple[int, Runtime]]:
        """One replica for the length of the block; yields its port."""
        port = procs.free_port()
        kept = {"port": port, "web_dist": self.dist, "public_url": f"http://127.0.0.1:{port}", **self.settings}
        settings = Settings(**{**kept, **changes})
        async with running({"inbox": functools.partial(serve_inbox, settings=settings)}, self.platforms) as runtimes:
            yield port, runtimes["inbox"]

    def process(self) -> tuple[procs.Process, int]:
        """A replica as a process of its own, and its port: to be killed."""
        port, platform = procs.free_port(), self.platforms["inbox"]
        given = {
            "ANTIPHON_NATS_URL": platform.nats_url,
            "ANTIPHON_MONGO_URL": platform.mongo_url,
            "ANTIPHON_MONGO_PREFIX": platform.mongo_prefix,
            "ANTIPHON_ENDPOINTS": json.dumps(platform.endpoints),
            "ANTIPHON_LISTEN_HOST": platform.listen_host,
            "ANTIPHON_TOKEN_KEY": platform.token_key.get_secret_value(),
            "ANTIPHON_TOKEN_KEYS": json.dumps(platform.token_keys),
            "ANTIPHON_INBOX_PORT": str(port),
            "PYTHONPATH": str(Path(__file__).parents[3]),
        }
        command = ["env", *(f"{name}={value}" for name, value in given.items()), sys.executable, "-m", "antiphon.inbox"]
        replica = procs.Process("inbox", command, self.dist / "replica.log", lambda: procs.is_listening(port))
        replica.start()
        return replica, port

    async def tell(self, event: Message, tenant: str, key: str = "k") -> int:
        """Puts a fact on the bus, as its service would."""
        return await self.bus.publish(event, tenant=tenant, key=key, event_id=f"test-{next(_numbers)}")

    async def company(self, **roles: str) -> Company:
        """A fresh tenant with these people: name="agent" or "supervisor"."""
        number = next(_numbers)
        stub: Any = directory_pb2_grpc.DirectoryServiceStub(self.runtimes["routing"].peers.channel("directory"))
        identity = identity_pb2_grpc.IdentityServiceStub(self.runtimes["routing"].peers.channel("directory"))
        asked = identity_pb2.SignUpRequest(
            company="Ромашка", name="Olha", email=f"owner{number}@example.com", password="Correct-Horse-7-Lamp",
            language="uk", time_zone="Europe/Kyiv",
        )  # fmt: skip
        signed = await ask(identity.SignUp, asked, metadata(""))
        tenant: str = signed.tenant.id
        own, ids = self.runtimes["routing"].peers.own(tenant), {}
        for name, role in roles.items():
            words = {"agent": directory_pb2.ROLE_AGENT, "supervisor": directory_pb2.ROLE_SUPERVISOR}
            person = directory_pb2.Person(name=name, email=f"{name}{number}@example.com", roles=[words[role]])
            ids[name] = (await ask(stub.PutPerson, directory_pb2.PutPersonRequest(person=person), own)).person.id
        outbox = self.runtimes["directory"].database().outbox

        async def is_told() -> bool:
            return await outbox.count_documents({"key": {"$regex": f"^{tenant}"}}) == 0

        await eventually(is_told)  # or these facts come just when a test looks
        return Company(self, tenant, ids, roles, signed.person.id)


@asynccontextmanager
async def _world(
    platforms: dict[str, Platform], dist: Path, channels: Channels, serve: Serve, serve_media: Serve | None = None
) -> AsyncIterator[World]:
    media = Media()
    directory = DirectorySettings(sealing_key=SecretStr(new_private_key()), password_memory_kib=64)
    services: dict[str, Serve] = {
        "directory": functools.partial(serve_directory, settings=directory),
        "acd": serve_acd,
        "routing": serve_routing,
        "channels": serve,
        "media": serve_media or media.serve,
        "wfm": serve_wfm,
        "billing": serve_billing,
        "dialer": serve_dialer,
        "insight": serve_insight,
        "team": serve_team,
    }
    async with running(services, platforms) as runtimes:
        bus = await Bus.connect(platforms["channels"], "tests")
        yield World(platforms, runtimes, channels, bus, dist, media)
        await bus.close()


@pytest.fixture(scope="module")
async def world(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With the stand-in for channels: conversations are where the test says."""
    channels = Channels()
    async with _world(platforms, tmp_path_factory.mktemp("dist"), channels, channels.serve) as world:
        yield world


@pytest.fixture(scope="module")
async def real_world(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """With the real channels, and the real media without telephony."""
    folder = tmp_path_factory.mktemp("media")
    silent = MediaSettings(enabled=False, sip_port=0, sounds=folder, spool=folder)
    serve_media = functools.partial(serve_voice, settings=silent)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ANTIPHON_CHANNELS_HTTP_PORT", "0")
        dist = tmp_path_factory.mktemp("dist")
        async with _world(platforms, dist, Channels(), serve_channels, serve_media) as world:
            yield world


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=10) as client:
        yield client
