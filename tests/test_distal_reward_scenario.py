"""What the scenario distal_reward says of itself, held by the run that its file describes; its script."""

import importlib.util

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.places import shipped

STEPS = 1_000_000


@pytest.mark.slow
def test_the_rewarded_synapse_reaches_the_cap_and_few_others_do():
    model = va.Scenario.load("distal_reward").build(threads=1)
    model.run_for(STEPS)
    assert model.time == va.Scenario.load("distal_reward").steps
    metrics, weight = model.metrics, model.state.weight[model.graph.in_layers(["excitatory"])]
    assert metrics["target_capped_at_s"] == 898.0
    assert metrics["fraction_capped"] < 0.01
    assert np.mean(weight < metrics["target_weight_final"]) > 0.99
    assert 1.19 < metrics["mean_rate_hz"] < 1.31


def test_the_script_tells_each_regime_apart_and_how_often_the_cap_was_reached(tmp_path, capsys, monkeypatch):
    """A second of two regimes on two networks, in which no reward can come; then as if some had reached the cap."""
    spec = importlib.util.spec_from_file_location("distal_reward", shipped("scenarios") / "distal_reward.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    given = ["--seconds", "1", "--graphs", "2", "--regimes", "broadcast", "local", "--jobs", "1"]
    script.main(["--out", str(tmp_path), *given])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines[-2:]] == [["broadcast", "2", "0"], ["local", "2", "0"]]
    assert (tmp_path / "distal_reward.png").stat().st_size > 10_000
    done = va.Study.open(tmp_path / "study").frame()
    done["metric.target_capped_at_s"] = [1.0, float("nan"), 1.0, 1.0]
    monkeypatch.setattr(va.Study, "frame", lambda study: done.copy())
    told = script.told(va.Study.open(tmp_path / "study"))
    assert told["capped"].to_dict() == {"broadcast": 2, "local": 1}
    assert (told["networks"] == 2).all() and told["rate_hz"].between(0.5, 3.0).all()
