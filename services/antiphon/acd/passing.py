"""Passing calls on to the process that leads the caller's tenant.

A passed-on call is the same request over NATS request/reply (`antiphon-acd.<shard>`) with the caller's own token, which
the leader verifies and checks again; the answer, or the refusal, comes back the same way.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from google.protobuf import message_factory
from google.protobuf.message import Message
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from antiphon.acd.app.shards import Shards
from antiphon.acd.v1 import acd_pb2
from antiphon.kit import logs, tracing
from antiphon.kit.bus import Bus
from antiphon.kit.errors import Common, DomainError, Kind, Told
from antiphon.kit.grpc_server import check, permission_of
from antiphon.kit.tokens import Caller, Verifier, current_caller, current_token, reset_caller, set_caller

Q = TypeVar("Q", bound=Message)
A = TypeVar("A", bound=Message)
_SERVICE = acd_pb2.DESCRIPTOR.services_by_name["AcdService"]
log = logs.get("acd")


class Passing:
    """Both ends of a passed-on call."""

    def __init__(self, bus: Bus, shards: Shards, verifier: Verifier) -> None:
        self._bus = bus
        self._shards = shards
        self._verifier = verifier
        self.servicer: Any = None
        """Set by the servicer whose methods are called for others."""

    async def to_leader(self, use_case: Callable[[Caller, Q], Awaitable[A]], request: Q) -> A:
        """Runs the use case here when this process leads the tenant, else has the leader run it."""
        caller = current_caller()
        if self._shards.leads(caller.tenant):
            return await use_case(caller, request)
        method = type(request).__name__.removesuffix("Request")
        subject = f"antiphon-acd.{self._shards.shard(caller.tenant)}"
        headers = {"method": method, "token": current_token(), **tracing.outgoing()}
        try:
            reply = await self._bus.nc.request(subject, request.SerializeToString(), timeout=4, headers=headers)
        except (NatsError, TimeoutError) as error:
            raise DomainError(Common.UNAVAILABLE, "nobody leads this tenant's ACD at the moment") from error
        if refusal := (reply.headers or {}).get("refusal"):
            raise _refusal(json.loads(refusal))
        answer = message_factory.GetMessageClass(_SERVICE.methods_by_name[method].output_type)
        return cast(A, answer.FromString(reply.data))

    async def lead(self, shard: int) -> Callable[[], Awaitable[None]]:
        """Begins to answer for a shard; returns what ends it."""
        subscription = await self._bus.nc.subscribe(f"antiphon-acd.{shard}", cb=self._answer)
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
            log.exception("passed-on call failed", method=headers.get("method", ""))
            await self._refuse(message, DomainError(Common.INTERNAL))

    async def _call(self, method: str, token: str, data: bytes) -> Message:
        caller = self._verifier.verify(token)
        check(caller, permission_of(f"/{_SERVICE.full_name}/{method}"))
        if not self._shards.leads(caller.tenant):
            raise DomainError(Common.UNAVAILABLE, "the tenant has just moved")
        request = message_factory.GetMessageClass(_SERVICE.methods_by_name[method].input_type).FromString(data)
        bound = set_caller(caller)
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


def _refusal(told: dict[str, Any]) -> DomainError:
    reason = Told(told["reason"], Kind[told["kind"]])
    return DomainError(reason, told["message"], retry=told["retry"], **told["facts"])
