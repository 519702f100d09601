"""Mutual TLS between services: each shows a certificate of one authority, in which its own name stands.

A client accepts a server only under the name of the service that it asks (SAN "acd"), whatever its address is. Without
the three files everything is plain, as on one machine. A server takes renewed files at once, a client when it starts.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from antiphon.kit.settings import Platform


@dataclass(frozen=True, slots=True)
class Identity:
    """Where this process's certificate, its key and the authority of all are, PEM."""

    certificate: Path
    key: Path
    authority: Path

    def of_server(self) -> grpc.ServerCredentials:
        """Only clients with a certificate are let in."""
        kept = self._read()

        def renewed() -> Any:
            """What the files hold now; None where nothing changed. Asked at each handshake."""
            nonlocal kept
            found = self._read()
            if found == kept:
                return None
            kept = found
            return _server_side(found)

        return grpc.dynamic_ssl_server_credentials(_server_side(kept), renewed, require_client_authentication=True)

    def of_client(self) -> grpc.ChannelCredentials:
        certificate, key, authority = self._read()
        return grpc.ssl_channel_credentials(authority, key, certificate)

    def context(self) -> ssl.SSLContext:
        """The same for NATS."""
        context = ssl.create_default_context(cafile=str(self.authority))
        context.load_cert_chain(self.certificate, self.key)
        return context

    def _read(self) -> tuple[bytes, bytes, bytes]:
        return self.certificate.read_bytes(), self.key.read_bytes(), self.authority.read_bytes()


def identity(platform: Platform) -> Identity | None:
    """Who this process is to the others; None where everything is plain."""
    files = platform.tls_certificate, platform.tls_key, platform.tls_authority
    certificate, key, authority = files
    return Identity(certificate, key, authority) if certificate and key and authority else None


def _server_side(files: tuple[bytes, bytes, bytes]) -> grpc.ServerCertificateConfiguration:
    certificate, key, authority = files
    return grpc.ssl_server_certificate_configuration([(key, certificate)], authority)
