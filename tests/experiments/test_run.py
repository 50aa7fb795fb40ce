"""A run: its files, their contents, and that the same seed gives the same bits whatever the view and the threads."""

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import vesicle_abm as va
from vesicle_abm.experiments import run as running
from vesicle_abm.experiments import rundir
from vesicle_abm.experiments.figures import running_mean
from vesicle_abm.experiments.run import RunStoppedError, resume, run
from vesicle_abm.experiments.rundir import RunDirectory
from vesicle_abm.scenario import Scenario

STEPS = 30
PER_KIND = ["born", "alive", "absorbed", "expired", "cleared", "docked", "level"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run of the reward wave, to look at."""
    out = tmp_path_factory.mktemp("run") / "wave"
    return run(Scenario.load("reward_wave"), seed=3, steps=STEPS, out=out, save_every=7)


def walk(out: Path, **options):
    """A short run of the random walk."""
    return run(Scenario.load("random_walk"), **{"steps": STEPS, "out": out, **options})


def test_the_manifest_says_what_was_run_and_with_what(finished):
    manifest = json.loads((finished.path / "manifest.json").read_text())
    scenario = Scenario.load("reward_wave")
    assert manifest == finished.manifest
    assert manifest["status"] == "finished"
    assert manifest["data"] == scenario.data
    assert (manifest["scenario"], manifest["question"]) == ("reward_wave", scenario.question)
    assert (manifest["seed"], manifest["steps"], manifest["view"]) == (3, STEPS, "compiled")
    assert {"vesicle_abm", "python", "numpy", "numba", "mesa"} <= set(manifest["versions"])
    assert manifest["versions"]["vesicle_abm"] == va.__version__
    assert manifest["metrics"]["wall_s"] > 0
    assert manifest["metrics"]["steps_per_s"] > 0
    assert manifest["resumed_at_step"] is None


def test_counts_balance_and_agree_with_the_final_state(finished):
    model = va.VesicleModel.load(finished.path / "checkpoint.npz")
    assert model.time == STEPS
    assert finished.manifest["digest"] == model.state.digest()
    assert finished.manifest["counts"] == model.counts
    counts = finished.manifest["counts"]
    assert counts["born"] == 2000 == sum(counts[name] for name in ("alive", "absorbed", "expired", "cleared"))
    assert finished.manifest["counts_by_kind"] == {"dopamine": counts}


def test_the_series_has_a_row_a_step_and_the_documented_columns(finished):
    series = pd.read_parquet(finished.path / "series.parquet")
    assert list(series) == ["step", *(f"dopamine.{name}" for name in PER_KIND), "activation"]
    assert series["step"].tolist() == list(range(1, STEPS + 1))
    assert series["dopamine.born"].iloc[-1] == 2000
    assert series["dopamine.alive"].max() == finished.manifest["metrics"]["vesicles_max"]
    lived = series[[f"dopamine.{name}" for name in ("alive", "absorbed", "expired", "cleared")]].sum(axis=1)
    assert (series["dopamine.born"] == lived).all()
    whole = [f"dopamine.{name}" for name in PER_KIND if name != "level"]
    assert all(series[name].dtype == np.int64 for name in whole)
    assert not series.isna().any().any()


def test_the_nodes_table_has_a_row_a_node_and_agrees_with_the_final_state(finished):
    nodes = pd.read_parquet(finished.path / "nodes.parquet")
    state = va.VesicleModel.load(finished.path / "checkpoint.npz").state
    names = ["occupancy", "mean_occupancy", "emitted", "docked", "level"]
    assert list(nodes) == ["node", *(f"dopamine.{name}" for name in names), "activation", "gain"]
    assert nodes["node"].tolist() == [str(i) for i in range(200)]
    assert nodes["dopamine.emitted"].tolist() == [2000] + [0] * 199
    assert nodes["dopamine.occupancy"].sum() == finished.manifest["counts"]["alive"]
    assert np.array_equal(nodes["dopamine.level"], state.modulator[:, 0])
    assert np.array_equal(nodes["gain"], state.gain)


def test_the_mean_occupancy_of_nodes_sums_to_the_mean_population(finished):
    series = pd.read_parquet(finished.path / "series.parquet")
    nodes = pd.read_parquet(finished.path / "nodes.parquet")
    assert nodes["dopamine.mean_occupancy"].sum() == pytest.approx(series["dopamine.alive"].mean(), rel=1e-12)


def test_the_figures_are_pictures_with_something_on_them(finished):
    names = {path.name for path in (finished.path / "figures").iterdir()}
    assert names == {"population.png", "occupancy.png", "emission_and_docking.png"}
    for name in names:
        with Image.open(finished.path / "figures" / name) as picture:
            pixels = np.asarray(picture.convert("L"))
        assert min(pixels.shape) > 200
        assert 0.005 < (pixels < 240).mean() < 0.9


class Coin(va.Task, name="coin of test_run"):
    """Counts its tosses; one in three is worth something."""

    recorded = ("worth", "tosses")

    def first(self, graph, eta):
        return {"worth": np.zeros(()), "tosses": np.zeros(())}

    def sense(self, scene):
        scene.kept["worth"][...] = scene.step % 3 == 0
        scene.kept["tosses"] += 1

    def metrics(self, kept):
        return {"tosses": float(kept["tosses"])}


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A finished run of a model that learns."""
    out = tmp_path_factory.mktemp("learned") / "run"
    return run(Scenario.load("vesicles_or_broadcast"), steps=70, out=out)


def drawn(folder: Path) -> set[str]:
    """The pictures of a run, each with something on it."""
    for path in folder.iterdir():
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("L"))
        assert min(pixels.shape) > 200
        assert 0.005 < (pixels < 240).mean() < 0.9, path
    return {path.name for path in folder.iterdir()}


def test_a_model_that_learns_leaves_its_edges_with_the_weights_at_the_start_and_at_the_end(learned):
    edges = pd.read_parquet(learned.path / "edges.parquet")
    first = Scenario.load("vesicles_or_broadcast").build()
    model = va.VesicleModel.load(learned.path / "checkpoint.npz")
    assert list(edges) == ["source", "target", "layer", "learns", "weight_at_start", "weight_at_end"]
    assert list(zip(edges["source"], edges["target"], strict=True)) == [
        (str(source), str(target)) for source, target in model.graph.edges
    ]
    assert set(edges["layer"]) == {"synaptic"}
    assert edges["learns"].all()
    assert np.array_equal(edges["weight_at_start"], first.state.weight)
    assert np.array_equal(edges["weight_at_end"], model.state.weight)
    assert (edges["weight_at_end"] != edges["weight_at_start"]).any()


def test_edges_that_do_not_learn_are_told_apart(tmp_path):
    path = run(Scenario.load("norepinephrine_astrocyte"), steps=20, out=tmp_path / "run").path
    edges = pd.read_parquet(path / "edges.parquet")
    assert set(edges["layer"]) == {"axons", "synaptic"}
    assert (edges["learns"] == (edges["layer"] == "synaptic")).all()
    still = edges[~edges["learns"]]
    assert (still["weight_at_end"] == still["weight_at_start"]).all()


def test_a_model_that_learns_has_a_picture_of_its_learning(learned):
    names = {"population.png", "occupancy.png", "emission_and_docking.png", "learning.png"}
    assert drawn(learned.path / "figures") == names


def test_a_model_that_does_not_learn_leaves_no_edges(finished):
    assert not (finished.path / "edges.parquet").exists()


def test_the_density_view_leaves_expected_weights(tmp_path):
    scenario = Scenario.load("vesicles_or_broadcast")
    path = run(scenario, steps=60, out=tmp_path / "density", view="density").path
    edges, series = pd.read_parquet(path / "edges.parquet"), pd.read_parquet(path / "series.parquet")
    learned = edges[edges["learns"]]
    assert (learned["weight_at_end"] != learned["weight_at_start"]).any()
    assert series["weight"].iloc[-1] == pytest.approx(learned["weight_at_end"].mean())
    assert drawn(path / "figures") == {"learning.png", "population.png", "occupancy.png"}


def test_learning_without_kinds_or_recorded_rows_or_synapses_is_drawn_as_far_as_it_goes(tmp_path):
    learning = Scenario.load("vesicles_or_broadcast")
    alone = learning.override("kinds", {}).override("plasticity.modulation", {"rule": "modulation"})
    assert drawn(run(alone, steps=5, out=tmp_path / "alone").path / "figures") == {"learning.png"}
    unseen = run(learning.override("record_every", 100), steps=5, out=tmp_path / "unseen")
    assert "learning.png" not in drawn(unseen.path / "figures")
    loose = learning.override("graph", {"generator": "empty_graph", "arguments": {"n": 3}})
    loose = loose.override("kinds.dopamine.migration.stay", 0.0)
    assert "learning.png" in drawn(run(loose, steps=5, out=tmp_path / "loose").path / "figures")


def test_a_task_has_a_picture_of_what_it_recorded(tmp_path):
    scenario = Scenario.load("random_walk").override("task", {"rule": Coin.name})
    result = run(scenario, steps=60, out=tmp_path / "run")
    assert "task.png" in drawn(result.path / "figures")
    assert result.manifest["metrics"]["tosses"] == 60


def test_running_means_average_a_25th_of_the_run_and_less_at_its_beginning():
    values = pd.Series(np.arange(100.0), index=range(1, 101))
    assert running_mean(values).iloc[[0, 1, 2, 3, 50]].tolist() == [0.0, 0.5, 1.0, 1.5, 48.5]
    assert running_mean(values.iloc[:3]).tolist() == [0.0, 1.0, 2.0]


def test_the_checksums_of_the_manifest_verify_and_name_every_file(finished):
    files = {p.relative_to(finished.path).as_posix() for p in finished.path.rglob("*") if p.is_file()}
    assert set(finished.manifest["files"]) == files - {"manifest.json", ".lock"}
    for name, digest in finished.manifest["files"].items():
        assert hashlib.sha256((finished.path / name).read_bytes()).hexdigest() == digest


def test_the_scenario_is_kept_to_the_letter(finished):
    assert (finished.path / "scenario.toml").read_text() == Scenario.load("reward_wave").text


def test_no_half_written_file_is_left_behind(finished):
    assert not [p for p in finished.path.rglob("*") if p.name.endswith(".part")]


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(tmp_path):
    digests = [walk(tmp_path / f"{i}", seed=seed).manifest["digest"] for i, seed in enumerate((5, 5, 6))]
    assert digests[0] == digests[1] != digests[2]


def test_view_threads_and_checkpoints_do_not_change_the_bits(tmp_path):
    options = [{"view": "compiled"}, {"view": "particles"}, {"threads": 1}, {"threads": 2}, {"save_every": 1}]
    results = [walk(tmp_path / f"{i}", seed=5, **chosen) for i, chosen in enumerate(options)]
    assert len({result.manifest["digest"] for result in results}) == 1
    series = [(result.path / "series.parquet").read_bytes() for result in results]
    assert len(set(series)) == 1


def test_two_threads_share_a_population_that_is_worth_it_without_changing_the_bits(tmp_path):
    many = Scenario.load("random_walk").override("kinds.walker.emission.count", 16_000)
    digests = {run(many, steps=4, out=tmp_path / f"{n}", threads=n).manifest["digest"] for n in (1, 2)}
    assert len(digests) == 1


def test_the_density_view_gives_the_mean_of_the_compiled_one(tmp_path):
    steps = 60
    expected = walk(tmp_path / "density", view="density", steps=steps)
    assert expected.manifest["expected_alive"]["walker"] == pytest.approx(4 * 0.98 / 0.02 * (1 - 0.98**steps))
    series = pd.read_parquet(expected.path / "series.parquet")
    assert list(series) == ["step", "walker.alive"]
    assert len(series) == steps + 1
    assert (expected.path / "figures" / "population.png").stat().st_size > 1000
    survival = 0.98 ** np.arange(1, steps + 1)
    replicates = 20
    error = np.sqrt(4 * (survival * (1 - survival)).sum() / replicates)  # births are exact, survival is binomial
    found = []
    for seed in range(replicates):
        model = Scenario.load("random_walk").build(seed=seed)
        model.run_for(steps)
        found.append(model.counts["alive"])
    assert abs(np.mean(found) - series["walker.alive"].iloc[-1]) < 4.5 * error


def test_steps_of_record_are_as_sparse_as_asked(tmp_path):
    sparse = Scenario.load("random_walk").override("record_every", 10)
    result = run(sparse, steps=STEPS, out=tmp_path / "sparse")
    assert pd.read_parquet(result.path / "series.parquet")["step"].tolist() == [10, 20, 30]


def test_a_run_shorter_than_the_recording_interval_finishes(tmp_path):
    sparse = Scenario.load("random_walk").override("record_every", 100)
    result = run(sparse, steps=5, out=tmp_path / "sparse")
    assert result.manifest["metrics"]["vesicles_max"] == 0
    assert len(pd.read_parquet(result.path / "series.parquet")) == 0


def test_a_scenario_without_kinds_runs(tmp_path):
    silent = Scenario.load("reward_wave").override("kinds", {})
    for view in ("compiled", "density"):
        result = run(silent, steps=5, out=tmp_path / view, view=view)
        assert result.manifest["status"] == "finished"


def test_values_that_json_lacks_are_noted_in_plain_form(tmp_path):
    rates = np.arange(34.0) / 34
    rule = {"rule": "constant", "rate": rates}
    result = run(Scenario.load("random_walk").override("kinds.walker.emission", rule), steps=3, out=tmp_path / "plain")
    noted = result.manifest["data"]["kinds"]["walker"]["emission"]["rate"]
    assert noted == rates.tolist()


def test_the_default_folders_are_named_after_scenario_and_seed_and_never_shared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scenario = Scenario.load("random_walk")
    names = [run(scenario, seed=seed, steps=2).path.as_posix() for seed in (1, 1, 2)]
    assert names == ["runs/random_walk-1", "runs/random_walk-1-2", "runs/random_walk-2"]


def test_many_who_ask_for_a_fresh_folder_at_once_get_one_each(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: RunDirectory.fresh(tmp_path, "same").path, range(24)))
    assert len(set(found)) == 24


def test_two_runs_side_by_side_do_not_meet(tmp_path):
    command = [sys.executable, "-m", "vesicle_abm", "run", "random_walk", "--steps", str(STEPS), "--quiet"]
    both = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    folders = [process.communicate()[0].strip() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert set(folders) == {"runs/random_walk-0", "runs/random_walk-0-2"}
    digests = {json.loads((tmp_path / f / "manifest.json").read_text())["digest"] for f in folders}
    assert len(digests) == 1


def test_a_folder_in_which_a_run_goes_on_is_refused(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "particle_results", interrupted)
    with pytest.raises(RunStoppedError):
        walk(tmp_path / "done")
    monkeypatch.undo()
    request = (tmp_path / "done" / "run.json").read_text()
    holder = RunDirectory(tmp_path / "done")
    holder.lock()
    with pytest.raises(va.InputError, match="a run is going on in"):
        resume(tmp_path / "done")
    holder.unlock()
    assert resume(tmp_path / "done").manifest["status"] == "finished"
    assert (tmp_path / "done" / "run.json").read_text() == request


def test_a_folder_that_is_not_empty_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(va.InputError, match=r"--out: .* is not empty; choose another folder"):
        walk(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
    walk(tmp_path / "run")
    with pytest.raises(va.InputError, match=r"--out: .* holds a finished run; choose another folder"):
        walk(tmp_path / "run")
    (tmp_path / "run" / "manifest.json").unlink()
    with pytest.raises(va.InputError, match=r"holds a run; .* go on with it: vesicle-abm resume"):
        walk(tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(va.InputError, match=r"--out: .* is a file; a new or empty folder is allowed"):
        walk(tmp_path / "file")
    with pytest.raises(va.InputError, match=r"--out: .* cannot be written to: Not a directory"):
        walk(tmp_path / "file" / "below")
    with pytest.raises(va.InputError, match=r"--out: .* cannot be written to: File name too long"):
        walk(tmp_path / ("x" * 300))


@pytest.mark.skipif(os.geteuid() == 0, reason="a read-only folder does not stop root")
def test_a_read_only_folder_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(va.InputError, match=r"--out: .* cannot be written to: Permission denied"):
        walk(tmp_path / "run")


def test_bad_input_leaves_no_folder_behind(tmp_path):
    for options in ({"steps": 0}, {"seed": -1}, {"view": "fast"}, {"save_every": 0}, {"threads": 0}, {"steps": 2**24}):
        with pytest.raises(va.InputError):
            walk(tmp_path / "run", **options)
        assert not (tmp_path / "run").exists()
    unknown = Scenario.load("random_walk").override("kinds.walker.emission.nodes", [99])
    with pytest.raises(va.InputError, match=r"kinds\.walker\.emission\.nodes: no node 99"):
        run(unknown, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("good_writes", [0, 1, 2, 3, 6])
def test_a_full_disk_is_told_with_the_way_to_go_on(tmp_path, monkeypatch, good_writes):
    whole, left = os.fsync, good_writes

    def full(handle):
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(28, "No space left on device")
        whole(handle)

    monkeypatch.setattr(rundir.os, "fsync", full)
    with pytest.raises(RunStoppedError) as caught:
        walk(tmp_path / "full dir", seed=5, save_every=10)
    monkeypatch.undo()
    words = str(caught.value)
    assert "cannot write into" in words
    assert "No space left on device" in words
    if (tmp_path / "full dir" / "run.json").exists():
        assert f"vesicle-abm resume '{tmp_path}/full dir'" in words.splitlines()
        result = resume(tmp_path / "full dir")
    else:
        assert "may be started again with the same command" in words
        result = walk(tmp_path / "full dir", seed=5)
    assert result.manifest["digest"] == walk(tmp_path / "whole", seed=5).manifest["digest"]


def test_a_finished_run_is_left_as_it_is_by_resume(tmp_path):
    result = walk(tmp_path / "run")
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in result.path.rglob("*") if p.is_file()}
    again = resume(result.path)
    after = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in result.path.rglob("*") if p.is_file()}
    assert again == result
    assert before == after


def test_a_folder_without_a_run_cannot_be_resumed(tmp_path):
    with pytest.raises(va.InputError, match=r"holds no run \(no run\.json\); `vesicle-abm run` starts one"):
        resume(tmp_path)
    with pytest.raises(va.InputError, match="no folder"):
        resume(tmp_path / "nothing")


def broken(run_dir: Path, name: str, content: bytes) -> None:
    """An unfinished run with one file damaged."""
    (run_dir / "manifest.json").unlink(missing_ok=True)
    (run_dir / name).write_bytes(content)


def test_a_damaged_run_is_refused_whatever_is_damaged(tmp_path):
    path = walk(tmp_path / "run").path
    checkpoint, request = (path / "checkpoint.npz").read_bytes(), (path / "run.json").read_bytes()
    for content in (b"", b"PK", b"hello" * 100, checkpoint[:-200], checkpoint[: len(checkpoint) // 2]):
        broken(path, "checkpoint.npz", content)
        with pytest.raises(va.InputError, match=r"checkpoint: .*checkpoint\.npz"):
            resume(path)
    (path / "checkpoint.npz").unlink()
    with pytest.raises(va.InputError, match="checkpoint: no file"):
        resume(path)
    (path / "checkpoint.npz").write_bytes(checkpoint)
    for content in (b"", b"{", b"[]", b"{}", b"\xff\x00", b"null", request[:-20]):
        broken(path, "run.json", content)
        with pytest.raises(va.InputError, match=r"run directory: .*run\.json"):
            resume(path)


def test_every_flipped_byte_of_a_checkpoint_is_noticed_or_without_effect(tmp_path):
    path = walk(tmp_path / "run", steps=5).path
    digest = json.loads((path / "manifest.json").read_text())["digest"]
    whole = (path / "checkpoint.npz").read_bytes()
    rng = np.random.Generator(np.random.PCG64(7))
    for at in rng.integers(0, len(whole), 150).tolist():
        flipped = bytearray(whole)
        flipped[at] ^= 1 << int(rng.integers(8))
        (path / "checkpoint.npz").write_bytes(bytes(flipped))
        try:
            found = va.VesicleModel.load(path / "checkpoint.npz").state.digest()
        except va.InputError:
            continue
        assert found == digest
