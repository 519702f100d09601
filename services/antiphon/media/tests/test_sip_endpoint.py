"""The endpoint on real sockets: with another one over UDP and TCP, and with sipp on either side."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import uvloop

from antiphon.kit.procs import dying_with_parent, free_port, is_listening
from antiphon.media.endpoint.endpoint import Endpoint, Options
from antiphon.media.endpoint.leg import Leg, LegEvent, LegState, Refused, Replaced
from antiphon.media.sip.digest import Credentials
from antiphon.media.sip.events import Acked, Answered, Dtmf, Ended, Failed, Progress, Referred, Reoffered
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.limits import Limits
from antiphon.media.sip.registration import Account, RegistrationState
from antiphon.media.sip.syntax import ParseError
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.registrar import Registrar
from antiphon.media.tests.sip_net import ANSWER, OFFER

pytestmark = pytest.mark.service

ME = NameAddr("sip:me@pbx.example", "Me")
WITHIN = 20.0


class Host:
    """An endpoint and the calls that came in."""

    def __init__(self, **more: object) -> None:
        self.calls: asyncio.Queue[Leg] = asyncio.Queue()
        self.endpoint = Endpoint("127.0.0.1", 0, on_call=self.calls.put_nowait, **more)  # type: ignore[arg-type]

    async def call(self) -> Leg:
        async with asyncio.timeout(WITHIN):
            return await self.calls.get()

    def number(self, transport: str = "udp") -> str:
        return f"sip:1001@127.0.0.1:{self.endpoint.port};transport={transport}"


@pytest.fixture
async def hosts() -> AsyncIterator[tuple[Host, Host]]:
    both = Host(), Host()
    for one in both:
        await one.endpoint.start()
    yield both
    for one in both:
        await one.endpoint.close()


async def next_of(leg: Leg) -> LegEvent:
    async with asyncio.timeout(WITHIN):
        return await leg.next()


async def eventually(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(WITHIN):
        while not is_so():  # noqa: ASYNC110 — what is awaited is no event
            await asyncio.sleep(0.02)


async def connected(a: Host, b: Host, transport: str = "udp") -> tuple[Leg, Leg]:
    out = a.endpoint.invite(b.number(transport), sender=ME, sdp=OFFER)
    leg = await b.call()
    assert leg.answer(ANSWER)
    assert await next_of(out) == Answered(ANSWER)
    assert await next_of(leg) == Acked()
    return out, leg


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_the_whole_life_of_a_call(hosts: tuple[Host, Host], transport: str) -> None:
    a, b = hosts
    out = a.endpoint.invite(b.number(transport), sender=ME, sdp=OFFER, headers=[("X-Call", "7")])
    leg = await b.call()
    assert (leg.direction, leg.remote_sdp, leg.header("x-call"), leg.state) == ("in", OFFER, "7", LegState.OFFERED)
    assert leg.hops_left == 69
    assert leg.invite.sender.display == "Me"
    leg.ring(183, ANSWER, reliable=True)
    assert await next_of(out) == Progress(183, ANSWER)
    leg.answer(ANSWER)
    assert await next_of(out) == Answered(ANSWER)
    assert await next_of(leg) == Acked()
    assert out.id != leg.id
    assert out.call_id == leg.call_id

    wanted = asyncio.ensure_future(out.reoffer(b"v=0 hold"))
    event = await next_of(leg)
    assert isinstance(event, Reoffered)
    event.reply(b"v=0 held")
    assert await wanted == b"v=0 held"
    assert await next_of(leg) == Acked()
    wanted = asyncio.ensure_future(leg.update(b"v=0 video"))
    event = await next_of(out)
    assert isinstance(event, Reoffered)
    event.reply(488)
    with pytest.raises(Refused, match="488"):
        await wanted

    await out.digit("#", 200)
    assert await next_of(leg) == Dtmf("#", 200)
    with pytest.raises(Refused, match="415"):
        await out.info("text/plain", b"hello")

    transfer = asyncio.ensure_future(leg.refer("sip:1002@pbx.example"))
    event = await next_of(out)
    assert isinstance(event, Referred)
    event.reply(202)
    out.notify(486)
    async with asyncio.timeout(WITHIN):
        assert await transfer == 486

    leg.hang_up("Q.850;cause=16")
    assert await next_of(out) == Ended(by_remote=True, cause="Q.850;cause=16")
    assert await next_of(leg) == Ended(by_remote=False, cause="Q.850;cause=16")
    assert a.endpoint.census()["legs"] == b.endpoint.census()["calls"] == 0
    assert await a.endpoint.options(b.number(transport)) == 200


def test_it_runs_on_uvloop() -> None:
    async def scenario() -> None:
        both = Host(), Host()
        for one in both:
            await one.endpoint.start()
        for transport in ("udp", "tcp"):
            out, leg = await connected(*both, transport)
            out.hang_up()
            assert await next_of(leg) == Ended(by_remote=True)
        for one in both:
            await one.endpoint.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())


async def test_another_replica_takes_a_call_over(hosts: tuple[Host, Host]) -> None:
    a, b = hosts
    out, leg = await connected(a, b)
    data = json.loads(json.dumps(out.dump()))
    heir = Host()
    await heir.endpoint.start()
    adopted = heir.endpoint.adopt(data)
    assert (adopted.id, adopted.call_id, adopted.direction, adopted.state) == (out.id, out.call_id, "out", LegState.UP)
    adopted.hang_up()
    assert await next_of(leg) == Ended(by_remote=True)
    with pytest.raises(LookupError):
        _ = adopted.invite
    with pytest.raises(ParseError):
        leg.dump()
    await heir.endpoint.close()


async def test_an_attended_transfer_by_replaces(hosts: tuple[Host, Host]) -> None:
    a, b = hosts
    out, leg = await connected(a, b)
    new = a.endpoint.invite(b.number(), sender=ME, sdp=OFFER, headers=[("Replaces", out.replaces)])
    event = await next_of(leg)
    assert isinstance(event, Replaced)
    event.by.answer(ANSWER)
    assert await next_of(new) == Answered(ANSWER)
    assert await next_of(out) == Ended(by_remote=True)
    assert await next_of(leg) == Ended(by_remote=False)
    assert b.calls.empty()


async def test_draining_and_limits(hosts: tuple[Host, Host]) -> None:
    a, b = hosts
    out, leg = await connected(a, b)
    b.endpoint.draining = True
    assert await a.endpoint.options(b.number()) == 503
    refused = a.endpoint.invite(b.number(), sender=ME, sdp=OFFER)
    assert await next_of(refused) == Failed(503, "Service Unavailable")
    out.hang_up()
    assert await next_of(leg) == Ended(by_remote=True)
    small = Host(options=Options(limits=Limits(calls=0)))
    await small.endpoint.start()
    refused = a.endpoint.invite(small.number(), sender=ME, sdp=OFFER)
    assert await next_of(refused) == Failed(503, "Service Unavailable")
    await small.endpoint.close()


async def test_nobody_listens(hosts: tuple[Host, Host]) -> None:
    a, _ = hosts
    port = free_port()
    failed = a.endpoint.invite(f"sip:x@127.0.0.1:{port};transport=tcp", sender=ME, sdp=OFFER)
    assert await next_of(failed) == Failed(503, "Service Unavailable")
    assert await a.endpoint.options("sip:x@no-such-host.invalid") == 503
    for target in ("nonsense", "tel:+380441234567"):
        with pytest.raises(ParseError):
            a.endpoint.invite(target, sender=ME, sdp=OFFER)
    assert a.endpoint.census()["calls"] == 0


async def test_a_lost_connection_is_made_again(hosts: tuple[Host, Host]) -> None:
    a, b = hosts
    out, leg = await connected(a, b, "tcp")
    for one in (a, b):
        for connection in set(one.endpoint._sockets._connections.values()):
            connection.close()
    await asyncio.sleep(0)
    await eventually(lambda: not a.endpoint._sockets._connections)
    out.hang_up()
    assert await next_of(leg) == Ended(by_remote=True)


async def test_an_answer_finds_its_way_when_the_connection_is_gone(hosts: tuple[Host, Host]) -> None:
    a, b = hosts
    out = a.endpoint.invite(b.number("tcp"), sender=ME, sdp=OFFER)
    leg = await b.call()
    leg.ring()
    assert await next_of(out) == Progress(180)
    for one in (a, b):
        for connection in set(one.endpoint._sockets._connections.values()):
            connection.close()
    await eventually(lambda: not a.endpoint._sockets._connections and not b.endpoint._sockets._connections)
    leg.answer(ANSWER)
    assert await next_of(out) == Answered(ANSWER)
    assert await next_of(leg) == Acked()


async def test_garbage_does_no_harm(hosts: tuple[Host, Host]) -> None:
    a, b = hosts
    here = ("127.0.0.1", b.endpoint.port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        for data in (b"\x00", b"\r\n\r\n", b"x" * 60_000, b"INVITE", b"INVITE sip:a SIP/2.0\r\nVia: x\r\n\r\n"):
            wire.sendto(data, here)
    for data in (b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"y" * 70_000):
        reader, writer = await asyncio.open_connection(*here)
        writer.write(data)
        async with asyncio.timeout(WITHIN):
            assert await reader.read() == b""
        writer.close()
    reader, writer = await asyncio.open_connection(*here)
    writer.write(b"\r\n\r\n")
    async with asyncio.timeout(WITHIN):
        assert await reader.readexactly(2) == b"\r\n"
    writer.close()
    await connected(a, b)


async def test_a_registration(hosts: tuple[Host, Host]) -> None:
    a, _ = hosts
    registrar = await Registrar.start()
    account = Account(f"sip:127.0.0.1:{registrar.port}", "sip:trunk@r", Credentials("trunk", "secret"))
    registration = a.endpoint.registration(account)
    async with asyncio.timeout(WITHIN):
        changes = [await registration.next() for _ in range(2)]
    assert changes == [(RegistrationState.TRYING, 0), (RegistrationState.REGISTERED, 200)]
    registration.stop()
    await eventually(lambda: registrar.seen[-1].get("expires") == "0" and registrar.seen[-1].has("authorization"))
    assert registration.state is RegistrationState.STOPPED
    registrar.transport.close()


# -- sipp


async def sipp(directory: Path, *arguments: str) -> asyncio.subprocess.Process:
    program = shutil.which("sipp")
    assert program is not None, "sipp is installed by the set-up"
    with (directory / "sipp.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            *dying_with_parent([program, *arguments, "-i", "127.0.0.1", "-nostdin"]),
            cwd=directory,
            stdout=log,
            stderr=log,
            env={"TERM": "dumb", "PATH": "/usr/bin:/bin"},
        )


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_sipp_calls_us(hosts: tuple[Host, Host], tmp_path: Path, transport: str) -> None:
    _, b = hosts
    ended: list[LegEvent] = []

    def answer(leg: Leg) -> None:
        leg.on_event = ended.append
        leg.ring()
        leg.answer(ANSWER)

    b.endpoint._on_call = answer
    rates = ["-m", "40", "-r", "40", "-l", "40", "-d", "100", "-t", transport, "-p", str(free_port())]
    caller = await sipp(tmp_path, "-sn", "uac", f"127.0.0.1:{b.endpoint.port}", *rates, "-timeout", "30")
    async with asyncio.timeout(60):
        assert await caller.wait() == 0, (tmp_path / "sipp.log").read_text()[-2000:]
    await eventually(lambda: sum(isinstance(event, Ended) for event in ended) == 40)
    assert {event for event in ended if isinstance(event, Ended)} == {Ended(by_remote=True)}
    assert b.endpoint.census()["calls"] == 0


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_we_call_sipp(hosts: tuple[Host, Host], tmp_path: Path, transport: str) -> None:
    a, _ = hosts
    port = free_port()
    arguments = ["-sn", "uas", "-m", "20", "-p", str(port), "-t", transport, "-timeout", "40"]
    callee = await sipp(tmp_path, *arguments)
    hop = Hop("127.0.0.1", port, "tcp" if transport == "t1" else "udp")
    suffix = f";transport={hop.transport}"
    if hop.is_reliable:
        await eventually(lambda: is_listening(port))
    legs = [a.endpoint.invite(f"sip:x@127.0.0.1:{port}{suffix}", sender=ME, sdp=OFFER) for _ in range(20)]
    for leg in legs:
        event = await next_of(leg)
        while isinstance(event, Progress):
            event = await next_of(leg)
        assert isinstance(event, Answered)
        assert b"m=audio" in event.sdp
        leg.hang_up()
        assert await next_of(leg) == Ended(by_remote=False)
    async with asyncio.timeout(60):
        assert await callee.wait() == 0
    assert a.endpoint.census()["calls"] == 0


async def test_a_large_invite_over_tcp_and_without_it(hosts: tuple[Host, Host]) -> None:
    """A plain UDP phone is reached after all, as soon as its port refuses the connection."""
    a, b = hosts
    large = OFFER + b"a=candidate:" * 120
    out = a.endpoint.invite(b.number(), sender=ME, sdp=large)
    leg = await b.call()
    assert "TCP" in leg.invite.get("via")
    assert leg.answer(ANSWER)
    assert await next_of(out) == Answered(ANSWER)
    out.hang_up()
    assert isinstance(await next_of(out), Ended)
    server = b.endpoint._sockets._server
    assert server is not None
    server.close()
    for connection in set(a.endpoint._sockets._connections.values()):
        connection.close()
    await eventually(lambda: not a.endpoint._sockets._connections)
    while not b.calls.empty():
        b.calls.get_nowait()
    out = a.endpoint.invite(b.number(), sender=ME, sdp=large)
    leg = await b.call()
    assert "UDP" in leg.invite.get("via")
    assert leg.remote_sdp == large
    leg.reject(486)
    assert isinstance(await next_of(out), Failed)
