"""What an operator may set for channels: ANTIPHON_CHANNELS_* variables."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Ports, limits and the key that protects channel secrets."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_CHANNELS_", frozen=True)

    http_port: int = Field(8081, description="port of the public edge: widget, sockets, webhooks; 0 is any free one")
    public_url: str = Field("http://localhost:8081", description="how the public edge is reached from outside")
    secret_key: SecretStr | None = Field(
        None, description="encrypts bot tokens and signs file addresses; required unless everything runs on loopback"
    )
    secret_keys: tuple[SecretStr, ...] = Field(
        (), description="keys that open and are believed beside it while it changes: a JSON list"
    )
    allow_any_origin: bool | None = Field(
        None, description='whether a widget may list "*" as an origin; unset allows it on loopback only'
    )
    private_hosts: bool | None = Field(
        None, description="whether mailboxes, SMSCs and gateways may be inside the own network; unset: on loopback only"
    )
    billing: bool = Field(False, description="paid messages are held back while billing has suspended the account")
    reopen_hours: float = Field(24.0, description="how long a new message reopens a closed conversation", ge=0)
    max_upload_mb: int = Field(20, description="largest file, in MiB", ge=1, le=200)
    antivirus: str = Field("", description="clamd that scans files: host:port or the path of its socket; empty: none")
    unused_file_hours: float = Field(24.0, description="files that no message names are deleted after this", gt=0)
    file_link_minutes: float = Field(360.0, description="how long an address of a file works in the widget", gt=0)
    telegram_api: str = Field("https://api.telegram.org", description="base address of the Telegram Bot API")
    telegram_poll_seconds: int = Field(25, description="long polling time-out", ge=0, le=50)
    meta_api: str = Field(
        "https://graph.facebook.com/v23.0", description="base address of Meta's Graph API (WhatsApp, Messenger)"
    )
    viber_api: str = Field("https://chatapi.viber.com/pa", description="base address of Viber's REST API")
    vk_api: str = Field("https://api.vk.com", description="base address of VK's API")
    send_claim_seconds: float = Field(
        120.0, description="a message that was being sent when its process died is given up after this", gt=0
    )
    message_rate: float = Field(1.0, description="messages a second that one visitor may send on average", gt=0)
    message_burst: int = Field(20, description="messages that one visitor may send at once", ge=1)

    @property
    def reopen_window(self) -> timedelta:
        return timedelta(hours=self.reopen_hours)

    @property
    def max_upload(self) -> int:
        return self.max_upload_mb * 1024 * 1024
