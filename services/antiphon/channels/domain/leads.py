"""The lead catcher: what a company sets, what a visitor sends, and the words with which both are shown.

A theme and messengers belong to the plan PRO; `options` names those that a wish uses, and who has not ordered the plan
is refused by them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from antiphon.channels.domain.message import NOTHING
from antiphon.kit.errors import invalid

PRODUCT = "lead_catcher_pro"
"""What the plan is called in the cabinet's catalogue."""
MESSENGERS = ("telegram", "viber", "messenger")
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
LANGUAGES = ("en", "ru", "uk")
FONTS = ("system", "serif", "mono")
CODE_LASTS = timedelta(days=1)
MOST_RADIUS, READABLE = 32, 4.5
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_CODE = re.compile(r"\bLEAD-([2-9A-HJ-NP-Z]{10})\b")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LIMITS = {"title": 80, "intro": 300, "consent": 600}


@dataclass(frozen=True, slots=True)
class Theme:
    background: str
    text: str
    accent: str
    radius: int = 8
    font: str = "system"


@dataclass(frozen=True, slots=True)
class Catcher:
    """A site's form."""

    channel_id: str
    rev: int = 0
    enabled: bool = False
    title: Mapping[str, str] = field(default_factory=dict)
    intro: Mapping[str, str] = field(default_factory=dict)
    consent: Mapping[str, str] = field(default_factory=dict)
    privacy_url: str = ""
    queue_id: str = ""
    region: str = ""
    theme: Theme | None = None
    messengers: tuple[str, ...] = ()

    def options(self) -> tuple[str, ...]:
        """What only the plan PRO has."""
        return (*(("theme",) if self.theme else ()), *(("messenger_ids",) if self.messengers else ()))


@dataclass(frozen=True, slots=True)
class Lead:
    """What a visitor sent."""

    id: str
    name: str
    phone: str
    """E.164."""
    text: str = ""
    consent: str = ""
    """What they agreed to, as they read it."""
    page: str = ""
    utm: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    queue_id: str = ""


class State(StrEnum):
    """How far a lead came on its way to a colleague's chat."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


def checked(wish: Catcher) -> Catcher:
    """Raises INVALID, naming the field."""
    for name, limit in _LIMITS.items():
        for language, words in getattr(wish, name).items():
            if language not in LANGUAGES or len(words) > limit or not words.replace("\n", " ").isprintable():
                raise invalid(f"catcher.{name}", f"en, ru or uk, at most {limit} characters each")
    if wish.privacy_url and not re.fullmatch(r"https?://[^\s\"'<>]{3,300}", wish.privacy_url):
        raise invalid("catcher.privacy_url", "an address like https://shop.example/privacy")
    if wish.region and wish.region not in phonenumbers.SUPPORTED_REGIONS:
        raise invalid("catcher.region", 'two letters of a country, such as "UA"')
    if len(set(wish.messengers)) < len(wish.messengers):
        raise invalid("catcher.messenger_ids", "each channel once")
    if wish.theme is not None:
        _check_theme(wish.theme)
    return wish


def _check_theme(theme: Theme) -> None:
    for name in ("background", "text", "accent"):
        if not _COLOUR.fullmatch(getattr(theme, name)):
            raise invalid(f"catcher.theme.{name}", "a colour looks like #1a6cff")
    if contrast(theme.background, theme.text) < READABLE:
        raise invalid("catcher.theme.text", f"the text cannot be read on this background: {READABLE} to 1 is needed")
    if not 0 <= theme.radius <= MOST_RADIUS:
        raise invalid("catcher.theme.radius", f"0 to {MOST_RADIUS} pixels")
    if theme.font not in FONTS:
        raise invalid("catcher.theme.font", f"one of {', '.join(FONTS)}")


def contrast(one: str, other: str) -> float:
    """Of two colours, 1 to 21, as WCAG 2 computes it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def phone_of(written: str, region: str) -> str:
    """E.164. Raises INVALID."""
    try:
        found = phonenumbers.parse(written, region or None)
    except NumberParseException as error:
        raise invalid("phone", "a number with its country code is required") from error
    if not phonenumbers.is_valid_number(found):
        raise invalid("phone", "there is no such number")
    return phonenumbers.format_number(found, PhoneNumberFormat.E164)


def code_of(said: str) -> str:
    """The code in what somebody wrote to a bot; empty when there is none."""
    found = _CODE.search(said.upper())
    return found[1] if found else ""


def new_code(random: bytes) -> str:
    """Ten signs that people can read out, of ten random bytes."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in random[:10])


_WORDS = {
    "en": ("Request from the site", "Name", "Phone", "Page", "New lead", "This chat gets leads from now on."),
    "ru": ("Заявка с сайта", "Имя", "Телефон", "Страница", "Новая заявка", "Теперь заявки приходят в этот чат."),
    "uk": ("Заявка з сайту", "Ім’я", "Телефон", "Сторінка", "Нова заявка", "Тепер заявки надходять у цей чат."),
}
_CONSENT = {
    "en": "I agree that my name and number are kept and used to answer this request.",
    "ru": "Я согласен на хранение и использование моих имени и номера, чтобы мне ответили на эту заявку.",
    "uk": "Я погоджуюся на зберігання й використання мого імені та номера, щоб мені відповіли на цю заявку.",
}


def consent_text(catcher: Catcher, language: str) -> str:
    """What a visitor agrees to."""
    return catcher.consent.get(language) or _CONSENT.get(language, _CONSENT["en"])


def message_text(lead: Lead, language: str) -> str:
    """The lead as the first message of its conversation."""
    head, name, phone, *_ = _WORDS.get(language, _WORDS["en"])
    lines = [head, f"{name}: {lead.name}" if lead.name else "", f"{phone}: {lead.phone}", lead.text]
    return "\n".join(line for line in lines if line)


def post_text(said: str, site: str, page: str, language: str) -> str:
    """The lead as colleagues read it in their chat."""
    _, _, _, where, head, _ = _WORDS.get(language, _WORDS["en"])
    return "\n".join([f"{head}: {site}", *said.split("\n")[1:], *([f"{where}: {page}"] if page else [])])


def welcome_text(language: str) -> str:
    """The answer to a chat that wrote its code."""
    return _WORDS.get(language, _WORDS["en"])[5]
