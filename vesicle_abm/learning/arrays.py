"""The field's arrays as tensors: float64, on torch's default device, differentiable. See ``views.field.arrays``."""

from typing import Any, ClassVar

import numpy as np

from vesicle_abm.core.graph import FORWARD, NeuralGraph
from vesicle_abm.core.parameters import Rule
from vesicle_abm.learning import functions
from vesicle_abm.learning.needed import torch
from vesicle_abm.learning.transport import Transport
from vesicle_abm.views.field.arrays import Arrays


class TensorGraph:
    """A graph as rules see it: the same names, with tensors."""

    def __init__(self, graph: NeuralGraph):
        self._graph, self.size, self.edge_count = graph, graph.size, graph.edge_count
        self.source, self.target = (torch.as_tensor(ends.astype(np.int64)) for ends in (graph.source, graph.target))
        self.weight = functions.array(graph.weight.copy())

    def ends(self, direction: str = FORWARD) -> tuple[Any, Any]:
        """(E,) and (E,): where each edge begins and where it leads, travelled forward or backward."""
        return (self.source, self.target) if direction == FORWARD else (self.target, self.source)

    def in_layers(self, layers) -> Any:
        """(E,) bool: which edges lie in the named layers."""
        return torch.as_tensor(self._graph.in_layers(layers))

    def attribute(self, name: str, per: str | None = None) -> Any:
        """A numeric node or edge attribute."""
        return functions.array(self._graph.attribute(name, per))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._graph, name)


class TensorArrays(Arrays):
    """Of torch. Plasticity, memory and what changes weights are stepped in numpy alone; a task, and estimators, are
    shown numbers without gradients.
    """

    xp: Any = functions
    holds_all: ClassVar[bool] = False

    def array(self, values) -> Any:
        """A float64 tensor."""
        return functions.array(values)

    def plain(self, values) -> np.ndarray:
        """The numbers, without a gradient."""
        return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)

    def index(self, values: np.ndarray) -> Any:
        """An int64 tensor."""
        return torch.as_tensor(values, dtype=torch.int64)

    def zeros(self, *shape: int) -> Any:
        """Float64."""
        return torch.zeros(shape, dtype=torch.float64)

    def spread(self, values, shape: tuple[int, ...]) -> Any:
        """Broadcast; a ValueError if they do not fit."""
        try:
            return values.expand(shape)
        except RuntimeError as error:
            raise ValueError(str(error)) from None

    def stack(self, parts: list, axis: int = 0) -> Any:
        """As numpy's."""
        return torch.stack(parts, dim=axis)

    def join(self, parts: list, axis: int = 0) -> Any:
        """Concatenated."""
        return torch.cat(parts, dim=axis)

    def flow(self, start: np.ndarray, end: np.ndarray, factor, mass, places: int) -> Any:
        """(rows, places) what arrives; see ``transport``."""
        ends = self.index(start), self.index(end)
        return Transport.apply(factor.contiguous(), mass.contiguous(), *ends, places)

    def rule(self, rule: Rule) -> Any:
        """The rule with its arrays as tensors."""
        numbers = {name: self.array(value) for name, value in vars(rule).items() if isinstance(value, np.ndarray)}
        return rule.with_values({name: value for name, value in numbers.items() if value.ndim})

    def graph(self, graph: NeuralGraph) -> Any:
        """With tensors."""
        return TensorGraph(graph)


TORCH = TensorArrays()
