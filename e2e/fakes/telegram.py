"""A Telegram Bot API server on loopback, good enough for aiogram: https://core.telegram.org/bots/api

`FakeTelegram` is a Starlette app and the other side of every chat: `write`, `photo`, `edit`, `press` do what a customer
does, `sent` is what the bot has sent, `fail` makes the next call fail. Reached through aiogram's own session with
`TelegramAPIServer.from_base(url)`; aiogram sends forms, not JSON.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from antiphon.kit.web import WebServer

MAX_DOWNLOAD = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sent:
    """One successful sending call of the bot."""

    method: str
    data: dict[str, Any]
    files: dict[str, tuple[str, bytes]]
    message_id: int
    at: float

    @property
    def text(self) -> str:
        return str(self.data.get("text") or self.data.get("caption") or "")

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """(label, data) of the inline keyboard."""
        rows = json.loads(self.data.get("reply_markup") or "{}").get("inline_keyboard", [])
        return [(button["text"], button["callback_data"]) for row in rows for button in row]


@dataclass(slots=True)
class Bot:
    """One bot as Telegram sees it."""

    token: str
    updates: deque[dict[str, Any]] = field(default_factory=deque)
    webhook: dict[str, Any] | None = None
    sent: list[Sent] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    failures: list[tuple[str, int, str, dict[str, Any]]] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    hook_log: list[int] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    polling: int = 0
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    rate: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def to(self, user: int) -> list[Sent]:
        """What this customer was sent."""
        return [sent for sent in self.sent if sent.data["chat_id"] == str(user)]

    @property
    def id(self) -> int:
        return int(self.token.partition(":")[0])


class FakeTelegram:
    """All bots of this server. With `enforce` a chat takes one message a second, as the real one does."""

    def __init__(self) -> None:
        self.bots: dict[str, Bot] = {}
        self.enforce = False
        self.revoked: set[str] = set()
        self.on_handing_out: Callable[[], None] | None = None
        """Called when updates were taken out and are about to be answered: the moment to kill the reader."""
        self.on_sent: Callable[[], None] | None = None
        """Called when a message was taken and its answer is about to leave: the moment to kill the sender."""
        self._update_ids = itertools.count(100_001)
        self._message_ids = itertools.count(1)
        self._query_ids = itertools.count(1)
        self.app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self._api, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._file),
            ]
        )

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Serves on a free port of loopback; yields the base address."""
        server = WebServer(self.app, "127.0.0.1", 0)
        await server.start()
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            await server.stop()

    def bot(self, token: str) -> Bot:
        if token not in self.bots:
            self.bots[token] = Bot(token)
        return self.bots[token]

    def fail(self, token: str, method: str, code: int, description: str, **parameters: Any) -> None:
        """The next call of this method fails so."""
        self.bot(token).failures.append((method, code, description, parameters))

    def put_file(self, token: str, name: str, data: bytes) -> str:
        """A file that customers' messages may name; returns its id."""
        file_id = hashlib.sha256(name.encode() + data).hexdigest()[:40]
        self.bot(token).files[file_id] = (name, data)
        return file_id

    async def write(self, token: str, user: int, text: str = "", **more: Any) -> dict[str, Any]:
        """A customer's message in their private chat with the bot."""
        message = self._message(user, **({"text": text} if text else {}), **more)
        return await self.push(token, {"message": message})

    async def document(self, token: str, user: int, name: str, data: bytes, **more: Any) -> dict[str, Any]:
        file_id = self.put_file(token, name, data)
        file = {"file_id": file_id, "file_unique_id": file_id[:8], "file_name": name, "file_size": len(data)}
        return await self.write(token, user, document=file, **more)

    async def photo(self, token: str, user: int, data: bytes, **more: Any) -> dict[str, Any]:
        """A photo in two sizes, as Telegram offers it; `caption`, `media_group_id` as in the API."""
        small, large = self.put_file(token, "small.jpg", data[:64]), self.put_file(token, "large.jpg", data)
        sizes = [
            {"file_id": small, "file_unique_id": small[:8], "width": 90, "height": 60, "file_size": 64},
            {"file_id": large, "file_unique_id": large[:8], "width": 900, "height": 600, "file_size": len(data)},
        ]
        return await self.write(token, user, photo=sizes, **more)

    async def edit(self, token: str, user: int, message_id: int, text: str) -> dict[str, Any]:
        message = {**self._message(user, text=text), "message_id": message_id, "edit_date": int(time.time())}
        return await self.push(token, {"edited_message": message})

    async def press(self, token: str, user: int, under: Sent, data: str) -> dict[str, Any]:
        """A customer presses a button under a message of the bot."""
        message = {**self._message(user, text=under.text), "message_id": under.message_id}
        message["from"] = {"id": self.bot(token).id, "is_bot": True, "first_name": "Fake"}
        message["reply_markup"] = json.loads(under.data["reply_markup"])
        query = {
            "id": str(next(self._query_ids)), "from": _user(user), "message": message, "chat_instance": "1",
            "data": data,
        }  # fmt: skip
        return await self.push(token, {"callback_query": query})

    async def push(self, token: str, update: dict[str, Any], update_id: int = 0) -> dict[str, Any]:
        """Any update; with the webhook set it is delivered there, and again until it is taken."""
        bot = self.bot(token)
        numbered = {"update_id": update_id or next(self._update_ids), **update}
        if bot.webhook is not None:
            await self._deliver(bot, numbered)
            return numbered
        async with bot.news:
            bot.updates.append(numbered)
            bot.news.notify_all()
        return numbered

    async def _deliver(self, bot: Bot, update: dict[str, Any]) -> None:
        assert bot.webhook is not None
        headers = {"X-Telegram-Bot-Api-Secret-Token": bot.webhook.get("secret_token", "")}
        async with httpx.AsyncClient() as client:
            for attempt in range(5):
                try:
                    answer = await client.post(bot.webhook["url"], json=update, headers=headers, timeout=5)
                    bot.hook_log.append(answer.status_code)
                    if answer.is_success:
                        return
                except httpx.HTTPError:
                    bot.hook_log.append(0)
                await asyncio.sleep(0.1 * 2**attempt)

    def _message(self, user: int, **fields: Any) -> dict[str, Any]:
        return {
            "message_id": next(self._message_ids), "from": _user(user), "date": int(time.time()),
            "chat": {"id": user, "type": "private", "first_name": f"User {user}"}, **fields,
        }  # fmt: skip

    async def _api(self, request: Request) -> Response:
        token, method = request.path_params["token"], request.path_params["method"]
        if token in self.revoked:
            return _refusal(401, "Unauthorized")
        bot = self.bot(token)
        data, files = await _form(request)
        bot.calls.append((method, data))
        if bot.failures and bot.failures[0][0] == method:
            _, code, description, parameters = bot.failures.pop(0)
            return _refusal(code, description, **parameters)
        answers = {
            "getMe": self._get_me, "getUpdates": self._get_updates, "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook, "getFile": self._get_file, "sendChatAction": self._yes,
            "answerCallbackQuery": self._answer_query, "editMessageText": self._edited,
        }  # fmt: skip
        if method in answers:
            return await answers[method](bot, data)
        if method.startswith("send"):
            return self._send(bot, method, data, files)
        return _refusal(404, "Not Found: method not found")

    async def _get_me(self, bot: Bot, _data: dict[str, Any]) -> Response:
        return _ok({"id": bot.id, "is_bot": True, "first_name": "Fake", "username": "fake_bot"})

    async def _get_updates(self, bot: Bot, data: dict[str, Any]) -> Response:
        if bot.webhook is not None:
            return _refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        if bot.polling:
            return _refusal(409, "Conflict: terminated by other getUpdates request")
        offset, timeout = int(data.get("offset") or 0), min(float(data.get("timeout") or 0), 50)
        bot.polling += 1
        try:
            async with bot.news:
                while bot.updates and offset > bot.updates[0]["update_id"]:
                    bot.updates.popleft()
                if not bot.updates and timeout:
                    try:
                        async with asyncio.timeout(timeout):
                            await bot.news.wait_for(lambda: bool(bot.updates))
                    except TimeoutError:
                        return _ok([])
                batch = list(itertools.islice(bot.updates, int(data.get("limit") or 100)))
        finally:
            bot.polling -= 1
        if batch and self.on_handing_out is not None:
            self.on_handing_out()
        return _ok(batch)

    async def _set_webhook(self, bot: Bot, data: dict[str, Any]) -> Response:
        bot.webhook = data
        return _ok(True)

    async def _delete_webhook(self, bot: Bot, _data: dict[str, Any]) -> Response:
        bot.webhook = None
        return _ok(True)

    async def _get_file(self, bot: Bot, data: dict[str, Any]) -> Response:
        found = bot.files.get(data["file_id"])
        if found is None:
            return _refusal(400, "Bad Request: invalid file_id")
        if len(found[1]) > MAX_DOWNLOAD:
            return _refusal(400, "Bad Request: file is too big")
        path = f"documents/{data['file_id']}"
        return _ok({"file_id": data["file_id"], "file_unique_id": data["file_id"][:8], "file_path": path})

    async def _yes(self, _bot: Bot, _data: dict[str, Any]) -> Response:
        return _ok(True)

    async def _answer_query(self, bot: Bot, data: dict[str, Any]) -> Response:
        bot.answered.append(str(data["callback_query_id"]))
        return _ok(True)

    async def _edited(self, bot: Bot, data: dict[str, Any]) -> Response:
        return _ok({**_out(bot, data, int(data["message_id"])), "edit_date": int(time.time())})

    def _send(
        self, bot: Bot, method: str, data: dict[str, Any], files: dict[str, tuple[str, bytes]]
    ) -> Response:  # fmt: skip
        if (wait := self._too_fast(bot, str(data["chat_id"]))) is not None:
            return _refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        if len(str(data.get("text", "")).encode("utf-16-le")) > 2 * 4096:
            return _refusal(400, "Bad Request: message is too long")
        if len(str(data.get("caption", "")).encode("utf-16-le")) > 2 * 1024:
            return _refusal(400, "Bad Request: message caption is too long")
        count = len(json.loads(data["media"])) if method == "sendMediaGroup" else 1
        ids = [next(self._message_ids) for _ in range(count)]
        bot.sent.append(Sent(method, data, files, ids[0], time.monotonic()))
        if self.on_sent is not None:
            self.on_sent()
        messages = [_out(bot, data, message_id) for message_id in ids]
        return _ok(messages if method == "sendMediaGroup" else messages[0])

    def _too_fast(self, bot: Bot, chat: str) -> int | None:
        now = time.monotonic()
        for name, limit, wait in ((chat, 1, 1), ("*", 30, 3)):
            recent = bot.rate[name] = [at for at in bot.rate[name] if now - at < (0.95 if name == chat else 1)]
            if self.enforce and len(recent) >= limit:
                return wait
        bot.rate[chat].append(now)
        bot.rate["*"].append(now)
        return None

    async def _file(self, request: Request) -> Response:
        bot = self.bot(request.path_params["token"])
        _, data = bot.files[request.path_params["path"].rpartition("/")[2]]
        return Response(data, media_type="application/octet-stream")


def _user(user: int) -> dict[str, Any]:
    return {"id": user, "is_bot": False, "first_name": f"User {user}", "language_code": "uk"}


def _out(bot: Bot, data: dict[str, Any], message_id: int) -> dict[str, Any]:
    chat = int(data["chat_id"])
    message: dict[str, Any] = {
        "message_id": message_id, "date": int(time.time()), "chat": {"id": chat, "type": "private"},
        "from": {"id": bot.id, "is_bot": True, "first_name": "Fake"},
    }  # fmt: skip
    return {**message, "text": data["text"]} if "text" in data else message


async def _form(request: Request) -> tuple[dict[str, Any], dict[str, tuple[str, bytes]]]:
    data: dict[str, Any] = dict(request.query_params)
    files: dict[str, tuple[str, bytes]] = {}
    if request.headers.get("content-type", "").startswith("application/json"):
        data.update(await request.json())
    else:
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = (value.filename or "", await value.read())
                else:
                    data[name] = value
    return data, files


def _ok(result: Any) -> JSONResponse:
    return JSONResponse({"ok": True, "result": result})


def _refusal(code: int, description: str, **parameters: Any) -> JSONResponse:
    body = {"ok": False, "error_code": code, "description": description}
    return JSONResponse({**body, "parameters": parameters} if parameters else body, code)
