"""ANTIPHON_ACD_* variables."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How the ACD runs; what it decides by is tenant data, not settings."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_ACD_", frozen=True)

    shards: int = Field(8, ge=1, le=1024, description="partitions of tenants; never change it with journals present")
    snapshot_entries: int = Field(500, ge=1, description="journal entries between two snapshots")
    batch: int = Field(64, ge=1, le=512, description="at most so many inputs are journalled in one entry")
