"""The tables follow the directory: changes, restarts, removals, blocks."""

from __future__ import annotations

import asyncio
import functools
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from antiphon.edge import servers
from antiphon.edge.__main__ import serve
from antiphon.edge.app.reconcile import DirectoryAway, KamailioAway, Reconciliation
from antiphon.edge.asks import File
from antiphon.edge.domain.wanted import Account, Changes, Trunk, Unusable
from antiphon.edge.tests import sip
from antiphon.edge.tests.conftest import DOMAIN, SECRET, Edge, account, register_call
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.tokens import new_private_key

pytestmark = pytest.mark.service


class Books:
    """The directory: what a test says."""

    def __init__(self, *accounts: Account) -> None:
        self.people = list(accounts)
        self.carriers: list[Trunk] = []
        self.away = False

    async def accounts(self) -> list[Account]:
        if self.away:
            raise DirectoryAway("closed")
        return self.people

    async def trunks(self) -> list[Trunk]:
        return self.carriers


@pytest_asyncio.fixture(loop_scope="session")
async def books(edge: Edge) -> AsyncIterator[tuple[Books, Reconciliation]]:
    books = Books(account("acme-201"), account("acme-202"))
    yield books, Reconciliation(edge.rpc, books, functools.partial(servers.write_trunks, edge.settings), 1000)
    await edge.rpc.change("account", Changes({}, tuple(await edge.rpc.table("account"))))
    await edge.rpc.change("ha1", Changes({}, tuple(await edge.rpc.table("ha1"))))


async def registers(edge: Edge, user: str, password: str = "right") -> int:
    phone = await edge.peer()
    return (await sip.register(phone, register_call(user), user, password)).code


async def users(edge: Edge) -> set[str]:
    return {each.user for each in await edge.rpc.registrations()}


async def test_only_differences_are_pushed(edge: Edge, books: tuple[Books, Reconciliation]) -> None:
    directory, sidecar = books
    assert await sidecar.step() > 0
    assert await sidecar.step() == 0
    assert set(await edge.rpc.table("account")) == {"acme-201", "acme-202"}
    assert await registers(edge, "acme-201") == 200
    directory.people[0] = account("acme-201", "new")
    await sidecar.step()
    assert "acme-201" not in await users(edge)
    assert await registers(edge, "acme-201", "right") == 403
    assert await registers(edge, "acme-201", "new") == 200
    directory.people.pop(0)
    await sidecar.step()
    assert "acme-201" not in await users(edge)
    assert await registers(edge, "acme-201", "new") == 403
    assert await registers(edge, "acme-202") == 200


async def test_a_strange_row_is_removed_when_tables_are_verified(edge: Edge) -> None:
    sidecar = Reconciliation(edge.rpc, Books(account("acme-203")), lambda lines: None, verify_every=2)
    await sidecar.step()
    await edge.rpc.change("ha1", Changes({"stranger": "0" * 32}, ()))
    for _ in range(3):
        await sidecar.step()
    assert set(await edge.rpc.table("ha1")) == {"acme-203"}


async def test_a_restarted_kamailio_is_filled_again(edge: Edge, books: tuple[Books, Reconciliation]) -> None:
    directory, sidecar = books
    directory.carriers = [Trunk("carrier", "acme", ("127.0.0.77",))]
    await sidecar.step()
    assert await sidecar.step() == 0
    edge.process.kill()
    with pytest.raises(KamailioAway):
        await sidecar.step()
    edge.process.start()
    assert await edge.rpc.table("account") == {}
    await sidecar.step()
    assert set(await edge.rpc.table("account")) == {"acme-201", "acme-202"}
    assert await registers(edge, "acme-201") == 200
    assert "carrier,acme" in (edge.settings.directory / "address.list").read_text()


async def test_without_the_directory_everything_stays(edge: Edge, books: tuple[Books, Reconciliation]) -> None:
    directory, sidecar = books
    await sidecar.step()
    directory.away = True
    with pytest.raises(DirectoryAway):
        await sidecar.step()
    assert await registers(edge, "acme-202") == 200


async def test_two_accounts_of_one_name_change_nothing(edge: Edge, books: tuple[Books, Reconciliation]) -> None:
    directory, sidecar = books
    await sidecar.step()
    directory.people = [account("acme-201"), account("acme-201", "other")]
    with pytest.raises(Unusable):
        await sidecar.step()
    assert set(await edge.rpc.table("account")) == {"acme-201", "acme-202"}


async def test_a_blocked_account_is_out_at_once(edge: Edge, books: tuple[Books, Reconciliation]) -> None:
    _, sidecar = books
    await sidecar.step()
    assert await registers(edge, "acme-201") == 200
    await sidecar.block("acme-201")
    assert "acme-201" not in await users(edge)
    assert await registers(edge, "acme-201") == 403
    await sidecar.unblock("acme-201")
    assert await registers(edge, "acme-201") == 200


async def test_a_blocked_person_is_out_though_the_credentials_last(edge: Edge) -> None:
    sidecar = Reconciliation(edge.rpc, Books(), lambda lines: None)
    name = f"{int(time.time()) + 600}:acme.olga"  # noqa: TID251 - Kamailio's clock is this one
    password = sip.browser_password(SECRET, name)
    browser = await edge.peer("ws")
    assert (await sip.register(browser, register_call("acme.olga"), name, password)).code == 200
    await sidecar.block("acme.olga")
    assert "acme.olga" not in await users(edge)
    assert (await sip.register(browser, register_call("acme.olga"), name, password)).code == 403
    await sidecar.unblock("acme.olga")


async def test_registrations_are_told_as_data(edge: Edge, books: tuple[Books, Reconciliation]) -> None:
    _, sidecar = books
    await sidecar.step()
    phone = await edge.peer("tls")
    await sip.register(phone, register_call("acme-202"), "acme-202", "right", "User-Agent: Desk 1.0")
    (found,) = [each for each in await sidecar.registrations() if each.user == "acme-202" and "tls" in each.contact]
    assert found.user_agent == "Desk 1.0"
    assert found.received.startswith(f"sip:{phone.address}")
    assert found.node == f"127.0.0.7:{edge.settings.private_port}"
    assert 0 < found.expires_in <= 3600


async def test_passes_go_on_after_failures(edge: Edge, books: tuple[Books, Reconciliation]) -> None:
    directory, sidecar = books
    directory.away = True
    running = asyncio.ensure_future(sidecar.run(0.01))
    directory.away = False
    directory.people = [account("acme-204")]
    sidecar.soon()

    async def arrived() -> bool:
        return set(await edge.rpc.table("account")) == {"acme-204"}

    await eventually(arrived, within=20)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_accounts_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    with pytest.raises(DirectoryAway):
        await File(path).accounts()
    one = {"username": "a", "account_id": "1", "tenant_id": "t", "ha1": "0" * 32, "allowed_from": ["10.0.0.0/8"]}
    path.write_text(
        json.dumps({"accounts": [one], "trunks": [{"trunk_id": "x", "tenant_id": "t", "addresses": ["1.2.3.4"]}]})
    )
    assert [each.row for each in await File(path).accounts()] == ["1;t;;10.0.0.0/8"]
    assert [each.lines for each in await File(path).trunks()] == [["1 1.2.3.4 32 0 x,t"]]


async def test_the_sidecar_runs_as_a_service(edge: Edge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = tmp_path / "accounts.json"
    row = {
        "username": "acme-205",
        "account_id": "5",
        "tenant_id": "acme",
        "ha1": sip.ha1_of("acme-205", DOMAIN, "right"),
    }
    accounts.write_text(json.dumps({"accounts": [row]}))
    settings = edge.settings.model_dump(mode="json", exclude_none=True) | {
        "rpc_key": edge.settings.rpc_key.get_secret_value(),
        "nonce_secret": edge.settings.nonce_secret.get_secret_value(),
        "browser_secrets": [each.get_secret_value() for each in edge.settings.browser_secrets],
        "accounts_file": str(accounts),
    }
    for name, value in settings.items():
        text = value if isinstance(value, str) else json.dumps(value)
        monkeypatch.setenv(f"ANTIPHON_EDGE_{name.upper()}", text)
    platform = Platform(token_key=SecretStr(new_private_key()), token_keys={})
    async with running({"edge": serve}, {"edge": platform}):

        async def arrived() -> bool:
            return "acme-205" in await edge.rpc.table("ha1")

        await eventually(arrived, within=20)
    assert await registers(edge, "acme-205") == 200
