"""Telephone numbers as people write them → E.164, and the zones in which such a number may be.

`phonenumbers` knows everything but takes 60 µs a number. A list has many numbers of few shapes: what it says of one
shape (length and first digits) is remembered as "drop so many digits, put this country code, match this pattern", and
the pattern is checked for every number. Anything else goes the slow way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat, timezone
from phonenumbers.phonemetadata import PhoneNumberDesc

_DROP = str.maketrans("", "", " \t\u00a0\u202f\u2009-‐‑‒–—()./")
_DATE = re.compile(r"\s*(\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})|\d{4}-\d{2}-\d{2})([T ].*)?\s*")
_ROUNDED = re.compile(r"\s*\d(?:[.,]\d+)?[eE]\+?\d+\s*")
_WHOLE = re.compile(r"\s*(\d+)[.,]0+\s*")
_TYPES = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
    "voicemail",
)  # fmt: skip
_UNKNOWN = "Etc/Unknown"
_FIRST = 5
"""Characters that, with the length, make a shape: what is dropped must be among them."""


class Bad(StrEnum):
    """Why a cell holds no number."""

    EMPTY = "empty"
    DATE = "a_date"
    ROUNDED = "rounded_by_a_spreadsheet"
    NO_COUNTRY = "no_country"
    NO_NUMBER = "not_a_number"
    INVALID = "no_such_number"


@dataclass(frozen=True, slots=True)
class _Shape:
    drop: int
    code: str
    pattern: re.Pattern[str]


class Numbers:
    """Reads numbers; those without a country belong to `region` (ISO code; empty: they are refused)."""

    def __init__(self, region: str = "") -> None:
        self._region = region.upper() or None
        self._shapes: dict[tuple[str, int], _Shape] = {}

    def read(self, raw: str) -> str | Bad:
        """E.164, or why not."""
        bare = raw.translate(_DROP)
        shape = self._shapes.get((bare[:_FIRST], len(bare)))
        if shape is not None and bare.isascii() and shape.pattern.fullmatch(rest := bare[shape.drop :]):
            if _DATE.fullmatch(raw):
                return Bad.DATE
            return shape.code + rest
        return self._slowly(raw, bare)

    def _slowly(self, raw: str, bare: str) -> str | Bad:
        if not bare:
            return Bad.EMPTY
        if _DATE.fullmatch(raw):
            return Bad.DATE
        if _ROUNDED.fullmatch(raw):
            return Bad.ROUNDED
        if whole := _WHOLE.fullmatch(raw):  # a number cell of a spreadsheet
            return self.read(whole[1])
        try:
            found = phonenumbers.parse(raw, self._region)
        except NumberParseException as error:
            lacks_country = error.error_type == NumberParseException.INVALID_COUNTRY_CODE
            return Bad.NO_COUNTRY if lacks_country and "+" not in raw else Bad.NO_NUMBER
        if found.extension or not phonenumbers.is_valid_number(found):
            return Bad.INVALID
        written = phonenumbers.format_number(found, PhoneNumberFormat.E164)
        self._remember(bare, found.country_code or 0, written)
        return written

    def _remember(self, bare: str, code: int, written: str) -> None:
        national = written[len(str(code)) + 1 :]
        told = len(bare) - len(national) <= _FIRST
        if told and bare.isascii() and bare.lstrip("+").isdigit() and bare.endswith(national):
            region = phonenumbers.region_code_for_number(phonenumbers.parse(written))
            pattern = _pattern(region or "")
            if pattern is not None:
                self._shapes[bare[:_FIRST], len(bare)] = _Shape(len(bare) - len(national), f"+{code}", pattern)


@lru_cache(maxsize=400)
def _pattern(region: str) -> re.Pattern[str] | None:
    """What every valid number of a region matches, of whatever type."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None:
        return None
    described: list[PhoneNumberDesc | None] = [getattr(metadata, name) for name in _TYPES]
    patterns = [one.national_number_pattern for one in described if one is not None and one.national_number_pattern]
    general = metadata.general_desc
    if general is None or not general.national_number_pattern or not patterns:
        return None
    every = "|".join(f"(?:{one})" for one in patterns)
    return re.compile(f"(?=(?:{general.national_number_pattern})$)(?:{every})")


@lru_cache(maxsize=100_000)
def zones_of(number: str) -> tuple[str, ...]:
    """Every time zone that a number may be in; empty when nobody knows."""
    try:
        found = timezone.time_zones_for_number(phonenumbers.parse(number))
    except NumberParseException:
        return ()
    return tuple(zone for zone in found if zone != _UNKNOWN)
