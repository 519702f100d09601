"""One handler for every JSON row of `api.ROWS`: admit, read, ask the service with the caller's token, answer."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import msgspec
from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import Response

from antiphon.inbox import wire
from antiphon.inbox.problems import malformed, too_large, unsupported
from antiphon.inbox.rows import Row, fill_path
from antiphon.inbox.sessions import Admission, Sessions, cookie_of
from antiphon.inbox.settings import Settings
from antiphon.inbox.store import Claim, Store
from antiphon.kit import grpc_client, tracing
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.grpc_client import Peers
from antiphon.kit.tokens import Caller

_KEY_LENGTH = 200
_TRACED = {"call_id": "call", "conversation_id": "conversation"}


class Rest:
    """Turns rows into endpoints."""

    def __init__(self, peers: Peers, sessions: Sessions, store: Store, clock: Clock, settings: Settings) -> None:
        self._peers = peers
        self._sessions = sessions
        self._store = store
        self._clock = clock
        self._settings = settings

    def endpoint(self, row: Row) -> Callable[[Request], Awaitable[Response]]:
        """The Starlette endpoint of a row."""

        async def serve(request: Request) -> Response:
            with _traced(row, request):
                return await answer(request)

        async def answer(request: Request) -> Response:
            admission = await self._admit(row, request)
            body = b"" if row.method == "GET" else await read_body(request, max(row.room, self._settings.body_limit))
            message = self._read(row, request, body)
            if row.remembers and admission and (key := request.headers.get("idempotency-key")):
                return await self._once(row, message, admission, key)
            return await self._answer(row, request, message, admission)

        return serve

    async def ask(self, row: Row, message: Message, token: str) -> Message:
        """Calls the rpc of a row."""
        method = self._peers.channel(row.peer).unary_unary(
            row.rpc_path,
            request_serializer=row.request.SerializeToString,
            response_deserializer=row.response.FromString,
        )
        answer: Message = await grpc_client.ask(method, message, grpc_client.metadata(token), within=row.within)
        return answer

    async def _admit(self, row: Row, request: Request) -> Admission | None:
        if row.requires != "public":
            return await self._sessions.admit(request, changes=row.method != "GET")
        headers = request.headers
        if row.cookie == "clear" or cookie_of(request) or headers.get("origin") or headers.get("sec-fetch-site"):
            self._sessions.check_origin(request)
        if row.cookie != "clear":
            self._sessions.count_try(request)
        return None

    def _read(self, row: Row, request: Request, body: bytes) -> Message:
        if row.method == "GET":
            data = wire.from_query(row.request, request.query_params.multi_items())
        else:
            if request.query_params:
                raise invalid(next(iter(request.query_params)), "this operation takes no query parameters")
            data = decode(request, body)
        for name in row.hidden:
            if name in data:
                raise invalid(name, f"there is no field {name!r}")
        if row.target:
            fill_path(row, data, request.path_params["id"])
        elif row.creates and isinstance(data.get(row.record), dict) and data[row.record].get("id"):
            raise invalid(f"{row.record}.id", "a new record has no id; use PUT to replace one")
        if row.cookie == "set" and "agent" in row.request.DESCRIPTOR.fields_by_name:
            data.setdefault("agent", request.headers.get("user-agent", "")[:200])
        if row.cookie == "clear":
            data["session"] = cookie_of(request)
        return wire.parse(row.request, data)

    async def _answer(self, row: Row, request: Request, message: Message, admission: Admission | None) -> Response:
        answer = await self.ask(row, message, admission.token if admission else "")
        secret = ""
        if row.cookie == "set":
            secret = getattr(answer, "session")  # noqa: B009 - the class is made at run time
            answer.ClearField("session")
        response = json_response(wire.encode(wire.render(answer)))
        if secret:
            self._sessions.set_cookie(response, secret)
        if row.cookie == "clear":
            self._sessions.forget(secret=cookie_of(request))
            self._sessions.clear_cookie(response)
        if row.rpc == "RevokeApiKey":
            self._sessions.forget(subject=f"key:{request.path_params['id']}")
        return response

    async def _once(self, row: Row, message: Message, admission: Admission, key: str) -> Response:
        """Does a command once for its Idempotency-Key and repeats the answer. A refusal changes nothing, so it is not
        remembered; neither is an unknown outcome, after which the key is free again when the claim runs out."""
        if not 1 <= len(key) <= _KEY_LENGTH or not key.isprintable():
            raise invalid("Idempotency-Key", f"an Idempotency-Key is 1 to {_KEY_LENGTH} printable characters")
        claim = _claim(row, message, admission.caller, key)
        kept = await self._store.begin(claim, self._clock())
        if kept is not None:
            return json_response(kept, {"Idempotency-Replayed": "true"})
        try:
            answer = wire.encode(wire.render(await self.ask(row, message, admission.token)))
        except DomainError as error:
            if error.reason not in (Common.TIMEOUT, Common.UNAVAILABLE):
                await self._store.abandon(claim)
            raise
        await self._store.finish(claim, answer, self._clock() + timedelta(hours=self._settings.remember_hours))
        return json_response(answer)


def decode(request: Request, body: bytes) -> dict[str, Any]:
    """The JSON object of a body; an empty body is an empty object."""
    if not body:
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise unsupported("the body must be application/json")
    try:
        data = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise malformed("the body is not well-formed JSON") from None
    if not isinstance(data, dict):
        raise invalid("", "the body must be an object")
    return data


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises HttpProblem(413) as soon as it is too long."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > limit:
        raise too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise too_large(limit)
    return bytes(body)


def json_response(body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store", **(headers or {})})


def _claim(row: Row, message: Message, caller: Caller, key: str) -> Claim:
    asked = row.method.encode() + row.path.encode() + message.SerializeToString(deterministic=True)
    return Claim(caller.tenant, caller.subject, key, hashlib.blake2b(asked, digest_size=20).digest())


def _traced(row: Row, request: Request) -> AbstractContextManager[None]:
    """What is asked about a call or a conversation belongs to its trace, else to the request's own."""
    thing = _TRACED.get(row.target)
    name = f"{row.method} {row.path}"
    return tracing.about(f"{thing}:{request.path_params['id']}", name) if thing else tracing.span(name)
