"""What the scenario distal_reward says of itself, held by the run that its file describes."""

import numpy as np
import pytest

import vesicle_abm as va

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
