"""Papers examined: every series without gaps, every document as it was issued, every closed month as it was closed.

Shares no line with what makes them: acts are added up anew from the ledger, prints of months are taken anew.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from antiphon.billing.domain.accounting import MICRO, DocumentKind, code_of, month_of, seal_of, worth
from antiphon.billing.domain.amounts import settled
from antiphon.billing.domain.closings import as_data, printed
from antiphon.billing.domain.instants import day_of
from antiphon.billing.domain.ledger import Entry
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord

NUMBERED = ("case", "closing", "document", "incident", "order", "payment", "request")
"""Kinds whose papers keep the number that they were given."""
DOCUMENT, CLOSING = "document", "closing"


def of_papers(account: AccountRecord, papers: Sequence[Paper], entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """(invariant, what is wrong) of an account's papers."""
    documents = [paper for paper in papers if paper.kind == DOCUMENT]
    closings = {paper.id: paper for paper in papers if paper.kind == CLOSING}
    yield from _series(account.numbers, papers, documents)
    for paper in documents:
        yield from _document(account.id, paper)
    for paper in closings.values():
        within = _of_month(paper, entries)
        if as_data(printed(within, account.id)) != {name: paper.data[name] for name in as_data(printed((), ""))}:
            yield "I11", f"the closed month {paper.id} is not as it was closed"
    yield from _acts(account.id, documents, closings, entries)


def _series(
    numbers: Mapping[str, int], papers: Sequence[Paper], documents: Sequence[Paper]
) -> Iterator[tuple[str, str]]:
    """Every number from the first to the last, once."""
    seen: dict[str, Counter[int]] = defaultdict(Counter)
    for paper in papers:
        if paper.kind in NUMBERED:
            seen[paper.kind][paper.number] += 1
    for paper in documents:
        year, _, number = paper.data["text"].partition("-")
        seen[f"{paper.data['kind']}:{year}"][int(number)] += 1
    yearly = {name for name in numbers if name.partition(":")[0] in {kind.value for kind in DocumentKind}}
    for name in sorted(seen.keys() | yearly | (numbers.keys() & set(NUMBERED))):
        last = numbers.get(name, 0)
        for number in sorted(set(range(1, last + 1)) | seen[name].keys()):
            if seen[name][number] != 1 or not 1 <= number <= last:
                yield "K01", f"{name} number {number} is there {seen[name][number]} times, {last} were given"


def _document(account_id: str, paper: Paper) -> Iterator[tuple[str, str]]:
    data = paper.data
    code = code_of(account_id, data["kind"], data["text"], paper.at, data["total"])
    if data["code"] != code or data.get("seal", seal_of(data)) != seal_of(data):
        yield "J08", f"document {data['kind']} {data['text']} is not as it was issued"


def _of_month(closing: Paper, entries: Sequence[Entry]) -> list[Entry]:
    begins, ends = closing.data["begins"], closing.data["ends"]
    return [entry for entry in entries if begins <= entry.at < ends]


def _acts(
    account_id: str, documents: Sequence[Paper], closings: Mapping[str, Paper], entries: Sequence[Entry]
) -> Iterator[tuple[str, str]]:
    """I9: what an act asks and carries on is what its month charged, and what the act before it carried on."""
    acts = {(paper.data["kind"], paper.data["first"]): paper for paper in documents if "carry" in paper.data}
    for (kind, first), paper in sorted(acts.items()):
        closing = closings.get(first[:7])
        if closing is None:
            continue
        before = acts.get((kind, month_of(day_of(closing.data["before"]))[0].isoformat()))
        exact = sum(worth(entry, account_id) for entry in _of_month(closing, entries))
        exact += before.data["carry"] if before is not None else 0
        asked = max(Fraction(0), settled(Fraction(exact, MICRO))) * MICRO
        if (paper.data["total"], paper.data["carry"]) != (asked, exact - asked):
            yield "I9", f"{kind} {paper.data['text']} asks {paper.data['total']}, the ledger says {int(asked)}"
