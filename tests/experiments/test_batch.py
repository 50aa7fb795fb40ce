"""A batch: its runs, its folder, its tables; and that what has finished is found again."""

import json
import shutil
import subprocess
import sys

import batch_metrics
import duckdb
import networkx as nx
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import vesicle_abm as va
from vesicle_abm.experiments import identity
from vesicle_abm.experiments.batch import batch
from vesicle_abm.experiments.designs import grid, replicated
from vesicle_abm.experiments.run import run
from vesicle_abm.experiments.study import Study
from vesicle_abm.experiments.trial import Trial, seed_of

HAZARD, STEPS = "kinds.walker.decay.hazard", 20
SWEEP = {HAZARD: [0.1, 0.5]}


def walk(out, report=lambda event: None, **options):
    """A small batch of the random walk."""
    given = {"replicates": 2, "sweep": SWEEP, "steps": STEPS, "workers": 1, "metrics": [batch_metrics.threads]}
    return batch("random_walk", out=out, report=report, **given | options)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished batch to look at: its folder and its table."""
    out = tmp_path_factory.mktemp("batch") / "study"
    return out, walk(out)


def test_a_row_a_trial_in_order_with_settings_seeds_and_metrics(finished):
    _, table = finished
    assert list(table["status"]) == ["done"] * 4
    assert list(table[HAZARD]) == [0.1, 0.1, 0.5, 0.5]
    assert list(table["replicate"]) == [0, 1, 0, 1]
    assert list(table["seed"]) == [seed_of(0, 0), seed_of(0, 1)] * 2
    assert (table["wall_s"] > 0).all()
    assert table["digest"].nunique() == 4


def test_a_run_of_a_batch_is_the_run_that_the_seed_gives(finished):
    out, table = finished
    model = va.Scenario.load("random_walk").override(HAZARD, 0.5).build(seed=int(table["seed"][3]))
    model.run_for(STEPS)
    assert table["digest"][3] == model.state.digest()
    record = model.record
    alive = record["walker.alive"]
    assert table["metric.walker.alive.last"][3] == alive.iloc[-1]
    assert table["metric.walker.alive.mean"][3] == pytest.approx(alive[STEPS // 2 :].mean())
    assert table["metric.walker.alive.max"][3] == table["metric.vesicles_max"][3] == alive.max()
    series = Study.open(out).series()
    of_it = series[series["trial"] == 3].drop(columns=["trial", "condition", "replicate"]).set_index("step")
    pd.testing.assert_frame_equal(of_it, record)


def test_models_of_workers_step_on_one_thread(finished):
    assert set(finished[1]["metric.threads"]) == {1.0}


def test_what_has_finished_is_not_run_again_and_comes_out_the_same(finished):
    out, table = finished
    when = {path: path.stat().st_mtime_ns for path in out.glob("runs/*/*")}
    events = []
    again = walk(out, events.append)
    pd.testing.assert_frame_equal(again, table)
    assert {path: path.stat().st_mtime_ns for path in out.glob("runs/*/*")} == when
    assert [(event.event, event.found) for event in events] == [("ended", 4)]
    assert len(when) == 3 * 4


def test_what_was_damaged_is_run_again_and_nothing_else(finished, tmp_path):
    out, table = finished
    shutil.copytree(out, tmp_path / "copy")
    damaged, cut = tmp_path / "copy/runs" / table["run_id"][1], tmp_path / "copy/runs" / table["run_id"][2]
    content = bytearray((damaged / "series.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    (damaged / "series.parquet").write_bytes(content)
    (cut / "run.json").write_text((cut / "run.json").read_text()[:100])
    events = []
    again = walk(tmp_path / "copy", events.append)
    pd.testing.assert_frame_equal(again.drop(columns="wall_s"), table.drop(columns="wall_s"))
    for what in ("damaged", "done"):
        assert {event.run_id for event in events if event.event == what} == {damaged.name, cut.name}
    for path in out.glob("runs/*/*[!s].*[!n]"):
        assert (tmp_path / "copy" / path.relative_to(out)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"steps": STEPS + 1}, "steps"),
        ({"replicates": 3}, "design, trials"),
        ({"sweep": {HAZARD: [0.1, 0.4]}}, "design, trials"),
        ({"overrides": {"kinds.walker.migration.stay": 2.0}}, "data, design"),
        ({"metrics": []}, "metrics"),
    ],
)
def test_a_folder_of_another_study_is_refused(finished, change, named):
    with pytest.raises(va.InputError, match=f"holds another study: its {named} differ; choose another folder"):
        walk(finished[0], **change)


def test_another_code_does_all_runs_anew_and_keeps_those_of_the_old(finished, tmp_path, monkeypatch):
    out, table = finished
    shutil.copytree(out, tmp_path / "copy")
    monkeypatch.setattr("vesicle_abm.experiments.study.code_version", lambda: "0.0.0+other")
    study = Study.create(
        tmp_path / "copy",
        va.Scenario.load("random_walk"),
        replicated(grid(SWEEP), 2, 0),
        steps=STEPS,
        metrics=[batch_metrics.threads],
        design=json.loads((out / "study.json").read_text())["design"],
    )
    assert set(study.frame()["status"]) == {"missing"}
    assert not set(study.run_ids) & set(table["run_id"])
    assert len(list((tmp_path / "copy/runs").iterdir())) == 4


def test_the_name_of_a_run_changes_with_all_that_decides_its_bits_and_with_nothing_else():
    data = va.Scenario.load("random_walk").data
    given = {"data": data, "seed": 1, "steps": 2, "view": "compiled", "metrics": {}, "code": "1"}
    name = identity.run_id(**given)
    assert identity.run_id(**given | {"data": data | {"expect": "other words", "steps": 7}}) == name
    others = [{"seed": 2}, {"steps": 3}, {"view": "density"}, {"metrics": {"late": "ab"}}, {"code": "2"}]
    others += [{"data": data | {"record_every": 2}}]
    names = {identity.run_id(**given | other) for other in others}
    assert len(names | {name}) == len(others) + 1


def test_the_code_version_is_that_of_the_files_that_decide_bits(tmp_path, monkeypatch):
    for name in ("core", "experiments", "core/__pycache__"):
        (tmp_path / name).mkdir()
    (tmp_path / "core/a.py").write_text("a = 1")
    (tmp_path / "experiments/b.py").write_text("b = 1")
    monkeypatch.setattr(identity, "PACKAGE", tmp_path)
    version = identity.code_version.__wrapped__
    before = version()
    (tmp_path / "experiments/b.py").write_text("b = 2")
    (tmp_path / "core/__pycache__/a.pyc").write_text("a")
    assert version() == before
    (tmp_path / "core/a.py").write_text("a = 2")
    assert version() != before


def test_a_file_that_the_scenario_names_is_kept_and_another_content_is_another_run(tmp_path):
    network = tmp_path / "net.graphml"
    nx.write_graphml(nx.cycle_graph(3), network)
    content = network.read_bytes()
    data = {
        "question": "?",
        "expect": "!",
        "graph": {"file": "net.graphml"},
        "kinds": {"walker": {"emission": {"rule": "constant", "rate": 1.0}}},
    }
    first = Study.create(tmp_path / "one", va.Scenario(data, folder=tmp_path), [Trial()], steps=5)
    nx.write_graphml(nx.cycle_graph(4), network)
    second = Study.create(tmp_path / "two", va.Scenario(data, folder=tmp_path), [Trial()], steps=5)
    assert first.run_ids != second.run_ids
    network.unlink()
    again = Study.open(tmp_path / "one")
    again.run(workers=1)
    assert list(again.frame()["status"]) == ["done"]
    (kept,) = (tmp_path / "one/inputs").iterdir()
    assert kept.read_bytes() == content


def test_trials_that_are_the_same_run_share_it(tmp_path):
    trials = [Trial(((HAZARD, 0.5),), seed=3, condition=name) for name in ("one", "two")]
    study = Study.create(tmp_path / "study", va.Scenario.load("random_walk"), trials, steps=5)
    study.run(workers=1)
    table = study.frame()
    assert list(table["condition"]) == ["one", "two"]
    assert table["run_id"].nunique() == len(list((tmp_path / "study/runs").iterdir())) == 1


def test_the_density_view_gives_expected_numbers(tmp_path):
    table = walk(tmp_path / "study", view="density", replicates=1, metrics=[])
    expected = run(
        va.Scenario.load("random_walk").override(HAZARD, 0.5), steps=STEPS, view="density", out=tmp_path / "one"
    )
    assert table["digest"][1] == expected.manifest["digest"]
    assert table["metric.walker.alive.last"][1] == expected.manifest["expected_alive"]["walker"]


def test_series_say_what_their_columns_mean(finished):
    out, table = finished
    schema = pq.read_schema(out / "runs" / table["run_id"][0] / "series.parquet")
    told = {field.name: field.metadata for field in schema}
    assert told["walker.docked"] == {b"unit": b"vesicles", b"description": b"docked in this step"}
    assert all(set(metadata) == {b"unit", b"description"} for metadata in told.values())


@pytest.mark.parametrize("name", va.shipped_scenarios())
def test_every_column_of_every_shipped_scenario_has_a_meaning(name):
    from vesicle_abm.experiments.columns import meaning

    model = va.Scenario.load(name).build()
    assert all(unit and words for unit, words in map(meaning, model.recorder.names))


def test_chosen_series_of_all_runs_are_one_table(finished):
    study = Study.open(finished[0])
    series = study.series(["walker.alive"])
    assert list(series) == ["trial", "condition", "replicate", "step", "walker.alive"]
    assert len(series) == 4 * STEPS
    last = series[series["step"] == STEPS]
    assert list(last["walker.alive"]) == list(finished[1]["metric.walker.alive.last"])
    with pytest.raises(va.InputError, match=r"no column 'walker.alif'; did you mean 'walker.alive'"):
        study.series(["walker.alif"])


def test_series_of_other_columns_are_put_together_with_gaps(tmp_path):
    trials = [Trial(), Trial((("kinds.walker.cap", 5),))]
    study = Study.create(tmp_path / "study", va.Scenario.load("random_walk"), trials, steps=5)
    study.run(workers=1)
    series = study.series()
    assert series["walker.suppressed"].isna().tolist() == [True] * 5 + [False] * 5


def test_one_query_reads_all_runs(finished):
    out, table = finished
    query = f"""
        SELECT parse_path(filename)[-2] AS run_id, max("walker.alive") AS most
        FROM read_parquet('{out}/runs/*/series.parquet', filename = true) GROUP BY ALL
    """
    most = duckdb.sql(query).df().set_index("run_id")["most"]
    assert list(most[table["run_id"]]) == list(table["metric.walker.alive.max"])


def test_a_study_becomes_arrays_with_names(finished):
    out, table = finished
    arrays = Study.open(out).to_xarray()
    assert arrays["walker.alive"].dims == ("trial", "step")
    assert np.array_equal(arrays["walker.alive"][:, -1], table["metric.walker.alive.last"])
    assert np.array_equal(arrays[HAZARD], table[HAZARD])
    assert np.array_equal(arrays["seed"], table["seed"])
    assert arrays["walker.alive"].attrs == {"units": "vesicles", "long_name": "alive after the step"}
    assert arrays["step"].attrs["units"] == "steps"
    assert arrays[HAZARD].attrs == {}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sweep": {f"k{i}": range(1000) for i in range(3)}}, "has 1,000,000,000 combinations; at most 1,000,000 are"),
        ({"sweep": {HAZARD: []}}, f"{HAZARD}: got \\[\\]; a list of values is allowed"),
        ({"sweep": {"kinds.walker.decay.hasard": [0.1]}}, "did you mean 'hazard'"),
        ({"sweep": {HAZARD: [0.1, 7.0]}}, "got 7; a number >= 0 and <= 1 is allowed"),
        ({"replicates": 0}, "replicates: got 0; a whole number >= 1 is allowed"),
        ({"workers": 0}, "--jobs: got 0"),
        ({"timeout_s": 0.0}, "--timeout: got 0.0; seconds > 0 are allowed"),
        ({"memory_limit": "much"}, "--memory-limit: got 'much'"),
        ({"retries": -1}, "--retries: got -1"),
        ({"metrics": ["batch_metrics:thread"]}, "did you mean 'threads'"),
        ({"metrics": ["no_such_module:thread"]}, "'no_such_module' cannot be imported"),
        ({"metrics": [lambda model: {}]}, "a function with a name, of a module or script, is allowed"),
        ({"overrides": {"kinds.walker.decay": va.HazardDecay(hazard=0.1)}}, "a study keeps text and numbers"),
        ({"sweep": {"steps": [5, 6]}}, "steps: cannot be set for a trial"),
        ({"view": "density"}, "a density has no model after its last step"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(tmp_path, options, words):
    with pytest.raises(va.InputError, match=words):
        walk(tmp_path / "study", **options)
    assert not list(tmp_path.glob("study/runs/*"))


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study/thesis.tex").write_text("\\begin{document}")
    with pytest.raises(va.InputError, match="is not empty and holds no study"):
        walk(tmp_path / "study")
    (tmp_path / "file").write_text("")
    with pytest.raises(va.InputError, match="is a file; a folder is allowed"):
        walk(tmp_path / "file")


def test_a_script_gives_its_own_function_as_a_metric(tmp_path):
    script = tmp_path / "own.py"
    script.write_text(f"""
import vesicle_abm as va

def late(model):
    return {{"late": model.time}}

if __name__ == "__main__":
    table = va.batch("random_walk", steps=7, workers=1, metrics=[late], out={str(tmp_path / "study")!r})
    print(table["metric.late"].tolist())
""")
    found = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert found.stdout == "[7.0]\n", found.stderr
