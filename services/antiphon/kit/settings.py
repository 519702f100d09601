"""What every process must be told, from the environment or a file: ANTIPHON_* variables.

A service adds its own frozen class in its `settings.py`. Secrets have no working default outside dev mode.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Platform(BaseSettings):
    """Where NATS, Mongo and the other services are, and who may speak for whom."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_", frozen=True)

    nats_url: str = Field("nats://127.0.0.1:4222", description="NATS servers, separated by commas")
    nats_seed_file: Path | None = Field(None, description="nkey seed of this process's NATS user")
    mongo_url: str = Field("mongodb://127.0.0.1:27017/?replicaSet=rs0", description="MongoDB replica set")
    mongo_prefix: str = Field("antiphon", description="databases are called <prefix>_<service>")
    replicas: int = Field(1, description="copies of every JetStream stream and bucket", ge=1, le=5)
    lease_seconds: float = Field(
        6.0, gt=0.5, description="a dead leader is replaced after this long; the same for a whole installation"
    )
    endpoint: str = Field("{service}:7000", description="address of a service; {service} is replaced by its name")
    endpoints: dict[str, str] = Field(default_factory=dict, description="addresses that differ, by service name")
    listen_host: str = Field("0.0.0.0", description="address that servers bind to")  # noqa: S104
    token_key: SecretStr = Field(description="this process's Ed25519 private key, base64url of 32 bytes")
    token_keys: dict[str, str] = Field(
        description="public keys that are trusted: issuer name → base64url of 32 bytes, two while it changes"
    )
    tls_certificate: Path | None = Field(None, description="PEM certificate of this service, its name among the SANs")
    tls_key: Path | None = Field(None, description="PEM key of it")
    tls_authority: Path | None = Field(None, description="PEM authority of all services; with it gRPC is mutual TLS")
    health_port: int = Field(0, description="plain gRPC health for probes, which cannot speak TLS; 0: none", ge=0)
    metrics_port: int = Field(0, description="HTTP port of /metrics; 0: none", ge=0, le=65535)
    otlp_endpoint: str = Field("", description="collector of traces, such as http://otel:4318; without it none is made")
    otlp_headers: SecretStr = Field(SecretStr(""), description="sent to the collector: name=value,name=value")
    trace_share: float = Field(1.0, description="share of calls, conversations and requests traced", ge=0, le=1)
    master_keys: Path | None = Field(
        None, description="JSON file of the master keys that wrap data keys (kit/vault.py); none: nothing is sealed"
    )
    seal_texts: bool = Field(
        False, description="what people wrote is sealed at rest too, under the master keys (kit/texts.py)"
    )
    log_level: str = "INFO"
    drain_seconds: float = Field(20.0, description="how long running requests may take after SIGTERM")

    @model_validator(mode="after")
    def _has_all_of_tls_or_nothing(self) -> Platform:
        given = [each for each in (self.tls_certificate, self.tls_key, self.tls_authority) if each is not None]
        if len(given) not in (0, 3):
            raise ValueError("tls_certificate, tls_key and tls_authority belong together")
        return self

    @model_validator(mode="after")
    def _has_keys_for_what_it_seals(self) -> Platform:
        if self.seal_texts and self.master_keys is None:
            raise ValueError("seal_texts needs master_keys")
        return self

    def address_of(self, service: str) -> str:
        """host:port of another service; of replicas "ipv4:host:port,host:port" or "dns:///host:port", asked in turn."""
        return self.endpoints.get(service) or self.endpoint.format(service=service)


@cache
def package_version() -> str:
    """The installed version of Antiphon."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("antiphon")
    except PackageNotFoundError:
        return "0+source"
