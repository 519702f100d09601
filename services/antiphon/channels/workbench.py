# ruff: noqa: N802 - the names are those of the contract
"""gRPC ↔ what makes working with conversations quick. No rule lives here."""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.channels import convert
from antiphon.channels.app.acting import Acting
from antiphon.channels.app.care import Care
from antiphon.channels.app.drafts import Drafts
from antiphon.channels.app.person import Person
from antiphon.channels.app.shelf import Shelf
from antiphon.channels.app.templates import Templates
from antiphon.channels.domain.conversation import Scheduled
from antiphon.channels.domain.draft import Draft
from antiphon.channels.v1 import workbench_pb2 as pb
from antiphon.channels.v1 import workbench_pb2_grpc
from antiphon.kit.protos import moment, timestamp
from antiphon.kit.tokens import current_caller, current_token

_MENTIONS, _MOST_MENTIONS = 50, 100


@dataclass(frozen=True, slots=True)
class Bench:
    """The use cases behind the service."""

    acting: Acting
    care: Care
    shelf: Shelf
    templates: Templates
    drafts: Drafts


class WorkbenchServicer(workbench_pb2_grpc.WorkbenchServiceServicer):
    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.shelf = bench.shelf
        self.store = bench.shelf.store

    async def Act(self, request: pb.ActRequest, context: object) -> pb.ActResponse:
        results = [
            pb.ActResult(
                conversation_id=one.conversation_id,
                reason=one.reason,
                done=one.done,
                conversation=convert.conversation(one.conversation) if one.conversation is not None else None,
            )
            for one in await self.bench.acting.act(_person(), request)
        ]
        return pb.ActResponse(results=results)

    async def ListTags(self, request: pb.ListTagsRequest, context: object) -> pb.ListTagsResponse:
        return pb.ListTagsResponse(tags=await self.store.tags.all(current_caller().tenant))

    async def PutTag(self, request: pb.PutTagRequest, context: object) -> pb.PutTagResponse:
        return pb.PutTagResponse(tag=await self.shelf.put_tag(current_caller(), request.tag))

    async def DeleteTag(self, request: pb.DeleteTagRequest, context: object) -> pb.DeleteTagResponse:
        await self.store.tags.delete(current_caller().tenant, request.tag_id)
        return pb.DeleteTagResponse()

    async def ListCanned(self, request: pb.ListCannedRequest, context: object) -> pb.ListCannedResponse:
        return pb.ListCannedResponse(answers=await self.shelf.canned_of(current_caller()))

    async def PutCanned(self, request: pb.PutCannedRequest, context: object) -> pb.PutCannedResponse:
        return pb.PutCannedResponse(answer=await self.shelf.put_canned(current_caller(), request.answer))

    async def DeleteCanned(self, request: pb.DeleteCannedRequest, context: object) -> pb.DeleteCannedResponse:
        await self.shelf.delete(self.store.canned, current_caller(), request.answer_id)
        return pb.DeleteCannedResponse()

    async def ListMacros(self, request: pb.ListMacrosRequest, context: object) -> pb.ListMacrosResponse:
        return pb.ListMacrosResponse(macros=await self.shelf.macros_of(current_caller()))

    async def PutMacro(self, request: pb.PutMacroRequest, context: object) -> pb.PutMacroResponse:
        return pb.PutMacroResponse(macro=await self.shelf.put_macro(current_caller(), request.macro))

    async def DeleteMacro(self, request: pb.DeleteMacroRequest, context: object) -> pb.DeleteMacroResponse:
        await self.shelf.delete(self.store.macros, current_caller(), request.macro_id)
        return pb.DeleteMacroResponse()

    async def ListMentions(self, request: pb.ListMentionsRequest, context: object) -> pb.ListMentionsResponse:
        limit = min(request.limit, _MOST_MENTIONS) if request.limit > 0 else _MENTIONS
        found = await self.bench.care.mentions_of(_person(), only_unseen=request.only_unseen, limit=limit)
        mentions = [
            pb.Mention(conversation=convert.conversation(it), message=convert.message(message), seen=seen)
            for it, message, seen in found
        ]
        return pb.ListMentionsResponse(mentions=mentions)

    async def SeeMentions(self, request: pb.SeeMentionsRequest, context: object) -> pb.SeeMentionsResponse:
        caller = current_caller()
        await self.bench.care.mentions.see(caller.tenant, caller.person_id, request.conversation_id)
        return pb.SeeMentionsResponse()

    async def GetDraft(self, request: pb.GetDraftRequest, context: object) -> pb.GetDraftResponse:
        found = await self.bench.drafts.get(_person(), request.conversation_id)
        return pb.GetDraftResponse(draft=_draft(found) if found else None)

    async def PutDraft(self, request: pb.PutDraftRequest, context: object) -> pb.PutDraftResponse:
        it = request.draft
        wanted = Draft(it.reply, it.note, moment(it.typed_at), it.device)
        return pb.PutDraftResponse(
            draft=_draft(await self.bench.drafts.put(_person(), request.conversation_id, wanted))
        )

    async def PutScheduled(self, request: pb.PutScheduledRequest, context: object) -> pb.PutScheduledResponse:
        it = request.message
        wanted = Scheduled(it.id, "", "", it.text, moment(it.at), it.unless_reply)
        after = await self.bench.care.plan(_person(), request.conversation_id, wanted, tuple(it.attachment_ids))
        return pb.PutScheduledResponse(conversation=convert.conversation(after))

    async def CancelScheduled(self, request: pb.CancelScheduledRequest, context: object) -> pb.CancelScheduledResponse:
        after = await self.bench.care.unplan(_person(), request.conversation_id, request.id)
        return pb.CancelScheduledResponse(conversation=convert.conversation(after))

    async def ListSlaPolicies(self, request: pb.ListSlaPoliciesRequest, context: object) -> pb.ListSlaPoliciesResponse:
        found = await self.store.policies.all(current_caller().tenant)
        return pb.ListSlaPoliciesResponse(policies=sorted(found, key=lambda one: (one.place, one.name)))

    async def PutSlaPolicy(self, request: pb.PutSlaPolicyRequest, context: object) -> pb.PutSlaPolicyResponse:
        return pb.PutSlaPolicyResponse(policy=await self.shelf.put_policy(current_caller(), request.policy))

    async def DeleteSlaPolicy(self, request: pb.DeleteSlaPolicyRequest, context: object) -> pb.DeleteSlaPolicyResponse:
        await self.shelf.delete_policy(current_caller(), request.policy_id)
        return pb.DeleteSlaPolicyResponse()

    async def ListTemplates(self, request: pb.ListTemplatesRequest, context: object) -> pb.ListTemplatesResponse:
        found = await self.bench.templates.all_of(current_caller(), request.channel_id)
        templates = [
            pb.Template(
                name=one.name, language=one.language, category=one.category, header=one.header, body=one.body,
                footer=one.footer, buttons=one.buttons, gaps=one.gaps, why_not=one.why_not,
            )
            for one in found
        ]  # fmt: skip
        return pb.ListTemplatesResponse(templates=templates)

    async def ListBlocks(self, request: pb.ListBlocksRequest, context: object) -> pb.ListBlocksResponse:
        blocks = [
            pb.Block(
                id=one["_id"], channel=one["channel"], contact_id=one["contact_id"], contact_name=one["contact_name"],
                by_id=one["by"].removeprefix("person:"), at=timestamp(one["at"]), refused=one["refused"],
            )
            for one in await self.bench.care.blocks.all_of(current_caller().tenant)
        ]  # fmt: skip
        return pb.ListBlocksResponse(blocks=blocks)

    async def DeleteBlock(self, request: pb.DeleteBlockRequest, context: object) -> pb.DeleteBlockResponse:
        await self.bench.care.blocks.drop(current_caller().tenant, request.block_id)
        return pb.DeleteBlockResponse()


def _person() -> Person:
    return Person(current_caller(), current_token())


def _draft(it: Draft) -> pb.Draft:
    return pb.Draft(reply=it.reply, note=it.note, typed_at=timestamp(it.typed_at), device=it.device)
