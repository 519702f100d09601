"""The addresses in a channel's settings, judged by kit before they are stored; connections are judged again."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from antiphon.channels.domain.kind import Kind
from antiphon.channels.domain.reasons import Reason
from antiphon.kit.errors import DomainError
from antiphon.kit.reach import CONNECT, Inside, addresses, connect, is_outside

__all__ = ["Inside", "addresses", "check", "connect", "host_of", "is_outside"]


async def check(kind: Kind, settings: dict[str, object], *, inside: bool) -> None:
    """Before settings are stored. A name that means nothing now may mean something later. Raises PRIVATE_HOST."""
    for name in kind.hosts:
        host = host_of(str(settings.get(name) or ""))
        if inside or not host:
            continue
        try:
            async with asyncio.timeout(CONNECT):
                await addresses(host, 0, inside=False)
        except Inside as error:
            raise DomainError(Reason.PRIVATE_HOST, str(error), field=f"settings.{name}", host=host) from None
        except (OSError, TimeoutError, UnicodeError):
            continue


def host_of(text: str) -> str:
    """Of an address or a bare name."""
    return (urlsplit(text).hostname or "") if "://" in text else text
