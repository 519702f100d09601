"""The language of conditions: `contact.language == "uk" and not caller starts_with "+7"`.

    either     = both { "or" both }
    both       = negation { "and" negation }
    negation   = "not" negation | comparison
    comparison = operand [ operator operand ]
    operand    = literal | name | "[" [ literal { "," literal } ] "]" | "(" either ")"
    literal    = "text" | 'text' | number | true | false | none
    operator   = == != < <= > >= in contains starts_with

A name is dotted (`var.city`, `contact.language`, `channel`, `caller`); one that is not set is none. Reading
an expression gives a tree or an `ExpressionError` with the position; asking the tree (see `truth.py`) never
fails. There is no eval and no call, so an expression can do nothing but compare.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

LONGEST = 2_000  # characters
DEEPEST = 40  # brackets and nots inside each other

OPERATORS = ("==", "!=", "<=", ">=", "<", ">", "in", "contains", "starts_with")
CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "none": None}
KEYWORDS = {"and", "or", "not", *OPERATORS, *CONSTANTS}

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<number>-?[0-9]+(?:\.[0-9]+)?)
    | (?P<word>[^\W\d]\w*(?:\.\w+)*)
    | (?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)""",
    re.VERBOSE | re.DOTALL,
)


class ExpressionError(ValueError):
    """The expression cannot be read; `position` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} at {position}")
        self.message = message
        self.position = position


Constant = str | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Literal:
    value: Constant


@dataclass(frozen=True, slots=True)
class Name:
    path: str


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Not:
    inner: "Expression"


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Expression", ...]


Expression = Literal | Name | ListOf | Compare | Not | All | Either


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def parse(text: str) -> Expression:
    """The tree of an expression, or ExpressionError."""
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression has at most {LONGEST} characters", LONGEST)
    reader = _Reader(tuple(_tokens(text)))
    expression = reader.either()
    reader.end()
    return expression


def names(expression: Expression) -> Iterator[str]:
    """Every name the expression asks for."""
    match expression:
        case Name(path):
            yield path
        case Compare(_, left, right):
            yield from names(left)
            yield from names(right)
        case Not(inner):
            yield from names(inner)
        case All(parts) | Either(parts):
            for part in parts:
                yield from names(part)
        case Literal() | ListOf():
            return


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            problem = "the text is not closed" if text[position] in "\"'" else f"unexpected {text[position]!r}"
            raise ExpressionError(problem, position)
        if found.lastgroup != "space":
            yield _Token(str(found.lastgroup), found.group(), position)
        position = found.end()
    yield _Token("end", "the end", position)


class _Reader:
    """Recursive descent, one method per line of the grammar."""

    def __init__(self, tokens: tuple[_Token, ...]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def either(self) -> Expression:
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def end(self) -> None:
        if self._token.kind != "end":
            raise self._unexpected("and, or, or the end")

    def _both(self) -> Expression:
        parts = [self._negation()]
        while self._take("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _negation(self) -> Expression:
        if not self._take("not"):
            return self._comparison()
        self._deeper()
        inner = self._negation()
        self._depth -= 1
        return Not(inner)

    def _comparison(self) -> Expression:
        left = self._operand()
        operator = next((operator for operator in OPERATORS if self._take(operator)), None)
        return left if operator is None else Compare(operator, left, self._operand())

    def _operand(self) -> Expression:
        if self._take("("):
            self._deeper()
            inner = self.either()
            self._depth -= 1
            self._expect(")")
            return inner
        if self._take("["):
            return self._list()
        token = self._token
        if token.kind == "word" and token.text not in KEYWORDS:
            self._next += 1
            return Name(token.text)
        return Literal(self._constant("a value"))

    def _list(self) -> Expression:
        items: list[Constant] = []
        while not self._take("]"):
            if items:
                self._expect(",")
            items.append(self._constant("a text or a number"))
        return ListOf(tuple(items))

    def _constant(self, wanted: str) -> Constant:
        token = self._token
        self._next += 1
        if token.kind == "text":
            return re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
        if token.kind == "number":
            return Decimal(token.text)
        if token.kind == "word" and token.text in CONSTANTS:
            return CONSTANTS[token.text]
        self._next -= 1
        raise self._unexpected(wanted)

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, text: str) -> bool:
        token = self._token
        if token.kind not in ("word", "sign") or token.text != text:
            return False
        self._next += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._unexpected(repr(text))

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ExpressionError(f"more than {DEEPEST} levels", self._token.position)

    def _unexpected(self, wanted: str) -> ExpressionError:
        return ExpressionError(f"expected {wanted}, found {self._token.text}", self._token.position)
