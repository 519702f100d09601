"""Paid calls through the whole telephone system beside a capture of what went over the wire.

    python -m e2e.load.billing_wire --calls 100

A stack of its own with telephony and billing, the demo account and its tariff: a kopeck for a second begun. Registered
phones call out over the demo operator, many at once; the far end is a peer of ours (`Peer`) that answers, renegotiates,
hangs up, does not hear a BYE, or says it twice. Then the money is over: calls are cut, one more is refused.

Some calls outlast what their first reservation pays (`QUOTA` seconds, short here): they are extended while they last,
as their sessions' histories in the ledger say. When the stack has stopped, its month is ended by a billing of its own
(`billing_books`): the act's line of calls, its sum and its VAT, and the detail, are the wire's calls to the kopeck.

tcpdump takes the times of SIP between the edge and the peer. For each call the time from the first 200 to the first BYE
on the wire stands beside the record in the cabinet. A call whose whole seconds differ is a fault, unless its wire time
is within a millisecond of a whole second; so is one that was in the cabinet late, at another price or without a reason.

Lengths keep `--margin` from whole seconds: on a machine that is busy with all of it, a message takes milliseconds from
the wire to the media server; `--margin 0` shows how often that is a second.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import math
import os
import random
import re
import shutil
import struct
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias, cast

from antiphon.kit import show, tasks
from antiphon.kit.procs import free_port
from antiphon.kit.testing import eventually
from antiphon.media.phone.phone import NotUp, Phone, PhoneAccount
from antiphon.up.client import Agent
from antiphon.up.demo_phones import OPERATOR
from e2e.campaigns import patiently
from e2e.load import billing_books
from e2e.load.voice import lift_limits
from e2e.people import signed_in
from e2e.phones import DOMAIN, a_phone
from e2e.stack import Stack

Address: TypeAlias = tuple[str, int]
KINDS = ("caller ends", "peer ends", "re-INVITE", "BYE lost", "BYE twice", "peer gone")
"""What happens: the last three lose the first BYE to the peer, say the peer's BYE again, and never answer a BYE."""
LONG = "extended"
"""Longer than what is reserved at first."""
QUOTA, MARGIN = 6, 3
"""Seconds of the first reservation, and how long before its end more is reserved."""
CUT = "money over"
"""Nobody hangs up: the account has money for `PAID` seconds."""
PAID = 3
NOBODY = "380670000000"
"""Called when there is no money left: it never comes to the wire."""
PHONES = 12
KOPECK = 10_000
"""In micros: the price of a second."""
HAIR = 0.001
"""Seconds from a whole second within which the capture cannot say which it is."""
SOON = 2.0
"""Seconds until a call is to be in the cabinet."""
_DESCRIPTION = (
    "v=0|o=peer {v} {v} IN IP4 127.0.0.1|s=-|c=IN IP4 127.0.0.1|t=0 0|m=audio {port} RTP/AVP 8 101|"
    "a=rtpmap:8 PCMA/8000|a=rtpmap:101 telephone-event/8000|a=sendrecv|"
).replace("|", "\r\n")


@dataclass
class Wanted:
    """One call that is to be made, and how it went for who made it."""

    number: str
    kind: str
    seconds: float
    failed: str = ""


def headers(text: str, name: str) -> list[str]:
    """All values of a header, in order."""
    return [value.strip() for value in re.findall(rf"^{name}:(.*)$", text, re.MULTILINE | re.IGNORECASE)]


def number_of(text: str) -> str:
    """Digits of who is called: the party that is the peer's side of the dialog."""
    found = re.search(r"sip:\+?(\d+)@", headers(text, "To")[0])
    return found[1] if found else ""


@dataclass
class Dialog:
    """The peer's side of a call."""

    invite: str
    edge: Address
    wanted: Wanted
    tag: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    byes: int = 0
    said: int = 0
    """Requests of ours so far."""


class Peer(asyncio.DatagramProtocol):
    """The operator's far end. It knows of each number what will happen to it."""

    def __init__(self, plan: dict[str, Wanted], port: int) -> None:
        self.plan, self.port = plan, port
        self.dialogs: dict[str, Dialog] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, edge: Address) -> None:
        text = data.decode(errors="replace")
        method = text.split(" ", 1)[0]
        dialog = self.dialogs.get(headers(text, "Call-ID")[0]) if headers(text, "Call-ID") else None
        if method == "OPTIONS":
            self._reply(text, edge, "x", "200 OK")
        elif method == "INVITE" and dialog is None:
            self._begin(text, edge)
        elif method == "INVITE" and dialog is not None and dialog.invite != text:
            self._reply(text, edge, dialog.tag, "200 OK", sdp=True)
        elif method == "BYE" and dialog is not None:
            dialog.byes += 1
            deaf = dialog.wanted.kind == "peer gone" or (dialog.wanted.kind == "BYE lost" and dialog.byes == 1)
            if not deaf:
                self._reply(text, edge, dialog.tag, "200 OK")
        elif text.startswith("SIP/2.0 2") and "INVITE" in headers(text, "CSeq")[0] and dialog is not None:
            self._request(dialog, "ACK", int(headers(text, "CSeq")[0].split()[0]))

    def _begin(self, text: str, edge: Address) -> None:
        wanted = self.plan.get(number_of(text))
        if wanted is None:
            self._reply(text, edge, "x", "404 Not Found")
            return
        dialog = self.dialogs[headers(text, "Call-ID")[0]] = Dialog(text, edge, wanted)
        self._reply(text, edge, dialog.tag, "180 Ringing")
        task = asyncio.get_running_loop().create_task(self._live(dialog))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _live(self, dialog: Dialog) -> None:
        await asyncio.sleep(0.2)
        self._reply(dialog.invite, dialog.edge, dialog.tag, "200 OK", sdp=True)
        kind, seconds = dialog.wanted.kind, dialog.wanted.seconds
        if kind == "re-INVITE":
            await asyncio.sleep(seconds / 2)
            self._request(dialog, "INVITE", sdp=True)
        if kind not in {"peer ends", "BYE twice"}:
            return
        await asyncio.sleep(seconds)
        self._request(dialog, "BYE")
        if kind == "BYE twice":
            await asyncio.sleep(0.5)
            self._request(dialog, "BYE", dialog.said)  # as if its answer were lost

    def _reply(self, request: str, to: Address, tag: str, status: str, *, sdp: bool = False) -> None:
        lines = [f"SIP/2.0 {status}", *(f"Via: {via}" for via in headers(request, "Via"))]
        lines += [f"Record-Route: {route}" for route in headers(request, "Record-Route")]
        whom = headers(request, "To")[0]
        lines += [f"From: {headers(request, 'From')[0]}", f"To: {whom}" + ("" if "tag=" in whom else f";tag={tag}")]
        lines += [f"Call-ID: {headers(request, 'Call-ID')[0]}", f"CSeq: {headers(request, 'CSeq')[0]}"]
        self._send(lines, to, 1 if sdp else 0)

    def _request(self, dialog: Dialog, method: str, number: int = 0, *, sdp: bool = False) -> None:
        if not number:
            dialog.said += 1
        invite, number = dialog.invite, number or dialog.said
        target = headers(invite, "Contact")[0].strip("<>").split(">")[0]
        branch = f"z9hG4bK{dialog.tag}{number}{method}"
        lines = [f"{method} {target} SIP/2.0", f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch};rport"]
        lines += [f"Route: {route}" for route in headers(invite, "Record-Route")]
        lines += [f"From: {headers(invite, 'To')[0]};tag={dialog.tag}", f"To: {headers(invite, 'From')[0]}"]
        lines += [f"Call-ID: {headers(invite, 'Call-ID')[0]}", f"CSeq: {number} {method}", "Max-Forwards: 70"]
        self._send(lines, dialog.edge, 2 if sdp else 0)

    def _send(self, lines: list[str], to: Address, version: int) -> None:
        body = _DESCRIPTION.format(v=version, port=self.port + 1) if version else ""
        lines += [f"Contact: <sip:peer@127.0.0.1:{self.port}>"]
        lines += ["Content-Type: application/sdp"] if body else []
        assert self.transport is not None
        self.transport.sendto("\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode(), to)


@dataclass
class OnWire:
    """When a call was answered and ended on the wire, seconds since 1970; and how much was said."""

    answered: float = 0.0
    ended: float = 0.0
    invites: int = 0
    byes: int = 0


def packets(file: Path) -> Iterator[tuple[float, str]]:
    """(time in seconds, text) of each datagram of a capture on loopback."""
    data, at = file.read_bytes(), 24
    while at + 16 <= len(data):
        seconds, micros, length, _ = struct.unpack_from("<IIII", data, at)
        frame, at = data[at + 16 : at + 16 + length], at + 16 + length
        yield seconds + micros / 1e6, frame[14 + (frame[14] & 15) * 4 + 8 :].decode(errors="replace")


def wire(file: Path) -> dict[str, OnWire]:
    """By the number called."""
    found: dict[str, OnWire] = {}
    dialogs: dict[str, str] = {}
    for at, text in packets(file):
        names = headers(text, "Call-ID")
        if not names:
            continue
        if text.startswith("INVITE "):
            dialogs.setdefault(names[0], number_of(text))
        if names[0] not in dialogs:
            continue
        call = found.setdefault(dialogs[names[0]], OnWire())
        call.invites += text.startswith("INVITE ")
        if text.startswith("SIP/2.0 200") and headers(text, "CSeq")[0].endswith("INVITE"):
            call.answered = call.answered or at
        if text.startswith("BYE "):
            call.byes += 1
            call.ended = call.ended or at
    return found


@asynccontextmanager
async def captured(port: int, file: Path) -> AsyncIterator[None]:
    child = await asyncio.create_subprocess_exec(
        "tcpdump", "-i", "lo", "-U", "--immediate-mode", "-B", "8192", "-Z", "root", "-w", str(file),
        f"udp port {port}",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stderr is not None
    try:
        while b"listening on" not in (line := await child.stderr.readline()):
            if not line:
                raise SystemExit("tcpdump does not run")
        yield
        await asyncio.sleep(3)  # a BYE that nobody answers is said again
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


@asynccontextmanager
async def company(stack: Stack, owner: Agent) -> AsyncIterator[list[Phone]]:
    """Registered phones, each of a person of its own: many calls of one would be a hacked telephone's."""
    mark = uuid.uuid4().hex[:6]
    async with AsyncExitStack() as held:
        phones = []
        for at in range(PHONES):
            person = {
                "name": f"Wire {at}", "email": f"w{at}.{mark}@wire.example", "roles": ["ROLE_AGENT"],
                "extension": str(80_000 + int(mark, 16) % 900 * 10 + at),
            }  # fmt: skip
            made = (await owner.call("POST", "/people", {"person": person}))["person"]["id"]
            answer = await owner.call("POST", "/sip-accounts", {"account": {"person_id": made, "title": "wire"}})
            known = PhoneAccount(answer["account"]["username"], DOMAIN, answer["password"])
            phone = await held.enter_async_context(a_phone(stack, known))
            await patiently(functools.partial(phone.register, within=30))
            phones.append(phone)
        yield phones


async def work(phone: Phone, calls: list[Wanted]) -> None:
    """One call after the other."""
    for wanted in calls:
        try:
            call = await phone.call(f"sip:+{wanted.number}@{DOMAIN}")
            await call.up(within=30)
            if wanted.kind in {"peer ends", "BYE twice", CUT}:
                await call.over(within=30)
                continue
            await asyncio.sleep(wanted.seconds)
            call.hang_up()
            await call.over(within=60)
        except (NotUp, TimeoutError) as error:
            wanted.failed = f"{type(error).__name__} {error}"


async def watched(owner: Agent, seen: dict[str, tuple[float, dict[str, Any]]]) -> None:
    """Reads the cabinet again and again; when each call was first there, by number."""
    while True:
        asked = time.time_ns() / 1e9
        for one in (await owner.call("GET", "/billing/calls?limit=200"))["calls"]:
            seen.setdefault(one["record"].get("called", "").lstrip("+"), (asked, one))
        await asyncio.sleep(0.1)


def plan_of(given: argparse.Namespace) -> list[Wanted]:
    chance = random.Random(given.seed)
    numbers = [f"380{chance.choice((50, 63, 67, 95))}{number}" for number in
               chance.sample(range(1_000_000, 9_999_999), given.calls)]  # fmt: skip
    lengths = [chance.randrange(1, 4) + chance.uniform(given.margin, 1 - given.margin) for _ in numbers]
    kinds = [KINDS[at % len(KINDS)] for at in range(given.calls - given.cuts - given.long)]
    kinds += [LONG] * given.long + [CUT] * given.cuts
    lengths = [seconds + QUOTA * (kind == LONG) for seconds, kind in zip(lengths, kinds, strict=True)]
    return [Wanted(*each) for each in zip(numbers, kinds, lengths, strict=True)]


@dataclass
class Played:
    """What went over the wire, and what the cabinet showed when."""

    plan: list[Wanted]
    wire: dict[str, OnWire] = field(default_factory=dict)
    seen: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)
    spent: int = 0
    """Micros by which the balance fell."""
    histories: dict[str, list[str]] = field(default_factory=dict)
    """Of each session: what was reserved, extended and settled."""


async def play(stack: Stack, given: argparse.Namespace) -> Played:
    played, port = Played(plan_of(given)), free_port()
    peer = Peer({wanted.number: wanted for wanted in played.plan}, port)
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: peer, local_addr=("127.0.0.1", port))
    file = stack.directory / "wire.pcap"
    await lift_limits(stack)
    async with signed_in(stack, "owner") as owner, company(stack, owner) as phones:
        trunk = next(one for one in (await owner.call("GET", "/trunks"))["trunks"] if one["name"] == OPERATOR)
        await owner.call("PUT", f"/trunks/{trunk['id']}", {"trunk": trunk | {"port": port}})
        before = await balance(owner)
        watching = asyncio.ensure_future(watched(owner, played.seen))
        try:
            async with captured(port, file):
                async with asyncio.TaskGroup() as group:
                    many = [wanted for wanted in played.plan if wanted.kind != CUT]
                    for at in range(given.at_once):
                        group.create_task(work(phones[at % PHONES], many[at :: given.at_once]))
                await exhausted(owner, phones, played)
            with contextlib.suppress(AssertionError):
                await eventually(lambda: _all_in(played), 60)
        finally:
            await tasks.end(watching)
        played.spent = before - await balance(owner)
        played.histories = await billing_books.histories(owner)
    played.wire = wire(file)
    return played


async def exhausted(owner: Agent, phones: list[Phone], played: Played) -> None:
    """Calls one after the other, each with money for a few seconds, until the switch ends it; then one more is
    refused. The account's floor rises to that; nothing is held any more."""
    for at, wanted in enumerate([each for each in played.plan if each.kind == CUT]):
        await eventually(lambda: _nothing_held(owner), 60)
        account = (await owner.call("GET", "/billing/account"))["account"]
        floor = {"currency": "UAH", "micros": str(int(account["balance"]["micros"]) - PAID * KOPECK)}
        await owner.call("PUT", "/billing/account", {"account": account | {"floor": floor}})
        await work(phones[at % PHONES], [wanted])
    await eventually(lambda: _nothing_held(owner), 60)
    with contextlib.suppress(NotUp):
        more = await phones[0].call(f"sip:+{NOBODY}@{DOMAIN}")
        await more.up(within=30)


async def _nothing_held(owner: Agent) -> bool:
    account = (await owner.call("GET", "/billing/account"))["account"]
    return int(account.get("held", {}).get("micros", 0)) == 0


async def _all_in(played: Played) -> bool:
    return all(wanted.number in played.seen for wanted in played.plan)


async def balance(owner: Agent) -> int:
    return int((await owner.call("GET", "/billing/account"))["account"]["balance"]["micros"])


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def compare(played: Played) -> tuple[list[dict[str, object]], list[str]]:
    """(a row for each kind and for all, faults)."""
    faults = ["a call went out without money"] if NOBODY in played.wire else []
    by_kind: dict[str, list[tuple[float, float, bool, int, int]]] = {kind: [] for kind in (*KINDS, LONG, CUT)}
    for wanted in played.plan:
        name, call, kept = f"{wanted.kind} {wanted.number[-4:]}", played.wire.get(wanted.number), played.seen.get(
            wanted.number)  # fmt: skip
        if wanted.failed or call is None or not call.answered or not call.ended or kept is None:
            faults.append(f"{name}: {wanted.failed or 'not on the wire or not in the cabinet'}")
            continue
        at, rated = kept
        length = call.ended - call.answered
        record = rated["record"]
        off = _moment(record["ended_at"]) - _moment(record["answered_at"]) - length
        due, billed = seconds_of(played)[wanted.number], int(rated.get("seconds", 0))
        cost = int(rated.get("cost", {}).get("micros", 0))
        if billed != due:
            faults.append(f"{name}: {length:.4f} s on the wire, {billed} s billed")
        if cost != billed * KOPECK or not rated.get("why"):
            faults.append(f"{name}: {cost} micros for {billed} s, why {rated.get('why')}")
        if at - call.ended > SOON:
            faults.append(f"{name}: in the cabinet after {at - call.ended:.1f} s")
        if wrong := billing_books.wrong_history(played.histories[record["session_id"]], longer=wanted.kind == LONG):
            faults.append(f"{name}: {wrong}")
        if (wanted.kind == "re-INVITE" and call.invites < 2) or (wanted.kind in KINDS[3:] and call.byes < 2):
            faults.append(f"{name}: {call.invites} INVITE and {call.byes} BYE on the wire: not the case it was to be")
        by_kind[wanted.kind].append((off, at - call.ended, billed == due, cost, due * KOPECK))
    measured = [one for each in by_kind.values() for one in each]
    charged, due_all = sum(one[3] for one in measured), sum(one[4] for one in measured)
    if played.spent != charged:
        faults.append(f"the balance fell by {played.spent} micros, the calls cost {charged}")
    if charged != due_all and not faults:
        faults.append(f"charged {charged}, by the wire {due_all}")
    return [_row(kind, each) for kind, each in [*by_kind.items(), ("all", measured)]], faults


def seconds_of(played: Played) -> dict[str, int]:
    """What each call is to be billed for, by number: the wire's seconds; within a millisecond of a whole one, ours."""
    due = {}
    for number, call in played.wire.items():
        length = call.ended - call.answered
        by_a_hair = abs(length - round(length)) <= HAIR and number in played.seen
        due[number] = int(played.seen[number][1].get("seconds", 0)) if by_a_hair else math.ceil(length)
    return due


def _row(kind: str, measured: list[tuple[float, float, bool, int, int]]) -> dict[str, object]:
    offs = [abs(one[0]) * 1000 for one in measured]
    within = Counter(next((limit for limit in (1, 10, 1000) if off <= limit), "more") for off in offs)
    return {
        "what": kind, "calls": len(measured), "whole seconds exact": sum(one[2] for one in measured),
        "off <= 1 ms": within[1], "<= 10 ms": within[10], "<= 1 s": within[1000], "more": within["more"],
        "most off ms": round(max(offs, default=0), 2),
        "in the cabinet s": round(max((one[1] for one in measured), default=0), 2),
        "charged UAH": sum(one[3] for one in measured) / 1e6, "by the wire UAH": sum(one[4] for one in measured) / 1e6,
    }  # fmt: skip


def main() -> None:
    """Plays and prints; ends with 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=24)
    parser.add_argument("--cuts", type=int, default=3, help="calls more that end when the money is over")
    parser.add_argument("--long", type=int, default=6, help="calls more that outlast their first reservation")
    parser.add_argument("--margin", type=float, default=0.25, help="seconds that lengths keep from whole seconds")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.calls += given.cuts + given.long
    if shutil.which("tcpdump") is None:
        parser.error("tcpdump is missing: run as root: apt-get install tcpdump")
    with tempfile.TemporaryDirectory(prefix="antiphon-wire-") as directory:
        quota = {"ANTIPHON_BILLING_QUOTA_SECONDS": str(QUOTA), "ANTIPHON_BILLING_MARGIN_SECONDS": str(MARGIN)}
        stack = Stack(Path(directory), environment=quota, voice=True)
        stack.start()
        try:
            played = asyncio.run(play(stack, given))
        finally:
            stack.stop()
        papers = asyncio.run(billing_books.month_end(stack.directory))
    rows, faults = compare(played)
    faults += billing_books.wrong_papers(papers, seconds_of(played))
    load = f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; the capture's clock counts microseconds"
    show.rows(rows, as_json=True)
    show.rows(rows, as_json=False, title=load)
    print("\n".join(faults) or "every call is billed for the wire's seconds, and so is the month")
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
