"""`antiphon trace`: everything that services keep of a call, in order of time, with the gaps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from antiphon.up import trace
from antiphon.up.client import Problem

pytestmark = pytest.mark.domain

CALL = "cl_01jd5w8s3k4vq2z6y7m8n9p0qr"
ANSWERS: dict[str, dict[str, Any]] = {
    f"/calls/{CALL}": {
        "call": {
            "id": CALL, "direction": "DIRECTION_INBOUND", "caller": "+380501112233", "called": "+380443902020",
            "started_at": "2026-11-22T10:00:00Z", "ended_at": "2026-11-22T10:00:30Z", "outcome": "answered",
            "talked": "20s", "item_id": "wi_1",
            "legs": [
                {"id": "A", "role": "caller", "trunk_id": "tr_1", "started_at": "2026-11-22T10:00:00Z",
                 "answered_at": "2026-11-22T10:00:00.100Z", "ended_at": "2026-11-22T10:00:30Z", "ended_by": "caller",
                 "quality": {"mos": 4.4}},
            ],
        }
    },
    f"/calls/{CALL}/ladder?purpose=LISTENING_PURPOSE_QUALITY&reason=antiphon+trace": {
        "trace_id": "ab" * 16,
        "messages": [
            {"at": "2026-11-22T10:00:00.002Z", "leg_id": "A", "line": "INVITE sip:+380443902020@x SIP/2.0",
             "sequence": "1 INVITE", "has_sdp": True, "sip_call_id": "sip-1"},
            {"at": "2026-11-22T10:00:30.001Z", "leg_id": "A", "line": "BYE sip:x SIP/2.0", "sequence": "2 BYE",
             "reason": "Q.850;cause=16"},
        ],
        "steps": [{"at": "2026-11-22T10:00:00.200Z", "state": "CALL_STATE_QUEUED"}],
    },
    f"/waits/call:{CALL}": {
        "steps": [{"at": "2026-11-22T10:00:05Z", "what": "WorkOffered", "agent_id": "pe_1", "facts": {"version": "2"}}]
    },
    f"/recordings?call_id={CALL}": {
        "recordings": [{"id": "re_1", "started_at": "2026-11-22T10:00:10Z", "length": "20s", "bytes": "4000"}]
    },
}  # fmt: skip


async def answered(path: str) -> dict[str, Any]:
    if path not in ANSWERS:
        raise Problem(403, {"reason": "DENIED", "detail": "the right 'billing.read' is needed"})
    return ANSWERS[path]


async def test_a_story_is_in_order_with_its_gaps_and_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "edge").mkdir()
    (tmp_path / "antiphon.log").write_text(
        f'{{"at": "2026-11-22T10:00:07.5+00:00", "level": "warning", "log": "media", "message": "a slow engine", '
        f'"call_id": "{CALL}", "engine": "e1"}}\n'
        '{"at": "2026-11-22T10:00:08+00:00", "level": "info", "log": "media", "message": "another call"}\n'
        f"not json {CALL}\n"
    )
    (tmp_path / "edge" / "kamailio.log").write_text(" 3(77) WARNING: {1 1 INVITE sip-1} media replica down\n")
    story = await trace.tell(CALL, answered, tmp_path)
    rows = [(row["time"], row["after"], row["where"]) for row in story.rows()]
    assert [where for _, _, where in rows] == [
        "call", "leg A", "SIP A ←", "leg A", "call", "acd", "log media", "recording", "leg A", "record", "SIP A ←",
        "log antiphon", "log kamailio",
    ]  # fmt: skip
    assert rows[5][:2] == ("10:00:05.000", "4,800 ms ←")
    what = {str(row["where"]): str(row["what"]) for row in story.rows()}
    assert what["log media"] == "warning: a slow engine engine e1"
    assert what["acd"] == "WorkOffered pe_1, version 2"
    assert what["SIP A ←"] == "BYE sip:x SIP/2.0 [2 BYE] (Q.850;cause=16)"
    assert what["leg A"].endswith("MOS 4.40")
    assert story.trace_id == "ab" * 16
    assert list(story.missing) == ["billing"]


async def test_a_call_that_nobody_knows_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem):
        await trace.tell("cl_none", answered, tmp_path)


async def test_the_ledger_ends_the_story(tmp_path: Path) -> None:
    charges = {
        "calls": [{
            "record": {"key": f"{CALL}:L1", "ended_at": "2026-11-22T10:00:30Z"}, "charge": "CALL_CHARGE_BILLED",
            "cost": {"micros": "1220000", "currency": "UAH"}, "why": ["61 s at 1.20"],
        }],
        "entries": [{
            "at": "2026-11-22T10:00:31Z", "operation": "settle", "amount": {"micros": "1220000", "currency": "UAH"},
            "debit": "hold", "credit": "income",
        }],
    }  # fmt: skip

    async def paid(path: str) -> dict[str, Any]:
        return charges if path.startswith("/billing/") else await answered(path)

    story = await trace.tell(CALL, paid, tmp_path)
    last = list(story.rows())[-1]
    assert (last["where"], last["what"]) == ("ledger", "settle 1.2200 UAH hold → income")
    assert any(row["what"] == "billed 1.2200 UAH 61 s at 1.20" for row in story.rows())
    assert not story.missing
