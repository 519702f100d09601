"""A tenant's administrator names hosts, and cannot get at what stands inside our network by them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio

from antiphon.channels import reach
from antiphon.channels.__main__ import serve
from antiphon.channels.contract import ChannelView, SendRefused
from antiphon.channels.email.imap import MailboxTrouble, opened
from antiphon.channels.email.outgoing import connected
from antiphon.channels.kinds import KINDS
from antiphon.channels.provider import Provider
from antiphon.channels.sms.pdu import Command
from antiphon.channels.sms.session import BindFailed, bound
from antiphon.channels.tests.centre import PASSWORD, Headers
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.channels.v1.channels_pb2_grpc import ChannelsServiceStub
from antiphon.directory.__main__ import serve as serve_directory
from antiphon.directory.v1 import identity_pb2 as identity
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.kit import procs
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.protos import struct
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running

pytestmark = pytest.mark.service
INSIDE = ["127.0.0.1", "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"]
INSIDE += ["::1", "fe80::1", "fd00::5", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "224.0.0.1", "ff02::1"]
OUTSIDE = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1"]
Resolver = Callable[[dict[str, list[str]]], list[str]]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_known(address: str) -> None:
    assert not reach.is_outside(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_outside_is_known(address: str) -> None:
    assert reach.is_outside(address)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """A name server of ours: each answer is given once, the last one for ever. Returns the names that were asked."""

    def installed(answers: dict[str, list[str]]) -> list[str]:
        asked: list[str] = []
        real = socket.getaddrinfo

        def answer(host: str, port: int, *more: Any, **options: Any) -> Any:
            known = answers.get(host)
            if known is None:
                return real(host, port, *more, **options)
            asked.append(host)
            address = known.pop(0) if len(known) > 1 else known[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        return asked

    return installed


async def test_a_name_that_means_something_else_a_moment_later_leads_nowhere(resolver: Resolver) -> None:
    resolver({"imap.example": ["93.184.216.34", "127.0.0.1"]})
    settings: dict[str, object] = {"imap_host": "imap.example"}
    await reach.check(KINDS["email"], settings, inside=False)  # saved
    with pytest.raises(reach.Inside):
        await reach.connect("imap.example", 143, inside=False)


async def test_what_was_judged_is_what_is_connected_to(resolver: Resolver) -> None:
    met = asyncio.Event()

    def meet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.set()
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    asked = resolver({"smtp.example": ["127.0.0.1", "192.0.2.1"]})
    async with server:
        (await reach.connect("smtp.example", port, inside=True)).close()
        await met.wait()
    assert asked == ["smtp.example"]


def view(kind: str, **settings: Any) -> ChannelView:
    return ChannelView("ch", "t", kind, 1, "Shop", "", True, settings, {"password": "p"})


async def test_nothing_is_connected_to_inside_whatever_was_saved_before() -> None:
    here = {"imap_host": "localhost", "smtp_host": "127.0.0.1", "address": "help@shop.example"}
    with pytest.raises(MailboxTrouble, match="inside the network"):
        async with opened(view("email", **here, imap_security="none")):
            raise AssertionError
    with pytest.raises(SendRefused, match="inside the network"):
        async with connected(view("email", **here, smtp_security="none")):
            raise AssertionError
    with pytest.raises(BindFailed, match="inside the network"):
        await bound(view("sms", host="127.0.0.1", port=2775, system_id="x", tls="no"), Command.BIND_TRANSMITTER)
    gateway = Provider("The SMS gateway", "")
    with pytest.raises(SendRefused, match="inside the network"):
        await gateway.call_named("POST", "http://127.0.0.1:9/send", inside=False)
    await gateway.close()


@pytest.fixture(scope="module")
def hosted() -> Iterator[None]:
    """An installation for tenants whom nobody knows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTIPHON_CHANNELS_HTTP_PORT", str(procs.free_port()))
        patch.setenv("ANTIPHON_CHANNELS_PRIVATE_HOSTS", "false")
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(hosted: None, platforms: dict[str, Platform]) -> AsyncIterator[tuple[ChannelsServiceStub, Headers]]:
    async with running({"directory": serve_directory, "channels": serve}, platforms) as runtimes:
        peers = runtimes["channels"].peers
        doors = IdentityServiceStub(peers.channel("directory"))
        asked = identity.SignUpRequest(
            company="Shop", name="O", email="o@reach.example", password=PASSWORD, language="en", time_zone="Europe/Kyiv"
        )
        await ask(doors.SignUp, asked, [])
        signed = await ask(doors.SignIn, identity.SignInRequest(email="o@reach.example", password=PASSWORD), [])
        token = (await ask(doors.IssueToken, identity.IssueTokenRequest(session=signed.session), [])).token
        yield ChannelsServiceStub(peers.channel("channels")), metadata(token)


BOX = {"address": "help@shop.example", "imap_host": "93.184.216.34", "smtp_host": "93.184.216.34"}
SMPP = {"transport": "smpp", "port": 2775, "system_id": "x", "source": "+380441112233"}
HTTP = {"transport": "http", "source": "+380441112233"}


@pytest.mark.parametrize(
    ("kind", "settings", "field"),
    [
        ("email", BOX | {"imap_host": "127.0.0.1"}, "imap_host"),
        ("email", BOX | {"smtp_host": "localhost"}, "smtp_host"),
        ("sms", SMPP | {"host": "::1"}, "host"),
        ("sms", HTTP | {"url": "https://169.254.169.254/latest/meta-data"}, "url"),
        ("sms", HTTP | {"url": "https://[fd00::1]:8443/"}, "url"),
    ],
)
async def test_a_host_inside_is_not_saved_and_the_field_is_named(
    desk: tuple[ChannelsServiceStub, Headers], kind: str, settings: dict[str, Any], field: str
) -> None:
    channels, owner = desk
    channel = pb.Channel(kind=kind, name="Shop", settings=struct(settings))
    secret = {"secret": "0123456789abcdef"} if settings.get("url") else {"password": "p"}
    with pytest.raises(DomainError) as refused:
        await ask(channels.PutChannel, pb.PutChannelRequest(channel=channel, secrets=secret), owner)
    assert refused.value.reason.name == "PRIVATE_HOST"
    assert refused.value.facts["field"] == f"settings.{field}"
    assert not (await ask(channels.ListChannels, pb.ListChannelsRequest(), owner)).channels


async def test_a_host_outside_is_saved(desk: tuple[ChannelsServiceStub, Headers]) -> None:
    channels, owner = desk
    channel = pb.Channel(kind="email", name="Shop", settings=struct(BOX))
    made = await ask(channels.PutChannel, pb.PutChannelRequest(channel=channel, secrets={"password": "p"}), owner)
    await ask(channels.DeleteChannel, pb.DeleteChannelRequest(channel_id=made.channel.id), owner)
