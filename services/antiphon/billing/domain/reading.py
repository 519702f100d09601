"""Plain data (JSON, a spreadsheet's row) read as typed values; what is wrong is told with the name of its field.

form = Form({"rate": "0.60", "inc": 60})
form.amount("rate"), form.whole("inc")
form.amount("per")          # BadInput("per", "is missing")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from fractions import Fraction
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from antiphon.billing.domain import instants
from antiphon.billing.domain.amounts import exact

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
MISSING: Any = object()
NEARLY = 0.8
"""How alike two names are that are taken for one, of 1."""


class BadInput(ValueError):
    """Something in the input cannot be meant. `field` names it as in JSON: `tariff.rates[2].groups[0].inc`."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        self.message = message
        super().__init__(f"{field}: {message}" if field else message)


@dataclass(frozen=True, slots=True)
class Form:
    """One JSON object and where it stands."""

    data: Mapping[str, Any]
    path: str = ""

    @classmethod
    def of(cls, value: object, path: str) -> Form:
        """Raises BadInput when the value is not an object."""
        if not isinstance(value, Mapping):
            raise BadInput(path, "is not an object")
        return cls(value, path)

    def field(self, name: str) -> str:
        """The full name of a field."""
        return f"{self.path}.{name}" if self.path else name

    def has(self, name: str) -> bool:
        """Is it there and not null?"""
        return self.data.get(name) is not None

    def knows(self, names: Sequence[str]) -> None:
        """Refuses a name that is nearly one of these: left out silently, a slip of the pen would change a price. Other
        fields may be there for whoever wrote them."""
        for name in self.data:
            near = () if name in names else get_close_matches(str(name), names, 1, NEARLY)
            if near:
                raise BadInput(self.field(str(name)[:40]), f"is not known: is {near[0]} meant?")

    def _read(self, name: str, default: T, read: Callable[[Any], T]) -> T:
        value = self.data.get(name)
        if value is None:
            if default is MISSING:
                raise BadInput(self.field(name), "is missing")
            return default
        try:
            return read(value)
        except BadInput:
            raise
        except (ValueError, TypeError, OverflowError, ArithmeticError) as error:
            raise BadInput(self.field(name), f"{error}: {_shown(value)}") from error

    def amount(self, name: str, default: Fraction = MISSING, *, least: int | None = None) -> Fraction:
        """An exact number, from text or from a JSON number."""
        value = self._read(name, default, exact)
        if least is not None and value < least:
            raise BadInput(self.field(name), f"is below {least}")
        return value

    def whole(self, name: str, default: int = MISSING, *, least: int | None = 0, most: int | None = None) -> int:
        """A whole number; 60, "60" and 60.0 are the same."""
        value = self._read(name, default, _whole)
        if least is not None and value < least:
            raise BadInput(self.field(name), f"is below {least}")
        if most is not None and value > most:
            raise BadInput(self.field(name), f"is above {most}")
        return value

    def text(self, name: str, default: str = MISSING) -> str:
        """Text; a whole number is taken as its digits."""
        return self._read(name, default, _text)

    def choice(self, name: str, options: type[E], default: E) -> E:
        """One of an enum's values."""
        return self._read(name, default, lambda value: _choice(value, options))

    def instant(self, name: str, default: int = MISSING) -> int:
        """Nanoseconds since 1970."""
        return self._read(name, default, lambda value: instants.instant(_string(value)))

    def day(self, name: str, default: date = MISSING) -> date:
        """A calendar day."""
        return self._read(name, default, _day)

    def zone(self, name: str = "tz") -> ZoneInfo:
        """A time zone by its IANA name; UTC when absent."""
        return self._read(name, ZoneInfo("UTC"), _zone)

    def form(self, name: str) -> Form:
        """An object within."""
        return Form.of(self._read(name, MISSING, lambda value: value), self.field(name))

    def forms(self, name: str, *, needed: bool = False) -> list[Form]:
        """A list of objects; none when absent, unless it is needed."""
        return [Form.of(value, path) for value, path in self._items(name, needed)]

    def texts(self, name: str) -> list[str]:
        """A list of texts; none when absent."""
        return [_in_list(value, path, _text) for value, path in self._items(name, needed=False)]

    def days(self, name: str) -> list[date]:
        """A list of calendar days; none when absent."""
        return [_in_list(value, path, _day) for value, path in self._items(name, needed=False)]

    def amounts(self, name: str) -> list[Fraction]:
        """A list of exact numbers."""
        return [_in_list(value, path, exact) for value, path in self._items(name, needed=True)]

    def _items(self, name: str, needed: bool) -> Iterator[tuple[Any, str]]:
        values = self.data.get(name)
        if values is None and not needed:
            return
        if not isinstance(values, list | tuple):
            raise BadInput(self.field(name), "is missing" if values is None else "is not a list")
        for number, value in enumerate(values):
            yield value, f"{self.field(name)}[{number}]"


def _in_list(value: Any, path: str, read: Callable[[Any], T]) -> T:
    try:
        return read(value)
    except (ValueError, TypeError, OverflowError, ArithmeticError) as error:
        raise BadInput(path, f"{error}: {_shown(value)}") from error


def _whole(value: Any) -> int:
    number = exact(value)
    if number.denominator != 1:
        raise ValueError("not a whole number")
    return number.numerator


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _text(value: Any) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return _string(value)


def _day(value: Any) -> date:
    return instants.day_of(_string(value))


def _choice(value: Any, options: type[E]) -> E:
    try:
        return options(value)
    except ValueError as error:
        raise ValueError(f"none of {', '.join(str(option.value) for option in options)}") from error


def _zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(_string(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not a known time zone") from error


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
