"""What media stores is told once a day, whatever the clock does and whoever dies; days are virtual."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from antiphon.kit import mongo
from antiphon.kit.clock import SettableClock
from antiphon.kit.measuring import Measuring
from antiphon.kit.mongo import Database
from antiphon.kit.outbox import Outbox
from antiphon.kit.protos import timestamp
from antiphon.kit.settings import Platform
from antiphon.kit.vault import Files, Vault
from antiphon.media.store import COLLECTIONS, INDEXES, FaxStore, SoundStore
from antiphon.media.store.sounds import RECORDING
from antiphon.media.v1 import media_pb2 as pb
from antiphon.media.v1.events_pb2 import StorageMeasured

pytestmark = pytest.mark.service
SOUND, FAX = 300_000, 4_321


class House:
    """Two tenants' sounds and faxes, and what was told of their size."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db, self.clock = db, SettableClock(datetime(2026, 5, 20, 0, 5, tzinfo=UTC))
        self.outbox = Outbox(db)
        files = Files(db, Vault(db, None, self.clock))
        self.sounds, self.faxes = SoundStore(db, self.outbox, files), FaxStore(db, self.outbox, files)
        self.file = folder / "sound.ogg"
        self.file.write_bytes(bytes(SOUND))

    def replica(self) -> Measuring:
        return Measuring(self.db, self.outbox, self.clock, StorageMeasured, ("sounds", "faxes"))

    async def record(self, tenant: str, name: str) -> None:
        it = pb.Recording(id=name, call_id="cl_1", started_at=timestamp(self.clock()))
        await self.sounds.add_recording(tenant, it, self.file, [], self.clock())

    async def told(self) -> list[tuple[str, str, int]]:
        """(tenant, day, bytes) of every fact."""
        found = await self.db.outbox.find({"subject": {"$regex": "StorageMeasured"}}).to_list(None)
        facts = [(one["subject"].split(".")[4], StorageMeasured.FromString(one["data"])) for one in found]
        return sorted((tenant, fact.day, fact.bytes) for tenant, fact in facts)


@pytest.fixture
async def house(platforms: dict[str, Platform], tmp_path: Path) -> House:
    db = mongo.database(platforms["media"], "measuring")
    await db.client.drop_database(db.name)
    await mongo.migrate(db, INDEXES, COLLECTIONS)
    return House(db, tmp_path)


async def test_each_day_is_told_once_and_what_is_deleted_is_not_stored(house: House) -> None:
    await house.record("tn_a", "rc_1")
    await house.record("tn_a", "rc_2")
    fax = pb.Fax(id="fx_1", at=timestamp(house.clock()), status=pb.FAX_STATUS_RECEIVED)
    await house.faxes.add("tn_b", fax, bytes(FAX), house.clock(), None)
    first = await asyncio.gather(*(house.replica().measure() for _ in range(5)))
    assert sum(first) == 1, "replicas that begin a day at once"
    expected = [("tn_a", "2026-05-20", 2 * SOUND), ("tn_b", "2026-05-20", FAX)]
    assert await house.told() == expected

    house.clock.forward(hours=23, minutes=54)
    await house.record("tn_b", "rc_3")
    assert not await house.replica().measure(), "still the same day"
    house.clock.forward(minutes=2)
    await house.sounds.delete(await house.sounds.find("tn_a", RECORDING, "rc_1"), house.clock())
    await house.faxes.delete("fx_1")
    assert await house.replica().measure()
    expected = sorted([*expected, ("tn_a", "2026-05-21", SOUND), ("tn_b", "2026-05-21", SOUND)])
    assert await house.told() == expected

    house.clock.forward(days=3)  # nobody ran on the 22nd and 23rd
    await house.sounds.delete(await house.sounds.find("tn_b", RECORDING, "rc_3"), house.clock())
    assert await house.replica().measure()
    expected = sorted([*expected, ("tn_a", "2026-05-24", SOUND)])
    assert await house.told() == expected, "days that nobody measured are not made up, and nothing stored is no fact"

    for days in (-3, 3, 30, -30, 1):  # the clock jumps back, forth, a month ahead, back again, and a day begins
        house.clock.forward(days=days)
        await house.replica().measure()
    told = [day for _, day, _ in await house.told()]
    assert sorted(set(told)) == ["2026-05-20", "2026-05-21", "2026-05-24", "2026-05-25", "2026-06-23"]
    assert len(told) == len(expected) + 2, "no day twice"


async def test_who_dies_while_measuring_has_told_all_or_nothing(house: House) -> None:
    for number in range(3):
        await house.record(f"tn_{number}", f"rc_{number}")
    kills = 0
    for attempt in range(30):
        day = house.clock.forward(days=1).date().isoformat()
        work = asyncio.ensure_future(house.replica().measure())
        await asyncio.wait([work], timeout=attempt * 0.0004)
        kills += not work.done()
        work.cancel()
        await asyncio.wait([work])
        await house.replica().measure()  # whoever comes next
        assert [one for one in await house.told() if one[1] == day] == [
            (f"tn_{number}", day, SOUND) for number in range(3)
        ]
    assert kills, "nobody died: nothing is proved"
