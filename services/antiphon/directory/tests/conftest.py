"""A running directory with its clients: two tenants, whoever signs in, and the events that were told."""

from __future__ import annotations

import functools
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.message_factory import GetMessageClass
from pydantic import SecretStr

from antiphon.directory.__main__ import serve
from antiphon.directory.settings import Settings
from antiphon.directory.v1 import (
    crm_pb2_grpc,
    deals_pb2_grpc,
    directory_pb2,
    directory_pb2_grpc,
    ending_pb2_grpc,
    events_pb2,
    identity_pb2,
    identity_pb2_grpc,
    passkeys_pb2_grpc,
    pool_pb2_grpc,
    privacy_pb2_grpc,
    signon_pb2_grpc,
    slots_pb2_grpc,
    support_pb2_grpc,
    telephony_pb2_grpc,
)
from antiphon.kit.bus import Bus, Fact
from antiphon.kit.clock import SettableClock, system_clock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.tokens import Caller, Signer, new_private_key

SIP_DOMAIN = "sip.example.org"
PASSWORD = "Correct-Horse-7-Lamp"
_emails = itertools.count(1)


@dataclass
class Tenancy:
    """A tenant with its signed-in owner."""

    tenant: directory_pb2.Tenant
    owner: directory_pb2.Person
    session: str


@dataclass
class Desk:
    """Asks a running directory."""

    rt: Runtime
    clock: SettableClock
    services: dict[str, Platform]
    facts: list[Fact] = field(default_factory=list)

    async def ask(self, method: str, request: Any, token: str = "") -> Any:
        """Calls a method of any of the services."""
        channel = self.rt.peers.channel("directory")
        stubs: list[Any] = [
            directory_pb2_grpc.DirectoryServiceStub(channel),
            identity_pb2_grpc.IdentityServiceStub(channel),
            telephony_pb2_grpc.TelephonyServiceStub(channel),
            crm_pb2_grpc.CrmServiceStub(channel),
            deals_pb2_grpc.DealServiceStub(channel),
            privacy_pb2_grpc.PrivacyServiceStub(channel),
            passkeys_pb2_grpc.PasskeyServiceStub(channel),
            signon_pb2_grpc.SignOnServiceStub(channel),
            support_pb2_grpc.SupportServiceStub(channel),
            slots_pb2_grpc.SlotServiceStub(channel),
            pool_pb2_grpc.NumberPoolServiceStub(channel),
            ending_pb2_grpc.EndingServiceStub(channel),
        ]
        stub = next(stub for stub in stubs if hasattr(stub, method))
        return await ask(getattr(stub, method), request, metadata(token))

    async def refusal(self, method: str, request: Any, token: str = "") -> DomainError:
        """The refusal of a call that must be refused."""
        with pytest.raises(DomainError) as refused:
            await self.ask(method, request, token)
        return refused.value

    async def token(self, session: str) -> str:
        """The access token of a session."""
        return str((await self.ask("IssueToken", identity_pb2.IssueTokenRequest(session=session))).token)

    async def sign_up(self, company: str = "Ромашка") -> Tenancy:
        request = identity_pb2.SignUpRequest(
            company=company, name="Iryna Melnyk", email=new_email(), password=PASSWORD, language="uk",
            time_zone="Europe/Kyiv",
        )  # fmt: skip
        answer = await self.ask("SignUp", request)
        return Tenancy(answer.tenant, answer.person, answer.session)

    async def sign_in(self, email: str, password: str = PASSWORD, code: str = "") -> str:
        """The secret of a fresh session."""
        request = identity_pb2.SignInRequest(email=email, password=password, code=code, agent="Firefox")
        return str((await self.ask("SignIn", request)).session)

    async def hire(self, token: str, password: str = "", **fields: Any) -> directory_pb2.Person:
        """A new person, an agent when nothing else is said."""
        card = {"name": "Taras Koval", "email": new_email(), "roles": [directory_pb2.ROLE_AGENT], **fields}
        request = directory_pb2.PutPersonRequest(person=directory_pb2.Person(**card), password=password)
        answer: directory_pb2.PutPersonResponse = await self.ask("PutPerson", request, token)
        return answer.person

    def as_service(self, tenant: str, name: str = "channels") -> str:
        """The token of another service working for a tenant."""
        key = self.services[name].token_key.get_secret_value()
        return Signer(name, key, self.clock).sign(Caller(tenant, f"service:{name}"))

    def as_caller(self, caller: Caller) -> str:
        """A token with any permissions."""
        return self.rt.signer.sign(caller)

    async def audit(self, token: str, subject: str = "") -> list[directory_pb2.AuditEntry]:
        """The audit log, newest first."""
        request = directory_pb2.ListAuditRequest(object=subject, limit=500)
        return list((await self.ask("ListAudit", request, token)).entries)

    async def told(self, kind: type, key: str, count: int = 1) -> list[Any]:
        """The events of a kind about one thing, as soon as there are `count`."""

        def found() -> list[Any]:
            events = [fact.event for fact in self.facts if isinstance(fact.event, kind) and fact.key == key]
            return events if len(events) >= count else []

        told: list[Any] = await eventually(found)
        return told


def new_email() -> str:
    return f"someone{next(_emails)}@example.com"


@pytest.fixture(scope="module")
async def desk(platforms: dict[str, Platform]) -> AsyncIterator[Desk]:
    settings = Settings(
        sealing_key=SecretStr(new_private_key()), password_memory_kib=16_384, sip_domain=SIP_DOMAIN, operator="first"
    )
    clock = SettableClock(system_clock() + timedelta(minutes=1))
    async with running({"directory": functools.partial(serve, settings=settings)}, platforms, clock) as runtimes:
        desk = Desk(runtimes["directory"], clock, platforms)
        bus = await Bus.connect(platforms["directory"], "listener")

        async def note(fact: Fact) -> None:
            desk.facts.append(fact)

        table = {GetMessageClass(kind): note for kind in events_pb2.DESCRIPTOR.message_types_by_name.values()}
        desk.rt.on_close(bus.close)
        desk.rt.spawn(bus.consume("directory-tests", table))
        yield desk
