"""The square-root split of several skills, corrected with the real ACD core."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from antiphon.sim.cli import app
from antiphon.sim.splitting import correct, lived
from antiphon.wfm.domain.blend import Stream
from antiphon.wfm.domain.reasons import Refusal
from antiphon.wfm.domain.required import Target

pytestmark = pytest.mark.domain

SALES = Stream("sales", 90 / 3600, 240, Target(0.8, 20))
SERVICE = Stream("service", 60 / 3600, 300, Target(0.8, 20))
GROUPS = {"sellers": ["sales"], "helpers": ["service"], "both": ["sales", "service"]}


def test_every_skill_keeps_its_level_and_nobody_is_too_many() -> None:
    found = correct([SALES, SERVICE], GROUPS, days=2)
    assert all(level >= 0.8 - 0.06 for level in found.levels.values()), found
    pooled = 14  # were everybody able to do everything
    assert pooled - 1 <= found.agents <= pooled + 4, found
    for name in found.split:
        if found.split[name] > 1:
            less = {**found.split, name: found.split[name] - 1}
            assert lived([SALES, SERVICE], GROUPS, less, 2).short([SALES, SERVICE], 0.005), (name, found)


def test_a_person_without_a_skill_and_a_skill_without_a_person_are_refused() -> None:
    with pytest.raises(Refusal, match="nobody has this skill"):
        correct([SALES, SERVICE], {"sellers": ["sales"]}, days=1)


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    stream = {"contacts": 30, "interval_s": 1800, "aht_s": 200, "service_level": 0.8, "target_s": 20}
    file.write_text(json.dumps({"streams": [{"name": "a", **stream}], "groups": {"all": ["a"]}}))
    run = CliRunner().invoke(app, ["split-skills", str(file), "--days", "1", "--json"])
    assert run.exit_code == 0, run.output
    rows = [json.loads(line) for line in run.output.splitlines()]
    assert 4 <= rows[0]["corrected"] <= 7
    file.write_text(json.dumps({"streams": [{"name": "a", **stream}], "groups": {"all": []}}))
    assert CliRunner().invoke(app, ["split-skills", str(file)]).exit_code == 2
