"""A channel: a site with the widget or a bot, and which settings its kind knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from antiphon.kit.errors import invalid

KINDS = ("webchat", "telegram")
SECRETS = {"webchat": frozenset({"identity_secret"}), "telegram": frozenset({"token"})}
_TEXTS = {
    "webchat": {"title": 80, "subtitle": 120, "colour": 7, "language": 10, "greeting": 1000, "away_text": 1000},
    "telegram": {"mode": 10, "language": 10},
}
_ORIGIN = re.compile(r"^https?://[a-z0-9.-]+(:\d{1,5})?$")
_COLOUR = re.compile(r"^#[0-9a-fA-F]{6}$")
_TOKEN = re.compile(r"^(\d{3,20}):[A-Za-z0-9_-]{6,100}$")
MAX_ORIGINS = 100


@dataclass(frozen=True, slots=True)
class Channel:
    id: str
    tenant: str
    kind: str
    name: str
    rev: int = 0
    version: int = 0
    """Grows with every write, also those that do not change the configuration (health)."""
    project_id: str = ""
    enabled: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, bytes] = field(default_factory=dict)
    """Encrypted."""
    health: str = ""
    public_key: str = ""
    bot_id: str = ""
    deleted: bool = False

    @property
    def fallback_queue_id(self) -> str:
        return str(self.settings.get("fallback_queue_id", ""))


def check_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100:
        raise invalid("name", "a name of 1 to 100 characters is required")
    return name


def check_settings(kind: str, given: Mapping[str, Any], any_origin: bool) -> dict[str, Any]:
    """The settings as stored. Raises INVALID, naming the field; an unknown one is a mistake, not a wish."""
    texts = _TEXTS[kind]
    checked: dict[str, Any] = {}
    for name, value in given.items():
        if name == "origins" and kind == "webchat":
            checked[name] = _origins(value, any_origin)
        elif name == "fallback_queue_id":
            checked[name] = _text(name, value, 64)
        elif name in texts:
            checked[name] = _text(name, value, texts[name])
        else:
            raise invalid(f"settings.{name}", f"a {kind} channel has no such setting")
    if checked.get("colour") and not _COLOUR.match(checked["colour"]):
        raise invalid("settings.colour", "a colour looks like #1a6cff")
    if checked.get("mode", "polling") not in ("polling", "webhook"):
        raise invalid("settings.mode", 'the mode is "polling" or "webhook"')
    return checked


def bot_id_of(token: str) -> str:
    """The bot's number, which is the token's first part. Raises INVALID."""
    match = _TOKEN.match(token.strip())
    if match is None:
        raise invalid("secrets.token", "a bot token looks like 123456:ABC-DEF…; @BotFather shows it under API Token")
    return match.group(1)


def origin_allowed(origins: object, origin: str) -> bool:
    """Exact match of scheme, host and port; "*" admits all, and clients that are no browser and send none."""
    allowed = origins if isinstance(origins, list) else []
    return "*" in allowed or (bool(origin) and origin.lower() in allowed)


def _text(name: str, value: object, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise invalid(f"settings.{name}", f"a text of at most {limit} characters is required")
    return value


def _origins(value: object, any_origin: bool) -> list[str]:
    if not isinstance(value, list) or len(value) > MAX_ORIGINS:
        raise invalid("settings.origins", f"a list of at most {MAX_ORIGINS} origins is required")
    checked = []
    for item in value:
        origin = str(item).strip().lower().rstrip("/")
        if (origin == "*" and any_origin) or _ORIGIN.match(origin):
            checked.append(origin)
        else:
            raise invalid("settings.origins", "an origin looks like https://shop.example, without a path")
    return checked
