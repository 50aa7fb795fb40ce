"""What is known of one neuron, as rows of (name, value)."""

import numpy as np

from .snapshot import Snapshot

PLACE = ("x", "y", "z")


class Inspector:
    """Tells of any neuron of a graph."""

    def __init__(self, graph, kinds: list[str]):
        self.graph, self.kinds = graph, kinds
        self._in, self._out = (np.bincount(ends, minlength=graph.size) for ends in (graph.target, graph.source))

    def rows(self, snapshot: Snapshot, node: int) -> list[tuple[str, str]]:
        """The neuron's name, texts and degrees, its numbers, and vesicles and level of each kind."""
        rows = [("neuron", str(self.graph.nodes[node]))]
        rows += [
            (name.replace("_", " "), str(values[node]))
            for name, values in self.graph.node_data.items()
            if isinstance(values[node], str) and values[node] and name not in PLACE
        ]
        rows += numbers_of(snapshot, node)
        for k, kind in enumerate(self.kinds):
            rows.append((kind, vesicles_and_level(snapshot, node, k)))
        return [*rows, ("edges in, out", f"{self._in[node]}, {self._out[node]}")]


def numbers_of(snapshot: Snapshot, node: int) -> list[tuple[str, str]]:
    """Activation, bias and gain, learning rates and memory, as far as the model has them."""
    if snapshot.expected:
        return []
    rows = [("activation", number(snapshot.activation[node]))]
    rows.append(("bias, gain", f"{number(snapshot.bias[node])}, {number(snapshot.gain[node])}"))
    if snapshot.eta is not None:
        local, overall = snapshot.eta[node]
        rows.append(("learning rates", f"local {number(local)}, global {number(overall)}"))
    if snapshot.memory is not None:
        used = int(snapshot.memory[node].any(axis=1).sum())
        words = f"{used} of {snapshot.memory.shape[1]} slots in use, strength {number(snapshot.stored()[node])}"
        rows.append(("memory", words))
    return rows


def vesicles_and_level(snapshot: Snapshot, node: int, k: int) -> str:
    """How many vesicles of a kind are at a neuron, and the level that they have left."""
    count = snapshot.occupancy[k, node]
    if snapshot.expected:
        return f"{number(count)} expected"
    return f"{int(count)} vesicle{'' if count == 1 else 's'}, level {number(snapshot.level[node, k])}"


def number(value: float) -> str:
    """Three significant digits.

    >>> number(0.12345), number(1234.5), number(0.0)
    ('0.123', '1234', '0')
    """
    value = float(value)
    if abs(value) >= 1000 or value == 0:
        return f"{value:.0f}"
    return np.format_float_positional(value, 3, fractional=False, trim="-")
