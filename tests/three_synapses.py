"""Three synapses to check by hand, and rules of one part."""

import math

import vesicle_abm as va


def three(**attributes) -> va.NeuralGraph:
    """a -> c, b -> c, c -> a, with edge attributes given as lists; delays 0, 1, 2 if none are given."""
    table = {"delay": [0, 1, 2], **attributes}
    ends = [("a", "c"), ("b", "c"), ("c", "a")]
    edges = [(s, t, {name: values[e] for name, values in table.items()}) for e, (s, t) in enumerate(ends)]
    return va.NeuralGraph.from_edges(edges, nodes="abc")


def at_once(**attributes) -> va.NeuralGraph:
    """The same three without delays."""
    return three(delay=[0, 0, 0], **attributes)


def only(**parts) -> va.Plasticity:
    """A rule of these parts and no others: without a trace and without modulation, every update is 1."""
    return va.Plasticity(**{"trace": None, "modulation": None, **parts})


def softmax(*scores: float) -> list[float]:
    """By its definition."""
    total = sum(math.exp(score) for score in scores)
    return [math.exp(score) / total for score in scores]


class Itself(va.Trace, name="test_itself"):
    """No memory: e is this step's correlation."""

    def eligibility(self, synapses, xp):
        return synapses.correlation
