"""What is new in a mail: without the mail that it quotes. Line by line, in the words of the usual programs in English,
Russian and Ukrainian. When nothing would be left, everything is."""

from __future__ import annotations

import re

from antiphon.channels.email.html import QUOTE_BEGINS

_DATE = r"\d{1,4}"
_WROTE = re.compile(
    r"^(On\b.{0,300}\bwrote|Le\b.{0,300}a écrit|Am\b.{0,300}\bschrieb.{0,100}"
    rf"|.{{0,40}}{_DATE}.{{0,300}}(писал\(а\)|писал|писала|пишет|написал|написала|пише|писав|писала|написав)"
    r".{0,200}):$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"^[-_* ]{3,}\s*(original message|forwarded message|исходное сообщение|пересылаемое сообщение|"
    r"оригінальне повідомлення|вихідне повідомлення|переслане повідомлення)\s*[-_* ]{3,}$",
    re.IGNORECASE,
)
_HEADER = re.compile(r"^\*?(from|от|від|od|von|de)\s?:\*?\s+\S", re.IGNORECASE)
_HEADER_NEXT = re.compile(
    r"^\*?(sent|date|to|cc|subject|отправлено|дата|кому|копия|тема|надіслано|копія)\s?:\*?\s+\S", re.IGNORECASE
)
_MAX_LINE = 500


def new_part(text: str) -> str:
    """The text without what it quotes."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    end = _end(lines)
    kept = lines[:end]
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith(">")):
        kept.pop()
    fresh = "\n".join(kept).replace(QUOTE_BEGINS, "").strip()
    return fresh or text.replace(QUOTE_BEGINS, "").strip()


def _end(lines: list[str]) -> int:
    """The line at which the quoted mail begins. Answers between quoted lines stay, with the quotes."""
    for number, line in enumerate(lines):
        if QUOTE_BEGINS in line and not line.replace(QUOTE_BEGINS, "").strip():
            return number
        bare = line.strip(f"> {QUOTE_BEGINS}")
        if len(bare) > _MAX_LINE or line.startswith(">"):
            continue
        joined = f"{bare} {lines[number + 1].strip()}" if number + 1 < len(lines) and len(bare) < 120 else bare
        if _SEPARATOR.match(bare) or _is_wrote(bare, joined) or _is_header(lines, number):
            return number if _is_rest_quoted(lines, number) else len(lines)
    return len(lines)


def _is_wrote(bare: str, joined: str) -> bool:
    if _WROTE.match(bare):
        return True
    return (
        not bare.endswith(":") and len(joined) <= _MAX_LINE and bool(_WROTE.match(joined)) and bare[:2] in ("On", "Am")
    )


def _is_header(lines: list[str], number: int) -> bool:
    if not _HEADER.match(lines[number].strip()):
        return False
    following = [line.strip() for line in lines[number + 1 : number + 6]]
    return sum(1 for line in following if _HEADER_NEXT.match(line)) >= 2


def _is_rest_quoted(lines: list[str], number: int) -> bool:
    """False when somebody answers below the quote: then the quote belongs to the answer."""
    rest = [line for line in lines[number + 1 :] if line.strip()]
    quoted = [line for line in rest if line.lstrip().startswith(">")]
    if not quoted:
        return True
    last = max(index for index, line in enumerate(rest) if line.lstrip().startswith(">"))
    return all(len(line) < 200 for line in rest[last + 1 :]) and len(rest) - last - 1 <= 1
