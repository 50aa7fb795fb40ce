"""Networks in layers: what they answer has the bits of the model's steps; what they learn is what autograd says."""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core import functions
from vesicle_abm.neurons.correlation import SLOPES
from vesicle_abm.tasks.layered import Layered

SIZES = [5, 7, 6, 3]
DRIVE = np.array([0.3, 0.0, 1.0, 0.7, 0.1])


def net_of(graph) -> Layered:
    return Layered.of(graph, np.arange(5), np.arange(18, 21))


def sparse(**more) -> va.NeuralGraph:
    """Two layers of synapses, some of which are not there; ``more``: of the last edge."""
    edges = [("a", "h"), ("b", "h"), ("b", "i"), ("h", "z"), ("h", "y"), ("i", "y")]
    about = [{"weight": 0.5 + 0.1 * e} for e in range(len(edges))]
    about[-1] |= more
    labels = ["a", "b", "h", "i", "z", "y"]
    return va.NeuralGraph.from_edges([(*edge, data) for edge, data in zip(edges, about, strict=True)], labels)


@pytest.mark.parametrize("view", ["compiled", "particles"])
def test_its_answers_have_the_bits_of_the_models_steps(view):
    model = va.credit_model(SIZES, weights=9, view=view, record_every=0)
    model.state.drive[:5] = DRIVE
    model.run_for(4)
    net = net_of(model.graph)
    answers = net.answers(model.state.weight, model.state.bias, DRIVE, functions.relu)
    assert np.concatenate(answers).tobytes() == model.state.activation.tobytes()
    assert (net.depth, net.lag, net.back) == (3, 4, 1)


def test_what_it_learns_is_what_autograd_says():
    torch = pytest.importorskip("torch")
    graph = va.layered_graph(SIZES, seed=4)
    net, rate = net_of(graph), np.linspace(0.01, 0.1, graph.size)
    weight = graph.weight * graph.edge_data["sign"]
    layers = [torch.tensor(weight[table.T.copy()], requires_grad=True) for table in net.synapses]
    x = torch.tensor(DRIVE)
    for layer in layers[:-1]:
        x = torch.tanh(layer @ x)
    error = torch.tensor([0.5, -1.0, 0.25])
    (torch.tanh(layers[-1] @ x) * error).sum().backward()
    learned = weight.copy()
    answers = net.answers(weight, np.zeros(graph.size), np.arctanh(DRIVE.clip(0, 0.9)), functions.tanh)
    answers[0] = DRIVE
    for depth, table in enumerate(net.synapses):  # once more from what is shown as it is
        answers[depth + 1] = np.tanh(weight[table.T] @ answers[depth])
    net.teach(learned, answers, error.numpy(), rate, SLOPES["tanh"], learned, net.depth)
    for layer, table, after in zip(layers, net.synapses, net.neurons[1:], strict=True):
        assert (learned - weight)[table.T] == pytest.approx(rate[after][:, None] * layer.grad.numpy(), abs=1e-12)


def test_of_a_sparse_network_only_synapses_that_are_there_learn_and_the_readout_may_learn_alone():
    """d at z and y are 1 and -1: y's synapses lose, z's gain, by 0.1 times what comes; h answers 0.5 + 0.6, i 0.7."""
    graph = sparse()
    net = Layered.of(graph, np.array([0, 1]), np.array([4, 5]))
    weight = graph.weight.copy()
    answers = net.answers(weight, np.zeros(6), np.ones(2), functions.relu)
    assert np.concatenate(answers).tolist() == pytest.approx([1, 1, 1.1, 0.7, 1.1 * 0.8, 1.1 * 0.9 + 0.7])
    net.teach(weight, answers, np.array([1.0, -1.0]), np.full(6, 0.1), SLOPES["relu"], weight, 1)
    assert (weight - graph.weight) == pytest.approx([0, 0, 0, 0.11, -0.11, -0.07])


REFUSED = {
    "an edge back": ([("z", "a")], "the edge ('z', 'a', 0) does not lead"),
    "an edge within a layer": ([("h", "i")], "the edge ('h', 'i', 0) leads back"),
    "a shortcut": ([("a", "z")], "does not lead from a layer to the next|leads back"),
    "an output that is not named": ([("i", "x")], "the layer of the 2 outputs has 3 neurons"),
}


@pytest.mark.parametrize(("further", "words"), REFUSED.values(), ids=REFUSED)
def test_a_graph_that_is_not_of_layers_is_refused(further, words):
    import re

    plain = sparse()
    edges = [(a, b, {"weight": 1.0}) for a, b, _ in plain.edges] + further
    graph = va.NeuralGraph.from_edges(edges, [*plain.nodes, "x"])
    pattern = words if "|" in words else re.escape(words)
    with pytest.raises(va.InputError, match=pattern):
        Layered.of(graph, np.array([0, 1]), np.array([4, 5]))


def test_unequal_delays_and_outputs_out_of_reach_are_refused():
    with pytest.raises(va.InputError, match=r"the edge \('i', 'y', 0\) has another delay than \('h', 'z', 0\)"):
        Layered.of(sparse(delay=2), np.array([0, 1]), np.array([4, 5]))
    with pytest.raises(va.InputError, match="no way leads from the inputs to all outputs"):
        Layered.of(va.NeuralGraph.from_edges([("a", "h")], ["a", "h", "z"]), np.array([0]), np.array([2]))
