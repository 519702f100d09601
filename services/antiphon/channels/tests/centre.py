"""A small contact centre for the tests of channels: real directory, routing and acd beside channels, the outside world
(Telegram, a browser) as a server or a client on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from antiphon.acd.v1 import acd_pb2 as acd
from antiphon.acd.v1.acd_pb2_grpc import AcdServiceStub
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.channels.v1.channels_pb2_grpc import ChannelsServiceStub
from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import identity_pb2 as identity
from antiphon.directory.v1.directory_pb2_grpc import DirectoryServiceStub
from antiphon.directory.v1.identity_pb2_grpc import IdentityServiceStub
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.protos import struct
from antiphon.kit.service import Runtime
from antiphon.kit.testing import eventually
from antiphon.routing.v1 import routing_pb2 as routing
from antiphon.routing.v1.routing_pb2_grpc import RoutingServiceStub

PASSWORD = "Correct-Horse-7-Lamp"
SITE = "https://shop.example"
Headers = list[tuple[str, str]]


@dataclass
class Agent:
    id: str
    headers: Headers


@dataclass
class Centre:
    """One tenant with an owner, two agents and a queue."""

    rt: Runtime
    edge: str
    """host:port of the public edge."""
    tenant: str = ""
    owner: Headers = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    queue_id: str = ""

    def __post_init__(self) -> None:
        self.channels = ChannelsServiceStub(self.rt.peers.channel("channels"))
        self.acd = AcdServiceStub(self.rt.peers.channel("acd"))
        self.routing = RoutingServiceStub(self.rt.peers.channel("routing"))
        self.people = DirectoryServiceStub(self.rt.peers.channel("directory"))
        self.doors = IdentityServiceStub(self.rt.peers.channel("directory"))

    async def sign_in(self, email: str) -> Headers:
        session = (await ask(self.doors.SignIn, identity.SignInRequest(email=email, password=PASSWORD), [])).session
        return metadata((await ask(self.doors.IssueToken, identity.IssueTokenRequest(session=session), [])).token)

    async def open(self, email: str) -> Centre:
        """Makes the tenant through the public contracts."""
        request = identity.SignUpRequest(
            company="Ромашка", name="Iryna", email=email, password=PASSWORD, language="uk", time_zone="Europe/Kyiv"
        )
        self.tenant = (await ask(self.doors.SignUp, request, [])).tenant.id
        self.owner = await self.sign_in(email)
        for number in (1, 2):
            mail = f"a{number}.{email}"
            person = directory.Person(name=f"Agent {number}", email=mail, roles=[directory.ROLE_AGENT])
            put = directory.PutPersonRequest(person=person, password=PASSWORD)
            made = await ask(self.people.PutPerson, put, self.owner)
            self.agents.append(Agent(made.person.id, await self.sign_in(mail)))
        self.queue_id = await self.queue("Support")
        return self

    async def queue(self, name: str, *, staffed: bool = True, **limits: Any) -> str:
        """A queue of both agents, or of nobody."""
        members = [acd.Member(person_id=agent.id) for agent in self.agents] if staffed else []
        queue = acd.Queue(
            name=name, strategy="longest_idle", members=members, wrap_up=acd.WRAP_UP_MODE_NONE,
            dispositions=[acd.Disposition(code="done", title="Done")], **limits,
        )  # fmt: skip
        stored = await patiently(lambda: ask(self.acd.PutQueue, acd.PutQueueRequest(queue=queue), self.owner))
        return str(stored.queue.id)

    async def widget(self, **settings: Any) -> pb.Channel:
        """A site with the widget."""
        channel = pb.Channel(
            kind="webchat", name="Shop", enabled=True, settings=struct({"origins": [SITE], **settings})
        )
        secrets = {"identity_secret": "site-secret"}
        answer = await ask(self.channels.PutChannel, pb.PutChannelRequest(channel=channel, secrets=secrets), self.owner)
        made: pb.Channel = answer.channel
        return made

    async def telegram(self, token: str, **settings: Any) -> pb.Channel:
        channel = pb.Channel(kind="telegram", name="Bot", enabled=True, settings=struct(settings))
        request = pb.PutChannelRequest(channel=channel, secrets={"token": token})
        made: pb.Channel = (await ask(self.channels.PutChannel, request, self.owner)).channel
        return made

    async def disconnect(self, channel: pb.Channel) -> None:
        await ask(self.channels.DeleteChannel, pb.DeleteChannelRequest(channel_id=channel.id), self.owner)

    async def scheme(self, channel: pb.Channel, *nodes: dict[str, Any], name: str = "Main") -> None:
        """Publishes a scheme that starts with the first node, and binds the channel to it."""
        graph = struct({"start": nodes[0]["id"], "languages": ["en"], "nodes": list(nodes)})
        scheme = routing.Scheme(name=f"{name} {channel.id}", graph=graph)
        put = await ask(self.routing.PutScheme, routing.PutSchemeRequest(scheme=scheme), self.owner)
        publish = routing.PublishSchemeRequest(scheme_id=put.scheme.id, rev=put.scheme.rev, reason="test")
        await ask(self.routing.PublishScheme, publish, self.owner)
        binding = routing.Binding(address=channel.id, scheme_id=put.scheme.id)
        await ask(self.routing.PutBinding, routing.PutBindingRequest(binding=binding), self.owner)

    async def be(self, agent: int, state: acd.AgentState.ValueType) -> None:
        request = acd.SetAgentStateRequest(state=state)
        await patiently(lambda: ask(self.acd.SetAgentState, request, self.agents[agent].headers))

    async def accept(self, agent: int, conversation_id: str) -> str:
        """Waits until the conversation is offered and accepts it; returns the item's id."""
        headers = self.agents[agent].headers
        subject = f"conversation:{conversation_id}"

        async def offered() -> Any:
            answer = await patiently(lambda: ask(self.acd.GetMyWork, acd.GetMyWorkRequest(), headers))
            items = {item.id for item in answer.items if item.subject == subject}
            return next((offer for offer in answer.offers if offer.item_id in items), None)

        offer = await eventually(offered)
        await ask(self.acd.Accept, acd.AcceptRequest(item_id=offer.item_id, version=offer.version), headers)
        return str(offer.item_id)

    async def conversations(self, headers: Headers | None = None, **fields: Any) -> list[pb.Conversation]:
        answer = await ask(
            self.channels.ListConversations, pb.ListConversationsRequest(**fields), headers or self.owner
        )
        return list(answer.conversations)

    async def messages(self, conversation_id: str, headers: Headers | None = None) -> list[pb.Message]:
        request = pb.ListMessagesRequest(conversation_id=conversation_id, limit=200)
        answer = await ask(self.channels.ListMessages, request, headers or self.owner)
        return list(answer.messages)

    async def conversation(self, channel: pb.Channel, count: int = 1, within: float = 30.0) -> pb.Conversation:
        """The newest conversation of a channel, as soon as there are so many."""

        async def found() -> list[pb.Conversation]:
            all_of = [c for c in await self.conversations(limit=200) if c.channel_id == channel.id]
            return all_of if len(all_of) >= count else []

        newest: pb.Conversation = max(await eventually(found, within), key=lambda c: c.no)
        return newest

    async def until(self, conversation_id: str, **fields: Any) -> pb.Conversation:
        """The conversation as soon as these fields are so."""

        async def right() -> Any:
            request = pb.GetConversationRequest(conversation_id=conversation_id)
            it = (await ask(self.channels.GetConversation, request, self.owner)).conversation
            return it if all(getattr(it, name) == value for name, value in fields.items()) else None

        found: pb.Conversation = await eventually(right)
        return found

    async def send(self, agent: int, conversation_id: str, text: str, client_id: str, **more: Any) -> pb.Message:
        request = pb.SendMessageRequest(
            conversation_id=conversation_id, client_id=client_id, kind=pb.MESSAGE_KIND_TEXT, text=text, **more
        )
        sent: pb.Message = (await ask(self.channels.SendMessage, request, self.agents[agent].headers)).message
        return sent

    async def customer(self, **fields: Any) -> str:
        """A card that somebody made by hand; its id."""
        put = directory.PutContactRequest(contact=directory.Contact(**fields))
        return str((await ask(self.people.PutContact, put, self.owner)).contact.id)

    async def starts(
        self, agent: int, channel: pb.Channel, contact_id: str, client_id: str, **more: Any
    ) -> pb.Conversation:
        """An agent writes first."""
        request = pb.StartConversationRequest(channel_id=channel.id, contact_id=contact_id, client_id=client_id, **more)
        answer = await ask(self.channels.StartConversation, request, self.agents[agent].headers)
        it: pb.Conversation = answer.conversation
        return it


async def patiently(call: Callable[[], Awaitable[Any]]) -> Any:
    """Waits out the seconds in which nobody leads, or answers at all."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 60
    while loop.time() < deadline:
        try:
            return await call()
        except DomainError as error:
            if not error.retry:
                raise
        await asyncio.sleep(0.05)
    return await call()


@dataclass
class Browser:
    """The visitor's side of the widget protocol."""

    edge: str
    key: str
    socket: ClientConnection
    frames: list[dict[str, Any]] = field(default_factory=list)
    token: str = ""

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def say(self, text: str, client_id: str, **more: Any) -> dict[str, Any]:
        """Sends a message and waits for its acknowledgement."""
        await self.send(t="msg", client_id=client_id, text=text, **more)
        return await self.frame("msg", lambda f: f["m"]["client_id"] == client_id)

    async def frame(
        self, kind: str, which: Callable[[dict[str, Any]], bool] = lambda _f: True, within: float = 30.0
    ) -> dict[str, Any]:  # fmt: skip
        """The first frame, seen already or still to come, that fits."""
        found = next((f for f in self.frames if f["t"] == kind and which(f)), None)
        async with asyncio.timeout(within):
            while found is None:
                frame = json.loads(await self.socket.recv())
                self.frames.append(frame)
                if frame["t"] == kind and which(frame):
                    found = frame
        return found

    async def message(self, text: str, within: float = 30.0) -> dict[str, Any]:
        """The message with this text."""
        found: dict[str, Any] = (await self.frame("msg", lambda f: bool(f["m"]["text"] == text), within))["m"]
        return found

    async def quiet(self, seconds: float = 0.4) -> None:
        """Reads whatever still comes in this time."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self.frames.append(json.loads(await self.socket.recv()))
        except TimeoutError:
            return

    def seen(self) -> list[tuple[int, str]]:
        """(seq, text) of every msg frame, in the order in which they came."""
        return [(f["m"]["seq"], f["m"]["text"]) for f in self.frames if f["t"] == "msg"]


@asynccontextmanager
async def browsing(
    edge: str, key: str, *, token: str | None = None, since: int = 0, origin: str = SITE, **more: Any
) -> AsyncIterator[Browser]:
    """A widget on a page, said hello to."""
    async with connect(f"ws://{edge}/widget/socket", origin=origin, max_size=None, max_queue=None) as socket:  # type: ignore[arg-type]
        browser = Browser(edge, key, socket)
        page = {"url": f"{SITE}/basket", "title": "Basket", "referrer": ""}
        await browser.send(t="hello", key=key, token=token, since=since, language="uk", page=page, **more)
        browser.token = (await browser.frame("hello"))["token"]
        yield browser
