"""What a tenant keeps for writing and sorting: tags, canned answers, macros, service levels. Who may use and change
which."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from antiphon.channels.domain import variables
from antiphon.channels.domain.message import MAX_TEXT
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.kinds import KINDS
from antiphon.channels.v1 import workbench_pb2 as pb
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import new_id
from antiphon.kit.tokens import Caller

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from antiphon.channels.app.levels import Levels
    from antiphon.channels.asks import Asks
    from antiphon.channels.store import WorkbenchStore
    from antiphon.kit.records import Records

COLOURS = ("blue", "rose", "indigo", "amber", "sky", "green", "violet", "grey")
MAX_ACTIONS = 10
CONFIGURE = "queues.write"
_SHORTCUT = re.compile(r"[\w-]{1,40}")
M = TypeVar("M", bound="Message")


class Shelf:
    def __init__(self, store: WorkbenchStore, asks: Asks, levels: Levels) -> None:
        self.store = store
        self.asks = asks
        self.levels = levels

    async def put_tag(self, caller: Caller, tag: pb.Tag) -> pb.Tag:
        """Raises STALE, TAKEN, INVALID, NOT_FOUND."""
        await _known(self.store.tags, caller, tag.id)
        _check_name(tag.name, 40)
        if tag.colour not in COLOURS:
            raise invalid("tag.colour", f"one of {', '.join(COLOURS)}")
        return await _put(self.store.tags, caller, tag, "tg")

    async def put_policy(self, caller: Caller, policy: pb.SlaPolicy) -> pb.SlaPolicy:
        """Raises STALE, TAKEN, INVALID, NOT_FOUND."""
        await _known(self.store.policies, caller, policy.id)
        _check_name(policy.name, 80)
        if not 0 <= policy.warn_percent <= 99:
            raise invalid("policy.warn_percent", "0 to 99")
        norms = [policy.first_reply, policy.next_reply, policy.resolution]
        if not any(norm.ToTimedelta() for norm in norms):
            raise invalid("policy.first_reply", "at least one norm is needed")
        if any(not 0 <= norm.seconds <= 366 * 86400 for norm in norms):
            raise invalid("policy.resolution", "a norm is positive and at most a year")
        if unknown := set(policy.channels) - set(KINDS):
            raise invalid("policy.channels", f"there is no kind {min(unknown)!r}")
        saved = await _put(self.store.policies, caller, policy, "sl")
        self.levels.forget(caller.tenant)
        return saved

    async def delete_policy(self, caller: Caller, policy_id: str) -> None:
        await self.store.policies.delete(caller.tenant, policy_id)
        self.levels.forget(caller.tenant)

    async def canned_of(self, caller: Caller) -> list[pb.CannedAnswer]:
        """Those that the caller may use."""
        return await self._usable(caller, await self.store.canned.all(caller.tenant))

    async def macros_of(self, caller: Caller) -> list[pb.Macro]:
        return await self._usable(caller, await self.store.macros.all(caller.tenant))

    async def macro(self, caller: Caller, macro_id: str) -> pb.Macro:
        """Raises UNKNOWN_MACRO, also for one that is not the caller's to run."""
        found = await self.store.macros.get(caller.tenant, macro_id)
        if found is None or not await self._usable(caller, [found]):
            raise DomainError(Reason.UNKNOWN_MACRO)
        return found

    async def put_canned(self, caller: Caller, answer: pb.CannedAnswer) -> pb.CannedAnswer:
        """Raises STALE, TAKEN, INVALID, NOT_YOURS."""
        await _known(self.store.canned, caller, answer.id)
        _check_name(answer.name, 80)
        if answer.shortcut and not _SHORTCUT.fullmatch(answer.shortcut):
            raise invalid("answer.shortcut", "up to 40 letters, digits, - and _")
        _check_text("answer.text", answer.text)
        return await self._put_own(self.store.canned, caller, answer, "ca")

    async def put_macro(self, caller: Caller, macro: pb.Macro) -> pb.Macro:
        """Raises STALE, TAKEN, INVALID, NOT_YOURS."""
        await _known(self.store.macros, caller, macro.id)
        _check_name(macro.name, 80)
        check_actions(macro.actions, "macro.actions")
        return await self._put_own(self.store.macros, caller, macro, "mc")

    async def delete(self, records: Records[Any], caller: Caller, record_id: str) -> None:
        """Of a canned answer or a macro. Raises NOT_YOURS."""
        known = await records.get(caller.tenant, record_id)
        if known is None:
            return
        _check_may_change(caller, known)
        await records.delete(caller.tenant, record_id)

    async def _put_own(self, records: Records[M], caller: Caller, record: M, prefix: str) -> M:
        fields: Any = record
        if fields.id:
            _check_may_change(caller, await _known(records, caller, fields.id))
        fields.owner_id = caller.person_id if fields.sharing == pb.SHARING_PERSONAL else ""
        if fields.sharing not in (pb.SHARING_PERSONAL, pb.SHARING_GROUP, pb.SHARING_EVERYBODY):
            raise invalid("sharing", "whose it is")
        if (fields.sharing == pb.SHARING_GROUP) != bool(fields.group_id):
            raise invalid("group_id", "a group is named for what belongs to a group, and only then")
        _check_may_change(caller, record)
        return await _put(records, caller, record, prefix)

    async def _usable(self, caller: Caller, records: list[M]) -> list[M]:
        every: list[Any] = list(records)
        if caller.is_service:
            return records
        groups = frozenset[str]()
        if any(one.sharing == pb.SHARING_GROUP for one in every) and not caller.may(CONFIGURE):
            groups = await self.asks.groups_of(caller)
        return [one for one in every if _is_usable(caller, one, groups)]


def check_actions(actions: Iterable[pb.Action], where: str) -> None:
    """Raises INVALID."""
    listed = list(actions)
    if not 1 <= len(listed) <= MAX_ACTIONS:
        raise invalid(where, f"1 to {MAX_ACTIONS} actions")
    for index, action in enumerate(listed):
        kind = action.WhichOneof("kind")
        if kind is None:
            raise invalid(f"{where}[{index}]", "nothing to do")
        if kind in ("send_text", "write_note"):
            _check_text(f"{where}[{index}].{kind}", getattr(action, kind))
        elif isinstance(value := getattr(action, kind), str) and not value:
            raise invalid(f"{where}[{index}].{kind}", "an id is required")


def _is_usable(caller: Caller, record: Any, groups: frozenset[str]) -> bool:
    if record.sharing == pb.SHARING_PERSONAL:
        return bool(record.owner_id == caller.person_id)
    return record.sharing == pb.SHARING_EVERYBODY or caller.may(CONFIGURE) or record.group_id in groups


def _check_may_change(caller: Caller, record: Any) -> None:
    own = record.sharing == pb.SHARING_PERSONAL and record.owner_id == caller.person_id
    if not own and not (record.sharing != pb.SHARING_PERSONAL and caller.may(CONFIGURE)):
        raise DomainError(Reason.NOT_YOURS)


def _check_name(name: str, limit: int) -> None:
    if not 1 <= len(name.strip()) <= limit or not name.isprintable():
        raise invalid("name", f"1 to {limit} characters")


def _check_text(where: str, text: str) -> None:
    if not text.strip() or len(text) > MAX_TEXT or "\x00" in text:
        raise invalid(where, f"1 to {MAX_TEXT} characters")
    if name := variables.unknown(text):
        raise invalid(where, f"there is no variable {{{name}}}")


async def _known(records: Records[M], caller: Caller, record_id: str) -> M | None:
    """The record that is to be replaced; None for a new one. Raises NOT_FOUND before anything else is looked at."""
    if not record_id:
        return None
    known = await records.get(caller.tenant, record_id)
    if known is None:
        raise DomainError(Common.NOT_FOUND, object=record_id)
    return known


async def _put(records: Records[M], caller: Caller, record: M, prefix: str) -> M:
    fields: Any = record
    if fields.id and not fields.rev:
        raise DomainError(Common.STALE)
    if not fields.id:
        fields.id, fields.rev = new_id(prefix), 0
    return await records.put(caller.tenant, record)
