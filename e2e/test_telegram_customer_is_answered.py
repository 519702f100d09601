"""An owner connects a bot, a customer writes to it, the scheme shows buttons, an agent answers; everything through
aiogram's own session against a Bot API server on loopback, and through the desk's API.

Order, albums, edits, 429 and duplicates are proved beside the adapter (`channels/tests/test_service_telegram.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from antiphon.kit.testing import eventually
from antiphon.up.client import Agent, Problem
from e2e.fakes.telegram import FakeTelegram
from e2e.stack import Stack

pytestmark = pytest.mark.e2e

TOKEN, CUSTOMER = "123456:TEST-TOKEN-OF-THE-STORY-abcdefghijk", 7


@pytest.mark.clause("D02")
async def test_a_telegram_customer_is_answered(tmp_path: Path) -> None:
    telegram = FakeTelegram()
    async with telegram.listening() as address:
        stack = Stack(tmp_path / "state", (), {"ANTIPHON_CHANNELS_TELEGRAM_API": address})
        stack.start()
        try:
            await _story(stack, telegram)
        finally:
            stack.stop()


async def _story(stack: Stack, telegram: FakeTelegram) -> None:
    owner, agent = stack.person("owner"), stack.person("agent")
    async with Agent(stack.desk) as cabinet, Agent(stack.desk) as desk:
        await cabinet.sign_in(owner.email, owner.password)
        channel_id = await _connect(cabinet)
        await desk.sign_in(agent.email, agent.password)
        await desk.listen()
        await desk.be("READY")

        await telegram.write(TOKEN, CUSTOMER, "Where is my order 2214?")
        bot = telegram.bot(TOKEN)
        menu = await eventually(lambda: next((sent for sent in bot.to(CUSTOMER) if sent.buttons), None), within=30)
        assert "Ремонт" in [label for label, _ in menu.buttons]
        await telegram.press(TOKEN, CUSTOMER, menu, menu.buttons[3][1])

        offered = (await desk.event("WorkOffered", lambda body: body["item"]["channel"] == "telegram"))["body"]["offer"]
        await desk.call("POST", f"/work/{offered['item_id']}/accept", {"version": offered["version"]})
        assigned = await desk.event("ConversationChanged", lambda body: bool(body["conversation"]["assignee_id"]))
        conversation = assigned["body"]["conversation"]
        assert conversation["channel_id"] == channel_id
        reply = {"client_id": "answer-1", "kind": "MESSAGE_KIND_TEXT", "text": "It comes tomorrow."}
        for _ in range(2):  # a repeat with the same id is the same message
            await desk.call("POST", f"/conversations/{conversation['id']}/messages", reply)
        await eventually(lambda: [s.text for s in bot.to(CUSTOMER)].count("It comes tomorrow.") == 1, within=30)
        texts = [message["text"] for message in await _messages(desk, conversation["id"])]
        assert texts.count("Where is my order 2214?") == texts.count("It comes tomorrow.") == 1


async def _connect(cabinet: Agent) -> str:
    """The owner connects the bot and has the provider asked whether it works."""
    scheme = (await cabinet.call("GET", "/schemes"))["schemes"][0]["id"]
    record = {"kind": "telegram", "name": "Bot", "enabled": True, "settings": {"mode": "polling"}}
    channel = (await cabinet.call("POST", "/channels", {"channel": record, "secrets": {"token": TOKEN}}))["channel"]
    assert channel["secrets_set"] == ["token"]
    assert TOKEN not in str(await cabinet.call("GET", "/channels"))
    assert (await cabinet.call("POST", f"/channels/{channel['id']}/test", {}))["ok"]
    await cabinet.call("PUT", "/bindings", {"binding": {"address": channel["id"], "scheme_id": scheme}})
    with pytest.raises(Problem) as refused:
        await cabinet.call("POST", "/channels", {"channel": record, "secrets": {"token": "nonsense"}})
    assert refused.value.status == 422
    found: str = channel["id"]
    return found


async def _messages(desk: Agent, conversation: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.call("GET", f"/conversations/{conversation}/messages"))["messages"]
    return found
