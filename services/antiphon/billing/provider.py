"""The payment provider over HTTP: a payment is begun there, the card is typed there, a webhook tells the result."""

from __future__ import annotations

import httpx

from antiphon.billing.app.payments import Begun, Wanted
from antiphon.billing.domain.amounts import decimal_text
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.settings import Settings
from antiphon.kit.errors import Common, DomainError

WITHIN = 10.0


class HttpProvider:
    """`POST /v1/payments` with an idempotency key; see `e2e/fakes/bank.py` for the other side."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def begin(self, wanted: Wanted) -> Begun:
        """Begins a payment. Raises NO_PROVIDER, UNAVAILABLE."""
        settings = self._settings
        if not settings.provider_url:
            raise DomainError(Reason.NO_PROVIDER)
        body = {
            "amount": decimal_text(wanted.micros, 6),
            "currency": wanted.currency,
            "reference": wanted.reference,
            "receipt_email": wanted.email,
        }
        secret = settings.provider_secret.get_secret_value()
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": wanted.reference}
        try:
            async with httpx.AsyncClient(timeout=WITHIN) as client:
                answer = await client.post(f"{settings.provider_url}/v1/payments", json=body, headers=headers)
                answer.raise_for_status()
                told = answer.json()
                return Begun(str(told["id"]), str(told["redirect_url"]))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise DomainError(Common.UNAVAILABLE, "the payment provider does not answer") from error
