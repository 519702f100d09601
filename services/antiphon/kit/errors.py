"""One kind of error, from the domain to the screen.

A service declares its reasons as an enum of `Reason`; domain and app raise `DomainError(Reason.X, "…", fact=…)`. The
gRPC server turns it into a status with a google.rpc.ErrorInfo, the gRPC client turns that back into the same
`DomainError`, and the HTTP edge into an RFC 9457 problem. So a reason is written once and survives every hop.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus


class Kind(Enum):
    """What sort of refusal it is: (name of the gRPC status, HTTP status, worth retrying unchanged)."""

    INVALID = ("INVALID_ARGUMENT", HTTPStatus.UNPROCESSABLE_ENTITY, False)
    UNAUTHENTICATED = ("UNAUTHENTICATED", HTTPStatus.UNAUTHORIZED, False)
    DENIED = ("PERMISSION_DENIED", HTTPStatus.FORBIDDEN, False)
    NOT_FOUND = ("NOT_FOUND", HTTPStatus.NOT_FOUND, False)
    CONFLICT = ("ABORTED", HTTPStatus.CONFLICT, False)
    EXHAUSTED = ("RESOURCE_EXHAUSTED", HTTPStatus.TOO_MANY_REQUESTS, True)
    UNAVAILABLE = ("UNAVAILABLE", HTTPStatus.SERVICE_UNAVAILABLE, True)
    TIMEOUT = ("DEADLINE_EXCEEDED", HTTPStatus.GATEWAY_TIMEOUT, True)
    INTERNAL = ("INTERNAL", HTTPStatus.INTERNAL_SERVER_ERROR, False)

    def __init__(self, grpc_status: str, http_status: HTTPStatus, retry: bool) -> None:
        self.grpc_status = grpc_status
        self.http_status = http_status
        self.retry = retry


class Reason(Enum):
    """Base of every service's reasons. A member's value is its `Kind` and its meaning in one sentence:

    class Reason(errors.Reason):
        OFFER_GONE = (Kind.CONFLICT, "The offer ended: taken by another, rang out or withdrawn.")
    """

    def __init__(self, kind: Kind, meaning: str) -> None:
        self.kind = kind
        self.meaning = meaning


@dataclass(frozen=True, slots=True)
class Told:
    """A reason that came over the wire from another service, known by name only."""

    name: str
    kind: Kind


class DomainError(Exception):
    """A refusal with a typed reason. Nothing has changed when it is raised.

    `message` is for developers and logs; screens translate `reason`. `facts` are small strings without personal data.
    """

    def __init__(self, reason: Reason | Told, message: str = "", *, retry: bool | None = None, **facts: object) -> None:
        self.reason = reason
        self.message = message or getattr(reason, "meaning", reason.name)
        self.retry = reason.kind.retry if retry is None else retry
        self.facts = {name: str(value) for name, value in facts.items()}
        super().__init__(f"{reason.name}: {self.message}")


class Common(Reason):
    """Reasons that any service may give."""

    INVALID = (Kind.INVALID, "The request is not well-formed.")
    UNAUTHENTICATED = (Kind.UNAUTHENTICATED, "A valid access token is required.")
    DENIED = (Kind.DENIED, "The token does not carry the needed permission.")
    NOT_FOUND = (Kind.NOT_FOUND, "There is no such thing in this tenant.")
    STALE = (Kind.CONFLICT, "Somebody changed it meanwhile; load it again.")
    TOO_MANY = (Kind.EXHAUSTED, "Too many requests; wait a little.")
    UNAVAILABLE = (Kind.UNAVAILABLE, "The service is not ready; try again.")
    TIMEOUT = (Kind.TIMEOUT, "No answer in time; the outcome is unknown.")
    INTERNAL = (Kind.INTERNAL, "An unexpected error; it was logged.")


def told(error: DomainError) -> DomainError:
    """A refusal as another service sees it: a common reason, or one that is known by its name."""
    reason = error.reason if isinstance(error.reason, Common) else Told(error.reason.name, error.reason.kind)
    return DomainError(reason, error.message, retry=error.retry, **error.facts)


def invalid(field: str, message: str) -> DomainError:
    """The usual refusal of bad input, naming the field."""
    return DomainError(Common.INVALID, message, field=field)


def problem(error: DomainError) -> dict[str, object]:
    """The RFC 9457 body of a refusal."""
    return {
        "type": f"urn:antiphon:{error.reason.name.lower()}",
        "title": getattr(error.reason, "meaning", error.message),
        "status": int(error.reason.kind.http_status),
        "detail": error.message,
        "reason": error.reason.name,
        "retry": error.retry,
        "facts": error.facts,
    }
