"""What a Telegram bot may set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from antiphon.channels.domain.kind import Field, Kind


def _bot(_settings: Mapping[str, Any], secrets: Mapping[str, str]) -> str:
    """The bot's number, which is the token's first part."""
    return secrets.get("token", "").partition(":")[0]


KIND = Kind(
    "telegram",
    settings=(Field("mode", choices=("polling", "webhook"), limit=10),),
    secrets=(
        Field(
            "token", "a bot token looks like 123456:ABC-DEF…; @BotFather shows it under API Token", required=True,
            limit=200, pattern=r"\d{3,20}:[A-Za-z0-9_-]{6,100}",
        ),
    ),
    account=_bot,
    path="/hooks/{id}",
)  # fmt: skip
