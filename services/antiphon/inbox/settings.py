"""What the inbox must be told: ANTIPHON_INBOX_* variables."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Addresses, limits and times of the people's edge."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_INBOX_", frozen=True)

    port: int = Field(8080, description="HTTP port", ge=0, le=65535)
    public_url: str = Field("http://localhost:8080", description="the address of the desk; https makes cookies Secure")
    trusted_proxies: tuple[str, ...] = Field((), description="addresses or networks whose X-Forwarded-* are believed")
    web_dist: Path = Field(Path(__file__).parent / "web" / "dist", description="the built desk")

    softphone_urls: tuple[str, ...] = Field(
        (), description="other hosts to which softphones open WebSockets, such as wss://sip.example:8443"
    )

    body_limit: int = Field(1_000_000, description="bytes of a JSON body")
    attachment_limit: int = Field(25_000_000, description="bytes of an uploaded file")
    table_limit: int = Field(64_000_000, description="bytes of an uploaded table of a campaign")
    sound_limit: int = Field(32_000_000, description="bytes of a voicemail that is held in memory for seeking")
    sign_in_per_minute: float = Field(20, description="sign-ins and sign-ups an address may try in a minute", gt=0)
    sign_in_burst: int = Field(20, description="and at once", ge=1)
    cookie_days: float = Field(30, description="how long a browser keeps the cookie; directory ends sessions")
    remember_hours: float = Field(24, description="how long an Idempotency-Key gives the same answer")

    agent_grace: float = Field(60, description="seconds without any socket after which an agent is set offline", gt=0)
    heartbeat: float = Field(25, description="seconds between heartbeats of a socket")
    socket_life: float = Field(3600, description="seconds after which a socket must come again with a new ticket")
    ring_facts: int = Field(20_000, description="facts kept in memory for resuming")
    ring_bytes: int = Field(64_000_000, description="and their size")
    replay_facts: int = Field(50_000, description="facts read again from the stream for one resume, at most")
    lane_frames: int = Field(400, description="frames that may wait for one socket")
    lane_bytes: int = Field(1_000_000, description="and their size")
    sockets_per_person: int = Field(20, description="open sockets of one person or key on one replica")

    channels_public_url: str = Field("http://localhost:8081", description="where browsers load the chat widget from")
    demo: bool = Field(False, description="serve the demo shop at /demo")
    demo_widget_key: str = Field("", description="public key of the web-chat channel that the demo shop uses")
