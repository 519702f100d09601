"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from antiphon.kit.tokens import Caller


@dataclass(frozen=True, slots=True)
class Person:
    """A caller and their token, to ask the ACD as them."""

    caller: Caller
    token: str
