"""Reading tables of a scenario strictly: every refusal names the key and says what to do.

table = Table(document, "demand[2]")
rate = table.number("rate", least=0)         # demand[2].rate must be a number, at least 0, …
table.done()                                 # demand[2].paitence is not known here. Did you mean `patience`?
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from antiphon.kit import errors
from antiphon.kit.errors import DomainError, Kind
from antiphon.sim.chance import Millis
from antiphon.sim.scenario import DAY, HOUR, MINUTE, SECOND


class Reason(errors.Reason):
    """What can be wrong with a scenario."""

    NOT_READABLE = (Kind.NOT_FOUND, "The scenario cannot be read.")
    NOT_TOML = (Kind.INVALID, "The scenario is not TOML.")
    MISSING = (Kind.INVALID, "A value is missing.")
    UNKNOWN_KEY = (Kind.INVALID, "There is no such key.")
    UNKNOWN_NAME = (Kind.INVALID, "A name refers to nothing.")
    WRONG_TYPE = (Kind.INVALID, "A value is of the wrong type.")
    OUT_OF_RANGE = (Kind.INVALID, "A value is out of range.")
    CONTRADICTION = (Kind.INVALID, "Two values contradict each other.")


class BadScenario(DomainError):
    """A scenario that cannot be simulated. `facts["key"]` is the place, the message says what to do."""

    def __init__(self, reason: Reason, key: str, message: str) -> None:
        super().__init__(reason, f"{key}: {message}", key=key)


E = TypeVar("E", bound=StrEnum)

_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


class Table:
    """One TOML table and its path in the file. Reading a key takes it; `done` refuses what nobody took."""

    def __init__(self, values: Mapping[str, object], path: str = "") -> None:
        self._values = values
        self._asked: set[str] = set()
        self.path = path

    def key(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        self._asked.add(name)
        return name in self._values

    def bad(self, reason: Reason, name: str, message: str) -> BadScenario:
        return BadScenario(reason, self.key(name), message)

    def raw(self, name: str, default: object = None) -> object:
        """The value as it stands; without a default it must be there."""
        if self.has(name):
            return self._values[name]
        if default is None:
            raise self.bad(Reason.MISSING, name, "is missing; add it")
        return default

    def text(self, name: str, default: str | None = None) -> str:
        value = self.raw(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.bad(Reason.WRONG_TYPE, name, f"must be a text in quotes, not {_shown(value)}")
        return value

    def yes(self, name: str) -> bool:
        value = self.raw(name, False)
        if not isinstance(value, bool):
            raise self.bad(Reason.WRONG_TYPE, name, f"must be true or false, not {_shown(value)}")
        return value

    def number(
        self, name: str, default: float | None = None, *, least: float = 0, most: float = 1e9, above: bool = False
    ) -> float:
        """A number in [least, most]; with `above` it must be greater than `least`."""
        value = self.raw(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.bad(Reason.WRONG_TYPE, name, f"must be a number, not {_shown(value)}")
        if not least <= value <= most or (above and value == least):
            limits = f"{'more than' if above else 'at least'} {least:g}" + (
                f" and at most {most:g}" if most < 1e9 else ""
            )
            raise self.bad(Reason.OUT_OF_RANGE, name, f"is {value:g}; it must be {limits}")
        return float(value)

    def whole(self, name: str, default: int | None = None, *, least: int = 0, most: int = 1_000_000) -> int:
        value = self.number(name, default, least=least, most=most)
        if value != int(value):
            raise self.bad(Reason.WRONG_TYPE, name, f"is {value:g}; it must be a whole number")
        return int(value)

    def duration(self, name: str, default: Millis | None = None, *, least: Millis = 0) -> Millis:
        """Seconds as a number, or a text as "90s", "1h30m", "250ms"."""
        if default is not None and not self.has(name):
            return default
        millis = parse_duration(self.raw(name))
        if millis is None:
            message = f'must be a duration as "20s", "3m", "1h30m" or a number of seconds, not {_shown(self.raw(name))}'
            raise self.bad(Reason.WRONG_TYPE, name, message)
        if millis < least:
            raise self.bad(Reason.OUT_OF_RANGE, name, f"must be at least {least / SECOND:g} s")
        return millis

    def clock(self, name: str, default: Millis | None = None) -> Millis:
        """A time of day as "09:30", in milliseconds after midnight."""
        if default is not None and not self.has(name):
            return default
        value = self.raw(name)
        match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if match is None or int(match[1]) > 24 or int(match[2]) > 59:
            raise self.bad(Reason.WRONG_TYPE, name, f'must be a time of day as "09:30", not {_shown(value)}')
        return int(match[1]) * HOUR + int(match[2]) * MINUTE

    def choice(self, name: str, kind: type[E], default: E | None = None) -> E:
        value = self.text(name, default)
        return kind(self.among(name, value, [member.value for member in kind]))

    def among(self, name: str, value: str, known: Iterable[str]) -> str:
        """`value`, which must be one of the known names."""
        names = list(known)
        if value not in names:
            listed = ", ".join(names) or "there are none"
            raise self.bad(Reason.UNKNOWN_NAME, name, f"`{value}` is not known{_meant(value, names)} Known: {listed}")
        return value

    def table(self, name: str) -> Table:
        value = self.raw(name)
        if not isinstance(value, Mapping):
            raise self.bad(Reason.WRONG_TYPE, name, f"must be a table {{ … }}, not {_shown(value)}")
        return Table(value, self.key(name))

    def tables(self, name: str, *, required: bool = False) -> list[Table]:
        """An array of tables; paths count from 1 as people do."""
        if not self.has(name):
            if required:
                raise self.bad(Reason.MISSING, name, f"is missing; add at least one [[{self.key(name)}]]")
            return []
        value = self.raw(name)
        if not isinstance(value, list) or (required and not value):
            raise self.bad(Reason.WRONG_TYPE, name, f"must be one or more tables; write [[{self.key(name)}]]")
        tables = []
        for number, row in enumerate(value, 1):
            if not isinstance(row, Mapping):
                raise self.bad(Reason.WRONG_TYPE, f"{name}[{number}]", f"must be a table {{ … }}, not {_shown(row)}")
            tables.append(Table(row, f"{self.key(name)}[{number}]"))
        return tables

    def items(self, name: str) -> list[object]:
        value = self.raw(name)
        if not isinstance(value, list) or not value:
            raise self.bad(Reason.WRONG_TYPE, name, f"must be a list with at least one value, not {_shown(value)}")
        return value

    def levels(self, name: str) -> tuple[tuple[str, int], ...]:
        """Names with whole numbers, as { de = 2, chat = 3 }."""
        if not self.has(name):
            return ()
        table = self.table(name)
        return tuple((key, table.whole(key)) for key in table._values)

    def done(self) -> None:
        """Refuse what was never asked for: a typing error must not silently change the experiment."""
        for name in self._values:
            if name not in self._asked:
                raise self.bad(Reason.UNKNOWN_KEY, name, f"is not known here{_meant(name, self._asked)}")


def parse_duration(value: object) -> Millis | None:
    """Milliseconds, or None when it is no duration."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:
        return round(value * SECOND)
    if not isinstance(value, str) or not re.fullmatch(rf"(?:{_DURATION.pattern}\s*)+", value):
        return None
    return round(sum(float(number) * _UNITS[unit] for number, unit in _DURATION.findall(value)))


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    return f". Did you mean `{close[0]}`?" if close else "."


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str | int | float | bool) else f"a {type(value).__name__}"
