"""The NG client against an engine that answers late, twice, wrongly or never; the cluster against real ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from antiphon.kit.testing import eventually
from antiphon.media.anchor.sdp import LegKind
from antiphon.media.ng import bencode
from antiphon.media.ng.client import NgClient
from antiphon.media.ng.cluster import Cluster
from antiphon.media.ng.node import Address, Node
from antiphon.media.ng.reasons import NgError, Reason
from antiphon.media.tests.engine import Engine, free_udp_port, installed
from antiphon.media.tests.party import Parties

pytestmark = pytest.mark.service

WAITS = (0.2, 0.2, 0.2)
OK = {"result": "ok"}


class CrookedEngine(asyncio.DatagramProtocol):
    """Answers as `script` says: for each datagram a list of answers, which are bodies."""

    def __init__(self, script: Callable[[int, dict[str, object]], list[bytes]]) -> None:
        self.heard: list[tuple[str, dict[str, object]]] = []
        self._script = script
        self.transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        cookie, _, body = data.partition(b" ")
        command = bencode.decode(body)
        assert isinstance(command, dict)
        self.heard.append((cookie.decode(), dict(command)))
        assert self.transport is not None
        for answer in self._script(len(self.heard), dict(command)):
            self.transport.sendto(cookie + b" " + answer, addr)


Talk = Callable[..., Awaitable[tuple[CrookedEngine, NgClient]]]


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    opened: list[tuple[CrookedEngine, NgClient]] = []

    async def start(script: Callable[[int, dict[str, object]], list[bytes]]) -> tuple[CrookedEngine, NgClient]:
        engine = CrookedEngine(script)
        loop = asyncio.get_running_loop()
        engine.transport, _ = await loop.create_datagram_endpoint(lambda: engine, local_addr=("127.0.0.1", 0))
        client = await NgClient.connect("127.0.0.1", engine.transport.get_extra_info("sockname")[1], WAITS)
        opened.append((engine, client))
        return engine, client

    yield start
    for engine, client in opened:
        client.close()
        assert engine.transport is not None
        engine.transport.close()


async def refusal(asked: Awaitable[object]) -> Reason:
    with pytest.raises(NgError) as error:
        await asked
    reason = error.value.reason
    assert isinstance(reason, Reason)
    return reason


async def test_an_engine_that_began_anew_between_two_looks_is_noticed(talk: Talk) -> None:
    """It was never silent to us, yet what it carried is gone: told as dead and back, once."""
    uptimes = iter(["50", "51", "2", "3"])

    def statistics(_number: int, _command: dict[str, object]) -> list[bytes]:
        total = {"totalstatistics": {"uptime": next(uptimes)}}
        return [bencode.encode({"result": "ok", "statistics": total})]

    _, client = await talk(statistics)
    told: list[bool] = []
    node = Node(Address("one", "127.0.0.1", 0), client, lambda it: told.append(it.alive))
    for expected in ([], [], [False, True], [False, True]):
        assert await node.probe()
        assert told == expected


async def test_an_unanswered_command_is_repeated_with_the_same_cookie(talk: Talk) -> None:
    engine, client = await talk(lambda count, _: [bencode.encode(OK)] if count == 3 else [])
    assert await client.ask("offer", {"call-id": "x"}) == OK
    assert len({cookie for cookie, _ in engine.heard}) == 1
    assert [command["command"] for _, command in engine.heard] == ["offer"] * 3


async def test_silence_is_an_error(talk: Talk) -> None:
    engine, client = await talk(lambda *_: [])
    assert await refusal(client.ask("ping")) is Reason.ENGINE_SILENT
    assert len(engine.heard) == len(WAITS)


async def test_garbage_and_second_answers_do_no_harm(talk: Talk) -> None:
    answers = [b"garbage", b"i5e", bencode.encode(OK), bencode.encode({"result": "error"})]
    _, client = await talk(lambda *_: answers)
    assert await client.ask("ping") == OK
    assert await client.ask("ping") == OK


async def test_commands_do_not_wait_for_each_other(talk: Talk) -> None:
    held: list[bytes] = []

    def script(count: int, command: dict[str, object]) -> list[bytes]:
        held.append(bencode.encode({**OK, "n": int(str(command["n"]))}))
        return [held[-1]] if count != 1 else []

    _, client = await talk(script)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.ask("x", {"n": number})) for number in range(20)]
    assert [task.result()["n"] for task in tasks] == list(range(20))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Unknown call-id", Reason.CALL_UNKNOWN),
        ("Parallel session limit reached", Reason.ENGINE_FULL),
        ("Ran out of ports", Reason.ENGINE_FULL),
        ("Something else", Reason.ENGINE_REFUSED),
    ],
)
async def test_a_refusal_is_typed(talk: Talk, said: str, reason: Reason) -> None:
    _, client = await talk(lambda *_: [bencode.encode({"result": "error", "error-reason": said})])
    assert await refusal(client.ask("offer")) is reason


async def test_a_burst_of_large_answers_arrives(talk: Talk) -> None:
    large = bencode.encode({**OK, "statistics": "x" * 8000})
    engine, client = await talk(lambda *_: [large])
    async with asyncio.TaskGroup() as group:
        for _ in range(300):
            group.create_task(client.ask("query"))
    assert len(engine.heard) == 300


async def test_nobody_there_is_known_at_once() -> None:
    client = await NgClient.connect("127.0.0.1", free_udp_port(), (60.0,))
    assert await refusal(client.ask("ping")) is Reason.ENGINE_SILENT
    client.close()
    assert await refusal(client.ask("ping")) is Reason.ENGINE_SILENT


@pytest.mark.skipif(not installed(), reason="rtpengine is not installed")
async def test_calls_go_where_there_is_room_and_never_to_the_dead_or_draining(tmp_path: Path, party: Parties) -> None:
    engines = [Engine(tmp_path / name, host) for name, host in (("one", "127.0.0.72"), ("two", "127.0.0.73"))]
    told: list[tuple[str, bool]] = []

    def changed(node: Node) -> None:
        told.append((node.name, node.alive))

    for engine in engines:
        engine.start()
    addresses = [Address(name, engine.host, engine.port) for name, engine in zip(("one", "two"), engines, strict=True)]
    cluster = await Cluster.open(addresses, changed=changed, waits=WAITS)
    try:
        caller = await party(440)
        calls = [cluster.anchor(f"call-{number}") for number in range(4)]
        assert sorted(call.node for call in calls) == ["one", "one", "two", "two"]
        for call in calls:
            await call.answer("A", caller.sdp())
        await cluster.probe()
        assert [node.calls for node in cluster.nodes] == [2, 2]

        cluster.drain_only({"one"})
        assert {cluster.anchor(f"next-{number}").node for number in range(3)} == {"two"}
        on_one = next(call for call in calls if call.node == "one")
        await on_one.offer("L", on_one.leg("A").kind)  # what is there goes on
        cluster.drain_only(())

        engines[0].process.kill()
        assert await refusal(on_one.statistics()) is Reason.ENGINE_SILENT
        assert told == [("one", False)]
        assert {cluster.anchor(f"after-{number}").node for number in range(5)} == {"two"}
        cluster.drain_only({"two", "nobody"})
        assert await refusal_of_choice(cluster) is Reason.NO_ENGINE

        engines[0].start()
        await cluster.probe()
        assert told == [("one", False), ("one", True)]
        assert cluster.anchor("again").node == "one"
        assert await refusal(on_one.statistics()) is Reason.CALL_UNKNOWN
        await on_one.end()  # an unknown call is over
    finally:
        cluster.close()
        for engine in engines:
            engine.stop()


@pytest.mark.skipif(not installed(), reason="rtpengine is not installed")
async def test_a_conversation_of_a_dead_node_goes_on_elsewhere(tmp_path: Path, party: Parties) -> None:
    one, two = Engine(tmp_path / "one", "127.0.0.72"), Engine(tmp_path / "two", "127.0.0.73")
    one.start()
    two.start()
    addresses = [Address("one", one.host, one.port), Address("two", two.host, two.port)]
    cluster = await Cluster.open(addresses, waits=WAITS)
    try:
        caller, agent = await party(440), await party(880)
        anchor = cluster.anchor("call")
        assert anchor.node == "one"
        caller.talks_to(one.host, await anchor.answer("A", caller.sdp()))
        agent.talks_to(one.host, await anchor.offer("L", LegKind.SIP))
        await anchor.connect("L", agent.sdp())
        await caller.hears(880)
        one.process.kill()
        await cluster.probe()
        anchor = cluster.anchor("call")
        for tag, each in (("A", caller), ("L", agent)):
            each.talks_to(two.host, await anchor.originate(tag, LegKind.SIP))  # goes out as a re-INVITE
            assert await anchor.connect(tag, each.sdp()) is None
            each.forget()
        assert await anchor.bridge("A", "L") is None
        await caller.hears(880)
        await agent.hears(440)
    finally:
        cluster.close()
        one.stop()
        two.stop()


async def refusal_of_choice(cluster: Cluster) -> Reason:
    with pytest.raises(NgError) as error:
        cluster.anchor("nowhere")
    assert isinstance(error.value.reason, Reason)
    return error.value.reason


async def test_the_watch_notices_who_is_gone_and_who_is_back() -> None:
    told: list[bool] = []
    port = free_udp_port()
    address = Address("one", "127.0.0.1", port)
    cluster = await Cluster.open([address], changed=lambda node: told.append(node.alive), waits=(0.1,))
    watch = asyncio.get_running_loop().create_task(cluster.watch(every=0.02))
    engine = CrookedEngine(lambda *_: [bencode.encode(OK)])
    engine.transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: engine, local_addr=("127.0.0.1", port)
    )
    await eventually(lambda: told == [False, True])
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    engine.transport.close()
    cluster.close()
