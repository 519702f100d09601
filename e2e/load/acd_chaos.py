"""Agents and customers work through gRPC while the ACD's leader, NATS or every replica is killed; then the books.

    python -m e2e.load.acd_chaos --kills 200

Two replicas of the ACD run as processes of their own beside real servers. Customers enqueue chats and calls, some
leave; agents accept, decline, miss, talk, hang up, wrap up and dial out; phones are busy or unreachable. Every moment
something dies by kill -9 and is started again. At the end everybody works until nobody waits, the journal is exported,
and:

- the independent checker finds nothing lost, doubled, stuck or out of order, and every acknowledged customer in it;
- the journal, decided again, gives the same decisions byte for byte;
- nobody was told twice, by two agents, that he has one item;
- after a kill of the leader somebody leads again within seconds (printed; asserted only by whoever reads it).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from antiphon.acd.app.journal import export
from antiphon.acd.check import Report, check
from antiphon.acd.past import replay
from antiphon.acd.v1 import acd_pb2 as pb
from antiphon.acd.v1.acd_pb2_grpc import AcdServiceStub
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import identity_pb2 as identity
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.kit import dev, procs
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers, ask, metadata
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running
from antiphon.kit.tokens import Signer, new_private_key
from e2e.load.sizes import environment_of

PASSWORD = "Correct-Horse-7!"
KINDS = ("leader", "leader", "nats", "both", "any")
SERVICES = ("directory", "routing", "acd", "channels", "inbox")
Headers = list[tuple[str, str]]


class Replica:
    """One ACD process, started as operators start it."""

    def __init__(self, number: int, platform: Platform, folder: Path) -> None:
        self.port = procs.free_port()
        self.platform = platform.model_copy(
            update={"endpoints": {**platform.endpoints, "acd": f"127.0.0.1:{self.port}"}}
        )
        self.log = folder / f"acd-{number}.log"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        told = {"ANTIPHON_ACD_SHARDS": "1", "ANTIPHON_LEASE_SECONDS": "2", "ANTIPHON_ACD_SNAPSHOT_ENTRIES": "40"}
        environment = {**environment_of(self.platform), **told}
        with self.log.open("ab") as out:
            self._child = subprocess.Popen(
                procs.dying_with_parent([sys.executable, "-m", "antiphon.acd"]),
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    @property
    def up(self) -> bool:
        return procs.is_listening(self.port)

    @property
    def recovered(self) -> str:
        """When it began to lead last, as its log says; empty: never."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return max((line for line in lines if '"tenant recovered"' in line), default="")


@dataclass
class Played:
    """What happened."""

    kills: list[str] = field(default_factory=list)
    failovers: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    accepted: dict[tuple[str, int], str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    report: Report | None = None


@dataclass
class Floor:
    """The stage: replicas, servers, a tenant with its people."""

    replicas: list[Replica]
    servers: dev.Servers
    runtime: Runtime
    chance: random.Random
    tenant: str = ""
    queue_ids: list[str] = field(default_factory=list)
    owner: Headers = field(default_factory=list)
    owner_session: str = ""
    owner_since: float = 0.0
    agents: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    played: Played = field(default_factory=Played)
    stubs: list[AcdServiceStub] = field(default_factory=list)
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, method: str, request: Any, headers: Headers) -> Any:
        """Asks some replica, and again until one answers: a command may be repeated."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return await ask(getattr(self.chance.choice(self.stubs), method), request, headers)
            except DomainError as error:
                if not error.retry or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.05)

    @property
    def own(self) -> Headers:
        return self.runtime.peers.own(self.tenant)

    async def as_owner(self) -> Headers:
        """The owner's token, made anew before it is old."""
        if time.monotonic() - self.owner_since > 60:
            self.owner, self.owner_since = await self.token(self.owner_session), time.monotonic()
        return self.owner

    async def token(self, session: str) -> Headers:
        doors = IdentityServiceStub(self.runtime.peers.channel("directory"))
        return metadata((await ask(doors.IssueToken, identity.IssueTokenRequest(session=session), [])).token)


async def set_up(floor: Floor, agents: int) -> None:
    """A tenant with agents in two queues, made through the public contracts."""
    peers = floor.runtime.peers
    people, doors = DirectoryServiceStub(peers.channel("directory")), IdentityServiceStub(peers.channel("directory"))
    mail = f"owner{floor.chance.randrange(10**9)}@chaos.example"
    new = identity.SignUpRequest(
        company="Chaos", name="Owner", email=mail, password=PASSWORD, language="en", time_zone="Europe/Kyiv"
    )
    floor.tenant = (await ask(doors.SignUp, new, [])).tenant.id

    async def sign_in(address: str) -> str:
        return str((await ask(doors.SignIn, identity.SignInRequest(email=address, password=PASSWORD), [])).session)

    floor.owner_session = await sign_in(mail)
    await floor.as_owner()
    for number in range(agents):
        address = f"a{number}.{mail}"
        person = directory.Person(name=f"Agent {number}", email=address, roles=[directory.ROLE_AGENT])
        made = await ask(people.PutPerson, directory.PutPersonRequest(person=person, password=PASSWORD), floor.owner)
        floor.agents.append(made.person.id)
        floor.sessions.append(await sign_in(address))
    members = [pb.Member(person_id=person_id) for person_id in floor.agents]
    for name, strategy, mode in (
        ("Plain", "longest_idle", pb.WRAP_UP_MODE_NONE),
        ("Loud", "ring_all", pb.WRAP_UP_MODE_OPTIONAL),
    ):
        queue = pb.Queue(name=name, strategy=strategy, members=members, wrap_up=mode)
        queue.ring_time.FromSeconds(4)
        queue.busy_delay.FromSeconds(1)
        queue.no_answer_delay.FromSeconds(1)
        stored = await floor.ask("PutQueue", pb.PutQueueRequest(queue=queue), floor.owner)
        floor.queue_ids.append(stored.queue.id)


async def customers(floor: Floor, name: str, stop: asyncio.Event) -> None:
    """Enqueue one after another; some change their minds."""
    chance, number = floor.chance, 0
    while not stop.is_set():
        number += 1
        item_id = f"{name}-{number}"
        channel = chance.choice(("webchat", "voice", "voice"))
        request = pb.EnqueueRequest(item_id=item_id, queue_id=chance.choice(floor.queue_ids), channel=channel)
        request.priority = chance.choice((0, 0, 5))
        await floor.ask("Enqueue", request, floor.own)
        floor.played.acknowledged.append(item_id)
        if chance.random() < 0.15:
            await floor.ask("Withdraw", pb.WithdrawRequest(item_id=item_id, reason="customer_left"), floor.own)
        await asyncio.sleep(chance.uniform(0.02, 0.3))


async def agent(floor: Floor, number: int, end: asyncio.Event) -> None:
    """Works until the end; refusals are taken as they come."""
    headers, issued = await floor.token(floor.sessions[number]), time.monotonic()
    while not end.is_set():
        if time.monotonic() - issued > 60:
            headers, issued = await floor.token(floor.sessions[number]), time.monotonic()
        with suppress(DomainError):
            await _work_once(floor, floor.agents[number], headers)
        await asyncio.sleep(floor.chance.uniform(0.02, 0.15))


async def _work_once(floor: Floor, agent_id: str, headers: Headers) -> None:
    work = await floor.ask("GetMyWork", pb.GetMyWorkRequest(), headers)
    if work.agent.state != pb.AGENT_STATE_READY:
        await floor.ask("SetAgentState", pb.SetAgentStateRequest(state=pb.AGENT_STATE_READY), headers)
    for offer in work.offers:
        with suppress(DomainError):
            await _answer(floor, offer, agent_id, headers)
    for item in work.items:
        with suppress(DomainError):
            if item.state == pb.ITEM_STATE_CONNECTED:
                await floor.ask("Finish", pb.FinishRequest(item_id=item.id, reason="hung_up"), floor.own)
            elif item.state == pb.ITEM_STATE_WRAP:
                await floor.ask("EndWrapUp", pb.EndWrapUpRequest(item_id=item.id), headers)
    if not work.items and not floor.idle.is_set() and floor.chance.random() < 0.05:
        out = f"out-{agent_id}-{floor.chance.randrange(10**9)}"
        await floor.ask("Occupy", pb.OccupyRequest(item_id=out, agent_id=agent_id, channel="voice"), floor.own)


async def _answer(floor: Floor, offer: pb.Offer, agent_id: str, headers: Headers) -> None:
    """Mostly yes: at the desk or by phone; sometimes no, busy, unreachable, or nothing at all."""
    draw = 0.0 if floor.idle.is_set() else floor.chance.random()
    item_id, version = offer.item_id, offer.version
    if draw < 0.45:
        await floor.ask("Accept", pb.AcceptRequest(item_id=item_id, version=version), headers)
    elif draw < 0.75:
        request = pb.ConnectOfferRequest(item_id=item_id, version=version, agent_id=agent_id)
        await floor.ask("ConnectOffer", request, floor.own)
    elif draw < 0.85:
        await floor.ask("Decline", pb.DeclineRequest(item_id=item_id, version=version), headers)
        return
    elif draw < 0.95:
        how = floor.chance.choice(list(pb.OfferFailure.values())[1:])
        failed = pb.EndOfferRequest(item_id=item_id, version=version, agent_id=agent_id, how=how)
        await floor.ask("EndOffer", failed, floor.own)
        return
    else:
        return
    other = floor.played.accepted.setdefault((item_id, version), agent_id)
    if other != agent_id:
        floor.played.faults.append(f"{item_id}/{version} was given to {other} and to {agent_id}")


async def kills(floor: Floor, count: int, pause: float) -> None:
    """kill -9, start again, wait until somebody leads; over and over."""
    for _ in range(count):
        await asyncio.sleep(floor.chance.uniform(0.2, pause))
        kind = floor.chance.choice(KINDS)
        floor.played.kills.append(kind)
        if len(floor.played.kills) % 20 == 0:
            print(f"{len(floor.played.kills)} kills", flush=True)
        began = time.monotonic()
        dead = _strike(floor, kind)
        await floor.ask("ListWaiting", pb.ListWaitingRequest(queue_id=floor.queue_ids[0]), await floor.as_owner())
        if kind == "leader":
            floor.played.failovers.append(time.monotonic() - began)
        for replica in dead:
            replica.start()
        await _until(lambda: all(replica.up for replica in floor.replicas), 60)


def _strike(floor: Floor, kind: str) -> list[Replica]:
    """Kills; returns the replicas to be started again once the others have taken over (both at once: at once)."""
    if kind == "nats":
        floor.servers.nats.kill()
        floor.servers.nats.start()
        return []
    by_lead = sorted(floor.replicas, key=lambda replica: replica.recovered)
    dead = floor.replicas if kind == "both" else [by_lead[-1] if kind == "leader" else floor.chance.choice(by_lead)]
    for replica in dead:
        replica.kill()
    if kind == "both":
        for replica in dead:
            replica.start()
        return []
    return dead


async def _until(probe: Callable[[], bool], within: float) -> None:
    deadline = time.monotonic() + within
    while not probe():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s")
        await asyncio.sleep(0.05)


async def drain(floor: Floor) -> None:
    """Everybody works on until nobody waits, rings or talks."""

    async def busy() -> int:
        board: pb.GetBoardResponse = await floor.ask("GetBoard", pb.GetBoardRequest(), await floor.as_owner())
        return sum(queue.waiting + queue.offered + queue.connected for queue in board.queues) + sum(
            sum(agent.load.values()) for agent in board.agents
        )

    for _ in range(600):
        if not await busy():
            return
        await asyncio.sleep(0.1)
    floor.played.faults.append(f"{await busy()} are still there a minute after the last kill")


async def play(servers: dev.Servers, folder: Path, seed: int, count: int, pause: float = 2.0) -> Played:
    """The whole performance on running servers."""
    chance = random.Random(seed)
    platforms = dev.platforms(folder, SERVICES, servers, mongo_prefix=f"chaos{seed}", log_level="WARNING")
    async with running({"directory": directory_serve}, platforms) as started:
        acd = platforms["acd"].model_copy(update={"log_level": "INFO"})
        floor = Floor([Replica(number, acd, folder) for number in (1, 2)], servers, started["directory"], chance)
        try:
            for replica in floor.replicas:
                replica.start()
            await _until(lambda: all(replica.up for replica in floor.replicas), 60)
            await _perform(floor, count, pause)
        finally:
            for replica in floor.replicas:
                replica.kill()
    return floor.played


async def _perform(floor: Floor, count: int, pause: float) -> None:
    key = floor.replicas[0].platform.token_key.get_secret_value()
    channels = [Peers(replica.platform, Signer("acd", key)) for replica in floor.replicas]
    floor.stubs = [AcdServiceStub(peers.channel("acd")) for peers in channels]
    await set_up(floor, agents=5)
    stop, end = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        working: list[Awaitable[None]] = [group.create_task(agent(floor, number, end)) for number in range(5)]
        coming = [group.create_task(customers(floor, f"c{number}", stop)) for number in range(3)]
        await kills(floor, count, pause)
        stop.set()
        await asyncio.gather(*coming)
        floor.idle.set()
        await drain(floor)
        end.set()
        await asyncio.gather(*working)
    bus = await floor.runtime.bus()
    lines = [line.decode() async for line in export(bus, floor.tenant)]
    report = floor.played.report = check(lines, floor.played.acknowledged)
    floor.played.faults += [f"{kind}: {text}" for kind, texts in report.faults.items() for text in texts]
    floor.played.faults += [f"decided otherwise: {one}" for one in replay(lines)[1][:5]]
    for peers in channels:
        await peers.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=2.0, help="most seconds between two kills")
    options = parser.parse_args()
    os.environ.setdefault("ANTIPHON_DIRECTORY_SEALING_KEY", new_private_key())
    os.environ.setdefault("ANTIPHON_DIRECTORY_PASSWORD_MEMORY_KIB", "1024")
    folder = Path(tempfile.mkdtemp(prefix="acd-chaos-"))
    (folder / "acd").mkdir()
    with dev.servers(folder) as servers:
        played = asyncio.run(play(servers, folder / "acd", options.seed, options.kills, options.pause))
    report = played.report
    assert report is not None
    waits = sorted(played.failovers) or [0.0]
    print(f"{len(played.kills)} kills ({', '.join(f'{played.kills.count(k)} {k}' for k in dict.fromkeys(KINDS))})")
    print(f"{report.entries} entries, {report.items} items, {report.offers} offers, {report.accepted} accepted")
    print(f"failover: median {waits[len(waits) // 2]:.1f} s, longest {waits[-1]:.1f} s")
    print("\n".join(played.faults) or "0 lost, 0 doubled, 0 stuck, order kept; replayed byte for byte")
    if played.faults:
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
