"""What a run in the density view writes of every scenario, and how far a closure is off. Seeds are stated."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from oracles import Z

import vesicle_abm as va
from vesicle_abm.cli import main
from vesicle_abm.experiments.ahead import expected_frames, expected_names, look_ahead
from vesicle_abm.experiments.columns import UNKNOWN, meaning
from vesicle_abm.experiments.rowfile import RowFile

STEPS = 6


@pytest.mark.parametrize("name", va.shipped_scenarios())
def test_a_look_ahead_at_a_shipped_scenario_tells_documented_columns_or_the_rule_in_the_way(name, tmp_path):
    model = va.Scenario.load(name).build()
    names = expected_names(model)
    rows = RowFile(tmp_path / "rows", len(names))
    try:
        ahead = look_ahead(model, STEPS, rows)
    except va.InputError as error:
        assert error.key.partition(".")[0] in ("kinds", "neurons")
        return
    finally:
        rows.close()
    (frame,) = expected_frames(rows, names, STEPS + 1)
    assert frame.index.tolist() == list(range(STEPS + 1))
    assert np.isfinite(frame.to_numpy()).all()
    assert all(meaning(column) != UNKNOWN for column in names)
    found = frame[[f"{kind}.alive" for kind in model.kinds]].iloc[-1]
    np.testing.assert_allclose(found, ahead.last.occupancy.sum(axis=1))
    assert set(ahead.metrics) >= set(model.world.task.metrics(model.state.task) if model.world.task else ())


def test_the_command_line_names_the_rule_and_ends_with_2(tmp_path, capsys):
    assert main(["run", "couriers", "--view", "density", "--out", str(tmp_path / "run")]) == 2
    assert "kinds.peptide.migration: gives each vesicle its own way" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_run_writes_levels_activation_and_what_the_task_says(tmp_path):
    from vesicle_abm.experiments.run import run

    result = run(va.Scenario.load("learn_by_error"), steps=40, view="density", out=tmp_path / "run")
    series, nodes = (pd.read_parquet(result.path / f"{name}.parquet") for name in ("series", "nodes"))
    assert {"error.alive", "error.level", "activation", "weight", "task.error"} <= set(series)
    assert {"error.occupancy", "error.level", "activation"} <= set(nodes)
    assert result.manifest["metrics"]["trials"] == 10
    assert "plasticity (activity, levels)" in result.manifest["warnings"][0]


def walkers(**rules) -> va.VesicleModel:
    """Births at every node of a cycle, and levels where they dock."""
    kind = va.Kind(
        emission=va.ConstantEmission(rate=0.5),
        docking=va.ConstantDocking(probability=0.2),
        release=va.ModulatorRelease(),
        **rules,
    )
    return va.VesicleModel(nx.cycle_graph(6), {"v": kind}, neurons=None)


def test_what_is_linear_is_within_the_standard_error():
    """Two numbers, 200 replicates, seeds 100 …"""
    found = va.field_error(walkers(lifetime=4), steps=10, replicates=200, seed=100)
    assert list(found.index) == ["v.alive", "v.level"]
    assert found["bias"].abs().max() < Z
    assert (found["relative"] < 0.05).all()


def test_a_closure_that_is_off_is_seen_to_be():
    """Activity is standard normal noise, and births wait for more than 1: P = 0.1587 a step, each of which docks; after
    t steps the level is t P, 5.5 P in the mean of ten. The mean activity, 0, is never above 1. 40 replicates, seed 0.
    """
    kind = va.Kind(
        emission=va.ThresholdEmission(threshold=1.0),
        docking=va.ConstantDocking(probability=1.0),
        release=va.ModulatorRelease(),
    )
    neurons = va.HMNNeurons(activation="identity", noise=1.0)
    found = va.field_error(va.VesicleModel(nx.empty_graph(50), {"v": kind}, neurons=neurons), steps=10, replicates=40)
    level = found.loc["v.level"]
    assert level["field"] == 0.0
    assert abs(level["replicates"] - 5.5 * 0.15866) < Z * level["standard_error"]
    assert level["bias"] < -10 * Z
    assert level["relative"] == 1.0


def test_the_model_is_left_as_it_is_and_both_begin_from_its_present_state():
    model = walkers(lifetime=3)
    model.run_for(20)
    before = model.state.digest()
    one = va.field_error(model, steps=1, replicates=400, seed=7)
    assert model.state.digest() == before
    assert abs(one.loc["v.alive", "bias"]) < Z
    assert one.loc["v.level", "field"] > 0.5  # of 20 steps before


@pytest.mark.parametrize(("key", "value"), [("steps", 0), ("replicates", 1), ("seed", -1), ("steps", 2.5)])
def test_numbers_that_are_none_are_refused(key, value):
    with pytest.raises(va.InputError, match=f"{key}: got {value}"):
        va.field_error(walkers(), **{"steps": 3, key: value})
