"""The demo tenant's money: a tariff that two people signed, an account with a balance, services to order.

Outside calls are charged for real; nobody has to pay: the first payment is a present of the house.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from antiphon.billing.v1 import billing_pb2 as billing
from antiphon.billing.v1 import cabinet_pb2 as cabinet
from antiphon.billing.v1.billing_pb2_grpc import BillingServiceStub
from antiphon.billing.v1.cabinet_pb2_grpc import CabinetServiceStub
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.errors import DomainError
from antiphon.kit.grpc_client import Peers, ask

TARIFF_ID = "office"
EMERGENCY = ("101", "102", "103", "104", "112")
PRICES = (
    ("380", "0.60", 60, 1),
    ("38044", "0.45", 60, 1),
    ("48", "4.20", 60, 60),
    ("49", "3.90", 60, 60),
    ("1", "2.80", 60, 60),
)
PRODUCTS = (
    ("recording", "Запис розмов", "Усі розмови зберігаються 90 днів.", 0, 120),
    ("line", "Ще одна зовнішня лінія", "На одну розмову більше водночас.", 50, 80),
    ("paper", "Паперовий рахунок", "Надсилаємо поштою.", 40, 0),
    ("lead_catcher_pro", "Ловець лідів PRO", "Власний дизайн форми, заявки в Telegram, Viber і Messenger.", 0, 90),
)
PRESENT = 2_000


def uah(amount: int) -> Money:
    return Money(currency="UAH", micros=amount * 1_000_000)


def tariff() -> dict[str, Any]:
    """Prices for a minute; the rest of the world has none and is refused."""
    rates = [
        {"prefix": prefix, "groups": [{"start": 0, "rate": price, "per": per, "inc": inc}]}
        for prefix, price, per, inc in PRICES
    ]
    usage = {
        "sms": "0.85", "whatsapp_template": "1.60", "whatsapp_message": "0", "viber_message": "0.60",
        "gigabyte_day": "0.02",
    }  # fmt: skip
    return {"tz": "Europe/Kyiv", "scale": 2, "emergency": list(EMERGENCY), "usage": usage, "rates": rates}


async def make(peers: Peers, tenant: str, as_owner: Callable[[Any, Any], Awaitable[Any]]) -> None:
    """Opens the account, unless there is one."""
    bill: Any = BillingServiceStub(peers.channel("billing"))
    room: Any = CabinetServiceStub(peers.channel("billing"))
    try:
        await as_owner(bill.GetAccount, billing.GetAccountRequest())
    except DomainError as error:
        if error.reason.name != "NO_ACCOUNT":
            raise
        listed = (await as_owner(bill.ListTariffs, billing.ListTariffsRequest())).tariffs
        if not any(one.approver for one in listed):
            draft = billing.Tariff(id=TARIFF_ID, name="Офіс", currency="UAH", document=json.dumps(tariff()))
            written = (await as_owner(bill.PutTariff, billing.PutTariffRequest(tariff=draft))).tariff
            approval = billing.ApproveTariffRequest(id=TARIFF_ID, version=written.version)
            await ask(bill.ApproveTariff, approval, peers.own(tenant))
        account = billing.Account(
            currency="UAH", tariff_id=TARIFF_ID, monthly_fee=uah(300), time_zone="Europe/Kyiv",
            notify_below=[uah(200)], limits=billing.Limits(cost_a_day=uah(500), concurrent=30),
            customer=billing.Customer(kind=billing.CUSTOMER_KIND_COMPANY, name="ТОВ «Клімат-центр»", language="uk"),
        )  # fmt: skip
        await as_owner(bill.PutAccount, billing.PutAccountRequest(account=account))
    for name, title, text, once, monthly in PRODUCTS:
        product = cabinet.Product(
            id=name, name=title, description=text, one_time=uah(once), monthly=uah(monthly)
        )  # fmt: skip
        await as_owner(room.PutProduct, cabinet.PutProductRequest(product=product))
    payment = billing.PostPaymentRequest(payment_id="present", amount=uah(PRESENT), method="bank")
    await ask(bill.PostPayment, payment, peers.own(tenant))
