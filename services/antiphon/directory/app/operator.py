"""Whose installation this is: what the roles of people say in their tokens depends on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from antiphon.directory.domain import permissions

if TYPE_CHECKING:
    from antiphon.directory.store import Store

FIRST = "first"


class Operator:
    """Knows the operator's own company: named by its id, the one that signed up first, or nobody."""

    def __init__(self, store: Store, named: str) -> None:
        self._store = store
        self._tenant = "" if named == FIRST else named
        self._first = named == FIRST

    async def permissions(self, tenant: str, roles: Iterable[int]) -> frozenset[str]:
        """What a token of this tenant may say of these roles."""
        if self._first and not self._tenant:
            self._tenant = await self._store.doors.first_tenant()
        return permissions.held(roles, at_operator=tenant == self._tenant)
