"""Walking a scheme from one node to the next that waits.

Nodes that only speak or decide are passed at once; a menu, a queue and a request wait; a close ends. The
walk always stops: a scheme that leads nowhere, into an unknown node or in circles is closed with the
reason, never left silent.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from antiphon.routing.domain import calls, nodes, verbs
from antiphon.routing.domain.decision import Step
from antiphon.routing.domain.exits import Way
from antiphon.routing.domain.expressions import ExpressionError, parse
from antiphon.routing.domain.hours import Closed, Open, is_open
from antiphon.routing.domain.interaction import Awaiting
from antiphon.routing.domain.nodes import Goto
from antiphon.routing.domain.reasons import Outcome
from antiphon.routing.domain.templates import for_header, for_json, for_url, render
from antiphon.routing.domain.trail import Trail
from antiphon.routing.domain.truth import holds
from antiphon.routing.domain.values import LONGEST

STEP_LIMIT = 250  # nodes between two waits; also the largest scheme that may be published
LIFETIME_LIMIT = 2_500  # nodes in one interaction


@dataclass(slots=True)
class Walk(Trail):
    """A step that walks: `go` on from a node, `stay` to ask again."""

    def go(self, to: Goto) -> Step:
        """From `to` on, until something waits or ends."""
        for _ in range(STEP_LIMIT):
            if to is None:
                return self.fail(Outcome.NO_WAY_ON)
            node = self.scheme.node(to)
            if node is None:
                return self.fail(Outcome.UNKNOWN_NODE, node_id=to)
            if self.interaction.visited >= LIFETIME_LIMIT:
                return self.fail(Outcome.LIFETIME_LIMIT, limit=LIFETIME_LIMIT)
            self.change(node_id=to, attempts=0, visited=self.interaction.visited + 1)
            arrived = calls.visit(self, node) if isinstance(node, nodes.CallNode) else self._visit(node)
            if isinstance(arrived, Step):
                return arrived
            to = arrived
        return self.fail(Outcome.STEP_LIMIT, limit=STEP_LIMIT)

    def stay(self, question: nodes.Menu | nodes.Collect) -> Step:
        """Asks the same question once more."""
        self.change(attempts=self.interaction.attempts + 1)
        return self._ask(question) if isinstance(question, nodes.Menu) else calls.ask(self, question)

    def _visit(self, node: nodes.PlainNode) -> Goto | Step:
        """Passes the node and gives the next, or stops at it."""
        match node:
            case nodes.Say():
                said = self.words(node.text)
                self.verbs.append(verbs.Say(said.words, said.language))
                self.passed(Way.NEXT)
                return node.next
            case nodes.SetVariables():
                return self._set(node)
            case nodes.Condition():
                return self._branch(node)
            case nodes.Hours():
                return self._hours(node)
            case nodes.CallerList():
                return self._listed(node)
            case nodes.Menu():
                return self._ask(node)
            case nodes.Http():
                return self._request(node)
            case nodes.Enqueue():
                return self._enqueue(node)
            case nodes.Close():
                said = self.words(node.text)
                self.passed(None)
                self.verbs.append(verbs.Close(said.words, said.language, node.outcome))
                return self.stop(Awaiting.ENDED, Outcome.CLOSED, outcome=node.outcome)
            case _:
                assert_never(node)

    def _set(self, node: nodes.SetVariables) -> Goto:
        values = {name: render(template, self.facts)[:LONGEST] for name, template in node.values.items()}
        language = values.pop("language", self.interaction.language)
        self.change(language=language)
        self.remember(values.items())
        self.passed(Way.NEXT, **values)
        return node.next

    def _branch(self, node: nodes.Condition) -> Goto:
        for branch in node.branches:
            try:
                if holds(parse(branch.when), self.facts):
                    self.passed(Way.WHEN, when=branch.when)
                    return branch.next
            except ExpressionError:
                continue  # validation refuses it; an old version must still carry its customers
        self.passed(Way.OTHERWISE)
        return node.otherwise

    def _hours(self, node: nodes.Hours) -> Goto:
        calendar = self.world.calendars.get(node.calendar_id)
        if calendar is None:
            self.passed(Way.OPEN, unknown_calendar=node.calendar_id)
            return node.open
        match is_open(calendar, self.now):
            case Open(until):
                closes = until.astimezone(calendar.time_zone) if until else None
                self.remember([("closes_at", f"{closes:%H:%M}" if closes else "")])
                self.passed(Way.OPEN, until=_utc(until))
                return node.open
            case Closed(opens_at, holiday):
                opens = opens_at.astimezone(calendar.time_zone) if opens_at else None
                on, at = (f"{opens:%Y-%m-%d}", f"{opens:%H:%M}") if opens else ("", "")
                self.remember([("opens_on", on), ("opens_at", at)])
                to_holiday = holiday is not None and node.holiday is not None
                self.passed(Way.HOLIDAY if to_holiday else Way.CLOSED, opens_at=_utc(opens_at), holiday=holiday)
                return node.holiday if to_holiday else node.closed

    def _listed(self, node: nodes.CallerList) -> Goto:
        callers = self.world.lists.get(node.list_id)
        if callers is None:
            self.passed(Way.OTHERWISE, unknown_list=node.list_id)
            return node.otherwise
        pattern = callers.matching(self.interaction.caller)
        if pattern is None:
            self.passed(Way.OTHERWISE)
            return node.otherwise
        self.passed(Way.LISTED, pattern=pattern)
        return node.listed

    def _ask(self, menu: nodes.Menu) -> Step:
        asked = self.words(menu.text)
        options = tuple(verbs.Choice(option.key, self.words(option.label).words) for option in menu.options)
        self.verbs.append(verbs.Menu(asked.words, asked.language, options, menu.timeout_s))
        self.passed(None, attempt=self.interaction.attempts + 1)
        return self.stop(Awaiting.INPUT, Outcome.AWAITS_INPUT)

    def _request(self, node: nodes.Http) -> Step:
        headers = {name: render(value, self.facts, for_header) for name, value in node.headers.items()}
        url, body = render(node.url, self.facts, for_url), render(node.body, self.facts, for_json)
        self.verbs.append(verbs.HttpCall(node.method, url, headers, body, node.timeout_s))
        self.passed(None)
        return self.stop(Awaiting.HTTP, Outcome.AWAITS_HTTP)

    def _enqueue(self, node: nodes.Enqueue) -> Step:
        said = self.words(node.greeting)
        queued = verbs.Enqueue(
            node.queue_id,
            node.priority,
            node.skills,
            node.max_wait_s,
            greeting=said.words,
            language=said.language,
        )
        self.verbs.append(queued)
        self.passed(None, queue=node.queue_id)
        return self.stop(Awaiting.QUEUE, Outcome.AWAITS_QUEUE, queue=node.queue_id)


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
