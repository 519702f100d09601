"""Customers chat while everything is killed; afterwards nothing is lost, nothing doubled, everyone in his place.

    python -m e2e.load.chaos --rounds 20

One round: 20 customers write numbered messages through the widget's socket while an agent takes, answers and closes
chats through the desk's API. At random moments one of three things dies by kill -9: the whole process, nats-server, or
mongod (the two are started again by the test; after the whole process `antiphon up` is). Then the books are compared:

- every message that was acknowledged to a customer is stored exactly once, in the order he wrote;
- every answer the agent got a 200 for is on the customer's screen exactly once;
- every chat that should wait for a person waits in the queue exactly once, in the order in which it came;
- no item is held by two agents, and no agent holds what is closed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx

from antiphon.kit import tasks
from antiphon.up.client import Agent, Problem, Visitor
from e2e.stack import Stack

KINDS = ("antiphon", "nats-server", "mongod")


@dataclass
class Customer:
    """One customer and what he was promised."""

    visitor: Visitor
    name: str
    acknowledged: list[str] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)
    """When each acknowledged message was written, and when it was acknowledged."""
    waiting_since: float = 0.0
    """When the message was written that is not acknowledged yet."""


@dataclass
class Chats:
    """Customers who write and an agent who serves them, from the beginning of the block until `end`; then the books."""

    stack: Stack
    seed: int
    customers: int
    pause: float = 0.5
    """Most seconds between two messages of one customer."""
    people: list[Customer] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _there: AsyncExitStack = field(default_factory=AsyncExitStack)
    _busy: list[asyncio.Future[None]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        chance, doors = random.Random(self.seed), cycle(self.stack.widgets)
        for number, door in zip(range(self.customers), doors, strict=False):
            visitor = Visitor(door, self.stack.tenant.widget_key, self.stack.desk)
            self.people.append(Customer(await self._there.enter_async_context(visitor), f"r{self.seed}c{number}"))
        self._busy = [asyncio.ensure_future(_write(each, self._over, chance, self.pause)) for each in self.people]
        self._busy.append(asyncio.ensure_future(_serve(self.stack, self._over, self.answers)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await tasks.end(*self._busy)
        await self._there.aclose()

    async def end(self) -> None:
        """Everybody finishes what he began."""
        self._over.set()
        async with asyncio.timeout(120):
            await asyncio.gather(*self._busy)

    @property
    def acknowledged(self) -> int:
        return sum(len(customer.acknowledged) for customer in self.people)

    async def faults(self) -> list[str]:
        """What the books say after the end."""
        return await _settled(self.stack, self.people, self.answers)

    def longest_wait(self, since: float) -> float:
        """Seconds that somebody waited longest for his acknowledgement after this moment (time.monotonic)."""
        waits = [wait for customer in self.people for wait in customer.waits]
        waits += [(customer.waiting_since, time.monotonic()) for customer in self.people if customer.waiting_since]
        return max((until - max(begun, since) for begun, until in waits if until > since), default=0.0)


@dataclass
class Round:
    """What happened in a round."""

    seed: int
    kills: list[str] = field(default_factory=list)
    acknowledged: int = 0
    answered: int = 0
    faults: list[str] = field(default_factory=list)


async def play(stack: Stack, seed: int, seconds: float, customers: int, kills: int) -> Round:
    """One round on a running stack."""
    chance = random.Random(seed)
    played = Round(seed)
    async with Chats(stack, seed, customers) as chats:
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(0.3, seconds / kills))
            played.kills.append(await asyncio.to_thread(_kill, stack, chance.choice(KINDS)))
        await asyncio.sleep(1)
        await chats.end()
        played.acknowledged, played.answered = chats.acknowledged, len(chats.answers)
        played.faults = await chats.faults()
    return played


async def _write(customer: Customer, stop: asyncio.Event, chance: random.Random, pause: float) -> None:
    """Writes until told to stop; every message is sent again until it is acknowledged."""
    number = 0
    while not stop.is_set():
        text = f"{customer.name} #{number}"
        begun = customer.waiting_since = time.monotonic()
        await customer.visitor.say(text, within=120)
        customer.waits.append((begun, time.monotonic()))
        customer.waiting_since = 0.0
        customer.acknowledged.append(text)
        number += 1
        await asyncio.sleep(chance.uniform(pause / 10, pause))


async def _serve(stack: Stack, stop: asyncio.Event, answers: dict[str, str]) -> None:
    """An agent who accepts, answers once, and closes some chats. Every refusal or break is taken as it comes."""
    person = stack.person("agent")
    for desk in cycle(stack.desks):
        if stop.is_set():
            return
        try:
            async with Agent(desk) as agent:
                await agent.sign_in(person.email, person.password)
                await agent.be("READY")
                while not stop.is_set():
                    await _work_once(agent, answers)
                    await asyncio.sleep(0.1)
        except (httpx.HTTPError, Problem, OSError):
            await asyncio.sleep(0.3)


async def _work_once(agent: Agent, answers: dict[str, str]) -> None:
    work = await agent.call("GET", "/me/work")
    if work["agent"]["state"] != "AGENT_STATE_READY":
        await agent.be("READY")
    for offer in work["offers"]:
        await agent.call("POST", f"/work/{offer['item_id']}/accept", {"version": offer["version"]})
    for item in work["items"]:
        conversation = item["subject"].removeprefix("conversation:")
        if item["state"] == "ITEM_STATE_CONNECTED":
            if conversation not in answers:
                text = f"answer to {conversation}"
                body = {"client_id": f"answer-{conversation}", "kind": "MESSAGE_KIND_TEXT", "text": text}
                await agent.call("POST", f"/conversations/{conversation}/messages", body)
                answers[conversation] = text
            elif len(answers) % 2:
                await agent.call("POST", f"/conversations/{conversation}/close", {"disposition": "solved"})
        elif item["state"] == "ITEM_STATE_WRAP":
            await agent.call("POST", f"/work/{item['id']}/wrap-up", {"disposition": "solved"})


def _kill(stack: Stack, kind: str) -> str:
    """kill -9, then what a supervisor would do: start it again."""
    if kind == "antiphon":
        stack.kill()
        stack.start()
    else:
        stack.kill_server(kind)
    return kind


async def _settled(stack: Stack, people: list[Customer], answers: dict[str, str], within: float = 30) -> list[str]:
    """The faults that remain: right after the last kill facts are still on their way, and nobody who died has come up
    yet to finish what it was doing."""
    deadline = time.monotonic() + within
    while True:
        faults = await _compare(stack, people, answers)
        if not faults or time.monotonic() > deadline:
            return faults
        await asyncio.sleep(1)


async def _compare(stack: Stack, people: list[Customer], answers: dict[str, str]) -> list[str]:
    faults: list[str] = []
    names = {customer.name for customer in people}
    supervisor = stack.person("supervisor")
    async with Agent(stack.desk) as agent:
        await agent.sign_in(supervisor.email, supervisor.password)
        conversations = await _conversations(agent)
        stored: Counter[str] = Counter()
        promised: list[str] = []
        for conversation in conversations:
            texts = [m["text"] for m in await _messages(agent, conversation["id"]) if m["direction"] == "DIRECTION_IN"]
            stored.update(texts)
            if conversation["id"] in answers and any(text.partition(" #")[0] in names for text in texts):
                promised.append(answers[conversation["id"]])
        for customer in people:
            faults += [f"stored {stored[text]} times: {text}" for text in customer.acknowledged if stored[text] != 1]
            shown = [message["text"] for message in customer.visitor.shown if message["mine"]]
            if [text for text in shown if text in customer.acknowledged] != customer.acknowledged:
                faults.append(f"{customer.name} does not see his messages in order")
        seen = Counter(m["text"] for customer in people for m in customer.visitor.shown)
        faults += [f"answer shown {seen[text]} times: {text}" for text in promised if seen[text] != 1]
        faults += await _queue_faults(agent, conversations)
    return faults


async def _queue_faults(agent: Agent, conversations: list[dict[str, Any]]) -> list[str]:
    """Conversations that wait, against the ACD's lines."""
    faults: list[str] = []
    queues = (await _get(agent, "/queues"))["queues"]
    waiting: list[str] = []
    for queue in queues:
        items = (await _get(agent, f"/queues/{queue['id']}/waiting?limit=500"))["items"]
        times = [datetime.fromisoformat(item["enqueued_at"]) for item in items]
        if times != sorted(times):
            faults.append(f"queue {queue['name']} is out of order")
        waiting += [item["subject"].removeprefix("conversation:") for item in items]
    board = await _get(agent, "/board")
    ringing = sum(queue["offered"] for queue in board["queues"])
    should = {c["id"] for c in conversations if c["status"] == "CONVERSATION_STATUS_WAITING"}
    faults += [f"waits {count} times: {item}" for item, count in Counter(waiting).items() if count != 1]
    lost = should - set(waiting)
    if len(lost) > ringing:
        faults.append(f"waiting conversations that no queue knows: {sorted(lost)} ({ringing} are ringing)")
    return faults


async def _conversations(agent: Agent) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for view in ("OPEN", "CLOSED"):
        after = ""
        while True:
            path = f"/conversations?view=CONVERSATION_VIEW_{view}&limit=200&after={quote(after)}"
            page = await _get(agent, path)
            found += page["conversations"]
            after = page["next"]
            if not after:
                break
    return found


async def _messages(agent: Agent, conversation: str) -> list[dict[str, Any]]:
    """All, in order; they are read from the last backwards."""
    found: list[dict[str, Any]] = []
    while True:
        before = found[0]["seq"] if found else 0
        page = await _get(agent, f"/conversations/{conversation}/messages?limit=200&before={before}")
        found = page["messages"] + found
        if not page["more"] or not page["messages"]:
            return found


async def _get(agent: Agent, path: str) -> dict[str, Any]:
    """A GET that waits out the seconds after a crash in which nobody leads."""
    for _ in range(100):
        try:
            return await agent.call("GET", path)
        except Problem as problem:
            if problem.status != 503:
                raise
        await asyncio.sleep(0.2)
    return await agent.call("GET", path)


def main() -> int:
    """Plays rounds and prints them; 1 when a fault was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--customers", type=int, default=20)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="antiphon-chaos-"))
    stack = Stack(directory)
    stack.start()
    try:
        faulty = asyncio.run(_rounds(stack, given))
    finally:
        stack.stop()
    if not faulty:
        shutil.rmtree(directory, ignore_errors=True)
    return int(bool(faulty))


async def _rounds(stack: Stack, given: argparse.Namespace) -> int:
    """Plays them in one loop: what a thread started dies with the thread, and the loop keeps its threads."""
    faulty = 0
    for seed in range(given.seed, given.seed + given.rounds):
        began = time.monotonic()
        played = await play(stack, seed, given.seconds, given.customers, given.kills)
        faulty += bool(played.faults)
        row = {
            "round": seed,
            "kills": " ".join(played.kills),
            "messages": played.acknowledged,
            "answers": played.answered,
            "seconds": round(time.monotonic() - began, 1),
            "faults": played.faults,
        }
        print(json.dumps(row, ensure_ascii=False), flush=True)
    return faulty


if __name__ == "__main__":
    sys.exit(main())
