"""What an SMS channel may set: a connection to an SMSC (SMPP 3.4), or the address of an HTTP gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from antiphon.channels.domain.kind import Field, FirstWord, Kind
from antiphon.kit.errors import invalid

_NEEDED = {"smpp": ("host", "port", "system_id", "source"), "http": ("url", "source")}
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _account(settings: Mapping[str, Any], _secrets: Mapping[str, str]) -> str:
    if settings.get("transport") != "smpp":
        return ""
    return f"smpp://{settings['system_id']}@{str(settings['host']).lower()}:{settings['port']}"


def _refine(settings: dict[str, Any], _any_origin: bool) -> dict[str, Any]:
    """What the way of transport needs, and an address to which texts may go."""
    transport = settings.get("transport") or "smpp"
    for name in _NEEDED[transport]:
        if settings.get(name) in (None, ""):
            raise invalid(f"settings.{name}", f"it is required for {transport}")
    region = str(settings.get("region") or "").upper()
    if region and region not in phonenumbers.SUPPORTED_REGIONS:
        raise invalid("settings.region", "two letters of a country, such as UA")
    if transport == "http" and not _is_safe(settings["url"]):
        raise invalid("settings.url", "an https address is required; http only on this very machine")
    return {**settings, "transport": transport, "region": region}


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        )
    except ValueError:
        return False


KIND = Kind(
    "sms",
    settings=(
        Field("transport", "smpp or http", choices=("smpp", "http")),
        Field("source", "the number or the name from which texts come, such as +380441234567", limit=20,
              pattern=r"\+?[0-9A-Za-z ._&-]{1,20}"),
        Field("region", "two letters of a country, such as UA", limit=2),
        Field("host", "the name of the SMSC, such as smpp.operator.example", limit=253,
              pattern=r"[A-Za-z0-9.:-]{1,253}"),
        Field("port", number=(1, 65_535)),
        Field("system_id", limit=15),
        Field("tls", choices=("yes", "no")),
        Field("alphabet", choices=("gsm7", "latin1")),
        Field("source_ton", number=(0, 6)),
        Field("source_npi", number=(0, 18)),
        Field("dest_ton", number=(0, 6)),
        Field("dest_npi", number=(0, 18)),
        Field("url", "an https address", limit=500),
    ),
    secrets=(
        Field("password", "SMPP: at most 8 characters by the standard, many SMSCs take more", limit=64),
        Field("secret", "HTTP: 16 to 200 characters that only the gateway knows", pattern=r"[!-~]{16,200}"),
    ),
    account=_account,
    refine=_refine,
    first=FirstWord("phone"),
    hosts=("host", "url"),
    path="/hooks/{id}",
)  # fmt: skip
