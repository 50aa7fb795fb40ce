"""The bandit's benchmark runs and writes what it promises; a quick run says nothing of who is best."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AGENTS = ["HMN, meta-learned", "HMN, broadcast", "oracle", "epsilon-greedy", "random"]


def ran(*arguments: str) -> subprocess.CompletedProcess:
    script = ROOT / "benchmarks" / "contextual_bandit_against_baselines.py"
    command = [sys.executable, str(script), "--quick", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What one quick run leaves."""
    folder = tmp_path_factory.mktemp("bandit")
    files = ["--json", str(folder / "report.json"), "--figure", str(folder / "figure.png")]
    done = ran("--agents", *AGENTS, *files)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def report(folder):
    return json.loads((folder / "report.json").read_text())


def test_every_agent_plays_every_seed_and_trial(report):
    assert [row["agent"] for row in report["rows"]] == AGENTS
    assert {(row["seeds"], row["trials"]) for row in report["rows"]} == {(2, 200)}
    assert all(len(seed) == 2 for blocks in report["blocks"].values() for seed in blocks)


def test_rewards_are_between_0_and_1_and_the_oracle_expects_the_best_arm(report):
    for blocks in report["blocks"].values():
        assert all(0.0 <= reward <= 1.0 for seed in blocks for row in seed for reward in row[:2])
    rows = {row["agent"]: row for row in report["rows"]}
    assert rows["oracle"]["fraction"] > rows["epsilon-greedy"]["fraction"] > rows["random"]["fraction"]


def test_rates_begin_at_the_scenarios_and_have_moved(report):
    for row in report["rows"][:2]:
        assert row["eta_local_first"] == 1e-3
        assert row["eta_local"] != 1e-3
    assert all(row["eta_local"] is None for row in report["rows"][2:])


def test_the_figure_is_a_picture(folder):
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(importlib.util.find_spec("mabwiser") is not None, reason="MABWiser is installed")
def test_linucb_without_its_library_names_the_extra():
    done = ran("--agents", "LinUCB")
    assert done.returncode != 0
    assert "LinUCB: needs MABWiser: pip install 'vesicle-abm[bandit]'" in done.stderr


def test_trials_that_are_no_blocks_are_refused():
    done = ran("--trials", "150")
    assert done.returncode == 2
    assert "--trials: got 150; multiples of 100 are allowed" in done.stderr
