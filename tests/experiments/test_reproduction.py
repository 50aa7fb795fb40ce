"""A run made again: equal to the bit however it was made; and where not, the first difference is named."""

import json
import subprocess
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import vesicle_abm as va
from vesicle_abm.cli import main
from vesicle_abm.experiments import environment as surroundings
from vesicle_abm.experiments.differences import different
from vesicle_abm.experiments.environment import CHANGED, commit, environment
from vesicle_abm.experiments.identity import run_id
from vesicle_abm.experiments.run import RunStoppedError, resume, run
from vesicle_abm.scenario import Scenario

STEPS = 30
WAYS = {
    "as it stands": ["random_walk"],
    "seed": ["random_walk", "--seed", "5"],
    "settings": ["reward_wave", "--set", "kinds.dopamine.absorb=0.5", "--set", "record_every=7"],
    "density": ["random_walk", "--view", "density"],
    "agent by agent": ["random_walk", "--view", "particles"],
    "learning": ["learn_by_error"],
    "trails": ["double_bridge"],
}


@pytest.fixture
def walk(tmp_path) -> Path:
    """The folder of a finished run."""
    return run(Scenario.load("random_walk"), steps=STEPS, out=tmp_path / "walk").path


def rewritten(walk: Path, name: str, change) -> None:
    """One table of a run, changed."""
    table = pd.read_parquet(walk / name)
    change(table).to_parquet(walk / name, index=False)


def with_value(row: int, column: str, value):
    """A change of one value of a table."""

    def change(table):
        table.loc[row, column] = value
        return table

    return change


def on_a_file() -> dict:
    """A scenario that reads its graph from brain.graphml."""
    kinds = {"walker": Scenario.load("random_walk").data["kinds"]["walker"] | {"emission": {"rule": "constant"}}}
    return {"question": "?", "expect": ".", "steps": 5, "graph": {"file": "brain.graphml"}, "kinds": kinds}


def told(walk: Path, change) -> None:
    """The manifest, changed."""
    manifest = json.loads((walk / "manifest.json").read_text())
    change(manifest)
    (walk / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("way", WAYS)
def test_a_run_comes_out_the_same_however_it_was_made(way, tmp_path, capsys):
    assert main(["run", *WAYS[way], "--steps", str(STEPS), "--out", str(tmp_path / "run"), "--quiet"]) == 0
    capsys.readouterr()
    assert main(["reproduce", str(tmp_path / "run"), "--quiet"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'run'}: the same again, to the bit\n"


def test_a_run_that_was_stopped_and_resumed_comes_out_the_same_at_once(tmp_path):
    def stopping(done, steps):
        if done == STEPS:
            raise KeyboardInterrupt

    with pytest.raises(RunStoppedError):
        run(Scenario.load("random_walk"), steps=STEPS, save_every=7, out=tmp_path / "run", report=stopping)
    assert resume(tmp_path / "run").manifest["resumed_at_step"] == 28
    found = va.reproduce(tmp_path / "run")
    assert (found.equal, found.altered, found.changed) == (True, (), {})


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("series.parquet", with_value(11, "walker.alive", 7), "step 12: walker.alive was 7, and is 39"),
        ("series.parquet", lambda table: table[:-1], "series.parquet: rows was 29, and is 30"),
        (
            "series.parquet",
            lambda table: table.drop(columns="walker.level"),
            "series.parquet: column walker.level was nothing, and is there",
        ),
        ("nodes.parquet", with_value(3, "walker.emitted", 1), "node 3: walker.emitted was 1, and is 0"),
    ],
)
def test_the_first_difference_of_a_table_is_named_and_its_file(walk, name, change, words, capsys):
    rewritten(walk, name, change)
    assert main(["reproduce", str(walk), "--quiet"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{walk}: not the same again",
        f"first difference, {words}",
        f"{name} is not as the run left it: its checksum is another",
    ]


def crowd(model: va.VesicleModel) -> dict[str, float]:
    """A metric of a user's own."""
    return {"busiest": float(model.occupancy().max())}


def test_the_runs_of_a_study_come_out_the_same_and_the_first_difference_is_named(tmp_path, capsys):
    sweep = {"kinds.walker.decay.hazard": [0.02, 0.5]}
    table = va.batch("random_walk", sweep=sweep, steps=STEPS, out=tmp_path, workers=1, metrics=[crowd])
    for name in table["run_id"]:
        found = va.reproduce(tmp_path / "runs" / name)
        assert (found.equal, found.altered, found.changed) == (True, (), {})
    first = tmp_path / "runs" / table["run_id"][0]
    rewritten(first, "series.parquet", with_value(11, "walker.alive", 7))
    assert main(["reproduce", str(first)]) == 1
    assert "first difference, step 12: walker.alive was 7, and is " in capsys.readouterr().out
    second = tmp_path / "runs" / table["run_id"][1]
    told = json.loads((second / "run.json").read_text())
    busiest = told["metrics"]["busiest"]
    (second / "run.json").write_text(json.dumps(told | {"metrics": told["metrics"] | {"busiest": 99.0}}))
    assert str(va.reproduce(second).difference) == f"the end: metrics.busiest was 99.0, and is {busiest}"
    assert main(["reproduce", str(tmp_path)]) == 2
    assert "holds a study; one of its runs is allowed" in capsys.readouterr().err
    (first / "run.json").write_text("{")
    assert main(["reproduce", str(first)]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["circulation", "attention_limit"])
def test_the_order_of_populations_and_kinds_is_part_of_a_studys_run(name, tmp_path):
    """Neither is alphabetical; the order decides the numbers of nodes and kinds, and so the bits."""
    table = va.batch(name, steps=STEPS, out=tmp_path, workers=1)
    assert va.reproduce(tmp_path / "runs" / table["run_id"][0]).equal
    data = Scenario.load(name).data
    turned = data | {"graph": data["graph"] | {"populations": dict(reversed(data["graph"]["populations"].items()))}}
    names = {run_id(each, 1, STEPS, "compiled", {}, "code") for each in (data, turned)}
    assert len(names) == 2


def test_a_studys_run_over_a_graph_file_needs_the_file_no_more(tmp_path):
    nx.write_graphml(nx.path_graph(4), tmp_path / "brain.graphml")
    scenario = Scenario(on_a_file(), folder=tmp_path)
    table = va.batch(scenario, out=tmp_path / "study", workers=1)
    (tmp_path / "brain.graphml").unlink()
    assert va.reproduce(tmp_path / "study" / "runs" / table["run_id"][0]).equal


def test_of_several_differences_the_earliest_step_is_named_then_the_earlier_column(walk):
    for row, column in ((20, "walker.born"), (9, "walker.docked"), (9, "walker.cleared")):
        rewritten(walk, "series.parquet", with_value(row, column, 99))
    assert str(va.reproduce(walk).difference) == "step 10: walker.cleared was 99, and is 7"


def test_counts_and_the_digest_are_compared_too(walk):
    told(walk, lambda manifest: manifest.update(digest="00"))
    assert str(va.reproduce(walk).difference).startswith("the end: digest was 00, and is ")
    told(walk, lambda manifest: manifest["counts"].update(born=1))
    assert str(va.reproduce(walk).difference) == f"the end: counts.born was 1, and is {4 * STEPS}"


def test_a_table_that_is_gone_is_a_difference(tmp_path):
    path = run(Scenario.load("double_bridge"), steps=STEPS, out=tmp_path / "run").path
    (path / "edges.parquet").unlink()
    found = va.reproduce(path)
    assert str(found.difference) == "edges.parquet: the file was nothing, and is there"
    assert found.altered == ("edges.parquet",)


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ([1.0, 0.1 + 0.2], [1.0, 0.3], [False, True]),
        ([0.0, np.nan], [-0.0, np.nan], [True, False]),
        ([1, 2], [1, 3], [False, True]),
        ([1, 2], [1.0, 2.0], [True, True]),
        (np.array(["a", "b"], object), np.array(["a", "c"], object), [False, True]),
    ],
)
def test_numbers_are_compared_by_their_bits(then, now, expected):
    assert different(np.asarray(then), np.asarray(now)).tolist() == expected


def test_what_the_run_was_made_with_and_is_different_is_told_though_it_came_out_the_same(walk, capsys):
    def older(manifest):
        manifest["versions"] |= {"numpy": "1.0", "python": "3.9.1"}
        manifest["platform"] = "elsewhere"

    told(walk, older)
    assert main(["reproduce", str(walk), "--quiet"]) == 0
    here = environment()
    assert capsys.readouterr().out.splitlines() == [
        f"{walk}: the same again, to the bit",
        f"python was 3.9.1, and is {here['versions']['python']}",
        f"numpy was 1.0, and is {here['versions']['numpy']}",
        f"platform was elsewhere, and is {here['platform']}",
    ]


def test_a_graph_file_is_found_again_and_refused_where_it_has_changed(tmp_path):
    nx.write_graphml(nx.path_graph(4), tmp_path / "brain.graphml")
    path = run(Scenario(on_a_file(), folder=tmp_path), out=tmp_path / "run").path
    assert va.reproduce(path).equal
    nx.write_graphml(nx.path_graph(5), tmp_path / "brain.graphml")
    with pytest.raises(va.InputError, match=r"graph\.file: .*brain\.graphml' is not the file that the run was made"):
        va.reproduce(path)


def test_no_run_an_unfinished_and_a_damaged_one_are_refused(walk, tmp_path, capsys):
    assert main(["reproduce", str(tmp_path / "none")]) == 2
    assert "no folder" in capsys.readouterr().err
    (walk / "series.parquet").write_bytes(b"PAR1")
    assert main(["reproduce", str(walk), "--quiet"]) == 2
    assert "series.parquet' cannot be read" in capsys.readouterr().err
    (walk / "manifest.json").unlink()
    assert main(["reproduce", str(walk)]) == 2
    assert "has not finished; vesicle-abm resume goes on with it" in capsys.readouterr().err


def test_the_commit_is_that_of_the_checkout_and_none_elsewhere(tmp_path, monkeypatch):
    def git(*words: str) -> str:
        name = ("-c", "user.name=a", "-c", "user.email=a@b")
        return subprocess.run(["git", *name, *words], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    monkeypatch.setattr(surroundings, "PACKAGE", tmp_path / "vesicle_abm")
    assert commit() is None
    git("init", "-q")
    assert commit() is None  # none yet
    (tmp_path / "file").write_text("a")
    git("add", "file")
    git("commit", "-qm", "first")
    head = git("rev-parse", "HEAD").strip()
    assert commit() == head
    (tmp_path / "file").write_text("b")
    assert commit() == head + CHANGED
