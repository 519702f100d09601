"""Why somebody may hear or analyse another's call: a stated purpose, in words, and an open case where it is fraud.

A supervisor leads the agents he listens to; his reason is noted. Whoever administers the company is staff that leads
nobody: live, afterwards and in the signalling he needs a purpose. Every access that was let through is in the audit log
before its first byte.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from antiphon.kit.errors import Common, DomainError
from antiphon.kit.tokens import Caller
from antiphon.media.v1 import media_pb2 as pb

STAFF = "people.write"
PURPOSES = {
    pb.LISTENING_PURPOSE_QUALITY: "quality",
    pb.LISTENING_PURPOSE_FRAUD_CASE: "fraud_case",
    pb.LISTENING_PURPOSE_PRIVACY_REQUEST: "privacy_request",
}


class Asked(Protocol):
    """A request that says why."""

    @property
    def purpose(self) -> pb.ListeningPurpose.ValueType: ...
    @property
    def reason(self) -> str: ...
    @property
    def case_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Grounds:
    """Asks billing for cases and writes directory's log."""

    case_is_open: Callable[[str, str], Awaitable[bool]]
    audit: Callable[[str, str, str, str, dict[str, str]], Awaitable[None]]

    async def require(self, caller: Caller, asked: Asked) -> None:
        """Somebody else's call is heard for a stated purpose, or not at all. Raises DENIED."""
        if asked.purpose not in PURPOSES or not asked.reason.strip():
            raise DomainError(Common.DENIED, "say what you need somebody else's call for", field="purpose")
        if asked.purpose != pb.LISTENING_PURPOSE_FRAUD_CASE:
            return
        if not asked.case_id or not await self.case_is_open(caller.tenant, asked.case_id):
            raise DomainError(Common.DENIED, "there is no such open case", field="case_id")

    async def note(self, caller: Caller, action: str, target: str, asked: Asked, **facts: str) -> None:
        """Writes an access into the log. Raises when that is not possible: then it must not happen."""
        said = {"purpose": PURPOSES.get(asked.purpose, ""), "case": asked.case_id, **facts}
        told = {"reason": asked.reason[:500], **{name: text for name, text in said.items() if text}}
        await self.audit(caller.tenant, caller.subject, action, target, told)
