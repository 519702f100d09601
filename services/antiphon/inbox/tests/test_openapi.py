"""The published description is valid OpenAPI, complete, and says what the protos say."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
import schemathesis

from antiphon.inbox import openapi
from antiphon.inbox.api import ROWS
from antiphon.inbox.comments import comments

pytestmark = pytest.mark.domain


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


def test_the_description_is_valid_and_a_broken_one_would_not_be() -> None:
    document = openapi.document()
    schemathesis.openapi.from_dict(document).validate()
    broken = copy.deepcopy(document)
    broken["paths"]["/api/v1/me"]["get"]["responses"] = {"200": {}}
    with pytest.raises(ValueError, match="required property"):
        schemathesis.openapi.from_dict(broken).validate()


def test_every_reference_leads_somewhere_and_every_operation_has_its_own_name() -> None:
    document = openapi.document()
    for reference in references(document):
        node: Any = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) == len(ROWS) + 2


def test_no_two_paths_are_the_same_but_for_the_name_of_a_parameter() -> None:
    shapes = [re.sub(r"\{\w+\}", "{}", path) for path in openapi.document()["paths"]]
    assert len(shapes) == len(set(shapes))


def test_each_operation_is_told_by_its_proto_comment() -> None:
    for row in ROWS:
        operation = openapi.document()["paths"][row.address][row.method.lower()]
        assert len(operation["description"]) > 10, row.rpc
        assert ("security" in operation) == (row.requires == "public")
    assert comments()["antiphon.acd.v1.AcdService.Pull"].startswith("Takes a waiting item out of turn")


def test_every_number_fits_a_browser() -> None:
    """No 64-bit integers: JavaScript cannot hold them."""
    wide = {1, 3, 4, 6, 16, 18}  # double is 1 and is fine
    for row in ROWS:
        for kind in (row.rpc_method.input_type, row.rpc_method.output_type):
            assert not [field.name for field in kind.fields if field.type in wide - {1}]


def test_the_page_for_people_needs_nothing_else() -> None:
    page = openapi.page()
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert page.count("<dt>") == len(ROWS) + 2
