"""What is asked for: the filters of history and reports, checked."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sized
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from antiphon.insight.domain.figures import USUAL_SHORT, Figure, Limits
from antiphon.insight.domain.millis import SECOND, Millis
from antiphon.insight.domain.reasons import refuse
from antiphon.insight.domain.report import Filter
from antiphon.kit.clock import to_millis
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.protos import moment
from antiphon.kit.tokens import Caller

EVERYTHING = "calls.read"
_DAY: Millis = 86_400 * SECOND
MOST_DAYS = 400
_MOST_WORDS = 500


@dataclass(frozen=True, slots=True)
class Question:
    """One question about the history."""

    since: Millis
    until: Millis
    wanted: Filter
    sorts: frozenset[int] = frozenset()
    contact: str = ""
    party: str = ""
    least: Millis = 0
    most: Millis = 0
    figure: Figure | None = None
    limits: Limits = field(default_factory=Limits)
    only: str = ""
    """An agent who sees only his own."""
    after: tuple[Millis, str] | None = None


def question(caller: Caller, request: Any, now: Millis, promises: dict[str, Millis]) -> Question:
    """Raises INVALID, and DENIED for who may see neither all nor any of his own."""
    since, until = span(request, now)
    if request.least_seconds < 0 or request.most_seconds < 0:
        raise refuse("least_seconds", "a length is not negative")
    may_all = caller.may(EVERYTHING)
    if not may_all and not caller.person_id:
        raise DomainError(Common.DENIED, permission=EVERYTHING)
    return Question(
        since,
        until,
        wanted(caller, request),
        sorts=frozenset(request.sorts),
        contact=request.contact_id,
        party=request.party.strip()[:100],
        least=request.least_seconds * SECOND,
        most=request.most_seconds * SECOND,
        figure=Figure(request.behind) if request.behind else None,
        limits=limits(request, promises, USUAL_SHORT if not request.short_seconds else request.short_seconds * SECOND),
        only="" if may_all else caller.person_id,
        after=after(getattr(request, "page", "")),
    )


def span(request: Any, now: Millis, days: int = 1) -> tuple[Millis, Millis]:
    """The span asked for; the last day or so many when there is none. Raises INVALID."""
    until = to_millis(moment(request.until)) if request.HasField("until") else now
    since = to_millis(moment(request.since)) if request.HasField("since") else until - days * _DAY
    if not timedelta() < timedelta(milliseconds=until - since) <= timedelta(days=MOST_DAYS):
        raise refuse("since", f"a span of at most {MOST_DAYS} days")
    return since, until


def few(*lists: Sized) -> None:
    """Raises INVALID."""
    if any(len(one) > _MOST_WORDS for one in lists):
        raise refuse("queue_ids", f"at most {_MOST_WORDS} of a kind")


def wanted(caller: Caller, request: Any) -> Filter:
    """The filter, narrowed to the projects that the caller may see."""
    few(request.queue_ids, request.agent_ids, request.channels, request.results, request.tags, request.campaign_ids)
    return Filter(
        queues=frozenset(request.queue_ids),
        agents=frozenset(request.agent_ids),
        channels=frozenset(request.channels),
        directions=frozenset(request.directions),
        results=frozenset(request.results),
        tags=frozenset(request.tags),
        projects=projects(caller, request.project_id),
        campaigns=frozenset(request.campaign_ids),
    )


def projects(caller: Caller, project_id: str) -> frozenset[str]:
    """The one asked for, or all that the caller may see; empty is all there are. Raises NOT_FOUND."""
    if not project_id:
        return frozenset(caller.projects)
    if not caller.sees_project(project_id):
        raise DomainError(Common.NOT_FOUND, project=project_id)
    return frozenset({project_id})


def limits(request: Any, promises: dict[str, Millis], short: Millis) -> Limits:
    """Raises INVALID."""
    if request.within_seconds < 0 or short < 0:
        raise refuse("within_seconds", "a limit is not negative")
    return Limits(request.within_seconds * SECOND, short, promises)


def page(at: Millis, about: str) -> str:
    """Where the next page begins."""
    return base64.urlsafe_b64encode(f"{at}/{about}".encode()).decode().rstrip("=")


def after(text: str) -> tuple[Millis, str] | None:
    """What `page` said. Raises INVALID."""
    if not text:
        return None
    try:
        at, _, about = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("/")
        return int(at), about
    except (ValueError, binascii.Error):
        raise refuse("page", "not from an answer before") from None
