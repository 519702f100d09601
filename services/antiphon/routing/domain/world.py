"""What a step may know of the tenant besides the scheme: calendars, caller lists, and who may call at all.

What a scheme mentions and the world lacks was deleted after publishing. Routing then chooses the kinder way
and notes it in the decision: an unknown calendar is open, an unknown list names nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from antiphon.routing.domain.calendars import Calendar
from antiphon.routing.domain.lists import Callers, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    lists: Mapping[str, Callers] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
