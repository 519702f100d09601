"""gRPC ↔ the contract, and what makes its steps go on after any death: its sweep, its facts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import grpc

from antiphon.billing.app import changes, signed_acts
from antiphon.billing.app.changes import Changes, change_message, title_of
from antiphon.billing.app.contracts import Contracts
from antiphon.billing.app.dearer import Dearer
from antiphon.billing.app.messages import account_of, nanos
from antiphon.billing.app.signed_acts import SIGNED, STORED
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.passing import Asker, Passing
from antiphon.billing.store.contract import ContractStore
from antiphon.billing.v1 import contract_pb2 as pb
from antiphon.billing.v1 import contract_pb2_grpc
from antiphon.billing.v1.events_pb2 import AccountTerminated, TariffActivated
from antiphon.kit import logs
from antiphon.kit.bus import Bus, Fact, Table
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller, Signer, current_caller

BY = "service:billing"
log = logs.get("billing")
Mail = Callable[..., Awaitable[bool]]


class Papers(Protocol):
    async def paper(self, account_id: str, kind: str, paper_id: str) -> Paper | None: ...


@dataclass(frozen=True, slots=True)
class Registry:
    """What can be asked here."""

    contracts: Contracts
    changes: Changes
    dearer: Dearer
    store: ContractStore
    papers: Papers
    mail: Mail
    clock: Clock

    def steps(self, passing: Passing, signer: Signer) -> Steps:
        return Steps(self, passing, signer)


class Steps:
    """Steps of others about a customer, carried to the writer of his account."""

    def __init__(self, registry: Registry, passing: Passing, signer: Signer) -> None:
        self.registry = registry
        self._passing = passing
        self._signer = signer

    async def take(self, tenant: str, step: pb.CarryContractRequest) -> pb.CarryContractResponse:
        asker = Asker(Caller(tenant, BY), self._signer.for_tenant(tenant))
        return await self._passing.to_writer(self.registry.contracts.carry, step, asker)

    async def about(self, caller: Caller, company: str) -> str:
        """Whose contract a command of the operator's is about. Raises OPERATORS_TERMS, NOT_FOUND."""
        seller = await self.registry.store.seller(caller.tenant)
        if seller:
            raise DomainError(Reason.OPERATORS_TERMS, "only whoever runs the installation does this")
        tenant = company or caller.tenant
        if tenant != caller.tenant and await self.registry.store.seller(tenant) != caller.tenant:
            raise DomainError(Common.NOT_FOUND, object=company)
        return tenant

    async def side(self, caller: Caller, company: str) -> str:
        """The same where either side may: of one's own contract, or of a customer's."""
        return await self.about(caller, company) if company and company != caller.tenant else caller.tenant

    async def sweep(self, leads: Callable[[str], bool]) -> None:
        """Tells what was published, wakes what is due, mails what waits: of the accounts written here."""
        registry = self.registry
        for change in await registry.store.untold():
            if leads(account_of(change["tenant"])):
                await self._tell(change)
        for account_id, tenant, paper in await registry.store.due(nanos(registry.clock())):
            if leads(account_id):
                await self._wake(tenant, paper)
        for account_id, tenant, paper in await registry.store.unmailed():
            if leads(account_id):
                await self._mail(tenant, paper)

    async def _wake(self, tenant: str, paper: Paper) -> None:
        try:
            await self.take(tenant, pb.CarryContractRequest(by=BY, wake=paper.key))
        except DomainError as error:  # one that cannot be woken keeps no other waiting
            log.warning("a paper is woken later", kind=paper.kind, reason=error.reason.name)

    async def _tell(self, change: Mapping[str, Any]) -> None:
        for record in await self.registry.store.customers(change["tenant"], change.get("tariff", "")):
            step = pb.CarryContractRequest(by=BY, tell=change_message(change), seller=change["tenant"])
            await self.take(record.tenant, step)
        await self.registry.store.told(change)

    async def _mail(self, tenant: str, paper: Paper) -> None:
        change = paper.data["change"]
        title = title_of(change, "en")
        texts = "\n\n".join(
            f"{change['titles'][language]}\n\n{change['texts'][language]}" for language in changes.LANGUAGES
        )
        text = f"{texts}\n\n{change['effective_on']} · {paper.data['answer_by']} · {change['hash']}\n"
        if await self.registry.mail(paper.data["mail"], title, (), text):
            await self.take(tenant, pb.CarryContractRequest(by=BY, mailed=paper.id))


class ContractServicer(contract_pb2_grpc.ContractServiceServicer):
    """Customers ask about their own contract; the operator about his customers'."""

    def __init__(self, passing: Passing, steps: Steps) -> None:
        self._registry = steps.registry
        self._steps = steps
        self._write = passing.to_writer
        passing.servicers["ContractService"] = self

    async def GetContract(self, request: pb.GetContractRequest, context: Any) -> pb.GetContractResponse:
        return await self._registry.contracts.get(current_caller())

    async def EndContract(self, request: pb.EndContractRequest, context: Any) -> pb.EndContractResponse:
        return await self._write(self._registry.contracts.end, request)

    async def WithdrawEnding(self, request: pb.WithdrawEndingRequest, context: Any) -> pb.WithdrawEndingResponse:
        return await self._write(self._registry.contracts.withdraw, request)

    async def AnswerTermsChange(
        self, request: pb.AnswerTermsChangeRequest, context: Any
    ) -> pb.AnswerTermsChangeResponse:
        return await self._write(self._registry.changes.answer, request)

    async def PublishChange(self, request: pb.PublishChangeRequest, context: Any) -> pb.PublishChangeResponse:
        await self._steps.about(current_caller(), "")
        return await self._write(self._registry.changes.publish, request)

    async def ListPublishedChanges(
        self, request: pb.ListPublishedChangesRequest, context: Any
    ) -> pb.ListPublishedChangesResponse:
        await self._steps.about(current_caller(), "")
        return await self._registry.changes.listed(current_caller())

    async def ListContractWork(self, request: pb.ListContractWorkRequest, context: Any) -> pb.ListContractWorkResponse:
        await self._steps.about(current_caller(), "")
        return await self._registry.contracts.work(current_caller())

    async def StartOrder(self, request: pb.StartOrderRequest, context: Any) -> pb.StartOrderResponse:
        step = pb.CarryContractRequest(by=current_caller().subject, start=request)
        answer = await self._steps.take(await self._steps.about(current_caller(), request.company_id), step)
        return pb.StartOrderResponse(order=answer.order)

    async def ExtendReserve(self, request: pb.ExtendReserveRequest, context: Any) -> pb.ExtendReserveResponse:
        step = pb.CarryContractRequest(by=current_caller().subject, extend=request)
        answer = await self._steps.take(await self._steps.about(current_caller(), request.company_id), step)
        return pb.ExtendReserveResponse(reserved_until=answer.reserved_until)

    async def RequestSignedAct(self, request: pb.RequestSignedActRequest, context: Any) -> pb.RequestSignedActResponse:
        step = pb.CarryContractRequest(by=current_caller().subject, request_act=request)
        answer = await self._steps.take(await self._steps.side(current_caller(), request.company_id), step)
        return pb.RequestSignedActResponse(act=answer.act)

    async def SendSignedAct(self, request: pb.SendSignedActRequest, context: Any) -> pb.SendSignedActResponse:
        step = pb.CarryContractRequest(by=current_caller().subject, send_act=request)
        answer = await self._steps.take(await self._steps.about(current_caller(), request.company_id), step)
        return pb.SendSignedActResponse(act=answer.act)

    async def StoreSignedAct(
        self, request_iterator: AsyncIterator[pb.StoreSignedActRequest], context: Any
    ) -> pb.StoreSignedActResponse:
        caller, content, scan = current_caller(), bytearray(), None
        async for part in request_iterator:
            if part.HasField("scan"):
                scan = part.scan
            content += part.chunk
            if len(content) > signed_acts.LARGEST:
                raise DomainError(Reason.SCAN_TOO_LARGE)
        if scan is None:
            raise invalid("scan", "is missing: it says whose act it is")
        tenant, kind = await self._steps.side(caller, scan.company_id), signed_acts.type_of(bytes(content))
        if await self._registry.papers.paper(account_of(tenant), SIGNED, scan.document_id) is None:
            raise DomainError(Common.NOT_FOUND, object=scan.document_id)
        hashed = hashlib.sha256(content).hexdigest()
        await self._registry.store.keep_scan(hashed, bytes(content))
        kept = pb.KeptScan(document_id=scan.document_id, hash=hashed, size=len(content), content_type=kind)
        answer = await self._steps.take(tenant, pb.CarryContractRequest(by=caller.subject, keep_scan=kept))
        return pb.StoreSignedActResponse(act=answer.act)

    async def DownloadSignedAct(
        self, request: pb.DownloadSignedActRequest, context: Any
    ) -> AsyncIterator[pb.DownloadSignedActResponse]:
        tenant = await self._steps.side(current_caller(), request.company_id)
        paper = await self._registry.papers.paper(account_of(tenant), SIGNED, request.document_id)
        if paper is None or paper.state != STORED:
            raise DomainError(Common.NOT_FOUND, object=request.document_id)
        data = paper.data
        name = f"act-{data['number']}.{data['type'].partition('/')[2].replace('jpeg', 'jpg')}"
        yield pb.DownloadSignedActResponse(name=name, media_type=data["type"])
        async for piece in self._registry.store.scan(data["hash"]):
            yield pb.DownloadSignedActResponse(chunk=piece)

    async def CarryContract(self, request: pb.CarryContractRequest, context: Any) -> pb.CarryContractResponse:
        return await self._write(self._registry.contracts.carry, request)


def add(server: grpc.aio.Server, passing: Passing, steps: Steps) -> None:
    contract_pb2_grpc.add_ContractServiceServicer_to_server(ContractServicer(passing, steps), server)


async def days(bus: Bus, steps: Steps, sweep: Coroutine[Any, Any, None]) -> None:
    """Hears and sweeps until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bus.consume("billing-contracts", table(steps)))
        tasks.create_task(sweep)


def table(steps: Steps) -> Table:
    """A step that could not be done is not acknowledged and comes again; one that was done changes nothing."""

    async def terminated(fact: Fact) -> None:
        assert isinstance(fact.event, AccountTerminated)
        await steps.take(fact.tenant, pb.CarryContractRequest(by=BY, release=True))

    async def activated(fact: Fact) -> None:
        assert isinstance(fact.event, TariffActivated)
        await steps.registry.dearer.published(fact.tenant, fact.event.tariff)

    return {AccountTerminated: terminated, TariffActivated: activated}
