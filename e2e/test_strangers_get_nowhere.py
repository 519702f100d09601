"""Who is not let in: strangers, wrong passwords, made-up headers, scanners, curious colleagues. And every key works."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import NotRegistered, NotUp, Phone, PhoneAccount
from antiphon.up.client import Agent
from antiphon.up.demo_phones import OPERATOR
from e2e.people import ready, signed_in
from e2e.phones import (
    DOMAIN,
    a_customers_phone,
    a_desk_phone,
    a_phone,
    calls_a_number,
    calls_the_company,
    conversation,
    ended,
    nothing_is_left,
)
from e2e.stack import Stack

pytestmark = pytest.mark.e2e
ELSEWHERE = "127.0.0.2"


@asynccontextmanager
async def a_stranger(stack: Stack, owner: Agent, account: PhoneAccount) -> AsyncIterator[Phone]:
    """A phone at an address that is no operator's: meanwhile the demo's operator calls from one address only."""
    trunks = (await owner.call("GET", "/trunks"))["trunks"]
    trunk = next(each for each in trunks if each["name"] == OPERATOR)
    narrow = trunk | {"networks": ["127.0.0.1/32"]}
    stored = (await owner.call("PUT", f"/trunks/{trunk['id']}", {"trunk": narrow}))["trunk"]
    try:
        async with a_phone(stack, account, ELSEWHERE) as phone:

            async def is_strange() -> bool:
                call = await phone.call(f"sip:1@{DOMAIN}")
                return await call.over(within=30) == 407

            await eventually(is_strange)
            yield phone
    finally:
        await owner.call("PUT", f"/trunks/{trunk['id']}", {"trunk": stored | {"networks": trunk["networks"]}})


async def test_a_stranger_is_asked_who_he_is_whatever_he_claims(stack: Stack) -> None:
    tenant, agent = stack.tenant.tenant, stack.person("agent").id
    claims = (
        f"browser;person={agent};tenant={tenant}",
        f"trunk;id=x;tenant={tenant}",
        f"device;account=x;tenant={tenant};user=x",
    )
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        a_stranger(stack, owner, PhoneAccount("+380671112261", "elsewhere.example")) as stranger,
    ):
        for claim in claims:
            headers = [("X-Antiphon-Source", claim), ("x-antiphon-next-hop", "sip:127.0.0.1:9")]
            for number in (stack.tenant.number, "302", "0671234567"):
                call = await stranger.call(f"sip:{number}@{DOMAIN}", headers)
                assert await call.over(within=30) == 407
        await nothing_is_left(supervisor)


async def test_a_caller_from_outside_is_no_colleague(stack: Stack) -> None:
    claim = f"browser;person={stack.person('agent').id};tenant={stack.tenant.tenant}"
    async with (
        ready(stack, "supervisor") as supervisor,
        a_customers_phone(stack, "+380671112262") as telephone,
    ):
        for number in ("302", "0671234567", "+380443909999"):  # a colleague, the city, a number of nobody
            call = await telephone.call(f"sip:{number}@{DOMAIN}", [("X-Antiphon-Source", claim)])
            assert await call.over(within=30) in {404, 484}
        call = await telephone.call(f"sip:{stack.tenant.number}@{DOMAIN}", [("X-Antiphon-Source", claim)])
        await call.up(within=30)
        call.hang_up()
        told = await supervisor.event("CallEnded", lambda e: e["call"]["caller"] == "+380671112262")
        assert told["body"]["call"]["direction"] == "DIRECTION_INBOUND"
        await nothing_is_left(supervisor)


async def test_a_wrong_password_lets_nobody_in(stack: Stack) -> None:
    known = stack.tenant.phones[0].username
    async with ready(stack, "supervisor") as supervisor:
        for account in (PhoneAccount(known, DOMAIN, "wrong"), PhoneAccount("nobody-at-all", DOMAIN, "wrong")):
            async with a_phone(stack, account) as phone:
                with pytest.raises(NotRegistered) as refused:
                    await phone.register(within=30)
                assert refused.value.code == 403
                call = await phone.call(f"sip:302@{DOMAIN}")
                assert await call.over(within=30) in {403, 404, 484}
        await nothing_is_left(supervisor)


async def test_another_accounts_name_needs_its_password(stack: Stack) -> None:
    """A phone at the operator's address that calls itself a colleague's phone."""
    known = stack.tenant.phones[0].username
    async with a_phone(stack, PhoneAccount(known, DOMAIN)) as phone:
        with pytest.raises(NotUp) as refused:
            await calls_a_number(phone, "302")
        assert refused.value.code == 407


class _Ear(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.heard.append(data)


async def test_a_scanner_gets_no_answer(stack: Stack) -> None:
    loop = asyncio.get_running_loop()
    transport, ear = await loop.create_datagram_endpoint(_Ear, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]

    def options(agent: str, call_id: str) -> bytes:
        lines = (
            f"OPTIONS sip:{DOMAIN} SIP/2.0", f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{call_id}",
            "Max-Forwards: 70", f"From: <sip:x@{DOMAIN}>;tag=1", f"To: <sip:{DOMAIN}>", f"Call-ID: {call_id}",
            "CSeq: 1 OPTIONS", f"User-Agent: {agent}", "Content-Length: 0", "", "",
        )  # fmt: skip
        return "\r\n".join(lines).encode()

    edge = ("127.0.0.1", stack.sip_port)
    transport.sendto(options("friendly-scanner", "scan"), edge)
    transport.sendto(options("a telephone", "fair"), edge)
    await eventually(lambda: any(b"Call-ID: fair" in each for each in ear.heard))
    assert not any(b"Call-ID: scan" in each for each in ear.heard)
    transport.close()


@pytest.mark.parametrize("how", ["event", "info"])
async def test_a_key_reaches_the_menu_however_it_is_sent(stack: Stack, how: str) -> None:
    async with ready(stack, "supervisor") as supervisor, a_customers_phone(stack, "+380671112263") as telephone:
        call = await calls_the_company(telephone, stack)
        await call.press("1", how)
        waits = await supervisor.event("WorkQueued", lambda e: e["item"]["channel"] == "voice")
        assert waits["body"]["item"]["queue_id"] == stack.tenant.queues["Продажі"]
        call.hang_up()
        await nothing_is_left(supervisor)


@pytest.mark.clause("A12")
@pytest.mark.clause("K10")
async def test_a_recording_is_heard_by_those_who_may_and_each_time_is_noted(stack: Stack) -> None:
    async with (
        ready(stack, "supervisor") as supervisor,
        signed_in(stack, "owner") as owner,
        signed_in(stack, number=1) as colleague,
        ready(stack) as agent,
        a_desk_phone(stack, agent.me) as phone,
        a_customers_phone(stack, "+380671112264") as telephone,
        Agent(stack.desk) as competitor,
    ):
        talk = await conversation(stack, telephone, phone, agent)
        talk.hang_up()
        await ended(agent, talk.id)
        told = await agent.event("RecordingReady", lambda e: e["recording"]["call_id"] == talk.id)
        recording = told["body"]["recording"]["id"]
        file = f"/recordings/{recording}/file"
        assert (await colleague.http.get(file)).status_code == 403
        assert (await colleague.http.get(file, params={"reason": "curious"})).status_code == 403
        assert not (await colleague.call("GET", f"/recordings?call_id={talk.id}"))["recordings"]
        company = {"company": "Competitor", "name": "Max", "email": f"{uuid.uuid4().hex}@competitor.example"}
        await competitor.call("POST", "/sign-up", company | {"password": "Sonnenschein-2026!", "language": "en"})
        assert (await competitor.http.get(file, params={"reason": "curious"})).status_code == 404
        assert not (await competitor.call("GET", "/recordings"))["recordings"]

        why = {"reason": "a complaint", "purpose": "LISTENING_PURPOSE_FRAUD_CASE", "case_id": "none"}
        for refused in ({}, {"reason": "a complaint"}, {"purpose": "LISTENING_PURPOSE_QUALITY"}, why):
            assert (await owner.http.get(file, params=refused)).status_code == 403
        why = {"reason": "a complaint", "purpose": "LISTENING_PURPOSE_QUALITY"}
        assert (await owner.http.get(file, params=why)).status_code == 200
        assert (await agent.http.get(file)).status_code == 200

        async def noted() -> bool:
            log = (await owner.call("GET", "/audit"))["entries"]
            heard = [each["facts"]["reason"] for each in log if each["object"] == f"recording:{recording}"]
            return sorted(heard) == ["", "a complaint"]

        await eventually(noted)
        await nothing_is_left(supervisor)
