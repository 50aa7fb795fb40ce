"""A run held to its bits: every number is on its grid, and what the bits can hold is not changed."""

import numpy as np
import pytest
from mesh_worlds import learning

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.neuromorphic.code import NEAREST, ROUNDINGS, Code
from vesicle_abm.neuromorphic.emulation import emulate
from vesicle_abm.neuromorphic.mesh import Mesh
from vesicle_abm.neuromorphic.precision import Precision
from vesicle_abm.neuromorphic.profile import traces, weights


def on_grid(code: Code, values: np.ndarray) -> bool:
    """Whether all numbers are multiples of the step; half of float32's digits are left for its own rounding."""
    ratio = np.asarray(values, np.float64) / code.step
    return bool((np.abs(ratio - np.rint(ratio)) < 1e-3).all()) and bool(
        np.abs(ratio).max(initial=0.0) <= code.top + 1e-3
    )


@pytest.fixture(scope="module", params=ROUNDINGS)
def found(request):
    return emulate(learning(), bits=4, cores=5, rounding=request.param)


def test_every_number_is_a_multiple_of_its_step_at_the_end(found):
    model, codes = found.quantised, found.precision.codes
    assert set(codes) >= {"weight", "activation", "level.reward", "content.reward", *traces(model)}
    assert len(traces(model)) == 2
    assert on_grid(codes["weight"], weights(model))
    assert on_grid(codes["activation"], model.state.activation)
    assert on_grid(codes["activation"], model.state.history)
    assert on_grid(codes["level.reward"], model.state.modulator[:, 0])
    assert on_grid(codes["content.reward"], model.state.vesicles["reward"]["content"])
    for name in traces(model):
        assert on_grid(codes[name], model.state.kept[name])
    assert codes["weight"].bits == 4
    assert codes["trace.fast"].bits == 7
    assert not on_grid(codes["weight"], weights(found.plain))


def test_no_vesicle_lives_longer_than_its_bits_and_those_that_would_are_counted(found):
    """Exponential, mean 300: P(ttl > 255) = exp(-255 / 300), of all that were born."""
    model = found.quantised
    assert model.state.vesicles["reward"]["ttl"].max() <= 255
    assert found.plain.state.vesicles["reward"]["ttl"].max() > 255
    born, p = model.counts["born"], np.exp(-255 / 300)
    assert abs(found.precision.held["ttl.reward"] - born * p) < 4.5 * np.sqrt(born * p * (1 - p))


def test_what_rounding_to_the_nearest_leaves_behind_is_half_a_step_at_once():
    """Weights that do not learn: each is off by half a step at most, whatever the rounding of what learns."""
    scenario = va.Scenario.load("worm_wireless")
    found = emulate(scenario, steps=2, bits=6, cores=4)
    code = found.precision.codes["weight"]
    error = np.abs(weights(found.quantised) - weights(found.plain))
    assert error.max() <= code.step / 2 * (1 + 1e-9)
    assert error.max() > code.step / 4


def test_rounding_by_chance_follows_small_changes_that_rounding_to_the_nearest_forgets():
    """Each change is far below half a step of 4 bits, so to the nearest is back to where the weight began."""
    for rounding in ROUNDINGS:
        found = emulate(learning(), bits=4, cores=5, rounding=rounding)
        code = found.precision.codes["weight"]
        start = code.values(code.codes(found.scenario.build(seed=found.seed).state.weight))
        change = found.quantised.state.weight - start
        expected = weights(found.plain).mean() - 0.5
        assert expected > code.step
        if rounding == NEAREST:
            assert not change.any()
        else:
            assert abs(change.mean() - expected) < expected / 2


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_both_views_have_the_same_bits_when_held_to_codes(rounding):
    found = emulate(learning(), steps=10, bits=8, cores=5, rounding=rounding)
    digests = set()
    for view in ("particles", "compiled"):
        model = learning().build(seed=found.seed, view=view)
        precision = Precision(model, found.precision.codes, found.mesh, rounding)
        for _ in range(10):
            for stage in va.STAGES:
                model.run_stage(stage)
                precision.after(stage)
        digests.add(model.state.digest())
    assert len(digests) == 1


def test_sixteen_bits_keep_close_to_the_run_as_it_is_and_four_do_not():
    """The synapses' weights at the end, root mean square of the difference."""
    errors = {}
    for bits in (16, 4):
        found = emulate(learning(), bits=bits, cores=5)
        errors[bits] = np.sqrt(np.mean((weights(found.quantised) - weights(found.plain)) ** 2))
    assert errors[16] < errors[4] / 4


def test_what_packets_bring_is_what_was_sent():
    """Carrying vesicles through packets changes none of their bits: the cores may be one or many."""
    one, many = (emulate(learning(), cores=cores, rounding=NEAREST) for cores in (1, 10))
    assert one.quantised.state.digest() == many.quantised.state.digest()
    assert one.tally.packets.sum() == 0 < many.tally.packets.sum()


@pytest.mark.parametrize(
    ("given", "words"),
    [({"bits": 5}, "bits: got 5; Allowed: 16, 8, 6, 4, 2"), ({"rounding": "near"}, "did you mean 'nearest'")],
)
def test_bits_and_roundings_that_there_are_not_are_refused(given, words):
    with pytest.raises(InputError, match=words):
        emulate(learning(), **given)


def test_spikes_are_sent_as_they_are():
    """relu of a bias of 1, without noise: 1 always, which is a spike; no code is needed for it."""
    scenario = learning(neurons={"activation": "relu", "bias": 1.0, "weight_scale": 0.0}, plasticity=None)
    found = emulate(scenario, steps=5, cores=10)
    assert found.sender.spiking
    assert "activation" not in found.precision.codes
    ticks = found.tally.per_tick()
    assert ticks["spike"].tolist() == [20] * 5  # each neuron of the ring has synapses in two other cores
    assert Mesh().spike_flits * 100 == found.tally.flits[0]
