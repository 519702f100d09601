"""Who goes on with a caller when a stage that a scheme began has its result. `reception.py` is the one there is."""

from __future__ import annotations

from typing import Protocol

from antiphon.routing.v1 import routing_pb2


class Scheme(Protocol):
    """The scheme's part of a call, as the stages it begins know it."""

    interaction: routing_pb2.Interaction
    parked: tuple[str, str]
    """An item that waited long enough, and its queue: if the scheme offers to call back now, its place is kept."""

    async def back(self, event: routing_pb2.Event) -> None:
        """The stage has its result: routing says how to go on."""

    async def tell(self, event: routing_pb2.Event) -> None:
        """Tells routing without wanting anything: the customer talks to a person."""
