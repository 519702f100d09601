"""Whether a scheme may be published, and what its author should look at.

Checks of the graph are here: the start, transitions, reachability and loops. What is inside a node is
checked by `node_checks`. Publishing is blocked by errors only.

Loops are judged by what makes a customer go round (`exits.Pace`):
- by nothing but instant exits: the interaction would never wait, an error;
- through a ring, or two or more queues, with nobody choosing: forwarding in a circle, an error (clause A09);
- through one queue or menu with nobody choosing: a silent customer stays for ever, a warning.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from antiphon.routing.domain import graph
from antiphon.routing.domain.exits import Exit, Need, Pace, Way, exits
from antiphon.routing.domain.findings import Code, Finding, Severity, error, warning
from antiphon.routing.domain.node_checks import Known, check
from antiphon.routing.domain.nodes import Enqueue, Node, NodeId, Ring
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.walk import STEP_LIMIT

USUAL_REMEDY = {
    Way.NO_INPUT: "Say what to do after silence: usually the menu is repeated, then a person answers.",
    Way.TIMEOUT: "Say what to do with those who wait long: usually a callback or another queue.",
    Way.ERROR: "Say what to do when the other system fails: usually the same as without it.",
}


def validate(scheme: Scheme, known: Known) -> list[Finding]:
    """All findings: the scheme as a whole first, then node by node in the author's order."""
    found = [*_whole(scheme), *_transitions(scheme), *_unreachable(scheme), *_loops(scheme), *comes_back(scheme, known)]
    found.extend(finding for node in scheme.nodes for finding in check(node, scheme.languages, known))
    place = {node.id: number for number, node in reversed(list(enumerate(scheme.nodes)))}
    return sorted(found, key=lambda finding: -1 if finding.node_id is None else place[finding.node_id])


def publishable(findings: list[Finding]) -> bool:
    return not any(finding.severity is Severity.ERROR for finding in findings)


def _whole(scheme: Scheme) -> Iterator[Finding]:
    if scheme.start is None or scheme.node(scheme.start) is None:
        yield error(None, Code.MISSING_START, "the scheme has no first step", "Choose the first step.", "start")
    if len(scheme.nodes) > STEP_LIMIT:
        message = f"the scheme has {len(scheme.nodes)} steps, the limit is {STEP_LIMIT}"
        yield error(None, Code.TOO_MANY_NODES, message, "Split it into two schemes.")
    for node_id, times in Counter(node.id for node in scheme.nodes).items():
        if times > 1:
            yield error(node_id, Code.DUPLICATE_ID, f"{times} steps have the id {node_id!r}", "Rename one of them.")


def _transitions(scheme: Scheme) -> Iterator[Finding]:
    known = {node.id for node in scheme.nodes}
    for node in scheme.nodes:
        for way in exits(node):
            if way.to is None:
                yield from _not_chosen(node, way)
            elif way.to not in known:
                message = f"{_shown(way)} leads to {way.to!r}, which does not exist"
                yield error(node.id, Code.UNKNOWN_TARGET, message, "Choose an existing step.", _shown(way))


def _not_chosen(node: Node, way: Exit) -> Iterator[Finding]:
    message = f"no step is chosen for {_shown(way)}"
    remedy = USUAL_REMEDY.get(way.way, "Choose the next step.")
    match way.need:
        case Need.REQUIRED:
            yield error(node.id, Code.MISSING_EXIT, message, remedy, _shown(way))
        case Need.ADVISED:
            yield warning(node.id, Code.MISSING_EXIT, message, remedy, _shown(way))
        case Need.OPTIONAL:
            return


def _unreachable(scheme: Scheme) -> Iterator[Finding]:
    ways = graph.edges(scheme)
    reached = graph.reachable([scheme.start] if scheme.start else [], ways)
    for node_id in ways:
        if node_id not in reached:
            remedy = "Lead a transition to it, or delete it."
            yield error(node_id, Code.UNREACHABLE, "no way leads to this step", remedy)


def _loops(scheme: Scheme) -> Iterator[Finding]:
    endless = graph.loops(graph.edges(scheme, [Pace.INSTANT]))
    rings = {node.id for node in scheme.nodes if isinstance(node, Ring)}
    for loop in endless:
        if rings.intersection(loop):
            message = f"{_circle(loop)} forwards in a circle"
            yield error(loop[0], Code.FORWARDING_LOOP, message, "Let the last one rung end somewhere else.")
            continue
        message = f"{_circle(loop)} goes round without ever waiting"
        yield error(loop[0], Code.ENDLESS_LOOP, message, "Break the circle, or put a menu or a queue into it.")
    queues = {node.id for node in scheme.nodes if isinstance(node, Enqueue | Ring)}
    for loop in graph.loops(graph.edges(scheme, [Pace.INSTANT, Pace.TIMED])):
        if any(set(part) <= set(loop) for part in endless):
            continue
        if len(queues.intersection(loop)) > 1:
            message = f"{_circle(loop)} forwards in a circle"
            yield error(loop[0], Code.FORWARDING_LOOP, message, "Let the last queue end somewhere else.")
        else:
            message = f"{_circle(loop)} repeats for ever while the customer is silent"
            yield warning(loop[0], Code.SILENT_LOOP, message, "Lead silence to a person or to the end.")


def comes_back(scheme: Scheme, known: Known) -> Iterator[Finding]:
    """A number that is rung and met by this scheme again, at once or by way of other schemes of the tenant."""
    for node in scheme.nodes:
        if isinstance(node, Ring) and scheme.id in _met_by(ring_numbers([node]), known):
            message = "this forwards to a number that leads back to this scheme"
            yield error(node.id, Code.FORWARDING_LOOP, message, "Ring a number outside, or a person.", "targets")


def ring_numbers(nodes: Iterable[Node]) -> frozenset[str]:
    """The fixed outside numbers that these nodes ring."""
    rings = (node for node in nodes if isinstance(node, Ring))
    return frozenset(target.value for ring in rings for target in ring.targets if target.who == "number")


def _met_by(numbers: frozenset[str], known: Known) -> set[str]:
    """Every scheme that a call to one of these numbers may come to."""
    met: set[str] = set()
    ahead = list(numbers)
    while ahead:
        scheme_id = known.met_at.get(ahead.pop())
        if scheme_id is not None and scheme_id not in met:
            met.add(scheme_id)
            ahead.extend(known.rings.get(scheme_id, ()))
    return met


def _circle(loop: tuple[NodeId, ...]) -> str:
    return " → ".join((*loop, loop[0]))


def _shown(way: Exit) -> str:
    """An exit as findings name it: `option 1`, `no_input`."""
    return f"{way.way} {way.detail}" if way.way in (Way.OPTION, Way.WHEN) else str(way.way)
