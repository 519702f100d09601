"""Accounts of a real directory on a real Kamailio: what is shown once registers, what is blocked is out."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import SecretStr

from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.settings import Settings as DirectorySettings
from antiphon.directory.v1 import identity_pb2, identity_pb2_grpc
from antiphon.directory.v1 import telephony_pb2 as tel
from antiphon.directory.v1.telephony_pb2_grpc import TelephonyServiceStub
from antiphon.edge.__main__ import serve
from antiphon.edge.domain.devices import listens_at
from antiphon.edge.settings import Settings
from antiphon.edge.tests import sip
from antiphon.edge.tests.conftest import DOMAIN, Edge, register_call
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.procs import Process
from antiphon.kit.service import Runtime, Serve
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.tokens import new_private_key, set_token
from antiphon.media.asks import Asks
from antiphon.media.bans import Bans

pytestmark = pytest.mark.service
PASSWORD = "Correct-Horse-7-Lamp"
AT_ONCE = 5.0
"""Seconds in which a block must have taken effect (clause L07)."""


@dataclass
class Company:
    """A tenant with the right to everything."""

    rt: Runtime
    token: str

    async def ask(self, method: str, **fields: Any) -> Any:
        stub: Any = TelephonyServiceStub(self.rt.peers.channel("directory"))
        return await ask(getattr(stub, method), getattr(tel, f"{method}Request")(**fields), metadata(self.token))

    async def account(self, **fields: Any) -> tuple[tel.SipAccount, str]:
        made = await self.ask("PutSipAccount", account=tel.SipAccount(**fields))
        return made.account, made.password


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a process would be told."""
    plain = settings.model_dump(mode="json", exclude_none=True) | {
        "rpc_key": settings.rpc_key.get_secret_value(),
        "nonce_secret": settings.nonce_secret.get_secret_value(),
        "browser_secrets": [each.get_secret_value() for each in settings.browser_secrets],
    }
    return {
        f"ANTIPHON_EDGE_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in plain.items()
    }


@pytest.fixture(scope="module")
async def company(node: tuple[Settings, Process], platforms: dict[str, Platform]) -> AsyncIterator[Company]:
    patch = pytest.MonkeyPatch()
    for name, value in {**environment(node[0]), "ANTIPHON_EDGE_DEVICE_SECONDS": "0.2"}.items():
        patch.setenv(name, value)
    chosen = DirectorySettings(sealing_key=SecretStr(new_private_key()), password_memory_kib=16_384, sip_domain=DOMAIN)
    services: dict[str, Serve] = {"directory": functools.partial(directory_serve, settings=chosen), "edge": serve}
    async with running(services, platforms) as runtimes:
        rt = runtimes["directory"]
        identity: Any = identity_pb2_grpc.IdentityServiceStub(rt.peers.channel("directory"))
        request = identity_pb2.SignUpRequest(company="Acme", name="Iryna", email="i@edge.example", password=PASSWORD)
        made = await ask(identity.SignUp, request, metadata(""))
        issued = await ask(identity.IssueToken, identity_pb2.IssueTokenRequest(session=made.session), metadata(""))
        yield Company(rt, issued.token)
    patch.undo()


async def known(edge: Edge, user: str) -> None:
    """Waits until Kamailio knows an account."""

    async def arrived() -> bool:
        return user in await edge.rpc.table("ha1")

    await eventually(arrived, within=20)


async def registers(edge: Edge, user: str, password: str) -> int:
    phone = await edge.peer()
    return (await sip.register(phone, register_call(user), user, password)).code


async def gone(edge: Edge, user: str) -> bool:
    return user not in {each.user for each in await edge.rpc.registrations()}


@pytest.mark.clause("L01")
async def test_the_password_that_was_shown_once_registers(edge: Edge, company: Company) -> None:
    account, password = await company.account()
    await known(edge, account.username)
    assert await registers(edge, account.username, password) == 200
    assert await registers(edge, account.username, "Wrong-Password-1") == 403
    changed = (await company.ask("ChangeSipPassword", account_id=account.id)).password

    async def new_one_registers() -> bool:
        return await registers(edge, account.username, changed) == 200

    await eventually(new_one_registers, within=20)
    assert await registers(edge, account.username, password) == 403


async def test_the_sidecar_tells_the_owner_who_of_his_is_banned(edge: Edge, company: Company) -> None:
    account, _ = await company.account()
    await known(edge, account.username)
    for _ in range(edge.settings.ban_failures):
        assert await registers(edge, account.username, "Wrong-Password-1") == 403
    set_token(company.token)
    bans = Bans(await company.rt.bus(), Asks(company.rt.peers), 1)

    async def shown() -> bool:
        return [(ban.user, ban.why) for ban in (await bans.banned()).bans] == [(account.username, "password")]

    await eventually(shown)


async def test_a_blocked_accounts_registration_is_gone_within_five_seconds(edge: Edge, company: Company) -> None:
    """L07 for registrations; that running calls end is media's part."""
    (account, password), (other, others) = await company.account(), await company.account()
    await known(edge, account.username)
    await known(edge, other.username)
    assert await registers(edge, account.username, password) == 200
    assert await registers(edge, other.username, others) == 200
    ticket = (await company.ask("BlockSipAccounts", account_ids=[account.id], reason="calls to nowhere")).ticket
    assert ticket.due_at.seconds > ticket.opened_at.seconds
    assert await eventually(lambda: gone(edge, account.username), within=AT_ONCE)
    assert await registers(edge, account.username, password) == 403
    assert not await gone(edge, other.username), "only who was named"


async def test_an_account_registers_from_its_networks_only(edge: Edge, company: Company) -> None:
    account, password = await company.account(allowed_networks=["203.0.113.0/24"])
    free, frees = await company.account(allowed_networks=["127.0.0.0/8"])
    await known(edge, free.username)
    assert await registers(edge, account.username, password) == 403
    assert await registers(edge, free.username, frees) == 200


async def test_a_trunk_is_known_by_its_networks_as_soon_as_it_is_made(edge: Edge, company: Company) -> None:
    trunk = (
        await company.ask("PutTrunk", trunk=tel.Trunk(name="Operator", host="198.51.100.7", source_port=5066))
    ).trunk
    addresses = edge.settings.directory / "address.list"
    await eventually(lambda: f"198.51.100.7 32 5066 {trunk.id}," in addresses.read_text(), within=20)
    await company.ask("DeleteTrunk", trunk_id=trunk.id)
    await eventually(lambda: trunk.id not in addresses.read_text(), within=20)


@pytest.mark.clause("L06")
async def test_an_account_warns_of_a_device_on_5060_at_a_public_address(edge: Edge, company: Company) -> None:
    account, password = await company.account()
    await known(edge, account.username)

    async def warnings(contact: str) -> list[str]:
        phone, call = await edge.peer(), register_call(account.username)
        call.contact = f"<sip:{account.username}@{contact}>"
        assert (await sip.register(phone, call, account.username, password)).code == 200
        cards = (await company.ask("ListSipAccounts")).accounts
        return list(next(card for card in cards if card.id == account.id).warnings)

    async def warned() -> bool:
        return await warnings("8.8.8.8") == ["port_5060_public"]

    await eventually(warned, within=20)


@pytest.mark.parametrize(
    ("contact", "place"),
    [
        ("sip:a@8.8.8.8:6100;transport=tcp", ("8.8.8.8", 6100)),
        ("<sip:a@8.8.8.8>", ("8.8.8.8", 5060)),
        ("sips:[2001:db8::1]:5061", ("2001:db8::1", 5061)),
        ("sip:a@phone.example;ob", ("phone.example", 5060)),
        ("tel:+380", None),
        ("", None),
    ],
)
def test_where_a_device_listens_is_read_from_its_contact(contact: str, place: tuple[str, int] | None) -> None:
    assert listens_at(contact) == place


async def test_when_everybody_is_gone_so_is_everybodys_registration(edge: Edge, company: Company) -> None:
    account, password = await company.account()
    await known(edge, account.username)
    assert await registers(edge, account.username, password) == 200
    await company.ask("BlockSipAccounts", reason="all of them")
    assert await eventually(lambda: gone(edge, account.username), within=AT_ONCE)

    async def empty() -> bool:
        return not await edge.rpc.table("ha1")

    await eventually(empty, within=20)
