"""What a site with the widget may set."""

from __future__ import annotations

import re
from typing import Any

from antiphon.channels.domain.kind import Field, Kind
from antiphon.kit.errors import invalid

_ORIGIN = re.compile(r"^https?://[a-z0-9.-]+(:\d{1,5})?$")


def _sites(settings: dict[str, Any], any_origin: bool) -> dict[str, Any]:
    """Origins as browsers send them; "*" only where the installation admits it."""
    if "origins" not in settings:
        return settings
    checked = []
    for item in settings["origins"]:
        origin = item.lower().rstrip("/")
        if not ((origin == "*" and any_origin) or _ORIGIN.match(origin)):
            raise invalid("settings.origins", "an origin looks like https://shop.example, without a path")
        checked.append(origin)
    return {**settings, "origins": checked}


KIND = Kind(
    "webchat",
    settings=(
        Field("origins", many=True),
        Field("title", limit=80),
        Field("subtitle", limit=120),
        Field("colour", "a colour looks like #1a6cff", limit=7, pattern=r"#[0-9a-fA-F]{6}"),
        Field("greeting", limit=1000),
        Field("away_text", limit=1000),
    ),
    secrets=(Field("identity_secret", limit=500),),
    refine=_sites,
    is_public=True,
    path="/widget.js",
)
