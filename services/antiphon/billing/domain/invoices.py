"""A document in whole kopecks from lines that are finer: the difference is carried to the next document."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from antiphon.billing.domain.amounts import settled


def total(lines: Iterable[Fraction], carry: Fraction = Fraction(0)) -> tuple[Fraction, Fraction]:
    """(the document's total, what is carried on): nothing is lost between documents."""
    exact = sum(lines, carry)
    document = settled(exact)
    return document, exact - document
