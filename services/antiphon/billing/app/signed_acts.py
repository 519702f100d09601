"""Signed paper copies of acts: asked for by either side, sent by post, stored as scans.

    requested ── sent by post ──▶ sent ── the signed copy comes back ──▶ stored
              ── it came another way ──────────────────────────────────▶ stored

What a scan is, its content says; not its name. The file is kept under its hash before the paper names it.
"""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from antiphon.billing.app import notices
from antiphon.billing.app.accounts import account_on
from antiphon.billing.app.messages import local_day
from antiphon.billing.app.numbering import DOCUMENT
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.times import stamp
from antiphon.billing.app.writer import Page
from antiphon.billing.domain import contract
from antiphon.billing.domain.accounting import DocumentKind
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import contract_pb2 as pb
from antiphon.kit.errors import Common, DomainError, invalid

SIGNED = "signed"
REQUESTED, SENT, STORED = "requested", "sent", "stored"
LARGEST = 10_000_000
TYPES = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
MACHINE = "service:billing"
LONGEST = 100


def keys(document_id: str) -> list[str]:
    return [key_of(SIGNED, document_id), key_of(DOCUMENT, document_id)]


def type_of(content: bytes) -> str:
    """What a file is by its first bytes. Raises SCAN_TOO_LARGE, NO_SCAN."""
    if len(content) > LARGEST:
        raise DomainError(Reason.SCAN_TOO_LARGE)
    found = next((kind for magic, kind in TYPES.items() if content.startswith(magic)), None)
    if found is None:
        raise DomainError(Reason.NO_SCAN)
    return found


def request(page: Page, document_id: str, by: str, now: int) -> Paper:
    """Raises NOT_FOUND, INVALID."""
    account, known = account_on(page), page.papers.get(key_of(SIGNED, document_id))
    if known is not None:
        return known
    document = page.papers.get(key_of(DOCUMENT, document_id))
    if document is None:
        raise DomainError(Common.NOT_FOUND, object=document_id)
    if document.data["kind"] != DocumentKind.ACT.value:
        raise invalid("document_id", "is no act")
    days = profile(account.customer.country).notice.signed_days
    due = local_day(account, now) + timedelta(days=days)
    data = {
        "number": document.data["text"], "due": due.isoformat(), "late": False,
        "wakes": contract.ends(due, ZoneInfo(account.zone)), "tracking": "", "sent": 0, "stored": 0, "hash": "",
        "size": 0, "type": "",
    }  # fmt: skip
    page.note(Said(now, by, "ask_signed", data["number"]))
    notices.write(page, "signed_act", data["number"], now)
    return page.put_paper(Paper(SIGNED, document_id, REQUESTED, now, by, data=data))


def send(page: Page, asked: tuple[str, str], by: str, now: int) -> Paper:
    """`asked` is the document and the post's tracking number. Raises NOT_FOUND, ILLEGAL, INVALID."""
    document_id, tracking = asked[0], asked[1].strip()
    if not 0 < len(tracking) <= LONGEST:
        raise invalid("tracking", f"has 1 to {LONGEST} characters")
    known = _known(page, document_id)
    if known.state == STORED:
        raise DomainError(Reason.ILLEGAL, "the signed copy is stored")
    if known.data["tracking"] == tracking:
        return known
    page.note(Said(now, by, "sent_signed", f"{known.data['number']}: {tracking}"))
    notices.write(page, "signed_act_sent", known.data["number"], now)
    return page.put_paper(known.to(SENT, tracking=tracking, sent=now))


def keep(page: Page, scan: pb.KeptScan, by: str, now: int) -> Paper:
    """Raises NOT_FOUND, ILLEGAL."""
    known = _known(page, scan.document_id)
    if known.state == STORED:
        if known.data["hash"] != scan.hash:
            raise DomainError(Reason.ILLEGAL, "another copy is stored")
        return known
    page.note(Said(now, by, "signed", f"{known.data['number']}: {scan.hash}"))
    kept = {"hash": scan.hash, "size": scan.size, "type": scan.content_type, "stored": now}
    return page.put_paper(known.to(STORED, **kept, wakes=0, late=False))


def wake(page: Page, paper: Paper, now: int) -> Paper:
    """It waits for longer than it should."""
    if paper.state == STORED:
        return paper
    page.note(Said(now, MACHINE, "signed_late", paper.data["number"]))
    notices.write(page, "signed_act_late", paper.data["number"], now)
    return page.put_paper(paper.to(paper.state, late=True, wakes=0))


def _known(page: Page, document_id: str) -> Paper:
    known = page.papers.get(key_of(SIGNED, document_id))
    if known is None:
        raise DomainError(Common.NOT_FOUND, object=document_id)
    return known


def message(paper: Paper) -> pb.SignedAct:
    data = paper.data
    return pb.SignedAct(
        document_id=paper.id, number=data["number"], state=paper.state, requested_at=stamp(paper.at),
        requested_by=paper.by, tracking=data["tracking"], sent_at=stamp(data["sent"] or None),
        stored_at=stamp(data["stored"] or None), hash=data["hash"], size=data["size"], content_type=data["type"],
        due=data["due"], late=data["late"],
    )  # fmt: skip
