"""The characters of a short message: GSM 7-bit (3GPP TS 23.038), one septet an octet as SMPP carries it, or UCS-2."""

from __future__ import annotations

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|",
             0x65: "€"}  # fmt: skip
ESCAPE = 0x1B
GSM, LATIN, UCS2 = 0x00, 0x03, 0x08
_OCTETS = {char: bytes((code,)) for code, char in enumerate(BASIC) if code != ESCAPE} | {
    char: bytes((ESCAPE, code)) for code, char in EXTENSION.items()
}
_CODECS = {0x01: "ascii", LATIN: "latin-1", 0x06: "iso8859_5", 0x07: "iso8859_8", UCS2: "utf-16-be"}


def octets_of(char: str) -> bytes | None:
    """A character in GSM 7-bit; None when it is not there."""
    return _OCTETS.get(char)


def is_gsm(text: str) -> bool:
    return all(char in _OCTETS for char in text)


def decode_gsm(data: bytes) -> str:
    """An unknown extension is shown as the character beneath it, as 23.038 asks; octets beyond the alphabet as �."""
    out: list[str] = []
    escaped = False
    for code in data:
        if code == ESCAPE and not escaped:
            escaped = True
            continue
        plain = " " if code == ESCAPE else BASIC[code] if code < 128 else "\ufffd"
        out.append(EXTENSION.get(code, plain) if escaped else plain)
        escaped = False
    return "".join(out)


def decode(data: bytes, coding: int, default: str) -> str | None:
    """The text by its data_coding; None for binary. `default` ("gsm7" or "latin1") is what the SMSC means by 0."""
    coding = _general(coding)
    if coding == GSM:
        return data.decode("latin-1") if default == "latin1" else decode_gsm(data)
    codec = _CODECS.get(coding)
    return data.decode(codec, "replace") if codec else None


def _general(coding: int) -> int:
    """Message classes (23.038, 4) as the plain coding that they carry."""
    if coding & 0xF0 == 0xF0:
        return 0x04 if coding & 0x04 else GSM
    if 0x10 <= coding < 0x40:
        return (GSM, 0x04, UCS2, 0x04)[(coding >> 2) & 3]
    return coding
