"""Mutual TLS between services: who has no certificate of the house, or another one's, gets nothing."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pydantic import ValidationError

from antiphon.kit.clock import system_clock
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.procs import free_port
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running

pytestmark = pytest.mark.service


class Authority:
    """Signs certificates for services."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, directory.name)])
        own = self._builder(self.name, self.key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        self.file = directory / "ca.pem"
        self.file.write_bytes(own.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def certify(self, service: str) -> dict[str, Path]:
        """The settings of a service that has a certificate of ours; a new one each time."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, service)])
        names = x509.SubjectAlternativeName([x509.DNSName(service), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        signed = self._builder(name, key).add_extension(names, False).sign(self.key, hashes.SHA256())
        certificate, secret = self.directory / f"{service}.pem", self.directory / f"{service}.key"
        certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return {"tls_certificate": certificate, "tls_key": secret, "tls_authority": self.file}

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = system_clock()
        builder = x509.CertificateBuilder(self.name, name, key.public_key(), x509.random_serial_number())
        return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "house")


@asynccontextmanager
async def directory_with(platforms: dict[str, Platform], **tls: object) -> AsyncIterator[Platform]:
    """Somebody who answers health questions as the directory."""
    where = {**platforms["directory"].endpoints, "directory": f"127.0.0.1:{free_port()}"}
    platform = platforms["directory"].model_copy(update={"endpoints": where, "health_port": free_port(), **tls})

    async def serve(rt: Runtime) -> None:
        await rt.grpc(lambda server: None)
        await rt.until_stopped()

    async with running({"directory": serve}, {"directory": platform}):
        yield platform


async def is_answered(platform: Platform) -> bool:
    """Whether the directory answers somebody with these settings."""
    asking = Runtime("acd", platform)
    stub = health_pb2_grpc.HealthStub(asking.peers.channel("directory"))
    try:
        return bool((await ask(stub.Check, health_pb2.HealthCheckRequest(), [], within=30)).status)
    except DomainError as error:
        if error.reason is not Common.UNAVAILABLE:
            raise
        return False
    finally:
        await asking.peers.close()


async def test_only_who_has_a_certificate_of_the_house_is_answered(
    platforms: dict[str, Platform], authority: Authority, tmp_path: Path
) -> None:
    async with directory_with(platforms, **authority.certify("directory")) as directory:
        acd = platforms["acd"].model_copy(update={"endpoints": directory.endpoints})
        assert await is_answered(acd.model_copy(update=authority.certify("acd")))
        assert not await is_answered(acd)
        assert not await is_answered(acd.model_copy(update=Authority(tmp_path / "street").certify("acd")))
        knowing_us = grpc.ssl_channel_credentials(authority.file.read_bytes())
        async with grpc.aio.secure_channel(directory.address_of("directory"), knowing_us) as channel:
            nameless = health_pb2_grpc.HealthStub(channel)
            with pytest.raises(grpc.aio.AioRpcError, match="UNAVAILABLE"):
                await nameless.Check(health_pb2.HealthCheckRequest(), timeout=10)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{directory.health_port}") as channel:
            probe = health_pb2_grpc.HealthStub(channel)
            answer = await probe.Check(health_pb2.HealthCheckRequest(), timeout=10)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_service_cannot_pass_for_another(platforms: dict[str, Platform], authority: Authority) -> None:
    async with directory_with(platforms, **authority.certify("routing")) as directory:
        acd = platforms["acd"].model_copy(update={"endpoints": directory.endpoints})
        assert not await is_answered(acd.model_copy(update=authority.certify("acd")))


async def test_a_renewed_certificate_is_shown_at_once(platforms: dict[str, Platform], authority: Authority) -> None:
    async with directory_with(platforms, **authority.certify("directory")) as directory:
        host, _, port = directory.address_of("directory").partition(":")
        context = ssl.create_default_context(cafile=str(authority.file))
        mine = authority.certify("acd")
        context.load_cert_chain(mine["tls_certificate"], mine["tls_key"])
        context.set_alpn_protocols(["h2"])

        def shown() -> bytes | None:
            with (
                socket.create_connection((host, int(port)), 10) as plain,
                context.wrap_socket(plain, server_hostname="directory") as secured,
            ):
                return secured.getpeercert(binary_form=True)

        before = await asyncio.to_thread(shown)
        authority.certify("directory")

        async def is_another() -> bool:
            return await asyncio.to_thread(shown) != before

        await eventually(is_another)


def test_half_of_it_is_refused(platforms: dict[str, Platform], authority: Authority) -> None:
    with pytest.raises(ValidationError, match="belong together"):
        Platform.model_validate({**platforms["acd"].model_dump(), "tls_authority": authority.file})
