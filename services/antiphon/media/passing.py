"""Passing commands on to the replica that has the call, over NATS request/reply with the caller's own token.

The replica checks the token again and answers as if it had been asked directly.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from google.protobuf import message_factory
from google.protobuf.message import Message
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from antiphon.kit import logs, tracing
from antiphon.kit.bus import Bus
from antiphon.kit.errors import Common, DomainError, Kind, Told
from antiphon.kit.grpc_server import check, permission_of
from antiphon.kit.tokens import Verifier, current_caller, current_token, reset_caller, set_caller, set_token
from antiphon.media.domain.reasons import Reason
from antiphon.media.registry import Registry
from antiphon.media.v1 import media_pb2 as pb

A = TypeVar("A", bound=Message)
_SERVICE = pb.DESCRIPTOR.services_by_name["MediaService"]
log = logs.get("media")


class Passing:
    """Both ends of a passed-on command."""

    def __init__(self, bus: Bus, registry: Registry, replica: str, verifier: Verifier) -> None:
        self._bus = bus
        self._registry = registry
        self._replica = replica
        self._verifier = verifier
        self.servicer: Any = None

    async def to_owner(self, call_id: str, request: Message, here: Callable[[], Awaitable[A]]) -> A:
        """Runs `here` when this replica has the call, else has its owner do it. Raises UNKNOWN_CALL."""
        entry = self._registry.now(call_id)
        over = entry is None or entry.call.state == pb.CALL_STATE_ENDED
        if entry is None or over or entry.tenant != current_caller().tenant:
            raise DomainError(Reason.UNKNOWN_CALL)
        if entry.replica == self._replica:
            return await here()
        method = type(request).__name__.removesuffix("Request")
        headers = {"method": method, "token": current_token(), **tracing.outgoing()}
        try:
            reply = await self._bus.nc.request(
                _subject(entry.replica), request.SerializeToString(), timeout=20, headers=headers
            )
        except (NatsError, TimeoutError) as error:
            raise DomainError(Common.UNAVAILABLE, "the replica that has the call does not answer") from error
        if refusal := (reply.headers or {}).get("refusal"):
            raise _refusal(json.loads(refusal))
        answer = message_factory.GetMessageClass(_SERVICE.methods_by_name[method].output_type)
        return cast(A, answer.FromString(reply.data))

    async def listen(self) -> Callable[[], Awaitable[None]]:
        """Begins to answer; returns what ends it."""
        subscription = await self._bus.nc.subscribe(_subject(self._replica), cb=self._answer)
        return subscription.unsubscribe

    async def _answer(self, message: Msg) -> None:
        headers = message.headers or {}
        try:
            with tracing.incoming(headers, f"passed on {headers.get('method', '')}"):
                result = await self._call(headers.get("method", ""), headers.get("token", ""), message.data)
            await message.respond(result.SerializeToString())
        except DomainError as error:
            await self._refuse(message, error)
        except Exception:
            log.exception("passed-on command failed", method=headers.get("method", ""))
            await self._refuse(message, DomainError(Common.INTERNAL))

    async def _call(self, method: str, token: str, data: bytes) -> Message:
        caller = self._verifier.verify(token)
        check(caller, permission_of(f"/{_SERVICE.full_name}/{method}"))
        request = message_factory.GetMessageClass(_SERVICE.methods_by_name[method].input_type).FromString(data)
        bound = set_caller(caller)
        set_token(token)
        try:
            return cast(Message, await getattr(self.servicer, method)(request, None))
        finally:
            reset_caller(bound)

    async def _refuse(self, message: Msg, error: DomainError) -> None:
        told = {
            "reason": error.reason.name,
            "kind": error.reason.kind.name,
            "message": error.message,
            "retry": error.retry,
            "facts": error.facts,
        }
        await self._bus.nc.publish(message.reply, b"", headers={"refusal": json.dumps(told)})


def _subject(replica: str) -> str:
    return f"antiphon-media.{replica}"


def _refusal(told: dict[str, Any]) -> DomainError:
    reason = Told(told["reason"], Kind[told["kind"]])
    return DomainError(reason, told["message"], retry=told["retry"], **told["facts"])
