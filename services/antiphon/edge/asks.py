"""Where the edge learns who may register: from the directory, or from a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from antiphon.directory.v1 import telephony_pb2, telephony_pb2_grpc
from antiphon.edge.app.reconcile import DirectoryAway
from antiphon.edge.domain.wanted import Account, Trunk, Unusable
from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers, ask

T = TypeVar("T")
ALL_TENANTS = ""
log = logs.get("edge")


class Telephony:
    """Accounts and trunks of all tenants. Directory answers with records only when something changed since the last
    time, so asking often is cheap. Trunks are those of the answer that `accounts` got."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._stub = telephony_pb2_grpc.TelephonyServiceStub(peers.channel("directory"))
        self._revision = 0
        self._accounts: list[Account] = []
        self._trunks: list[Trunk] = []

    async def accounts(self) -> list[Account]:
        request = telephony_pb2.ListEdgeRecordsRequest(revision=self._revision)
        try:
            answer = await ask(self._stub.ListEdgeRecords, request, self._peers.own(ALL_TENANTS))
        except DomainError as error:
            raise DirectoryAway(error.reason.name) from error
        if not self._revision or answer.revision != self._revision:
            self._accounts = list(_usable(_account, answer.accounts))
            self._trunks = list(_usable(_trunk, answer.trunks))
            self._revision = answer.revision
        return self._accounts

    async def trunks(self) -> list[Trunk]:
        return self._trunks

    async def note(self, username: str, address: str, port: int) -> None:
        """Where a device listens; nothing for names that are no account."""
        account = next((one for one in self._accounts if one.username == username), None)
        if account is None:
            return
        request = telephony_pb2.NoteDeviceRequest(account_id=account.account_id, address=address, port=port)
        try:
            await ask(self._stub.NoteDevice, request, self._peers.own(account.tenant_id))
        except DomainError as error:
            if error.reason.name != "NOT_FOUND":  # deleted a moment ago
                raise DirectoryAway(error.reason.name) from error


def _usable(build: Callable[[Any], T], records: Iterable[Any]) -> Iterator[T]:
    """One record that cannot be written into a row does not keep the others out."""
    for record in records:
        try:
            yield build(record)
        except Unusable as error:
            log.error("left out", tenant=record.tenant_id, why=str(error))


def _account(record: telephony_pb2.EdgeAccount) -> Account:
    return Account(
        username=record.username, account_id=record.account_id, tenant_id=record.tenant_id, ha1=record.ha1,
        allowed_from=tuple(record.allowed_networks), needs_tls=record.encrypted_only, needs_srtp=record.encrypted_only,
    )  # fmt: skip


def _trunk(record: telephony_pb2.EdgeTrunk) -> Trunk:
    return Trunk(record.trunk_id, record.tenant_id, tuple(record.networks), record.source_port)


class File:
    """Accounts and trunks in a JSON file: `{"accounts": [{…fields of Account}], "trunks": [{…fields of Trunk}]}`. It is
    read again at every pass, so editing it is enough."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def accounts(self) -> list[Account]:
        return self._build(Account, await self._read("accounts"))

    async def trunks(self) -> list[Trunk]:
        return self._build(Trunk, await self._read("trunks"))

    async def _read(self, part: str) -> list[dict[str, Any]]:
        try:
            content = json.loads(await asyncio.to_thread(self._path.read_text))
            return list(content.get(part, ()))
        except (OSError, ValueError, AttributeError) as error:
            raise DirectoryAway(f"{self._path.name}: {type(error).__name__}") from error

    def _build(self, kind: Callable[..., T], rows: list[dict[str, Any]]) -> list[T]:
        try:
            return [kind(**_tuples(each)) for each in rows]
        except (TypeError, Unusable) as error:
            raise DirectoryAway(f"{self._path.name}: {error}") from error


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
