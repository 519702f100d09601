"""Reads the policy packs beside this file, and knows public holidays."""

from __future__ import annotations

import tomllib
from datetime import date, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import holidays

from antiphon.dialer.domain.policy import HOLIDAY, WEEKDAYS, Cap, Counts, Pack, Rulebook, Source, Whose, Window

_NEVER_OVER = 0.03


class BadPack(Exception):
    """A pack cannot be read; the message names it and says why."""


@cache
def rulebook() -> Rulebook:
    """All packs that come with Antiphon."""
    found: list[Pack] = []
    for file in sorted(files("antiphon.dialer").joinpath("packs").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            found += packs_of(file.read_text(encoding="utf-8"), file.name)
    return Rulebook(tuple(found))


def packs_of(text: str, name: str) -> list[Pack]:
    """The packs of a file. Raises BadPack."""
    try:
        return [_pack(one) for one in tomllib.loads(text)["pack"]]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise BadPack(f"{name}: {error!r}") from error


@cache
def is_holiday(country: str, day: date) -> bool:
    """Whether a day is a public holiday."""
    return day in _calendar(country)


@cache
def _calendar(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)


def _pack(raw: dict[str, Any]) -> Pack:
    limit = float(raw["abandon_limit"])
    if not 0 < limit <= _NEVER_OVER:
        raise ValueError(f"{raw['id']}: abandon_limit {limit} is not within 0..{_NEVER_OVER}")
    return Pack(
        id=raw["id"],
        title=raw["title"],
        since=raw["since"],
        until=raw.get("until"),
        sources=tuple(Source(one["text"], one["link"]) for one in raw["sources"]),
        windows=tuple(_window(one) for one in raw["windows"]),
        caps=tuple(_cap(one) for one in raw.get("caps", ())),
        consent=bool(raw["consent"]),
        holidays=raw.get("holidays", ""),
        after_abandoned=timedelta(hours=raw["after_abandoned_hours"]),
        abandon_limit=limit,
        abandon_over=timedelta(days=raw["abandon_over_days"]),
        answer_within=timedelta(seconds=raw["answer_within_seconds"]),
        ring_at_least=timedelta(seconds=raw["ring_at_least_seconds"]),
        joins=raw.get("joins", ""),
        prefixes=tuple(raw.get("prefixes", ())),
        label_at_most=raw.get("label_at_most", 0),
        certain_agents=bool(raw.get("certain_agents", False)),
    )


def _window(raw: dict[str, Any]) -> Window:
    days = frozenset(raw["days"])
    if strange := days - {*WEEKDAYS, HOLIDAY}:
        raise ValueError(f"no such days: {sorted(strange)}")
    return Window(days, time.fromisoformat(raw["begins"]), time.fromisoformat(raw["ends"]))


def _cap(raw: dict[str, Any]) -> Cap:
    return Cap(int(raw["most"]), timedelta(hours=raw["hours"]), Counts(raw["counts"]), Whose(raw["whose"]))
