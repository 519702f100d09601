"""One day of a contact centre: an event calendar around the ACD core.

Time is whole milliseconds. What falls on the same millisecond happens in a fixed order: conversations end, people
change state, customers give up, customers come; so a run is the same on every machine. The core pulls its own timers
(ring-out, levels): the loop asks `next_deadline` and sends a tick when that comes before the next entry.

Letters and tasks do not progress while their agent talks or chats: they are *parked*, and take up again afterwards.
Agents finish what they hold before a break or the evening; a break has its full length from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Any

from antiphon.sim.acd import NOT_READY, OFFLINE, READY, Acd, Offered
from antiphon.sim.arrivals import arrivals
from antiphon.sim.chance import Millis, lot, stream
from antiphon.sim.people import Contact, Lot, Source, Stage, Worker, again
from antiphon.sim.scenario import Demand, QueuePlan, Scenario, Shift, days_of
from antiphon.sim.tally import Cell, Outcome, Span, Window

ENDS, CHANGES, GIVES_UP, COMES = range(4)
"""The order within one millisecond."""

_FAR = 1 << 49
Entry = tuple[int, int, Callable[[Any], None], Any]


class Centre:
    """A contact centre on one day; `run` lives through it."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.seed = scenario, seed
        self.now: Millis = 0
        self.window = Window(scenario)
        self.outcome = Outcome(seed, spans=[Span() for _ in range(self.window.intervals)])
        self.outcome.busy, self.outcome.staffed = [0] * self.window.intervals, [0] * self.window.intervals
        self.acd = Acd(scenario)
        self.workers: dict[str, Worker] = {}
        self.live: dict[str, Contact] = {}
        self._calendar: list[Entry] = []
        self._entries = 0
        self._cells: dict[str, Cell] = {}  # by demand, under the strategy in force
        self._targets = {demand.name: scenario.queue(demand.queue).target for demand in scenario.demands}
        self._open_queues()
        self._seat_agents()
        self._expect_customers()

    def run(self) -> Outcome:
        """Live through the day and count."""
        calendar, next_deadline = self._calendar, self.acd.next_deadline
        while True:
            key = calendar[0][0] if calendar else _FAR << 2
            due = next_deadline()
            if due is not None and due < key >> 2:
                self.now = due
                self._tick()
            elif calendar:
                self.now = key >> 2
                _, _, happen, whom = heappop(calendar)
                happen(whom)
            else:
                return self._close()

    def expect(self, at: Millis, contact: Contact) -> None:
        """Somebody will come at this moment; also the way in which one who gave up comes again."""
        self._plan(at, COMES, self._come, contact)

    # ------------------------------------------------------------ before the day

    def _open_queues(self) -> None:
        for queue in self.scenario.queues:
            self._enforce(queue, queue.strategy)
            for at, strategy in queue.changes:
                self._plan(at, CHANGES, self._change_strategy, (queue, strategy))

    def _enforce(self, queue: QueuePlan, strategy: str) -> None:
        for demand in self.scenario.demands:
            if demand.queue == queue.name:
                key = (queue.name, demand.channel, strategy)
                self._cells[demand.name] = self.outcome.cells.setdefault(key, Cell())

    def _seat_agents(self) -> None:
        for team in self.scenario.teams:
            for number in range(1, team.agents + 1):
                worker = Worker(f"{team.name} {number}", team)
                self.workers[worker.agent_id] = worker
                self.acd.set_up_agent(worker.agent_id, team, len(self.workers))
                for shift in team.shifts:
                    self._roster(worker, shift)
                if not team.shifts:
                    self._sign_in(worker)

    def _roster(self, worker: Worker, shift: Shift) -> None:
        for begin, end, breaks in days_of(shift, self.scenario):
            self._plan(begin, CHANGES, self._sign_in, worker)
            for at, length in breaks:
                self._plan(at, CHANGES, self._go_on_break, (worker, length))
            self._plan(end, CHANGES, self._go_home, worker)

    def _expect_customers(self) -> None:
        demands = self.scenario.demands
        for index, demand in enumerate(demands):
            source = Source(demand, self.seed, index, len(demands), self._comes(demand))
            self._expect_next(source)

    def _comes(self, demand: Demand) -> Iterator[Millis]:
        rng, climate = stream(self.seed, demand.name, "arrivals"), stream(self.seed, demand.name, "climate")
        return arrivals(demand, self.scenario.lasts_ms, rng, climate)

    def _expect_next(self, source: Source) -> None:
        at = next(source.comes, None)
        if at is not None:
            self._plan(at, COMES, self._arrive, source)

    def _plan(self, at: Millis, order: int, happen: Callable[[Any], None], whom: Any) -> None:
        self._entries += 1
        heappush(self._calendar, (at << 2 | order, self._entries, happen, whom))

    # ------------------------------------------------------------ customers

    def _arrive(self, source: Source) -> None:
        contact = source.customer()
        self._expect_next(source)
        self._come(contact)

    def _come(self, contact: Contact) -> None:
        now, outcome = self.now, self.outcome
        contact.came = now
        contact.cell = self._cells[contact.demand.name]
        contact.counted = now >= self.window.start
        contact.span = outcome.spans[now // self.window.interval]
        outcome.contacts += 1
        if contact.counted:
            contact.cell.offered += 1
            contact.span.offered += 1
            if contact.attempt:
                contact.cell.retries += 1
        self.live[contact.item_id] = contact
        offers = self.acd.enqueue(contact.item_id, contact.demand, now)
        if offers is None:
            self._lose(contact, turned_away=True)
            return
        if offers:
            self._ring(offers)
        if contact.patience_ms is not None and contact.stage is Stage.WAITING:
            self._plan(now + contact.patience_ms, GIVES_UP, self._give_up, contact)

    def _give_up(self, contact: Contact) -> None:
        if contact.stage is Stage.WAITING:
            offers = self.acd.withdraw(contact.item_id, self.now)
            self._lose(contact, turned_away=False)
            self._ring(offers)

    def _lose(self, contact: Contact, *, turned_away: bool) -> None:
        """Gone without having talked; he may try again."""
        contact.stage = Stage.OVER
        del self.live[contact.item_id]
        if contact.counted:
            contact.span.abandoned += not turned_away
            short_ms = self._targets[contact.demand.name].short_ms
            contact.cell.lose(self.now - contact.came, short_ms, turned_away=turned_away)
        comeback = again(self.seed, contact)
        if comeback is not None and self.now + comeback[0] < self.scenario.lasts_ms:
            self.expect(self.now + comeback[0], comeback[1])

    # ------------------------------------------------------------ agents and their work

    def _ring(self, offers: list[Offered]) -> None:
        """Every offer is missed, answered after a while or answered at once, which may bring more offers."""
        for offer in offers:  # the list grows
            contact = self.live.get(offer.item_id)
            if contact is None or contact.stage is not Stage.WAITING:
                continue  # rang at several agents and has been taken by another
            misses = self.workers[offer.agent_id].team.misses
            if misses and lot(self.seed, contact.number, Lot.MISS + 8 * offer.version) < misses:
                continue
            if contact.answer_ms:
                self._plan(self.now + contact.answer_ms, CHANGES, self._answer, offer)
            else:
                offers += self._accept(offer)

    def _answer(self, offer: Offered) -> None:
        if offer.item_id in self.live:
            self._ring(self._accept(offer))

    def _accept(self, offer: Offered) -> list[Offered]:
        offers = self.acd.accept(offer, self.now)
        if offers is None:
            return []
        contact, worker = self.live[offer.item_id], self.workers[offer.agent_id]
        demand, others = contact.demand, len(worker.held)
        contact.stage, contact.agent = Stage.TALKING, worker
        if worker.team.pace != 1 or (demand.drag and others):
            contact.talk_ms = int(contact.talk_ms * worker.team.pace * (1 + demand.drag * others))
        if contact.counted:
            self._count(contact, worker)
        self._hold(worker, contact)
        return offers

    def _hold(self, worker: Worker, contact: Contact) -> None:
        now = self.now
        if not worker.held:
            worker.busy_since = now
        entry = worker.in_cells.setdefault(contact.cell, [0, now])
        if not entry[0]:
            entry[1] = now
        entry[0] += 1
        worker.held[contact.item_id] = contact
        if not contact.demand.channel.urgent:
            if not worker.urgent:
                self._progress(contact)
            return
        worker.urgent += 1
        if worker.urgent == 1 and len(worker.held) > 1:
            self._park(worker)
        self._progress(contact)

    def _progress(self, contact: Contact) -> None:
        contact.ends_at = self.now + contact.talk_ms
        self._plan(contact.ends_at, ENDS, self._end, contact)

    def _park(self, worker: Worker) -> None:
        for contact in worker.held.values():
            if not contact.demand.channel.urgent and contact.stage is Stage.TALKING and contact.ends_at >= 0:
                contact.talk_ms, contact.ends_at = contact.ends_at - self.now, -1

    def _take_up(self, worker: Worker) -> None:
        for contact in worker.held.values():
            if contact.stage is Stage.TALKING and contact.ends_at < 0:
                self._progress(contact)

    def _end(self, contact: Contact) -> None:
        """The conversation is over, unless it was parked meanwhile."""
        if contact.stage is not Stage.TALKING or contact.ends_at != self.now:
            return
        worker, now = contact.agent, self.now
        offers = self.acd.release(contact.item_id, worker.agent_id, now)
        contact.stage = Stage.WRAPPING
        if contact.wrap_ms:
            self._plan(now + contact.wrap_ms, ENDS, self._finish, contact)
        elif self.acd.wraps_up(contact.demand.queue):
            self._finish(contact)
        else:
            self._let_go(worker, contact)
        if offers:
            self._ring(offers)

    def _finish(self, contact: Contact) -> None:
        offers = self.acd.end_wrap_up(contact.item_id, contact.agent.agent_id, self.now)
        self._let_go(contact.agent, contact)
        if offers:
            self._ring(offers)

    def _let_go(self, worker: Worker, contact: Contact) -> None:
        now = self.now
        contact.stage = Stage.OVER
        del self.live[contact.item_id], worker.held[contact.item_id]
        entry = worker.in_cells[contact.cell]
        entry[0] -= 1
        if not entry[0]:
            contact.cell.held_ms += self.window.clip(entry[1], now)
        if contact.demand.channel.urgent:
            worker.urgent -= 1
            if not worker.urgent and worker.held:
                self._take_up(worker)
        if not worker.held:
            worker.time.busy_ms += self.window.spread(self.outcome.busy, worker.busy_since, now)
            if worker.leaving:
                self._leave_desk(worker)

    # ------------------------------------------------------------ presence

    def _sign_in(self, worker: Worker) -> None:
        worker.on_duty = True
        self._be_here(worker)

    def _be_here(self, worker: Worker) -> None:
        if worker.on_duty and not worker.here:
            worker.here, worker.here_since = True, self.now
            self._ring(self.acd.set_state(worker.agent_id, READY, "", self.now))
        elif worker.leaving and worker.on_duty and not worker.break_ms:  # the next shift begins before he has gone
            worker.leaving = False
            self._ring(self.acd.set_state(worker.agent_id, READY, "", self.now))

    def _go_on_break(self, who: tuple[Worker, Millis]) -> None:
        worker, length = who
        if worker.here and not worker.leaving:
            worker.break_ms = length
            self._leave_when_free(worker, "break")

    def _go_home(self, worker: Worker) -> None:
        worker.on_duty, worker.break_ms = False, 0
        if worker.here:
            self._leave_when_free(worker, "end of shift")
        else:
            self.acd.set_state(worker.agent_id, OFFLINE, "", self.now)

    def _leave_when_free(self, worker: Worker, reason: str) -> None:
        worker.leaving = True
        self._ring(self.acd.set_state(worker.agent_id, NOT_READY, reason, self.now))
        if not worker.held:
            self._leave_desk(worker)

    def _leave_desk(self, worker: Worker) -> None:
        worker.leaving = worker.here = False
        worker.time.staffed_ms += self.window.spread(self.outcome.staffed, worker.here_since, self.now)
        if worker.break_ms:
            self._plan(self.now + worker.break_ms, CHANGES, self._be_here, worker)
            worker.break_ms = 0
        else:
            self.acd.set_state(worker.agent_id, OFFLINE, "", self.now)

    def _tick(self) -> None:
        offers, missed = self.acd.tick(self.now)
        for agent_id in missed:
            worker = self.workers[agent_id]
            self._plan(self.now + worker.team.back_after_ms, CHANGES, self._respond_again, worker)
        self._ring(offers)

    def _respond_again(self, worker: Worker) -> None:
        if worker.here and not worker.leaving:
            self._ring(self.acd.set_state(worker.agent_id, READY, "", self.now))

    def _change_strategy(self, change: tuple[QueuePlan, str]) -> None:
        queue, strategy = change
        self._enforce(queue, strategy)
        self._ring(self.acd.set_up_queue(queue, strategy, self.now))

    # ------------------------------------------------------------ counting

    def _count(self, contact: Contact, worker: Worker) -> None:
        """He is being answered."""
        waited, cell = self.now - contact.came, contact.cell
        in_time = waited <= self._targets[contact.demand.name].within_ms
        cell.answer(waited, in_time=in_time)
        cell.talk_ms += contact.talk_ms
        cell.wrap_ms += contact.wrap_ms
        if worker.team.conversion:
            cell.sales += lot(self.seed, contact.number, Lot.SALE) < worker.team.conversion
        contact.span.answered += 1
        contact.span.in_time += in_time
        worker.time.contacts += 1

    def _close(self) -> Outcome:
        for contact in self.live.values():
            if contact.counted:
                contact.cell.unserved += 1
        for worker in self.workers.values():
            if worker.here:
                worker.time.staffed_ms += self.window.spread(self.outcome.staffed, worker.here_since, self.window.end)
            self.outcome.agents.append(worker.time)
        for (queue, _, _), cell in self.outcome.cells.items():
            members = (w for w in self.workers.values() if any(name == queue for name, _ in w.team.seats))
            cell.staffed_ms = sum(worker.time.staffed_ms for worker in members)
        return self.outcome
