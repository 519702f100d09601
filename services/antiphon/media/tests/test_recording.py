"""Recordings from pcaps made by hand: places, losses, pauses, clocks, cut files, Opus."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from antiphon.kit.errors import DomainError
from antiphon.media.audio import files, g711, tones
from antiphon.media.audio.g711 import PCMA, PCMU
from antiphon.media.ng.reasons import Reason
from antiphon.media.recording import opus
from antiphon.media.recording.pcap import datagrams
from antiphon.media.recording.recording import LEFT, RIGHT, Paused, stereo
from antiphon.media.tests.opus_party import encoded

pytestmark = pytest.mark.domain

BEGAN = 1_800_000_000.0
A, B = 30000, 30010
SIDES = {A: LEFT, B: RIGHT}


class Wire:
    """Writes a pcap as rtpengine does."""

    def __init__(self) -> None:
        self.data = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))

    def rtp(
        self, at: float, port: int, number: int, time: int, payload: bytes, kind: int = PCMA, ssrc: int = 7
    ) -> None:
        rtp = struct.pack("!BBHII", 0x80, kind, number & 0xFFFF, time & 0xFFFFFFFF, ssrc) + payload
        self.udp(at, port, rtp)

    def udp(self, at: float, port: int, payload: bytes) -> None:
        udp = struct.pack("!HHHH", 4000, port, 8 + len(payload), 0) + payload
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), bytes(4)) + udp
        frame = bytes(12) + b"\x08\x00" + ip
        microseconds = round((BEGAN + at) * 1e6)
        self.data += struct.pack("<IIII", *divmod(microseconds, 1_000_000), len(frame), len(frame)) + frame

    def tone(
        self, port: int, hertz: int, start: float, seconds: float, *, kind: int = PCMA, first: int = 100,
        lost: frozenset[int] = frozenset(), tremble: float = 0.0, ssrc: int = 7, time: int = 5000,
    ) -> None:  # fmt: skip
        sound = tones.tone(hertz, seconds=seconds)
        for step in range(round(seconds * 50)):
            if step not in lost:
                at = start + step * 0.02 + (tremble if step % 2 else 0)
                piece = sound[step * 160 : step * 160 + 160]
                self.rtp(at, port, first + step, time + step * 160, g711.encode(piece, kind), kind, ssrc)


def refused(data: bytes) -> bool:
    try:
        stereo(datagrams(data), SIDES)
    except DomainError as error:
        return error.reason is Reason.RECORDING_EMPTY
    return False


def test_each_party_has_its_channel_and_its_time() -> None:
    wire = Wire()
    wire.tone(A, 440, 0.0, 2.0)
    wire.tone(B, 880, 1.0, 2.0, kind=PCMU, ssrc=9)
    made = stereo(datagrams(wire.data), SIDES)
    assert made.rate == 8000
    assert made.began_at == pytest.approx(BEGAN)
    assert made.seconds == pytest.approx(3.0, abs=0.05)
    left, right = made.sound[:, LEFT], made.sound[:, RIGHT]
    assert tones.purity(left[:16000], 440) > 0.95
    assert not left[16100:].any()
    assert not right[:7900].any()
    assert tones.purity(right[8000:], 880) > 0.95
    assert {(track.port, track.channel) for track in made.tracks} == {(A, LEFT), (B, RIGHT)}


def test_without_ports_the_first_to_speak_is_left() -> None:
    wire = Wire()
    wire.tone(B, 880, 0.0, 1.0)
    wire.tone(A, 440, 0.5, 1.0)
    made = stereo(datagrams(wire.data), {})
    assert tones.purity(made.sound[:4000, LEFT], 880) > 0.95


def test_two_agents_one_after_the_other_share_the_right_channel() -> None:
    wire = Wire()
    wire.tone(A, 440, 0.0, 4.0)
    wire.tone(B, 880, 0.0, 1.5)
    wire.tone(B + 2, 1200, 2.0, 2.0)
    made = stereo(datagrams(wire.data), {**SIDES, B + 2: RIGHT})
    assert tones.purity(made.sound[:12000, RIGHT], 880) > 0.95
    assert tones.purity(made.sound[16000:32000, RIGHT], 1200) > 0.95


def test_jitter_reordering_and_repeats_are_not_heard() -> None:
    wire, sound = Wire(), tones.tone(440, seconds=2)
    order = [step ^ 1 for step in range(100)]
    for index, step in enumerate([*order, *order[:10]]):
        payload = g711.encode(sound[step * 160 : step * 160 + 160])
        wire.rtp(index * 0.02 + (index % 3) * 0.004, A, 65500 + step, 5000 + step * 160, payload)
    made = stereo(datagrams(wire.data), SIDES)
    assert made.tracks[0].quality.packets == 100
    assert made.tracks[0].quality.lost == 0
    assert tones.purity(made.sound[400:15600, LEFT], 440) > 0.95


def test_loss_is_counted_and_is_silence_in_its_place() -> None:
    wire = Wire()
    wire.tone(A, 440, 0.0, 2.0, lost=frozenset({10, 11, 50}))
    made = stereo(datagrams(wire.data), SIDES)
    figures = made.tracks[0].quality
    assert (figures.packets, figures.lost) == (97, 3)
    assert figures.mos is not None
    assert figures.mos < 4.3
    assert not made.sound[10 * 160 : 12 * 160, LEFT].any()
    assert made.seconds == pytest.approx(2.0, abs=0.02)


def test_jitter_is_measured_as_rfc_3550_says() -> None:
    steady, trembling = Wire(), Wire()
    steady.tone(A, 440, 0.0, 2.0)
    trembling.tone(A, 440, 0.0, 2.0, tremble=0.01)
    assert stereo(datagrams(steady.data), SIDES).tracks[0].quality.jitter_ms == pytest.approx(0, abs=0.01)
    assert stereo(datagrams(trembling.data), SIDES).tracks[0].quality.jitter_ms == pytest.approx(10, abs=0.5)


def test_a_sender_whose_clock_jumps_goes_on_where_he_is() -> None:
    wire = Wire()
    wire.tone(A, 440, 0.0, 1.0)
    wire.tone(A, 440, 3.0, 1.0, first=150, time=3_000_000_000)
    made = stereo(datagrams(wire.data), SIDES)
    assert made.seconds == pytest.approx(4.0, abs=0.05)
    assert not made.sound[8200:23800, LEFT].any()
    assert tones.purity(made.sound[24000:, LEFT], 440) > 0.95


@pytest.mark.parametrize(("paused", "seconds"), [(Paused.SILENCED, 5.0), (Paused.CUT, 3.0)])
def test_a_pause_is_silenced_or_cut_and_is_no_loss(paused: Paused, seconds: float) -> None:
    wire = Wire()
    pause = frozenset(range(50, 150))
    wire.tone(A, 440, 0.0, 5.0, lost=pause)
    wire.tone(B, 880, 0.0, 5.0, lost=frozenset(range(60, 150)))  # the engine wrote a little of the pause
    made = stereo(datagrams(wire.data), SIDES, pauses=[(BEGAN + 1.0, BEGAN + 3.0)], paused=paused)
    assert made.seconds == pytest.approx(seconds, abs=0.05)
    assert [track.quality.lost for track in made.tracks] == [0, 0]
    if paused is Paused.SILENCED:
        assert not made.sound[8000:24000].any()
    else:
        assert tones.purity(made.sound[:, RIGHT], 880) > 0.95


def test_what_a_muted_leg_said_to_nobody_is_left_out() -> None:
    wire = Wire()
    wire.tone(A, 440, 0.0, 3.0)
    wire.tone(B, 880, 0.0, 3.0)
    made = stereo(datagrams(wire.data), SIDES, unheard={B: [(BEGAN + 1.0, BEGAN + 2.0)]})
    assert not made.sound[8000:16000, RIGHT].any()
    assert tones.purity(made.sound[:, LEFT], 440) > 0.95
    assert tones.purity(made.sound[16000:, RIGHT], 880) > 0.95


def test_a_cut_off_file_gives_what_is_there() -> None:
    wire = Wire()
    wire.tone(A, 440, 0.0, 2.0)
    whole = bytes(wire.data)
    for length in (len(whole) - 1, len(whole) - 100, len(whole) // 2):
        made = stereo(datagrams(whole[:length]), SIDES)
        assert tones.purity(made.sound[:, LEFT], 440) > 0.95
    for length in (0, 10, 24, 30, 300):
        assert refused(whole[:length])


def test_what_is_no_sound_is_left_out() -> None:
    wire = Wire()
    wire.udp(0.0, A, b"")
    wire.udp(0.0, A, struct.pack("!BBHII", 0x80, 200, 6, 1, 1) * 3)
    wire.tone(A + 500, 600, 0.0, 1.0)
    for number in range(20):
        wire.rtp(number * 0.02, A, number, 0, b"\x01\x0a\x00\xa0", kind=101)
    assert refused(bytes(wire.data))
    assert refused(b"\xd4\xc3\xb2\xa1" + b"\xff" * 500)
    assert list(datagrams(b"no pcap at all, but longer than a header")) == []


def test_an_opus_leg_is_decoded() -> None:
    wire = Wire()
    time = 9000
    for number, packet in enumerate(encoded(880, 2.0)):
        wire.rtp((time - 9000) / 48000, B, number, time, packet, kind=111, ssrc=9)
        time += opus.duration(packet)
    wire.tone(A, 440, 0.0, 2.0)
    made = stereo(datagrams(wire.data), SIDES, opus=frozenset({111}))
    assert made.rate == 16000
    assert made.seconds == pytest.approx(2.0, abs=0.1)
    assert tones.purity(made.sound[3200:28000, RIGHT], 880, 16000) > 0.9
    assert tones.purity(made.sound[3200:28000, LEFT], 440, 16000) > 0.95


def test_opus_packets_that_make_no_sense_are_empty() -> None:
    assert [piece.size for piece in opus.decode([b"", b"\x03"])] == [0, 0]
    assert opus.duration(b"\x08\x00") == 960


def test_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    sound = np.stack([tones.tone(440, seconds=1), tones.tone(880, seconds=1)], axis=1)
    for name in ("call.wav", "call.opus"):
        files.write(tmp_path / name, sound, 8000)
        back, rate = files.read(tmp_path / name)
        assert back.shape[0] / rate == pytest.approx(1.0, abs=0.05)
        assert tones.purity(back[rate // 4 : rate // 2, RIGHT], 880, rate) > 0.9
    with pytest.raises(DomainError) as refusal:
        files.write(tmp_path / "no such folder" / "call.wav", sound, 8000)
    assert refusal.value.reason is Reason.NOT_WRITTEN
    assert sorted(file.name for file in tmp_path.iterdir()) == ["call.opus", "call.wav"]


def test_a_prompt_is_made_in_both_laws_once(tmp_path: Path) -> None:
    source = tmp_path / "hello.wav"
    soundfile.write(source, np.stack([tones.tone(500, seconds=1, rate=44100)] * 2, axis=1), 44100)
    prompt = files.prepare(source, tmp_path / "prompts")
    assert prompt.of("PCMU").name == "hello.ulaw.wav"
    for codec in ("PCMA", "PCMU"):
        sound, rate = files.read(prompt.of(codec))
        assert rate == 8000
        assert tones.purity(sound, 500) > 0.95
    made = prompt.a_law.stat().st_mtime_ns
    assert files.prepare(source, tmp_path / "prompts") == prompt
    assert prompt.a_law.stat().st_mtime_ns == made
    with pytest.raises(DomainError) as refusal:
        files.prepare(tmp_path / "nothing.wav", tmp_path)
    assert refusal.value.reason is Reason.PROMPT_MISSING
