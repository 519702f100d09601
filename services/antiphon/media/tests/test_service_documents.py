"""Faxes as documents: a real fax machine (spandsp) at the other side of a real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import typst

from antiphon.directory.v1 import directory_pb2 as directory
from antiphon.directory.v1 import telephony_pb2 as telephony
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import ask, stream
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.fax import pages, spandsp, tiff
from antiphon.media.fax.spandsp import Machine
from antiphon.media.phone.phone import Phone, PhoneCall
from antiphon.media.phone.sound import FRAME, Samples
from antiphon.media.tests.engine import installed
from antiphon.media.tests.plant import Headers, Plant, plant
from antiphon.media.tests.t38_machine import T38Sender
from antiphon.media.v1 import media_pb2 as pb

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(not installed() or bool(spandsp.missing()), reason="rtpengine or spandsp is not installed"),
]

ENGINE = "127.0.0.74"
OUTSIDE = "+380671234568"
PAPER = "#set page(width: 210mm, height: 297mm)\n#set text(60pt)\nFirst #pagebreak() Second"


class Plugged(list[Samples]):
    """A fax machine at a phone's line: what the phone hears goes to it, what it says the phone sends."""

    def __init__(self, call: PhoneCall, machine: Machine) -> None:
        super().__init__()
        self.machine = machine
        call.line.recording = self
        call.line.sound = self

    def append(self, heard: Samples) -> None:
        self.machine.hear(heard)

    def frame(self) -> Samples:
        return self.machine.say(FRAME)


@pytest.fixture(scope="module")
async def pbx(platforms: dict[str, Platform], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    async with plant(platforms, tmp_path_factory.mktemp("plant"), ENGINE) as it:
        it.edge.direct_trunks = True
        await it.dial_plan(country="UA", caller_id=it.number, recording_days=30)
        yield it


@pytest.fixture(scope="module")
async def operator(pbx: Plant) -> Phone:
    """Who takes the calls to the world; the operator who is there calls in only."""
    for there in (await ask(pbx.telephony.ListTrunks, telephony.ListTrunksRequest(), pbx.owner)).trunks:
        there.priority = 99
        await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=there), pbx.owner)
    phone = await pbx.phone("carrier")
    trunk = telephony.Trunk(name="Carrier", host="127.0.0.1", port=phone.endpoint.port, codecs=["PCMA"], priority=1)
    await ask(pbx.telephony.PutTrunk, telephony.PutTrunkRequest(trunk=trunk), pbx.owner)
    return phone


@pytest.fixture(scope="module")
async def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of two pages, and beside it the same as a fax machine draws it; and both of the first page only."""
    return await asyncio.to_thread(_paper, tmp_path_factory.mktemp("paper"))


def _paper(folder: Path) -> Path:
    for name, source in (("single", PAPER.partition("#pagebreak")[0]), ("paper", PAPER)):
        document = folder / f"{name}.pdf"
        document.write_bytes(typst.compile(source.encode(), format="pdf"))
        document.with_suffix(".tif").write_bytes(tiff.written(pages.draw(document)))
    return document


async def faxes(pbx: Plant, headers: Headers) -> list[pb.Fax]:
    return list((await ask(pbx.media.ListFaxes, pb.ListFaxesRequest(), headers)).faxes)


async def content(pbx: Plant, fax_id: str, headers: Headers, reason: str = "") -> bytes:
    asked = pb.DownloadFaxRequest(fax_id=fax_id, reason=reason)
    return b"".join([part.chunk async for part in stream(pbx.media.DownloadFax, asked, headers)])


async def send(pbx: Plant, request: pb.SendFaxRequest) -> pb.Fax:
    """The third person sends; drawing takes a moment."""
    answer = await ask(pbx.media.SendFax, request, pbx.people[2].headers, within=60)
    it: pb.Fax = answer.fax
    return it


def read(paper: Path) -> bytes:
    return paper.read_bytes()


def same(one: Path, other: Path) -> None:
    """Every page is the same picture, but for the edges of letters."""
    left, right = pages.draw(one), pages.draw(other)
    assert len(left) == len(right)
    for a, b in zip(left, right, strict=True):
        assert a.any()
        assert np.count_nonzero(a != b) < 0.2 * np.count_nonzero(a)


@pytest.mark.clause("A14")
async def test_a_document_comes_in_and_goes_out(pbx: Plant, operator: Phone, paper: Path, tmp_path: Path) -> None:
    """Both at once, as each takes its half a minute."""
    await asyncio.gather(comes(pbx, paper, tmp_path), goes(pbx, operator, paper, tmp_path))
    await pbx.clean()


async def comes(pbx: Plant, paper: Path, tmp_path: Path) -> None:
    owner, other = pbx.people[0], pbx.people[1]
    take = {"id": "fax", "kind": "fax", "box": "person", "box_id": owner.id, "next": "bye"}
    await pbx.scheme(take, {"id": "bye", "kind": "close", "text": {"en": ""}, "outcome": "fax"})
    call = await pbx.caller()
    sender = Plugged(call, Machine.sending(paper.with_suffix(".tif"), "+380501112233"))
    await call.up()
    await pbx.the_call("FAX")
    await call.over(within=120)  # our machine hangs up when it has the last page
    sender.machine.close()
    assert sender.machine.over is not None
    assert (sender.machine.over.why, sender.machine.over.sent) == ("", 2)

    async def arrived() -> pb.Fax | None:
        return next((it for it in await faxes(pbx, owner.headers) if it.direction == pb.DIRECTION_INBOUND), None)

    it: pb.Fax = await eventually(arrived, 20)
    assert (it.status, it.pages, it.ident, it.read) == (pb.FAX_STATUS_RECEIVED, 2, "+380501112233", False)
    assert it.kept_until.ToDatetime() > it.at.ToDatetime()
    assert (await pbx.record(it.call_id)).outcome == "fax"
    (tmp_path / "in.pdf").write_bytes(await content(pbx, it.id, owner.headers))
    await asyncio.to_thread(same, paper, tmp_path / "in.pdf")
    assert (await arrived()).read  # type: ignore[union-attr]
    await rights(pbx, it.id, other.headers)


@pytest.mark.clause("A14")
async def test_a_page_comes_in_as_t38(pbx: Plant, paper: Path, tmp_path: Path) -> None:
    """The operator asks for T.38 and sends packets; the engine makes tones of them for our machine."""
    owner = pbx.people[0]
    take = {"id": "fax", "kind": "fax", "box": "person", "box_id": owner.id, "next": "bye"}
    await pbx.scheme(take, {"id": "bye", "kind": "close", "text": {"en": ""}, "outcome": "fax"})
    call = await pbx.caller()
    await call.up()
    live = await pbx.the_call("FAX")
    single = paper.with_stem("single")
    sender = T38Sender(call, single.with_suffix(".tif"), "+380501112244")
    await sender.open()
    try:
        await sender.faxes()
        async with asyncio.timeout(240):
            assert await sender.run() == 0
        assert sender.packets > 0
    finally:
        sender.close()
    await call.over(within=60)

    async def arrived() -> pb.Fax | None:
        return next((it for it in await faxes(pbx, owner.headers) if it.call_id == live.id), None)

    it: pb.Fax = await eventually(arrived, 20)
    assert (it.status, it.pages, it.ident) == (pb.FAX_STATUS_RECEIVED, 1, "+380501112244")
    (tmp_path / "in.pdf").write_bytes(await content(pbx, it.id, owner.headers))
    await asyncio.to_thread(same, single, tmp_path / "in.pdf")
    assert (await pbx.record(live.id)).outcome == "fax"
    await pbx.clean()


async def rights(pbx: Plant, fax_id: str, stranger: Headers) -> None:
    """Somebody else's is not listed, not read without right and reason, and each reading is noted."""
    assert not await faxes(pbx, stranger)
    with pytest.raises(DomainError, match=r"recordings\.read"):
        await content(pbx, fax_id, stranger)
    with pytest.raises(DomainError, match="say why"):
        await content(pbx, fax_id, pbx.owner)
    assert await content(pbx, fax_id, pbx.owner, "a complaint")
    asked = directory.ListAuditRequest(object=f"fax:{fax_id}")
    noted = (await ask(pbx.directory.ListAudit, asked, pbx.owner)).entries
    assert [entry.action for entry in noted] == ["fax.read", "fax.read"]


async def goes(pbx: Plant, operator: Phone, paper: Path, tmp_path: Path) -> None:
    sender = pbx.people[2]
    request = pb.SendFaxRequest(request_id="one", to=OUTSIDE, document=read(paper))
    sent = await send(pbx, request)
    assert (sent.status, sent.pages, sent.number) == (pb.FAX_STATUS_SENDING, 2, OUTSIDE)
    call = await operator.incoming()
    machine = Plugged(call, Machine.receiving(tmp_path / "out.tif", OUTSIDE))
    assert call.answer()
    again = await send(pbx, request)
    assert again.id == sent.id  # a repeat is no second call

    async def delivered() -> pb.Fax | None:
        it = next(it for it in await faxes(pbx, sender.headers) if it.id == sent.id)
        return it if it.status != pb.FAX_STATUS_SENDING else None

    it: pb.Fax = await eventually(delivered, 120)
    assert (it.status, it.why, it.pages_done, it.ident) == (pb.FAX_STATUS_DELIVERED, "", 2, OUTSIDE)
    machine.machine.close()
    (tmp_path / "out.pdf").write_bytes(tiff.pdf(tiff.scans((tmp_path / "out.tif").read_bytes())))
    await asyncio.to_thread(same, paper, tmp_path / "out.pdf")
    assert (await pbx.record(it.call_id)).outcome == "fax"


async def test_nobody_answers_and_what_is_no_document(pbx: Plant, operator: Phone, paper: Path) -> None:
    sender = pbx.people[2]
    for bad in (b"", b"GIF89a", b"%PDF-1.4\nnothing of the kind", b"%PDF-1.4" + bytes(3_000_001)):
        with pytest.raises(DomainError) as refused:
            await send(pbx, pb.SendFaxRequest(request_id="x", to=OUTSIDE, document=bad))
        assert refused.value.reason.name == "BAD_DOCUMENT"
    request = pb.SendFaxRequest(request_id="two", to=OUTSIDE, document=read(paper))
    sent = await send(pbx, request)
    (await operator.incoming()).reject(486)

    async def failed() -> pb.Fax | None:
        return next((it for it in await faxes(pbx, sender.headers) if it.id == sent.id and it.why), None)

    it: pb.Fax = await eventually(failed, 20)
    assert (it.status, it.why) == (pb.FAX_STATUS_FAILED, "busy")
    await ask(pbx.media.DeleteFax, pb.DeleteFaxRequest(fax_id=it.id), sender.headers)
    assert it.id not in [one.id for one in await faxes(pbx, sender.headers)]
    await pbx.clean()


async def test_a_caller_who_is_no_machine_leaves_nothing(pbx: Plant) -> None:
    take = {"id": "fax", "kind": "fax", "box": "person", "box_id": pbx.people[0].id, "next": "bye"}
    await pbx.scheme(take, {"id": "bye", "kind": "close", "text": {"en": ""}, "outcome": "fax"})
    before = len(await faxes(pbx, pbx.owner))
    call = await pbx.caller()
    await call.up()
    live = await pbx.the_call("FAX")
    call.hang_up()
    await pbx.record(live.id)
    assert len(await faxes(pbx, pbx.owner)) == before
    await pbx.clean()
