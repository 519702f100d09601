"""One visitor's connection, from hello to close. The protocol is described in docs of the widget (src/protocol.ts).

Close codes: 4401 unknown token, 4403 the site may not use the channel, 4008 too slow, 1012 go elsewhere, 1008 too much
that is not the protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from antiphon.channels.app.arrivals import Arrivals
from antiphon.channels.app.conversations import Conversations
from antiphon.channels.app.files import Files
from antiphon.channels.app.visitors import Admission, Hello, Visitors
from antiphon.channels.contract import ChannelView, RawUpdate
from antiphon.channels.domain.channel import origin_allowed
from antiphon.channels.domain.conversation import Change, Conversation, read_up_to
from antiphon.channels.domain.message import Delivery, Direction, Message
from antiphon.channels.domain.pace import Bucket
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.webchat import incoming, outgoing
from antiphon.channels.webchat.live import Live, Socket
from antiphon.kit import logs
from antiphon.kit.errors import DomainError

if TYPE_CHECKING:
    from antiphon.channels.app.channel_setup import ChannelSetup
    from antiphon.channels.webchat.outgoing import Frame

HEARTBEAT = 25.0
_HELLO_WITHIN = 10.0
_FIRST_PAGE = 50
_REPLAY = 500
_MALFORMED = 20
log = logs.get("channels")


class Gate:
    """What every connection needs, and the limits per visitor."""

    def __init__(
        self,
        setup: ChannelSetup,
        visitors: Visitors,
        arrivals: Arrivals,
        files: Files,
        live: Live,
        limits: tuple[float, int],
    ) -> None:
        self.setup = setup
        self.visitors = visitors
        self.arrivals = arrivals
        self.files = files
        self.live = live
        self.conversations: Conversations = arrivals.conversations
        self._limits = limits
        self._buckets: dict[str, Bucket] = {}
        self._last_order = 0

    def admit_one(self, name: str) -> bool:
        """False when a visitor is too fast."""
        if len(self._buckets) > 100_000:
            self._buckets.clear()
        rate, burst = self._limits
        bucket = self._buckets.setdefault(name, Bucket(rate, burst))
        return bucket.take(asyncio.get_running_loop().time())

    def order(self, now: datetime) -> int:
        """Grows with every message of this process."""
        self._last_order = max(self._last_order + 1, int(now.timestamp() * 1_000_000))
        return self._last_order

    async def serve(self, ws: WebSocket) -> None:
        """A whole connection."""
        await ws.accept()
        try:
            async with asyncio.timeout(_HELLO_WITHIN):
                hello = _hello(incoming.parse(await ws.receive_text()))
            channel = await self._channel(ws, hello)
            admission = await self.visitors.admit(channel, hello)
        except (TimeoutError, WebSocketDisconnect, KeyError):
            return await _close(ws, 1008)
        except DomainError as error:
            codes: dict[Any, int] = {Reason.UNKNOWN_TOKEN: 4401, Reason.ORIGIN_REFUSED: 4403}
            if error.reason not in codes:
                await _send(ws, _error(error))
            return await _close(ws, codes.get(error.reason, 1013 if error.retry else 1008))
        return await _Session(self, ws, channel, admission, hello.since).run()

    async def _channel(self, ws: WebSocket, hello: Hello) -> ChannelView:
        channel = await self.setup.store.by_public_key(hello.key)
        origin = ws.headers.get("origin", "")
        if channel is None or not origin_allowed(channel.settings.get("origins"), origin):
            raise DomainError(Reason.ORIGIN_REFUSED)
        if not hello.token and not self.admit_one(f"hello:{ws.client.host if ws.client else ''}"):
            raise DomainError(Reason.TOO_FAST)
        return self.setup.open(channel)


class _Session:
    def __init__(self, gate: Gate, ws: WebSocket, channel: ChannelView, admission: Admission, since: int) -> None:
        self.gate = gate
        self.ws = ws
        self.channel = channel
        self.admission = admission
        self.visitor = admission.visitor
        self.since = since
        self.socket = Socket(self.visitor.id)
        self.store = gate.conversations.store
        self._malformed = 0

    async def run(self) -> None:
        """Subscribes, says hello, replays, then goes on until either side ends."""
        self.gate.live.join(self.socket)
        code = 1000
        try:
            await self._greet()
            work: list[Callable[[], Awaitable[int]]] = [self._read, self._write]
            tasks = [asyncio.ensure_future(part()) for part in work]
            try:
                done, _ = await asyncio.wait({*tasks, self.socket.ended}, return_when=asyncio.FIRST_COMPLETED)
                code = self.socket.ended.result() if self.socket.ended in done else next(iter(done)).result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        except (WebSocketDisconnect, RuntimeError):
            return
        except DomainError as error:
            await _send(self.ws, _error(error))
            code = 1013
        finally:
            self.gate.live.leave(self.socket)
            await _close(self.ws, code)

    async def _greet(self) -> None:
        thread = await self._thread()
        latest = thread[0] if thread else None
        await _send(
            self.ws,
            {
                "t": "hello",
                "token": self.admission.token,
                "now": outgoing.now_text(self.gate.conversations.now()),
                "conversation": outgoing.head_frame(latest),
                "read": {"them": outgoing.read_by_them(latest) if latest else 0},
            },
        )
        if self.admission.identity_refused:
            self.socket.push(_error(DomainError(Reason.IDENTITY_REFUSED)))
        for it, message in await self._missed(thread):
            frame = outgoing.message_frame(message, it.offset, self.gate.live.address_of)
            if frame is not None and self.socket.news(frame):
                await _send(self.ws, {"t": "msg", "m": frame})
        if latest is not None:
            self.socket.push(outgoing.status_frame(latest))
            await self.store.advance_delivery(latest.tenant, latest.id, latest.last_seq, Delivery.DELIVERED)

    async def _thread(self) -> list[Conversation]:
        return await self.store.thread(self.visitor.tenant, self.channel.id, self.visitor.id)

    async def _missed(self, thread: list[Conversation]) -> list[tuple[Conversation, Message]]:
        """What the visitor has not seen: after `since`, or the last page at a first visit."""
        missed: list[tuple[Conversation, Message]] = []
        limit = _REPLAY if self.since else _FIRST_PAGE
        for it in thread:
            if it.offset + it.last_seq <= self.since or len(missed) >= limit:
                break
            newest, _ = await self.store.messages(it.tenant, it.id, limit=limit - len(missed))
            missed = [(it, m) for m in newest if it.offset + m.seq > self.since] + missed
        return missed

    async def _write(self) -> int:
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    frame = await self.socket.frames.get()
            except TimeoutError:
                frame = {"t": "hb"}
            await self.ws.send_json(frame)

    async def _read(self) -> int:
        while True:
            try:
                received = await self.ws.receive()
                if received["type"] == "websocket.disconnect":
                    return 1000
                await self._take(incoming.parse(received.get("text") or ""))
            except DomainError as error:
                self.socket.push(_error(error))
                if error.reason is Reason.MALFORMED:
                    self._malformed += 1
                    if self._malformed > _MALFORMED:
                        return 1008

    async def _take(self, frame: dict[str, Any]) -> None:
        match frame.get("t"):
            case "msg":
                try:
                    await self._message(frame)
                except DomainError as error:
                    self.socket.push(_error(error, incoming.text_of(frame, "client_id", 100)))
            case "read":
                await self._has_read(incoming.number_of(frame, "seq"))
            case "typing":
                if self.gate.admit_one(f"typing:{self.visitor.id}") and (it := await self._latest()) and it.is_live:
                    await self.gate.live.tell_typing("customer", it, self.visitor.name)
            case _:
                raise DomainError(Reason.MALFORMED, "a frame of an unknown kind")

    async def _message(self, frame: dict[str, Any]) -> None:
        """Stores it raw. The acknowledgement is the message itself, coming back once it is in its conversation."""
        message = incoming.message_of(frame)
        if not self.gate.admit_one(self.visitor.id):
            raise DomainError(Reason.TOO_FAST)
        await self.gate.files.store.owned(self.visitor.tenant, message.attachment_ids, f"visitor:{self.visitor.id}")
        now = self.gate.conversations.now()
        update = RawUpdate(
            tenant=self.visitor.tenant,
            channel_id=self.channel.id,
            dedup=f"{self.visitor.id}:{message.client_id}",
            lane=self.visitor.id,
            order=self.gate.order(now),
            raw=incoming.raw_of(self.visitor, message, now),
        )
        if not await self.gate.arrivals.accept([update]):
            await self._acknowledge_again(update.dedup)

    async def _acknowledge_again(self, ext_id: str) -> None:
        """It came before: where it is in its conversation already, its acknowledgement was lost."""
        known = await self.store.message_by_ext(self.channel.id, ext_id, Direction.IN)
        if known is None:
            return
        it = await self.store.get(known[0], known[1].conversation_id)
        frame = outgoing.message_frame(known[1], it.offset, self.gate.live.address_of)
        self.socket.push({"t": "msg", "m": frame})

    async def _latest(self) -> Conversation | None:
        thread = await self.store.thread(self.visitor.tenant, self.channel.id, self.visitor.id, 1)
        return thread[0] if thread else None

    async def _has_read(self, seq: int) -> None:
        it = await self._latest()
        if it is None or seq <= it.offset:
            return
        local = min(seq - it.offset, it.last_seq)

        async def decide(now_it: Conversation) -> Change:
            return read_up_to(Change(now_it), "customer", local)

        await self.gate.conversations.change(it.tenant, it.id, decide)
        await self.store.advance_delivery(it.tenant, it.id, local, Delivery.READ)


def _hello(frame: dict[str, Any]) -> Hello:
    if frame.get("t") != "hello":
        raise DomainError(Reason.MALFORMED, "the first frame is hello")
    page = frame.get("page")
    identity = frame.get("identity")
    language = incoming.text_of(frame, "language", 10)
    return Hello(
        key=incoming.text_of(frame, "key", 100),
        token=incoming.text_of(frame, "token", 200),
        since=incoming.number_of(frame, "since"),
        language=language if language in incoming.LANGUAGES else "",
        page=incoming.text_of(page, "url", 1000) if isinstance(page, dict) else "",
        identity={k: incoming.text_of(identity, k, 300) for k in ("user_id", "hmac", "name", "email")}
        if isinstance(identity, dict)
        else None,
    )


def _error(error: DomainError, client_id: str = "") -> Frame:
    return {
        "t": "error",
        "client_id": client_id or None,
        "reason": error.reason.name,
        "detail": error.message,
        "retry": error.retry,
    }


async def _send(ws: WebSocket, frame: Frame) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await ws.send_json(frame)


async def _close(ws: WebSocket, code: int) -> None:
    if ws.client_state is WebSocketState.CONNECTED and ws.application_state is WebSocketState.CONNECTED:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await ws.close(code)
