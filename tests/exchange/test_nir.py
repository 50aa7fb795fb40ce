"""NIR: what is read of it spikes as its equations say, and what is written of ours comes back to the bit."""

import networkx as nx
import nir_euler
import numpy as np
import pytest

import vesicle_abm as va

nir = pytest.importorskip("nir")

DT, STEPS = 0.001, 200


def lif(size, tau=0.01, threshold=1.0, reset=0.0, leak=0.0):
    """A population of LIF."""
    full = {"tau": tau, "r": 1.5, "v_leak": leak, "v_threshold": threshold, "v_reset": reset}
    return nir.LIF(**{name: np.full(size, value) for name, value in full.items()})


def cuba(size):
    """A population of CubaLIF."""
    full = {"tau_mem": 0.01, "tau_syn": 0.004, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, "w_in": 6.0}
    return nir.CubaLIF(**{name: np.full(size, value) for name, value in full.items()})


def weights(rng, post, pre, low=-1.0, high=4.0):
    """A matrix."""
    return rng.uniform(low, high, (post, pre))


def skipping(rng):
    """Two layers, and synapses that skip the first, some delayed; LI reads the second."""
    nodes = {
        "in": nir.Input({"input": np.array([6])}),
        "w1": nir.Affine(weights(rng, 8, 6), rng.uniform(0.0, 0.5, 8)),
        "cells1": lif(8),
        "late": nir.Delay(np.array([0.0, 0.001, 0.002, 0.0, 0.005, 0.0, 0.0, 0.003])),
        "scale": nir.Scale(rng.uniform(0.5, 1.0, 8)),
        "w2": nir.Affine(weights(rng, 5, 8), rng.uniform(0.0, 0.9, 5)),
        "skip": nir.Linear(weights(rng, 5, 6)),
        "cells2": lif(5, tau=0.02, reset=-0.5, leak=0.1),
        "w3": nir.Linear(weights(rng, 3, 5)),
        "cells3": nir.LI(tau=np.full(3, 0.02), r=np.ones(3), v_leak=np.zeros(3)),
        "out": nir.Output({"output": np.array([3])}),
    }
    ways = "in w1, w1 cells1, cells1 late, late scale, scale w2, w2 cells2, in skip, skip cells2"
    ways += ", cells2 w3, w3 cells3, cells3 out"
    return nir.NIRGraph(nodes=nodes, edges=[tuple(way.split()) for way in ways.split(", ")])


def recurrent(rng):
    """A population with synapses among themselves, current-based, behind one that has no memory."""
    nodes = {
        "in": nir.Input({"input": np.array([6])}),
        "w0": nir.Linear(weights(rng, 7, 6)),
        "cells0": nir.Threshold(np.full(7, 1.5)),
        "w1": nir.Linear(weights(rng, 8, 7, -0.2, 1.5)),
        "cells1": cuba(8),
        "back": nir.Linear(weights(rng, 8, 8, -1.0, 0.5)),
        "late": nir.Delay(np.full(8, 0.003)),
        "out": nir.Output({"output": np.array([8])}),
    }
    ways = "in w0, w0 cells0, cells0 w1, w1 cells1, cells1 late, late back, back cells1, cells1 out"
    return nir.NIRGraph(nodes=nodes, edges=[tuple(way.split()) for way in ways.split(", ")])


@pytest.mark.parametrize("made", [skipping, recurrent])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_network_gives_what_its_equations_give(made, seed):
    """Spikes are equal, and potentials but for rounding, with latencies taken out; that a spike hangs on rounding, of
    some 1e-15, has no chance worth the name among 200 steps of 20 neurons.
    """
    rng = np.random.default_rng(seed)
    graph = made(rng)
    given = (rng.random((STEPS, 6)) < 0.15).astype(float)
    expected = nir_euler.run(graph, {"in": given}, DT)
    network = va.from_nir(graph, dt_ms=1.0)
    found = network.run({"in": given})
    for name, population in network.populations.items():
        assert found[name].shape == expected[name].shape
        if population.node == "LI":
            assert np.allclose(found[name], expected[name], rtol=1e-9, atol=1e-9)
            assert np.ptp(found[name]) > 0.1
        else:
            assert np.array_equal(found[name], expected[name]), name
            assert 0.02 < found[name].mean() < 0.9


def test_a_file_says_the_same_as_its_graph(tmp_path):
    graph = skipping(np.random.default_rng(4))
    nir.write(tmp_path / "net.nir", graph)
    ours, read = va.from_nir(graph, 1.0), va.from_nir(tmp_path / "net.nir", 1.0)
    given = np.eye(6)[np.arange(STEPS) % 6]
    for name, found in ours.run({"in": given}).items():
        assert np.array_equal(found, read.run({"in": given})[name])


def world(synapse, **changes):
    """Two populations of ours, of two sorts each, with delays of several lengths; ``tau`` is not whole in binary."""
    rng, graph = np.random.default_rng(5), nx.MultiDiGraph()
    for i in range(10):
        graph.add_node((i, "cell"), population="a" if i < 6 else "b/c", tau=20.1 if i % 2 else 10.3)
    for _ in range(45):
        about = {"weight": rng.uniform(0.0, 20.0), "delay": int(rng.integers(4)), "sign": rng.choice([-1.0, 1.0])}
        graph.add_edge(*(((int(i), "cell")) for i in rng.integers(10, size=2)), **about)
    given = {"tau_ms": "tau", "rest": -65.3, "bias": 16.0, "tau_exc_ms": 5.0, "tau_inh_ms": 5.0}
    neurons = va.LIFNeurons(integration="euler", synapse=synapse, **given | changes)
    return va.VesicleModel(graph, {"reward": va.Kind()}, neurons=neurons, seed=3)


@pytest.mark.filterwarnings("ignore::vesicle_abm.exchange.exporting.LossWarning")
@pytest.mark.parametrize("synapse", ["pulse", "current"])
def test_a_model_comes_back_to_the_bit(synapse, tmp_path):
    """Through a file; and what it becomes again is the same graph of NIR's."""
    model = world(synapse)
    graph = va.to_nir(model)
    nir.write(tmp_path / "net.nir", graph)
    network = va.from_nir(tmp_path / "net.nir")
    again = network.model({"reward": va.Kind()}, seed=3)
    assert again.graph.nodes == model.graph.nodes
    assert again.graph.edges == model.graph.edges
    model.run_for(200)
    again.run_for(200)
    assert model.state.cells["fired"].all()
    assert model.state.digest() == again.state.digest()
    second = va.to_nir(network.model())
    assert second.edges == graph.edges
    for name, node in graph.nodes.items():
        for key, value in vars(node).items():
            if isinstance(value, np.ndarray):
                assert value.tobytes() == vars(second.nodes[name])[key].tobytes(), (name, key)


@pytest.mark.filterwarnings("ignore::vesicle_abm.exchange.exporting.LossWarning")
def test_each_node_that_is_written_is_of_one_time_constant_and_above_rest():
    graph = va.to_nir(world("pulse"))
    cells = {name: node for name, node in graph.nodes.items() if isinstance(node, nir.LIF)}
    assert set(cells) == {"a_0", "a_1", "b_c_0", "b_c_1"}
    for node in cells.values():
        assert np.ptp(node.tau) == 0.0
        assert not node.v_leak.any()
    assert sorted({round(float(node.tau[0]), 12) for node in cells.values()}) == [0.0103, 0.0201]


@pytest.mark.filterwarnings("ignore::vesicle_abm.exchange.exporting.LossWarning")
def test_what_was_changed_elsewhere_is_what_counts():
    graph = va.to_nir(world("pulse"))
    node = graph.nodes["a_0_to_a_0"]
    node.weight = node.weight + 1.0
    network = va.from_nir(graph)
    assert "changed since" in network.notes[0]
    there = network.populations["a_0"].index
    found = np.zeros((len(there), len(there)))
    model = network.model()
    inside = np.isin(model.graph.source, there) & np.isin(model.graph.target, there) & (model.graph.delay == 0)
    np.add.at(
        found,
        (model.graph.target[inside] - there[0], model.graph.source[inside] - there[0]),
        model.state.weight[inside],
    )
    assert np.array_equal(found, node.weight)


def test_what_nir_cannot_hold_is_said():
    reward = va.Kind(emission=va.ConstantEmission(rate=0.1))
    neurons = va.LIFNeurons(noise=1.0, refractory_ms=2.0)
    graph = nx.DiGraph([(0, 1, {"colour": "red"})])
    model = va.VesicleModel(graph, {"reward": reward}, neurons=neurons, plasticity=va.Plasticity())
    lost = va.nir_losses(model)
    for words in ("'reward'", "plasticity", "noise", "refractory_ms", '"exact"', "colour"):
        assert any(words in line for line in lost), words
    with pytest.warns(va.LossWarning) as told:
        va.to_nir(model)
    assert [str(warning.message) for warning in told] == [f"not in NIR: {line}" for line in lost]
    plain = va.LIFNeurons(integration="euler", rest=0.0, reset=0.0, threshold=1.0)
    assert not va.nir_losses(va.VesicleModel(nx.DiGraph([(0, 1)]), {}, neurons=plain))


@pytest.mark.parametrize(
    ("neurons", "words"),
    [
        (None, "nothing to export"),
        (va.HMNNeurons(), "no node for rule = 'hmn'"),
        (va.IzhikevichNeurons(), "no node for rule = 'izhikevich'"),
        (va.LIFNeurons(synapse="conductance"), "no node for synapse = 'conductance'"),
        (va.LIFNeurons(synapse="current"), "one time constant for both"),
    ],
)
def test_neurons_that_nir_has_no_node_for_are_refused(neurons, words):
    with pytest.raises(va.InputError, match=words):
        va.to_nir(va.VesicleModel(nx.path_graph(2), {}, neurons=neurons))


def test_too_many_weights_are_refused():
    ring = np.arange(8000)
    model = va.VesicleModel(va.NeuralGraph(range(8000), ring, np.roll(ring, 1)), {}, neurons=va.LIFNeurons())
    with pytest.raises(va.InputError, match="50,000,000"):
        va.to_nir(model)


@pytest.mark.filterwarnings("ignore::vesicle_abm.exchange.exporting.LossWarning")
def test_an_integrator_without_leak_gives_what_its_equation_gives():
    """From zero by sums of R w dt: the same in both, but for rounding; weights are such that no sum is a threshold."""
    rng = np.random.default_rng(9)
    layer = nir.IF(r=np.full(5, 100.0), v_threshold=np.full(5, 1.0), v_reset=np.full(5, 0.25))
    graph = chain(nir.Linear(weights(rng, 5, 2, -1.0, 4.0)), layer)
    given = {"input": (rng.random((STEPS, 2)) < 0.4).astype(float)}
    expected = nir_euler.run(graph, given, DT)["if"]
    network = va.from_nir(graph, 1.0)
    assert np.array_equal(network.run(given)["if"], expected)
    assert 0.02 < expected.mean() < 0.9
    (again,) = [node for node in va.to_nir(network.model()).nodes.values() if isinstance(node, nir.IF)]
    assert np.array_equal(again.r, layer.r)
    assert np.array_equal(again.v_threshold, layer.v_threshold)


def chain(*nodes):
    """A graph of nodes in a row behind an Input of two."""
    return nir.NIRGraph.from_list(nir.Input({"input": np.array([2])}), *nodes)


@pytest.mark.parametrize(
    ("graph", "dt_ms", "words"),
    [
        (lambda: chain(lif(2)), None, "dt_ms: the network does not say"),
        (lambda: chain(lif(2)), -1.0, "dt_ms: got -1"),
        (lambda: chain(lif(2), nir.I(np.ones(2))), 1.0, "'i' is a I; Input, Output, LIF, CubaLIF"),
        (lambda: chain(lif(2, tau=0.0001)), 1.0, "lif: tau is 0.0001 s, less than a step"),
        (lambda: chain(nir.Delay(np.full(2, 0.0005)), lif(2)), 1.0, "delay: a delay of 0.0005 s is no whole number"),
        (lambda: chain(nir.Linear(np.ones((2, 2)))), 1.0, "has no neurons"),
        (lambda: chain(lif(2), nir.Linear(np.ones((2, 2)))), 1.0, "output: is given more than spikes"),
        (lambda: chain(nir.Affine(np.ones((2, 2)), np.ones(2)), cuba(2)), 1.0, "bias of 0 is allowed"),
        (lambda: "nowhere.nir", 1.0, "no file 'nowhere.nir'"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(graph, dt_ms, words):
    with pytest.raises(va.InputError, match=words):
        va.from_nir(graph(), dt_ms)


def test_a_loop_without_neurons_is_refused():
    nodes = {"in": nir.Input({"input": np.array([2])}), "w": nir.Scale(np.ones(2)), "cells": lif(2)}
    nodes |= {"x": nir.Scale(np.ones(2)), "out": nir.Output({"output": np.array([2])})}
    edges = [("in", "w"), ("w", "x"), ("x", "w"), ("w", "cells"), ("cells", "out")]
    with pytest.raises(va.InputError, match="a loop without neurons"):
        va.from_nir(nir.NIRGraph(nodes=nodes, edges=edges, type_check=False), 1.0)


def test_inputs_that_do_not_fit_are_refused():
    network = va.from_nir(chain(lif(2)), 1.0)
    for given, words in (
        ({"imput": np.ones((3, 2))}, "did you mean 'input'"),
        ({"input": np.ones((3, 3))}, r"\(steps, 2\)"),
        ({"input": np.full((3, 2), 0.5)}, "spikes are allowed"),
        ({}, "got none"),
    ):
        with pytest.raises(va.InputError, match=words):
            network.run(given)


def test_graphs_inside_a_graph_are_laid_open():
    """As snnTorch writes recurrent layers; equal to the same graph without one inside."""
    rng = np.random.default_rng(6)
    first, back = nir.Linear(weights(rng, 4, 2, 0.0, 8.0)), nir.Linear(weights(rng, 4, 4, -3.0, 2.0))
    ends = {"input": nir.Input({"input": np.array([4])}), "output": nir.Output({"output": np.array([4])})}
    ways = [("input", "cells"), ("cells", "back"), ("back", "cells"), ("cells", "output")]
    inner = nir.NIRGraph({**ends, "cells": lif(4), "back": back}, ways)
    top = {"in": nir.Input({"input": np.array([2])}), "w": first, "out": nir.Output({"output": np.array([4])})}
    nested = nir.NIRGraph({**top, "layer": inner}, [("in", "w"), ("w", "layer"), ("layer", "out")], type_check=False)
    flat_ways = [("in", "w"), ("w", "cells"), ("cells", "back"), ("back", "cells"), ("cells", "out")]
    flat = nir.NIRGraph({**top, "cells": lif(4), "back": back}, flat_ways)
    given = {"in": (rng.random((STEPS, 2)) < 0.3).astype(float)}
    found = va.from_nir(nested, 1.0).run(given)["layer.cells"]
    assert np.array_equal(found, va.from_nir(flat, 1.0).run(given)["cells"])
    assert np.array_equal(found, nir_euler.run(flat, given, DT)["cells"])
    assert 0.05 < found.mean() < 0.9
