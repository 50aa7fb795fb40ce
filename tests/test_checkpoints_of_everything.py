"""A file holds all that a step leaves: memory, trails, changes, estimates, tallies, what vesicles have of their own."""

import json
import tempfile
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from learning_strategies import learners
from strategies import modest, worlds

import vesicle_abm as va
from vesicle_abm.core import state as state_file

SINCE = ("memory", "estimators")  # header entries that files of format 2 at first did not have
KIND_SINCE = ("releases", "spend", "remembers", "cap")


def everything(view: str = "compiled") -> va.VesicleModel:
    """One model that has all of it."""
    graph = nx.gnp_random_graph(6, 0.45, seed=3, directed=True)
    for number, (_, _, data) in enumerate(graph.edges(data=True)):
        data["delay"] = number % 2
    ways = {"trail": va.ConstantTrail(tau=8.0), "migration": va.TrailMigration(offset=1.0)}
    docks = {"docking": va.ConstantDocking(probability=0.6), "content_width": 2, "absorb": 0.1}
    kinds = {
        "first": va.Kind(
            emission=va.SignalEmission(signal="novelty", base=0.5),
            turn=va.ConstantTurn(into="second", probability=0.3),
            release=[va.MemoryRelease(gate=0.5), va.BiasRelease(amount=0.1, recovery=5.0), va.RateRelease(amount=0.2)],
            content=va.ActivityContent(deviation=0.4), remembers=2, spend=0.5, releases=4, **ways, **docks,
        ),
        "second": va.Kind(
            emission=va.CascadeEmission(of=["first"], ratio=0.8), cap=9, lifetime=va.GeometricLifetime(mean=6.0),
            migration=va.SelfAvoidingMigration(stay=0.2), remembers=1, trail=va.ConstantTrail(onto="first"),
            release=[va.ScaleRelease(amount=-0.1, recovery=4.0), va.AdditiveRelease(amount=0.01), va.ReadRelease()],
            turn=va.RecallTurn(into="first", probability=0.2), **docks,
        ),
    }  # fmt: skip
    return va.VesicleModel(
        graph,
        kinds,
        neurons=va.HMNNeurons(activation="tanh", bias=0.3, noise=0.3),
        plasticity=va.Plasticity(modulation=va.Modulation(eta_local=0.02)),
        memory=va.Memory(width=2, slots=2, tau=20.0),
        estimators={
            "novelty": va.Novelty(rate=0.2),
            "doubt": va.Uncertainty(),
            "error": va.RewardPredictionError(reward="doubt"),
        },
        seed=6,
        view=view,
    )


def reloaded(model: va.VesicleModel, signals: dict | None = None) -> va.VesicleModel:
    """The model from its file; signals from outside are given anew."""
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.npz")
        loaded = va.VesicleModel.load(Path(folder) / "model.npz")
    loaded.signals.update(signals or {})
    return loaded


def test_all_of_it_is_in_use_and_survives_to_the_bit():
    model = everything()
    model.run_for(25)
    state, loaded = model.state, reloaded(model)
    used = {
        "memory": state.memory, **{f"trail of {name}": trail for name, trail in state.trails.items()},
        **{f"change {name}": change for name, change in state.changes.items()},
        **{f"estimate {name}": value for name, value in state.estimates.items()},
        **{f"tally {name}": tally for name, tally in state.tallies.items()},
    }  # fmt: skip
    idle = {name for name, array in used.items() if not np.any(array)}
    assert idle == set()
    first, second = state.vesicles["first"], state.vesicles["second"]
    assert (first["remembered"] >= 0).any() and (first["payload"] < 1.0).any() and (first["left"] < 4).any()
    assert (first["edge"] >= 0).any() and (second["remembered"] >= 0).any()
    before, after = state.arrays(), loaded.state.arrays()
    assert before.keys() == after.keys()
    for name, array in before.items():
        assert array.dtype == after[name].dtype and array.tobytes() == after[name].tobytes(), name
    assert loaded.counts_by_kind == model.counts_by_kind
    assert (loaded.warnings, loaded.metrics) == (model.warnings, model.metrics) and model.warnings
    assert loaded.record.equals(model.record)
    for name in ("remembered", "payload", "releases_left"):
        pairs = zip(loaded.vesicles.get(name), model.vesicles.get(name), strict=True)
        assert all(np.array_equal(ours, theirs) for ours, theirs in pairs)


@pytest.mark.parametrize("view", ["particles", "compiled"])
def test_it_goes_on_from_a_file_as_if_uninterrupted(view):
    model, reference = everything(view), everything()
    for steps in (7, 1, 8):
        model.run_for(steps)
        reference.run_for(steps)
        model = reloaded(model)
        assert model.view == view
    model.run_for(4)
    reference.run_for(4)
    assert model.state.digest() == reference.state.digest()
    assert model.record.equals(reference.record)


@modest(40)
@given(recipe=st.one_of(worlds(), worlds(), learners()), at=st.integers(0, 9))
def test_a_model_saved_between_any_two_stages_goes_on_with_the_next(recipe, at):
    """In the third of four steps, after its stage number ``at``."""
    model, reference = recipe.build(), recipe.build()
    reference.run_for(4)
    model.run_for(2)
    for number, stage in enumerate(va.STAGES):
        model.run_stage(stage)
        if number == at:
            model = reloaded(model, recipe.signals)
    model.step()
    assert model.state.digest() == reference.state.digest()


@modest(20)
@given(recipe=worlds())
def test_a_copy_of_a_state_shares_nothing_with_it(recipe):
    model = recipe.build()
    model.run_for(2)
    copied, digest = model.state.copy(), model.state.digest()
    model.run_for(2)
    assert copied.digest() == digest


# Files written before there was any of this


def plain() -> va.VesicleModel:
    """A model of what there was then."""
    kinds = {
        "a": va.Kind(
            emission=va.ConstantEmission(rate=1.0), docking=va.ConstantDocking(probability=0.5), content_width=2,
            release=[va.ModulatorRelease(), va.GainRelease()], absorb=0.5, clearance=3.0, lifetime=9,
        ),
        "b": va.Kind(emission=va.ActivityEmission(), delivery="broadcast", release=va.ModulatorRelease(level="a")),
    }  # fmt: skip
    neurons = va.HMNNeurons(activation="tanh", noise=0.3)
    graph = nx.gnp_random_graph(6, 0.4, seed=1, directed=True)
    return va.VesicleModel(graph, kinds, neurons=neurons, plasticity=va.Plasticity(), seed=3)


def write_as_then(model: va.VesicleModel, path: Path) -> None:
    """The file that the first version of format 2 wrote: without the newer entries of the header."""
    model.save(path)
    with np.load(path) as file:
        members = {name: file[name] for name in file.files}
    header = json.loads(members.pop("header").tobytes())
    header = {name: value for name, value in header.items() if name not in SINCE}
    for kind in header["kinds"].values():
        for name in KIND_SINCE:
            del kind[name]
    np.savez(path, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **members)


def test_an_older_file_has_no_array_that_is_new(tmp_path):
    write_as_then(plain(), tmp_path / "old.npz")
    state, header, _ = state_file.load(tmp_path / "old.npz")
    new = ("memory", "changes", "trails", "estimates", "tallies")
    assert not [name for name in header["members"] if name.removeprefix("state/").split("/")[0] in new]
    assert not set(SINCE) & set(header) and state.memory is None
    assert {name for columns in state.vesicles.values() for name in columns.layout} == {
        *("id", "node", "ttl", "status", "content")
    }


def test_an_older_file_is_loaded_and_goes_on_with_the_same_bits(tmp_path):
    model = plain()
    model.run_for(4)
    write_as_then(model, tmp_path / "old.npz")
    loaded = va.VesicleModel.load(tmp_path / "old.npz")
    kind = loaded.world.kinds["a"]
    assert (kind.releases, kind.spend, kind.remembers, kind.cap, kind.turn, kind.trail) == (
        None,
        None,
        0,
        None,
        None,
        None,
    )
    assert loaded.world.memory is None and loaded.world.estimators == {}
    for each in (model, loaded):
        each.run_for(4)
    assert loaded.state.digest() == model.state.digest()
    assert loaded.record.equals(model.record)
    assert reloaded(loaded).state.digest() == model.state.digest()


def test_a_class_that_a_turn_trail_or_estimator_needs_is_named_if_it_was_not_imported(tmp_path, monkeypatch):
    class Odd(va.Turn, name="odd_turn_in_checkpoints"):
        def probability(self, vesicles, nodes, xp):
            return 0.5

        def content(self, vesicles, nodes, xp):
            return vesicles.content

    model = va.VesicleModel(nx.path_graph(2), {"v": va.Kind(turn=Odd(into="v"))}, seed=1)
    model.save(tmp_path / "a.npz")
    monkeypatch.delitem(va.Turn.known, "odd_turn_in_checkpoints")
    with pytest.raises(va.InputError, match="no turn rule 'odd_turn_in_checkpoints' is known; import it first"):
        va.VesicleModel.load(tmp_path / "a.npz")
