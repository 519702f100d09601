"""Hashing: Argon2id in a thread, a few at a time, and equally long whether the person exists or not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from importlib import resources
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from antiphon.directory.domain import passwords

if TYPE_CHECKING:
    from antiphon.directory.domain.passwords import About
    from antiphon.directory.settings import Settings

_AT_ONCE = 2
"""Each hash takes a core and tens of megabytes."""


def common_passwords() -> frozenset[str]:
    """The list of `domain/common_passwords.txt`."""
    text = resources.files("antiphon.directory.domain").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


class Passwords:
    """Makes and checks hashes, and applies the policy to new passwords."""

    def __init__(self, settings: Settings) -> None:
        self._hasher = PasswordHasher(settings.password_rounds, settings.password_memory_kib, parallelism=1)
        self._nobodys = self._hasher.hash("the password of nobody")
        self._common = common_passwords()
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def verify(self, stored: str, password: str) -> bool:
        """True when `password` belongs to the hash. Without a hash it takes as long and is false."""
        usable = len(password) <= passwords.LONGEST
        matches = await self._matches(stored or self._nobodys, password if usable else "")
        return matches and usable and bool(stored)

    async def fresh(self, password: str, about: About, old: Iterable[str] = ()) -> str:
        """The hash of a new password. Raises WEAK_PASSWORD with the rule."""
        password = passwords.normal(password)
        rule = passwords.weakness(password, about, self._common)
        if rule:
            raise passwords.refuse(rule)
        for stored in old:
            if await self._matches(stored, password):
                raise passwords.refuse("reused")
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _matches(self, stored: str, password: str) -> bool:
        async with self._turn:
            try:
                return await asyncio.to_thread(self._hasher.verify, stored, passwords.normal(password))
            except (VerificationError, InvalidHashError):
                return False
