"""What a WhatsApp number may set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from antiphon.channels.domain.kind import Field, FirstWord, Kind


def _number(settings: Mapping[str, Any], _secrets: Mapping[str, str]) -> str:
    return str(settings.get("phone_number_id", ""))


KIND = Kind(
    "whatsapp",
    settings=(
        Field(
            "phone_number_id", "the id of the number (digits, not the number itself): WhatsApp Manager, API Setup",
            limit=30, required=True, pattern=r"\d{5,30}",
        ),
        Field("business_id", "the id of the WhatsApp Business account: digits", limit=30, pattern=r"\d{5,30}"),
    ),
    secrets=(
        Field("token", "the access token of a system user, with whatsapp_business_messaging", required=True),
        Field("app_secret", "the app's secret: Meta for Developers, App settings, Basic", required=True,
              pattern=r"[0-9a-f]{16,64}"),
    ),
    account=_number,
    window=lambda _settings: timedelta(hours=24),
    first=FirstWord("phone", lambda phone: phone.removeprefix("+")),
    path="/hooks/{id}",
    shows_word=True,
)  # fmt: skip
