"""Whether a condition holds for the facts of one interaction. What cannot be compared is false.

Asking never fails. Variables come from keypads and other systems, so "18" and 18 are the same number as
soon as one side is a number. Two texts are compared as texts, exactly. `none` equals only none. Order
exists between two numbers and between two texts.
"""

import re
from decimal import Decimal
from typing import assert_never

from antiphon.routing.domain.expressions import All, Compare, Either, Expression, ListOf, Literal, Name, Not
from antiphon.routing.domain.values import Facts, Value

_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")

Operand = Value | Decimal | tuple[str | Decimal | bool | None, ...]


def holds(expression: Expression, facts: Facts) -> bool:
    """True when the condition is met. A bare name or value is true unless none, false, zero or empty."""
    match expression:
        case Not(inner):
            return not holds(inner, facts)
        case All(parts):
            return all(holds(part, facts) for part in parts)
        case Either(parts):
            return any(holds(part, facts) for part in parts)
        case Compare(operator, left, right):
            return _compare(operator, _operand(left, facts), _operand(right, facts))
        case Literal() | Name() | ListOf():
            return bool(_operand(expression, facts))
        case _:
            assert_never(expression)


def _operand(expression: Expression, facts: Facts) -> Operand:
    match expression:
        case Literal(value):
            return value
        case Name(path):
            return facts.get(path)
        case ListOf(items):
            return items
        case Not() | All() | Either() | Compare():
            return holds(expression, facts)
        case _:
            assert_never(expression)


def _compare(operator: str, left: Operand, right: Operand) -> bool:
    match operator:
        case "==":
            return _equal(left, right)
        case "!=":
            return not _equal(left, right)
        case "in":
            return _contains(right, left)
        case "contains":
            return _contains(left, right)
        case "starts_with":
            return isinstance(left, str) and isinstance(right, str) and left.startswith(right)
        case _:
            return _ordered(operator, left, right)


def _equal(left: Operand, right: Operand) -> bool:
    pair = _numbers(left, right)
    if pair is not None:
        return pair[0] == pair[1]
    return type(left) is type(right) and left == right


def _contains(whole: Operand, part: Operand) -> bool:
    if isinstance(whole, tuple):
        return any(_equal(item, part) for item in whole)
    return isinstance(whole, str) and isinstance(part, str) and part in whole


def _ordered(operator: str, left: Operand, right: Operand) -> bool:
    order = _order(left, right)
    match operator, order:
        case _, None:
            return False
        case "<", int():
            return order < 0
        case "<=", int():
            return order <= 0
        case ">", int():
            return order > 0
        case _:
            return order >= 0


def _order(left: Operand, right: Operand) -> int | None:
    """Negative, zero or positive as left is before, at or after right; None when they have no order."""
    pair = _numbers(left, right)
    if pair is not None:
        return (pair[0] > pair[1]) - (pair[0] < pair[1])
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    return None


def _numbers(left: Operand, right: Operand) -> tuple[Decimal, Decimal] | None:
    """Both as numbers, when at least one is a number and the other one reads as a number."""
    if isinstance(left, str) and isinstance(right, str):
        return None
    first, second = _number(left), _number(right)
    return None if first is None or second is None else (first, second)


def _number(value: Operand) -> Decimal | None:
    match value:
        case bool():
            return None
        case Decimal():
            return value
        case int() | float():
            number = Decimal(str(value))
            return number if number.is_finite() else None
        case str() if _NUMBER.fullmatch(value.strip()):
            return Decimal(value.strip())
        case _:
            return None
