"""An API key as directory keeps it: the card that people see, and what is not shown of it."""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.directory.v1.directory_pb2 import ApiKey


@dataclass(frozen=True, slots=True)
class Key:
    """A key with what is not shown of it."""

    tenant: str
    card: ApiKey
    project_ids: tuple[str, ...]
