"""Says and plays things to one leg: prompts with an end, music without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.media.domain.words import words

if TYPE_CHECKING:
    from pathlib import Path

    from antiphon.media.app.world import Ongoing
    from antiphon.media.audio.files import Prompt

DEFAULT_MUSIC = "music:default"
RINGBACK = "tone:ringback"
_SLACK = 0.05
log = logs.get("media")


async def say(live: Ongoing, tag: str, text: str, language: str, timer: str, *, silence: float = 0.0) -> None:
    """Says a text; `timer` is due when it was said, or at once when it cannot be; `silence` seconds after that."""
    await _play(live, tag, await live.world.voice.speak(text, language), timer, silence=silence)


async def play(live: Ongoing, tag: str, source: str, language: str, timer: str, *, repeat: int = 1) -> None:
    """Plays a stored sound in the same manner."""
    await _play(live, tag, await live.world.voice.find(source, language), timer, repeat)


async def _play(
    live: Ongoing, tag: str, prompt: Prompt | None, timer: str, repeat: int = 1, *, silence: float = 0.0
) -> None:
    length = 0.0
    if prompt is None:
        log.warning("a sound is missing")
    else:
        try:
            length = await live.anchor.play(tag, _for(live, tag, prompt), repeat=repeat)
        except DomainError as error:
            log.warning("a sound could not be played", reason=error.reason.name)
    live.after(timer, length * max(repeat, 1) + _SLACK + silence)


async def interrupt(live: Ongoing, tag: str, what: str, language: str) -> None:
    """Says one of media's own sentences into a conversation that is about to end. Nothing waits for it."""
    prompt = await live.world.voice.speak(words(what, language), language)
    if prompt is None:
        return
    try:
        await live.anchor.hold(tag, _for(live, tag, prompt))
    except DomainError as error:
        log.warning("a sound could not be played", reason=error.reason.name)


async def music(live: Ongoing, tag: str, source: str = "") -> None:
    """Plays until something else is played; silence when there is no music."""
    prompt = await _music(live, source)
    if prompt is not None:
        await live.world.asks.quietly(live.anchor.music(tag, _for(live, tag, prompt)))


async def hold(live: Ongoing, tag: str, source: str = "") -> None:
    """The leg waits with music, and is not heard."""
    prompt = await _music(live, source)
    await live.anchor.hold(tag, _for(live, tag, prompt) if prompt is not None else None)


async def hush(live: Ongoing, tag: str, timer: str) -> None:
    """Stops what is played; `timer` is not due any more."""
    live.stop(timer)
    await live.world.asks.quietly(live.anchor.stop(tag))


async def _music(live: Ongoing, source: str) -> Prompt | None:
    voice = live.world.voice
    return await voice.find(source or DEFAULT_MUSIC) or await voice.find(DEFAULT_MUSIC)


def _for(live: Ongoing, tag: str, prompt: Prompt) -> Path:
    """The file in the law that this leg speaks: nothing is transcoded."""
    return prompt.of(live.anchor.leg(tag).codec.name)
