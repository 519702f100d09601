"""Files are scanned before they are kept: a scanner that speaks clamd's protocol on loopback, real services."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.channels.__main__ import serve
from antiphon.channels.antivirus import scanner
from antiphon.channels.tests.centre import Centre
from antiphon.channels.v1 import channels_pb2 as pb
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.kit import procs
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import send
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import running
from antiphon.routing.__main__ import serve as routing_serve

pytestmark = pytest.mark.service

OTHERS: dict[str, Callable[[Runtime], Awaitable[None]]] = {
    "directory": directory_serve, "acd": acd_serve, "routing": routing_serve,
}  # fmt: skip
BAD = b"%PDF-1.7 X5O!P%@AP"


@dataclass
class FakeClamd:
    """Finds `BAD`; takes no more than `most` bytes."""

    port: int
    most: int = 3_000_000
    scanned: list[int] = field(default_factory=list)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        data = bytearray()
        while (length := struct.unpack("!L", await reader.readexactly(4))[0]) and len(data) <= self.most:
            data += await reader.readexactly(length)
        self.scanned.append(len(data))
        found = b"stream: Eicar-Test-Signature FOUND" if BAD in data else b"stream: OK"
        writer.write((b"INSTREAM size limit exceeded. ERROR" if len(data) > self.most else found) + b"\0")
        await writer.drain()
        writer.close()


@pytest.fixture(scope="module")
def clamd() -> Iterator[FakeClamd]:
    fake = FakeClamd(procs.free_port())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTIPHON_CHANNELS_HTTP_PORT", str(procs.free_port()))
        patch.setenv("ANTIPHON_CHANNELS_ANTIVIRUS", f"127.0.0.1:{fake.port}")
        yield fake


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(platforms: dict[str, Platform], clamd: FakeClamd) -> AsyncIterator[Centre]:
    async with running(OTHERS, platforms) as others, running({"channels": serve}, platforms):
        yield await Centre(others["acd"], "").open("owner@scanned.example")


async def upload(centre: Centre, data: bytes) -> str:
    """What became of an agent's file: its type, or why it was refused."""

    async def parts() -> AsyncIterator[pb.UploadAttachmentRequest]:
        yield pb.UploadAttachmentRequest(head=pb.AttachmentHead(name="paper.pdf", media_type="application/pdf"))
        yield pb.UploadAttachmentRequest(chunk=data)

    try:
        answer = await send(centre.channels.UploadAttachment, parts(), centre.agents[0].headers)
    except DomainError as error:
        return error.reason.name
    return str(answer.attachment.media_type)


async def test_only_what_the_scanner_lets_through_is_kept(centre: Centre, clamd: FakeClamd) -> None:
    clean = b"%PDF-1.7 " + b"x" * 1_000_000
    assert await upload(centre, clean) == "UNAVAILABLE", "nothing is let in unscanned"
    await clamd.start()
    try:
        assert await upload(centre, clean) == "application/pdf"
        assert await upload(centre, b"%PDF-1.7 " + BAD) == "INFECTED"
        assert await upload(centre, b"%PDF-1.7 " + b"x" * 3_500_000) == "TOO_LARGE"
        assert await upload(centre, b"MZ not a paper") == "TYPE_REFUSED"
        assert clamd.scanned[0] == len(clean)
        assert len(clamd.scanned) == 3, "what is refused by its type is not scanned"
    finally:
        await clamd.stop()
    assert await upload(centre, clean) == "UNAVAILABLE"


def test_a_wrong_address_is_said_at_the_start() -> None:
    for wrong in ("clamd", "clamd:", ":3310", "clamd:tcp"):
        with pytest.raises(ValueError, match="ANTIPHON_CHANNELS_ANTIVIRUS"):
            scanner(wrong)
