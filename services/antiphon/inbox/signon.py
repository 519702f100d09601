"""The company's own sign-in, as a browser walks it: away to the provider, and back with a code.

Both are page loads, not questions of a script, so they end in redirects; that somebody signed out there, the provider
says by itself. What binds the return to this browser is a
cookie that only these two addresses see; refusals go to the sign-in page as a stable word.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from antiphon.directory.v1 import signon_pb2 as pb
from antiphon.directory.v1 import signon_pb2_grpc
from antiphon.inbox.sessions import Sessions
from antiphon.kit import grpc_client
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import Peers

COOKIE = "antiphon_sign_on"
_PATH = "/sign-in"
_SECONDS = 600
_PROVIDER = 25.0
"""Seconds: a provider is asked up to twice meanwhile."""
_LONGEST, _LONGEST_TOKEN = 4000, 16_000
_REFUSED = ("INVALID", "SIGN_ON_FAILED")
"""Whoever sends the same again gets the same answer."""


class SignOn:
    def __init__(self, peers: Peers, sessions: Sessions) -> None:
        self._stub = signon_pb2_grpc.SignOnServiceStub(peers.channel("directory"))
        self._sessions = sessions

    async def go(self, request: Request) -> Response:
        """To the provider of the company whose word is asked for."""
        word = request.query_params.get("company", "")[:80]
        try:
            self._sessions.count_try(request)
            begun = await grpc_client.ask(
                self._stub.BeginSignOn, pb.BeginSignOnRequest(word=word), grpc_client.metadata(""), within=_PROVIDER
            )
        except DomainError as refusal:
            return _refused(refusal, word)
        response = _away(begun.url)
        secure = self._sessions.is_https
        response.set_cookie(
            COOKIE, begun.binding, max_age=_SECONDS, httponly=True, samesite="lax", secure=secure, path=_PATH
        )
        return response

    async def back(self, request: Request) -> Response:
        """From the provider, with a code or a refusal."""
        brought = {name: request.query_params.get(name, "") for name in ("state", "code", "iss", "error")}
        try:
            self._sessions.count_try(request)
            if any(len(value) > _LONGEST for value in brought.values()):
                raise DomainError(Common.INVALID)
            asked = pb.FinishSignOnRequest(
                **brought, binding=request.cookies.get(COOKIE, ""), agent=request.headers.get("user-agent", "")[:200]
            )
            done = await grpc_client.ask(self._stub.FinishSignOn, asked, grpc_client.metadata(""), within=_PROVIDER)
        except DomainError as refusal:
            response = _refused(refusal)
        else:
            response = _away("/inbox")
            self._sessions.set_cookie(response, done.session)
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=self._sessions.is_https, path=_PATH)
        return response

    async def ended(self, request: Request) -> Response:
        """A provider says that somebody signed out there; it is answered as it expects."""
        try:
            async with request.form(max_fields=10, max_files=0) as form:
                token = form.get("logout_token")
            if not isinstance(token, str) or len(token) > _LONGEST_TOKEN:
                raise DomainError(Common.INVALID)
            asked = pb.EndSignOnRequest(logout_token=token)
            await grpc_client.ask(self._stub.EndSignOn, asked, grpc_client.metadata(""), within=_PROVIDER)
        except (DomainError, HTTPException) as refusal:
            known = isinstance(refusal, DomainError) and refusal.reason.name not in _REFUSED
            said = {"error": "temporarily_unavailable" if known else "invalid_request"}
            return JSONResponse(said, 503 if known else 400, headers={"Cache-Control": "no-store"})
        return Response(status_code=200, headers={"Cache-Control": "no-store"})


def _away(url: str) -> RedirectResponse:
    return RedirectResponse(url, 303, headers={"Cache-Control": "no-store"})


def _refused(refusal: DomainError, word: str = "") -> RedirectResponse:
    said = {"company": word, "problem": refusal.reason.name, "why": refusal.facts.get("why", "")}
    return _away(f"/sign-in?{urlencode({name: value for name, value in said.items() if value})}")
