"""An HTTP server inside our own event loop: uvicorn without its signal handling, and RFC 9457 problems."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator, MutableMapping
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from antiphon.kit import metrics, tracing
from antiphon.kit.errors import DomainError, problem

_TRACE = tracing.HEADER.encode()


class WebServer:
    """A uvicorn server whose life the host owns."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        config = uvicorn.Config(
            _Timed(app),
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            ws="websockets-sansio",
            ws_max_size=1_000_000,
            lifespan="off",
            server_header=False,
            proxy_headers=False,  # who may say where a request comes from is the edge's own setting
            timeout_graceful_shutdown=5,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when the port is bound. Raises OSError when it is taken."""
        self._task = asyncio.ensure_future(self._server.serve())
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise OSError("the HTTP server did not start")
            await asyncio.sleep(0.005)

    @property
    def port(self) -> int:
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Closes the port, tells open requests to finish, and waits for them."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _Timed:
    """Notes how long each HTTP request took to its last byte, in a trace."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        came = next((value.decode("latin-1") for name, value in scope["headers"] if name == _TRACE), "")
        try:
            with tracing.incoming({tracing.HEADER: came}, f"HTTP {scope['method']}", stranger=True):
                await self._app(scope, receive, noted)
        finally:
            metrics.served(scope["method"], status, time.perf_counter() - began)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def problem_response(error: DomainError, headers: dict[str, str] | None = None) -> JSONResponse:
    """The RFC 9457 answer of a refusal."""
    return JSONResponse(
        problem(error),
        status_code=int(error.reason.kind.http_status),
        media_type="application/problem+json",
        headers=headers,
    )


async def on_domain_error(_request: Request, error: Exception) -> Any:
    """Starlette's exception handler for DomainError."""
    assert isinstance(error, DomainError)
    return problem_response(error)
