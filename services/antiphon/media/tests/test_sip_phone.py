"""Phones that really talk: sound both ways, digits in three manners, hold, transfers, RTCP; and its arithmetic."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from antiphon.media.phone import rtp, sound
from antiphon.media.phone.phone import NotRegistered, NotUp, Phone, PhoneAccount, PhoneCall
from antiphon.media.phone.sound import Recording, Tone
from antiphon.media.sip.uri import Hop
from antiphon.media.tests.registrar import Registrar

pytestmark = pytest.mark.service


async def eventually(is_so: Callable[[], object], within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not is_so():  # noqa: ASYNC110 — what is awaited is no event
            await asyncio.sleep(0.02)


async def phone(user: str, *codecs: str, transport: str = "udp") -> Phone:
    account = PhoneAccount(user, "pbx.example", transport=transport, codecs=codecs or ("PCMU", "PCMA"))
    made = Phone(account, rtcp_every=0.2)
    await made.start()
    return made


def number(of: Phone) -> str:
    return f"sip:{of.account.user}@127.0.0.1:{of.endpoint.port};transport={of.account.transport}"


async def connected(a: Phone, b: Phone) -> tuple[PhoneCall, PhoneCall]:
    out = await a.call(number(b))
    call = await b.incoming()
    call.ring()
    call.answer()
    await out.up()
    await call.up()
    return out, call


def hears(call: PhoneCall, frequency: float) -> bool:
    samples = call.line.heard(0.4)
    return len(samples) >= 3200 and sound.purity(samples, frequency) > 0.9


@pytest.mark.parametrize(("codec", "transport"), [("PCMU", "udp"), ("PCMA", "tcp")])
async def test_two_phones_hear_each_other(codec: str, transport: str, tmp_path: Path) -> None:
    a, b = await phone("a", transport=transport), await phone("b", codec, transport=transport)
    out, call = await connected(a, b)
    out.line.sound, call.line.sound = Tone(440), Tone(1000)
    await eventually(lambda: hears(out, 1000) and hears(call, 440))
    assert (out.line.codec, call.line.codec) == (codec, codec)
    assert abs(sound.dominant(out.line.heard(0.4)) - 1000) < 10
    for how in ("event", "in-band", "info"):
        if how == "in-band":
            call.line.recording.clear()
        await out.press("1#", how)
        if how != "in-band":
            assert [await call.digits.get(), await call.digits.get()] == ["1", "#"]
    heard = call.line.heard(30)
    keys = [sound.key_of(heard[at : at + 400]) for at in range(0, len(heard) - 400, 400)]
    assert {"1", "#"} <= set(keys)
    await eventually(lambda: out.line.reports and call.line.reports and out.line.round_trip)
    assert call.line.reception.lost == 0
    assert out.line.round_trip < 1
    sound.save_wav(tmp_path / "heard.wav", heard)
    assert (Recording.wav(tmp_path / "heard.wav").frame() == heard[:160]).all()
    call.hang_up()
    assert await out.over() == 0
    await a.close()
    await b.close()


async def test_hold_and_resume() -> None:
    a, b = await phone("a"), await phone("b")
    out, call = await connected(a, b)
    out.line.sound, call.line.sound = Tone(440), Tone(1000)
    await eventually(lambda: hears(out, 1000))
    await out.hold()
    assert (call.remote_direction, call.line.sends) == ("sendonly", False)
    sent = call.line.sent
    await eventually(lambda: hears(call, 440))
    assert call.line.sent <= sent + 1
    await out.resume()
    assert call.line.sends
    await eventually(lambda: call.line.sent > sent + 20 and hears(out, 1000))
    await a.close()
    await b.close()


async def test_a_blind_transfer() -> None:
    a, b, c = await phone("a"), await phone("b"), await phone("c")
    out, _ = await connected(a, b)
    wanted = asyncio.ensure_future(out.transfer(number(c)))
    call = await c.incoming()
    call.line.sound = Tone(700)
    call.answer()
    assert await wanted == 200
    await out.over()
    await eventually(lambda: len(b.calls) == 1)
    (left,) = b.calls
    await eventually(lambda: hears(left, 700))
    for one in (a, b, c):
        await one.close()


async def test_a_blind_transfer_to_someone_busy_comes_back() -> None:
    a, b, c = await phone("a"), await phone("b"), await phone("c")
    out, call = await connected(a, b)
    wanted = asyncio.ensure_future(out.transfer(number(c)))
    (await c.incoming()).reject(486)
    assert await wanted == 486
    call.line.sound = Tone(700)
    await eventually(lambda: hears(out, 700))
    for one in (a, b, c):
        await one.close()


async def test_an_attended_transfer() -> None:
    a, b, c = await phone("a"), await phone("b"), await phone("c")
    to_b, _ = await connected(a, b)
    to_c, _ = await connected(a, c)
    await to_b.hold()
    assert await to_b.transfer_to(to_c) == 200
    await to_b.over()
    await to_c.over()
    await eventually(lambda: len(b.calls) == len(c.calls) == 1)
    b.calls[0].line.sound, c.calls[0].line.sound = Tone(440), Tone(1000)
    await eventually(lambda: hears(b.calls[0], 1000) and hears(c.calls[0], 440))
    for one in (a, b, c):
        await one.close()


async def test_calls_are_refused_cancelled_and_without_a_common_codec() -> None:
    a, b = await phone("a", "PCMU"), await phone("b", "PCMA")
    out = await a.call(number(b))
    (await b.incoming()).reject(486)
    with pytest.raises(NotUp):
        await out.up()
    assert out.code == 486
    out = await a.call(number(b))
    assert not (await b.incoming()).answer()
    assert await out.over() == 488
    out = await a.call(number(b))
    call = await b.incoming()
    call.ring()
    await out.rang.wait()
    out.hang_up()
    assert await out.over() == 487
    await call.over()
    assert (a.calls, b.calls) == ([], [])
    await a.close()
    await b.close()


async def test_a_phone_registers_or_says_why_not() -> None:
    registrar = await Registrar.start()
    a, b = await phone("a"), await phone("b")
    account = PhoneAccount("a", "pbx.example", "secret")
    good = Phone(account, Hop("127.0.0.1", registrar.port))
    bad = Phone(account, Hop("127.0.0.1", b.endpoint.port))
    for one in (good, bad):
        await one.start()
    await good.register()
    with pytest.raises(NotRegistered, match="405"):
        await bad.register()
    for one in (a, b, good, bad):
        await one.close()
    assert registrar.seen[-1].get("expires") == "0"
    registrar.transport.close()


def test_g711_is_as_exact_as_it_can_be() -> None:
    every = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)
    for codec in ("PCMU", "PCMA"):
        back = sound.decode(sound.encode(every, codec), codec).astype(np.int32)
        assert (np.abs(back - every) <= np.maximum(np.abs(every.astype(np.int32)) // 16, 644)).all()
        codes = bytes(range(256))
        assert (
            sound.decode(sound.encode(sound.decode(codes, codec), codec), codec) == sound.decode(codes, codec)
        ).all()
    assert list(sound.decode(b"\x00\x80\x7f\xff\xaa", "PCMU")) == [-32124, 32124, 0, 0, 5372]
    assert list(sound.decode(b"\xd5\x55\x2a\xaa", "PCMA")) == [8, -8, -32256, 32256]


def test_a_receiver_counts_loss_and_jitter() -> None:
    counted = rtp.Reception()
    for step in range(200):
        if step % 10 == 5:
            continue
        packet = rtp.Packet(0, (65_500 + step) & 0xFFFF, 160 * step, 7, b"x" * 160)
        counted.take(packet, 0.02 * step + (0.01 if step % 2 else 0.0))
    assert (counted.expected, counted.lost) == (200, 20)
    assert 40 < counted.jitter < 100
    data = rtp.sender_report(9, 1000.5, 1, (2, 3), counted.block(5, 0.5))
    (report,), middle = rtp.read_reports(data)
    assert middle
    assert (report.ssrc, report.lost, round(report.fraction_lost, 1), report.delay) == (7, 20, 0.1, 0.5)
    assert rtp.read_reports(rtp.receiver_report(9)) == ([], 0)


def test_strange_packets_are_no_harm() -> None:
    good = rtp.Packet(0, 1, 2, 3, b"abc", marker=True)
    assert rtp.Packet.parse(good.encode()) == good
    for cut in range(12):
        assert rtp.Packet.parse(good.encode()[:cut]) is None
    assert rtp.Packet.parse(b"\xbf" * 12) is None
    assert rtp.read_event(b"\x01") is None
    assert rtp.read_event(b"\xff\x80\x00\x01") is None
    for size in range(0, 60, 3):
        rtp.read_reports(b"\x81\xc8\x00\x0c" + b"\xff" * size)
