"""A telephone exchange for the tests: real directory, routing, acd and media with a real rtpengine; callers, agents and
trunks are phones of our own. There is no Kamailio: phones send to media with the header the edge would write."""

from __future__ import annotations

import functools
import itertools
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from antiphon.acd.__main__ import serve as serve_acd
from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.acd.v1.acd_pb2_grpc import AcdServiceStub
from antiphon.billing.__main__ import serve as serve_billing
from antiphon.directory.__main__ import serve as serve_directory
from antiphon.directory.settings import Settings as DirectorySettings
from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import identity_pb2 as identity
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.directory.v1.telephony_pb2_grpc import TelephonyServiceStub
from antiphon.kit import procs
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.protos import struct
from antiphon.kit.service import Runtime, Serve
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.media.__main__ import serve as serve_media
from antiphon.media.audio import g711, tones
from antiphon.media.phone.phone import Phone, PhoneAccount, PhoneCall
from antiphon.media.phone.sound import Tone, joined, purity
from antiphon.media.settings import Settings
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.engine import Engine
from antiphon.media.v1 import media_pb2 as pb
from antiphon.media.v1.media_pb2_grpc import MediaServiceStub
from antiphon.media.wiring import Parts
from antiphon.routing.__main__ import serve as serve_routing
from antiphon.routing.v1 import routing_pb2 as routing
from antiphon.routing.v1.routing_pb2_grpc import RoutingServiceStub

PASSWORD = "Correct-Horse-7-Lamp"
DOMAIN = "pbx.test"
MUSIC, CALLER, AGENT, OTHER = 330, 440, 880, 1320
Headers = list[tuple[str, str]]
_numbers = itertools.count(380_441_000_100)


@dataclass
class Person:
    """Somebody with a phone on the desk."""

    id: str
    headers: Headers
    extension: str
    account: telephony.SipAccount
    phone: Phone
    hertz: int

    async def incoming(self, *, answer: bool = True) -> PhoneCall:
        """The call that rings now, picked up at once."""
        call = await self.phone.incoming()
        call.line.sound = Tone(self.hertz)
        call.ring()
        if answer:
            assert call.answer()
        return call


@dataclass
class Plant:
    """One tenant: an owner, agents 201 and 202, a queue, a number over a trunk."""

    rt: Runtime
    parts: Parts
    engine: Engine
    tenant: str = ""
    owner: Headers = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    queue_id: str = ""
    trunk_id: str = ""
    number: str = ""
    phones: list[Phone] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)
    carrier: Hop = field(default_factory=lambda: Hop("127.0.0.1"))
    """Where operators send their calls, when there is an edge."""

    def __post_init__(self) -> None:
        channel = self.rt.peers.channel
        self.media = MediaServiceStub(channel("media"))
        self.acd = AcdServiceStub(channel("acd"))
        self.routing = RoutingServiceStub(channel("routing"))
        self.directory = DirectoryServiceStub(channel("directory"))
        self.telephony = TelephonyServiceStub(channel("directory"))
        self.doors = IdentityServiceStub(channel("directory"))

    # --- making it

    async def open(self, email: str) -> Plant:
        request = identity.SignUpRequest(
            company="Ромашка", name="Iryna", email=email, password=PASSWORD, language="uk", time_zone="Europe/Kyiv"
        )
        made = await patiently(lambda: ask(self.doors.SignUp, request, []))  # media may have asked before it was there
        self.tenant = made.tenant.id
        self.owner = await self._sign_in(email)
        for place in (1, 2, 3):
            self.people.append(await self._person(place, email))
        members = [acd.Member(person_id=person.id) for person in self.people[:2]]
        queue = acd.Queue(name="Support", strategy="longest_idle", members=members, wrap_up=acd.WRAP_UP_MODE_NONE)
        stored = await patiently(lambda: ask(self.acd.PutQueue, acd.PutQueueRequest(queue=queue), self.owner))
        self.queue_id = stored.queue.id
        trunk = telephony.Trunk(name="Operator", host="127.0.0.1", codecs=["PCMA"])
        answer = await ask(self.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), self.owner)
        self.trunk_id, self.number = answer.trunk.id, f"+{next(_numbers)}"
        put = directory.PutNumberRequest(number=directory.Number(e164=self.number, trunk_id=self.trunk_id))
        await ask(self.directory.PutNumber, put, self.owner)
        return self

    async def _sign_in(self, email: str) -> Headers:
        session = (await ask(self.doors.SignIn, identity.SignInRequest(email=email, password=PASSWORD), [])).session
        return metadata((await ask(self.doors.IssueToken, identity.IssueTokenRequest(session=session), [])).token)

    async def _person(self, place: int, email: str) -> Person:
        mail, extension = f"a{place}.{email}", f"20{place}"
        role = directory.ROLE_SUPERVISOR if place == 3 else directory.ROLE_AGENT
        person = directory.Person(name=f"Agent {place}", email=mail, roles=[role], extension=extension)
        put = directory.PutPersonRequest(person=person, password=PASSWORD)
        made = (await ask(self.directory.PutPerson, put, self.owner)).person
        account = telephony.SipAccount(person_id=made.id, title="desk")
        request = telephony.PutSipAccountRequest(account=account)
        answer = await ask(self.telephony.PutSipAccount, request, self.owner)
        stored, self.passwords[answer.account.username] = answer.account, answer.password
        phone = await self.phone(stored.username)
        self.edge.direct[stored.username] = Hop("127.0.0.1", phone.endpoint.port)
        self.edge.direct[f"{self.tenant}.{made.id}"] = Hop("127.0.0.1", self.nowhere.endpoint.port)
        return Person(made.id, await self._sign_in(mail), extension, stored, phone, AGENT + 440 * (place - 1))

    @property
    def edge(self) -> Any:
        return self.parts.board.world.edge

    @property
    def nowhere(self) -> Phone:
        """A phone that refuses everything: browsers that are not open."""
        return self.phones[0]

    async def phone(self, user: str = "operator", to: Hop | None = None) -> Phone:
        """A phone that sends to media directly: to this replica, or to another."""
        account = PhoneAccount(user, DOMAIN, codecs=("PCMA",))
        phone = Phone(account, to or Hop("127.0.0.1", self.parts.endpoint.port), rtcp_every=1.0)
        await phone.start()
        self.phones.append(phone)
        return phone

    async def scheme(self, *nodes: dict[str, Any], language: str = "en") -> None:
        """Publishes a scheme that starts with the first node, and binds the number to it."""
        graph = struct({"start": nodes[0]["id"], "languages": [language], "nodes": list(nodes)})
        scheme = routing.Scheme(name=f"Main {next(_numbers)}", graph=graph)
        put = await ask(self.routing.PutScheme, routing.PutSchemeRequest(scheme=scheme), self.owner)
        assert not [finding for finding in put.findings if finding.severity == "error"], put.findings
        publish = routing.PublishSchemeRequest(scheme_id=put.scheme.id, rev=put.scheme.rev, reason="test")
        await ask(self.routing.PublishScheme, publish, self.owner)
        binding = routing.Binding(address=self.number, scheme_id=put.scheme.id)
        await ask(self.routing.PutBinding, routing.PutBindingRequest(binding=binding), self.owner)

    def queue_node(self, **more: Any) -> dict[str, Any]:
        return {
            "id": "queue",
            "kind": "enqueue",
            "queue_id": self.queue_id,
            "greeting": {"en": "One moment."},
            "max_wait_s": 0,
            **more,
        }

    async def change_queue(self, **fields: Any) -> None:
        found = (await ask(self.acd.ListQueues, acd.ListQueuesRequest(), self.owner)).queues
        record = next(it for it in found if it.id == self.queue_id)
        for name, value in fields.items():
            if isinstance(value, timedelta):
                getattr(record, name).FromTimedelta(value)
            else:
                setattr(record, name, value)
        await ask(self.acd.PutQueue, acd.PutQueueRequest(queue=record), self.owner)
        self.parts.board.world.asks.forget(self.tenant, "queues")  # as the fact does a moment later

    async def dial_plan(self, **fields: Any) -> None:
        plan = (await ask(self.telephony.GetDialPlan, telephony.GetDialPlanRequest(), self.owner)).plan
        for name, value in fields.items():
            setattr(plan, name, value)
        await ask(self.telephony.PutDialPlan, telephony.PutDialPlanRequest(plan=plan), self.owner)
        self.parts.board.world.asks.forget(self.tenant, "plan")  # as the fact does a moment later

    async def ready(self, *places: int) -> None:
        for place in places:
            request = acd.SetAgentStateRequest(state=acd.AGENT_STATE_READY)
            headers = self.people[place].headers
            await patiently(functools.partial(ask, self.acd.SetAgentState, request, headers))

    async def away(self) -> None:
        """Nobody takes work; whatever somebody still wraps up is left to him."""
        for person in self.people[:2]:
            request = acd.SetAgentStateRequest(state=acd.AGENT_STATE_NOT_READY, reason="break")
            await patiently(functools.partial(ask, self.acd.SetAgentState, request, person.headers))

    # --- calling

    async def caller(
        self, number: str = "", hertz: int = CALLER, *, offers: bool = True, at: Hop | None = None
    ) -> PhoneCall:
        """Somebody calls from outside over the trunk; `at` another replica than this one."""
        phone = await self.phone(f"38050{next(_numbers) % 10_000_000:07}", at)
        source = f"trunk;id={self.trunk_id};tenant={self.tenant}"
        headers = [("X-Antiphon-Source", source)]
        call = await phone.call(f"sip:{number or self.number}@{DOMAIN}", headers, offers=offers)
        call.line.sound = Tone(hertz)
        return call

    async def dials(self, person: Person, number: str) -> PhoneCall:
        """A person dials on the desk phone."""
        source = f"device;account={person.account.id};tenant={self.tenant};user={person.account.username}"
        call = await person.phone.call(f"sip:{number}@{DOMAIN}", [("X-Antiphon-Source", source)])
        call.line.sound = Tone(person.hertz)
        return call

    # --- looking

    async def live(self) -> list[pb.Call]:
        answer = await ask(self.media.ListLiveCalls, pb.ListLiveCallsRequest(), self.owner)
        return list(answer.calls)

    async def the_call(self, state: str, within: float = 30.0) -> pb.Call:
        """The one live call, once it is in this state."""
        wanted = pb.CallState.Value(f"CALL_STATE_{state}")

        async def found() -> pb.Call | None:
            return next((call for call in await self.live() if call.state == wanted), None)

        call: pb.Call = await eventually(found, within)
        return call

    async def record(self, call_id: str) -> pb.Call:
        """The record of an ended call."""

        async def found() -> pb.Call | None:
            answer = await ask(self.media.GetCall, pb.GetCallRequest(call_id=call_id), self.owner)
            call: pb.Call = answer.call
            return call if call.state == pb.CALL_STATE_ENDED else None

        call: pb.Call = await eventually(found)
        return call

    async def work(self, place: int) -> acd.GetMyWorkResponse:
        headers = self.people[place].headers
        answer: acd.GetMyWorkResponse = await patiently(
            functools.partial(ask, self.acd.GetMyWork, acd.GetMyWorkRequest(), headers)
        )
        return answer

    async def waiting(self) -> list[acd.WorkItem]:
        request = acd.ListWaitingRequest(queue_id=self.queue_id)
        answer = await patiently(functools.partial(ask, self.acd.ListWaiting, request, self.owner))
        return list(answer.items)

    async def quiet(self) -> None:
        """After a test, however it ended: nobody talks, nobody takes work, no phone has heard a ring."""
        for phone in self.phones:
            for call in list(phone.calls):
                call.hang_up()
        await self.away()
        await self.clean()
        for person in self.people:
            while not person.phone._incoming.empty():
                person.phone._incoming.get_nowait()

    async def clean(self) -> None:
        """Nothing is left: no call, no dialog, no session of the engine, no work item."""

        async def nothing() -> bool:
            await self.parts.engines.probe()
            sessions = sum(node.calls for node in self.parts.engines.nodes)
            rooms = list(self.parts.mixer.rooms)
            return not (self.parts.board.calls or self.parts.endpoint.legs() or sessions or rooms)

        await eventually(nothing)
        for place in (0, 1):
            left = await self.work(place)
            assert not [item for item in left.items if item.state == acd.ITEM_STATE_CONNECTED], left

    async def close(self) -> None:
        for phone in self.phones:
            await phone.close()


async def hears(call: PhoneCall, *hertz: int, within: float = 20.0, mixed: bool = False) -> None:
    """Waits until the last 0.4 s of what this phone hears are these tones and nothing else. What comes out of the mixer
    of this busy process may crackle: there half of that must be nearly so."""
    call.line.recording.clear()
    least, frames = (0.7, 10) if mixed or len(hertz) > 1 else (0.9, 20)

    def pure() -> bool:
        heard = call.line.recording[-frames:]
        return len(heard) == frames and purity(joined(heard), *hertz) >= least

    await eventually(pure, within)


async def hears_text(pbx: Plant, call: PhoneCall, text: str, language: str) -> None:
    """Until the very sentence was heard: in the last seconds, or from now on."""
    prompt = await pbx.parts.board.world.voice.speak(text, language)
    assert prompt is not None
    wanted = _spoken(prompt.a_law)[:-160]  # the engine sends whole frames only
    await eventually(lambda: _likeness(joined(call.line.recording[-400:]), wanted) > 0.8, 30)


def _spoken(file: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    samples, _ = soundfile.read(file, dtype="int16")
    return g711.decode(g711.encode(samples, g711.PCMA), g711.PCMA).astype(float)


def _likeness(heard: np.ndarray[Any, Any], wanted: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """How much of the likest stretch of what was heard is what was wanted: 1 is the same, however loud the rest."""
    if heard.size < wanted.size:
        return 0.0
    size = heard.size + wanted.size
    crossed = np.fft.irfft(np.fft.rfft(heard.astype(float), size) * np.conj(np.fft.rfft(wanted, size)), size)
    power = np.concatenate(([0.0], np.cumsum(heard.astype(float) ** 2)))
    norms = np.sqrt(power[wanted.size :] - power[: -wanted.size])
    return float(np.max(crossed[: norms.size] / (norms * np.linalg.norm(wanted) + 1e-9)))


async def talk(one: PhoneCall, one_says: int, other: PhoneCall, other_says: int) -> None:
    """Both hear each other."""
    await hears(one, other_says)
    await hears(other, one_says)


async def patiently(call: Callable[[], Awaitable[Any]]) -> Any:
    """Asks again while the ACD has no leader yet."""
    answers: list[Any] = []

    async def answered() -> bool:
        try:
            answers.append(await call())
        except DomainError as error:
            if not error.retry and error.reason.name not in ("UNKNOWN_AGENT", "UNKNOWN_QUEUE"):
                raise
            return False
        return True

    await eventually(answered)
    return answers[-1]


def make_sounds(folder: Path) -> None:
    for name, sound in {
        "music/default": tones.tone(MUSIC, seconds=2),
        "tones/ringback": tones.tone(425, seconds=1),
        "tones/beep": tones.tone(1000, seconds=0.3),
    }.items():
        file = folder / f"{name}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, sound, 8000)


@asynccontextmanager
async def plant(platforms: dict[str, Platform], folder: Path, host: str, **changes: Any) -> AsyncIterator[Plant]:
    """The whole of it, for a module of tests. `changes`: settings of media that differ."""
    engine = Engine(folder, host)
    engine.start()
    make_sounds(folder / "sounds")
    given: dict[str, Any] = {
        "sip_host": "127.0.0.1", "sip_port": 0, "edge": "127.0.0.1:9", "domain": DOMAIN,
        "engines": (f"{host}:{engine.port}", *changes.pop("more_engines", ())),
        "sounds": folder / "sounds", "recordings": engine.recordings, "spool": folder / "spool",
        "late_seconds": 60.0, **changes,
    }  # fmt: skip
    settings = Settings(**given)
    built: list[Parts] = []
    services: dict[str, Serve] = {
        "directory": functools.partial(serve_directory, settings=DirectorySettings(sip_domain=DOMAIN)),
        "routing": serve_routing,
        "acd": serve_acd,
        "media": functools.partial(serve_media, settings=settings, built=built.append),
    }
    if settings.billing:
        services["billing"] = serve_billing
    try:
        async with running(services, platforms) as runtimes:
            it = Plant(runtimes["media"], built[0], engine)
            try:
                await it.phone("nowhere")
                it.nowhere.endpoint.draining = True
                yield await it.open("owner@example.com")
            finally:
                await it.close()
    finally:
        engine.stop()


@dataclass(frozen=True, slots=True)
class Replica:
    """Another replica of media as a process of its own: to be killed."""

    process: procs.Process
    hop: Hop


@contextmanager
def another_replica(pbx: Plant, platform: Platform, folder: Path) -> Iterator[Replica]:
    port = procs.free_port()
    endpoints = {**platform.endpoints, "media": f"127.0.0.1:{procs.free_port()}"}
    settings = pbx.parts.app.settings
    given = {
        "ANTIPHON_NATS_URL": platform.nats_url,
        "ANTIPHON_MONGO_URL": platform.mongo_url,
        "ANTIPHON_MONGO_PREFIX": platform.mongo_prefix,
        "ANTIPHON_ENDPOINTS": json.dumps(endpoints),
        "ANTIPHON_LISTEN_HOST": platform.listen_host,
        "ANTIPHON_TOKEN_KEY": platform.token_key.get_secret_value(),
        "ANTIPHON_TOKEN_KEYS": json.dumps(platform.token_keys),
        "ANTIPHON_MEDIA_SIP_PORT": str(port),
        "ANTIPHON_MEDIA_LATE_SECONDS": "60",
        "ANTIPHON_MEDIA_EDGE": settings.edge,
        "ANTIPHON_MEDIA_DOMAIN": DOMAIN,
        "ANTIPHON_MEDIA_ENGINES": json.dumps(settings.engines),
        "ANTIPHON_MEDIA_SOUNDS": str(settings.sounds),
        "ANTIPHON_MEDIA_SPOOL": str(settings.spool),
        "PYTHONPATH": str(Path(__file__).parents[3]),
    }
    command = ["env", *(f"{name}={value}" for name, value in given.items()), sys.executable, "-m", "antiphon.media"]
    grpc_port = int(endpoints["media"].rpartition(":")[2])
    process = procs.Process("media", command, folder / "replica.log", lambda: procs.is_listening(grpc_port))
    process.start()
    try:
        yield Replica(process, Hop("127.0.0.1", port))
    finally:
        process.stop()
