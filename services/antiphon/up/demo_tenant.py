"""The demo tenant: a climate shop with people, queues, working hours, a reception scheme and a web chat.

Made once, through the same public contracts that everybody uses; what was made is remembered in the state directory.
Every step looks before it makes, so a start that died halfway is completed by the next.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.acd.v1.acd_pb2_grpc import AcdServiceStub
from antiphon.channels.v1 import channels_pb2 as channels
from antiphon.channels.v1.channels_pb2_grpc import ChannelsServiceStub
from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import identity_pb2 as identity
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers, ask, metadata
from antiphon.kit.protos import plain, struct
from antiphon.routing.v1 import routing_pb2 as routing
from antiphon.routing.v1.routing_pb2_grpc import RoutingServiceStub
from antiphon.up import demo_billing, voice
from antiphon.up.demo_phones import DemoPhone, Phones
from antiphon.up.demo_scheme import CALENDAR, reception
from antiphon.up.settings import Settings

PASSWORD = "Prokhlada-2026!"  # noqa: S105 - the demo tenant of one's own machine


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who may sign in."""

    id: str
    name: str
    role: str
    email: str
    password: str


@dataclass(slots=True)
class DemoTenant:
    """What was made."""

    tenant: str = ""
    widget_key: str = ""
    channel_id: str = ""
    port: int = 0
    """Of the desk, whose pages may embed the widget."""
    queues: dict[str, str] = field(default_factory=dict)
    people: list[DemoPerson] = field(default_factory=list)
    number: str = ""
    """What customers dial; calls to it come in over the demo operator, from this machine."""
    phones: list[DemoPhone] = field(default_factory=list)
    paid: bool = False
    """It has an account, a tariff and a balance."""
    sip: str = ""
    """Where calls come in, "host:port"; empty without voice."""


# Extensions begin at 300: 101 to 104 and 112 are emergency services in Ukraine, and go before colleagues.
OWNER = ("Надія Кравченко", "owner", "nadiia@demo.antiphon.example", "300")
STAFF = (
    ("Оксана Мельник", "agent", "oksana@demo.antiphon.example", "301", "uk", directory.ROLE_AGENT),
    ("James Okafor", "agent", "james@demo.antiphon.example", "302", "en", directory.ROLE_AGENT),
    ("Anna Wójcik", "supervisor", "anna@demo.antiphon.example", "303", "en", directory.ROLE_SUPERVISOR),
)


def kept(state: Path) -> DemoTenant | None:
    """What an earlier start made."""
    file = state / "demo.json"
    if not file.exists():
        return None
    raw: dict[str, Any] = json.loads(file.read_text())
    raw["people"] = [DemoPerson(**person) for person in raw["people"]]
    raw["phones"] = [DemoPhone(**phone) for phone in raw.get("phones", [])]
    return DemoTenant(**raw)


async def ensure(peers: Peers, settings: Settings) -> DemoTenant:
    """The demo tenant, made or completed."""
    known, sip = kept(settings.directory), voice.sip_address(settings)
    if known is not None and known.port == settings.port and known.number and known.paid and known.sip == sip:
        return known
    tenant = await Making(peers, settings, known.phones if known is not None else []).make()
    tenant.sip = sip
    file = settings.directory / "demo.json"
    file.write_text(json.dumps(asdict(tenant), ensure_ascii=False, indent=1))
    file.chmod(0o600)
    return tenant


class Making:
    """One pass over everything the demo tenant has."""

    def __init__(self, peers: Peers, settings: Settings, phones: Iterable[DemoPhone] = ()) -> None:
        self._settings = settings
        self._peers = peers
        self._phones = Phones(peers, self._ask, phones)
        self.identity = IdentityServiceStub(peers.channel("directory"))
        self.directory = DirectoryServiceStub(peers.channel("directory"))
        self.routing = RoutingServiceStub(peers.channel("routing"))
        self.acd = AcdServiceStub(peers.channel("acd"))
        self.channels = ChannelsServiceStub(peers.channel("channels"))
        self.headers: list[tuple[str, str]] = []
        self.made = DemoTenant(port=settings.port)

    async def make(self) -> DemoTenant:
        await self._sign_in()
        group = await self._people()
        await self._queues(group)
        await self._channel()
        await self._scheme()
        await demo_billing.make(self._peers, self.made.tenant, self._ask)
        self.made.paid = True
        staff = [person.id for person in self.made.people if person.role != "owner"]
        self.made.number, self.made.phones = await self._phones.make(staff, self.made.queues, group.id)
        return self.made

    async def _ask(self, method: Any, request: Any) -> Any:
        """Asks as the owner; waits out services that are still coming up."""
        for _ in range(100):
            try:
                return await ask(method, request, self.headers)
            except DomainError as error:
                if not error.retry:
                    raise
            await asyncio.sleep(0.1)
        return await ask(method, request, self.headers)

    async def _sign_in(self) -> None:
        name, role, email, _ = OWNER
        asked = identity.SignUpRequest(
            company="Клімат-центр", name=name, email=email, password=PASSWORD, language="uk", time_zone="Europe/Kyiv"
        )
        try:
            session = (await self._ask(self.identity.SignUp, asked)).session
        except DomainError as error:
            if error.reason.name != "TAKEN":
                raise
            again = identity.SignInRequest(email=email, password=PASSWORD, agent="antiphon up")
            session = (await self._ask(self.identity.SignIn, again)).session
        token = await self._ask(self.identity.IssueToken, identity.IssueTokenRequest(session=session))
        self.headers = metadata(token.token)
        me = await self._ask(self.identity.WhoAmI, identity.WhoAmIRequest())
        self.made.tenant = me.tenant.id
        self.made.people.append(DemoPerson(me.person.id, name, role, email, PASSWORD))

    async def _people(self) -> directory.Group:
        present = await self._ask(self.directory.ListPeople, directory.ListPeopleRequest())
        known = {person.email: person for person in present.people}
        for name, role, email, extension, language, right in STAFF:
            person = known.get(email)
            if person is None:
                new = directory.Person(name=name, email=email, roles=[right], extension=extension, language=language)
                request = directory.PutPersonRequest(person=new, password=PASSWORD)
                person = (await self._ask(self.directory.PutPerson, request)).person
            self.made.people.append(DemoPerson(person.id, name, role, email, PASSWORD))
        groups = (await self._ask(self.directory.ListGroups, directory.ListGroupsRequest())).groups
        for group in groups:
            return directory.Group.FromString(group.SerializeToString())
        members = [person.id for person in self.made.people if person.role == "agent"]
        made = await self._ask(
            self.directory.PutGroup,
            directory.PutGroupRequest(group=directory.Group(name="Перша лінія", person_ids=members)),
        )
        return directory.Group.FromString(made.group.SerializeToString())

    async def _queues(self, group: directory.Group) -> None:
        present = (await self._ask(self.acd.ListQueues, acd.ListQueuesRequest())).queues
        self.made.queues = {queue.name: queue.id for queue in present}
        supervisor = next(person.id for person in self.made.people if person.role == "supervisor")
        for name, strategy in (("Продажі", "longest_idle"), ("Сервіс", "least_loaded")):
            if name in self.made.queues:
                continue
            queue = acd.Queue(
                name=name,
                strategy=strategy,
                members=[acd.Member(group_id=group.id, level=1), acd.Member(person_id=supervisor, level=2)],
                wrap_up=acd.WRAP_UP_MODE_TIMED,
                dispositions=[
                    acd.Disposition(code="solved", title="Вирішено", default=True),
                    acd.Disposition(code="order", title="Замовлення"),
                    acd.Disposition(code="call_back", title="Передзвонити"),
                    acd.Disposition(code="no_answer", title="Клієнт не відповів"),
                ],
                target_share=0.8,
            )
            queue.ring_time.FromSeconds(45)
            queue.wrap_up_limit.FromSeconds(60)
            queue.target_time.FromSeconds(60)
            made = await self._ask(self.acd.PutQueue, acd.PutQueueRequest(queue=queue))
            self.made.queues[name] = made.queue.id

    async def _channel(self) -> None:
        present = (await self._ask(self.channels.ListChannels, channels.ListChannelsRequest())).channels
        found = next((channel for channel in present if channel.kind == "webchat"), None)
        origins = [f"http://{host}:{self._settings.port}" for host in ("localhost", "127.0.0.1")]
        if found is not None and not set(origins) <= set(plain(found.settings).get("origins", [])):
            found.settings.update({"origins": origins})
            found = (await self._ask(self.channels.PutChannel, channels.PutChannelRequest(channel=found))).channel
        if found is None:
            look = {
                "origins": origins,
                "title": "Клімат-центр",
                "subtitle": "Зазвичай відповідаємо за 2 хв",
                "colour": "#0b6375",
                "language": "uk",
                "fallback_queue_id": self.made.queues["Сервіс"],
            }
            new = channels.Channel(kind="webchat", name="Сайт", enabled=True, settings=struct(look))
            found = (await self._ask(self.channels.PutChannel, channels.PutChannelRequest(channel=new))).channel
        self.made.channel_id, self.made.widget_key = found.id, found.public_key

    async def _scheme(self) -> None:
        if (await self._ask(self.routing.ListSchemes, routing.ListSchemesRequest())).schemes:
            return
        calendar = routing.Calendar(name="Робочі години", time_zone="Europe/Kyiv")
        for weekday, (opens, closes) in CALENDAR.items():
            calendar.week.add(weekday=weekday, spans=[routing.Span(**{"from": opens, "to": closes})])
        stored = await self._ask(self.routing.PutCalendar, routing.PutCalendarRequest(calendar=calendar))
        graph = reception(stored.calendar.id, self.made.queues["Продажі"], self.made.queues["Сервіс"])
        draft = await self._ask(
            self.routing.PutScheme,
            routing.PutSchemeRequest(scheme=routing.Scheme(name="Основна", graph=struct(graph))),
        )
        request = routing.PublishSchemeRequest(scheme_id=draft.scheme.id, rev=draft.scheme.rev, reason="demo")
        await self._ask(self.routing.PublishScheme, request)
        binding = routing.Binding(address=self.made.channel_id, scheme_id=draft.scheme.id)
        await self._ask(self.routing.PutBinding, routing.PutBindingRequest(binding=binding))
