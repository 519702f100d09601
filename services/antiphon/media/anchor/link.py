"""The NG commands of one conversation, each a method: what the anchor's verbs are made of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from antiphon.media.ng.bencode import Sendable, Value
from antiphon.media.ng.node import Node
from antiphon.media.ng.reasons import NgError, Reason

_LARGEST_BLOB = 60_000


class Link:
    """One call id on one node."""

    def __init__(self, node: Node, call_id: str) -> None:
        self.node = node
        self.call_id = call_id

    async def ask(self, command: str, fields: Mapping[str, Sendable] | None = None) -> Mapping[str, Value]:
        return await self.node.ask(command, {"call-id": self.call_id, **(fields or {})})

    async def offer(self, giver: str, taker: str, sdp: bytes, fields: Mapping[str, Sendable]) -> bytes:
        """Offers the giver's description; the result is for the taker."""
        return await self._described("offer", giver, taker, sdp, fields)

    async def answer(self, giver: str, taker: str, sdp: bytes, fields: Mapping[str, Sendable]) -> bytes:
        """Answers the giver's offer with the taker's description; the result is for the giver."""
        return await self._described("answer", giver, taker, sdp, fields)

    async def _described(
        self, command: str, giver: str, taker: str, sdp: bytes, fields: Mapping[str, Sendable]
    ) -> bytes:
        answer = await self.ask(command, {**fields, "from-tag": giver, "to-tag": taker, "sdp": sdp})
        return str(answer["sdp"]).encode()

    async def block(self, tag: str, on: bool) -> None:
        """What this party says goes nowhere."""
        await self.ask("block media" if on else "unblock media", {"from-tag": tag})

    async def silence(self, tag: str, on: bool) -> None:
        """What this party says arrives as silence."""
        await self.ask("silence media" if on else "unsilence media", {"from-tag": tag})

    async def play(self, tag: str, source: Path | bytes, times: int) -> float:
        """Plays to this party; the length of one round in seconds, 0 when the engine cannot say."""
        if isinstance(source, bytes) and len(source) > _LARGEST_BLOB:
            raise NgError(Reason.PROMPT_TOO_LARGE)
        sound: dict[str, Sendable] = {"blob": source} if isinstance(source, bytes) else {"file": str(source)}
        answer = await self.ask("play media", {**sound, "from-tag": tag, "repeat-times": times})
        length = answer.get("duration", 0)
        return length / 1000 if isinstance(length, int) else 0.0

    async def stop(self, tag: str) -> None:
        """Plays no more. What has ended by itself is stopped."""
        try:
            await self.ask("stop media", {"from-tag": tag})
        except NgError as error:
            if error.reason is not Reason.NOT_PLAYING:
                raise

    async def digit(self, tag: str, key: str, length_ms: int) -> None:
        """Puts a key into what this party says."""
        await self.ask("play DTMF", {"from-tag": tag, "code": key, "duration": length_ms, "pause": 100})

    async def free(self, tag: str) -> Mapping[str, Value]:
        """Frees one party; the others go on. Its last figures; none when it was not there any more."""
        try:
            return await self.ask("delete", {"from-tag": tag, "to-tag": tag, "delete delay": 0})
        except NgError as error:
            if error.reason is not Reason.CALL_UNKNOWN:
                raise
            return {}

    async def free_alone(self, tag: str) -> Mapping[str, Value]:
        """Frees a party together with all that is attached to it; the last figures of them all."""
        try:
            return await self.ask("delete", {"from-tag": tag, "delete delay": 0})
        except NgError as error:
            if error.reason is not Reason.CALL_UNKNOWN:
                raise
            return {}

    async def end(self) -> None:
        """Frees everything. A call that is not there any more is over."""
        try:
            await self.ask("delete", {"delete delay": 0})
        except NgError as error:
            if error.reason is not Reason.CALL_UNKNOWN:
                raise
