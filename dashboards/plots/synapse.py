"""What is read of one synapse after each step, and how a synapse is found: by its two neurons, or by its change.

Weight and traces are as the step has left them; attention, relevance, modulation, gate and probability are what the
rule would make of things as they stand then (``SynapsesOf.lesson``).
"""

import numpy as np

import vesicle_abm as va

OFFERED = 20  # names, at most
TURN = 2.0 * np.pi


def columns(model: va.VesicleModel) -> list[str]:
    """The names of the numbers that ``read`` gives; none for a model that does not learn."""
    rule = model.world.plasticity
    if rule is None or not len(learning(model)):
        return []
    return list(read(model, int(learning(model)[0])))


def read(model: va.VesicleModel, edge: int) -> dict[str, float]:
    """The numbers of a synapse that learns, by name; of stages that the rule has."""
    post = int(model.graph.target[edge])
    synapses = va.SynapsesOf(model, post)
    row = int(np.flatnonzero(synapses.edge == edge)[0])
    lesson, names = synapses.lesson(), model.world.plasticity.names
    found = {"weight": float(synapses.weight[row])}
    parts = [name for name in synapses.kept if name.startswith("trace.")]
    found |= {name: float(getattr(synapses, name.partition(".")[2])[row]) for name in parts}
    if parts:
        found["trace.sum"] = float(synapses.trace[row])
    found["correlation"] = float(lesson["correlation"][row])
    if "attention" in names:
        found["attention"] = float(lesson["attention"][row])
    found |= {f"relevance.{kind}": value for kind, value in lesson.get("relevance", {}).items()}
    found |= {"modulation": lesson["modulation"], "factor": lesson["factor"]}
    if "phase" in lesson:
        found["phase"] = float(lesson["phase"][row] / TURN % 1.0)
    if "phase" in names:
        found["gate"] = float(lesson["gate"][row])
    if "chance" in names:
        found["probability"] = float(lesson["probability"][row])
    return found


def learning(model: va.VesicleModel) -> np.ndarray:
    """(S,) the edges that learn."""
    return model.world.wiring.edge


def strongest(model: va.VesicleModel, weight: np.ndarray) -> int:
    """The synapse whose weight has come farthest from ``weight`` (E,); the first of several."""
    edges = learning(model)
    return int(edges[np.argmax(np.abs(model.state.weight[edges] - weight[edges]))])


def words(graph: va.NeuralGraph, edge: int) -> str:
    """A synapse in words."""
    return f"{graph.nodes[int(graph.source[edge])]} → {graph.nodes[int(graph.target[edge])]}"


class Names:
    """Neurons by their names, of a model that learns."""

    def __init__(self, model: va.VesicleModel):
        self.graph, self.edges = model.graph, learning(model)
        self.node = {str(label): node for node, label in enumerate(model.graph.nodes)}

    def offered(self, text: str, pre: str = "") -> list[str]:
        """Names with this text, first those that begin with it: of neurons with synapses, or of targets of ``pre``."""
        if pre in self.node:
            ends = self.graph.target[self.edges[self.graph.source[self.edges] == self.node[pre]]]
        else:
            ends = self.graph.source[self.edges]
        found = [str(self.graph.nodes[node]) for node in np.unique(ends).tolist()]
        lower = text.lower()
        held = [name for name in found if lower in name.lower()]
        return sorted(held, key=lambda name: not name.lower().startswith(lower))[:OFFERED]

    def find(self, pre: str, post: str) -> int:
        """The synapse from one neuron to the other.

        Raises
        ------
        InputError
            saying what there is instead.
        """
        for name in (pre, post):
            if name not in self.node:
                raise va.InputError(f"there is no neuron {name!r}", "synapse")
        ends = self.graph.source[self.edges], self.graph.target[self.edges]
        found = self.edges[(ends[0] == self.node[pre]) & (ends[1] == self.node[post])]
        if not len(found):
            others = ", ".join(self.offered("", pre)[:5]) or "none"
            raise va.InputError(
                f"no synapse that learns leads from {pre} to {post}; from {pre} to: {others}", "synapse"
            )
        return int(found[0])
