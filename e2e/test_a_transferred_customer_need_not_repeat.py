"""A conversation is handed to a colleague with a note; the colleague sees everything that was said, the customer no
note."""

from __future__ import annotations

from typing import Any

import pytest

from antiphon.kit.testing import eventually
from antiphon.up.client import Agent, Problem, Visitor
from e2e.people import ready, signed_in
from e2e.stack import Stack

pytestmark = pytest.mark.e2e


async def conversation_of(agent: Agent) -> tuple[str, str]:
    """Accepts the next offer: (work item, conversation), once it is assigned."""
    offered = (await agent.event("WorkOffered", lambda body: body["offer"]["agent_id"] == agent.me))["body"]
    item = offered["offer"]["item_id"]
    agent.events.clear()
    await agent.call("POST", f"/work/{item}/accept", {"version": offered["offer"]["version"]})
    conversation = offered["item"]["subject"].removeprefix("conversation:")

    async def mine() -> bool:
        """False also while channels has not heard yet that the customer left the reception."""
        try:
            found = (await agent.call("GET", f"/conversations/{conversation}"))["conversation"]
        except Problem as problem:
            if problem.reason != "UNKNOWN_CONVERSATION":
                raise
            return False
        return bool(found["assignee_id"] == agent.me)

    await eventually(mine)
    return item, conversation


async def texts(agent: Agent, conversation: str) -> list[tuple[str, str]]:
    found: list[dict[str, Any]] = (await agent.call("GET", f"/conversations/{conversation}/messages"))["messages"]
    return [(message["kind"].removeprefix("MESSAGE_KIND_"), message["text"]) for message in found if message["text"]]


@pytest.mark.clause("D06")
async def test_the_second_agent_sees_everything_and_the_customer_no_note(stack: Stack) -> None:
    async with ready(stack) as first, signed_in(stack, number=1) as second:
        async with Visitor(stack.widget, stack.tenant.widget_key, stack.desk, "en") as visitor:
            await visitor.say("My unit leaks")
            await visitor.say("Repair", "3")
            _, conversation = await conversation_of(first)
            await second.be("READY")
            note = {"client_id": "note-1", "kind": "MESSAGE_KIND_NOTE", "text": "Bought in May, ask for the receipt"}
            await first.call("POST", f"/conversations/{conversation}/messages", note)
            handed = {"person_id": second.me, "note": "He knows gas units"}
            await first.call("POST", f"/conversations/{conversation}/transfer", handed)
            with pytest.raises(Problem) as refused:
                await first.call("POST", f"/conversations/{conversation}/close", {})
            assert refused.value.reason == "NOT_YOURS"

            item, same = await conversation_of(second)
            assert same == conversation
            seen = await texts(second, conversation)
            assert ("TEXT", "My unit leaks") in seen
            assert ("NOTE", "Bought in May, ask for the receipt") in seen
            assert any("He knows gas units" in str(message) for message in await _facts(second, conversation))
            assert not any("receipt" in message["text"] or "gas units" in message["text"] for message in visitor.shown)
            await second.call("POST", f"/conversations/{conversation}/close", {"disposition": "solved"})
        work = (await second.call("GET", "/me/work"))["items"]
        assert not [each for each in work if each["id"] == item]


async def _facts(agent: Agent, conversation: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await agent.call("GET", f"/conversations/{conversation}/messages"))["messages"]
    return found


async def test_a_customer_who_gives_a_name_is_called_by_it(stack: Stack) -> None:
    async with (
        ready(stack) as agent,
        Visitor(stack.widget, stack.tenant.widget_key, stack.desk, "en") as visitor,
    ):
        await visitor.say("Call me Marta")
        await visitor.say("Repair", "3")
        _, conversation = await conversation_of(agent)
        record = (await agent.call("GET", f"/conversations/{conversation}"))["conversation"]
        card = (await agent.call("GET", f"/contacts/{record['contact_id']}"))["contact"]
        del card["identities"]
        await agent.call("PUT", f"/contacts/{card['id']}", {"contact": card | {"name": "Marta"}})
        shown = await agent.event("ConversationChanged", lambda body: body["conversation"]["contact_name"] == "Marta")
        assert shown["body"]["conversation"]["id"] == conversation
        await agent.call("POST", f"/conversations/{conversation}/close", {"disposition": "solved"})
