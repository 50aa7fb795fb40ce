"""``vesicle-abm bench``, the vesicle cycle's benchmark and the roofline run and write what they promise; nothing is
asserted about times.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from benchmark_runs import ROOT, quick_run

from vesicle_abm import benching
from vesicle_abm.cli import main

BOUND = "C, AVX2"
CPUINFO = Path("/proc/cpuinfo")
BUILT = shutil.which("cc") is not None and CPUINFO.exists() and " avx2 " in CPUINFO.read_text()
VERSIONS = {"Mesa CellAgent", "Mesa lean", "compiled, 1 thread", "compiled, 2 threads", "numpy, blocks"}
COLUMNS = VERSIONS - {"Mesa CellAgent", "Mesa lean"}  # those that carry content
THEORY = {"born", "docked", "absorbed", "alive", "ways in"}


@pytest.fixture(scope="module")
def broken_peer(tmp_path_factory) -> Path:
    """An interpreter that says that it has agentpy, and breaks when it is to run it."""
    file = tmp_path_factory.mktemp("peer") / "python"
    file.write_text(
        '#!/bin/sh\ncase "$1 $2" in "-c "*agentpy*) echo 0.0 ;; *) echo "no such luck" >&2; exit 1 ;; esac\n'
    )
    file.chmod(0o755)
    return file


@pytest.fixture(scope="module")
def report(tmp_path_factory, broken_peer):
    """The vesicles' benchmark, with a peer that breaks."""
    folder = tmp_path_factory.mktemp("benchmark")
    return quick_run("vesicle_steps_against_peers.py", folder, "--peers", str(broken_peer))[0]


@pytest.fixture(scope="module")
def without_compiler(tmp_path_factory):
    """The roofline and one world of the vesicles, where there is no C compiler."""
    folder, nothing = tmp_path_factory.mktemp("benchmark"), str(tmp_path_factory.mktemp("nothing"))
    cycle = quick_run("vesicle_steps_against_peers.py", folder, "--worlds", "50,200,4", path=nothing)
    return cycle[0], quick_run("roofline.py", folder, path=nothing)[0]


def test_every_version_is_measured_in_every_world_that_it_knows(report):
    measured = [(result["world"], result["version"]) for result in report["results"]]
    worlds = {result["world"]: result["width"] for result in report["results"]}
    bound = {BOUND} if BUILT else set()
    assert len(measured) == len(set(measured))
    assert set(worlds.values()) == {0, 4}
    wanted = {
        (world, version) for world, width in worlds.items() for version in (COLUMNS if width else VERSIONS) | bound
    }
    assert set(measured) == wanted


def test_every_result_holds_one_positive_rate_a_repetition(report):
    for result in report["results"]:
        for rates in (result["all_per_cpu_s"], result["all_per_wall_s"]):
            assert len(rates) == result["repetitions"] >= 2
            assert all(rate > 0.0 for rate in rates)
        assert min(result["all_per_cpu_s"]) <= result["vesicle_steps_per_cpu_s"] <= max(result["all_per_cpu_s"])
        assert result["bytes_per_vesicle"] > 0.0


def test_a_ratio_is_given_for_each_other_version_and_world(report):
    wanted = {(result["world"], result["version"]) for result in report["results"]}
    ours = {(world, "compiled, 1 thread") for world, _ in wanted}
    twice = {(ratio["world"], ratio["version"]) for ratio in report["ratios"] if ratio["clock"] == "wall"}
    found = {(ratio["world"], ratio["than"]) for ratio in report["ratios"] if ratio["clock"] == "cpu"}
    assert twice == {(world, "compiled, 2 threads") for world, _ in wanted}
    assert found | twice | ours == wanted
    assert all(ratio["times"] > 0.0 for ratio in report["ratios"])


def test_all_versions_do_the_same_work(report):
    """Standard scores, five without content and three with; one of 45 exceeds 4.5 with probability 3e-4.

    The seeds are fixed, but the number of steps follows the machine's speed.
    """
    for result in report["results"]:
        ours = result["version"] == "compiled, 1 thread"
        wanted = THEORY if not result["width"] else {"born", "absorbed"} | (set() if ours else {"docked"})
        assert set(result["scores"]) == wanted
        assert all(abs(score) < 4.5 for score in result["scores"].values()), result
    assert report["agree"] is True


def test_any_number_of_threads_and_the_c_program_have_the_same_bits(report):
    versions = {"compiled, 2 threads"} | ({BOUND} if BUILT else set())
    worlds = {result["world"] for result in report["results"]}
    assert {(same["world"], same["version"]) for same in report["equal"]} == set(product(worlds, versions))
    assert all(same["equal"] and same["steps"] > 20 for same in report["equal"])


def test_the_c_program_lags_behind_the_model_by_one_step_and_is_found_out(tmp_path):
    """What is compared can differ: a model one step on has other vesicles."""
    if not BUILT:
        pytest.skip("no C compiler, or no AVX2")
    script = (
        "import sys; from pathlib import Path; from workload import Workload; import compiled_view as view\n"
        "from cycle_bound import BoundModel\nworkload, file = Workload(30, 200, 16), Path(sys.argv[1])\n"
        "view.save_steady_state(workload, 3, file); ours = view.CompiledModel(file, 1)\n"
        "bound = BoundModel(workload, ours.start(), view.choices_of(workload), 3)\n"
        "for step in range(40): ours.step(); bound.step()\n"
        "print(ours.start().equals(bound.start())); ours.step(); print(ours.start().equals(bound.start()))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])}
    command = [sys.executable, "-c", script, str(tmp_path / "model.npz")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True", "False"], done.stderr


def test_a_peer_that_breaks_is_left_out_with_its_last_words(report):
    assert report["left_out"]["agentpy"] == "no such luck"
    assert not any(result["version"] == "agentpy" for result in report["results"])


def test_a_peer_that_is_not_installed_is_left_out_with_how_to_get_it(report):
    for name in ("ambr", "mesa-frames"):
        assert name in report["left_out"][name]
        assert "pip install" in report["left_out"][name]


def test_without_a_compiler_all_else_is_measured(without_compiler):
    cycle, roofline = without_compiler
    assert {result["version"] for result in cycle["results"]} == COLUMNS
    assert "compiler" in cycle["left_out"][BOUND]
    assert roofline["written_in"].startswith("numpy")
    assert all(result["rate"] > 0.0 for result in roofline["results"])


@pytest.mark.skipif(not BUILT, reason="no C compiler, or no AVX2")
def test_the_roofline_is_measured_in_c_where_there_is_a_compiler(tmp_path):
    report, printed = quick_run("roofline.py", tmp_path)
    assert report["written_in"] == "C"
    rates = {(result["what"], result["cores"]): result["rate"] for result in report["results"]}
    for limit in report["limits"]:
        assert f"{limit['nanoseconds']['streams']:.1f}" in printed
        assert limit["nanoseconds"]["streams"] == pytest.approx(limit["bytes"] / rates["copy", "one core"])
        assert limit["vesicle_steps_per_s"] == pytest.approx(1e9 / sum(limit["nanoseconds"].values()))


def test_a_vesicle_without_content_takes_at_most_64_bytes(report):
    ours = [r for r in report["results"] if r["version"].startswith("compiled") and not r["width"]]
    assert ours
    assert all(result["bytes_per_vesicle"] <= 64.0 for result in ours)


def test_bench_lists_the_benchmarks(capsys):
    assert main(["bench", "--list"]) == 0
    listed = capsys.readouterr().out
    for name, benchmark in benching.BENCHMARKS.items():
        assert name in listed
        assert (ROOT / "benchmarks" / benchmark.script).is_file()


def test_bench_prints_all_ratios_and_writes_the_numbers_of_what_it_ran(tmp_path, capfd):
    file = tmp_path / "all.json"
    assert main(["bench", "roofline", "--quick", "--json", str(file)]) == 0
    reports = json.loads(file.read_text())
    assert set(reports) == {"roofline"}
    assert reports["roofline"]["machine"]["cpus"] == os.cpu_count()
    assert reports["roofline"]["versions"]["python"] == platform.python_version()
    printed = capfd.readouterr().out
    assert "All ratios" in printed
    assert f"{reports['roofline']['ratios'][0]['times']:.3g}" in printed


def test_bench_refuses_a_name_that_is_none(capsys):
    assert main(["bench", "roofilne"]) == 2
    assert "did you mean 'roofline'" in capsys.readouterr().err


def test_bench_goes_on_after_a_benchmark_that_breaks_and_says_so(monkeypatch, tmp_path, capfd):
    broken = benching.Benchmark("no_such_script.py", "nothing")
    monkeypatch.setattr(benching, "BENCHMARKS", {"broken": broken, "roofline": benching.BENCHMARKS["roofline"]})
    file = tmp_path / "all.json"
    assert main(["bench", "--quick", "--json", str(file)]) == 1
    assert "broken: no_such_script.py ended with exit code 2" in capfd.readouterr().err
    assert set(json.loads(file.read_text())) == {"roofline"}


def test_the_tables_of_a_page_are_renewed_from_the_reports_and_the_rest_stays(report, tmp_path):
    page, reports = tmp_path / "page.md", tmp_path / "reports.json"
    page.write_text(
        "# Page\n\n<!-- cycle -->\nold\n<!-- end -->\n\nwords\n\n<!-- rates -->\nkept\n<!-- end -->\n"
        "<!-- rule -->\n<!-- end -->\n"
    )
    rule, _ = quick_run("synapse_updates_against_brian2.py", tmp_path)
    reports.write_text(json.dumps({"cycle": report, "rule": rule}))
    script = ROOT / "benchmarks" / "performance_tables.py"
    subprocess.run([sys.executable, str(script), str(reports), str(page)], check=True)
    text = page.read_text()
    table = text.split("<!-- cycle -->\n")[1].split("<!-- end -->")[0].splitlines()
    assert [line.split("|")[1].strip() for line in table[2:]] == list(
        dict.fromkeys(result["version"] for result in report["results"])
    )
    rate = report["results"][0]["vesicle_steps_per_cpu_s"] / 1e6
    assert f"{rate:.3g}" in table[2]
    assert text.startswith("# Page\n\n<!-- cycle -->\n|")
    assert "\n\nwords\n\n<!-- rates -->\nkept\n<!-- end -->\n" in text
    for result in rule["results"]:
        assert f"| {result['synapses']:,} | {result['precision']} | {result['version']} |" in text


def test_the_page_on_performance_has_a_place_for_every_table():
    page = (ROOT / "docs" / "performance.md").read_text()
    script = (ROOT / "benchmarks" / "performance_tables.py").read_text()
    names = set(re.findall(r"<!-- (\w+) -->\n(?:\|.*\n)*<!-- end -->", page))
    assert names == set(re.findall(r'^    "(\w+)": \("', script, re.MULTILINE))
