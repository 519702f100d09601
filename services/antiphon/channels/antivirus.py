"""Files before anybody opens them: scanned by clamd, where an installation has one.

Each file is a connection of its own and goes by INSTREAM: chunks behind their length, a chunk of no length ends it
(https://docs.clamav.net/manual/Usage/Scanning.html#clamd, clamd(8)). While clamd is away nothing is let in unscanned:
uploads are refused for the moment, customers' messages with files wait.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

from antiphon.channels.domain.reasons import Reason
from antiphon.kit.errors import Common, DomainError

Scan: TypeAlias = Callable[[bytes], Awaitable[None]]
"""Raises INFECTED, TOO_LARGE (for the scanner), UNAVAILABLE."""
_CHUNK = 1 << 18
_PATIENCE = 60.0


async def unscanned(_data: bytes) -> None:
    """Where there is no scanner."""


def scanner(address: str) -> Scan:
    """Of clamd at `host:port`, or at the path of its socket; nothing is scanned when it is empty."""
    if not address:
        return unscanned
    host, _, port = address.rpartition(":")
    if not address.startswith("/") and not (host and port.isdigit()):
        raise ValueError("ANTIPHON_CHANNELS_ANTIVIRUS: host:port or the path of clamd's socket")

    async def scan(data: bytes) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                opening = asyncio.open_unix_connection(address) if address.startswith("/") else None
                reader, writer = await (opening or asyncio.open_connection(host, int(port)))
                answer = await _asked(reader, writer, data)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise DomainError(Common.UNAVAILABLE, "the virus scanner does not answer") from error
        _judge(answer)

    return scan


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> str:
    try:
        with suppress(ConnectionError):  # it hangs up on what is too large for it, and has said so before
            writer.write(b"zINSTREAM\0")
            for begin in range(0, len(data), _CHUNK):
                chunk = data[begin : begin + _CHUNK]
                writer.write(struct.pack("!L", len(chunk)) + chunk)
                await writer.drain()
            writer.write(struct.pack("!L", 0))
            await writer.drain()
        return (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace")
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _judge(answer: str) -> None:
    """`stream: OK`, `stream: NAME FOUND`, or what went wrong."""
    if answer.endswith(": OK"):
        return
    if answer.endswith(" FOUND"):
        raise DomainError(Reason.INFECTED, found=answer.removeprefix("stream: ").removesuffix(" FOUND")[:100])
    if "size limit exceeded" in answer:
        raise DomainError(Reason.TOO_LARGE, "The file is larger than the virus scanner takes.")
    raise DomainError(Common.UNAVAILABLE, f"the virus scanner says: {answer[:100]}")
