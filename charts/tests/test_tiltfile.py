"""The Tiltfile, executed with what it calls only written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import starlark

from charts.tests.rendering import rendered

pytestmark = pytest.mark.service

REPOSITORY = Path(__file__).parents[2]
CALLS = ("k8s_yaml", "helm", "docker_build", "sync", "fall_back_on", "k8s_resource", "local_resource")


def executed(text: str) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
    dialect = starlark.Dialect.extended()
    dialect.enable_top_level_stmt = True
    module = starlark.Module()

    def noted(name: str) -> Any:
        def call(*args: Any, **named: Any) -> str:
            calls.append((name, args, named))
            return f"<{name}>"

        return call

    for name in CALLS:
        module.add_callable(name, noted(name))
    stubs = "TRIGGER_MODE_MANUAL = 'manual'\n"
    starlark.eval(module, starlark.parse("Tiltfile", stubs + text, dialect), starlark.Globals.standard())
    return calls


def test_it_builds_what_the_chart_runs_from_files_that_are_there() -> None:
    text = (REPOSITORY / "Tiltfile").read_text()
    assert text.count("\n") < 40
    calls = executed(text)
    built = {args[0]: named for name, args, named in calls if name == "docker_build"}
    charts = [(args, named) for name, args, named in calls if name == "helm"]
    assert [(REPOSITORY / args[0] / "Chart.yaml").exists() for args, _ in charts] == [True]
    for named in built.values():
        assert (REPOSITORY / named.get("dockerfile", "Dockerfile")).exists()
    for file in charts[0][1]["values"]:
        assert (REPOSITORY / file).exists()
    for name, args, _ in calls:
        assert name != "sync" or (REPOSITORY / args[0]).is_dir()
    images = {line.split("image:")[1].strip().partition(":")[0] for text in rendered("ha").values()
              for line in text.splitlines() if "image: antiphon/" in line}  # fmt: skip
    assert images == set(built)
    for name, args, _ in calls:
        assert name != "k8s_resource" or any(f"name: {args[0]}\n" in text for text in rendered("dev").values())
