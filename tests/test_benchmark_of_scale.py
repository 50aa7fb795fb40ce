"""The benchmarks of scale run and write what they promise; nothing is asserted about times."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def written(folder: Path, script: str, *options: str) -> dict:
    """The JSON that a benchmark writes."""
    file = folder / "report.json"
    command = [sys.executable, str(ROOT / "benchmarks" / script), *options, "--json", str(file)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text())


def test_scale_tells_cost_and_memory_of_every_world(tmp_path):
    report = written(tmp_path, "scale.py", "--quick")
    sizes = [(found["vesicles"], found["synapses"]) for found in report["results"]]
    assert sizes == [(1_000, 1_000), (10_000, 10_000), (10_000, 100_000)]
    for found in report["results"]:
        assert found["ns_a_vesicle"] > 0.0
        assert found["ns_a_synapse"] > 0.0
        assert found["cpu_s_a_step"] > 0.0
        assert set(found["stages_cpu_s"]) >= {"emit", "migrate", "learn"}
        assert found["predicted_gib"] > 0.0
        assert found["bytes_a_vesicle"] >= 33.0
    assert report["results"][-1]["same_digest"] is True
    assert {ratio["version"] for ratio in report["ratios"]} == {"memory measured", "bytes a vesicle"}


def test_exchange_tells_each_way_and_each_cut(tmp_path):
    """An edge with a random end in another of 16 parts of a random partition: 15 / 16."""
    report = written(tmp_path, "exchange_between_processes.py", "--rows", "1000")
    assert report["exchange_s"]["pipes"] > 0.0
    assert report["exchange_s"]["shared memory"] > 0.0
    assert len(report["cuts"]) == 6
    for found in report["cuts"]:
        assert abs(found["random"] - 15 / 16) < 0.02
    ring = report["cuts"][0]
    assert ring["blocks"] < 0.02
