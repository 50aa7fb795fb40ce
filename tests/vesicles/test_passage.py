"""Passages: what edges make of what vesicles carry, and the migration by synaptic weights that goes with them. Seed 71.

A statistical check states its standard error; Z bounds its z-score.
"""

import numpy as np
import pytest
from hypothesis import given
from oracles import Z
from strategies import SEEDS, graphs, modest

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

SEED = 71
WALKERS = 4_000
FAN = [("a", "z", 1.0, 1), ("b", "z", 0.5, -1), ("c", "z", 2.5, -1), ("a", "y", 4.0, 1)]  # source, target, |w|, sign


class Doubling(va.Passage, name="doubling_in_tests"):
    """Twice as much behind each edge."""

    def factor(self, graph, nodes, xp):
        return 2.0


class Endless(va.Passage, name="endless_in_tests"):
    """More than a content can hold."""

    def factor(self, graph, nodes, xp):
        return 1e30


def fan(delay: int = 0) -> va.NeuralGraph:
    """Three neurons before z, and a weight that leads elsewhere."""
    return va.NeuralGraph.from_edges([(a, b, {"weight": w, "sign": s, "delay": delay}) for a, b, w, s in FAN])


def model_of(graph, view="compiled", **rules) -> va.VesicleModel:
    """One kind that goes backward by synaptic weight."""
    about = {
        "emission": va.PulseEmission(count=WALKERS if view == "compiled" else 40, nodes=["z"]),
        "migration": va.SynapticMigration(direction="backward"),
        "passage": va.SynapticPassage(),
        "content_width": 1,
    }
    return va.VesicleModel(graph, {"v": va.Kind(**about | rules)}, neurons=va.HMNNeurons(), seed=SEED, view=view)


@pytest.mark.parametrize("view", VIEWS)
def test_a_vesicle_carries_the_sign_of_its_edge_and_the_sum_of_all_sizes(view):
    """Into z come 1, -0.5 and -2.5: 4 in size. a -> y is no way out of z."""
    model = model_of(fan(), view)
    model.step()
    columns = model.state.vesicles["v"]
    carried = {model.graph.nodes[n]: c for n, c in zip(columns["node"], columns["content"][:, 0], strict=True)}
    assert carried == {"a": 4.0, "b": -4.0, "c": -4.0}


def test_what_arrives_is_the_weight_in_the_mean():
    """n walkers from z bring n w_i to i; how many go there is binomial, so SE = 4 sqrt(n p (1 - p)); seed 71."""
    model = model_of(fan())
    model.step()
    columns = model.state.vesicles["v"]
    found = np.bincount(columns["node"], weights=columns["content"][:, 0], minlength=5) / WALKERS
    wanted = np.array([{"a": 1.0, "b": -0.5, "c": -2.5}.get(label, 0.0) for label in model.graph.nodes])
    p = np.abs(wanted) / 4.0
    assert (np.abs(found - wanted) <= Z * 4.0 * np.sqrt(p * (1.0 - p) / WALKERS)).all()


@pytest.mark.parametrize("view", VIEWS)
def test_the_weights_are_the_present_ones_and_the_slope_that_of_the_neuron_left(view):
    """The neuron z answers 0.5, of slope 0.25 as a sigmoid; its weights have become -1, 0 and 3."""
    model = model_of(fan(), view, passage=va.SynapticPassage(slope="sigmoid"))
    model.neurons.select(lambda neuron: neuron.label == "z").set("bias", 0.5)
    into = [model.graph.edges.index((i, "z", 0)) for i in ("a", "b", "c")]
    model.state.weight[into] = (-1.0, 0.0, 3.0)
    model.step()
    assert model.state.activation[model.graph.node("z")] == 0.5
    columns = model.state.vesicles["v"]
    carried = {model.graph.nodes[n]: c for n, c in zip(columns["node"], columns["content"][:, 0], strict=True)}
    assert carried == {"a": -1.0, "c": 1.0}


@pytest.mark.parametrize("view", VIEWS)
def test_on_a_delayed_edge_the_factor_is_that_of_the_moment_of_setting_out(view):
    model = model_of(fan(delay=3), view)
    model.step()
    columns = model.state.vesicles["v"]
    assert (columns["edge"] >= 0).all()
    assert set(columns["content"][:, 0].tolist()) == {4.0, -4.0}
    model.state.weight[:] = 100.0
    model.run_for(3)
    assert (columns["edge"] < 0).all()
    assert set(columns["content"][:, 0].tolist()) == {4.0, -4.0}


@pytest.mark.parametrize("view", VIEWS)
def test_who_stays_keeps_its_content(view):
    """a has no way back."""
    model = model_of(fan(), view, passage=Doubling())
    model.run_for(4)
    assert set(model.state.vesicles["v"]["content"][:, 0].tolist()) == {2.0}


@pytest.mark.parametrize("view", VIEWS)
def test_a_content_that_grows_beyond_what_it_can_hold_is_refused_and_nothing_has_moved(view):
    line = va.NeuralGraph.from_edges([(0, 1), (1, 2)])
    kind = va.Kind(emission=va.PulseEmission(count=2, nodes=[0]), passage=Endless(), content_width=1)
    model = va.VesicleModel(line, {"v": kind}, seed=SEED, view=view)
    model.step()
    with pytest.raises(va.InputError, match=r"kinds\.v\.passage: makes a content of 1e\+60 on the edge \(1, 2, 0\)"):
        model.step()
    assert model.state.vesicles["v"]["node"].tolist() == [1, 1]
    assert set(model.state.vesicles["v"]["content"][:, 0].tolist()) == {np.float32(1e30)}


def test_a_passage_needs_a_content_and_vesicles():
    with pytest.raises(va.InputError, match="passage: there is no content to multiply; content_width is 0"):
        va.Kind(passage=va.SynapticPassage())
    with pytest.raises(va.InputError, match="passage: needs vesicles; a broadcast makes none"):
        va.Kind(passage=va.SynapticPassage(), content_width=1, delivery="broadcast")


def test_a_scenario_names_it():
    table = {"rule": "synaptic", "slope": "relu"}
    shipped = va.Scenario.load("random_walk").override("kinds.walker.content_width", 1)
    kind = shipped.override("kinds.walker.passage", table).build().world.kinds["walker"]
    assert isinstance(kind.passage, va.SynapticPassage)
    assert kind.passage.slope == "relu"


@modest(60)
@given(graph=graphs(), seed=SEEDS)
def test_every_view_and_number_of_threads_gives_the_same_bits(graph, seed):
    """Weights that learn, delays, trails, what the vesicles remember."""

    def digest(view: str, threads: int = 1) -> str:
        kinds = {
            "v": va.Kind(
                emission=va.ConstantEmission(rate=2.0), content=va.GaussianContent(mean=[1.0, -0.5], deviation=0.3),
                migration=va.SynapticMigration(direction="backward", stay=0.2, travel=seed % 2 == 0),
                passage=va.SynapticPassage(slope="tanh"), docking=va.ConstantDocking(probability=0.5), absorb=0.3,
                release=va.ModulatorRelease(amount=0.01, component=1), lifetime=4, content_width=2,
                trail=va.ConstantTrail() if seed % 3 else None, remembers=seed % 2,
            )
        }  # fmt: skip
        learns = va.Plasticity(modulation=va.Modulation(eta_global=0.1), bounds=va.WeightBounds(low=-3.0, high=3.0))
        neurons = va.HMNNeurons(activation="tanh", bias=0.4)
        model = va.VesicleModel(graph, kinds, neurons=neurons, plasticity=learns, seed=seed, view=view, threads=threads)
        model.run_for(8)
        return model.state.digest()

    assert digest("compiled") == digest("particles") == digest("compiled", 3)
