"""Billing's files for browsers, and the door for the payment provider's webhooks.

A webhook carries no session: its signature is its proof, and billing checks it over the very bytes that came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from antiphon.billing.v1 import payments_pb2 as payments
from antiphon.billing.v1.payments_pb2_grpc import PaymentsServiceStub
from antiphon.inbox import wire
from antiphon.inbox.rest import Rest, json_response, read_body
from antiphon.inbox.rows import Row, fill_path
from antiphon.inbox.sessions import Sessions
from antiphon.kit import grpc_client
from antiphon.kit.grpc_client import Peers

LARGEST_NOTICE = 64_000
SIGNATURE = "x-signature"


class Papers:
    """The two kinds of endpoint."""

    def __init__(self, peers: Peers, sessions: Sessions, rest: Rest) -> None:
        self._peers = peers
        self._sessions = sessions
        self._rest = rest
        self._payments = PaymentsServiceStub(peers.channel("billing"))

    def endpoint(self, row: Row) -> Callable[[Request], Awaitable[Response]]:
        """GET of one file."""

        async def serve(request: Request) -> Response:
            admission = await self._sessions.admit(request)
            data = wire.from_query(row.request, request.query_params.multi_items())
            fill_path(row, data, request.path_params["id"])
            found = await self._rest.ask(row, wire.parse(row.request, data), admission.token)
            content, name, kind = (getattr(found, field) for field in ("content", "name", "content_type"))
            disposition = f"attachment; filename*=UTF-8''{quote(name)}"
            headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
            return Response(content, media_type=kind, headers=headers)

        return serve

    async def notice(self, request: Request) -> Response:
        """POST of what the payment provider tells."""
        body = await read_body(request, LARGEST_NOTICE)
        told = payments.TakeProviderNoticeRequest(body=body, signature=request.headers.get(SIGNATURE, "")[:500])
        await grpc_client.ask(self._payments.TakeProviderNotice, told, self._peers.own(""))
        return json_response(b"{}")
