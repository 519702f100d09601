"""ANTIPHON_TEAM_* variables."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How the service runs."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_TEAM_", frozen=True)

    keep_days: int = Field(1100, ge=1, description="how long lines are kept")
