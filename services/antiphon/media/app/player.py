"""Says and plays things to one leg: prompts with an end, music without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.kit.errors import DomainError

if TYPE_CHECKING:
    from pathlib import Path

    from antiphon.media.app.live import Live

DEFAULT_MUSIC = "music:default"
RINGBACK = "tone:ringback"
_SLACK = 0.05
log = logs.get("media")


async def say(live: Live, tag: str, text: str, language: str, timer: str) -> None:
    """Says a text; `timer` is due when it was said, or at once when it cannot be."""
    path = await live.world.voice.speak(text, language)
    await _play(live, tag, path, timer)


async def play(live: Live, tag: str, source: str, language: str, timer: str, *, repeat: int = 1) -> None:
    """Plays a stored sound in the same manner."""
    await _play(live, tag, live.world.voice.find(source, language), timer, repeat)


async def _play(live: Live, tag: str, path: Path | None, timer: str, repeat: int = 1) -> None:
    length = 0.0
    if path is None:
        log.warning("a sound is missing")
    else:
        try:
            length = await live.anchor.play(tag, path, repeat=repeat)
        except DomainError as error:
            log.warning("a sound could not be played", reason=error.reason.name)
    live.after(timer, length * max(repeat, 1) + _SLACK)


async def music(live: Live, tag: str, source: str = "") -> None:
    """Plays until something else is played; silence when there is no music."""
    path = live.world.voice.find(source or DEFAULT_MUSIC) or live.world.voice.find(DEFAULT_MUSIC)
    if path is not None:
        await live.world.asks.quietly(live.anchor.music(tag, path))


async def hold(live: Live, tag: str, source: str = "") -> None:
    """The leg waits with music, and is not heard."""
    path = live.world.voice.find(source or DEFAULT_MUSIC) or live.world.voice.find(DEFAULT_MUSIC)
    await live.anchor.hold(tag, path)


async def hush(live: Live, tag: str, timer: str) -> None:
    """Stops what is played; `timer` is not due any more."""
    live.stop(timer)
    await live.world.asks.quietly(live.anchor.stop(tag))
