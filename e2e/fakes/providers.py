"""Meta's Graph API, Viber's and VK's APIs as small servers on loopback: they take what the real ones take, answer as
they answer, remember what they were sent, and sign what they tell us as the real ones sign it."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from antiphon.kit.web import WebServer

APP_SECRET = "0123456789abcdef0123456789abcdef"
PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x01\x08\x02\x00\x00\x00"


@dataclass(frozen=True, slots=True)
class Taken:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    fields: Mapping[str, Any]
    """JSON, form or query; files by their bytes."""
    body: bytes = b""
    """As it came, where it is JSON."""


@dataclass
class FakeProvider(ABC):
    """One provider. `down` answers 503 so many times."""

    taken: list[Taken] = field(default_factory=list)
    down: int = 0
    address: str = ""
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Serves on a free port of loopback; yields the base address."""
        app = Starlette(routes=[Route("/{path:path}", self._serve, methods=["GET", "POST"])])
        server = WebServer(app, "127.0.0.1", 0)
        await server.start()
        self.address = f"http://127.0.0.1:{server.port}"
        try:
            yield self.address
        finally:
            await server.stop()

    async def _serve(self, request: Request) -> Response:
        is_json = request.headers.get("content-type", "").startswith("application/json")
        body = await request.body() if is_json else b""
        taken = Taken(request.method, request.path_params["path"], dict(request.headers), await _fields(request), body)
        if self.down > 0:
            self.down -= 1
            return Response(status_code=503, headers={"retry-after": "0.1"})
        if taken.path == "picture":
            return Response(PICTURE, media_type="image/png")
        self.taken.append(taken)
        return JSONResponse(self.answer(taken))

    @abstractmethod
    def answer(self, taken: Taken) -> dict[str, Any]: ...

    def next_id(self) -> int:
        return next(self._ids)

    @abstractmethod
    def sign(self, body: bytes) -> dict[str, str]:
        """Headers with which the provider calls us."""


TEMPLATES = [
    {
        "name": "order_update", "language": "uk", "status": "APPROVED", "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Вітаємо, {{1}}. Замовлення {{2}} вже їде."}],
    },
    {"name": "old", "language": "uk", "status": "REJECTED", "components": [{"type": "BODY", "text": "x"}]},
    {
        "name": "photo", "language": "uk", "status": "APPROVED",
        "components": [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "x"}],
    },
]  # fmt: skip
"""As Meta lists them: one that can be sent, one that was not approved, one with a picture."""


class FakeMeta(FakeProvider):
    """The Graph API for WhatsApp and Messenger."""

    def answer(self, taken: Taken) -> dict[str, Any]:
        if taken.headers.get("authorization") != "Bearer EAAgood":
            return {"error": {"message": "Invalid OAuth access token", "type": "OAuthException", "code": 190}}
        if taken.path.endswith("/message_templates"):
            return {"data": TEMPLATES, "paging": {"cursors": {"after": "x"}}}
        if taken.method == "GET":
            return {
                "verified_name": "Romashka", "display_phone_number": "+380 44 000 00 00", "name": "Romashka",
                "first_name": "Olha", "last_name": "Kobylianska", "url": f"{self.address}/picture",
            }  # fmt: skip
        if taken.path.endswith("/media"):
            return {"id": f"media.{self.next_id()}"}
        if "messaging_product" in taken.fields:
            return {"messages": [{"id": f"wamid.out{self.next_id()}"}]}
        return {"recipient_id": "1", "message_id": f"m_out{self.next_id()}"}

    def sign(self, body: bytes) -> dict[str, str]:
        digest = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
        return {"x-hub-signature-256": f"sha256={digest}"}


class FakeViber(FakeProvider):
    token = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9"

    def answer(self, taken: Taken) -> dict[str, Any]:
        if taken.headers.get("x-viber-auth-token") != self.token:
            return {"status": 2, "status_message": "invalidAuthToken"}
        return {
            "status": 0, "status_message": "ok", "message_token": 5_000_000_000_000_000_000 + self.next_id(),
            "name": "Romashka", "uri": "romashka",
        }  # fmt: skip

    def sign(self, body: bytes) -> dict[str, str]:
        return {"x-viber-content-signature": hmac.new(self.token.encode(), body, hashlib.sha256).hexdigest()}


class FakeVk(FakeProvider):
    """Sends with a number that was used before give the same message, as VK does."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, int] = {}

    def answer(self, taken: Taken) -> dict[str, Any]:
        if taken.fields.get("access_token") != "vk1.good" and taken.path.startswith("method/"):
            return {"error": {"error_code": 5, "error_msg": "User authorization failed"}}
        match taken.path.removeprefix("method/"):
            case "messages.send":
                return {"response": self.sent.setdefault(taken.fields["random_id"], self.next_id())}
            case "users.get":
                return {"response": [{"id": 7, "first_name": "Леся", "last_name": "Українка"}]}
            case "groups.getById":
                return {"response": {"groups": [{"id": 1, "name": "Romashka"}]}}
            case "photos.getMessagesUploadServer" | "docs.getMessagesUploadServer":
                return {"response": {"upload_url": f"{self.address}/upload"}}
            case "photos.saveMessagesPhoto":
                return {"response": [{"owner_id": -1, "id": 42}]}
            case "docs.save":
                return {"response": {"doc": {"owner_id": -1, "id": 43}}}
            case "upload":
                return {"photo": "[]", "file": "f", "server": 1, "hash": "h"}
            case _:
                return {"response": 1}

    def sign(self, body: bytes) -> dict[str, str]:
        return {}


async def _fields(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        return dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        body: dict[str, Any] = json.loads(await request.body())
        return body
    async with request.form() as form:
        return {name: value if isinstance(value, str) else await value.read() for name, value in form.multi_items()}
