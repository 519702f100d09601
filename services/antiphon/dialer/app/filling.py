"""Keeps the hopper of a running campaign filled: new lists, retries, callbacks, changed weights.

Everything is read once; from then on what was touched since, with some overlap, for writers have clocks of their own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from antiphon.dialer.app.world import World, seconds
from antiphon.dialer.domain.hopper import Entry, Hopper, Line

_OVERLAP = timedelta(seconds=10)


class Filling:
    def __init__(self, world: World, tenant: str, campaign_id: str) -> None:
        self._world = world
        self._tenant = tenant
        self._campaign_id = campaign_id
        self.hopper = Hopper()
        self._seen_until: datetime | None = None
        self._known: dict[int, int] = {}
        """Contacts that will be read once more → as they were read."""
        self._rested = False
        """A list was put aside: who is in it was forgotten."""

    def read_anew(self) -> None:
        self.hopper, self._seen_until, self._known = Hopper(), None, {}

    async def refill(self, now: datetime) -> None:
        """New lists, retries and callbacks come into the hopper; weights follow."""
        store, first = self._world.store, self._seen_until is None
        since = None if self._seen_until is None else self._seen_until - _OVERLAP
        if first:
            await self._strand(now)
        lines = await self._changed(since, now)
        self._seen_until = now
        lists = await store.contacts.lists(self._tenant, self._campaign_id)
        weights = {one["_id"]: one["weight"] for one in lists if one["done"] and not one.get("resting")}
        for list_id in set(self.hopper.lines) - set(weights):
            self.hopper.remove(list_id)
        self._rested = self._rested or any(one.get("resting") for one in lists)
        if self._rested and set(weights) - set(self.hopper.lines):  # one that rested is read anew with all others
            self._rested = False
            self.read_anew()
            return
        for list_id in weights:
            if list_id not in self.hopper.lines:
                self.hopper.put(list_id, Line(lines.pop(list_id, ())), weights[list_id])
            for entry in lines.pop(list_id, ()):
                self.hopper.lines[list_id].add(entry, seconds(now))
        self.hopper.weigh(weights)
        resting = {one["_id"] for one in lists if one.get("resting")}
        lines = {list_id: entries for list_id, entries in lines.items() if list_id not in resting}
        if lines:  # of a list that is being imported: looked at again when it is there
            self._known = {seq: rev for seq, rev in self._known.items() if seq not in _seqs(lines)}
            self._seen_until = since or now

    async def _changed(self, since: datetime | None, now: datetime) -> dict[str, list[Entry]]:
        """Who came or changed since, by list; each of them once, however often it is read."""
        lines: dict[str, list[Entry]] = {}
        fresh: dict[int, int] = {}
        async for contact in self._world.store.contacts.changed(self._campaign_id, since):
            if contact["touched"] >= now - 2 * _OVERLAP:  # it will be read once more
                fresh[contact["seq"]] = contact["rev"]
            if self._known.get(contact["seq"]) != contact["rev"]:
                lines.setdefault(contact["list"], []).append(_entry(contact))
        self._known = fresh
        return lines

    async def _strand(self, now: datetime) -> None:
        """Contacts marked as being dialled without a live attempt: the process died between the two."""
        store = self._world.store
        live = {one["contact"] for one in await store.attempts.live(self._campaign_id)}
        for contact in await store.contacts.stranded(self._campaign_id):
            if contact["_id"] not in live:
                await store.contacts.change(contact["_id"], {"state": "ready"}, now)


def _entry(contact: dict[str, Any]) -> Entry:
    return Entry(
        contact["seq"], contact["priority"], contact["attempts"], float(contact["due"]), bool(contact["callback"])
    )


def _seqs(lines: dict[str, list[Entry]]) -> set[int]:
    return {entry.seq for entries in lines.values() for entry in entries}
