"""Spikes: recorded whole, across checkpoints, to disk; and as Neo's trains, which Elephant reads."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.experiments.reproduction import reproduce
from vesicle_abm.experiments.run import run

NEURONS = {"rule": "lif", "bias": 18.0, "noise": 20.0, "dt_ms": 0.5}
WORLD = {
    "question": "Who fires?",
    "expect": "All do.",
    "steps": 300,
    "record_spikes": True,
    "graph": {"populations": {"exc": {"size": 4}, "inh": {"size": 2}}},
    "kinds": {},
    "neurons": NEURONS,
}


def model(**parts):
    """Noisy neurons."""
    neurons = va.LIFNeurons(**{name: value for name, value in NEURONS.items() if name != "rule"})
    graph = nx.DiGraph([(0, 1, {"weight": 20.0}), (1, 2, {"weight": 20.0})])
    return va.VesicleModel(graph, {}, neurons=neurons, seed=2, **parts)


def test_every_spike_is_recorded_as_it_is():
    one, expected = model(record_spikes=True), []
    for _ in range(200):
        one.step()
        expected += [(one.time, node) for node in np.flatnonzero(one.state.activation)]
    assert one.spikes.tolist() == [list(pair) for pair in expected]
    assert np.bincount(one.spikes[:, 1]).tolist() == one.state.cells["fired"].tolist()
    other = model()
    other.run_for(200)
    assert one.state.digest() == other.state.digest()


def test_a_stretch_of_many_steps_hides_no_spike():
    """Without recording such a model takes many steps at one go."""
    scenario = va.Scenario.load("distal_reward")
    plain, recorded = scenario.build(), scenario.override("record_spikes", True).build()
    for made in (plain, recorded):
        made.run_for(150)
    assert plain.state.digest() == recorded.state.digest()
    counts = np.bincount(recorded.spikes[:, 1], minlength=recorded.graph.size)
    assert np.array_equal(counts, plain.state.cells["fired"])


def test_recorded_spikes_outlast_saving_and_copying(tmp_path):
    one = model(record_spikes=True)
    one.run_for(100)
    one.save(tmp_path / "model.npz")
    others = [one.copy(), va.VesicleModel.load(tmp_path / "model.npz")]
    one.run_for(100)
    for other in others:
        other.run_for(100)
        assert other.spikes.tobytes() == one.spikes.tobytes()


def test_spikes_of_what_does_not_spike_are_refused():
    with pytest.raises(va.InputError, match="needs neurons that spike"):
        va.VesicleModel(nx.path_graph(2), {}, neurons=va.HMNNeurons(), record_spikes=True)
    with pytest.raises(va.InputError, match="record_spikes = True"):
        model().spikes  # noqa: B018


def spikes_of(folder):
    """The table of a run."""
    import pandas as pd

    return pd.read_parquet(folder / "spikes.parquet").to_numpy()


def test_a_run_writes_its_spikes_also_where_it_was_killed_between_checkpoints(tmp_path, monkeypatch):
    from vesicle_abm.experiments.run import resume
    from vesicle_abm.experiments.rundir import RunDirectory

    scenario = va.Scenario(WORLD)
    whole = run(scenario, out=tmp_path / "whole").path
    checkpoint, saved = RunDirectory.checkpoint, []

    def dies(directory, made):
        if len(saved) == 3:
            raise MemoryError("killed")
        saved.append(made.time)
        checkpoint(directory, made)

    monkeypatch.setattr(RunDirectory, "checkpoint", dies)
    with pytest.raises(MemoryError):
        run(scenario, out=tmp_path / "killed", save_every=70)
    monkeypatch.undo()
    assert saved == [0, 70, 140]
    resumed = resume(tmp_path / "killed").path
    assert len(spikes_of(whole)) > 20
    assert spikes_of(resumed).tobytes() == spikes_of(whole).tobytes()
    assert not list(resumed.glob(".*.rows"))
    assert reproduce(resumed).equal


def test_neo_has_the_trains_of_a_run_with_units(tmp_path):
    pytest.importorskip("neo")
    folder = run(va.Scenario(WORLD), out=tmp_path / "run").path
    block = va.to_neo(folder)
    trains, spikes = block.segments[0].spiketrains, spikes_of(folder)
    assert [train.name for train in trains] == ["exc0", "exc1", "exc2", "exc3", "inh0", "inh1"]
    assert [train.annotations["population"] for train in trains] == ["exc"] * 4 + ["inh"] * 2
    for node, train in enumerate(trains):
        assert str(train.units.dimensionality) == "ms"
        assert train.t_stop.item() == 150.0
        assert train.magnitude.tolist() == (0.5 * spikes[spikes[:, 1] == node, 0]).tolist()


def test_elephant_finds_the_rate_and_the_regularity_of_a_train():
    """A constant current: intervals of 28 ms, so the rate is 1 / 28 ms, and CV 0."""
    pytest.importorskip("neo")
    statistics = pytest.importorskip("elephant.statistics")
    regular = va.VesicleModel(nx.path_graph(2), {}, neurons=va.LIFNeurons(bias=20.0), record_spikes=True)
    regular.run_for(280)
    (train, _) = va.to_neo(regular).segments[0].spiketrains
    assert statistics.mean_firing_rate(train).rescale("Hz").item() == pytest.approx(1000.0 / 28.0)
    assert statistics.cv(statistics.isi(train)) == 0.0


def test_what_has_no_spikes_cannot_become_trains(tmp_path):
    pytest.importorskip("neo")
    folder = run(va.Scenario(WORLD | {"record_spikes": False}), steps=2, out=tmp_path / "run").path
    with pytest.raises(va.InputError, match="record_spikes=true"):
        va.to_neo(folder)
