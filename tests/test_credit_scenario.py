"""Scenario credit_by_vesicles: what it says one should see; and the script beside it."""

import importlib.util
import json
from functools import cache

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.places import shipped

TRAINING, TESTED, PASSES = 300, 397, 3
RIGHT = 0.025  # standard error of an accuracy of 0.9, of 150 images and more


def changed(**settings) -> va.Scenario:
    found = va.Scenario.load("credit_by_vesicles")
    for key, value in {"record_every": 500, **settings}.items():
        found = found.override(key.replace("__", "."), value)
    return found


@cache
def shortened() -> va.VesicleModel:
    """Some of the digits, three times over."""
    model = changed(task__training=TRAINING).build()
    model.run_for(PASSES * model.world.task.steps(model.graph))
    return model


def test_a_few_hundred_digits_are_learned_as_by_back_propagation_and_not_by_the_readout_alone():
    metrics = shortened().metrics
    assert metrics["passes"] == PASSES
    assert metrics["accuracy"] == pytest.approx(metrics["accuracy_backprop"], abs=2 * RIGHT)
    assert metrics["accuracy"] > metrics["accuracy_readout_only"] + 4 * RIGHT


def test_the_first_sample_bears_183_vesicles_and_they_become_few():
    model = changed().build()
    model.run_for(5)
    assert model.counts["born"] == 183
    assert shortened().metrics["vesicles_per_sample"] < 150


def test_vesicles_never_go_below_the_hidden_layer():
    model = shortened()
    docked = model.state.docked[0]
    assert docked[64:88].sum() == docked.sum() == model.counts["absorbed"]
    assert model.counts["expired"] == model.counts["cleared"] == 0


def test_without_vesicles_the_readout_learns_alone():
    model = changed(task__training=40, task__tested=20, kinds__error__emission__scale=0.0).build()
    first = model.state.weight.copy()
    model.run_for(model.world.task.steps(model.graph))
    alone = model.state.task["readout_only"]
    assert model.counts["born"] == 0
    assert model.state.weight == pytest.approx(alone, abs=1e-12)
    assert (model.state.weight[:1536] == first[:1536]).all()


@pytest.mark.slow
def test_the_whole_run_comes_to_the_accuracies_that_it_tells():
    scenario = changed()
    model = scenario.build()
    model.run_for(scenario.steps)
    metrics = {name: round(value, 3) for name, value in model.metrics.items()}
    assert metrics["accuracy"] == 0.967
    assert metrics["accuracy_backprop"] == 0.975
    assert metrics["accuracy_feedback_alignment"] == 0.955
    assert metrics["accuracy_readout_only"] == 0.834
    assert metrics["vesicles_per_sample"] == 29.287
    assert metrics["passes"] == 8


@cache
def script():
    pytest.importorskip("torch")
    spec = importlib.util.spec_from_file_location("credit_by_vesicles", shipped("scenarios") / "credit_by_vesicles.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_compares_and_goes_on_where_it_was_stopped(tmp_path, capsys):
    arguments = ["--out", str(tmp_path), "--passes", "1", "--training", "60", "--errors", "100"]
    assert script().main([*arguments, "--seeds", "1"]) == 0
    first = (tmp_path / "results.jsonl").read_text()
    assert script().main([*arguments, "--seeds", "2"]) == 0
    rows = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert (tmp_path / "results.jsonl").read_text().startswith(first)
    assert [row["seed"] for row in rows] == [1, 2]
    for row in rows:
        assert row["torch"] == pytest.approx(row["backprop"], abs=1e-12)
    told = capsys.readouterr().out
    assert "vesicles, m = 100: " in told
    assert "readout alone: " in told
    found = json.loads((tmp_path / "summary.json").read_text())
    assert found[0]["accuracy"] == pytest.approx(100 * np.mean([row["vesicles"][-1] for row in rows]))
    assert (tmp_path / "accuracy.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["--passes", "2"], "passes 1, not 2"),
        (["--passes", "1", "--hidden", "9"], "sizes [64, 24, 10], not [64, 9, 10]"),
        (["--passes", "1", "--training", "30"], "training None, not 30"),
        (["--passes", "1", "--mnist", "mnist.tgz"], "data digits, not mnist.tgz"),
    ],
)
def test_the_script_refuses_a_folder_of_other_settings(tmp_path, capsys, settings, words):
    row = {"settings": {**script().DIGITS, "passes": 1, "training": None, "data": "digits"}}
    (tmp_path / "results.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(SystemExit):
        script().main(["--out", str(tmp_path), *settings])
    told = capsys.readouterr().err
    assert "holds results of other settings: " in told
    assert words in told


def test_the_script_refuses_results_of_unknown_settings(tmp_path, capsys):
    (tmp_path / "results.jsonl").write_text(json.dumps({"errors": 5.0, "seed": 1}) + "\n")
    with pytest.raises(SystemExit):
        script().main(["--out", str(tmp_path)])
    assert "passes unknown, not 10" in capsys.readouterr().err


def test_a_row_that_a_kill_has_cut_off_is_left_out_and_written_anew(tmp_path):
    results, row = tmp_path / "results.jsonl", {"errors": 5.0, "seed": 1, "settings": {"passes": 1}}
    whole = json.dumps(row) + "\n"
    for behind in ("", whole[:20], whole[:-1]):
        results.write_text(whole + behind)
        assert script().kept_rows(results, {"passes": 1}) == [row]
        assert results.read_text() == whole


@pytest.mark.parametrize("line", ["{", "5", "[5]"])
def test_a_damaged_row_is_named_with_its_line(tmp_path, capsys, line):
    (tmp_path / "results.jsonl").write_text(f"{line}\n")
    with pytest.raises(SystemExit):
        script().main(["--out", str(tmp_path)])
    assert "line 1 of " in capsys.readouterr().err


@pytest.mark.parametrize("out", ["file", "file/inside"])
def test_the_script_refuses_a_file_in_place_of_a_folder(tmp_path, capsys, out):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit):
        script().main(["--out", str(tmp_path / out)])
    assert f"{str(tmp_path / out)!r}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["--passes", "0"], "argument --passes: got '0'; a whole number >= 1"),
        (["--passes", "-1"], "argument --passes: "),
        (["--hidden", "0"], "argument --hidden: got '0'"),
        (["--seeds", "0"], "argument --seeds: got '0'"),
        (["--errors", "0"], "errors: got 0.0; a finite number > 0"),
        (["--mnist", "nowhere.tgz"], "data: got 'nowhere.tgz'"),
        (["--training", "1401"], "training: got 1401; there are 1400"),
    ],
)
def test_the_script_refuses_what_it_cannot_run(tmp_path, capsys, settings, words):
    with pytest.raises(SystemExit):
        script().main(["--out", str(tmp_path / "new"), *settings])
    assert words in capsys.readouterr().err
