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
    digest_keys: tuple[SecretStr, ...] = Field(
        (),
        description="of digests that stand for erased numbers on do-not-call lists: the first makes new ones, all "
        "recognise; none: evidence_key",
    )
    unanswered_seconds: float = Field(90.0, gt=1, description="media is asked about an attempt that is silent so long")

    @property
    def digest_secrets(self) -> tuple[str, ...]:
        """A digest cannot be made anew under another key, because the number is gone: old keys stay here."""
        return tuple(key.get_secret_value() for key in self.digest_keys or (self.evidence_key,))
