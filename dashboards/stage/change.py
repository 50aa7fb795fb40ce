"""Weight change: how far the synapses that lead to each neuron have come from where they began."""

import numpy as np

import vesicle_abm as va


class WeightChange:
    """Means over the S_j synapses that lead to neuron j and learn; 0 where there are none.

    ``size``: (1 / S_j) sum |w_ij - w_ij(0)|; ``signed``: (1 / S_j) sum (w_ij - w_ij(0)). (N,) each.
    """

    def __init__(self, model: va.VesicleModel):
        self.edge = model.world.wiring.edge  # (S,)
        self.post = model.graph.target[self.edge]
        self.first = model.world.neurons.initial_weight(model.graph)[self.edge]
        self.count = np.maximum(np.bincount(self.post, minlength=model.graph.size), 1)
        self.size = self.signed = np.zeros(model.graph.size)

    @classmethod
    def of(cls, model) -> "WeightChange | None":
        """Of a model that learns, else None."""
        learns = isinstance(model, va.VesicleModel) and model.world.wiring is not None
        return cls(model) if learns else None

    def take(self, weight: np.ndarray) -> None:
        """The means of the weights (E,) now."""
        changed = weight[self.edge] - self.first
        self.size, self.signed = (
            np.bincount(self.post, weights=values, minlength=len(self.count)) / self.count
            for values in (np.abs(changed), changed)
        )
