"""The routes and the headers of every answer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Match, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from antiphon.inbox import openapi, problems, wire
from antiphon.inbox.api import ROWS
from antiphon.inbox.attachments import Attachments
from antiphon.inbox.calendars import Calendars
from antiphon.inbox.customer_file import CustomerFile
from antiphon.inbox.desk import Desk
from antiphon.inbox.downloads import Downloads
from antiphon.inbox.papers import Papers
from antiphon.inbox.realtime.edge import RealTime
from antiphon.inbox.rest import Rest
from antiphon.inbox.rows import BILLING, DEALS, DIALER, INSIGHT, MEDIA, PREFIX, Row
from antiphon.inbox.settings import Settings
from antiphon.inbox.signon import SignOn
from antiphon.inbox.sounds import Sounds
from antiphon.inbox.uploads import Uploads
from antiphon.kit.errors import DomainError

_HOST = re.compile(r"^[A-Za-z0-9.\-]+(:\d{1,5})?$|^\[[0-9a-fA-F:]+\](:\d{1,5})?$")
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes lead to."""

    settings: Settings
    rest: Rest
    attachments: Attachments
    sounds: Sounds
    papers: Papers
    downloads: Downloads
    uploads: Uploads
    realtime: RealTime
    desk: Desk
    customer_file: CustomerFile
    sign_on: SignOn


def build(parts: Parts) -> ASGIApp:
    """The whole HTTP edge."""
    app = Starlette(
        routes=[*_api(parts), *_pages(parts)],
        exception_handlers={
            DomainError: problems.on_domain_error,
            problems.HttpProblem: problems.on_http_problem,
            HTTPException: problems.on_http_exception,
            Exception: problems.on_unexpected,
        },
    )
    app.router.redirect_slashes = False
    return Headers(app, parts.settings)


def _api(parts: Parts) -> list[BaseRoute]:
    routes: list[BaseRoute] = [Route(row.address, _endpoint(parts, row), methods=[row.method]) for row in ROWS]
    routes.append(Route(f"{PREFIX}/contacts/{{id}}/export", parts.customer_file.download, methods=["GET"]))
    realtime = parts.realtime
    for prefix in (PREFIX, ""):  # the desk asks beside the socket
        routes.append(Route(f"{prefix}/rt/ticket", realtime.ticket, methods=["POST"]))
        routes.append(Route(f"{prefix}/rt/snapshot", realtime.snapshot, methods=["GET"]))
    return [
        *routes,
        WebSocketRoute("/rt", realtime.socket),
        Route("/api/openapi.json", _openapi),
        Route("/api/docs", _docs),
        Route("/api/{path:path}", _no_such(routes), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        Route("/rt/{path:path}", _no_such(routes)),
    ]


def _endpoint(parts: Parts, row: Row) -> Callable[[Request], Awaitable[Response]]:
    if row.stream and row.service == MEDIA:
        return parts.sounds.endpoint(row)
    if row.stream and row.peer == BILLING:
        return parts.papers.endpoint(row)
    if row.stream == "down" and row.service in (INSIGHT, DEALS, DIALER):
        return parts.downloads.endpoint(row)
    if row.stream == "up" and row.service == DIALER:
        return parts.uploads.endpoint(row)
    special = {"up": parts.attachments.upload, "down": parts.attachments.download}
    return special.get(row.stream) or parts.rest.endpoint(row)


def _pages(parts: Parts) -> list[BaseRoute]:
    async def ready(_request: Request) -> Response:
        is_ready = parts.realtime.is_ready
        return PlainTextResponse("ready" if is_ready else "not ready", status_code=200 if is_ready else 503)

    demo = [Route("/demo", parts.desk.demo), Route("/demo/style.css", parts.desk.demo_style)]
    return [
        Route("/healthz", _alive),
        Route("/readyz", ready),
        Route("/try", parts.desk.trial),
        Route("/hooks/payments", parts.papers.notice, methods=["POST"]),
        *(demo if parts.settings.demo else []),
        Route("/sign-in/go", parts.sign_on.go),
        Route("/sign-in/return", parts.sign_on.back),
        Route("/sign-in/logout", parts.sign_on.ended, methods=["POST"]),
        Route("/calendar/{token}.ics", Calendars(parts.rest).serve),
        Route("/{path:path}", parts.desk.serve),
    ]


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("alive")


async def _openapi(_request: Request) -> Response:
    return Response(wire.encode(openapi.document()), media_type="application/json")


async def _docs(_request: Request) -> Response:
    return HTMLResponse(openapi.page())


def _no_such(routes: list[BaseRoute]) -> Callable[[Request], Awaitable[Response]]:
    """What the API does not have: another method of a path that it has is 405, all else 404."""

    async def refuse(request: Request) -> Response:
        known = [route for route in routes if route.matches(request.scope)[0] is Match.PARTIAL]
        allowed = {method for route in known if isinstance(route, Route) for method in route.methods or ()}
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
        raise HTTPException(404)

    return refuse


class Headers:
    """Security headers on every answer, and one trace for everything a request causes."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._is_https = settings.public_url.startswith("https://")
        self._sockets = settings.softphone_urls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), request)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, request: Request) -> None:
        for name, value in _FIXED.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", content_policy(request.headers.get("host", ""), self._sockets))
        if self._is_https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def content_policy(host: str, others: tuple[str, ...] = ()) -> str:
    """Only our own files; sockets only to the host that was asked (older browsers do not count them as 'self'), at any
    port of it, where the SIP edge listens, and to the softphone's other hosts that the settings name."""
    name = re.sub(r":\d{1,5}$", "", host)
    sockets = f" ws://{host} wss://{host} ws://{name}:* wss://{name}:*" if _HOST.match(host) else ""
    sockets += "".join(f" {url}" for url in others)
    return (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "media-src 'self' data: blob:; "
        f"connect-src 'self'{sockets}; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
    )
