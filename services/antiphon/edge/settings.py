"""ANTIPHON_EDGE_* variables."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_DOMAIN = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
_HOST_PORT = r"[A-Za-z0-9.-]+:[0-9]{1,5}"
_KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")

Port = Annotated[int, Field(ge=0, le=65535)]
HostPort = Annotated[str, StringConstraints(pattern=rf"^{_HOST_PORT}$")]
MediaUri = Annotated[str, StringConstraints(pattern=rf"^sip:{_HOST_PORT}(;transport=(udp|tcp))?$")]
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.:\[\]-]+$")]


class Settings(BaseSettings):
    """One node of the edge. Everything written into a configuration file is checked here."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_EDGE_", frozen=True)

    domain: str = Field("antiphon.local", pattern=rf"^{_DOMAIN}$", description="SIP domain and digest realm")
    directory: Path = Field(Path("/run/antiphon/edge"), description="where configuration is rendered to")

    public_address: str = Field("127.0.0.1", description="address that devices, browsers and trunks reach")
    advertised_address: str = Field("", description="what it is called from outside, behind a one-to-one NAT")
    advertised_addresses: dict[str, str] = Field(
        default_factory=dict, description="the same for several nodes with one configuration: by public_address"
    )
    sip_port: Port = Field(5060, description="UDP and TCP")
    tls_port: Port = Field(5061, description="SIP over TLS")
    ws_port: Port = Field(5080, description="SIP over WebSocket, for a proxy that ends TLS")
    wss_port: Port = Field(5081, description="SIP over secure WebSocket")
    private_address: str = Field("127.0.0.1", description="address that media replicas and other nodes reach; trusted")
    private_port: Port = Field(5070, description="UDP and TCP; also the bus of the nodes and /metrics")
    rpc_port: Port = Field(5090, description="JSON-RPC of the sidecar, on loopback")
    rpc_key: SecretStr = Field(description="what the sidecar shows to Kamailio")

    media: tuple[MediaUri, ...] = Field((), description="media replicas, such as sip:10.0.0.7:5070;transport=udp")
    media_timeout_ms: int = Field(1500, ge=100, le=10_000, description="a replica silent so long is passed over")
    last_media_timeout_ms: int = Field(4000, ge=100, le=10_000, description="the same of the only one that is left")
    media_pulse_ms: int = Field(
        4000, ge=2500, le=60_000, description="a replica that said 100 and then nothing for so long is passed over"
    )
    last_media_pulse_ms: int = Field(15_000, ge=2500, le=180_000, description="the same of the only one that is left")
    nodes: tuple[HostPort, ...] = Field((), description="other nodes to join, private host:port; or one headless name")
    node_networks: tuple[str, ...] = Field((), description="CIDRs in which other nodes' private addresses are")
    origins: tuple[Origin, ...] = Field((), description="web origins that may open a WebSocket")

    nonce_secret: SecretStr = Field(description="signs digest nonces; the same on every node")
    browser_secrets: tuple[SecretStr, ...] = Field(
        min_length=1, description="of ephemeral credentials; the last is the newest, all are taken"
    )
    nonce_seconds: int = Field(60, ge=10, le=3600, description="how long a nonce may be used")
    certificate: Path | None = Field(None, description="PEM chain; without it a self-signed one is made")
    private_key: Path | None = Field(None, description="PEM key of the certificate")

    trunk_authorities: Path | None = Field(None, description="PEM of CAs that certificates of trunks must come from")

    flood_requests: int = Field(200, ge=10, description="requests an address may send in two seconds")
    ban_failures: int = Field(10, ge=1, description="wrong passwords for one name from one address until it is banned")
    ban_seconds: int = Field(300, ge=1, description="how long")
    workers: int = Field(4, ge=1, le=64, description="processes for each UDP socket, and for TCP")
    shared_memory_mb: int = Field(128, ge=16, description="for registrations and tables")

    accounts_file: Path | None = Field(None, description="JSON with accounts and trunks, instead of the directory")
    reconcile_seconds: float = Field(2.0, gt=0, description="how often the wanted set is compared with what was pushed")
    device_seconds: float = Field(60.0, gt=0, description="how often the directory is told where devices listen")
    verify_every: int = Field(30, ge=1, description="every so many times it is compared with Kamailio's own tables")

    @model_validator(mode="before")
    @classmethod
    def _knows_what_it_is_called(cls, given: dict[str, Any]) -> dict[str, Any]:
        named = given.get("advertised_addresses") or {}
        if named and not given.get("advertised_address"):
            return {**given, "advertised_address": named.get(given.get("public_address", ""), "")}
        return given

    @field_validator("public_address", "private_address", "advertised_address")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return value and str(ipaddress.ip_address(value))

    @field_validator("node_networks")
    @classmethod
    def _are_networks(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ipaddress.ip_network(value, strict=False)) for value in values)

    @field_validator("rpc_key", "nonce_secret")
    @classmethod
    def _is_key(cls, value: SecretStr) -> SecretStr:
        return _key(value)

    @field_validator("browser_secrets")
    @classmethod
    def _are_keys(cls, values: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        return tuple(_key(value) for value in values)

    @field_validator("directory", "certificate", "private_key", "trunk_authorities")
    @classmethod
    def _is_plain_path(cls, value: Path | None) -> Path | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9_./+-]+", str(value)):
            raise ValueError("a path in Kamailio's configuration has only letters, digits and _./+-")
        return value

    @property
    def rpc_url(self) -> str:
        """Where Kamailio takes commands."""
        return f"http://127.0.0.1:{self.rpc_port}/rpc"


class NodeSettings(BaseSettings):
    """The relays of one node: ANTIPHON_NODE_* variables, for rtpengine and coturn, which have no sidecar."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_NODE_", frozen=True)

    directory: Path = Field(description="where configuration is rendered to")
    address: str = Field(description="the node's own address; commands of media come there too")
    advertised_addresses: dict[str, str] = Field(
        default_factory=dict, description="what nodes are called from outside, by address, behind one-to-one NATs"
    )
    ng_port: Port = Field(2223, description="rtpengine's commands, UDP and TCP")
    cli_port: Port = Field(2224, description="rtpengine's command line")
    metrics_port: Port = Field(2225, description="rtpengine's /metrics")
    port_min: int = Field(30000, description="first port for sound")
    port_max: int = Field(39999, description="last port for sound")
    recordings: Path | None = Field(None, description="where calls are recorded to, shared with media")
    workers: int = Field(4, ge=1, le=64, description="threads of rtpengine")

    turn_port: Port = Field(3478, description="coturn, UDP and TCP")
    turn_realm: str = Field("antiphon.local", description="realm of coturn")
    turn_secret: SecretStr | None = Field(None, description="static-auth-secret; media has the same")
    turn_secrets: tuple[SecretStr, ...] = Field((), description="others that are believed too, while it changes")
    turn_peers: tuple[str, ...] = Field((), description="addresses of rtpengine, the only ones that may be relayed to")

    @property
    def advertised_address(self) -> str:
        return self.advertised_addresses.get(self.address, "")


def _key(value: SecretStr) -> SecretStr:
    if not _KEY.fullmatch(value.get_secret_value()):
        raise ValueError("a secret has 16 to 128 letters, digits, _ or -")
    return value
