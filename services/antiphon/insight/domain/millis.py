"""Time inside insight: milliseconds since the Unix epoch. A report compares hundreds of thousands of moments, and
comparing datetimes costs several times as much."""

from typing import TypeAlias

Millis: TypeAlias = int
"""A moment, or a length of time."""

SECOND: Millis = 1_000
