"""People, and what their cards lean on: the tenant (its last owner) and its numbers (caller IDs).

A transaction that relies on something not changing meanwhile claims it: the claim is a write, so two of them at once
conflict, and the later one is run again and sees what the first one did.
"""

from __future__ import annotations

from antiphon.directory.domain.permissions import Role
from antiphon.directory.v1.directory_pb2 import Number, Person, Tenant

from .records import Records


class Tenants(Records[Tenant]):
    async def claim(self) -> None:
        """Takes the tenant's owners one transaction at a time."""
        await self._claim({"_id": self._tenant})


class People(Records[Person]):
    async def claim(self, person_id: str) -> Person:
        """A person who stays as they are until the transaction ends. Raises NOT_FOUND."""
        await self._claim({"_id": person_id})
        return await self.get(person_id)

    async def by_name(self, most: int, *, disabled: bool) -> list[Person]:
        """People by name, with or without those that left."""
        return await self.all(most, "name_key", {} if disabled else {"disabled": False})

    async def other_owners(self, person_id: str) -> int:
        """How many owners who may sign in there are beside this person."""
        return await self._count({"roles": int(Role.OWNER), "disabled": False, "_id": {"$ne": person_id}})

    async def by_email(self, email: str) -> Person | None:
        """Whose sign-in name this is in the tenant."""
        found = await self.all(1, where={"email": email})
        return found[0] if found else None

    async def at_extension(self, extension: str) -> Person | None:
        """Who has this extension."""
        found = await self.all(1, where={"extension": extension, "disabled": False})
        return found[0] if found else None

    async def calling_from(self, e164: str) -> int:
        """How many people have this number as their caller ID."""
        return await self._count({"caller_id": e164, "disabled": False})


class Numbers(Records[Number]):
    async def claim(self, e164: str) -> bool:
        """True when the number is the tenant's own, and stays so until the transaction ends."""
        return await self._claim({"e164": e164})

    async def over(self, trunk_id: str) -> int:
        """How many numbers come in over this trunk."""
        return await self._count({"trunk_id": trunk_id})

    async def of(self, e164s: list[str]) -> list[Number]:
        """Those of these numbers that are the tenant's own."""
        return await self.all(len(e164s), "e164", {"e164": {"$in": e164s}})

    async def first(self, *, outbound: bool) -> Number | None:
        """The tenant's oldest number, or the oldest that may originate."""
        found = await self.all(1, "_id", {"inbound_only": {"$ne": True}} if outbound else None)
        return found[0] if found else None
