"""Network: what a NIR graph has become here, and how spikes go in and come out of it in NIR's own time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.exchange.populations import INPUT, LI, Population
from vesicle_abm.model import VesicleModel
from vesicle_abm.neurons.spiking import LIFNeurons


@dataclass(frozen=True)
class Network:
    """A graph and the neurons on it, by ``populations``; those that lead to an Output are ``outputs``.

    ``notes``: what one should know of how it was read; ``scenario``: the table of the scenario that it was exported
    from, or None. Vesicles live on it as on any other: ``network.model({"reward": va.Kind(…)})``, or
    ``va.VesicleModel(network.graph, …, neurons=network.neurons)``.
    """

    graph: NeuralGraph
    neurons: LIFNeurons
    populations: dict[str, Population]
    outputs: list[str]
    notes: list[str] = field(default_factory=list)
    scenario: dict[str, Any] | None = None

    def model(self, kinds: Mapping[str, Any] | None = None, **parts) -> VesicleModel:
        """A model of it: ``parts`` as VesicleModel takes them."""
        return VesicleModel(self.graph, dict(kinds or {}), neurons=self.neurons, **parts)

    def run(self, inputs: Mapping[str, Any], model: VesicleModel | None = None) -> dict[str, np.ndarray]:
        """What every population gives out, name -> (T, n): spikes 0 or 1, of an LI the potential, above rest.

        ``inputs``: name of a population -> (T, n): of an Input spikes, 0 or 1; of another what is added to its input.
        Row t is step t of NIR's: each population's rows are taken ``latency`` steps later from the model, and a
        population's bias works from its own first step on, as where all layers begin at once. ``model``: one of this
        network that has not begun; it goes on, vesicles and all, as the steps are taken.

        Raises
        ------
        InputError
            for inputs of another shape, an unknown population, or an Input that is given other than spikes.

        >>> import numpy as np
        >>> import vesicle_abm as va
        >>> graph = va.NeuralGraph(["a", "b"], [0], [1], weight=5.0)
        >>> neurons = va.LIFNeurons(integration="euler", tau_ms=2.0, rest=0.0, threshold=1.0, reset=0.0)
        >>> network = va.from_nir(va.to_nir(va.VesicleModel(graph, {}, neurons=neurons)))
        >>> {name: population.size for name, population in network.populations.items()}
        {'neurons_0': 1, 'neurons_1': 1}
        """
        model = self.model() if model is None else model
        if model.time:
            raise InputError(f"has taken {model.time} steps; a new one is allowed", "model")
        given, steps = self._checked(inputs)
        late = {name: population.latency or 0 for name, population in self.populations.items()}
        found = {name: np.zeros((steps, population.size)) for name, population in self.populations.items()}
        bias = model.state.bias.copy()
        for now in range(steps + max(late.values())):
            for name, population in self.populations.items():
                row = now - late[name]
                drive = given[name][row] if name in given and 0 <= row < steps else 0.0
                model.state.drive[population.index] = drive if row >= 0 else -bias[population.index]
            model.step()
            for name, population in self.populations.items():
                if 0 <= now - late[name] < steps:
                    found[name][now - late[name]] = self._given_out(model, population)
        return found

    def _given_out(self, model: VesicleModel, population: Population) -> np.ndarray:
        if population.node == LI:
            return model.state.cells["v"][population.index] - population.values["rest"]
        return model.state.activation[population.index]

    def _checked(self, inputs: Mapping[str, Any]) -> tuple[dict[str, np.ndarray], int]:
        """The inputs as arrays, and how many steps they are."""
        given, steps = {}, None
        for name, values in inputs.items():
            if name not in self.populations:
                raise InputError(f"no population {name!r}; {nearest(name, self.populations)}", "inputs")
            population, array = self.populations[name], np.asarray(values, np.float64)
            steps = len(array) if steps is None and array.ndim else steps
            if array.shape != (steps, population.size):
                words = (
                    f"has shape {array.shape}; (steps, {population.size}), of as many steps as the others, is allowed"
                )
                raise InputError(words, f"inputs.{name}")
            if population.node == INPUT and not np.isin(array, (0.0, 1.0)).all():
                raise InputError("has numbers other than 0 and 1; spikes are allowed", f"inputs.{name}")
            given[name] = array
        if steps is None:
            raise InputError(f"got none; {nearest('', self.populations)}", "inputs")
        return given, steps
