"""The benchmark scripts run and write what they promise; nothing is asserted about times."""

import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SYNAPSE_VERSIONS = {"compiled, 1 thread", "compiled, 2 threads", "numpy", "numpy, blocks"}


def quick_run(script: str, folder: Path) -> tuple[dict, str]:
    """The JSON of one quick run, and what it printed."""
    file = folder / "report.json"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "benchmarks" / script), "--quick", "--json", str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text()), done.stdout


@pytest.fixture(scope="module")
def synapses(tmp_path_factory):
    """The synapses' benchmark, without Brian2."""
    return quick_run("synapse_updates_against_brian2.py", tmp_path_factory.mktemp("benchmark"))


def test_every_version_of_the_rule_is_measured_at_every_size_and_precision(synapses):
    results = synapses[0]["results"]
    measured = [(result["synapses"], result["precision"], result["version"]) for result in results]
    sizes = {size for size, _, _ in measured}
    assert len(measured) == len(set(measured))
    assert set(measured) == set(product(sizes, ("float64", "float32"), SYNAPSE_VERSIONS))
    for result in results:
        assert len(result["all_per_cpu_s"]) == len(result["all_per_wall_s"]) == result["repetitions"] >= 2
        assert min(result["all_per_wall_s"]) <= result["updates_per_wall_s"] <= max(result["all_per_wall_s"])
        assert min(result["all_per_wall_s"]) > 0.0


def test_all_versions_of_the_rule_do_what_theory_says(synapses):
    """Two standard scores of 4 versions at 2 sizes and 2 precisions, all seeds fixed; and traces equal to rounding."""
    for result in synapses[0]["results"]:
        scores = result["scores"]
        assert max(abs(scores["change"]), abs(scores["moved"])) < 4.5, result
        assert scores["trace error"] < {"float64": 1e-14, "float32": 2e-6}[result["precision"]], result
    assert synapses[0]["agree"] is True


def test_half_the_precision_takes_fewer_bytes_a_synapse(synapses):
    held = {(r["version"], r["precision"]): r["bytes_per_synapse"] for r in synapses[0]["results"]}
    for version in SYNAPSE_VERSIONS:
        assert 0.0 < held[version, "float32"] < held[version, "float64"]


def test_without_its_interpreter_brian2_is_said_not_to_be_measured(synapses):
    report, printed = synapses
    assert "Brian2: not measured" in printed
    assert not any("Brian2" in ratio["than"] for ratio in report["ratios"])
