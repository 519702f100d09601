"""Routing as a service: real Mongo and NATS, real gRPC; another system is an HTTP server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from antiphon.acd.v1.acd_pb2 import Queue
from antiphon.acd.v1.events_pb2 import QueueChanged
from antiphon.kit.bus import Bus
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, metadata
from antiphon.kit.protos import plain, struct, timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running, token_for
from antiphon.kit.tokens import Caller
from antiphon.kit.web import WebServer
from antiphon.routing.__main__ import serve
from antiphon.routing.store import Store
from antiphon.routing.v1 import routing_pb2 as pb
from antiphon.routing.v1.events_pb2 import RouteDecided
from antiphon.routing.v1.routing_pb2_grpc import RoutingServiceStub

pytestmark = pytest.mark.service

RIGHTS = frozenset({"schemes.read", "schemes.write"})
Headers = list[tuple[str, str]]


class Editor:
    """Somebody who writes schemes, and the channel that asks."""

    def __init__(self, rt: Runtime, platforms: dict[str, Platform], tenant: str) -> None:
        self.stub = RoutingServiceStub(rt.peers.channel("routing"))
        self.tenant = tenant
        self.own = rt.peers.own(tenant)
        self.headers = metadata(token_for(platforms["directory"], Caller(tenant, "person:pe_1", RIGHTS)))

    async def ask(self, name: str, request: Any) -> Any:
        return await ask(getattr(self.stub, name), request, self.headers)

    async def refused(self, name: str, request: Any) -> str:
        with pytest.raises(DomainError) as refused:
            await self.ask(name, request)
        return refused.value.reason.name

    async def published(self, name: str, graph: dict[str, Any], address: str) -> pb.Scheme:
        """A live scheme that receives an address."""
        draft = await self.ask("PutScheme", pb.PutSchemeRequest(scheme=pb.Scheme(name=name, graph=struct(graph))))
        assert not [finding for finding in draft.findings if finding.severity == "error"], draft.findings
        live = await self.ask("PublishScheme", pb.PublishSchemeRequest(scheme_id=draft.scheme.id, rev=draft.scheme.rev))
        binding = pb.Binding(address=address, scheme_id=live.scheme.id)
        await self.ask("PutBinding", pb.PutBindingRequest(binding=binding))
        scheme: pb.Scheme = live.scheme
        return scheme

    async def next(self, interaction: pb.Interaction, event: pb.Event) -> pb.NextResponse:
        request = pb.NextRequest(interaction=interaction, event=event)
        answer: pb.NextResponse = await ask(self.stub.Next, request, self.own)
        return answer


def visitor(address: str, caller: str = "webchat:v1", at: datetime | None = None) -> pb.Interaction:
    began = timestamp(at or datetime(2026, 11, 21, 12, tzinfo=UTC))
    return pb.Interaction(id=f"cv_{address}", channel="webchat", address=address, caller=caller, started_at=began)


STARTED = pb.Event(started=pb.Event.Started())


def simple(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"start": nodes[0]["id"], "languages": ["en"], "nodes": list(nodes)}


def close(text: str = "Bye", node_id: str = "end") -> dict[str, Any]:
    return {"id": node_id, "kind": "close", "text": {"en": text}}


@pytest.fixture(scope="module", autouse=True)
def _loopback_may_be_called() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setenv("ANTIPHON_ROUTING_HTTP_HOSTS", '["127.0.0.1"]')
    patch.setenv("ANTIPHON_ROUTING_HTTP_PRIVATE", "true")
    yield
    patch.undo()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rt(platforms: dict[str, Platform], _loopback_may_be_called: None) -> AsyncIterator[Runtime]:
    async with running({"routing": serve}, platforms) as runtimes:
        yield runtimes["routing"]


@pytest_asyncio.fixture(loop_scope="session")
async def editor(rt: Runtime, platforms: dict[str, Platform], request: pytest.FixtureRequest) -> Editor:
    return Editor(rt, platforms, f"tn_{request.node.name[:40]}")


async def test_what_is_remembered_is_forgotten_when_it_changes_here_or_in_another_replica(
    editor: Editor, rt: Runtime
) -> None:
    await editor.published("Main", simple(close()), "ch_kept")
    assert (await editor.next(visitor("ch_kept", "webchat:late"), STARTED)).verbs
    record = pb.CallerList(name="Black", kind=pb.CALLER_LIST_KIND_BLOCK, patterns=["webchat:rude"])
    stored = (await editor.ask("PutCallerList", pb.PutCallerListRequest(list=record))).list
    assert (await editor.next(visitor("ch_kept", "webchat:rude"), STARTED)).decision.why == "blocked_caller"

    stored.patterns.append("webchat:late")
    await Store(rt.database()).caller_lists.put(editor.tenant, stored)  # as another replica would

    async def heard() -> bool:
        return (await editor.next(visitor("ch_kept", "webchat:late"), STARTED)).decision.why == "blocked_caller"

    await eventually(heard)


async def test_a_menu_leads_to_a_queue_and_every_answer_is_told(editor: Editor, rt: Runtime) -> None:
    bus: Bus = await rt.bus()
    told = QueueChanged(queue=Queue(id="qu_1", name="Support"))
    await bus.publish(told, tenant=editor.tenant, key="qu_1", event_id=f"{editor.tenant}-queue")
    menu = {
        "id": "menu",
        "kind": "menu",
        "text": {"en": "Sales or support?"},
        "options": [
            {"key": "1", "label": {"en": "Sales"}, "next": "end"},
            {"key": "2", "label": {"en": "Support"}, "next": "queue"},
        ],
        "on_no_input": "end",
        "timeout_s": 60,
    }
    queue = {
        "id": "queue",
        "kind": "enqueue",
        "queue_id": "qu_1",
        "greeting": {"en": "One moment"},
        "on_timeout": "end",
    }
    graph = simple(menu, queue, close())

    async def known() -> bool:
        request = pb.PutSchemeRequest(scheme=pb.Scheme(name=f"try {await _count(editor)}", graph=struct(graph)))
        return not [f for f in (await editor.ask("PutScheme", request)).findings if f.severity == "error"]

    await eventually(known)
    await editor.published("Main", graph, "ch_1")
    first = await editor.next(visitor("ch_1"), STARTED)
    assert [option.label for option in first.verbs[0].menu.options] == ["Sales", "Support"]
    chosen = pb.Event(input=pb.Event.Input(text="support"), turn=first.interaction.turn)
    second = await editor.next(first.interaction, chosen)
    assert (second.verbs[0].say.text, second.verbs[1].enqueue.queue_id) == ("One moment", "qu_1")
    again = await editor.next(first.interaction, chosen)
    assert again.verbs == second.verbs, "the same question gets the same answer"
    late = await editor.next(second.interaction, chosen)
    assert (list(late.verbs), late.decision.why) == ([], "stale")

    decided: list[str] = []
    async for fact in bus.follow(editor.tenant, after=0):
        if isinstance(fact.event, RouteDecided):
            decided.append(fact.event.decision.why)
        if len(decided) == 3:
            break
    assert decided == ["awaits_input", "awaits_queue", "stale"]


async def _count(editor: Editor) -> int:
    return len((await editor.ask("ListSchemes", pb.ListSchemesRequest())).schemes)


@pytest.mark.clause("A10")
async def test_a_blocked_caller_is_closed_and_others_are_received(editor: Editor) -> None:
    await editor.published("Open", simple(close("Hello")), "ch_1")
    record = pb.CallerList(name="Black", kind=pb.CALLER_LIST_KIND_BLOCK, patterns=["webchat:rude*"])
    await editor.ask("PutCallerList", pb.PutCallerListRequest(list=record))
    blocked = await editor.next(visitor("ch_1", "webchat:rude-1"), STARTED)
    assert blocked.decision.why == "blocked_caller"
    assert not [verb for verb in blocked.verbs if verb.close.text == "Hello"]
    admitted = await editor.next(visitor("ch_1", "webchat:kind-1"), STARTED)
    assert admitted.verbs[0].close.text == "Hello"


async def test_another_system_is_asked_within_the_step(editor: Editor) -> None:
    async def crm(request: Request) -> JSONResponse:
        return JSONResponse({"customer": {"tier": "gold"}} if request.query_params["who"] == "webchat:v1" else {})

    server = WebServer(Starlette(routes=[Route("/crm", crm)]), "127.0.0.1", 0)
    await server.start()
    http = {
        "id": "http",
        "kind": "http",
        "url": f"http://127.0.0.1:{server.port}/crm?who={{{{caller}}}}",
        "headers": {},
        "save": {"tier": "customer.tier"},
        "on_ok": "tier",
        "on_error": "end",
    }
    tier = {"id": "tier", "kind": "close", "text": {"en": "You are {{var.tier}}"}}
    await editor.published("Crm", simple(http, tier, close("No answer")), "ch_1")
    assert (await editor.next(visitor("ch_1"), STARTED)).verbs[0].close.text == "You are gold"
    await server.stop()
    assert (await editor.next(visitor("ch_1"), STARTED)).verbs[0].close.text == "No answer"
    http["url"] = "https://internal.example/"
    graph = simple(http, tier, close())
    draft = await editor.ask("PutScheme", pb.PutSchemeRequest(scheme=pb.Scheme(name="Far", graph=struct(graph))))
    assert "host_not_allowed" in [finding.code for finding in draft.findings]


async def test_drafts_versions_and_rollback(editor: Editor) -> None:
    live = await editor.published("Main", simple(close("First")), "ch_1")
    started = await editor.next(visitor("ch_1"), STARTED)
    draft = pb.Scheme(id=live.id, rev=live.rev, name="Main", graph=struct(simple(close("Second"))))
    stored = (await editor.ask("PutScheme", pb.PutSchemeRequest(scheme=draft))).scheme
    assert (await editor.next(visitor("ch_1"), STARTED)).verbs[0].close.text == "First", "a draft is not live"
    assert await editor.refused("PutScheme", pb.PutSchemeRequest(scheme=draft)) == "STALE"
    publish = pb.PublishSchemeRequest(scheme_id=live.id, rev=stored.rev)
    assert (await editor.ask("PublishScheme", publish)).scheme.live_version == 2
    assert (await editor.next(visitor("ch_1"), STARTED)).verbs[0].close.text == "Second"
    assert plain(started.interaction.state)["version"] == 1
    silent = pb.RollbackSchemeRequest(scheme_id=live.id, version=1)
    assert await editor.refused("RollbackScheme", silent) == "NO_REASON_GIVEN"
    silent.reason = "the new words confused people"
    assert (await editor.ask("RollbackScheme", silent)).scheme.live_version == 3
    assert (await editor.next(visitor("ch_1"), STARTED)).verbs[0].close.text == "First"
    versions = (await editor.ask("GetScheme", pb.GetSchemeRequest(scheme_id=live.id))).versions
    assert [(each.version, each.restores) for each in versions] == [(3, 1), (2, 0), (1, 0)]


async def test_bad_schemes_calendars_and_lists_are_refused_and_change_nothing(editor: Editor) -> None:
    broken = pb.Scheme(name="Broken", graph=struct({"start": "x", "nodes": [{"id": "x", "kind": "nonsense"}]}))
    assert await editor.refused("PutScheme", pb.PutSchemeRequest(scheme=broken)) == "INVALID_DOCUMENT"
    unfinished = pb.Scheme(name="Unfinished", graph=struct(simple({"id": "a", "kind": "say", "text": {"en": "x"}})))
    kept = (await editor.ask("PutScheme", pb.PutSchemeRequest(scheme=unfinished))).scheme
    publish = pb.PublishSchemeRequest(scheme_id=kept.id, rev=kept.rev)
    assert await editor.refused("PublishScheme", publish) == "INVALID_SCHEME"
    nowhere = pb.Calendar(name="Nowhere", time_zone="Mars/Olympus")
    assert await editor.refused("PutCalendar", pb.PutCalendarRequest(calendar=nowhere)) == "INVALID_CALENDAR"
    starred = pb.CallerList(name="Star", kind=pb.CALLER_LIST_KIND_BLOCK, patterns=["+3*8"])
    assert await editor.refused("PutCallerList", pb.PutCallerListRequest(list=starred)) == "INVALID"
    assert not (await editor.ask("ListCalendars", pb.ListCalendarsRequest())).calendars
    with pytest.raises(DomainError) as refused:
        await editor.next(visitor("ch_nobody"), STARTED)
    assert refused.value.reason.name == "UNKNOWN_ADDRESS"


@pytest.mark.clause("A08")
async def test_working_hours_are_asked_and_kept_while_a_scheme_needs_them(editor: Editor) -> None:
    calendar = pb.Calendar(name="Office", time_zone="Europe/Kyiv")
    calendar.special_days.add(date="--11-21", title="Day off")
    stored = (await editor.ask("PutCalendar", pb.PutCalendarRequest(calendar=calendar))).calendar
    hours = {"id": "hours", "kind": "hours", "calendar_id": stored.id, "open": "end", "closed": "later"}
    await editor.published("Hours", simple(hours, close("Open"), close("Closed", "later")), "ch_1")
    assert (await editor.next(visitor("ch_1"), STARTED)).verbs[0].close.text == "Closed"
    always = dict.fromkeys(range(1, 8), ("00:00", "24:00"))
    for weekday, (opens, closes) in always.items():
        stored.week.add(weekday=weekday, spans=[pb.Span(**{"from": opens, "to": closes})])
    del stored.special_days[:]
    await editor.ask("PutCalendar", pb.PutCalendarRequest(calendar=stored))
    assert (await editor.next(visitor("ch_1"), STARTED)).verbs[0].close.text == "Open"
    assert await editor.refused("DeleteCalendar", pb.DeleteCalendarRequest(calendar_id=stored.id)) == "IN_USE"


@pytest.mark.clause("L10")
async def test_a_stranger_finds_nothing(editor: Editor, rt: Runtime, platforms: dict[str, Platform]) -> None:
    live = await editor.published("Ours", simple(close()), "ch_1")
    stranger = Editor(rt, platforms, "tn_strangers")
    assert await stranger.refused("GetScheme", pb.GetSchemeRequest(scheme_id=live.id)) == "UNKNOWN_SCHEME"
    taken = pb.Binding(address="ch_1", scheme_id=live.id)
    assert await stranger.refused("PutBinding", pb.PutBindingRequest(binding=taken)) == "UNKNOWN_SCHEME"
    with pytest.raises(DomainError):
        await stranger.next(visitor("ch_1"), STARTED)
    assert not (await stranger.ask("ListBindings", pb.ListBindingsRequest())).bindings
