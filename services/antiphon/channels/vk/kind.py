"""What a VK community may set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from antiphon.channels.domain.kind import Field, Kind


def _community(settings: Mapping[str, Any], _secrets: Mapping[str, str]) -> str:
    return str(settings.get("group_id", ""))


KIND = Kind(
    "vk",
    settings=(
        Field("group_id", "the community's id: digits", limit=20, required=True, pattern=r"\d{1,20}"),
        Field("confirmation_code", "what VK shows under Callback API, at most 32 letters and digits", limit=32,
              pattern=r"[0-9a-zA-Z]{1,32}"),
    ),
    secrets=(
        Field("token", "the community's access key, with the right to messages: Manage, API usage", required=True),
        Field("secret", "the secret key that you set under Callback API: 8 to 50 letters and digits", required=True,
              pattern=r"[0-9a-zA-Z_]{8,50}"),
    ),
    account=_community,
    path="/hooks/{id}",
)  # fmt: skip
