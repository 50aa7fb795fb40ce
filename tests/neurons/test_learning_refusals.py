"""What a learning rule cannot use is refused: what was given, what is allowed, where; in Python and in scenarios."""

import math

import numpy as np
import pytest
from three_synapses import at_once, only, three

import vesicle_abm as va
from vesicle_abm.scenario import Scenario
from vesicle_abm.views.step import VIEWS

ONES = np.ones((4, 3))
REWARD = va.Modulation(weights={"reward": 1.0})
NAN = np.where(np.eye(4, 3) > 0.0, np.nan, 1.0)


def refusal(make) -> str:
    with pytest.raises(va.InputError) as caught:
        make()
    return str(caught.value)


def model(rule, graph=None, kinds=None, **options) -> va.VesicleModel:
    options = {"neurons": va.HMNNeurons(bias=1.0), "plasticity": rule, "seed": 1, **options}
    return va.VesicleModel(graph or three(), {"reward": va.Kind()} if kinds is None else kinds, **options)


NUMBERS = {
    "a time constant of 0": (lambda: va.CompositeTrace(tau_fast=0.0), "tau_fast: got 0; a number > 0 is allowed"),
    "one below 0": (lambda: va.CompositeTrace(tau_slow=-3.0), "tau_slow: got -3; a number > 0 is allowed"),
    "of spike timing": (lambda: va.STDPCorrelation(tau_minus=0.0), "tau_minus: got 0; a number > 0 is allowed"),
    "NaN": (lambda: va.CompositeTrace(tau_fast=math.nan), "tau_fast: got nan; a number > 0 is allowed"),
    "small updates favoured": (lambda: va.ProbabilisticGate(beta=-1.0), "beta: got -1; a number >= 0 is allowed"),
    "a threshold below 0": (lambda: va.ProbabilisticGate(theta=-0.1), "theta: got -0.1; a number >= 0 is allowed"),
    "a phase in degrees": (lambda: va.PhaseGate(offset=90.0), "offset: got 90; a number >= -6.28318530718 and <="),
    "its hint": (lambda: va.PhaseGate(offset=90.0), "radians"),
    "a preference in degrees": (lambda: va.PhaseGate(preferred=-90.0), "preferred: got -90; a number >= -6.283"),
    "its hint too": (lambda: va.PhaseGate(preferred=180.0), "radians"),
    "a rate above 1": (lambda: va.AverageEmbedding(rate=1.5), "rate: got 1.5; a number > 0 and <= 1 is allowed"),
    "a misspelt choice": (
        lambda: va.LocalAttention(similarity="cosin"),
        "similarity: got 'cosin'; did you mean 'cosine'? Allowed: dot, cosine",
    ),
    "a misspelt parameter": (
        lambda: va.CompositeTrace(tau_fst=3.0),
        "tau_fst: composite has no such parameter; did you mean 'tau_fast'? Allowed: tau_fast, tau_slow",
    ),
    "bounds crossed": (lambda: va.WeightBounds(low=2.0, high=1.0), "low: got 2, above high = 1; at most that is"),
    "weights in a list": (lambda: va.Modulation(weights=[1.0]), "weights: got [1.0]; a table of numbers by name"),
    "a weight that is NaN": (
        lambda: va.Modulation(weights={"reward": math.nan}), "weights.reward: got nan; a finite number is allowed"
    ),
    "keys of two lengths": (
        lambda: va.Modulation(keys={"reward": [1.0], "threat": [1.0, 2.0]}),
        "keys: have 1 and 2 components; one length is allowed",
    ),
    "a rule in the wrong place": (
        lambda: va.Plasticity(trace=va.PhaseGate()), "a rule of the family Trace, or None, is allowed"
    ),
    "no correlation": (lambda: va.Plasticity(correlation=None), "correlation: got None; a rule of the family Corr"),
    "half the precision": (
        lambda: va.Plasticity(precision="float16"),
        "precision: got 'float16'; did you mean 'float64'? Allowed: float64, float32",
    ),
    "an unknown stage": (
        lambda: va.Plasticity().without("trac"), "ablated: no stage 'trac'; did you mean 'trace'? Allowed: trace, atte"
    ),
    "an absent stage": (lambda: va.Plasticity().without("phase"), "ablated.phase: the stage is absent, there is not"),
    "an unknown match": (
        lambda: va.Plasticity().without("trace", "means"),
        "ablated.trace: got 'means'; did you mean 'mean'? Allowed: none, mean",
    ),
    "an unknown part": (
        lambda: va.Plasticity().replace(atention=None), "atention: no part 'atention'; did you mean 'attention'?"
    ),
    "a list of ablations": (lambda: va.Plasticity(ablated=["trace"]), "ablated: got ['trace']; a table is allowed"),
}  # fmt: skip


@pytest.mark.parametrize("make, message", NUMBERS.values(), ids=NUMBERS)
def test_a_bad_parameter_is_refused_where_it_is_given(make, message):
    assert message in refusal(make)


def replayed(rule=None, graph=None, pre=ONES, post=ONES, **given):
    rule = va.Plasticity(modulation=REWARD) if rule is None else rule
    return lambda: va.replay(rule, graph or three(), pre, post, **given)


RECORDINGS = {
    "a long delay": (replayed(graph=three(delay=[0, 4, 0])), "pre: edge ('b', 'c', 0) has delay 4; less than"),
    "pre of one neuron": (replayed(pre=ONES[:, 0]), "pre: has shape (4,); shape (T, 3) is needed"),
    "post of two": (replayed(post=ONES[:, :2]), "post: has shape (4, 2); shape (T, 3) is needed"),
    "two lengths": (replayed(post=ONES[:3]), "post: has 3 steps, pre has 4; the same number is allowed"),
    "NaN in pre": (replayed(pre=NAN), "pre: has NaN or infinite numbers; finite ones are allowed"),
    "text": (replayed(post="loud"), "post: got str; numbers are allowed"),
    "no column": (
        replayed(modulators=np.ones((4, 0))),
        "modulators: has shape (4, 0); (4, 1) or (4, 3, 1) is needed, a column each for reward",
    ),
    "levels of four neurons": (replayed(modulators=np.ones((4, 4, 1))), "modulators: has shape (4, 4, 1); shape ("),
    "NaN in modulators": (replayed(modulators=NAN[:, :1]), "modulators: has NaN"),
    "a phase too short": (replayed(phase=np.ones(3)), "phase: has shape (3,); shape (4) is needed"),
    "a phase of two neurons": (replayed(phase=np.ones((4, 2))), "phase: has shape (4, 2); shape (4, 3) is needed"),
    "NaN in phase": (replayed(phase=NAN), "phase: has NaN"),
    "a context too short": (replayed(context=np.ones(3)), "context: has shape (3,); shape (4) is needed"),
    "a context for other keys": (replayed(context=np.ones((4, 2))), "context: has 2 components, the keys 1"),
    "weights of two edges": (replayed(weight=np.ones(2)), "weight: has shape (2,); shape (3) is needed"),
    "time constants of two edges": (
        replayed(only(trace=va.CompositeTrace(tau_fast=np.ones(2)))), "trace.tau_fast: got an array of length 2"
    ),
    "an unknown attribute": (
        replayed(only(trace=va.CompositeTrace(tau_fast="dely"))), "trace.tau_fast: no edge attribute 'dely'; did you"
    ),
    "edges that prefer degrees": (
        replayed(only(phase=va.PhaseGate()), three(preferred_phase=[0.0, 90.0, 0.0])),
        "phase.preferred: edge attribute 'preferred_phase': got 90; a number >= -6.28318530718 and <= 6.28318530718",
    ),
    "with a hint": (replayed(only(phase=va.PhaseGate()), three(preferred_phase=[0.0, 90.0, 0.0])), "90 degrees are"),
    "a seed below 0": (replayed(only(chance=va.ProbabilisticGate()), seed=-1), "seed: got -1; a whole number from 0"),
    "half a seed": (replayed(only(chance=va.ProbabilisticGate()), seed=1.5), "seed: got 1.5; a whole number from 0"),
    "no rule": (replayed("hebbian"), "got 'hebbian'; a Plasticity is allowed"),
    "an unknown layer": (replayed(only(layers=["synptic"])), "layers: no edge layer 'synptic'; did you mean 'synap"),
    "bounds that cross at one edge": (
        replayed(only(bounds=va.WeightBounds(low=np.array([0.0, 2.0, 0.0]), high=1.0))), "low: got 2, above high = 1"
    ),
}  # fmt: skip


@pytest.mark.parametrize("run, message", RECORDINGS.values(), ids=RECORDINGS)
def test_a_recording_that_does_not_fit_is_refused(run, message):
    assert message in refusal(run)


MODELS = {
    "learning without neurons": (
        lambda: model(va.Plasticity(), neurons=None), "plasticity: synapses learn from the activity of neurons; give"
    ),
    "no rule": (lambda: model("hebbian"), "plasticity: got 'hebbian'; a Plasticity is allowed"),
    "an unknown modulator": (
        lambda: model(va.Plasticity(modulation=va.Modulation(weights={"rewrad": 1.0}))),
        "plasticity.modulation.weights.rewrad: no modulator 'rewrad'; did you mean 'reward'? Allowed: reward",
    ),
    "its key": (
        lambda: model(va.Plasticity(modulation=va.Modulation(keys={"rewrad": [1.0]}))),
        "plasticity.modulation.keys.rewrad: no modulator 'rewrad'; did you mean 'reward'?",
    ),
    "of an astrocyte": (
        lambda: model(va.Plasticity(astrocyte=va.Astrocyte())),
        "plasticity.astrocyte.modulator: no modulator 'norepinephrine'; Allowed: reward",
    ),
    "an unknown territory": (
        lambda: model(va.Plasticity(astrocyte=va.Astrocyte(modulator="reward", territory="cell"))),
        "plasticity.astrocyte.territory: no node attribute 'cell'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("make, message", MODELS.values(), ids=MODELS)
def test_a_rule_that_does_not_fit_the_model_is_refused(make, message):
    assert message in refusal(make)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("signal, value", [("phase", np.nan), ("phase", np.ones(5)), ("context", np.ones(5))])
def test_a_signal_that_does_not_fit_is_refused_by_its_name(view, signal, value):
    """Three neurons; no keys."""
    network = model(va.Plasticity(phase=va.PhaseGate()), view=view)
    network.signals[signal] = value
    assert f"signals.{signal}" in refusal(network.step)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_weights_that_run_away_are_refused_with_advice(view, precision):
    """z grows with w, and w with z: beyond every number in a few steps."""
    rule = va.Plasticity(modulation=va.Modulation(eta_local=1.0), precision=precision)
    network = model(rule, at_once(), view=view)
    message = refusal(lambda: network.run_for(60))
    assert message.startswith("plasticity: ") and "give bounds or a smaller eta" in message


def test_a_replay_that_runs_away_is_refused_with_advice():
    """x z = 1e308, twice in a trace."""
    rule = va.Plasticity(modulation=va.Modulation(eta_local=1.0))
    big = np.full((4, 3), 1e154)
    assert "give bounds or a smaller eta" in refusal(replayed(rule, pre=big, post=big))


SCENARIO = """
question = "Does it learn?"
expect = "It does."
graph = { generator = "path_graph", arguments = { n = 3 } }
[kinds.reward]
[neurons]
[plasticity]
correlation = { rule = "stdp", tau_plus = 10.0 }
modulation = { rule = "modulation", weights = { reward = 1.0 } }
[plasticity.trace]
rule = "composite"
tau_fast = 10.0
"""
SCENARIOS = {
    ("tau_fast", "tau_fats"): "plasticity.trace.tau_fats: composite has no such parameter; did you mean 'tau_fast'?",
    ('"composite"', '"compsite"'): "plasticity.trace.rule: got 'compsite'; did you mean 'composite'? Allowed: ",
    ("plasticity.trace", "plasticity.trce"): "plasticity.trce: unknown key; did you mean 'trace'? Allowed: correlation",
    ("= 10.0 }", "= -1.0 }"): "plasticity.correlation.tau_plus: got -1; a number > 0 is allowed",
    ("{ reward =", "{ rewrd ="): "plasticity.modulation.weights.rewrd: no modulator 'rewrd'; did you mean 'reward'?",
    ("[neurons]\n", ""): "plasticity: synapses learn from the activity of neurons",
    ("[plasticity.trace]", 'precision = "float16"\n[plasticity.trace]'): "plasticity.precision: got 'float16'; did you",
    ("[plasticity.trace]", 'ablated = { phase = "mean" }\n[plasticity.trace]'): "plasticity.ablated.phase: the stage",
    ('rule = "composite"\n', ""): "plasticity.trace.rule: a rule is missing; Allowed: ",
}  # fmt: skip


@pytest.mark.parametrize("change", SCENARIOS)
def test_a_scenarios_mistake_is_told_with_file_and_key(tmp_path, change):
    assert Scenario.load(written(tmp_path, SCENARIO)).check().untold == []
    path = written(tmp_path, SCENARIO.replace(*change))
    message = refusal(lambda: Scenario.load(path).check())
    assert message.startswith(f"{path}: {SCENARIOS[change]}")


def written(folder, text: str):
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


class Misplaced(va.Trace, name="test_misplaced"):
    keeps = {"past": "synapses"}  # noqa: RUF012

    def eligibility(self, synapses, xp):
        return synapses.x, {"past": synapses.x}


def test_a_memory_of_something_else_than_synapses_or_neurons_is_refused():
    message = refusal(lambda: va.Plasticity(trace=Misplaced()))
    assert message.startswith("trace.keeps.past: got 'synapses'; did you mean 'synapse'?")


def test_a_key_is_a_number_or_a_vector():
    assert "keys.a: got [[1, 2]]" in refusal(lambda: va.Modulation(keys={"a": [[1, 2]]}))


def test_an_embedding_of_no_components_is_refused_by_its_name():
    rule = va.Plasticity(embedding=va.GivenEmbedding(vectors=np.ones((3, 0))), attention=va.LocalAttention())
    assert "embedding: gave an answer of shape" in refusal(replayed(rule))


def test_a_replay_without_modulators_has_no_relevance_to_give():
    rule = va.Plasticity(modulation=va.Modulation(weights={}))
    assert va.replay(rule, three(), ONES, ONES)["relevance"].shape == (4, 3, 0)


def test_a_replay_in_float32_begins_with_the_weights_as_they_are_stored():
    rule = va.Plasticity(modulation=va.Modulation(eta_local=0.0, eta_global=0.0), precision="float32")
    weight = va.replay(rule, three(), ONES, ONES, weight=[0.1, 0.2, 0.3])["weight"]
    assert (weight == weight[0]).all()
    assert weight[0, 0] == float(np.float32(0.1))
