"""What a caller was promised who hung up to be called back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """Somebody who is to be called back. `shown`: the tenant's number that he had called."""

    item_id: str
    tenant: str
    number: str
    shown: str = ""
    contact_id: str = ""
    name: str = ""
    language: str = ""
