"""Edges as drawn: of each layer one line between two connected neurons, and how strong each line is."""

import numpy as np

import vesicle_abm as va

from .colours import layer_colours

EDGE_BUDGET = 8000  # lines drawn at first; more would be a hairball
STRONGEST = 127


class Lines:
    """The lines of a graph, layer after layer, each as strong as the stronger edge of the two ways."""

    def __init__(self, graph: va.NeuralGraph, wired: list[str] | None):
        """``wired``: the layers that carry activity, whose weights are synaptic ones; None for none or all."""
        self.wired = graph.in_layers([name for name in wired or graph.layer_names if name in graph.layer_names])
        self.line = np.full(graph.edge_count, -1)  # (E,) each edge's line, -1 for a loop
        self.layers: list[dict] = []
        parts, first = [], 0
        colours = layer_colours(len(graph.layer_names))
        for number, name in enumerate(graph.layer_names):
            own = np.flatnonzero((graph.layer == number) & (graph.source != graph.target))
            low, high = (side(graph.source[own], graph.target[own]) for side in (np.minimum, np.maximum))
            keys, line = np.unique(low.astype(np.int64) * graph.size + high, return_inverse=True)
            self.line[own] = first + line
            parts.append(np.stack(np.divmod(keys, graph.size), axis=1))
            shown = wired is None or name in wired
            self.layers.append(
                {"name": name, "first": first, "count": len(keys), "shown": shown, "colour": colours[number]}
            )
            first += len(keys)
        self.ends = np.concatenate(parts)  # (L, 2)
        self.highest = np.zeros(len(self.layers))
        self._keep_to_budget()

    def _keep_to_budget(self) -> None:
        room = EDGE_BUDGET
        for layer in sorted(self.layers, key=lambda layer: layer["count"]):
            room -= layer["count"] if layer["shown"] else 0
            layer["shown"] = layer["shown"] and room >= 0

    def strengths(self, graph: va.NeuralGraph, weight: np.ndarray | None) -> tuple[np.ndarray, list[float]]:
        """(L,) int8 from -127 to 127, each layer by the largest that it has had, and those largest.

        ``weight`` (E,): the synaptic weights now; edges that carry no activity have the weights of their ways.
        """
        values = graph.weight if weight is None else np.where(self.wired, weight, graph.weight)
        drawn = self.line >= 0
        most, least = np.zeros(len(self.ends)), np.zeros(len(self.ends))
        np.maximum.at(most, self.line[drawn], values[drawn])
        np.minimum.at(least, self.line[drawn], values[drawn])
        strength = np.where(most >= -least, most, least)
        share = np.zeros(len(self.ends), np.int8)
        for number, layer in enumerate(self.layers):
            own = slice(layer["first"], layer["first"] + layer["count"])
            self.highest[number] = max(self.highest[number], np.abs(strength[own]).max(initial=0.0))
            share[own] = np.rint(strength[own] / (self.highest[number] or 1.0) * STRONGEST)
        return share, self.highest.tolist()
