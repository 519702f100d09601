"""Setting a phone up: what to enter, a hardened profile, and a guide for each operating system.

The profile follows what attackers look for: a local SIP port other than 5060 and above 6000, signalling with the proxy
only, requests accepted from its published addresses only, web pages with made-up credentials and closed to the outside.
"""

from __future__ import annotations

import json
import secrets
from importlib import resources
from typing import TYPE_CHECKING, Any

from antiphon.directory.domain import limits, sip
from antiphon.directory.v1.telephony_pb2 import GetProvisioningResponse, SetupGuide, SipAccount

if TYPE_CHECKING:
    from antiphon.directory.settings import Settings
    from antiphon.directory.store import Store
    from antiphon.kit.tokens import Caller

    from .sip_accounts import SipAccounts

_LOWEST_PORT, _PORTS = 6_100, 3_000
SYSTEMS = ("windows", "macos", "linux", "ios", "android", "deskphone")


class Provisioning:
    def __init__(self, store: Store, accounts: SipAccounts, settings: Settings) -> None:
        self._store = store
        self._accounts = accounts
        self._settings = settings
        text = resources.files("antiphon.directory.app").joinpath("guides.json").read_text(encoding="utf-8")
        self._guides: dict[str, dict[str, Any]] = json.loads(text)

    async def of(self, caller: Caller, account_id: str, language: str) -> GetProvisioningResponse:
        """How to set a device up for an account that the caller may see. Raises NOT_FOUND, INVALID."""
        account = await self._accounts.get(caller, account_id)
        spoken = limits.language(language) or await self._language_of(caller)
        proxy = self._settings.sip_proxy or self._settings.sip_domain
        values = {"username": account.username, "domain": self._settings.sip_domain, "proxy": proxy}
        return GetProvisioningResponse(
            username=account.username,
            domain=self._settings.sip_domain,
            proxy=proxy,
            transports=self._transports(account),
            profile=self._profile(account, proxy),
            guides=[self._guide(system, spoken, values) for system in SYSTEMS],
        )

    async def _language_of(self, caller: Caller) -> str:
        tenant = self._store.of(caller.tenant)
        person = await tenant.people.find(caller.person_id) if caller.person_id else None
        return (person.language if person else "") or (await tenant.tenants.get(caller.tenant)).language or "en"

    def _transports(self, account: SipAccount) -> list[str]:
        return [one for one in self._settings.sip_transports if not account.encrypted_only or one in ("tls", "wss")]

    def _profile(self, account: SipAccount, proxy: str) -> dict[str, str]:
        filtered = ",".join(self._settings.sip_networks) or proxy.rpartition(":")[0] or proxy
        return {
            "sip.username": account.username,
            "sip.domain": self._settings.sip_domain,
            "sip.outbound_proxy": proxy,
            "sip.local_port": str(_LOWEST_PORT + secrets.randbelow(_PORTS)),
            "sip.accept_only_from": filtered,
            "sip.accept_only_registered_server": "on",
            "sip.register_expires": "300",
            "media.encryption": "required" if account.encrypted_only else "preferred",
            "web.admin_user": f"admin-{secrets.token_hex(3)}",
            "web.admin_password": "".join(secrets.choice(sip.LETTERS + sip.DIGITS) for _ in range(sip.GENERATED)),
            "web.wan_access": "off",
            "web.https_only": "on",
        }

    def _guide(self, system: str, language: str, values: dict[str, str]) -> SetupGuide:
        kept = self._guides[language][system]
        return SetupGuide(system=system, title=kept["title"], steps=[step.format(**values) for step in kept["steps"]])
