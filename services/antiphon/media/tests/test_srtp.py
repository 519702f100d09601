"""The phone's SRTP by the example of RFC 3711 B.3, and there and back."""

from __future__ import annotations

import pytest

from antiphon.media.phone import srtp
from antiphon.media.phone.rtp import Packet

pytestmark = pytest.mark.domain


def test_keys_are_derived_as_in_the_rfc() -> None:
    key = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE4139" + "0EC675AD498AFEEBB6960B3AABE6")
    cipher, salt, auth = srtp.derived(key)
    assert cipher.hex().upper() == "C61E7A93744F39EE10734AFE3FF7A087"
    assert f"{salt:028X}" == "30CBBC08863D8C85D49DB34A9AE1"
    assert auth.hex().upper() == "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"


def test_there_and_back_over_the_end_of_the_numbers() -> None:
    key = srtp.new_key()
    sender, receiver, stranger = srtp.Context(key), srtp.Context(key), srtp.Context(srtp.new_key())
    for number in range(65_530, 65_545):
        packet = Packet(8, number, 160 * number, 7, bytes([number & 0xFF]) * 160).encode()
        sealed = sender.protect(packet)
        assert packet[12:] not in sealed
        assert receiver.unprotect(sealed) == packet
        assert stranger.unprotect(sealed) is None
    assert receiver.unprotect(sealed[:-1] + b"?") is None or sealed[-1:] == b"?"
    assert receiver.unprotect(b"short") is None


def test_the_attribute_of_a_description() -> None:
    key = srtp.new_key()
    assert srtp.read_attribute(srtp.attribute(3, key)) == (3, key)
    assert srtp.read_attribute(srtp.attribute(1, key) + "|2^20|1:32") == (1, key)
    assert srtp.read_attribute("1 AES_256_CM_HMAC_SHA1_80 inline:AAAA") is None
