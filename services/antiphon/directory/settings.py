"""What directory must be told beside the platform: ANTIPHON_DIRECTORY_* variables."""

from __future__ import annotations

import base64
import binascii

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ANTIPHON_DIRECTORY_", frozen=True)

    sealing_key: SecretStr = Field(
        description="encrypts the secrets of second factors at rest: 32 random bytes, base64url without padding"
    )
    sealing_keys: tuple[SecretStr, ...] = Field(
        (), description="keys that open beside it while it changes: a JSON list"
    )
    sip_domain: str = Field("antiphon.local", pattern=r"^[A-Za-z0-9.-]{1,253}$", description="domain of SIP accounts")
    sip_proxy: str = Field("", description="host:port that phones register at; the SIP domain when empty")
    sip_transports: list[str] = Field(["udp", "tcp"], description="transports of the proxy: udp, tcp, tls, ws, wss")
    sip_networks: list[str] = Field([], description="published address space of the proxy: phones talk to nobody else")
    desk_url: str = Field(
        "http://localhost:8080",
        pattern=r"^https?://[^/?#]+/?$",
        description="the address of the desk: providers send people back to it, and passkeys belong to its host",
    )
    private_hosts: bool | None = Field(
        None, description="whether identity providers may be inside the own network; unset: on loopback only"
    )
    operator: str = Field(
        "",
        pattern=r"^(first|tn_[0-9a-z]{26})?$",
        description="the company of who runs this installation, whose owner appoints support and operators: its id, "
        "or `first` for the one that signed up first; nobody when empty",
    )
    password_memory_kib: int = Field(47_104, ge=64, description="memory of one Argon2id hash (46 MiB: about 50 ms)")
    password_rounds: int = Field(1, ge=1, le=16, description="passes of Argon2id over that memory")

    @field_validator("sealing_key")
    @classmethod
    def _has_32_bytes(cls, key: SecretStr) -> SecretStr:
        if len(_decoded(key)) != 32:
            raise ValueError("must be 32 bytes, base64url without padding")
        return key

    @field_validator("sealing_keys")
    @classmethod
    def _have_32_bytes(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        return tuple(map(cls._has_32_bytes, keys))

    def sealing_bytes(self) -> list[bytes]:
        """The keys as AES takes them; the first one seals."""
        return [_decoded(key) for key in (self.sealing_key, *self.sealing_keys)]


def _decoded(key: SecretStr) -> bytes:
    text = key.get_secret_value()
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return b""
