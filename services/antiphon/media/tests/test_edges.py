"""Several nodes of the edge: new calls go to those that live, and what a dead one did not take goes elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from antiphon.kit import tasks
from antiphon.kit.testing import eventually
from antiphon.media.edges import Edges, parse
from antiphon.media.endpoint.endpoint import Endpoint
from antiphon.media.endpoint.leg import Leg
from antiphon.media.settings import Settings
from antiphon.media.sip.events import Answered
from antiphon.media.sip.headers import NameAddr
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.sip_net import ANSWER, OFFER

pytestmark = pytest.mark.service
ME = NameAddr("sip:me@pbx.example")


class Node(Endpoint):
    """An edge that takes every call itself."""

    def __init__(self, port: int = 0) -> None:
        super().__init__("127.0.0.1", port, on_call=self._take)
        self.taken: list[Leg] = []

    def _take(self, leg: Leg) -> None:
        self.taken.append(leg)
        leg.answer(ANSWER)


@pytest.fixture
async def nodes() -> AsyncIterator[list[Node]]:
    both = [Node(), Node()]
    for node in both:
        await node.start()
    yield both
    for node in both:
        await node.close()


@pytest.fixture
async def media() -> AsyncIterator[Endpoint]:
    endpoint = Endpoint("127.0.0.1", 0, on_call=lambda leg: None)
    await endpoint.start()
    yield endpoint
    await endpoint.close()


@contextlib.asynccontextmanager
async def watched(media: Endpoint, nodes: list[Node]) -> AsyncIterator[tuple[Edges, list[tuple[str, bool]]]]:
    heard: list[tuple[str, bool]] = []
    edges = Edges([Hop("127.0.0.1", node.port) for node in nodes], lambda *what: heard.append(what))
    watching = asyncio.ensure_future(edges.watch(media))
    yield edges, heard
    await tasks.end(watching)


def calls(media: Endpoint, hop: Hop) -> Leg:
    return media.invite("sip:1001@pbx.example", sender=ME, sdp=OFFER, hop=hop)


async def test_what_a_dead_node_did_not_take_is_taken_by_another(nodes: list[Node], media: Endpoint) -> None:
    async with watched(media, nodes) as (edges, heard):
        first, second = edges.hops
        assert [edges.choose() for _ in range(4)] == [first, second, first, second]
        await nodes[0].close()
        leg = calls(media, first)
        async with asyncio.timeout(20):
            assert isinstance(await leg.next(), Answered)
        assert len(nodes[1].taken) == 1
        leg.hang_up()
        assert heard == [(f"127.0.0.1:{first.port}", False)]
        assert [edges.choose() for _ in range(2)] == [second, second]
        assert media.next_hop == second
        back = Node(first.port)
        await back.start()
        await eventually(lambda: edges.lives(first))
        assert heard[1:] == [(f"127.0.0.1:{first.port}", True)]
        assert media.next_hop == first
        await back.close()


async def test_a_call_that_was_taken_is_not_placed_twice(nodes: list[Node], media: Endpoint) -> None:
    async with watched(media, nodes) as (edges, _):
        first, second = edges.hops
        leg = calls(media, first)
        async with asyncio.timeout(20):
            assert isinstance(await leg.next(), Answered)
        media.lost(first, second)
        await asyncio.sleep(0)
        assert not nodes[1].taken
        leg.hang_up()


async def test_when_none_seems_to_live_one_is_tried_all_the_same(nodes: list[Node], media: Endpoint) -> None:
    async with watched(media, nodes) as (edges, _):
        for node in nodes:
            await node.close()
        await eventually(lambda: not any(edges.lives(hop) for hop in edges.hops))
        assert edges.choose() in edges.hops
        assert edges.another(edges.hops[0]) is None


def test_addresses_are_read() -> None:
    assert parse("10.0.0.1:5070, kamailio-1.kamailio:5070") == [Hop("10.0.0.1", 5070), Hop("kamailio-1.kamailio", 5070)]


@pytest.mark.clause("C05")
def test_a_region_with_one_of_anything_is_refused() -> None:
    two = {"edge": "10.0.0.1:5070,10.0.0.2:5070", "engines": ("10.0.0.3:2223", "10.0.0.4:2223")}
    Settings.model_validate({**two, "redundant": True})
    Settings.model_validate({"edge": "10.0.0.1:5070"})
    for alone in ({"edge": "10.0.0.1:5070"}, {"engines": ("10.0.0.3:2223",)}, {"edge": "10.0.0.1:5070,10.0.0.1:5070"}):
        with pytest.raises(ValueError, match="two"):
            Settings.model_validate({**two, **alone, "redundant": True})
