"""What an operator may set for media: ANTIPHON_MEDIA_* variables."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where SIP, engines and sounds are, and the secret of the browsers' credentials."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_MEDIA_", frozen=True)

    enabled: bool = Field(True, description="false: the service runs without voice and says why")
    why_disabled: str = Field("", description="what is missing, in words for the desk")

    drain_calls_seconds: float = Field(0.0, description="how long calls may go on after SIGTERM", ge=0)

    sip_host: str = Field("127.0.0.1", description="address for SIP, reached by the edge only")
    sip_port: int = Field(5072, description="UDP and TCP; 0 is any free one", ge=0, le=65535)
    late_seconds: float = Field(1.0, description="how late the loop may be before new calls are answered 503", gt=0)
    setting_up: int = Field(100, description="how many calls may be set up at once before new ones get 503", ge=1)

    sip_advertised: str = Field("", description="what that address is called by the edge, when it differs")
    edge: str = Field("127.0.0.1:5070", description="private host:port of the SIP edge's nodes, by commas: next hops")
    edge_hosts: tuple[str, ...] = Field((), description="addresses of all edge nodes; those of `edge` when empty")
    domain: str = Field("antiphon.local", description="SIP domain of phones and browsers")

    redundant: bool = Field(False, description="of a region: fewer than two edge nodes or two engines are refused")
    billing: bool = Field(False, description="outside calls are paid: billing is asked before and while they talk")
    billing_needs_account: bool = Field(True, description="a company without an account cannot call outside lines")
    trunk_probe_seconds: float = Field(30.0, description="pause between two OPTIONS to a trunk", gt=0)

    link_test_seconds: float = Field(300.0, description="pause between two tests of the links to the engines", ge=0)
    engines: tuple[str, ...] = Field(("127.0.0.1:2223",), description="rtpengine NG addresses, UDP and TCP, host:port")
    mixer_host: str = Field("127.0.0.1", description="address of the mixer's ports, reached by the engines")
    browser_opus: bool = Field(
        False, description="browsers are offered Opus, which stands a poor link, and engines transcode their calls"
    )
    sounds: Path = Field(
        Path("/var/lib/antiphon/sounds"), description="prompts, tones and music; read by the engines too"
    )
    streams: dict[str, str] = Field(
        default_factory=dict, description='music for queues by name: {"radio": "https://…"}, chosen as "stream:radio"'
    )
    stream_piece_seconds: float = Field(60.0, description="how much of a stream is played again and again", gt=0)
    recordings: Path | None = Field(None, description="the engines' recording-dir; without it calls are not recorded")
    spool: Path = Field(Path("/var/lib/antiphon/spool"), description="where recordings are made before they are stored")

    rating_seconds: float = Field(7.0, description="how long a caller who is asked for a rating may think", gt=0)
    ladder_days: float = Field(30.0, description="how long the SIP messages of a call are kept; 0: not at all", ge=0)

    smtp: SecretStr | None = Field(
        None,
        description="server that mails faxes, smtp://user:password@host:587 or smtps://…; without it none is mailed",
    )
    mail_from: str = Field("fax@localhost", description="the From of those mails")

    browser_secret: SecretStr | None = Field(
        None, description="of ephemeral credentials, the edge's newest; without it browsers cannot telephone"
    )
    credential_hours: float = Field(12.0, description="how long a browser's credentials work", gt=0, le=168)
    websocket_url: str = Field("", description="where browsers connect, such as wss://sip.example.com/ws")
    stun_urls: tuple[str, ...] = Field((), description="STUN servers for browsers")
    turn_urls: tuple[str, ...] = Field((), description="TURN servers for browsers, with the credentials of turn_secret")
    turn_secret: SecretStr | None = Field(None, description="static-auth-secret of the TURN servers")

    @model_validator(mode="after")
    def _survives_one(self) -> Self:
        """Every region has two of each, or it stands still when one dies (clause C05)."""
        for what, count in (("edge nodes", len({*self.edge.split(",")})), ("engines", len({*self.engines}))):
            if self.redundant and self.enabled and count < 2:
                raise ValueError(f"a region needs two {what} at least, and has {count}")
        return self
