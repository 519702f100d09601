"""What outlives a process, a clock that jumps, a customer who hangs up; and the past as the command line tells it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from antiphon.acd.__main__ import serve as acd_serve
from antiphon.acd.store import Store
from antiphon.acd.tests.test_service import Centre, new_centre, patiently
from antiphon.acd.v1 import acd_pb2 as pb
from antiphon.acd.v1.acd_pb2_grpc import AcdServiceStub
from antiphon.acd.world import Told
from antiphon.directory.__main__ import serve as directory_serve
from antiphon.kit.bus import Bus
from antiphon.kit.clock import system_clock
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask
from antiphon.kit.protos import timestamp
from antiphon.kit.service import Runtime
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running

pytestmark = pytest.mark.service


class Jumping:
    """A clock that can be put back."""

    def __init__(self) -> None:
        self.behind = timedelta(0)

    def __call__(self) -> datetime:
        return system_clock() - self.behind


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def directory(platforms: dict[str, Platform]) -> AsyncIterator[None]:
    async with running({"directory": directory_serve}, platforms):
        yield


def tenant_of(centre: Centre, runtime: Runtime) -> str:
    return str(runtime.verifier.verify(dict(centre.owner)["authorization"].removeprefix("Bearer ")).tenant)


async def state_of(centre: Centre, item_id: str) -> int:
    found = await patiently(lambda: ask(centre.acd.Explain, pb.ExplainRequest(item_id=item_id), centre.owner))
    return int(found.item.state)


async def test_why_me_is_still_answered_after_a_restart(
    directory: None, platforms: dict[str, Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The offer was made before the last snapshot; its reasons are in it."""
    monkeypatch.setenv("ANTIPHON_ACD_SNAPSHOT_ENTRIES", "1")
    async with running({"acd": acd_serve}, platforms) as started:
        centre = await new_centre(started["acd"], "why@acd.example")
        await centre.be(0, pb.AGENT_STATE_READY)
        await centre.enqueue("why-1", "voice")
        before = (await centre.work(0)).offers[0]
        assert before.decision.rule == "longest_idle"
        store, tenant = Store(started["acd"].database()), tenant_of(centre, started["acd"])

        async def is_kept() -> bool:
            kept = await store.load_snapshot(tenant)
            return kept is not None and "why-1" in kept[1]["decisions"]

        await eventually(is_kept)
    monkeypatch.setenv("ANTIPHON_ACD_SNAPSHOT_ENTRIES", "500")
    async with running({"acd": acd_serve}, platforms) as started:
        centre = replace(centre, acd=AcdServiceStub(started["acd"].peers.channel("acd")))
        assert (await centre.work(0)).offers[0] == before
        asked = pb.ExplainRequest(item_id="why-1")
        explained = await patiently(lambda: ask(centre.acd.Explain, asked, centre.agents[0][1]))
        assert explained.decision == before.decision
        accept = pb.AcceptRequest(item_id="why-1", version=before.version)
        assert (await ask(centre.acd.Accept, accept, centre.agents[0][1])).item.state == pb.ITEM_STATE_CONNECTED


async def test_a_clock_that_jumps_back_stops_nothing(directory: None, platforms: dict[str, Platform]) -> None:
    """Moments never run backwards inside a brain: an offer lasts, the order stays, nobody is thrown out."""
    clock = Jumping()
    async with running({"acd": acd_serve}, platforms, clock) as started:
        centre = await new_centre(started["acd"], "clock@acd.example")
        first = await centre.enqueue("clock-1")
        clock.behind = timedelta(seconds=25)
        second = await centre.enqueue("clock-2")
        moments = [answer.item.enqueued_at.ToDatetime() for answer in (first, second)]
        assert moments == sorted(moments)
        assert await centre.waiting() == ["clock-1", "clock-2"]
        await centre.be(0, pb.AGENT_STATE_READY)
        offer = (await centre.work(0)).offers[0]
        assert offer.item_id == "clock-1"
        assert offer.expires_at.ToDatetime() > offer.offered_at.ToDatetime() >= moments[0]
        accept = pb.AcceptRequest(item_id="clock-1", version=offer.version)
        assert (await ask(centre.acd.Accept, accept, centre.agents[0][1])).item.state == pb.ITEM_STATE_CONNECTED


async def test_a_callback_at_a_time_comes_into_line_then_and_is_tried_again(
    directory: None, platforms: dict[str, Platform]
) -> None:
    async with running({"acd": acd_serve}, platforms) as started:
        centre = await new_centre(started["acd"], "callback@acd.example")
        me, agent = centre.agents[0]
        rules = pb.Policy(callback_tries=2)
        rules.callback_retry.FromMilliseconds(1_000)
        await patiently(lambda: ask(centre.acd.PutPolicy, pb.PutPolicyRequest(policy=rules), centre.owner))
        await centre.be(0, pb.AGENT_STATE_READY)
        soon = system_clock() + timedelta(seconds=2)
        request = pb.EnqueueRequest(
            item_id="back-1",
            queue_id=centre.queue_id,
            channel="voice",
            subject="callback:1",
            not_before=timestamp(soon),
        )
        for _ in range(2):
            answer = await patiently(lambda: ask(centre.acd.Enqueue, request, centre.own))
            assert (answer.item.callback, answer.position) == (True, 0)
        for attempt in (1, 2):
            await eventually(lambda: offered(centre, "back-1"))
            offer = (await centre.work(0)).offers[0]
            assert offer.offered_at.ToDatetime(UTC) >= soon - timedelta(milliseconds=1), "not before its time"
            connect = pb.ConnectOfferRequest(item_id="back-1", version=offer.version, agent_id=me)
            await ask(centre.acd.ConnectOffer, connect, centre.own)
            in_vain = pb.FailCallbackRequest(item_id="back-1", agent_id=me)
            for _ in range(2):
                after = await ask(centre.acd.FailCallback, in_vain, centre.own)
                assert after.item.state == (pb.ITEM_STATE_SCHEDULED if attempt == 1 else pb.ITEM_STATE_ABANDONED)
        assert not (await centre.work(0)).items, "the agent is free again"

        await centre.be(0, pb.AGENT_STATE_NOT_READY)
        await centre.enqueue("back-2", "voice")
        later = pb.RequestCallbackRequest(item_id="back-2", at=timestamp(system_clock() + timedelta(seconds=1)))
        asked = await ask(centre.acd.RequestCallback, later, centre.own)
        assert (asked.item.state, asked.item.callback) == (pb.ITEM_STATE_SCHEDULED, True)
        assert await centre.waiting() == []
        await centre.be(0, pb.AGENT_STATE_READY)
        await eventually(lambda: offered(centre, "back-2"))
        with pytest.raises(DomainError) as refused:
            await ask(centre.acd.RequestCallback, later, agent)
        assert refused.value.reason.name == "DENIED", "channels ask for callbacks, agents do not"


async def offered(centre: Centre, item_id: str) -> bool:
    return [offer.item_id for offer in (await centre.work(0)).offers] == [item_id]


async def antiphon(*words: str) -> tuple[int, str]:
    """The command line, as an operator types it."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "antiphon", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await child.communicate()
    return child.returncode or 0, said.decode()


async def test_a_live_journal_is_exported_checked_replayed_and_explained(
    directory: None, platforms: dict[str, Platform], tmp_path: Path
) -> None:
    file = str(tmp_path / "journal.jsonl")
    async with running({"acd": acd_serve}, platforms) as started:
        centre = await new_centre(started["acd"], "journal@acd.example")
        tenant = tenant_of(centre, started["acd"])
        agent = centre.agents[0][1]
        await centre.enqueue("told-1")
        await centre.be(0, pb.AGENT_STATE_READY)
        offer = (await centre.work(0)).offers[0]
        await ask(centre.acd.Accept, pb.AcceptRequest(item_id="told-1", version=offer.version), agent)
        await ask(centre.acd.Release, pb.ReleaseRequest(item_id="told-1", disposition="done"), agent)
        nats = platforms["acd"].nats_url
        code, said = await antiphon("acd", "journal", tenant, "--out", file, "--nats", nats)
        assert code == 0, said
        code, said = await antiphon("acd", "journal", "tn_nobody", "--out", f"{file}.none", "--nats", nats)
        assert (code, "0 entries" in said) == (0, True), said
    promised = tmp_path / "promised"
    promised.write_text("told-1\n")
    code, said = await antiphon("acd", "check", file, "--promised", str(promised), "--json")
    assert code == 0, said
    found = json.loads(said.strip().splitlines()[-1])
    assert (found["items"], found["accepted"], found["lost"], found["doubled"]) == (1, 1, 0, 0)
    code, said = await antiphon("acd", "replay", file)
    assert (code, "0 otherwise" in said) == (0, True), said
    code, said = await antiphon("acd", "explain", "told-1", file, "--json")
    steps = [json.loads(line)["what"] for line in said.strip().splitlines()]
    assert steps == [
        "WorkQueued", "waits", "WorkOffered", "OfferEnded", "WorkAccepted", "WrapUpStarted", "WorkCompleted"
    ]  # fmt: skip
    torn = (await asyncio.to_thread(Path(file).read_text))[:-40]
    (tmp_path / "torn").write_text(torn)
    assert (await antiphon("acd", "check", str(tmp_path / "torn")))[0] == 1
    code, said = await antiphon("acd", "journal", tenant, "--out", file, "--nats", "nats://127.0.0.1:1")
    assert code == 2, said


async def test_who_ends_in_order_leaves_nothing_to_be_decided_again(
    directory: None, platforms: dict[str, Platform]
) -> None:
    """A successor of another release, which would decide otherwise, begins with what was decided."""
    async with running({"acd": acd_serve}, platforms) as started:
        centre = await new_centre(started["acd"], "leaves@acd.example")
        await centre.enqueue("leaves-1")
        tenant = tenant_of(centre, started["acd"])
        bus = await started["acd"].bus()
        told = await Told.open(bus)

        async def all_is_told() -> bool:
            last = await bus.js.get_last_msg("acd_journal", f"acd.journal.*.{tenant}")
            return await told.told(tenant) == last.seq

        await eventually(all_is_told, within=30)
    async with running({"acd": acd_serve}, platforms) as started:
        kept = await Store(started["acd"].database()).load_snapshot(tenant)
        assert kept is not None
        assert [item["item_id"] for item in kept[1]["brain"]["items"]] == ["leaves-1"]
        centre = replace(centre, acd=AcdServiceStub(started["acd"].peers.channel("acd")))
        assert await centre.waiting() == ["leaves-1"]


async def test_what_a_newer_release_wrote_is_left_to_it(directory: None, platforms: dict[str, Platform]) -> None:
    """The shard is let go, the other tenants are served, and nothing is written behind what was not understood."""
    async with running({"acd": acd_serve}, platforms) as started:
        centre = await new_centre(started["acd"], "newer@acd.example")
        other = await new_centre(started["acd"], "older@acd.example")
        tenant, bus = tenant_of(centre, started["acd"]), await started["acd"].bus()
        own = await bus.js.get_last_msg("acd_journal", f"acd.journal.*.{tenant}")
    newer = await Bus.connect(platforms["acd"], "newer")
    entry = {"id": "jn_newer", "at": 1, "inputs": [{"kind": "Unheard"}], "effects": [[]], "v": 1}
    written = await newer.js.publish(own.subject or "", json.dumps(entry).encode())
    async with running({"acd": acd_serve}, platforms) as started:
        other = replace(other, acd=AcdServiceStub(started["acd"].peers.channel("acd")))
        assert await other.waiting() == []
        with pytest.raises(DomainError) as refused:
            await ask(replace(centre, acd=other.acd).acd.GetMyWork, pb.GetMyWorkRequest(), centre.agents[0][1])
        assert refused.value.retry
    assert (await newer.js.get_last_msg("acd_journal", own.subject or "")).seq == written.seq
    await newer.close()
