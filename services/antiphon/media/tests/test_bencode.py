"""Bencode: what is sent comes back, and garbage is refused in one way."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.media.ng import bencode

pytestmark = pytest.mark.domain

values = st.recursive(
    st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=40, deadline=None)
@given(values)
def test_a_value_survives_the_way(value: bencode.Value) -> None:
    assert bencode.decode(bencode.encode(value)) == value


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_garbage_is_malformed_or_a_value(data: bytes) -> None:
    with contextlib.suppress(bencode.Malformed):
        bencode.decode(data)


@pytest.mark.parametrize("data", [b"", b"i1", b"5:ab", b"-1:", b"l", b"d1:a", b"di1ei2ee", b"i1ei2e", b"l" * 1000])
def test_cut_off_and_crooked_messages_are_refused(data: bytes) -> None:
    with pytest.raises(bencode.Malformed):
        bencode.decode(data)


def test_what_a_command_looks_like() -> None:
    command: dict[str, bencode.Sendable] = {
        "command": "offer",
        "flags": ["trust address"],
        "sdp": b"v=0\r\n",
        "delete delay": 0,
    }
    expected = b"d7:command5:offer5:flagsl13:trust addresse3:sdp5:v=0\r\n12:delete delayi0ee"
    assert bencode.encode(command) == expected


def test_what_is_not_utf_8_does_not_lose_the_answer() -> None:
    assert bencode.decode(b"d6:result2:ok1:x2:\xff\xfee") == {"result": "ok", "x": "\ufffd\ufffd"}
