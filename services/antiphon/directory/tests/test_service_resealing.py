"""The sealing key changes: both open meanwhile, what the old one sealed is sealed anew, then it goes."""

from __future__ import annotations

import base64
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from pydantic import SecretStr

from antiphon.directory.__main__ import serve
from antiphon.directory.app.sealing import Sealer
from antiphon.directory.domain import totp
from antiphon.directory.settings import Settings
from antiphon.directory.store.resealing import SEALED
from antiphon.directory.tests.conftest import Desk
from antiphon.directory.v1 import identity_pb2, signon_pb2, telephony_pb2
from antiphon.kit.clock import SettableClock, system_clock
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running
from antiphon.kit.tokens import new_private_key

pytestmark = pytest.mark.service


@asynccontextmanager
async def directory(
    platforms: dict[str, Platform], clock: SettableClock, first: str, *others: str
) -> AsyncIterator[Desk]:
    settings = Settings(
        sealing_key=SecretStr(first), sealing_keys=tuple(map(SecretStr, others)), password_memory_kib=64
    )
    async with running({"directory": functools.partial(serve, settings=settings)}, platforms, clock) as started:
        yield Desk(started["directory"], clock, platforms)


async def test_nothing_becomes_unreadable(platforms: dict[str, Platform]) -> None:
    clock = SettableClock(system_clock() + timedelta(minutes=1))
    old, new = new_private_key(), new_private_key()
    async with directory(platforms, clock, old) as desk:
        one = await desk.sign_up()
        token = await desk.token(one.session)
        begun = await desk.ask("BeginTotp", identity_pb2.BeginTotpRequest(), token)
        factor = base64.b32decode(begun.secret)
        code = totp.code_at(factor, totp.step_at(clock()))
        await desk.ask("ConfirmTotp", identity_pb2.ConfirmTotpRequest(code=code), token)
        phone = telephony_pb2.SipAccount(username="resealed100", person_id=one.owner.id)
        await desk.ask("PutSipAccount", telephony_pb2.PutSipAccountRequest(account=phone), token)
        trunk = telephony_pb2.Trunk(name="Operator", host="127.0.0.1", username="u")
        await desk.ask("PutTrunk", telephony_pb2.PutTrunkRequest(trunk=trunk, password="op-secret-7"), token)
        provider = signon_pb2.SignOn(word="resealed", issuer="https://id.example.com", client_id="c")
        await desk.ask("PutSignOn", signon_pb2.PutSignOnRequest(sign_on=provider, client_secret="s-1"), token)

    async with directory(platforms, clock, new, old) as desk:
        db, alone = desk.rt.database(), Sealer(base64.urlsafe_b64decode(new + "="))

        async def sealed_by(sealer: Sealer) -> set[str]:
            """What it opens and would leave as it is."""
            found = set()
            for collection, field in SEALED:
                owner = one.tenant.id + "/sign-on" if collection == "sign_ons" else ""
                async for kept in db[collection].find({"tenant": one.tenant.id, field: {"$nin": [None, b""]}}):
                    try:
                        sealer.unseal(bytes(kept[field]), owner or kept["_id"])
                    except Exception:  # noqa: BLE001 - it is sealed by another
                        continue
                    found.add(f"{collection}.{field}")
            return found

        wanted = {"credentials.totp", "sip_secrets.ha1", "trunk_secrets.sealed", "sign_ons.sealed"}

        async def is_done() -> bool:
            return await sealed_by(alone) == wanted

        await eventually(is_done)

    async with directory(platforms, clock, new) as desk:
        clock.forward(seconds=60)
        code = totp.code_at(factor, totp.step_at(clock()))
        assert await desk.sign_in(one.owner.email, code=code), "the second factor is read with the new key alone"
