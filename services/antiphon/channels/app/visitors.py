"""Who is behind a browser: anonymous by an opaque token, known when the site's server vouches with an HMAC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from antiphon.channels.domain.reasons import Reason
from antiphon.channels.domain.visitor import Visitor
from antiphon.channels.vault import digest, new_token, proves_identity
from antiphon.kit.errors import DomainError
from antiphon.kit.ids import new_id

if TYPE_CHECKING:
    from antiphon.channels.app.conversations import Conversations
    from antiphon.channels.contract import ChannelView
    from antiphon.channels.store import ChannelStore

_MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame, checked for its form."""

    key: str
    token: str
    since: int
    language: str
    page: str
    identity: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Admission:
    visitor: Visitor
    token: str
    identity_refused: bool = False


class Visitors:
    def __init__(self, store: ChannelStore, conversations: Conversations) -> None:
        self.store = store
        self.conversations = conversations

    async def admit(self, channel: ChannelView, hello: Hello) -> Admission:
        """The visitor of a token, or a new one. Raises UNKNOWN_TOKEN.

        With a good identity the visitor becomes (or is) that user of the site: an anonymous thread is taken along when
        the user has none yet; otherwise the user's own thread is the answer, under a fresh token."""
        visitor = await self.by_token(channel.id, hello.token) if hello.token else None
        user_id, refused = self._vouched(channel, hello)
        if user_id and (visitor is None or visitor.user_id != user_id):
            known = await self.store.visitor_by_user(channel.id, user_id)
            if known is not None:
                return await self._with_token(known)
            if visitor is None or visitor.user_id:
                return await self._with_token(await self._new(channel, hello, user_id))
            bound = await self._put(visitor, hello, user_id)
            return Admission(bound, hello.token) if bound.id == visitor.id else await self._with_token(bound)
        if visitor is None:
            return replace(await self._with_token(await self._new(channel, hello, "")), identity_refused=refused)
        if (visitor.language, visitor.page) != (hello.language, hello.page):
            visitor = await self._put(visitor, hello, visitor.user_id)
        return Admission(visitor, hello.token, refused)

    async def by_token(self, channel_id: str, token: str) -> Visitor:
        """Raises UNKNOWN_TOKEN, also for a token of another channel; an empty `channel_id` is any."""
        visitor = await self.store.visitor_of(channel_id, digest(token)) if 20 <= len(token) <= 100 else None
        if visitor is None:
            raise DomainError(Reason.UNKNOWN_TOKEN)
        return visitor

    def _vouched(self, channel: ChannelView, hello: Hello) -> tuple[str, bool]:
        if hello.identity is None:
            return "", False
        user_id, given = hello.identity.get("user_id", ""), hello.identity.get("hmac", "")
        secret = channel.secrets.get("identity_secret", "")
        if 0 < len(user_id) <= _MAX_TEXT and proves_identity(secret, user_id, given):
            return user_id, False
        return "", True

    async def _new(self, channel: ChannelView, hello: Hello, user_id: str) -> Visitor:
        return await self._put(Visitor(new_id("vs"), channel.tenant, channel.id), hello, user_id)

    async def _put(self, visitor: Visitor, hello: Hello, user_id: str) -> Visitor:
        changed = replace(visitor, user_id=user_id, language=hello.language, page=hello.page)
        if user_id and hello.identity is not None:
            name, email = hello.identity.get("name", ""), hello.identity.get("email", "")
            changed = replace(changed, name=name[:_MAX_TEXT], email=email[:_MAX_TEXT])
        return await self.store.put_visitor(changed, self.conversations.now())

    async def _with_token(self, visitor: Visitor) -> Admission:
        token = new_token()
        await self.store.add_token(digest(token), visitor, self.conversations.now())
        return Admission(visitor, token)
