"""HMNNeuron as an agent that learns: its synapses, traces, attention, context, levels and rates, read and set."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va


def model_of(**options):
    graph = nx.DiGraph([("a", "c"), ("b", "c"), ("c", "a")])
    graph.edges["b", "c"]["sign"] = -1
    graph.edges["a", "c"]["sign"] = graph.edges["c", "a"]["sign"] = 1
    rule = va.Plasticity(attention=va.LocalAttention(beta=2.0), modulation=va.Modulation(eta_local=0.1), **options)
    neurons = va.HMNNeurons(bias=0.3, weight_scale=0.5)
    return va.VesicleModel(graph, {"reward": va.Kind(clearance=10.0)}, neurons=neurons, plasticity=rule, seed=3)


@pytest.fixture
def model():
    model = model_of()
    model.run_for(5)
    return model


def test_the_synapses_of_a_neuron_are_the_edges_that_lead_to_it(model):
    synapses = model.neuron("c").synapses
    assert synapses.source == ["a", "b"]
    assert [model.graph.edges[e] for e in synapses.edge] == [("a", "c"), ("b", "c")]
    assert synapses.weight.tolist() == model.state.weight[synapses.edge].tolist()
    assert len(model.neuron("b").synapses) == 0


def test_a_trace_is_the_sum_of_its_parts_and_attention_sums_to_one(model):
    synapses = model.neuron("c").synapses
    assert synapses.trace.tolist() == (synapses.fast + synapses.slow).tolist()
    assert synapses.attention.sum() == pytest.approx(1.0)
    assert synapses.frame().columns.tolist() == ["source", "weight", "delay", "fast", "slow", "average", "attention"]


def test_what_is_set_is_what_the_next_step_learns_from(model):
    neuron = model.neuron("c")
    neuron.synapses.weight = [0.5, -2.0]
    neuron.synapses.fast = 1.5
    neuron.context, neuron.eta_local, neuron.eta_global = 0.7, 0.2, 0.4
    neuron.modulators["reward"] = 3.0
    synapses = neuron.synapses
    assert (synapses.weight.tolist(), synapses.fast.tolist()) == ([0.5, -2.0], [1.5, 1.5])
    assert (neuron.context, neuron.eta_local, neuron.eta_global, neuron.modulators) == (0.7, 0.2, 0.4, {"reward": 3.0})

    activity = {name: model.neuron(name).activation for name in "abc"}
    alpha, fast, slow = synapses.attention, synapses.fast, synapses.slow
    # learning by hand in between steps: x is the activation of the step before the coming one, z the present one
    x = model.state.history[(model.time - 1) % len(model.state.history)]
    neuron.learn()
    correlation = np.array([x[model.graph.node(name)] for name in "ab"]) * activity["c"]
    trace = fast * np.exp(-1 / 20) + slow * np.exp(-1 / 200) + 2 * correlation
    wanted = np.array([0.5, -2.0]) + (0.2 + 0.4 * 3.0) * alpha * trace
    assert neuron.synapses.weight == pytest.approx(wanted, rel=1e-12)


def test_a_lesson_tells_what_learning_now_would_do_and_changes_nothing(model):
    """G = gamma E with gamma = 1 of the one modulator; factor = eta_local + eta_global G; dw = factor alpha e."""
    neuron = model.neuron("c")
    neuron.eta_global, neuron.modulators["reward"] = 0.2, 3.0
    before, weight = model.state.digest(), neuron.synapses.weight
    lesson = neuron.synapses.lesson()
    assert model.state.digest() == before
    assert (lesson["relevance"], lesson["modulation"]) == ({"reward": 1.0}, 3.0)
    assert lesson["factor"] == pytest.approx(0.1 + 0.2 * 3.0)
    assert lesson["update"] == pytest.approx(lesson["factor"] * lesson["attention"] * lesson["trace"])
    assert lesson["gate"].tolist() == [1.0, 1.0]  # of a stage that is absent
    neuron.learn()
    assert neuron.synapses.trace == pytest.approx(lesson["trace"])
    assert neuron.synapses.weight - weight == pytest.approx(lesson["update"])


def test_a_lesson_has_the_phase_of_the_coming_step_and_what_chance_lets_through_on_average():
    model = model_of(phase=va.PhaseGate(frequency=0.05), chance=va.ProbabilisticGate(beta=50.0, theta=0.01))
    model.run_for(3)
    lesson = model.neuron("c").synapses.lesson()
    assert lesson["phase"] == pytest.approx([2 * np.pi * 0.05 * 3] * 2)
    assert lesson["gate"] == pytest.approx(np.cos(lesson["phase"]))
    assert lesson["probability"] == pytest.approx(1 / (1 + np.exp(-50 * (np.abs(lesson["gated"]) - 0.01))))
    assert lesson["update"] == pytest.approx(lesson["gated"] * lesson["probability"])


def test_learning_by_hand_in_a_stage_gives_the_bits_of_a_step(model):
    other = model_of()
    other.run_for(5)
    for stage in va.STAGES:
        with other.stage(stage):
            if stage == "learn":
                other.neurons.shuffle_do("learn")
            elif stage in ("sense", "activate", "emit"):
                other.neurons.do(stage)
            elif stage in ("migrate", "dock", "release", "decay"):
                other.vesicles.do(stage)
    model.step()
    assert other.state.digest() == model.state.digest()


def test_a_model_made_of_the_graph_written_back_begins_where_this_one_is(model):
    graph = model.to_networkx()
    assert graph.edges["b", "c"]["sign"] == -1.0
    assert graph.edges["a", "c"]["fast"] == model.neuron("c").synapses.fast[0]
    assert graph.nodes["c"]["activation"] == model.neuron("c").activation
    again = va.VesicleModel(graph, {}, neurons=va.HMNNeurons(weight_scale=0.5))
    assert again.state.weight == pytest.approx(model.state.weight, rel=1e-15)


def test_synapses_that_do_not_learn_have_no_traces():
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b", layer="fixed")
    graph.add_edge("c", "b", layer="plastic")
    rule = va.Plasticity(modulation=va.Modulation(eta_local=0.1), layers=["plastic"])
    model = va.VesicleModel(graph, {}, neurons=va.HMNNeurons(bias=1.0), plasticity=rule)
    model.run_for(4)
    synapses = model.neuron("b").synapses
    assert np.isnan(synapses.trace).tolist() == [True, False]
    assert synapses.weight[0] == 1.0 < synapses.weight[1]
    synapses.fast = [7.0, 8.0]
    assert synapses.fast[1] == 8.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda n: setattr(n.synapses, "weight", [1.0, 2.0, 3.0]),
            r"weight: has shape \(3,\); one number, or 2 of them",
        ),
        (lambda n: setattr(n.synapses, "fast", float("nan")), "fast: got nan; finite numbers"),
        (lambda n: setattr(n, "context", [1.0]), r"context: has shape \(1,\); one number is allowed"),
        (lambda n: n.modulators.__setitem__("rewrd", 1.0), "did you mean 'reward'"),
        (lambda n: n.modulators.__delitem__("reward"), "set the level to 0 instead"),
        (lambda n: n.astrocyte, "keeps no astrocyte.activation"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(model, change, words):
    with pytest.raises(va.InputError, match=words):
        change(model.neuron("c"))


def test_an_unknown_column_is_told_with_the_nearest(model):
    with pytest.raises(AttributeError, match="did you mean 'fast'"):
        _ = model.neuron("c").synapses.fst
    with pytest.raises(AttributeError, match="did you mean 'fast'"):
        model.neuron("c").synapses.fst = 1.0


def test_neurons_of_a_model_without_a_rule_say_so():
    model = va.VesicleModel(nx.path_graph(2), {}, neurons=va.HMNNeurons())
    assert model.neuron(0).synapses.weight.tolist() == [1.0]
    for ask in (lambda n: n.learn(), lambda n: n.synapses.attention, lambda n: n.synapses.trace):
        with pytest.raises(va.InputError, match="the model does not learn"):
            ask(model.neuron(0))
