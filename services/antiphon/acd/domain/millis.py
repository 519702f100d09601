"""Time inside the ACD: an `int` of milliseconds since the Unix epoch; a duration is an `int` of milliseconds.

The rest of Antiphon uses aware datetimes and timedeltas. Here that is a measured no: every offer subtracts, compares
and heaps several moments, `datetime` arithmetic costs five to ten times an `int` operation, and the target is 40,000
decisions a second on one core. `app.py` converts at the edge, once per request.
"""

from typing import TypeAlias

Millis: TypeAlias = int

SECOND: Millis = 1_000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
