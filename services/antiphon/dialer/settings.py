"""ANTIPHON_DIALER_* variables."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How the dialler runs; what it dials by is tenant data, not settings."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_DIALER_", frozen=True)

    evidence_key: SecretStr = Field(
        SecretStr(""), description="Ed25519 private key, base64url, that signs evidence; without it there is none"
    )
    unanswered_seconds: float = Field(90.0, gt=1, description="media is asked about an attempt that is silent so long")
