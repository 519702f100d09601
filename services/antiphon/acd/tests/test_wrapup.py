"""After-contact work: the four modes, and that it counts in every queue."""

import pytest

from antiphon.acd.domain import effects as fx
from antiphon.acd.domain.inputs import WrapUpEnded
from antiphon.acd.domain.policy import WrapUp, WrapUpMode
from antiphon.acd.domain.reasons import Reason, Refusal
from antiphon.acd.tests.scene import Scene

pytestmark = pytest.mark.domain


def after_a_call(mode: WrapUpMode, limit_ms: int | None = None) -> Scene:
    scene = Scene("q x", "A q x", wrap_up=WrapUp(mode, limit_ms)).ready("A").calls("i1").accepts("A", "i1")
    return scene.calls("i2", queue="x").at(60).hangs_up("A", "i1")


@pytest.mark.parametrize(
    ("mode", "limit_ms", "ends_at"),
    [("optional", None, 60 + 3600), ("mandatory", None, 60 + 3600), ("timed", 30_000, 90), ("optional", 5_000, 65)],
)
def test_wrap_up_keeps_every_queue_away_and_ends_by_itself(mode: str, limit_ms: int | None, ends_at: int) -> None:
    scene = after_a_call(WrapUpMode(mode), limit_ms)
    assert scene.effects == [fx.WrapUpStarted("i1", "A", ends_at * 1000)]
    assert scene.tick(ends_at - 1).offers == []
    assert scene.tick(ends_at).offers == [("i2", "A")]
    assert scene.told(fx.WorkCompleted)[0].how is fx.Completed.BY_TIME


def test_without_wrap_up_the_next_call_comes_at_once() -> None:
    assert after_a_call(WrapUpMode.NONE).offers == [("i2", "A")]


def test_a_mandatory_one_wants_a_disposition() -> None:
    scene = after_a_call(WrapUpMode.MANDATORY)
    with pytest.raises(Refusal) as refusal:
        scene.tell(WrapUpEnded("i1", "A"))
    assert refusal.value.reason is Reason.DISPOSITION_NEEDED
    assert scene.tell(WrapUpEnded("i1", "A", "sold")).offers == [("i2", "A")]


def test_idle_time_counts_from_the_end_of_wrap_up() -> None:
    scene = after_a_call(WrapUpMode.OPTIONAL).at(70).tell(WrapUpEnded("i1", "A"))
    assert scene.brain.floor.agents["A"].idle_since == 70_000
