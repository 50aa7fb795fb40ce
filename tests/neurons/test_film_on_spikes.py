"""FiLM on spikes: a neuron fires as its membrane says; it sends, and learning sees, (1 + gamma) h + beta."""

import math

import numpy as np
import pytest

import vesicle_abm as va

DECAY = math.exp(-1.0 / 20.0)  # of a membrane in a step
GRAPH = va.NeuralGraph.from_edges([("a", "b", {"weight": 10.0})])


def filmed(scale: float, shift: float, **parts) -> va.VesicleModel:
    """a fires every eighth step; a vesicle docks there in every step. b only listens."""
    kind = va.Kind(
        emission=va.PulseEmission(every=1, nodes=["a"]),
        migration=va.WeightedMigration(layers=[]),
        docking=va.ConstantDocking(probability=1.0),
        release=va.FiLMRelease(scale=scale, shift=shift),
    )
    neurons = va.LIFNeurons(bias=np.array([50.0, 0.0]), threshold=np.array([-50.0, 1e3]))
    return va.VesicleModel(GRAPH, {"film": kind}, neurons=neurons, record_every=0, **parts)


@pytest.mark.parametrize("view", ["compiled", "particles"])
@pytest.mark.parametrize(("scale", "shift"), [(0.5, 0.0), (-1.0, 0.0), (0.0, 0.25), (1.0, -0.5)])
def test_what_is_sent_is_film_of_the_spike_and_the_membrane_knows_nothing_of_it(scale, shift, view):
    """v of a, 50 mV (1 - DECAY**n) above rest, is 15 mV first at n = 8. b gets 10 mV (1 - DECAY) of it a step later."""
    model, above, sent = filmed(scale, shift, view=view, record_spikes=True), 0.0, 0.0
    for step in range(1, 25):
        above, fires = above * DECAY + 10.0 * sent * (1.0 - DECAY), step % 8 == 0
        model.step()
        sent = (1.0 + scale) * fires + shift
        assert model.state.activation[0] == pytest.approx(sent, abs=1e-9)
        assert model.state.cells["v"][1] == pytest.approx(-65.0 + above, abs=1e-7)
    assert model.state.cells["fired"].tolist() == [3.0, 0.0]
    assert model.spikes.tolist() == [[8, 0], [16, 0], [24, 0]]  # and not what was sent


def test_timing_takes_a_filmed_spike_as_so_many_spikes():
    """b fires 2 steps after a spike of 1.5: its synapse gains 1.5 exp(-2 / 20), of which a's way takes one step."""
    correlation = va.STDPCorrelation(a_minus=0.0)
    rule = va.Plasticity(correlation=correlation, trace=va.ExponentialTrace(tau=1e12), modulation=va.Modulation())
    model = filmed(0.5, 0.0, plasticity=rule)
    for step in range(11):
        model.neuron("b").drive = 1e6 if step == 10 else 0.0
        model.step()
    assert model.state.kept["trace.sum"][0] == pytest.approx(1.5 * math.exp(-2.0 / 20.0), rel=1e-9)
