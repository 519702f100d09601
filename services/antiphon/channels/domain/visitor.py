"""Somebody with a browser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visitor:
    """`user_id` is set when the site has vouched for who it is."""

    id: str
    tenant: str
    channel_id: str
    user_id: str = ""
    name: str = ""
    email: str = ""
    language: str = ""
    page: str = ""
