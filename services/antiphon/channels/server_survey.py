"""gRPC ↔ ratings; like `server.py`, for `SurveyService`."""

from __future__ import annotations

import grpc

from antiphon.channels import convert
from antiphon.channels.app.person import Person
from antiphon.channels.app.surveys import Period, Surveys
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.survey import SCORES, Rule
from antiphon.channels.v1 import survey_pb2 as pb
from antiphon.channels.v1 import survey_pb2_grpc
from antiphon.kit.protos import moment
from antiphon.kit.tokens import current_caller, current_token

SERVICE = pb.DESCRIPTOR.services_by_name["SurveyService"].full_name


class SurveyServicer(survey_pb2_grpc.SurveyServiceServicer):
    def __init__(self, surveys: Surveys) -> None:
        self.surveys = surveys

    async def GetSurveyPolicy(self, request: pb.GetSurveyPolicyRequest, context: object) -> pb.GetSurveyPolicyResponse:
        return pb.GetSurveyPolicyResponse(policy=_policy(*await self.surveys.policy(current_caller())))

    async def PutSurveyPolicy(self, request: pb.PutSurveyPolicyRequest, context: object) -> pb.PutSurveyPolicyResponse:
        rules = [
            Rule(one.channel_id, one.queue_id, one.ask, one.every_days or 30, dict(one.question), dict(one.thanks))
            for one in request.policy.rules
        ]
        return pb.PutSurveyPolicyResponse(
            policy=_policy(*await self.surveys.put(current_caller(), rules, request.policy.rev))
        )

    async def ListRatings(self, request: pb.ListRatingsRequest, context: object) -> pb.ListRatingsResponse:
        period = Period(
            since=moment(request.since) if request.HasField("since") else None,
            until=moment(request.until) if request.HasField("until") else None,
            queue_id=request.queue_id,
            agent_id=request.agent_id,
            commented=request.commented,
            limit=request.limit,
        )
        found, counts = await self.surveys.rated(Person(current_caller(), current_token()), period)
        answered = sum(counts.get(score, 0) for score in SCORES)
        total = sum(score * counts.get(score, 0) for score in SCORES)
        good = counts.get(4, 0) + counts.get(5, 0)
        return pb.ListRatingsResponse(
            ratings=[_rated(it) for it in found],
            asked=sum(counts.values()),
            answered=answered,
            average=total / answered if answered else 0,
            satisfied=good / answered if answered else 0,
            counts=[counts.get(score, 0) for score in SCORES],
        )


def add(server: grpc.aio.Server, surveys: Surveys) -> None:
    survey_pb2_grpc.add_SurveyServiceServicer_to_server(SurveyServicer(surveys), server)


def _policy(rules: tuple[Rule, ...], rev: int) -> pb.SurveyPolicy:
    listed = [
        pb.SurveyRule(
            channel_id=one.channel_id, queue_id=one.queue_id, ask=one.ask, every_days=one.every_days,
            question=dict(one.question or {}), thanks=dict(one.thanks or {}),
        )
        for one in rules
    ]  # fmt: skip
    return pb.SurveyPolicy(rev=rev, rules=listed)


def _rated(it: Conversation) -> pb.RatedConversation:
    return pb.RatedConversation(
        conversation_id=it.id, no=it.no, contact_id=it.contact_id, contact_name=it.contact_name, channel=it.channel,
        queue_id=it.queue_id, agent_id=it.agents[-1] if it.agents else "", rating=convert.rating(it.rating),
    )  # fmt: skip
