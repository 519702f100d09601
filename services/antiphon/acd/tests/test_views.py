"""What the gRPC layer reads."""

import pytest

from antiphon.acd.domain.views import agent_view, item_view, queue_view, waiting_list
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain


def test_the_waiting_list_is_in_exact_order_with_positions() -> None:
    scene = Scene("q").calls("i1").at(1).calls("i2").at(2).calls("vip", priority=60)
    listed = [(item.item_id, item.position) for item in waiting_list(scene.brain, "q")]
    assert listed == [("vip", 1), ("i1", 2), ("i2", 3)]


def test_a_queue_counts_its_people_and_its_line() -> None:
    scene = Scene("q", "A q", "B q", "C q").at(5).ready("A", "B").calls("i1", "i2", "i3")
    view = queue_view(scene.brain, "q")
    assert (view.waiting, view.oldest_since) == (1, 5_000)
    assert (view.agents, view.agents_logged_in, view.agents_ready) == (3, 2, 2)
    assert view.agents_free == 2 - 2 * (not any(agent_view(scene.brain, "A").has_room))


def test_an_agent_shows_his_load_and_what_he_holds() -> None:
    scene = Scene("q", "A q").ready("A").calls("c1", channel="webchat", attributes={"topic": "bill"})
    view = agent_view(scene.brain, "A")
    assert view.load == (0, 1, 0, 0)
    assert view.has_room == (False, True, True, True)
    assert [(held.item_id, held.state, held.attributes) for held in view.held] == [("c1", "offered", {"topic": "bill"})]
    assert item_view(scene.brain, "c1").offers[0].agent_id == "A"
    assert item_view(scene.brain, "c1").position is None
