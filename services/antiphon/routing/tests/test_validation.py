"""What validation finds: a table of broken schemes, one finding each, and what blocks publishing."""

from dataclasses import replace

import pytest

from antiphon.routing.domain.findings import Code, Finding, Severity
from antiphon.routing.domain.nodes import Branch, CallerList, Condition, Enqueue, Http, Menu, Node, Option, SetVariables
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.validation import publishable, validate
from antiphon.routing.domain.walk import STEP_LIMIT
from antiphon.routing.tests.examples import (
    BUSY,
    HOURS,
    KNOWN,
    MENU,
    OFFICE_SCHEME,
    SALES,
    SUPPORT,
    close,
    say,
    scheme,
    swapped,
)

pytestmark = pytest.mark.domain


def told(finding: Finding) -> str:
    """`error menu missing_exit no_input`"""
    return " ".join(filter(None, [finding.severity, finding.node_id or "-", finding.code, finding.field]))


def found(graph: Scheme) -> list[str]:
    return [told(finding) for finding in validate(graph, KNOWN)]


def test_a_good_scheme_has_only_the_warning_it_deserves() -> None:
    assert found(OFFICE_SCHEME) == []


OPTION = MENU.options[0]
HTTP = Http(id="http", url="https://crm.example.com/x", headers={}, save={}, on_ok="end", on_error="end")
LISTED = CallerList(id="l", list_id="ghost", listed="end", otherwise="end")
SET = SetVariables(id="set", values={"x": "1"}, next="end")


def condition(when: str) -> Condition:
    return Condition(id="if", branches=(Branch(when=when, next="end"),), otherwise="end")


def with_option(option: Option) -> Menu:
    return replace(MENU, options=(*MENU.options, option))


@pytest.mark.parametrize(
    ("graph", "finding"),
    [
        (replace(OFFICE_SCHEME, start=None, nodes=()), "error - missing_start start"),
        (Scheme(id="m", name="m", start="ghost"), "error - missing_start start"),
        (swapped(replace(MENU, on_no_input=None)), "error menu missing_exit no_input"),
        (swapped(replace(MENU, on_no_input="ghost")), "error menu unknown_target no_input"),
        (swapped(replace(HOURS, closed="ghost", holiday="later")), "error hours unknown_target closed"),
        (swapped(replace(HOURS, open=None)), "error hours missing_exit open"),
        (swapped(replace(SALES, on_timeout=None)), "warning sales missing_exit timeout"),
        (swapped(replace(MENU, options=())), "error menu no_options options"),
        (swapped(with_option(OPTION)), "error menu duplicate_key option 1"),
        (swapped(with_option(replace(OPTION, key=" "))), "error menu bad_key option  "),
        (swapped(with_option(replace(OPTION, key="3", next=None))), "error menu missing_exit option 3"),
        (swapped(replace(MENU, text={"en": "Hello"})), "warning menu missing_language text"),
        (swapped(replace(MENU, text={"en": " "})), "error menu no_text text"),
        (swapped(replace(SALES, greeting={"uk": "Хвилинку"})), "warning sales missing_language greeting"),
        (swapped(replace(MENU, timeout_s=-1)), "error menu out_of_range timeout_s"),
        (swapped(replace(MENU, repeats=11)), "error menu out_of_range repeats"),
        (swapped(replace(SALES, max_wait_s=86_401)), "error sales out_of_range max_wait_s"),
        (swapped(replace(SALES, queue_id="ghost")), "error sales unknown_queue queue_id"),
        (swapped(replace(HOURS, calendar_id="ghost")), "error hours unknown_calendar calendar_id"),
        (scheme(LISTED, close()), "error l unknown_list list_id"),
        (replace(OFFICE_SCHEME, nodes=(*OFFICE_SCHEME.nodes, replace(BUSY, id="fax"))), "error fax unreachable"),
        (scheme(say("a", "end"), close(), close()), "error end duplicate_id"),
        (scheme(say("a", "end", "{{contact.name"), close()), "error a bad_template text"),
        (scheme(say("a", "end", "{{name}}"), close()), "warning a unknown_name text"),
        (scheme(say("a", "end", "{{contact}}"), close()), "warning a unknown_name text"),
        (scheme(replace(SET, values={"no way": "1"}), close()), "error set bad_variable values"),
        (scheme(condition("var.x =="), close()), "error if bad_expression when var.x =="),
        (scheme(condition("chanel"), close()), "warning if unknown_name when chanel"),
        (scheme(replace(HTTP, timeout_s=6), close()), "error http out_of_range timeout_s"),
        (scheme(replace(HTTP, save={"1x": "a"}), close()), "error http bad_variable save"),
        (scheme(replace(HTTP, on_error=None), close()), "error http missing_exit error"),
    ],
)
def test_a_broken_scheme_has_exactly_its_finding(graph: Scheme, finding: str) -> None:
    others = {"unreachable"} if "unreachable" not in finding else set()

    assert [line for line in found(graph) if line.split()[2] not in others] == [finding]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://crm.example.com/x?y={{caller}}", None),
        ("https://CRM.example.com:8443/", None),
        ("https://api.partner.example/", None),
        ("http://crm.example.com/", Code.NOT_ENCRYPTED),
        ("https://partner.example/", Code.HOST_NOT_ALLOWED),
        ("https://evilpartner.example/", Code.HOST_NOT_ALLOWED),
        ("https://crm.example.com.evil.net/", Code.HOST_NOT_ALLOWED),
        ("https://169.254.169.254/", Code.HOST_NOT_ALLOWED),
        ("https://crm.example.com@evil.net/", Code.BAD_URL),
        ("https://evil.net\\@crm.example.com/", Code.BAD_URL),
        ("https://{{var.host}}/", Code.BAD_URL),
        ("https://[::1]/", Code.BAD_URL),
        ("https://[oops/", Code.BAD_URL),
        ("ftp://crm.example.com/", Code.BAD_URL),
        ("crm.example.com", Code.BAD_URL),
        ("", Code.BAD_URL),
    ],
)
def test_requests_leave_only_for_allowed_hosts(url: str, code: Code | None) -> None:
    findings = validate(scheme(replace(HTTP, url=url), close()), KNOWN)

    assert [finding.code for finding in findings] == ([code] if code else [])


def asking(node_id: str, chosen: str, on_no_input: str) -> Menu:
    return replace(MENU, id=node_id, options=(replace(OPTION, next=chosen),), on_no_input=on_no_input)


def queue(node_id: str, on_timeout: str | None, on_closed: str | None = None) -> Enqueue:
    return replace(SALES, id=node_id, on_timeout=on_timeout, on_closed=on_closed)


@pytest.mark.parametrize(
    ("nodes", "finding"),
    [
        ((say("a", "b"), say("b", "a")), "error a endless_loop"),
        ((say("a", "a"),), "error a endless_loop"),
        ((say("a", "http"), replace(HTTP, on_error="a"), close()), "error a endless_loop"),
        ((queue("a", "end", on_closed="a"), close()), "error a endless_loop"),
        ((queue("a", "b"), queue("b", "a")), "error a forwarding_loop"),
        ((queue("a", "b"), say("b", "c"), queue("c", "d"), queue("d", "a")), "error a forwarding_loop"),
        ((queue("a", "b"), say("b", "a")), "warning a silent_loop"),
        ((asking("a", chosen="end", on_no_input="a"), close()), "warning a silent_loop"),
        ((asking("a", chosen="a", on_no_input="end"), close()), None),
        ((asking("a", chosen="b", on_no_input="end"), queue("b", "a"), close()), None),
        ((queue("a", "b"), queue("b", "c"), queue("c", "end"), close()), None),
    ],
)
def test_circles_are_judged_by_what_makes_a_customer_go_round(nodes: tuple[Node, ...], finding: str | None) -> None:
    assert found(scheme(*nodes)) == ([finding] if finding else [])


def test_only_errors_block_publishing() -> None:
    warned = validate(swapped(replace(SUPPORT, on_timeout=None)), KNOWN)
    broken = validate(swapped(replace(MENU, on_no_input=None)), KNOWN)

    assert warned[0].severity is Severity.WARNING
    assert publishable(warned)
    assert not publishable(broken)
    assert all(finding.message and finding.remedy for finding in (*warned, *broken))


def test_the_largest_scheme_is_the_longest_walk() -> None:
    chain = tuple(say(str(number), str(number + 1)) for number in range(STEP_LIMIT))

    assert "error - too_many_nodes" in found(scheme(*chain, close(str(STEP_LIMIT))))
    assert found(scheme(*chain[:-1], close(str(STEP_LIMIT - 1)))) == []


def test_findings_come_in_the_authors_order() -> None:
    graph = replace(swapped(replace(MENU, on_no_input=None), swapped(replace(SUPPORT, queue_id="ghost"))), start=None)

    assert [finding.node_id for finding in validate(graph, KNOWN)][:1] == [None]
    ordered = [finding.node_id for finding in validate(replace(graph, start="hours"), KNOWN)]
    assert ordered == ["menu", "support"]
