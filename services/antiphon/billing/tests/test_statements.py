"""Bank statements in three forms, and what is refused in each."""

from __future__ import annotations

import contextlib
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.billing.app.payments import looks_like_a_card
from antiphon.billing.domain.signing import is_genuine, sign
from antiphon.billing.domain.statements import NotAStatement, read

pytestmark = pytest.mark.domain

CSV = "date;amount;currency;reference;purpose\n" "04.05.2026;1 200,50;UAH;77;За зв’язок ac_1\n2026-05-05;-10;UAH;78;Комісія\n"
ONE_C = """1CClientBankExchange
ВерсияФормата=1.03
СекцияДокумент=Платежное поручение
Номер=17
Сумма=15000.00
ПлательщикИНН=7701000000
ДатаПоступило=04.05.2026
НазначениеПлатежа=Оплата по счёту ac_1
КонецДокумента
СекцияДокумент=Платежное поручение
Номер=18
Сумма=10.00
ДатаПоступило=
ДатаСписано=04.05.2026
КонецДокумента
КонецФайла
"""
CAMT = """<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>
<Ntry><Amt Ccy="UAH">99.90</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-05-04</Dt></BookgDt>
<AcctSvcrRef>REF1</AcctSvcrRef><NtryDtls><TxDtls><RmtInf><Ustrd>ac_1 May</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="UAH">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-05-04</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def test_each_form_says_the_same_things() -> None:
    (csv,) = read(CSV.encode()).credits
    assert (csv.amount, csv.day, csv.reference) == (Fraction("1200.5"), date(2026, 5, 4), "77")
    for text in (ONE_C.encode(), ONE_C.encode("cp1251")):
        found = read(text, "RUB")
        assert (found.format, found.credits[0].amount, found.credits[0].currency) == ("1c", Fraction(15000), "RUB")
        assert found.credits[0].reference == "2026-05-04/17/7701000000"
    (camt,) = read(CAMT.encode()).credits
    assert (camt.amount, camt.reference, camt.purpose) == (Fraction("99.9"), "REF1", "ac_1 May")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", 1),
        ("date;amount;currency\n", 1),
        (CSV.replace("1 200,50", "12..5"), 2),
        (CSV.replace("1 200,50", "12.505"), 2),
        (CSV.replace("04.05.2026", "31.02.2026"), 2),
        (CSV.replace(";UAH;77", ";грн;77"), 2),
        (CSV.replace(";77;", ";;"), 2),
        (CSV + "2026-05-06;5;UAH;77;ще раз\n", 4),
        (CSV + "2026-05-06;5;UAH\n", 4),
        (ONE_C.replace("Номер=17\n", ""), 3),
        (ONE_C.replace("КонецДокумента", ""), 10),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]>" + CAMT, 0),
        (CAMT.replace("</Stmt>", ""), 5),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_line(content: str, line: int) -> None:
    with pytest.raises(NotAStatement) as refused:
        read(content.encode())
    assert refused.value.line == line


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with contextlib.suppress(NotAStatement):
        read(content)


@given(st.binary(max_size=100), st.integers(0, 100), st.integers(0, 255))
def test_one_altered_byte_or_an_old_notice_is_no_notice(body: bytes, place: int, bits: int) -> None:
    key, now = b"secret", 1_800_000_000
    header = sign(key, now, body)
    assert is_genuine(key, header, body, now + 599)
    assert not is_genuine(key, header, body, now + 601)
    assert not is_genuine(b"other", header, body, now)
    assert not is_genuine(key, header.replace("v1=", "v1=0"), body, now)
    altered = bytearray(body + b".")
    altered[place % len(altered)] ^= bits or 1
    assert not is_genuine(key, header, bytes(altered), now)


@pytest.mark.clause("I15")
def test_numbers_of_cards_are_known_by_their_check_digit() -> None:
    assert looks_like_a_card("pay 4242 4242-4242 4242")
    assert not looks_like_a_card("4242424242424241")
    assert not looks_like_a_card("account 26001234567890")
