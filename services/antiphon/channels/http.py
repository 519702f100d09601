"""The public edge: the widget's script, settings, socket and files, and the providers' webhooks. Thin: checks who asks,
then hands over."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.applications import Starlette
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute

from antiphon.channels import rating_page
from antiphon.channels.addresses import Addresses
from antiphon.channels.app.surveys import Surveys
from antiphon.channels.contract import Call, ChannelView, Hooks
from antiphon.channels.domain.channel import origin_allowed
from antiphon.channels.domain.files import SAFE_IMAGES
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.webchat import outgoing
from antiphon.channels.webchat.lead_form import MAX_FORM, LeadDoor
from antiphon.channels.webchat.socket import Gate
from antiphon.kit import logs
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.web import on_domain_error, problem_response

_DIST = Path(__file__).parent / "widget" / "dist"
SCRIPT, LEAD_SCRIPT = _DIST / "widget.js", _DIST / "lead.js"
_MAX_UPDATE, _MAX_RATING = 1_000_000, 32_000
_SCORES = frozenset("12345")
_OVERHEAD = 64 * 1024
log = logs.get("channels")


class Edge:
    def __init__(
        self, gate: Gate, hooks: Mapping[str, Hooks], addresses: Addresses, max_upload_mb: int, surveys: Surveys,
        leads: LeadDoor,
    ) -> None:  # fmt: skip
        self.surveys = surveys
        self.leads = leads
        self.gate = gate
        self.hooks = hooks
        self.addresses = addresses
        self.max_upload_mb = max_upload_mb
        self._scripts: dict[Path, tuple[float, bytes, str]] = {}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/healthz", lambda _request: PlainTextResponse("ok")),
                Route("/widget.js", self.script),
                Route("/widget/lead.js", self.lead_script),
                Route("/widget/lead", self.lead, methods=["POST", "OPTIONS"]),
                Route("/widget/config", self.config, methods=["GET", "OPTIONS"]),
                WebSocketRoute("/widget/socket", self.gate.serve),
                Route("/widget/attachments", self.upload, methods=["POST", "OPTIONS"]),
                Route("/widget/attachments/{attachment_id}", self.download),
                Route("/rate/{conversation_id}", self.rate, methods=["GET", "POST"]),
                Route("/hooks/{channel_id}", self.hook, methods=["GET", "POST"]),
            ],
            exception_handlers={DomainError: on_domain_error},
        )

    async def script(self, request: Request) -> Response:
        """The widget, with an ETag: browsers ask often and load rarely."""
        return self._serve(request, SCRIPT)

    async def lead_script(self, request: Request) -> Response:
        """The lead catcher's form; the widget loads it where a site has one."""
        return self._serve(request, LEAD_SCRIPT)

    def _serve(self, request: Request, script: Path) -> Response:
        if not script.exists():
            return PlainTextResponse("The widget is not built: npm ci && npm run build in channels/widget.", 404)
        changed = script.stat().st_mtime
        if script not in self._scripts or self._scripts[script][0] != changed:
            body = script.read_bytes()
            self._scripts[script] = (changed, body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
        _, body, tag = self._scripts[script]
        headers = {
            "ETag": tag, "Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff",
            "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin",
        }  # fmt: skip
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="text/javascript", headers=headers)

    async def config(self, request: Request) -> Response:
        """What a site's widget looks like. Only for listed origins."""
        channel = await self.gate.setup.store.by_public_key(request.query_params.get("key", ""))
        origin = request.headers.get("origin", "")
        if channel is None:
            return problem_response(DomainError(Reason.UNKNOWN_CHANNEL))
        if origin and not origin_allowed(channel.settings.get("origins"), origin):
            return problem_response(DomainError(Reason.ORIGIN_REFUSED))
        headers = _cors(origin)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        shown = outgoing.config(channel, self.max_upload_mb)
        shown["lead"] = await self.leads.look(channel.id, channel.tenant)
        return JSONResponse(shown, headers=headers)

    async def lead(self, request: Request) -> Response:
        """What a visitor wrote into the form: 202 only after it is stored."""
        origin = request.headers.get("origin", "")
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_cors(origin))
        try:
            channel = await self.gate.setup.store.by_public_key(request.query_params.get("key", ""))
            if channel is None:
                raise DomainError(Reason.UNKNOWN_CHANNEL)
            if not origin_allowed(channel.settings.get("origins"), origin):
                raise DomainError(Reason.ORIGIN_REFUSED)
            body = await _Bounded(request, MAX_FORM).body()
            await self.leads.take(self.gate.setup.open(channel), body, request.client.host if request.client else "")
        except DomainError as error:
            return problem_response(error, headers=_cors(origin))
        return JSONResponse({"taken": True}, status_code=202, headers=_cors(origin))

    async def upload(self, request: Request) -> Response:
        """A visitor's file, by their token; unused until a message names it."""
        origin = request.headers.get("origin", "")
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_cors(origin))
        try:
            return JSONResponse({"attachment": await self._uploaded(request, origin)}, headers=_cors(origin))
        except DomainError as error:
            return problem_response(error, headers=_cors(origin))

    async def _uploaded(self, request: Request, origin: str) -> dict[str, Any]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise DomainError(Reason.UNKNOWN_TOKEN)
        visitor = await self.gate.visitors.by_token("", token.strip())
        channel = await self.gate.setup.store.find(visitor.channel_id)
        if channel is None or channel.deleted or not origin_allowed(channel.settings.get("origins"), origin):
            raise DomainError(Reason.ORIGIN_REFUSED)
        if not self.gate.admit_one(f"upload:{visitor.id}"):
            raise DomainError(Reason.TOO_FAST)
        limit = self.gate.files.limit
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit + _OVERHEAD:
            raise DomainError(Reason.TOO_LARGE, limit=limit)
        name, data = await self._file_of(_Bounded(request, limit + _OVERHEAD))
        stored = await self.gate.files.keep(visitor.tenant, f"visitor:{visitor.id}", name, data)
        return {
            "id": stored.id, "name": stored.name, "media_type": stored.media_type, "size": stored.size,
            "url": self.addresses.make(stored), "width": stored.width or None, "height": stored.height or None,
        }  # fmt: skip

    async def _file_of(self, bounded: _Bounded) -> tuple[str, bytes]:
        request = Request(bounded.request.scope, bounded.receive)
        try:
            async with request.form(max_files=1, max_fields=5) as form:
                file = form.get("file")
                if file is None or isinstance(file, str):
                    raise DomainError(Reason.EMPTY, "a multipart field `file` is required")
                return file.filename or "file", await file.read()
        except (MultiPartException, KeyError) as error:
            raise DomainError(Common.INVALID, "not a multipart form") from error

    async def download(self, request: Request) -> Response:
        """A file for a visitor, by a signed address. Only harmless images are shown in place."""
        attachment_id = request.path_params["attachment_id"]
        if not self.addresses.admits(attachment_id, request.query_params.get("t", "")):
            raise DomainError(Reason.UNKNOWN_ATTACHMENT)
        attachment = await self.gate.files.store.any_tenant(attachment_id)
        shown = attachment.media_type in SAFE_IMAGES
        headers = {
            "Content-Disposition": disposition(attachment.name, shown),
            "Content-Length": str(attachment.size),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "private, max-age=3600",
        }
        parts: AsyncIterator[bytes] = self.gate.files.store.parts(attachment_id)
        media_type = attachment.media_type if shown else "application/octet-stream"
        return StreamingResponse(parts, media_type=media_type, headers=headers)

    async def rate(self, request: Request) -> Response:
        """How it went, asked by mail. Opening stores nothing; a wrong or late link says so."""
        it = await self.surveys.desk.conversations.store.find(request.path_params["conversation_id"])
        if it is None or not self.addresses.admits_rating(it, request.query_params.get("t", "")):
            return HTMLResponse(rating_page.gone(it.language if it else "en"), 404, rating_page.HEADERS)
        given = request.query_params.get("s", "")
        if request.method == "GET":
            page = rating_page.form(it.language, int(given) if given in _SCORES else 0)
            return HTMLResponse(page, 200, rating_page.HEADERS)
        said = parse_qs((await _Bounded(request, _MAX_RATING).body()).decode("utf-8", "replace"))
        score, comment = said.get("score", [""])[0], said.get("comment", [""])[0]
        if score not in _SCORES:
            return HTMLResponse(rating_page.form(it.language, 0, comment, missing=True), 422, rating_page.HEADERS)
        kept = await self.surveys.by_link(it, int(score), comment)
        page, code = (rating_page.thanks(it.language), 200) if kept else (rating_page.gone(it.language), 404)
        return HTMLResponse(page, code, rating_page.HEADERS)

    async def hook(self, request: Request) -> Response:
        """A provider's call: 200 only after what it brings is stored."""
        channel = await self.gate.setup.view(request.path_params["channel_id"])
        hooks = self.hooks.get(channel.kind) if channel is not None else None
        if channel is None or hooks is None:
            return Response(status_code=404)
        body = await _Bounded(request, _MAX_UPDATE).body() if request.method == "POST" else b""
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(dict(request.query_params), headers, body)
        if request.method == "GET":
            welcome = hooks.welcome(channel, call)
            return Response(status_code=403) if welcome is None else PlainTextResponse(welcome)
        if not channel.enabled:
            return Response(status_code=404)
        if not _is_authentic(hooks, channel, call, self.addresses.now()):
            log.warning("a call that its provider did not sign", channel_id=channel.id, kind=channel.kind)
            return Response(status_code=401)
        try:
            updates = hooks.updates(channel, call)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            return Response(status_code=400)
        await self.gate.arrivals.accept(updates)
        return PlainTextResponse(hooks.thanks(channel, call))


def _is_authentic(hooks: Hooks, channel: ChannelView, call: Call, now: datetime) -> bool:
    """Whether the provider proved itself, by the secret of today or the one that was replaced lately."""
    if hooks.is_authentic(channel, call, now):
        return True
    before = replace(channel, secrets={**channel.secrets, **channel.former})
    return bool(channel.former) and hooks.is_authentic(before, call, now)


class _Bounded:
    """A request's body, refused as soon as it is too large."""

    def __init__(self, request: Request, limit: int) -> None:
        self.request = request
        self.limit = limit
        self._read = 0

    async def receive(self) -> Any:
        message = await self.request.receive()
        self._read += len(message.get("body", b""))
        if self._read > self.limit:
            raise DomainError(Reason.TOO_LARGE, limit=self.limit)
        return message

    async def body(self) -> bytes:
        return await Request(self.request.scope, self.receive).body()


def disposition(name: str, shown: bool) -> str:
    """Content-Disposition by RFC 6266, safe for every name."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\;%' else "_" for c in name)
    return f"{'inline' if shown else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _cors(origin: str) -> dict[str, str]:
    if not origin:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": "authorization, content-type",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }
