"""What a mailbox may set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from antiphon.channels.domain.kind import Field, FirstWord, Kind

_HOST = r"[A-Za-z0-9.-]{1,253}"
_SECURITY = ("tls", "starttls", "none")
"""None only where the way to the server is one's own."""


def _address(settings: Mapping[str, Any], _secrets: Mapping[str, str]) -> str:
    return str(settings.get("address", "")).lower()


KIND = Kind(
    "email",
    settings=(
        Field("address", "an address looks like help@shop.example", limit=254, required=True,
              pattern=r"[^@\s<>\"',;]{1,64}@[A-Za-z0-9.-]{1,253}"),
        Field("sender_name", limit=100),
        Field("signature", limit=1000),
        Field("imap_host", "the name of the mail server for reading, such as imap.shop.example", required=True,
              pattern=_HOST),
        Field("imap_port", number=(1, 65_535)),
        Field("imap_security", choices=("tls", "none"), limit=10),
        Field("imap_folder", limit=200),
        Field("smtp_host", "the name of the mail server for sending, such as smtp.shop.example", required=True,
              pattern=_HOST),
        Field("smtp_port", number=(1, 65_535)),
        Field("smtp_security", choices=_SECURITY, limit=10),
        Field("login", limit=254),
    ),
    secrets=(Field("password", "the mailbox's password, or one made for this application", required=True),),
    account=_address,
    first=FirstWord("email", str.lower, anew=True),
    hosts=("imap_host", "smtp_host"),
)  # fmt: skip
