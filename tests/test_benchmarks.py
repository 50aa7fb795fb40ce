"""The benchmark scripts run and write what they promise; nothing is asserted about times."""

import json
import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SYNAPSE_VERSIONS = {"compiled, 1 thread", "compiled, 2 threads", "numpy", "numpy, blocks"}
COMPILER = shutil.which("gcc") or shutil.which("cc")
IN_C = {"float64": {"C, AVX2"}, "float32": {"C, AVX2", "C, float32 arithmetic"}} if COMPILER else {}


def quick_run(script: str, folder: Path, **variables: str) -> tuple[dict, str]:
    """The JSON of one quick run, and what it printed; ``variables`` of its environment."""
    file = folder / "report.json"
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
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
    worlds = product(sizes, ("float64", "float32"))
    assert set(measured) == {
        (*world, name) for world in worlds for name in SYNAPSE_VERSIONS | IN_C.get(world[1], set())
    }
    for result in results:
        assert len(result["all_per_cpu_s"]) == len(result["all_per_wall_s"]) == result["repetitions"] >= 2
        assert min(result["all_per_wall_s"]) <= result["updates_per_wall_s"] <= max(result["all_per_wall_s"])
        assert min(result["all_per_wall_s"]) > 0.0


def test_all_versions_of_the_rule_do_what_theory_says(synapses):
    """Two standard scores of 6 versions at 2 sizes and 2 precisions, all seeds fixed; and traces equal to rounding."""
    for result in synapses[0]["results"]:
        scores = result["scores"]
        assert max(abs(scores["change"]), abs(scores["moved"])) < 4.5, result
        assert scores["trace error"] < {"float64": 1e-14, "float32": 2e-6}[result["precision"]], result
    assert synapses[0]["agree"] is True


@pytest.mark.skipif(not COMPILER, reason="needs a C compiler")
def test_the_rule_in_c_gives_our_bits(synapses):
    report, printed = synapses
    assert report["same bits"] is True
    assert "C and ours give the same bits: yes" in printed
    assert {ratio["than"] for ratio in report["ratios"]} >= {"C, AVX2", "C, float32 arithmetic"}


def test_without_a_compiler_c_is_said_not_to_be_measured(tmp_path):
    report, printed = quick_run("synapse_updates_against_brian2.py", tmp_path, PATH=str(tmp_path))
    assert report["same bits"] is None
    assert "C: not measured" in printed
    assert {result["version"] for result in report["results"]} == SYNAPSE_VERSIONS


def test_all_versions_of_the_three_factor_rule_do_what_theory_says(tmp_path):
    report, printed = quick_run("three_factors_against_brian2.py", tmp_path)
    assert {result["version"] for result in report["results"]} == SYNAPSE_VERSIONS
    for result in report["results"]:
        assert max(result["scores"].values()) < {"float64": 1e-14, "float32": 2e-6}[result["precision"]], result
    assert report["agree"] is True
    assert "Brian2: not measured" in printed


def test_a_synapse_takes_at_most_48_bytes(tmp_path):
    report, _ = quick_run("synapse_memory.py", tmp_path)
    held = {result["precision"]: result["counted"] for result in report["results"]}
    assert 33.0 <= held["float32"] <= 48.0 < held["float64"]
    assert all(result["resident with model"] > 0.0 for result in report["results"])


def test_half_the_precision_takes_fewer_bytes_a_synapse(synapses):
    held = {(r["version"], r["precision"]): r["bytes_per_synapse"] for r in synapses[0]["results"]}
    for version in SYNAPSE_VERSIONS:
        assert 0.0 < held[version, "float32"] < held[version, "float64"]


def test_without_its_interpreter_brian2_is_said_not_to_be_measured(synapses):
    report, printed = synapses
    assert "Brian2: not measured" in printed
    assert not any("Brian2" in ratio["than"] for ratio in report["ratios"])


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """The benchmark of what recording costs."""
    return quick_run("recording_cost.py", tmp_path_factory.mktemp("benchmark"))


def test_the_cost_of_recording_is_measured_on_worlds_that_do_the_same_recorded_or_not(recording):
    results = {result["world"]: result for result in recording[0]["results"]}
    assert set(results) == {"worm_wireless", "vesicles", "synapses that learn"}
    assert (results["vesicles"]["vesicles"] > 5_000, results["synapses that learn"]["synapses"]) == (True, 10_000)
    for result in results.values():
        assert result["same"]
        assert len(result["all_cpu_s"]) == 2
        assert result["rows"] >= 3 * result["steps"]
        assert result["recorded_s"] > 0.0 < result["never_s"]
        assert 0.0 < result["share"] < 1.0
    assert "equal to the bit: yes" in recording[1]


@pytest.mark.slow
def test_a_batch_is_measured_beside_mesas_and_comes_through_kills(tmp_path):
    report, printed = quick_run("batch_overhead.py", tmp_path)
    finished = {name: result["finished"] for name, result in report["results"].items()}
    assert finished == dict.fromkeys(("plain pool", "batch", "Mesa batch_run"), report["runs"])
    troubled = {name: result["finished"] for name, result in report["troubles"].items()}
    assert troubled == {"batch, raise": 9, "batch, kill": 9, "Mesa batch_run, raise": 0, "Mesa batch_run, kill": 0}
    assert report["kills"] > 0
    assert report["same"]
    assert "every byte is the same: yes" in printed


def test_spiking_networks_at_one_go_and_step_by_step_fire_alike_and_peers_that_are_not_there_are_said_so(tmp_path):
    report, printed = quick_run("spiking_seconds_against_peers.py", tmp_path)
    rates = {result["version"]: result["rate_hz"] for result in report["results"]}
    assert rates["compiled, 1 thread"] == rates["compiled, step by step"] > 0.5
    assert "NEST: not measured" in printed and "Brian2 Cython: not measured" in printed
