"""A channel: a place where customers write, connected by an administrator. What its kind may set: `kind.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from antiphon.kit.errors import invalid

FORMER = timedelta(hours=24)
"""How long a provider may go on signing with a secret that was replaced."""


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
    former: Mapping[str, bytes] = field(default_factory=dict)
    """Secrets as they were before their last change, encrypted: a provider may sign with them for a while yet."""
    former_until: int = 0
    """Until when that is, in milliseconds."""
    health: str = ""
    public_key: str = ""
    account: str = ""
    """What the provider knows it by, where only one channel may have it: a bot, a number, a mailbox."""
    deleted: bool = False

    @property
    def fallback_queue_id(self) -> str:
        return str(self.settings.get("fallback_queue_id", ""))


def check_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100:
        raise invalid("name", "a name of 1 to 100 characters is required")
    return name


def origin_allowed(origins: object, origin: str) -> bool:
    """Exact match of scheme, host and port; "*" admits all, and clients that are no browser and send none."""
    allowed = origins if isinstance(origins, list) else []
    return "*" in allowed or (bool(origin) and origin.lower() in allowed)
