"""A user's own stage that raises, or gives what is no answer, is refused: the error names the stage and the synapse."""

import numpy as np
import pytest
from three_synapses import at_once

import vesicle_abm as va
from vesicle_abm.neurons.synapses import SYNAPSE
from vesicle_abm.views import compiled
from vesicle_abm.views.step import VIEWS


class Answer:
    """Stages give whatever a test puts here: a function of how many numbers are wanted."""

    give = staticmethod(np.ones)


class OwnCorrelation(va.Correlation, name="test_own_correlation"):
    def correlation(self, synapses, xp):
        return Answer.give(synapses.size)


class OwnTrace(va.Trace, name="test_own_trace"):
    def eligibility(self, synapses, xp):
        return Answer.give(synapses.size)


class OwnEmbedding(va.Embedding, name="test_own_embedding"):
    def inputs(self, synapses, xp):
        return Answer.give(synapses.size)[:, None]


class OwnAttention(va.Attention, name="test_own_attention"):
    def weights(self, synapses, xp):
        return Answer.give(synapses.size)


class OwnSignal(va.ThirdFactor, name="test_own_signal"):
    def signal(self, neurons, xp):
        return Answer.give(neurons.size)


class OwnGate(va.Gate, name="test_own_gate"):
    def gate(self, synapses, xp):
        return Answer.give(synapses.size)


class OwnChance(va.Chance, name="test_own_chance"):
    def probability(self, gated, synapses, xp):
        return Answer.give(synapses.size)


class OwnBounds(va.Bounds, name="test_own_bounds"):
    def limit(self, weight, synapses, xp):
        return Answer.give(synapses.size)


class OwnHomeostasis(va.Homeostasis, name="test_own_homeostasis"):
    def change(self, neurons, xp):
        return Answer.give(neurons.size)


class OwnMemory(va.Trace, name="test_own_memory"):
    keeps = {"past": SYNAPSE}  # noqa: RUF012

    def eligibility(self, synapses, xp):
        return np.ones(synapses.size), {"past": Answer.give(synapses.size)}


PARTS = {
    "correlation": OwnCorrelation, "trace": OwnTrace, "embedding": OwnEmbedding, "attention": OwnAttention,
    "modulation": OwnSignal, "phase": OwnGate, "chance": OwnChance, "bounds": OwnBounds,
    "homeostasis": OwnHomeostasis,
}  # fmt: skip


def model(part: str, view: str, rule=None) -> va.VesicleModel:
    """a -> c, b -> c, c -> a; every neuron gives 1."""
    parts = {"attention": va.LocalAttention()} if part == "embedding" else {}
    plasticity = va.Plasticity(**{**parts, part: rule or PARTS[part]()})
    neurons = va.HMNNeurons(bias=1.0)
    return va.VesicleModel(at_once(), {}, neurons=neurons, plasticity=plasticity, view=view, threads=1)


def refused(network: va.VesicleModel) -> str:
    """The message."""
    with pytest.raises(va.InputError) as caught:
        network.step()
    return str(caught.value)


def broken(size: int):
    raise ZeroDivisionError("by nothing")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("part", PARTS)
def test_a_stage_that_answers_is_not_refused(view, part):
    model(part, view).run_for(2)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("part", PARTS)
def test_a_stage_that_raises_is_named_with_what_it_raised(monkeypatch, view, part):
    monkeypatch.setattr(Answer, "give", staticmethod(broken))
    message = refused(model(part, view))
    assert message.startswith(f"plasticity.{part}: ") and "ZeroDivisionError: by nothing" in message


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("part", PARTS)
def test_a_stage_of_a_wrong_shape_is_named_with_the_shape_that_is_needed(monkeypatch, view, part):
    monkeypatch.setattr(Answer, "give", staticmethod(lambda size: np.ones(size + 4)))
    message = refused(model(part, view))
    assert message.startswith(f"plasticity.{part}: ") and "shape" in message and "is needed" in message


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("part", PARTS)
def test_a_stage_that_gives_nan_is_named_with_the_synapse(monkeypatch, view, part):
    """The first that is asked: an input of a."""
    monkeypatch.setattr(Answer, "give", staticmethod(lambda size: np.full(size, np.nan)))
    message = refused(model(part, view))
    assert message.startswith(f"plasticity.{part}: ") and "nan" in message
    assert ("'a'" if part in ("modulation", "homeostasis") else "'c' -> 'a'") in message


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    "give, words",
    [(lambda size: np.ones(size + 4), "shape"), (lambda size: np.full(size, np.nan), "nan"), (broken, "by nothing")],
    ids=["shape", "nan", "raises"],
)
def test_a_memory_that_cannot_be_kept_is_refused(monkeypatch, view, give, words):
    monkeypatch.setattr(Answer, "give", staticmethod(give))
    message = refused(model("trace", view, OwnMemory()))
    assert message.startswith("plasticity.trace") and words in message


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    "part, value, words", [("chance", 2.0, "from 0 to 1"), ("chance", -1.0, "from 0 to 1"), ("phase", -1.0, ">= 0")]
)
def test_an_answer_outside_its_contract_is_refused(monkeypatch, view, part, value, words):
    """A probability above 1, a gate below 0."""
    monkeypatch.setattr(Answer, "give", staticmethod(lambda size: np.full(size, value)))
    message = refused(model(part, view))
    assert message.startswith(f"plasticity.{part}: ") and words in message


class Late(va.Trace, name="test_late_trace"):
    """NaN at the inputs of the last neuron, once all others have learned."""

    def eligibility(self, synapses, xp):
        return np.where(synapses.post == 2, np.nan, 1.0)


@pytest.mark.parametrize("view", VIEWS)
def test_a_refusal_leaves_the_state_as_the_stage_found_it(monkeypatch, view):
    monkeypatch.setattr(compiled, "SYNAPSES_A_BLOCK", 1)
    network = model("trace", view, Late())
    network.world.plasticity = network.world.plasticity.replace(modulation=None)
    for stage in va.STAGES[: va.STAGES.index("learn")]:
        network.run_stage(stage)
    before = network.state.digest()
    with pytest.raises(va.InputError, match="'a' -> 'c'"):
        network.run_stage("learn")
    assert network.state.digest() == before
