"""Connecting channels: what an administrator may set, and the opened view that adapters work with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from antiphon.channels import reach
from antiphon.channels.contract import Adapters, ChannelView
from antiphon.channels.domain import channel as rules
from antiphon.channels.domain.channel import Channel
from antiphon.channels.domain.reasons import Reason
from antiphon.channels.kinds import KINDS
from antiphon.channels.vault import Vault, new_token
from antiphon.kit import logs
from antiphon.kit.clock import to_millis
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import new_id

if TYPE_CHECKING:
    from antiphon.channels.store import ChannelStore
    from antiphon.kit.tokens import Caller

log = logs.get("channels")
_FRESH = 1.0
"""Seconds that an opened channel is remembered."""
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Wish:
    """A channel as an administrator wants it."""

    id: str
    rev: int
    kind: str
    name: str
    project_id: str
    enabled: bool
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]


class ChannelSetup:
    def __init__(self, store: ChannelStore, vault: Vault, adapters: Adapters, any_origin: bool, inside: bool) -> None:
        self.store = store
        self.vault = vault
        self.adapters = adapters
        self.any_origin = any_origin
        self.inside = inside
        self._watchers: list[asyncio.Event] = []
        self._views: dict[str, tuple[float, ChannelView | None]] = {}

    def watch(self) -> asyncio.Event:
        """An event that is set whenever a channel changes in this process; whoever watches clears it."""
        event = asyncio.Event()
        self._watchers.append(event)
        return event

    def _changed(self) -> None:
        self._views.clear()
        for event in self._watchers:
            event.set()

    async def all_of(self, caller: Caller) -> list[Channel]:
        found = await self.store.all_of(caller.tenant)
        return [channel for channel in found if caller.sees_project(channel.project_id)]

    async def put(self, caller: Caller, wish: Wish) -> Channel:
        """Connects or changes. Raises STALE, INVALID, PRIVATE_HOST, TAKEN, UNKNOWN_CHANNEL."""
        if wish.id:
            base = await self.store.get(caller.tenant, wish.id)
            self._check_project(caller, base.project_id)
            if wish.rev != base.rev:
                raise DomainError(Common.STALE)
            if wish.kind and wish.kind != base.kind:
                raise invalid("kind", "the kind of a channel does not change")
        else:
            base = None
            if wish.kind not in KINDS:
                raise invalid("kind", f"one of {', '.join(KINDS)}")
        self._check_project(caller, wish.project_id)
        channel = self._wished(base or Channel(new_id("ch"), caller.tenant, wish.kind, ""), wish)
        await reach.check(KINDS[channel.kind], dict(channel.settings), inside=self.inside)
        saved = await self.store.save(base, channel)
        self._changed()
        return saved

    async def delete(self, caller: Caller, channel_id: str) -> None:
        """Disconnects; conversations stay. Secrets and keys are forgotten."""
        base = await self.store.find(channel_id)
        if base is None or base.tenant != caller.tenant or base.deleted:
            return
        self._check_project(caller, base.project_id)
        gone = replace(
            base,
            deleted=True,
            enabled=False,
            secrets={},
            former={},
            public_key="",
            account="",
            health="",
            rev=base.rev + 1,
        )
        await self.store.save(base, gone)
        self._changed()

    async def test(self, caller: Caller, channel_id: str) -> tuple[bool, str]:
        """What the provider says now; also kept as the channel's health."""
        channel = await self.store.get(caller.tenant, channel_id)
        self._check_project(caller, channel.project_id)
        ok, says = await self.adapters[channel.kind].outgoing.test(self.open(channel))
        await self.store.note_health(channel, "" if ok else says)
        return ok, says

    async def view(self, channel_id: str) -> ChannelView | None:
        """A channel with opened secrets; None when it was disconnected. Remembered for a moment, because every message
        asks: what was changed on another replica is heard of that much later."""
        now = asyncio.get_running_loop().time()
        at, view = self._views.get(channel_id, (float("-inf"), None))
        if now - at > _FRESH:
            channel = await self.store.find(channel_id)
            view = self.open(channel) if channel is not None and not channel.deleted else None
            if len(self._views) >= _REMEMBERED:
                self._views.clear()
            self._views[channel_id] = (now, view)
        return view

    def open(self, channel: Channel) -> ChannelView:
        secrets = {name: self.vault.open(sealed, f"{channel.id}:{name}") for name, sealed in channel.secrets.items()}
        secrets["webhook"] = webhook_secret(self.vault, channel)
        lasts = to_millis(self.store.clock()) < channel.former_until
        former = {n: self.vault.open(old, f"{channel.id}:{n}") for n, old in channel.former.items() if lasts}
        if others := webhook_secrets(self.vault, channel)[1:]:
            former["webhook"] = others[0]
        return ChannelView(
            id=channel.id,
            tenant=channel.tenant,
            kind=channel.kind,
            rev=channel.rev,
            name=channel.name,
            project_id=channel.project_id,
            enabled=channel.enabled,
            settings=channel.settings,
            secrets=secrets,
            public_key=channel.public_key,
            former=former,
            inside=self.inside,
        )

    async def reseal(self) -> None:
        """Seals by the key in use what another one sealed."""
        count = 0
        for channel in await self.store.everywhere():
            fresh: dict[str, bytes] = {}
            for place, kept in (("secrets", channel.secrets), ("former", channel.former)):
                for name, sealed in kept.items():
                    if (anew := self.vault.resealed(sealed, f"{channel.id}:{name}")) is not None:
                        fresh[f"{place}.{name}"] = anew
            count += bool(fresh) and await self.store.reseal(channel, fresh)
        if count:
            log.info("secrets were sealed anew", channels=count)

    def verify_word(self, channel: Channel) -> str:
        """What the provider's set-up page asks for; empty where it asks for nothing."""
        return webhook_secret(self.vault, channel) if KINDS[channel.kind].shows_word else ""

    def _wished(self, base: Channel, wish: Wish) -> Channel:
        kind = KINDS[base.kind]
        given = kind.check_secrets(wish.secrets, frozenset(base.secrets))
        settings = kind.check_settings(wish.settings, self.any_origin)
        return replace(
            base,
            rev=base.rev + 1,
            name=rules.check_name(wish.name),
            project_id=wish.project_id,
            enabled=wish.enabled,
            settings=settings,
            secrets={**base.secrets, **self._sealed(base, given)},
            **self._replaced(base, given),
            account=kind.account(settings, given) or base.account,
            public_key=base.public_key or (f"wk_{new_token()[:22]}" if kind.is_public else ""),
            health="",
        )

    def _replaced(self, base: Channel, given: Mapping[str, str]) -> dict[str, Any]:
        """What stays good for a while beside the secrets that are given now."""
        old = {name: base.secrets[name] for name in given if name in base.secrets}
        until = to_millis(self.store.clock() + rules.FORMER)
        return {"former": old, "former_until": until} if old else {}

    def _sealed(self, base: Channel, given: Mapping[str, str]) -> dict[str, bytes]:
        return {name: self.vault.seal(secret, f"{base.id}:{name}") for name, secret in given.items()}

    def _check_project(self, caller: Caller, project_id: str) -> None:
        if not caller.sees_project(project_id):
            raise DomainError(Reason.UNKNOWN_CHANNEL)


def webhook_secret(vault: Vault, channel: Channel) -> str:
    """What a provider must show with every update, where it can: derived, so that nothing is kept."""
    return webhook_secrets(vault, channel)[0]


def webhook_secrets(vault: Vault, channel: Channel) -> list[str]:
    """The same by each key, while it changes: a provider shows the one that it was told last."""
    return vault.signatures(f"{channel.kind} webhook", channel.id, channel.account)
