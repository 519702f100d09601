"""The rules of the house, for every service there is and will be: a new one is covered without a line here."""

from __future__ import annotations

import ast
import filecmp
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf import descriptor_pool

from antiphon.kit.bus import event_type

pytestmark = pytest.mark.domain

ROOT = Path(__file__).parents[2]
REPOSITORY = ROOT.parents[1]
SERVICES = sorted(folder.parent.name for folder in ROOT.glob("*/__main__.py"))
HEADINGS = ["Owns", "Asks", "Hears", "Tells", "Policy", "Try it", "Known limits"]
LONGEST_MODULE, LONGEST_TEST, LONGEST_FUNCTION = 400, 700, 60
FREE = {"kit", "common"}


def sources() -> Iterator[Path]:
    for file in sorted(ROOT.rglob("*.py")):
        if "_pb2" not in file.name and "node_modules" not in file.parts:
            yield file


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_only_itself_kit_and_public_contracts(service: str) -> None:
    strangers = []
    for file in (ROOT / service).rglob("*.py"):
        if "tests" in file.parts or "node_modules" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                parts = module.split(".")
                if parts[0] == "antiphon" and len(parts) > 1 and parts[1] not in {service, *FREE} and "v1" not in parts:
                    strangers.append(f"{file.relative_to(ROOT)} imports {module}")
    assert not strangers


def test_modules_and_functions_stay_small() -> None:
    large = []
    for file in sources():
        text = file.read_text()
        limit = LONGEST_TEST if "tests" in file.parts else LONGEST_MODULE
        if (lines := text.count("\n")) > limit:
            large.append(f"{file.relative_to(ROOT)}: {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno
                if length > LONGEST_FUNCTION and "tests" not in file.parts:
                    large.append(f"{file.relative_to(ROOT)}: {node.name} has {length} lines")
    assert not large


_IMPORT = re.compile(r"^ *(?:from (antiphon[\w.]*) import (\([^)]*\)|.*)|import (antiphon[\w.]*))", re.MULTILINE)


def _imports(file: Path, modules: dict[str, Path]) -> set[Path]:
    """The files that this one names in an import, wherever it stands: under TYPE_CHECKING and in functions, too."""
    named = set()
    for module, names, whole in _IMPORT.findall(file.read_text()):
        below = {f"{module}.{name}" for name in re.findall(r"\w+", names)} & modules.keys()
        named |= below or {module or whole}
    return {modules[name] for name in named & modules.keys()} - {file}


def test_files_do_not_import_each_other_in_a_circle() -> None:
    """Every service is read from the bottom up: what a file imports is known before it."""
    files = [file for file in sources() if "tests" not in file.parts and file.name != "__init__.py"]
    modules = {".".join(file.relative_to(ROOT.parent).with_suffix("").parts): file for file in files}
    left = {file: _imports(file, modules) for file in files}
    while ready := [file for file, wants in left.items() if not wants & left.keys()]:
        for file in ready:
            del left[file]
    while idle := left.keys() - set().union(*left.values()):  # they import a circle, but nothing of it imports them
        for file in idle:
            del left[file]
    assert not [str(file.relative_to(ROOT)) for file in left]


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in sources()
        if file.read_text().strip() and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert not silent


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_a_readme_that_tells_what_it_tells(service: str) -> None:
    text = (ROOT / service / "README.md").read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert text.count("\n") <= 40
    tells = text.partition("## Tells")[2].partition("\n## ")[0]
    missing = [name for name in _events(service) if name not in tells]
    assert not missing


def _events(service: str) -> list[str]:
    proto = REPOSITORY / "proto/antiphon" / service / "v1/events.proto"
    return re.findall(r"^message (\w+)", proto.read_text(), re.MULTILINE) if proto.exists() else []


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_is_found_by_its_subject(service: str) -> None:
    for name in _events(service):
        full_name = f"antiphon.{service}.v1.{name}"
        assert event_type(full_name).DESCRIPTOR.full_name == full_name
        assert descriptor_pool.Default().FindMessageTypeByName(full_name)


def test_generated_code_is_up_to_date(tmp_path: Path) -> None:
    protos = sorted(str(file.relative_to(REPOSITORY)) for file in (REPOSITORY / "proto").rglob("*.proto"))
    binaries = Path(sys.executable).parent
    command = [sys.executable, "-m", "grpc_tools.protoc", "-Iproto"]
    command += [f"--plugin={name}={binaries / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
    command += [f"--{kind}_out={tmp_path}" for kind in ("python", "grpc_python")]
    command += [f"--{kind}_out=quiet:{tmp_path}" for kind in ("mypy", "mypy_grpc")]
    subprocess.run(command + protos, cwd=REPOSITORY, check=True)
    committed = sorted(
        file.relative_to(REPOSITORY / "services") for file in ROOT.rglob("*_pb2*.py*") if file.suffix != ".pyc"
    )
    assert committed
    stale = [str(file) for file in committed if not filecmp.cmp(tmp_path / file, REPOSITORY / "services" / file, False)]
    assert not stale, "run `make proto`"


def test_nothing_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    here = "|".join(re.escape(f"{folder}/") for folder in {REPOSITORY, Path.home()})
    forbidden = re.compile(rf"{here}|\"resolved\": *\"http|--(extra-)?index-url|https?://[^ ]*/simple\b")
    found = []
    for name in listed:
        file = REPOSITORY / name
        if file.is_file() and file.suffix not in {".png", ".binpb", ".woff2"} and file != Path(__file__):
            found += [f"{name}: {hit.group(0)}" for hit in forbidden.finditer(file.read_text(errors="ignore"))]
    assert not found
