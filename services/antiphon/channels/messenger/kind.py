"""What a Facebook Page may set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from antiphon.channels.domain.kind import Field, Kind


def _page(settings: Mapping[str, Any], _secrets: Mapping[str, str]) -> str:
    return str(settings.get("page_id", ""))


def _window(settings: Mapping[str, Any]) -> timedelta:
    """A day, or a week where Meta allowed the Page that people answer late."""
    return timedelta(days=7) if settings.get("human_agent") == "yes" else timedelta(hours=24)


KIND = Kind(
    "messenger",
    settings=(
        Field("page_id", "the Page's id: digits, under About, Page transparency", limit=30, required=True,
              pattern=r"\d{5,30}"),
        Field("human_agent", choices=("yes", "no"), limit=3),
    ),
    secrets=(
        Field("token", "the Page's access token, with pages_messaging", required=True),
        Field("app_secret", "the app's secret: Meta for Developers, App settings, Basic", required=True,
              pattern=r"[0-9a-f]{16,64}"),
    ),
    account=_page,
    window=_window,
    path="/hooks/{id}",
    shows_word=True,
)  # fmt: skip
