"""The tenant's rules of distribution: read, replaced, and turned into the brain's `Policy`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from antiphon.acd.app.audit import Audit, changed
from antiphon.acd.domain.channel import CLASSES, ChannelClass
from antiphon.acd.domain.policy import Delays, Matrix, Policy
from antiphon.acd.v1 import acd_pb2
from antiphon.kit.errors import invalid
from antiphon.kit.tokens import Caller

_BY_NAME = {cls.name.lower(): cls for cls in CLASSES}
_LONGEST = timedelta(hours=24)


class Policies(Protocol):
    """Where rules are kept."""

    async def policy(self, tenant: str) -> acd_pb2.Policy: ...
    async def put_policy(self, tenant: str, policy: acd_pb2.Policy) -> acd_pb2.Policy: ...


class Rules:
    """Use cases of the policy record; `configure` brings a change into force."""

    def __init__(self, store: Policies, configure: Callable[[str], Awaitable[None]], audit: Audit) -> None:
        self._store = store
        self._configure = configure
        self._audit = audit

    async def get_policy(self, caller: Caller, _: acd_pb2.GetPolicyRequest) -> acd_pb2.GetPolicyResponse:
        return acd_pb2.GetPolicyResponse(policy=await self._store.policy(caller.tenant))

    async def put_policy(self, caller: Caller, request: acd_pb2.PutPolicyRequest) -> acd_pb2.PutPolicyResponse:
        check_policy(request.policy)
        before = await self._store.policy(caller.tenant)
        stored = await self._store.put_policy(caller.tenant, request.policy)
        await self._configure(caller.tenant)
        await self._audit.record(caller, "work_policy.put", "work_policy", fields=changed(before, stored))
        return acd_pb2.PutPolicyResponse(policy=stored)


def check_policy(policy: acd_pb2.Policy) -> None:
    """Refuses rules that make no sense, naming the field."""
    named = [*policy.capacity, *(row.wants for row in policy.blocking)]
    named += [cls for row in policy.blocking for cls in row.waits_for]
    if any(name not in _BY_NAME for name in named):
        raise invalid("blocking", f"classes are {', '.join(_BY_NAME)}")
    if len({row.wants for row in policy.blocking}) != len(policy.blocking):
        raise invalid("blocking", "one row for each class")
    if any(not 0 <= most <= 50 for most in policy.capacity.values()):
        raise invalid("capacity", "0 to 50 for each class")
    if not 0 <= policy.aging_millipoints <= 1_000_000:
        raise invalid("aging_millipoints", "0 to 1000000")
    if not 0 <= policy.callback_tries <= 20:
        raise invalid("callback_tries", "0 to 20")
    for field in ("busy_delay", "reject_delay", "no_answer_delay", "callback_retry"):
        if not timedelta(0) <= getattr(policy, field).ToTimedelta() <= _LONGEST:
            raise invalid(field, "a duration from 0 to 24 hours is needed")
    _check_names("breaks", [one.code for one in policy.breaks])
    _check_names("profiles", [one.name for one in policy.profiles])


def _check_names(field: str, names: list[str]) -> None:
    if len(names) > 100 or len(set(names)) != len(names) or not all(0 < len(name) <= 80 for name in names):
        raise invalid(field, "at most 100, each with a name of its own")


def policy_of(record: acd_pb2.Policy) -> Policy:
    """What the brain needs of the rules; what is not set keeps its default."""
    usual = Policy()
    aging = record.aging_millipoints if record.HasField("aging_millipoints") else usual.aging_millipoints
    return Policy(
        aging_millipoints=aging,
        blocked_by=_matrix(record, usual.blocked_by),
        delays=delays_of(record, usual.delays) or usual.delays,
        callback_tries=record.callback_tries or usual.callback_tries,
        callback_retry_ms=record.callback_retry.ToMilliseconds() or usual.callback_retry_ms,
    )


def _matrix(record: acd_pb2.Policy, usual: Matrix) -> Matrix:
    rows: dict[ChannelClass, tuple[ChannelClass, ...]] = dict(zip(CLASSES, usual, strict=True))
    for row in record.blocking:
        rows[_BY_NAME[row.wants]] = tuple(sorted({_BY_NAME[name] for name in row.waits_for}))
    return tuple(rows[cls] for cls in CLASSES)


def delays_of(record: acd_pb2.Policy | acd_pb2.Queue, usual: Delays) -> Delays | None:
    """The delays of a queue or of the tenant: the usual one for each that is not set; None when none is."""
    named = {"busy_delay": usual.busy_ms, "reject_delay": usual.declined_ms, "no_answer_delay": usual.no_answer_ms}
    given = {field.name: value.ToMilliseconds() for field, value in record.ListFields() if field.name in named}
    if not given:
        return None
    busy, declined, no_answer = (given.get(name, ms) for name, ms in named.items())
    return Delays(busy, declined, no_answer)
