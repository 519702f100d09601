"""RFC 9457 problems that HTTP itself gives rise to; refusals of services come through `kit.web`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from antiphon.kit import logs
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.web import problem_response

log = logs.get("inbox.http")


class HttpProblem(Exception):
    """A request that HTTP refuses before anybody is asked."""

    def __init__(self, status: HTTPStatus, reason: str, detail: str, **headers: str) -> None:
        self.status = status
        self.reason = reason
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(detail)


def too_large(limit: int) -> HttpProblem:
    return HttpProblem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TOO_LARGE", f"at most {limit} bytes are taken")


def malformed(detail: str) -> HttpProblem:
    return HttpProblem(HTTPStatus.BAD_REQUEST, "MALFORMED", detail)


def unsupported(detail: str) -> HttpProblem:
    return HttpProblem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", detail)


def answer(status: int, reason: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    body = {
        "type": f"urn:antiphon:{reason.lower()}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "reason": reason,
        "retry": False,
        "facts": {},
    }
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)


async def on_http_problem(_request: Request, error: Exception) -> Any:
    assert isinstance(error, HttpProblem)
    return answer(error.status, error.reason, error.detail, error.headers)


async def on_http_exception(_request: Request, error: Exception) -> Any:
    """Starlette's own: no such path, no such method."""
    assert isinstance(error, HTTPException)
    reason = HTTPStatus(error.status_code).name
    return answer(error.status_code, reason, error.detail, dict(error.headers or {}))


async def on_domain_error(_request: Request, error: Exception) -> Any:
    """As kit's, with the header that clients wait by."""
    assert isinstance(error, DomainError)
    return problem_response(error, {"Retry-After": error.facts.get("retry_after", "1")} if error.retry else None)


async def on_unexpected(_request: Request, _error: Exception) -> Any:
    log.exception("unexpected error")
    return problem_response(DomainError(Common.INTERNAL))
