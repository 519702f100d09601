"""Between documents, the domain's words and the contract's messages."""

from __future__ import annotations

from datetime import timedelta

from antiphon.common.v1.money_pb2 import Money
from antiphon.dialer.app.world import Document
from antiphon.dialer.domain.floor import Hold, Mode
from antiphon.dialer.domain.hours import Hours, window
from antiphon.dialer.domain.policy import Pack
from antiphon.dialer.domain.questionnaire import Question, Type
from antiphon.dialer.domain.recycling import Disposition, Result
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit.protos import timestamp

_NAMES = {Result.NO_ANSWER: "NO_ANSWER"}
VALUES = {result: pb.ResultClass.Value(f"RESULT_CLASS_{_NAMES.get(result, result.value.upper())}") for result in Result}
RESULTS: dict[int, Result] = {value: result for result, value in VALUES.items()}
MODES = {
    pb.MODE_MANUAL: Mode.MANUAL,
    pb.MODE_PREVIEW: Mode.PREVIEW,
    pb.MODE_PROGRESSIVE: Mode.PROGRESSIVE,
    pb.MODE_POWER: Mode.POWER,
    pb.MODE_PREDICTIVE: Mode.PREDICTIVE,
    pb.MODE_MESSAGE: Mode.MESSAGE,
}
HOLDS = {pb.HOLD_UNSPECIFIED: Hold.AUTO, pb.HOLD_ALWAYS: Hold.ALWAYS, pb.HOLD_NEVER: Hold.NEVER}
LEVELS = {
    pb.DO_NOT_CALL_LEVEL_GLOBAL: "global",
    pb.DO_NOT_CALL_LEVEL_TENANT: "tenant",
    pb.DO_NOT_CALL_LEVEL_CAMPAIGN: "campaign",
}


def attempt(of: Document) -> pb.Attempt:
    """A document of the journal."""
    result = of.get("result")
    return pb.Attempt(
        id=of["_id"],
        campaign_id=of["campaign"],
        contact_id=of["contact"],
        number=of["number"],
        at=timestamp(of["at"]),
        reason=of["reason"],
        pack_id=of["pack"],
        call_id=of["call"],
        agent_id=of.get("agent") or "",
        result=VALUES[Result(result)] if result else pb.RESULT_CLASS_UNSPECIFIED,
        disposition=of.get("disposition") or "",
        ended_at=timestamp(of.get("ended_at")),
        answered_at=timestamp(of.get("answered_at")),
        bridged_at=timestamp(of.get("bridged_at")),
        amount=amount(of),
        answered_by=of.get("answered_by") or "",
    )


def amount(of: Document) -> Money | None:
    """What was sold."""
    return Money(currency=of["currency"], micros=of["amount"]) if of.get("amount") else None


def question(of: pb.Question) -> Question:
    """Raises ValueError for a question of no type."""
    return Question(
        of.id,
        Type(of.type),
        tuple(of.choices),
        of.optional,
        of.only_if,
        of.only_if_answer,
        of.least if of.HasField("least") else None,
        of.most if of.HasField("most") else None,
    )


def disposition(of: pb.Disposition) -> Disposition:
    retry = of.retry_after.ToTimedelta() if of.HasField("retry_after") else None
    result = RESULTS[of.result]
    final = result is not Result.CALLBACK and retry is None
    return Disposition(
        of.code, of.title, result, final, retry, adds_to_dnc=result is Result.DNC, with_amount=of.with_amount,
        parent=of.parent,
    )  # fmt: skip


def hours(of: pb.Campaign) -> Hours:
    """A campaign's own hours. Raises BadHours."""
    return Hours(tuple(window(one.days, one.begins, one.ends) for one in of.hours), of.time_zone or "UTC")


def contact_list(of: Document, by_state: dict[str, int]) -> pb.ContactList:
    return pb.ContactList(
        id=of["_id"],
        campaign_id=of["campaign"],
        name=of["name"],
        weight=of["weight"],
        imported_at=timestamp(of["imported_at"]),
        rows=of["rows"],
        contacts=of["contacts"],
        bad_rows=of["bad_rows"],
        by_state=by_state,
        rows_expected=of.get("rows_expected", 0),
        importing=not of["done"],
        resting=of.get("resting", False),
    )


def pack(of: Pack) -> pb.Pack:
    sources = [f"{source.text} {source.link}".strip() for source in of.sources]
    return pb.Pack(id=of.id, title=of.title, since=of.since.isoformat(), sources=sources)


def after_callback(of: Disposition) -> timedelta:
    """When to call back where nobody said."""
    return of.retry_after or timedelta(days=1)
