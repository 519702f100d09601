"""A payment provider on loopback: takes the card itself, keeps it from us, and tells the result by a signed webhook.

    async with Bank(key) as bank:                       # settings: provider_url=bank.url, provider_secret=key
        begun = …                                       # what billing's StartTopUp answered
        notice = bank.pay(begun_id, country="UA")       # the payer typed 4242 4242 4242 4242
        body, signature = notice                        # to be sent to billing, twice, late, forged …

It refuses what a real one refuses: a wrong key, a body without amount, one idempotency key with two bodies.
"""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from antiphon.billing.domain.signing import sign
from antiphon.kit import procs

Notice = tuple[bytes, str]


class Bank:
    """One provider with its payments."""

    def __init__(self, key: str, now: Any, port: int = 0) -> None:
        """At a port that was claimed before, where one is given."""
        self._key = key
        self._now = now
        self.payments: dict[str, dict[str, Any]] = {}
        self._by_key: dict[str, str] = {}
        self.port = port or procs.free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        app = Starlette(routes=[Route("/v1/payments", self._begin, methods=["POST"])])
        config = uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._task = asyncio.ensure_future(self._server.serve())
        while not self._server.started:  # noqa: ASYNC110 - uvicorn tells it by this flag only
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        await self._task

    async def _begin(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self._key}":
            return JSONResponse({"error": "unauthorized"}, 401)
        body = await request.json()
        key = request.headers.get("idempotency-key", "")
        if not key or not {"amount", "currency", "reference"} <= body.keys():
            return JSONResponse({"error": "incomplete"}, 400)
        if key in self._by_key:
            known = self.payments[self._by_key[key]]
            if known["asked"] != body:
                return JSONResponse({"error": "idempotency"}, 409)
            return JSONResponse(_told(known))
        payment_id = f"pay_{len(self.payments) + 1}"
        self._by_key[key] = payment_id
        self.payments[payment_id] = {"id": payment_id, "asked": body, "url": f"{self.url}/pay/{payment_id}"}
        return JSONResponse(_told(self.payments[payment_id]), 201)

    def pay(self, payment_id: str, status: str = "succeeded", **change: str) -> Notice:
        """The payer did something; returns the webhook's body and signature."""
        asked = self.payments[payment_id]["asked"]
        told = {
            "id": payment_id,
            "reference": asked["reference"],
            "status": status,
            "paid": asked["amount"],
            "currency": asked["currency"],
            "country": "UA",
            "last4": "4242",
            "token": f"tok_{payment_id}",
            **change,
        }
        body = json.dumps(told).encode()
        return body, sign(self._key.encode(), int(self._now().timestamp()), body)


def _told(payment: dict[str, Any]) -> dict[str, str]:
    return {"id": payment["id"], "redirect_url": payment["url"]}
