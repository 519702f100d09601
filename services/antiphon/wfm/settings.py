"""ANTIPHON_WFM_* variables."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How the service runs; what it plans by is tenant data."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_WFM_", frozen=True)

    most_seconds: float = Field(300.0, gt=0, description="how long a phase of solving may be asked to take")
    most_waiting: int = Field(20, ge=1, description="schedules that wait to be solved in one process")
