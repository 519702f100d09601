"""The line against a sorted list."""

from random import Random

import pytest

from antiphon.acd.domain.channel import ChannelClass
from antiphon.acd.domain.item import Item
from antiphon.acd.domain.line import BLOCK, Line, entry_of

pytestmark = pytest.mark.domain


def item(key: int, seq: int) -> Item:
    return Item(f"i{seq}", seq, ("q",), "voice", ChannelClass.VOICE, 0, (), "", {}, 0, key=key)


@pytest.mark.parametrize("spread", [1, 50, 10**9])
def test_joining_and_leaving_in_any_order_keeps_exact_positions(spread: int) -> None:
    rng = Random(spread)
    line, known = Line(), []
    for seq in range(4 * BLOCK):
        known.append(item(rng.randrange(spread), seq))
        known.sort(key=lambda i: (i.key, i.seq))
        newest = next(i for i in known if i.seq == seq)
        assert line.join(entry_of(newest)) == known.index(newest) + 1
        if seq % 3 == 2:
            leaver = known[rng.randrange(len(known))]
            assert line.leave(entry_of(leaver)) == known.index(leaver) + 1
            known.remove(leaver)
    assert list(line) == known
    for leaver in list(known):
        assert line.leave(entry_of(leaver)) == 1
    assert len(line) == 0
