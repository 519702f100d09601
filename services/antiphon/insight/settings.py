"""ANTIPHON_INSIGHT_* variables."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How the service runs."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_INSIGHT_", frozen=True)

    keep_days: int = Field(1100, ge=1, description="how long facts and interactions are kept")
