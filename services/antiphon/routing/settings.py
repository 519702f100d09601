"""ANTIPHON_ROUTING_* variables."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the operator allows schemes to reach."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_ROUTING_", frozen=True)

    http_hosts: frozenset[str] = Field(
        frozenset(), description="hosts that schemes may call, as JSON: api.example.com or *.example.com"
    )
    http_private: bool = Field(False, description="whether these hosts may have private or loopback addresses")
