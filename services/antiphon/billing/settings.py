"""What an operator may set for billing: ANTIPHON_BILLING_* variables."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Leases, batches and reservations."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_BILLING_", frozen=True)

    groups: int = Field(1, description="leases over which the 64 partitions are spread; more share work", ge=1, le=64)
    lease_seconds: float = Field(
        6.0, description="a dead writer is succeeded after it; the same for all services", ge=1
    )
    linger_ms: float = Field(3.0, description="how long a commit waits for company", ge=0, le=100)
    batch: int = Field(500, description="most operations in one transaction", ge=1, le=2_000)
    quota_seconds: int = Field(60, description="talk that one reservation pays", ge=1, le=3_600)
    margin_seconds: int = Field(15, description="how long before its end a reservation is to be extended", ge=0)
    sweep_seconds: float = Field(5.0, description="pause between two looks for days and reservations", gt=0)
