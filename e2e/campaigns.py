"""A campaign of a story: agents who are robots with SIP phones, sipp as everybody who is called, and the books."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from antiphon.kit import tasks
from antiphon.kit.procs import free_port
from antiphon.media.phone.phone import NotRegistered, NotUp, Phone, PhoneAccount, PhoneCall
from antiphon.media.phone.sound import Tone, joined, purity
from antiphon.media.sip.call import CallState
from antiphon.up.client import Agent, Problem
from antiphon.up.demo_phones import OPERATOR
from e2e.phones import AGENTS_TONE, DOMAIN, a_phone
from e2e.stack import Stack

CALLEE = Path(__file__).parent / "load" / "sipp" / "callee.xml"
PEOPLE, BUSY, SILENT, NOBODY, MACHINE, AWAY = "01234", "5", "6", "7", "8", "9"
"""Last digits of numbers, as `callee.xml` tells them apart."""
DONE = "done"


def zone_of_hour(hour: int) -> str:
    """A zone without summer time in which it is about this hour: a story runs at any time of the day."""
    behind = datetime.now(UTC).hour - hour
    return f"Etc/GMT{behind - 24 if behind > 12 else behind:+d}"


def numbers(count: int, first: int = 0) -> list[str]:
    """Numbers whose last digits take turns."""
    return [f"+38067{1_000_000 + first + at}" for at in range(count)]


def table(of: list[str]) -> bytes:
    zone = zone_of_hour(12)
    return ("phone,zone\n" + "".join(f"{number},{zone}\n" for number in of)).encode()


@asynccontextmanager
async def everybody(stack: Stack, owner: Agent, seconds: int = 600) -> AsyncIterator[Callable[[], Counter[str]]]:
    """sipp behind the demo operator's trunk, for as long as the story lasts. Given is a function that counts how often
    each number was really called."""
    port, known = free_port(), (await owner.call("GET", "/trunks"))["trunks"]
    trunk = next(each for each in known if each["name"] == OPERATOR)
    await owner.call("PUT", f"/trunks/{trunk['id']}", {"trunk": trunk | {"port": port}})
    log = stack.directory / f"called-{port}.log"
    child = await asyncio.create_subprocess_exec(
        "sipp", f"127.0.0.1:{stack.sip_port}", "-sf", str(CALLEE), "-i", "127.0.0.1", "-p", str(port), "-nostdin",
        "-mp", str(free_port()), "-rtp_echo", "-timeout", str(seconds), "-aa", "-trace_logs", "-log_file", str(log),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield lambda: Counter(line.strip() for line in log.read_text().splitlines() if line.strip())
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


@dataclass
class Robot:
    """An agent: his phone picks up by itself, talks for a while and hangs up."""

    id: str
    phone: Phone
    talk: float
    asked_to_pick_up: int = 0
    """Calls that told the phone to answer by itself."""
    talks: int = 0

    async def work(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                call = await self.phone.incoming(within=86_400)
                self.asked_to_pick_up += call.leg.header("answer-mode") == "Auto"
                if call.answer():
                    group.create_task(self._talk(call))

    @staticmethod
    async def _somebody(call: PhoneCall) -> None:
        """Until the other side is heard, which says back what the robot says: a robot who is held hears ringing before.
        Raises TimeoutError when nobody comes."""
        async with asyncio.timeout(60):
            while purity(joined(call.line.recording[-10:]), AGENTS_TONE) < 0.5:
                if call.leg.state not in {CallState.UP, CallState.ANSWERED}:
                    raise NotUp(0)
                await asyncio.sleep(0.1)

    async def _talk(self, call: PhoneCall) -> None:
        with contextlib.suppress(NotUp, TimeoutError):
            await call.up(within=30)
            call.line.sound = Tone(AGENTS_TONE)
            await self._somebody(call)
            self.talks += 1
            await asyncio.sleep(self.talk)  # the conversation
        call.hang_up()


@dataclass
class Floor:
    """The agents of a queue made for one story."""

    owner: Agent
    queue: str = ""
    robots: list[Robot] = field(default_factory=list)

    async def all_are(self, state: str) -> None:
        for robot in self.robots:
            body = {"state": f"AGENT_STATE_{state}", "reason": "" if state == "READY" else "break"}
            await patiently(functools.partial(self.owner.call, "PUT", f"/agents/{robot.id}/state", body))


@asynccontextmanager
async def robots(stack: Stack, owner: Agent, count: int, talk: float = 2.0) -> AsyncIterator[Floor]:
    """Agents with phones in a queue of their own, ready; in the end they leave."""
    floor, mark = Floor(owner), uuid.uuid4().hex[:6]
    async with AsyncExitStack() as held:
        for at in range(count):
            extension = str(70_000 + int(mark, 16) % 900 * 10 + at)  # a personal line has one
            person = {
                "name": f"Robot {mark}-{at}", "email": f"r{at}.{mark}@robots.example", "roles": ["ROLE_AGENT"],
                "extension": extension,
            }  # fmt: skip
            made = (await owner.call("POST", "/people", {"person": person}))["person"]["id"]
            account = {"person_id": made, "title": "robot"}
            answer = await owner.call("POST", "/sip-accounts", {"account": account})
            known = PhoneAccount(answer["account"]["username"], DOMAIN, answer["password"])
            phone = await held.enter_async_context(a_phone(stack, known))
            await patiently(functools.partial(phone.register, within=30))
            floor.robots.append(Robot(made, phone, talk))
        members = [{"person_id": robot.id, "level": 1, "position": at + 1} for at, robot in enumerate(floor.robots)]
        queue = {"name": f"Campaign {mark}", "strategy": "longest_idle", "members": members}
        queue |= {"wrap_up": "WRAP_UP_MODE_NONE", "ring_time": "20s"}
        floor.queue = (await owner.call("POST", "/queues", {"queue": queue}))["queue"]["id"]
        await floor.all_are("READY")
        working = [asyncio.ensure_future(robot.work()) for robot in floor.robots]
        try:
            yield floor
        finally:
            await tasks.end(*working)
            await floor.all_are("OFFLINE")


class Books:
    """One campaign, as the desk's API tells of it."""

    def __init__(self, owner: Agent, campaign: dict[str, Any]) -> None:
        self.owner = owner
        self.id: str = campaign["id"]
        self.path = f"/campaigns/{self.id}"

    @classmethod
    async def begin(cls, owner: Agent, queue: str, number: str, **more: Any) -> Books:
        campaign = {
            "name": f"Campaign {uuid.uuid4().hex[:6]}", "mode": "MODE_PREDICTIVE", "queue_id": queue, "region": "UA",
            "caller_ids": [number], "pack_id": "US", "max_attempts": 1, "auto_answer": True, "ring_for": "15s",
            "abandoned_message": "We are sorry.", "language": "en", **more,
        }  # fmt: skip
        return cls(owner, (await owner.call("POST", "/campaigns", {"campaign": campaign}))["campaign"])

    async def load(self, data: bytes, name: str = "List") -> dict[str, Any]:
        query = urlencode({"name": name, "request_id": uuid.uuid4().hex, "weight": 1})
        headers = {"Content-Type": "application/octet-stream"}
        answer = await self.owner.http.post(f"{self.path}/lists?{query}", content=data, headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["list"]
        return found

    async def to(self, state: str) -> None:
        await patiently(lambda: self.owner.call("POST", f"{self.path}/state", {"state": f"CAMPAIGN_STATE_{state}"}))

    async def status(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.owner.call("GET", f"{self.path}/status"))["status"]
        return found

    async def states(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in (await self.owner.call("GET", f"{self.path}/lists"))["lists"]:
            for state, count in each["by_state"].items():
                found[state] = found.get(state, 0) + count
        return found

    async def attempts(self) -> list[dict[str, Any]]:
        """The whole journal, oldest first."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = await self.owner.call("GET", f"{self.path}/attempts?{urlencode({'limit': 200, 'after': after})}")
            found += page["attempts"]
            after = page["next"]
            if not after:
                return found[::-1]

    async def results(self) -> list[str]:
        answer = await self.owner.http.get(f"{self.path}/results")
        assert answer.status_code == 200, answer.text
        return answer.content.decode("utf-8-sig").splitlines()


async def calls_of(owner: Agent, ids: set[str]) -> dict[str, dict[str, Any]]:
    """The records of these calls."""
    found: dict[str, dict[str, Any]] = {}
    after = ""
    while True:
        page = await owner.call("GET", f"/calls?{urlencode({'limit': 200, 'after': after})}")
        found |= {call["id"]: call for call in page["calls"] if call["id"] in ids}
        after = page["next"]
        if not after or ids <= set(found):
            return found


async def patiently(ask: Callable[[], Awaitable[Any]], within: float = 60.0) -> Any:
    """Again while a service is away or not there yet."""
    async with asyncio.timeout(within):
        while True:
            try:
                return await ask()
            except (Problem, httpx.HTTPError, NotRegistered, TimeoutError):
                await asyncio.sleep(0.3)
