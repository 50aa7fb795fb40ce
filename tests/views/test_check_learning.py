"""check_rule tries the parts of a learning rule: shipped ones pass, each way of breaking the contract is told."""

import numpy as np
import pytest

import vesicle_abm as va

VECTORS = np.stack([np.sin(np.arange(12.0)), np.cos(np.arange(12.0))], axis=-1)
SHIPPED = [
    va.HebbianCorrelation(),
    va.STDPCorrelation(),
    va.STDPCorrelation(pairing="nearest"),
    va.CompositeTrace(),
    va.AverageEmbedding(),
    va.GivenEmbedding(vectors=VECTORS),
    va.LearnedEmbedding(start=VECTORS, rate=0.2),
    va.LocalAttention(normalise="mean"),
    va.LocalAttention(similarity="cosine"),
    va.Modulation(weights={"reward": 1.0, "novelty": -0.5}),
    va.Astrocyte(coupling="efficacy"),
    va.Astrocyte(attended=True),
    va.PhaseGate(),
    va.ProbabilisticGate(),
    va.WeightBounds(low=0.0, high=1.1, dale=True),
    va.HomeostaticBias(rate=0.1),
]


@pytest.mark.parametrize("rule", SHIPPED, ids=lambda rule: rule.name)
def test_a_shipped_part_keeps_its_contract(rule):
    va.check_rule(rule)


class ByPosition(va.Attention, name="test_by_position"):
    """Depends on how many synapses are asked about at once."""

    def weights(self, synapses, xp):
        return np.arange(synapses.size) + 1.0


class Negative(va.Gate, name="test_negative"):
    """Below 0."""

    def gate(self, synapses, xp):
        return np.full(synapses.size, -1.0)


class Certain(va.Chance, name="test_certain"):
    """Above 1."""

    def probability(self, gated, synapses, xp):
        return np.full(synapses.size, 2.0)


class Short(va.Trace, name="test_short"):
    """Of a wrong shape."""

    def eligibility(self, synapses, xp):
        return np.ones(1)


class Raising(va.Correlation, name="test_raising"):
    """Raises."""

    def correlation(self, synapses, xp):
        return {}["missing"]


BROKEN = [
    (ByPosition(), "one neuron alone learns otherwise than among many"),
    (Negative(), "plasticity.phase: gave -1 at the synapse"),
    (Certain(), "plasticity.chance: gave 2 at the synapse .*from 0 to 1"),
    (Short(), "plasticity.trace: gave an answer of shape"),
    (Raising(), "Raising.correlation raised KeyError: 'missing'"),
]


@pytest.mark.parametrize(("rule", "words"), BROKEN, ids=lambda value: getattr(value, "name", ""))
def test_a_part_that_breaks_its_contract_is_refused_with_the_reason(rule, words):
    with pytest.raises(va.InputError, match=words):
        va.check_rule(rule)
