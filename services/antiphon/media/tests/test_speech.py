"""Speech by the real espeak-ng."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from antiphon.kit.errors import DomainError
from antiphon.media.audio import files, levels
from antiphon.media.ng.reasons import Reason
from antiphon.media.prompts import Prompts
from antiphon.media.speech import Espeak, Speaker

pytestmark = pytest.mark.service
spoken = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def left_in(folder: Path) -> set[str]:
    return {file.suffix for file in folder.iterdir()}


@spoken
@pytest.mark.parametrize(("language", "text"), [("en", "Please hold"), ("ru-RU", "Ждите ответа"), ("uk", "Зачекайте")])
async def test_it_speaks_our_languages(tmp_path: Path, language: str, text: str) -> None:
    speaker: Speaker = Espeak(tmp_path)
    sound, rate = files.read(await speaker.say(text, language))
    assert 0.3 < sound.shape[0] / rate < 5
    assert levels.dbfs(sound) > -40


@spoken
async def test_the_same_text_is_said_once(tmp_path: Path) -> None:
    speaker = Espeak(tmp_path)
    first = await speaker.say("You are number three; don't hang up -v", "en")
    made = first.stat().st_mtime_ns
    assert await speaker.say("You are number three; don't hang up -v", "en") == first
    assert first.stat().st_mtime_ns == made
    assert await speaker.say("You are number four", "en") != first
    assert left_in(tmp_path) == {".wav"}


@spoken
async def test_a_text_becomes_a_prompt_in_both_laws(tmp_path: Path) -> None:
    prompts = Prompts(tmp_path / "ready", Espeak(tmp_path / "said"))
    prompt = await prompts.say("Welcome", "en")
    assert await prompts.say("Welcome", "en") == prompt
    for codec in ("PCMA", "PCMU"):
        sound, rate = files.read(prompt.of(codec))
        assert rate == 8000
        assert levels.dbfs(sound) > -40


@pytest.mark.parametrize(
    ("text", "language", "program", "reason"),
    [
        ("Hello", "en", "no-such-program", Reason.SPEECH_MISSING),
        ("Hello", "xx", "espeak-ng", Reason.LANGUAGE_UNKNOWN),
        ("x" * 6000, "en", "espeak-ng", Reason.TEXT_TOO_LONG),
        ("Hello", "en", "false", Reason.SPEECH_FAILED),
    ],
)
async def test_refusals_are_typed(tmp_path: Path, text: str, language: str, program: str, reason: Reason) -> None:
    with pytest.raises(DomainError) as refusal:
        await Espeak(tmp_path, program=program).say(text, language)
    assert refusal.value.reason is reason
    assert ".part" not in left_in(tmp_path)
