"""Reading values that people wrote: every refusal names the field and says what was expected."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from antiphon.wfm.domain.reasons import Refusal, refuse

LENGTHS = (5, 10, 15, 20, 30, 60)
"""Minutes that an interval may have."""
_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Fields:
    """One case or one row. Names are looked up in order, so that synonyms may be accepted."""

    values: Mapping[str, Any]

    def number(
        self, *names: str, default: Any = _REQUIRED, least: float = -math.inf, above: float = -math.inf
    ) -> float:
        """A finite number within bounds; text of a CSV is understood, with comma or point."""
        name, raw = self._find(names, default)
        if raw is default:
            return float(default)
        value = _float(name, raw)
        if not math.isfinite(value):
            raise refuse(name, "a finite number is needed")
        if value < least or value <= above:
            raise refuse(
                name, f"{value:g} is too small; {'above ' if value <= above else 'at least '}{max(least, above):g}"
            )
        return value

    def whole(self, *names: str, default: Any = _REQUIRED, least: int = 0) -> int:
        """A whole number."""
        value = self.number(*names, default=default, least=least)
        if value != int(value):
            raise refuse(names[0], f"{value:g} is not a whole number")
        return int(value)

    def patience(self, *names: str) -> float:
        """Mean patience in seconds; none given, null or "inf" means that nobody gives up."""
        name, raw = self._find(names, None)
        if raw is None or (isinstance(raw, str) and raw.strip().lower() in ("inf", "infinity", "never")):
            return math.inf
        value = _float(name, raw)
        if math.isnan(value) or value < 0:
            raise refuse(name, "a time, or nothing for endless patience")
        return value

    def raw(self, name: str) -> Any:
        """The value as it is; refused when missing."""
        return self._find((name,), _REQUIRED)[1]

    def _find(self, names: tuple[str, ...], default: Any) -> tuple[str, Any]:
        for name in names:
            if self.values.get(name) not in (None, ""):
                return name, self.values[name]
        if default is _REQUIRED:
            raise refuse(names[0], "is missing")
        return names[0], default


def _float(name: str, raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise refuse(name, "a number is needed")
    try:
        return float(raw.strip().replace(",", ".")) if isinstance(raw, str) else float(raw)
    except (ValueError, OverflowError):
        raise refuse(name, f"`{str(raw)[:40]}` is no number") from None


def told(error: Refusal) -> dict[str, object]:
    """A refusal as a program reads it."""
    return {"reason": error.reason.name, "message": error.message, **error.facts}
