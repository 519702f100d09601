"""ANTIPHON_UP_* variables: what `antiphon up` may be told besides its options."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where everything is kept and which ports people use."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_UP_", frozen=True)

    directory: Path = Field(Path(".antiphon"), description="state of all servers and services")
    port: int = Field(8080, description="the web desk")
    channels_port: int = Field(8081, description="the widget and provider webhooks")
    host: str = Field("127.0.0.1", description="address to listen on; 0.0.0.0 opens the desk to the network")
    log_level: str = "WARNING"

    beside: str | None = Field(
        None,
        description="services in a process beside the one that answers people, separated by commas; empty: none; not "
        "said: those that keep nobody waiting, where there are two processors",
    )
    demo_shifts: bool = Field(True, description="the demo tenant gets a history, a forecast and this week's schedule")

    voice: bool = Field(True, description="with telephony, where its programs are installed")
    voice_address: str = Field("", description="address that phones reach; the one of `host` when empty")
    sip_port: int = Field(5060, description="phones and trunks, UDP and TCP")
    sip_tls_port: int = Field(5061, description="phones over TLS")
    sip_ws_port: int = Field(5080, description="softphones of browsers")
    sip_wss_port: int = Field(5081, description="softphones of browsers over TLS")
    rtp_port_min: int = Field(30000, description="sound of calls, UDP")
    rtp_port_max: int = Field(30999, description="sound of calls, UDP")


def give(values: Mapping[str, str]) -> None:
    """Sets variables that the services' own settings will read, unless the operator set them already."""
    for name, value in values.items():
        os.environ.setdefault(name, value)


def impose(values: Mapping[str, str]) -> None:
    """Sets variables of this process alone: what one replica is told that the others are not."""
    os.environ.update(values)


class Trace(BaseSettings):
    """Whom `antiphon trace` asks as; the demo tenant's owner where nothing is said."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_TRACE_", frozen=True)

    email: str = ""
    password: SecretStr = SecretStr("")
    key: SecretStr = Field(SecretStr(""), description="an API key instead")


class Smoke(BaseSettings):
    """Whom the smoke test signs in as, and which widget it writes through; the demo tenant's where nothing is said."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_SMOKE_", frozen=True)

    email: str = ""
    password: SecretStr = SecretStr("")
    widget_key: str = ""
    channels_url: str = Field("", description="where the widget is served from")
    directory: Path = Field(Path(".antiphon"), description="where the demo tenant is remembered")
    sip: str = Field("", description="where calls come in, such as 127.0.0.1:5060")
    sip_user: str = Field("", description="SIP account of the agent's phone")
    sip_password: SecretStr = SecretStr("")
    number: str = Field("", description="what the customer dials; this machine must be believed as a trunk there")
