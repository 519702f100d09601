"""What a file is, found in its bytes and not in what the sender claims.

Only types of a list are taken. Whatever a browser or a desktop could run (programs, scripts, HTML, SVG) is refused, and
so is what is not recognised. A text is taken when it is UTF-8 without control characters and does not look like markup.
Signatures: https://en.wikipedia.org/wiki/List_of_file_signatures and the formats' own specifications.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from dataclasses import dataclass

from antiphon.channels.domain.reasons import Reason
from antiphon.kit.errors import DomainError

MAX_NAME = 120
SAFE_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What may be shown in place; everything else is only ever downloaded."""

_PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
)
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!", b"dex\n", b"\x00asm")
_OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_OLE = {"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint"}
_TEXTS = {"csv": "text/csv", "json": "application/json", "log": "text/plain", "md": "text/plain", "txt": "text/plain"}
_RUNNABLE = frozenset({
    "apk", "app", "bat", "cmd", "com", "cpl", "deb", "dll", "dmg", "docm", "exe", "gadget", "hta", "htm", "html", "inf",
    "iso", "jar", "js", "jse", "lnk", "mht", "mhtml", "mjs", "msi", "php", "pif", "pkg", "pl", "pptm", "ps1", "py",
    "rb", "reg", "rpm", "scr", "sh", "svg", "svgz", "sys", "url", "vbe", "vbs", "wsf", "wsh", "xhtml", "xlsm", "xml",
})  # fmt: skip
_MARKUP = re.compile(r"<(!doctype|html|head|body|script|svg|iframe|object|embed|\?xml|\?php|!--)", re.IGNORECASE)
_EXTENSIONS = {
    "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "application/pdf": "pdf",
    "audio/ogg": "ogg", "audio/mpeg": "mp3", "video/mp4": "mp4", "text/plain": "txt",
}  # fmt: skip

ACCEPT = (
    "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "audio/*", "video/mp4", "video/webm",
    "text/plain", ".txt", ".csv", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt", ".ods", ".rtf", ".zip",
    ".7z", ".rar", ".gz",
)  # fmt: skip
"""For the widget's file chooser; the decision is `sniff`'s."""


@dataclass(frozen=True, slots=True)
class Sniffed:
    media_type: str
    width: int = 0
    height: int = 0


def safe_name(name: str, media_type: str = "") -> str:
    """The last part of a path without control characters and characters that file systems or headers dislike."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(" " if c in '<>:"|?*' else c for c in last if unicodedata.category(c)[0] != "C")
    kept = " ".join(kept.split()).strip(". ")
    if len(kept) > MAX_NAME:
        stem, dot, extension = kept.rpartition(".")
        kept = (
            f"{stem[: MAX_NAME - len(extension) - 1]}.{extension}" if dot and len(extension) < 12 else kept[:MAX_NAME]
        )
    if not kept:
        kept = "file"
    known = _EXTENSIONS.get(media_type)
    return f"{kept}.{known}" if known and "." not in kept else kept


def sniff(data: bytes, name: str) -> Sniffed:
    """The type and, of an image, the size in pixels. Raises EMPTY, TYPE_REFUSED."""
    if not data:
        raise DomainError(Reason.EMPTY)
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension in _RUNNABLE or data.startswith(_PROGRAMS):
        raise DomainError(Reason.TYPE_REFUSED, extension=extension)
    media_type = _signature(data, extension) or _text(data, extension)
    if media_type is None:
        raise DomainError(Reason.TYPE_REFUSED, extension=extension)
    width, height = _dimensions(data, media_type)
    return Sniffed(media_type, width, height)


def _signature(data: bytes, extension: str) -> str | None:
    if data.startswith(b"RIFF") and len(data) >= 12:
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(data[8:12])
    if data[4:8] == b"ftyp":
        return "audio/mp4" if data[8:11] == b"M4A" else "video/mp4"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _OFFICE.get(extension, "application/zip")
    found = next((media for prefix, media in _PREFIXES if data.startswith(prefix)), None)
    if found == "application/x-ole-storage":
        return _OLE.get(extension)
    return found


def _text(data: bytes, extension: str) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    head = text[:4096]
    if any(ord(c) < 32 and c not in "\t\n\r\f\x0b" for c in text) or _MARKUP.search(head):
        return None
    return _TEXTS.get(extension, "text/plain")


def _dimensions(data: bytes, media_type: str) -> tuple[int, int]:
    """Pixels from the header; (0, 0) when it is cut off or odd."""
    readers = {"image/png": _png, "image/gif": _gif, "image/jpeg": _jpeg, "image/webp": _webp}
    reader = readers.get(media_type)
    if reader is None:
        return 0, 0
    try:
        width, height = reader(data)
    except (struct.error, IndexError):
        return 0, 0
    return (width, height) if 0 < width <= 65535 and 0 < height <= 65535 else (0, 0)


def _png(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<HH", data[6:10])
    return width, height


def _jpeg(data: bytes) -> tuple[int, int]:
    """Walks the segments to the first start-of-frame."""
    at = 2
    while at < len(data) - 9:
        if data[at] != 0xFF:
            at += 1
            continue
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += (
            2 if marker in (0xFF, 0x01) or 0xD0 <= marker <= 0xD9 else 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        )
    return 0, 0


def _webp(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF
