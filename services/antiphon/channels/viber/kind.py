"""What a Viber bot may set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from antiphon.channels.domain.kind import Field, Kind


def _bot(_settings: Mapping[str, Any], secrets: Mapping[str, str]) -> str:
    """The token names the bot; only its digest is kept in the open."""
    token = secrets.get("token", "")
    return hashlib.sha256(token.encode()).hexdigest()[:32] if token else ""


KIND = Kind(
    "viber",
    settings=(Field("sender_name", "the name that customers see, at most 28 characters", limit=28),),
    secrets=(
        Field(
            "token", "the bot's token looks like 445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9: Viber Admin Panel",
            required=True, pattern=r"[0-9a-zA-Z]{8,32}(-[0-9a-zA-Z]{8,32}){1,3}",
        ),
    ),
    account=_bot,
    path="/hooks/{id}",
)  # fmt: skip
