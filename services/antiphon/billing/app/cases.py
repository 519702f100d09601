"""Cases of fraud and what they block. A case comes from a complaint or a detector; people decide, and say why.

All that is blocked is one paper of the account: a fact tells the whole of it, so whoever missed one is right
again with the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from antiphon.billing.app import messages, notices
from antiphon.billing.app.accounts import account_on
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.office import LONGEST
from antiphon.billing.app.times import stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.detectors import Finding, Level
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import office_pb2 as pb
from antiphon.billing.v1.events_pb2 import BlocksChanged, CaseChanged
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import derived_id
from antiphon.kit.tokens import Caller

CASE, BLOCKS = "case", "blocks"
BLOCKS_KEY = key_of(BLOCKS, "now")
COUNTRIES = "countries"
COUNTRIES_KEY = key_of(COUNTRIES, "called")
KINDS = ("account", "person", "sip_account", "destination", "number")
STATES = ("open", "measures", "no_measures")
MACHINE = "service:billing"
MOST_BLOCKS = 500

Block = Mapping[str, Any]


class Papers(Protocol):
    """What this needs of the store."""

    async def paper(self, account_id: str, kind: str, paper_id: str) -> Paper | None: ...

    async def papers(self, account_id: str, kind: str, limit: int = 500, state: str = "") -> Sequence[Paper]: ...


class Cases:
    """Complaints, verdicts of detectors, and what people make of them."""

    def __init__(self, writer: Desk, papers: Papers) -> None:
        self._writer = writer
        self._papers = papers

    async def listed(self, caller: Caller, limit: int) -> pb.ListCasesResponse:
        account_id = account_of(caller.tenant)
        blocks = await self._blocks(account_id)
        found = await self._papers.papers(account_id, CASE, limit)
        return pb.ListCasesResponse(cases=[case_message(paper, blocks) for paper in found])

    async def get(self, caller: Caller, request: pb.GetCaseRequest) -> pb.GetCaseResponse:
        account_id = account_of(caller.tenant)
        found = await self._papers.paper(account_id, CASE, request.case_id)
        if found is None:
            raise DomainError(Common.NOT_FOUND, object=request.case_id)
        return pb.GetCaseResponse(case=case_message(found, await self._blocks(account_id)))

    async def blocks(self, caller: Caller) -> pb.ListCallBlocksResponse:
        found = await self._blocks(account_of(caller.tenant))
        return pb.ListCallBlocksResponse(blocks=[block_message(one) for one in found])

    async def _blocks(self, account_id: str) -> list[Block]:
        paper = await self._papers.paper(account_id, BLOCKS, "now")
        return list(paper.data["blocks"]) if paper is not None else []

    async def found(self, tenant: str, finding: Finding) -> None:
        """A detector's verdict: a case for what is critical and not blocked already, with its block; else a notice."""
        kind, _, value = finding.subject.partition(":")
        name = derived_id("fc", tenant, finding.detector, finding.subject, finding.call)

        def decide(page: Page, now: int) -> None:
            known = page.papers.get(key_of(CASE, name))
            if page.account is None or known is not None or _is_blocked(page, kind, value):
                return
            notices.write(page, "fraud", finding.detector, now)
            if finding.level is Level.WARNING:
                return
            data = {
                "complaint": "", "subscriber": False, "decision": "", "detector": finding.detector,
                "subject": finding.subject, "count": finding.count, "window": finding.window,
            }  # fmt: skip
            case = page.put_paper(Paper(CASE, name, "open", now, MACHINE, data=data))
            page.note(Said(now, MACHINE, "case", f"{name} {finding.detector}"))
            if finding.bars:
                _block(page, now, (kind, value, name, MACHINE))
            _tell(page, case, now)

        touches = Touches(papers=[key_of(CASE, name), BLOCKS_KEY])
        await self._writer.do(Work(account_of(tenant), tenant, touches, decide))

    async def countries(self, account_id: str) -> Mapping[str, int]:
        """Calling code → since when it is called."""
        paper = await self._papers.paper(account_id, COUNTRIES, "called")
        return dict(paper.data["codes"]) if paper is not None else {}

    async def learn_country(self, tenant: str, code: str) -> None:
        """Notes that a country is called from now on."""

        def decide(page: Page, now: int) -> None:
            known = page.papers.get(COUNTRIES_KEY)
            codes = known.data["codes"] if known is not None else {}
            if page.account is not None and code not in codes:
                number = known.number if known is not None else 0
                data = {"codes": {**codes, code: now}}
                page.put_paper(Paper(COUNTRIES, "called", "kept", now, MACHINE, number, data))

        await self._writer.do(Work(account_of(tenant), tenant, Touches(papers=[COUNTRIES_KEY]), decide))

    async def edit(self, caller: Caller, request: pb.EditCaseRequest) -> pb.EditCaseResponse:
        _check_text("note", request.note)
        if request.state not in ("", *STATES):
            raise invalid("state", f"is none of {', '.join(STATES)}")

        def decide(page: Page, now: int) -> pb.EditCaseResponse:
            known = _case_on(page, request.case_id)
            known = _noted(page, known, now, (caller.subject, request.note))
            if request.state and request.state != known.state:
                known = page.put_paper(known.to(request.state, owner=caller.subject))
                page.note(Said(now, caller.subject, request.state, f"case {known.id}"))
            if request.unblock:
                _lift(page, now, known.id)
                page.note(Said(now, caller.subject, "unblock", f"case {known.id}"))
            _tell(page, known, now)
            return pb.EditCaseResponse(case=case_message(known, blocks_of(page)))

        return await self._do(caller, request.case_id, decide)

    async def block(self, caller: Caller, request: pb.BlockCallsRequest) -> pb.BlockCallsResponse:
        _check_text("reason", request.reason)
        value = _block_value(request.kind, request.value)

        def decide(page: Page, now: int) -> pb.BlockCallsResponse:
            known = _case_on(page, request.case_id)
            if known.state != "open":
                raise DomainError(Reason.ILLEGAL, "the case is closed")
            if not _is_blocked(page, request.kind, value):
                known = _noted(page, known, now, (caller.subject, request.reason))
                _block(page, now, (request.kind, value, known.id, caller.subject))
                page.note(Said(now, caller.subject, "block", f"{request.kind}, case {known.id}"))
                _tell(page, known, now)
            return pb.BlockCallsResponse(case=case_message(known, blocks_of(page)))

        return await self._do(caller, request.case_id, decide)

    async def open_case(self, caller: Caller, request: pb.OpenCaseRequest) -> pb.OpenCaseResponse:
        if not request.request_id or not request.complaint.strip() or len(request.complaint) > LONGEST:
            raise invalid("complaint", f"has an id and 1 to {LONGEST} characters")
        if request.decline and request.subscriber:
            raise invalid("decline", "a subscriber's complaint is considered")

        def decide(page: Page, now: int) -> pb.OpenCaseResponse:
            account_on(page)
            known = page.papers.get(key_of(CASE, request.request_id))
            if known is None:
                data = {"complaint": request.complaint.strip(), "subscriber": request.subscriber, "decision": ""}
                state = "not_considered" if request.decline else "open"
                known = page.put_paper(Paper(CASE, request.request_id, state, now, caller.subject, data=data))
                page.note(Said(now, caller.subject, "case", request.request_id))
                _tell(page, known, now)
            return pb.OpenCaseResponse(case=case_message(known, blocks_of(page)))

        return await self._do(caller, request.request_id, decide)

    async def decide_case(self, caller: Caller, request: pb.DecideCaseRequest) -> pb.DecideCaseResponse:
        if request.decision not in ("measures", "no_measures"):
            raise invalid("decision", "is neither measures nor no_measures")
        if not request.reason.strip() or len(request.reason) > LONGEST:
            raise invalid("reason", f"has 1 to {LONGEST} characters")

        def decide(page: Page, now: int) -> pb.DecideCaseResponse:
            known = page.papers.get(key_of(CASE, request.case_id))
            if known is None:
                raise DomainError(Common.NOT_FOUND, object=request.case_id)
            if known.state != "open":
                raise DomainError(Reason.ILLEGAL)
            told = {"decision": request.reason.strip(), "owner": caller.subject, "decided_at": now}
            known = page.put_paper(known.to(request.decision, **told))
            page.note(Said(now, caller.subject, request.decision, f"case {known.id}"))
            _tell(page, known, now)
            return pb.DecideCaseResponse(case=case_message(known, blocks_of(page)))

        return await self._do(caller, request.case_id, decide)

    async def _do(
        self, caller: Caller, case_id: str, decide: Callable[[Page, int], messages.A]
    ) -> messages.A:  # fmt: skip
        touches = Touches(papers=[key_of(CASE, case_id), BLOCKS_KEY])
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))


def blocks_of(page: Page) -> list[Block]:
    """What an account has blocked now."""
    paper = page.papers.get(BLOCKS_KEY)
    return list(paper.data["blocks"]) if paper is not None else []


def _is_blocked(page: Page, kind: str, value: str) -> bool:
    return any((one["kind"], one["value"]) == (kind, value) for one in blocks_of(page))


def _block(page: Page, now: int, what: tuple[str, str, str, str]) -> None:
    kind, value, case, by = what
    fresh = {"kind": kind, "value": value, "case": case, "since": now, "by": by}
    _keep(page, now, [*blocks_of(page), fresh][-MOST_BLOCKS:])


def _lift(page: Page, now: int, case: str) -> None:
    left = [one for one in blocks_of(page) if one["case"] != case]
    if len(left) != len(blocks_of(page)):
        _keep(page, now, left)


def _keep(page: Page, now: int, blocks: Sequence[Block]) -> None:
    known = page.papers.get(BLOCKS_KEY)
    number = known.number if known is not None else 0
    page.put_paper(Paper(BLOCKS, "now", "kept", now, MACHINE, number, {"blocks": list(blocks)}))
    told = BlocksChanged(occurred_at=stamp(now), account_id=page.account_id)
    told.blocks.extend(block_message(one) for one in blocks)
    page.told.append(told)


def _case_on(page: Page, case_id: str) -> Paper:
    account_on(page)
    known = page.papers.get(key_of(CASE, case_id))
    if known is None:
        raise DomainError(Common.NOT_FOUND, object=case_id)
    return known


def _noted(page: Page, known: Paper, now: int, said: tuple[str, str]) -> Paper:
    by, text = said
    note = {"at": now, "by": by, "text": text.strip()}
    page.note(Said(now, by, "case_note", known.id))
    return page.put_paper(known.to(known.state, notes=[*known.data.get("notes", ()), note]))


def _tell(page: Page, case: Paper, now: int) -> None:
    page.told.append(CaseChanged(occurred_at=stamp(now), case=case_message(case, blocks_of(page))))


def _check_text(field: str, text: str) -> None:
    if not text.strip() or len(text) > LONGEST:
        raise invalid(field, f"has 1 to {LONGEST} characters")


def _block_value(kind: str, value: str) -> str:
    """As calls name it. Raises INVALID."""
    if kind not in KINDS:
        raise invalid("kind", f"is none of {', '.join(KINDS)}")
    if kind in ("destination", "number"):
        value = value.strip().removeprefix("+")
        if not (value.isascii() and value.isdigit() and 2 <= len(value) <= 15):
            raise invalid("value", "is no number or beginning of one: 2 to 15 digits")
        return value
    if (kind == "account") != (value == "") or len(value) > 100:
        raise invalid("value", "names nobody, or more than the account")
    return value


def block_message(one: Block) -> pb.CallBlock:
    return pb.CallBlock(
        kind=one["kind"], value=one["value"], case_id=one["case"], since=stamp(one["since"]), by=one["by"]
    )  # fmt: skip


def case_message(paper: Paper, blocks: Sequence[Block]) -> pb.Case:
    data = paper.data
    case = pb.Case(
        id=paper.id, number=paper.number, state=paper.state, complaint=data["complaint"], subscriber=data["subscriber"],
        owner=data.get("owner", paper.by), decision=data["decision"], at=stamp(paper.at),
        detector=data.get("detector", ""), subject=data.get("subject", ""), count=data.get("count", 0),
        window_seconds=data.get("window", 0),
        blocks=[block_message(one) for one in blocks if one["case"] == paper.id],
    )  # fmt: skip
    for note in data.get("notes", ()):
        case.notes.add(at=stamp(note["at"]), by=note["by"], text=note["text"])
    return case
