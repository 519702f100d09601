"""Client projects inside a tenant: who is tied to some of them neither sees nor changes anything of the others.

A caller without projects works for the whole tenant. Records without a project belong to the whole tenant: of these a
tied caller sees colleagues, because work is passed to them, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from antiphon.kit.errors import Common, DomainError
from antiphon.kit.tokens import Caller


def sees_person(caller: Caller, person_id: str, project_ids: Sequence[str]) -> bool:
    """Colleagues of the same projects, those who work for all, and oneself."""
    return (
        not caller.projects
        or not project_ids
        or caller.person_id == person_id
        or any(project in caller.projects for project in project_ids)
    )


def require_inside(caller: Caller, project_ids: Sequence[str]) -> None:
    """Raises DENIED when a tied caller would touch what is not wholly inside its projects."""
    if caller.projects and not (project_ids and set(project_ids) <= set(caller.projects)):
        raise DomainError(Common.DENIED, "this belongs to other client projects")


def require_untied(caller: Caller) -> None:
    """Raises DENIED for callers tied to client projects."""
    if caller.projects:
        raise DomainError(Common.DENIED, "callers tied to client projects may not do this")
