"""Every rule of a vesicle's life and every part of learning, in random worlds whose neurons spike: one digest."""

import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from learning_strategies import learners
from strategies import Recipe, modest, worlds

import vesicle_abm as va
from vesicle_abm.views import compiled

STEPS = 6
SPIKING = [
    va.LIFNeurons(bias=18.0, jitter=400.0, weight_scale=20.0),
    va.LIFNeurons(synapse="conductance", bias=15.0, noise=100.0, refractory_ms=2.0, gain_recovery=2.0),
    va.LIFNeurons(synapse="current", integration="euler", bias=150.0, weight_scale=20.0),
    va.IzhikevichNeurons(bias=60.0, jitter=60.0, weight_scale=10.0),
    va.IzhikevichNeurons(synapse="conductance", bias=80.0, weight_scale=0.02, gain_recovery=3.0),
]


@pytest.fixture(autouse=True)
def everything_is_split(monkeypatch):
    monkeypatch.setattr(compiled, "SYNAPSES_A_BLOCK", 2)
    monkeypatch.setattr("vesicle_abm.views.threads.ROWS_PER_THREAD", 1)


def spiking(recipes: st.SearchStrategy) -> st.SearchStrategy:
    """These recipes with neurons that spike."""
    return st.tuples(recipes, st.sampled_from(SPIKING)).map(lambda both: dataclasses.replace(both[0], neurons=both[1]))


def after(model: va.VesicleModel, steps: int = STEPS) -> str:
    model.run_for(steps)
    return model.state.digest()


@modest(24)
@given(recipe=spiking(worlds() | learners()), order=st.integers(0, 2**32), at=st.integers(0, STEPS - 1))
def test_views_orders_threads_and_files_give_one_digest(recipe: Recipe, order: int, at: int):
    model = recipe.build("particles", order=order)
    wanted = after(model)
    assert np.isfinite(model.state.cells["v"]).all()
    assert after(recipe.build(threads=2)) == wanted
    begun = recipe.build()
    begun.run_for(at)
    with tempfile.TemporaryDirectory() as folder:
        begun.save(Path(folder) / "model.npz")
        loaded = va.VesicleModel.load(Path(folder) / "model.npz")
    loaded.signals.update(recipe.signals)
    assert after(loaded, STEPS - at) == wanted


@pytest.mark.parametrize("number", range(len(SPIKING)))
def test_these_neurons_fire_by_themselves_and_not_always(number):
    model = va.VesicleModel(va.cortex(16, 4, synapses=3), {}, neurons=SPIKING[number], record_every=0)
    model.run_for(STEPS)
    assert 0.02 < model.state.cells["fired"].sum() / (STEPS * model.graph.size) < 0.7
