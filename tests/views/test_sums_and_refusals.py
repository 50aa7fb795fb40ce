"""Sums too large to be exact, contents too large to be stored, and refusals that once left something behind."""

import multiprocessing
import os

import networkx as nx
import numpy as np
import pytest
from oracles import isolated

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

DOCK = va.ConstantDocking(probability=1.0)
HUGE = 2.0**20


def one_step(view="compiled", graph=None, **rules):
    model = va.VesicleModel(isolated(1) if graph is None else graph, {"a": va.Kind(**rules)}, view=view, seed=1)
    model.step()
    return model


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("release", [va.ModulatorRelease(amount=HUGE), va.GainRelease(amount=-HUGE)])
def test_a_sum_beyond_what_64_bits_hold_exactly_is_refused(view, release):
    """2047 of the largest amounts fit, 2**31 - 2**20; 3000 would wrap around."""
    rules = {"docking": DOCK, "release": release}
    fits = one_step(view, emission=va.PulseEmission(count=2047), **rules)
    total = fits.state.modulator[0, 0] if isinstance(release, va.ModulatorRelease) else 1.0 - fits.state.gain[0]
    assert total == 2047 * HUGE
    with pytest.raises(va.InputError, match=r"kinds.a.release: adds up to more than 2.14644e\+09 at node 0; smaller"):
        one_step(view, emission=va.PulseEmission(count=3000), **rules)


def test_so_is_a_trail_and_what_a_verb_gives():
    pair = va.NeuralGraph.from_edges([("x", "y")])
    with pytest.raises(va.InputError, match=r"kinds.a.trail: adds up to more than .* at edge \('x', 'y', 0\)"):
        one_step(graph=pair, emission=va.PulseEmission(count=3000), trail=va.ConstantTrail(amount=HUGE))
    model = va.VesicleModel(isolated(1), {"a": va.Kind()}, seed=1)
    vesicle = va.Vesicle(model, kind="a")
    with model.stage("release"), pytest.raises(va.InputError, match="give: adds up to more than"):
        for _ in range(3000):
            vesicle.give(HUGE)


@pytest.mark.parametrize("view", VIEWS)
def test_writes_to_memory_that_add_up_to_too_much_are_refused_and_change_nothing(view):
    rules = {"emission": va.PulseEmission(count=5000), "docking": DOCK, "content_width": 1, "content": [20000.0]}
    kind = va.Kind(release=va.MemoryRelease(), **rules)
    model = va.VesicleModel(isolated(1), {"a": kind}, memory=va.Memory(width=1), view=view, seed=1)
    with pytest.raises(va.InputError, match=r"kinds.a.release: adds up to more than"):
        model.step()
    assert not model.state.memory.any()


@pytest.mark.parametrize(
    "rules",
    [
        {"content": [1e39]},
        {"content": va.GaussianContent(mean=[0.0], deviation=[1e38])},
        {"turn": va.ConstantTurn(into="b", value=[1e300]), "docking": DOCK},
    ],
)
def test_a_content_that_32_bits_cannot_hold_is_refused(rules):
    kinds = {"a": va.Kind(emission=va.PulseEmission(count=1), content_width=1, **rules), "b": va.Kind(content_width=1)}
    model = va.VesicleModel(isolated(1), kinds, seed=1)
    with pytest.raises(va.InputError, match=r"kinds.a.(content|turn): .*a finite number from .* is allowed"):
        model.step()


def test_weights_that_32_bits_cannot_hold_are_refused():
    kind = va.Kind(emission=va.PulseEmission(count=1), docking=DOCK, release=va.ScaleRelease(amount=100.0))
    rule = va.Plasticity(precision="float32")
    graph = va.NeuralGraph.from_edges([(0, 1), (1, 0)])
    model = va.VesicleModel(graph, {"a": kind}, neurons=va.HMNNeurons(), plasticity=rule, seed=1)
    with pytest.raises(va.InputError, match=r"kinds.a.release: makes weights too large for float32"):
        model.step()
    assert model.state.weight.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("view", VIEWS)
def test_refused_births_leave_no_trace_in_what_caps_have_suppressed(view):
    kinds = {"a": va.Kind(emission=va.ConstantEmission(rate=50.0), cap=3)}
    kinds["b"] = va.Kind(emission=va.PulseEmission(count=16384, every=1))
    model = va.VesicleModel(isolated(1), kinds, view=view, seed=1)
    model.place("b", 0, 1)  # one more than the ids of a step can hold
    before = model.state.digest()
    with pytest.raises(va.InputError, match="at most 16384 fit"):
        model.run_stage("emit")
    assert model.state.digest() == before
    assert model.warnings == []


class RefusesHalfway(va.Vesicle):
    """Moves, then cannot go on."""

    def migrate(self):
        super().migrate()
        if self.model.time == 2:
            raise va.InputError("enough", "migrate")


@pytest.mark.parametrize("view", VIEWS)
def test_a_verb_of_ones_own_that_refuses_leaves_nobody_moved(view):
    kind = va.Kind(emission=va.PulseEmission(count=5), agent=RefusesHalfway)
    model = va.VesicleModel(nx.cycle_graph(6), {"a": kind}, view=view, seed=1)
    model.run_for(2)
    model.run_stage("sense")
    before = model.state.digest()
    with pytest.raises(va.InputError, match="enough"):
        model.run_stage("migrate")
    assert model.state.digest() == before


def test_a_stage_by_hand_that_is_left_halfway_leaves_nobody_moved():
    model = va.VesicleModel(nx.cycle_graph(6), {"a": va.Kind()}, seed=1)
    model.place("a", 0, 5)
    before = model.state.digest()
    with pytest.raises(ZeroDivisionError), model.stage("migrate"):
        model.vesicles.do("migrate")
        raise ZeroDivisionError
    assert model.state.digest() == before


def test_a_release_by_hand_that_is_refused_takes_nothing_and_leaves_nothing_to_come():
    kind = va.Kind(release=va.ScaleRelease(amount=800.0), releases=5)
    graph = va.NeuralGraph.from_edges([(0, 1), (1, 0)])
    model = va.VesicleModel(graph, {"a": kind}, neurons=va.HMNNeurons(), seed=1)
    vesicle = va.Vesicle(model, kind="a")
    vesicle.docked = True
    with pytest.raises(va.InputError, match=r"kinds.a.release"):
        vesicle.release()
    assert vesicle.releases_left == 5
    vesicle.remove()
    model.step()
    assert model.state.weight.tolist() == [1.0, 1.0]


def test_a_model_that_cannot_be_saved_leaves_an_older_file_as_it_is_and_numbers_of_numpy_can(tmp_path):
    path = tmp_path / "model.npz"
    emission = va.PulseEmission(count=1, nodes=list(np.flatnonzero([1, 0, 1])))
    model = va.VesicleModel(isolated(3), {"a": va.Kind(emission=emission)}, seed=1)
    model.save(path)
    size = path.stat().st_size
    assert va.VesicleModel.load(path).state.digest() == model.state.digest()
    model.graph.node_data["odd"] = [object()] * 3
    with pytest.raises(va.InputError, match="cannot be saved"):
        model.save(path)
    assert path.stat().st_size == size


@pytest.mark.parametrize("name", [1, None, "", "b\0c"])
def test_a_name_that_no_file_can_hold_is_refused(name):
    with pytest.raises(va.InputError, match="as a kind's name; text is allowed"):
        va.VesicleModel(isolated(1), {name: va.Kind()})


def test_activity_that_drives_itself_up_is_refused_by_the_neurons_name():
    graph = va.NeuralGraph.from_edges([("x", "x", {"weight": 1e200})])
    model = va.VesicleModel(graph, {}, neurons=va.HMNNeurons(activation="identity", bias=1e200), seed=1)
    with pytest.raises(va.InputError, match="neurons: the activation of 'x' is inf in step"):
        model.run_for(5)


def test_one_does_not_look_ahead_in_the_midst_of_a_step():
    model = va.VesicleModel(isolated(1), {"a": va.Kind(emission=va.ConstantEmission(rate=9.0))}, seed=1)
    for stage in ("sense", "activate", "emit"):
        model.run_stage(stage)
    with pytest.raises(va.InputError, match="in the midst of a step"):
        va.density(model, 1)


def stepped(model):
    model.step()
    os._exit(0 if model.time == 3 else 1)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_steps_with_threads_of_its_own():
    kind = va.Kind(emission=va.PulseEmission(count=10_000))
    model = va.VesicleModel(nx.cycle_graph(8), {"a": kind}, threads=2, seed=1)
    model.run_for(2)
    child = multiprocessing.get_context("fork").Process(target=stepped, args=(model,))
    child.start()
    child.join(60)
    hangs = child.is_alive()
    child.kill()
    assert not hangs and child.exitcode == 0
