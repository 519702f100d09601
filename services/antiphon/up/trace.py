"""`antiphon trace CALL`: a call's life from the edge to the ledger, out of what each service keeps of it.

Everything but log lines is asked over REST, so it works against any installation with an address and somebody's
sign-in; what he may not see is left out, and said. Log lines (of the services, by the call's id, its work item and its
trace; of Kamailio, by Call-ID) are read where this machine has the files.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from antiphon.kit import show
from antiphon.kit.clock import EPOCH
from antiphon.up import demo_tenant
from antiphon.up.client import Agent, Problem
from antiphon.up.settings import Trace

_LONG_MS = 1000.0
_WHY = "?purpose=LISTENING_PURPOSE_QUALITY&reason=antiphon+trace"
"""Looking into somebody's call has a reason; it is noted."""
_QUIET = frozenset({"at", "level", "log", "message", "traceback", "tenant", "call_id", "trace", "service"})
Ask = Callable[[str], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened to the call, and who says so."""

    at: datetime
    where: str
    what: str


@dataclass(slots=True)
class Story:
    """All of it."""

    call: dict[str, Any] = field(default_factory=dict)
    trace_id: str = ""
    lines: list[Line] = field(default_factory=list)
    timeless: list[Line] = field(default_factory=list)
    """Log lines that do not say when."""
    missing: dict[str, str] = field(default_factory=dict)
    """Whom there is nothing from, and why."""

    def rows(self) -> Iterator[dict[str, object]]:
        """In order of time, each with what passed since the one before; more than a second is marked."""
        before: datetime | None = None
        for line in sorted(self.lines, key=lambda one: one.at):
            gap = (line.at - before) / timedelta(milliseconds=1) if before is not None else 0.0
            mark = " ←" if gap > _LONG_MS else ""
            at = line.at.astimezone(UTC).strftime("%H:%M:%S.%f")[:-3]
            yield {"time": at, "after": f"{gap:,.0f} ms{mark}", "where": line.where, "what": line.what}
            before = line.at
        for line in self.timeless:
            yield {"time": "", "after": "", "where": line.where, "what": line.what}


def run(call_id: str, url: str, directory: Path, *, as_json: bool) -> int:
    """Prints the story; 1 when the call is not known, 2 when nobody answers or lets us in."""
    try:
        story = asyncio.run(_told(call_id, url, directory))
    except Problem as problem:
        show.fail(f"{call_id}: {problem}")
        return 1 if problem.status in (400, 404) else 2
    except (httpx.HTTPError, NobodyToAsk) as error:
        show.fail(f"{url}: {error or type(error).__name__}")
        return 2
    call = story.call
    begun = f"{call['started_at'][:10]}, {call.get('outcome') or 'going on'}"
    show.rows(story.rows(), as_json=as_json, title=f"Call {call_id} of {begun}; trace {story.trace_id}")
    for whom, why in story.missing.items():
        show.fail(f"nothing from {whom}: {why}")
    return 0


class NobodyToAsk(Exception):
    """There is no sign-in to ask with."""


async def _told(call_id: str, url: str, directory: Path) -> Story:
    async with Agent(url) as person:
        await _enter(person, directory)
        return await tell(call_id, lambda path: person.call("GET", path), directory)


async def _enter(person: Agent, directory: Path) -> None:
    given, tenant = Trace(), demo_tenant.kept(directory)
    if given.key.get_secret_value():
        person.http.headers["Authorization"] = f"Bearer {given.key.get_secret_value()}"
        return
    owner = next((one for one in tenant.people if one.role == "owner"), None) if tenant else None
    email = given.email or (owner.email if owner else "")
    if not email:
        raise NobodyToAsk("say who asks: ANTIPHON_TRACE_EMAIL and _PASSWORD, or ANTIPHON_TRACE_KEY")
    await person.sign_in(email, given.password.get_secret_value() or (owner.password if owner else ""))


async def tell(call_id: str, ask: Ask, directory: Path) -> Story:
    """The story, from whoever answers. Raises Problem when the call itself is not known."""
    story = Story(call=(await ask(f"/calls/{call_id}"))["call"])
    story.lines += _record(story.call)
    ladder = await _asked(story, "SIP", ask(f"/calls/{call_id}/ladder{_WHY}"))
    story.trace_id = ladder.get("trace_id", "")
    story.lines += _ladder(ladder)
    waits = await _asked(story, "acd", ask(f"/waits/call:{call_id}"))
    story.lines += [_wait(step) for step in waits.get("steps", ())]
    kept = await _asked(story, "recordings", ask(f"/recordings?call_id={call_id}"))
    story.lines += [_recording(it) for it in kept.get("recordings", ())]
    charges = await _asked(story, "billing", ask(f"/billing/calls?call_id={call_id}"))
    story.lines += _charges(story.call, charges)
    names = {call_id, story.trace_id, story.call.get("item_id", ""), *_dialogs(ladder)} - {""}
    await asyncio.to_thread(_read_logs, story, directory, names)
    return story


async def _asked(story: Story, whom: str, answer: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    try:
        return await answer
    except Problem as problem:
        story.missing[whom] = str(problem)
        return {}


def _record(call: dict[str, Any]) -> Iterator[Line]:
    way = call.get("direction", "").removeprefix("DIRECTION_").lower()
    yield Line(_at(call["started_at"]), "call", f"{way} from {call.get('caller', '')} to {call.get('called', '')}")
    for leg in call.get("legs", ()):
        name = f"leg {leg['id']}"
        who = leg.get("person_id") or leg.get("trunk_id") or leg.get("number", "")
        yield Line(_at(leg["started_at"]), name, f"{leg['role']} {who}".strip())
        if "answered_at" in leg:
            yield Line(_at(leg["answered_at"]), name, "answered")
        if "ended_at" in leg:
            code = f", {leg['code']}" if leg.get("code") else ""
            yield Line(_at(leg["ended_at"]), name, f"ended by {leg.get('ended_by', '')}{code}{_sounded(leg)}")
    if "ended_at" in call:
        talked = f", talked {call['talked']}" if "talked" in call else ""
        yield Line(_at(call["ended_at"]), "record", f"{call.get('outcome', '')}{talked}")


def _sounded(leg: dict[str, Any]) -> str:
    quality = leg.get("quality", {})
    parts = [f"MOS {quality['mos']:.2f}"] if quality.get("mos") else []
    parts += [f"loss {quality['loss']:.2%}"] if quality.get("loss") else []
    return f", {', '.join(parts)}" if parts else ""


def _ladder(ladder: dict[str, Any]) -> Iterator[Line]:
    for step in ladder.get("steps", ()):
        yield Line(_at(step["at"]), "call", step["state"].removeprefix("CALL_STATE_").lower())
    for it in ladder.get("messages", ()):
        arrow = "→" if it.get("sent") else "←"
        more = " SDP" if it.get("has_sdp") else ""
        reason = f" ({it['reason']})" if it.get("reason") else ""
        where = f"SIP {it.get('leg_id', '')} {arrow}"
        yield Line(_at(it["at"]), where, f"{it.get('line', '')} [{it.get('sequence', '')}]{more}{reason}")


def _dialogs(ladder: dict[str, Any]) -> set[str]:
    return {it.get("sip_call_id", "") for it in ladder.get("messages", ())}


def _wait(step: dict[str, Any]) -> Line:
    facts = [step["agent_id"]] if step.get("agent_id") else []
    facts += [f"place {step['position']}"] if step.get("position") else []
    facts += [f"{name} {value}" for name, value in {**step.get("waits_because", {}), **step.get("facts", {})}.items()]
    return Line(_at(step["at"]), "acd", f"{step['what']} {', '.join(facts)}".strip())


def _recording(it: dict[str, Any]) -> Line:
    return Line(_at(it["started_at"]), "recording", f"{it['id']}, {it.get('length', '')}, {it.get('bytes', 0)} bytes")


def _charges(call: dict[str, Any], charges: dict[str, Any]) -> Iterator[Line]:
    for it in charges.get("calls", ()):
        over = it["record"].get("ended_at") or call.get("ended_at") or call["started_at"]
        charge = it.get("charge", "").removeprefix("CALL_CHARGE_").lower()
        why = "; ".join([*filter(None, [it.get("reason", "")]), *it.get("why", ())])
        yield Line(_at(over), "billing", f"{charge} {_money(it.get('cost', {}))} {why}".strip())
    for entry in charges.get("entries", ()):
        moved = f"{entry.get('debit', '')} → {entry.get('credit', '')}"
        yield Line(_at(entry["at"]), "ledger", f"{entry['operation']} {_money(entry.get('amount', {}))} {moved}")


def _money(amount: dict[str, Any]) -> str:
    return f"{int(amount.get('micros', 0)) / 1_000_000:.4f} {amount.get('currency', '')}".strip()


def _read_logs(story: Story, directory: Path, names: Iterable[str]) -> None:
    """Lines that name the call: ours, and Kamailio's, which have no time."""
    sought = tuple(names)
    for file in (directory / "antiphon.log", directory / "edge" / "kamailio.log"):
        if not file.exists():
            continue
        with file.open(errors="replace") as lines:
            found = [text for text in lines if any(name in text for name in sought)]
        story.lines += [line for text in found for line in _log_line(text)]
        story.timeless += [Line(EPOCH, f"log {file.stem}", text.strip()[:200]) for text in found if text[0] != "{"]


def _log_line(text: str) -> Iterator[Line]:
    try:
        line = json.loads(text)
        at = datetime.fromisoformat(line["at"]).astimezone(UTC)
    except (ValueError, KeyError, TypeError):
        return
    facts = ", ".join(f"{name} {value}" for name, value in line.items() if name not in _QUIET)
    yield Line(at, f"log {line.get('log', '')}", f"{line.get('level')}: {line.get('message')} {facts}".strip())


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
