"""Calls through the service: verbs and events of a call, and dialled numbers with a real directory beside it."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from antiphon.directory.__main__ import serve as directory_serve
from antiphon.directory.settings import Settings as DirectorySettings
from antiphon.directory.v1 import directory_pb2, directory_pb2_grpc, identity_pb2, identity_pb2_grpc
from antiphon.directory.v1 import telephony_pb2 as tel
from antiphon.directory.v1.telephony_pb2_grpc import TelephonyServiceStub
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.protos import struct, timestamp
from antiphon.kit.service import Runtime, Serve
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running
from antiphon.kit.tokens import new_private_key
from antiphon.routing.__main__ import serve
from antiphon.routing.v1 import routing_pb2 as pb
from antiphon.routing.v1.routing_pb2_grpc import RoutingServiceStub

pytestmark = pytest.mark.service
PASSWORD = "Correct-Horse-7-Lamp"
ADDRESS, ONLY_CALLED = "+380442010001", "+380442010002"


@dataclass
class Office:
    """A tenant that telephones: Olena at 2001 with a mobile, a number, a number that is only called, two trunks."""

    rt: Runtime
    tenant: str
    token: str
    olena: directory_pb2.Person

    async def put(self, method: str, **fields: Any) -> Any:
        channel = self.rt.peers.channel("directory")
        stubs: list[Any] = [directory_pb2_grpc.DirectoryServiceStub(channel), TelephonyServiceStub(channel)]
        stub = next(one for one in stubs if hasattr(one, method))
        module: Any = tel if hasattr(tel, f"{method}Request") else directory_pb2
        return await ask(getattr(stub, method), getattr(module, f"{method}Request")(**fields), metadata(self.token))

    async def routing(self, method: str, request: Any, *, editor: bool = False) -> Any:
        stub: Any = RoutingServiceStub(self.rt.peers.channel("routing"))
        headers = metadata(self.token) if editor else self.rt.peers.own(self.tenant)
        return await ask(getattr(stub, method), request, headers)

    async def dial(self, dialled: str, **fields: str) -> pb.RouteCallResponse:
        answer: pb.RouteCallResponse = await self.routing("RouteCall", pb.RouteCallRequest(dialled=dialled, **fields))
        return answer

    async def refused(self, dialled: str, **fields: str) -> str:
        with pytest.raises(DomainError) as refusal:
            await self.dial(dialled, **fields)
        return refusal.value.reason.name

    async def publish(self, name: str, graph: dict[str, Any], address: str = "") -> str:
        """A live scheme, and the address that leads to it."""
        put = pb.PutSchemeRequest(scheme=pb.Scheme(name=name, graph=struct(graph)))
        draft = (await self.routing("PutScheme", put, editor=True)).scheme
        await self.routing("PublishScheme", pb.PublishSchemeRequest(scheme_id=draft.id, rev=draft.rev), editor=True)
        if address:
            await self.bind(address, draft.id)
        return str(draft.id)

    async def bind(self, address: str, scheme_id: str) -> None:
        binding = pb.Binding(address=address, scheme_id=scheme_id)
        await self.routing("PutBinding", pb.PutBindingRequest(binding=binding), editor=True)

    async def next(self, interaction: pb.Interaction, **event: Any) -> pb.NextResponse:
        request = pb.NextRequest(interaction=interaction, event=pb.Event(**event))
        answer: pb.NextResponse = await self.routing("Next", request)
        return answer


@pytest.fixture(scope="module")
async def office(platforms: dict[str, Platform]) -> AsyncIterator[Office]:
    settings = DirectorySettings(sealing_key=SecretStr(new_private_key()), password_memory_kib=16_384)
    services: dict[str, Serve] = {"directory": functools.partial(directory_serve, settings=settings), "routing": serve}
    async with running(services, platforms) as runtimes:
        rt = runtimes["routing"]
        identity: Any = identity_pb2_grpc.IdentityServiceStub(rt.peers.channel("directory"))
        sign_up = identity_pb2.SignUpRequest(company="C", name="Iryna", email="i@calls.example", password=PASSWORD)
        made = await ask(identity.SignUp, sign_up, metadata(""))
        issued = await ask(identity.IssueToken, identity_pb2.IssueTokenRequest(session=made.session), metadata(""))
        office = Office(rt, made.tenant.id, issued.token, directory_pb2.Person())
        for e164, only in ((ADDRESS, False), (ONLY_CALLED, True)):
            await office.put("PutNumber", number=directory_pb2.Number(e164=e164, inbound_only=only))
        card = directory_pb2.Person(
            name="Olena", email="o@calls.example", roles=[directory_pb2.ROLE_AGENT], extension="2001",
            forward_to="+380501112233", caller_id=ADDRESS,
        )  # fmt: skip
        office.olena = (await office.put("PutPerson", person=card)).person
        await office.put("PutDialPlan", plan=tel.DialPlan(country="UA", blocked_prefixes=["+7809"]))
        for name, host, prefixes in (("Wide", "198.51.100.1", []), ("Home", "2001:db8::7", ["+38"])):
            await office.put("PutTrunk", trunk=tel.Trunk(name=name, host=host, prefixes=prefixes, codecs=["PCMA"]))
        yield office


async def test_a_colleague_is_rung_and_has_a_mobile_behind(office: Office) -> None:
    """The part of A19 that routing plays."""
    found = await office.dial("2001")
    assert (found.kind, found.extension) == ("internal", "2001")
    assert list(found.targets) == [pb.RingTarget(person_id=office.olena.id, forward_to="+380501112233")]
    assert await office.refused("2002") == "UNKNOWN_EXTENSION"


async def test_an_outside_number_leaves_over_the_trunks_that_fit(office: Office) -> None:
    found = await office.dial("067 123 45 67", person_id=office.olena.id)
    assert (found.kind, found.e164) == ("external", "+380671234567")
    assert [(way.number, way.caller_id, way.next_hop) for way in found.trunks] == [
        ("+380671234567", ADDRESS, "sip:[2001:db8::7]:5060;transport=udp"),
        ("+380671234567", ADDRESS, "sip:198.51.100.1:5060;transport=udp"),
    ]
    assert list(found.trunks[0].codecs) == ["PCMA"]
    assert await office.refused("0671234567", caller_id=ONLY_CALLED) == "INBOUND_ONLY"
    assert await office.refused("0671234567", caller_id="+380449999999") == "INVALID"


@pytest.mark.clause("C07")
async def test_a_block_holds_at_the_very_next_call_and_so_does_its_end(office: Office) -> None:
    assert await office.refused("+78091234567") == "BLOCKED_DESTINATION"
    plan = (await office.put("GetDialPlan")).plan
    del plan.blocked_prefixes[:]
    plan = (await office.put("PutDialPlan", plan=plan)).plan
    assert (await office.dial("+78091234567")).kind == "external"
    plan.blocked_prefixes.append("+7809")
    await office.put("PutDialPlan", plan=plan)
    assert await office.refused("+78091234567") == "BLOCKED_DESTINATION"
    assert (await office.dial("112")).kind == "emergency"


def call(address: str) -> pb.Interaction:
    began = timestamp(datetime(2026, 11, 21, 12, tzinfo=UTC))
    return pb.Interaction(
        id=f"ca_{address}", channel="voice", address=address, caller="+380671234567", started_at=began
    )


async def test_a_call_is_asked_rung_and_left_a_message(office: Office) -> None:
    words = {"en": "Enter your number"}
    graph = {
        "start": "rec",
        "languages": ["en"],
        "nodes": [
            {"id": "rec", "kind": "record", "on": True, "next": "ask"},
            {"id": "ask", "kind": "collect", "text": words, "save": "customer", "next": "ring", "on_no_input": "ring"},
            {
                "id": "ring", "kind": "ring", "mode": "sequential", "on_no_answer": "mail",
                "targets": [{"who": "person", "value": office.olena.id}, {"who": "number", "value": "+380509999999"}],
            },
            {"id": "mail", "kind": "voicemail", "box": "person", "box_id": office.olena.id, "text": {}, "next": "end"},
            {"id": "end", "kind": "close", "text": {"en": "Bye {{var.customer}}"}},
        ],
    }  # fmt: skip
    await office.publish("Voice", graph, ADDRESS)

    asked = await office.next(call(ADDRESS), started=pb.Event.Started())
    assert [verb.WhichOneof("kind") for verb in asked.verbs] == ["record", "collect"]
    assert (asked.verbs[1].collect.text, asked.verbs[1].collect.language) == ("Enter your number", "en")
    rung = await office.next(asked.interaction, input=pb.Event.Input(text="4711"))
    (verb,) = rung.verbs
    assert verb.ring.mode == pb.RING_MODE_SEQUENTIAL
    assert list(verb.ring.targets) == [
        pb.RingTarget(person_id=office.olena.id, forward_to="+380501112233"),
        pb.RingTarget(number="+380509999999"),
    ]
    again = await office.next(asked.interaction, input=pb.Event.Input(text="4711"))
    assert again == rung, "asking again after a lost answer is safe"
    mail = await office.next(rung.interaction, ring_ended=pb.Event.RingEnded(how="unreachable"))
    assert mail.verbs[0].voicemail.person_id == office.olena.id
    done = await office.next(mail.interaction, voicemail_ended=pb.Event.VoicemailEnded(voicemail_id="vm_1"))
    assert done.verbs[0].close.text == "Bye 4711"
    with pytest.raises(DomainError):
        await office.next(rung.interaction, ring_ended=pb.Event.RingEnded(how="asleep"))


async def test_a_greeting_stays_with_the_queue_of_a_call_and_is_said_first_in_a_chat(office: Office) -> None:
    from antiphon.routing.app.verb_forms import messages
    from antiphon.routing.domain import verbs

    queued = verbs.Enqueue("qu_1", 0, {}, 60, "One moment", "en")
    (of_call,) = messages(queued, call=True)
    assert (of_call.enqueue.greeting, of_call.enqueue.language) == ("One moment", "en")
    said, of_chat = messages(queued, call=False)
    assert (said.say.text, of_chat.enqueue.greeting) == ("One moment", "")


@pytest.mark.clause("A09")
async def test_a_scheme_that_forwards_to_itself_is_neither_published_nor_bound(office: Office) -> None:
    loop, other = "+380442010003", "+380442010004"

    def rings(number: str) -> dict[str, Any]:
        ring = {"id": "r", "kind": "ring", "targets": [{"who": "number", "value": number}], "on_no_answer": "end"}
        return {"start": "r", "languages": ["en"], "nodes": [ring, {"id": "end", "kind": "close", "text": {}}]}

    there = await office.publish("There", rings(other), loop)
    back = await office.publish("Back", rings(loop))
    with pytest.raises(DomainError) as refused:
        await office.bind(other, back)
    assert refused.value.reason.name == "INVALID_SCHEME"
    draft = await office.routing("GetScheme", pb.GetSchemeRequest(scheme_id=there), editor=True)
    scheme = pb.Scheme(id=there, rev=draft.scheme.rev, name="There", graph=struct(rings(loop)))
    saved = await office.routing("PutScheme", pb.PutSchemeRequest(scheme=scheme), editor=True)
    assert [finding.code for finding in saved.findings if finding.severity == "error"] == ["forwarding_loop"]
    publish = pb.PublishSchemeRequest(scheme_id=there, rev=saved.scheme.rev)
    with pytest.raises(DomainError) as refused:
        await office.routing("PublishScheme", publish, editor=True)
    assert refused.value.reason.name == "INVALID_SCHEME"
