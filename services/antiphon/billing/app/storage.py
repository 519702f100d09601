"""What is stored for a tenant, charged by the gigabyte and day: once for each store and day, at the price of that day.

Each store measures itself and tells it (`StorageMeasured`). A tariff without a price for `gigabyte_day` charges
nothing, and nothing waits for a price: what was stored for nothing is not charged later.
"""

from __future__ import annotations

from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.billing.domain.amounts import decimal_text
from antiphon.billing.v1 import cabinet_pb2 as pb

SERVICE = "gigabyte_day"
GIGABYTE = 9
"""Its decimals: 10**9 bytes."""
PREFIX = "storage"
UNPAID = frozenset({"NO_RATE", "NO_TARIFF", "NO_ACCOUNT", "TERMINATED", "CONFLICT"})
"""Why nothing is charged for a day, for good. CONFLICT: the day was told before, otherwise; the first stands."""


class Measured(Protocol):
    """StorageMeasured of any store."""

    day: str
    bytes: int
    occurred_at: Timestamp


def usage(store: str, fact: Measured) -> pb.ChargeUsageRequest:
    """What a day in a store is charged for."""
    quantity = decimal_text(fact.bytes, GIGABYTE).rstrip("0").rstrip(".")
    name = f"{PREFIX}:{store}:{fact.day}"
    return pb.ChargeUsageRequest(usage_id=name, service=SERVICE, quantity=quantity, at=fact.occurred_at)
