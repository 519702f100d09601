"""Shifts for calendar programs: a secret address, no session. Whoever has the address reads one person's shifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from antiphon.inbox.rest import Rest
from antiphon.inbox.rows import WFM, Row
from antiphon.kit.errors import Common, DomainError
from antiphon.wfm.v1 import wfm_pb2

READ = Row("GET", "/calendar/{token}", WFM, "ReadCalendar")
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Calendars:
    """`GET /calendar/<token>.ics`."""

    rest: Rest

    async def serve(self, request: Request) -> Response:
        """RFC 5545, or 404 for an address that is not, or no longer, one."""
        token = str(request.path_params["token"])
        if len(token) > LONGEST:
            return _none()
        try:
            answer: Any = await self.rest.ask(READ, wfm_pb2.ReadCalendarRequest(token=token), "")
        except DomainError as error:
            if error.reason.name == Common.NOT_FOUND.name:
                return _none()
            raise
        headers = {"Cache-Control": "private, max-age=300", "Content-Disposition": 'inline; filename="shifts.ics"'}
        return Response(answer.icalendar, media_type="text/calendar", headers=headers)


def _none() -> Response:
    return PlainTextResponse("There is no such calendar.", status_code=404, headers={"Cache-Control": "no-store"})
