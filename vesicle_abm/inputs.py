"""SynapsesOf: the synapses that lead to one neuron, as columns that can be read and set."""

from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.neurons.intermediates import intermediates
from vesicle_abm.neurons.modulation import Modulation
from vesicle_abm.neurons.network import Wiring
from vesicle_abm.neurons.pipeline import changed
from vesicle_abm.neurons.synapses import SYNAPSE
from vesicle_abm.views.learning import Lesson

if TYPE_CHECKING:
    import pandas as pd

    from vesicle_abm.model import VesicleModel


class SynapsesOf:
    """The synapses of one neuron, a row each, in the order of ``graph.edges``.

    ``source`` labels of the presynaptic neurons, ``weight`` w_ij, ``delay``; of a model that learns also ``trace``
    e_ij, ``attention`` alpha_ij, and whatever its parts keep, by name: ``fast``, ``slow``, ``average`` …, NaN where a
    synapse does not learn. Weights and what is kept can be set: ``neuron.synapses.weight = 0.5``, or a number each.
    """

    model: "VesicleModel"
    neuron: int

    def __init__(self, model: "VesicleModel", neuron: int):
        self.__dict__.update(model=model, neuron=neuron)

    @property
    def edge(self) -> np.ndarray:
        """(S,) indices in ``graph.edges``."""
        ways = self.model.world.synapses
        if ways is None:
            raise InputError("the model has no neurons; give neurons=HMNNeurons()", "synapses")
        return ways.edge[ways.indptr[self.neuron] : ways.indptr[self.neuron + 1]]

    @property
    def source(self) -> list:
        """Labels of the presynaptic neurons."""
        graph = self.model.graph
        return [graph.nodes[i] for i in graph.source[self.edge].tolist()]

    @property
    def delay(self) -> np.ndarray:
        """(S,) further steps on the way."""
        return self.model.graph.delay[self.edge]

    @property
    def weight(self) -> np.ndarray:
        """(S,) w_ij, a copy; assign to change them."""
        return self.model.state.weight[self.edge]

    @weight.setter
    def weight(self, value):
        self.model.state.weight[self.edge] = numbers(value, len(self.edge), "weight")

    @property
    def trace(self) -> np.ndarray:
        """(S,) e_ij as the last step left it, the sum of what the trace keeps."""
        found = [self._read(name) for name in self.kept if name.startswith("trace.")]
        if not found:
            raise InputError("the learning rule keeps no trace", "trace")
        return np.sum(found, axis=0)

    @property
    def attention(self) -> np.ndarray:
        """(S,) alpha_ij that equation (11) would give now; it follows from context and embeddings, so it is not set."""
        return self.lesson()["attention"]

    def lesson(self) -> dict[str, Any]:
        """What the rule would make of things as they stand, if the neuron learned now; changes nothing.

        (S,) "correlation", "trace", "attention", "preliminary", "gate", "phase", "gated", "probability" and "update",
        which is the expected one where chance decides; a number each "modulation" (G) and "factor"; "relevance"
        (gamma), by modulator. Names are those of ``replay``; a stage that is absent gives 1.
        """
        world = self.model.world
        lesson = Lesson.of(world, self._rule())
        synapses, update = lesson.propose(self.neuron, self.neuron + 1)
        by_synapse, by_neuron = intermediates(lesson.rule, synapses, update)
        by_synapse["update"] = changed(update)
        modulation, relevance = lesson.rule.modulation, by_neuron.pop("relevance", None)
        found: dict[str, Any] = {
            name: self._placed(np.ones(synapses.size) if values is None else values)
            for name, values in by_synapse.items()
        }
        found |= {name: 1.0 if values is None else float(values[0]) for name, values in by_neuron.items()}
        if isinstance(modulation, Modulation) and relevance is not None:
            found["relevance"] = dict(zip(modulation.weighted(synapses.neurons), relevance[0].tolist(), strict=True))
        return found

    @property
    def kept(self) -> list[str]:
        """What the parts of the learning rule keep of each synapse: "part.name"."""
        return [
            f"{part}.{name}"
            for part, stage in self._rule().keepers()
            for name, scope in stage.keeps.items()
            if scope == SYNAPSE
        ]

    def frame(self) -> "pd.DataFrame":
        """All of it as a table, a row a synapse."""
        import pandas as pd

        columns = {"source": self.source, "weight": self.weight, "delay": self.delay}
        if self.model.world.plasticity is not None:
            columns |= {name.partition(".")[2]: self._read(name) for name in self.kept}
            columns["attention"] = self.attention
        return pd.DataFrame(columns, index=self.edge)

    def _rule(self):
        if self.model.world.plasticity is None:
            raise InputError("the model does not learn; give plasticity=Plasticity()", "synapses")
        return self.model.world.plasticity

    def _wiring(self) -> Wiring:
        wiring = self.model.world.wiring
        if wiring is None:
            raise InputError("the model does not learn; give plasticity=Plasticity()", "synapses")
        return wiring

    def _rows(self) -> slice:
        indptr = self._wiring().indptr
        return slice(int(indptr[self.neuron]), int(indptr[self.neuron + 1]))

    def _read(self, name: str) -> np.ndarray:
        return self._placed(self.model.state.kept[name][self._rows()])

    def _placed(self, values: np.ndarray) -> np.ndarray:
        """What the learning synapses have, among all that lead here."""
        found = np.full(len(self.edge), np.nan)
        found[self._learning()] = values
        return found

    def _learning(self) -> np.ndarray:
        """Which of the synapses learn, as rows."""
        return np.searchsorted(self.edge, self._wiring().edge[self._rows()])

    def _full(self, name: str) -> str:
        full = next((each for each in self.kept if name in (each, each.partition(".")[2])), None)
        if full is None:
            own = ["source", "weight", "delay", "trace", "attention", *(each.partition(".")[2] for each in self.kept)]
            raise AttributeError(f"synapses have no {name!r}; {nearest(name, own)}")
        return full

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._read(self._full(name))

    def __setattr__(self, name: str, value) -> None:
        if isinstance(getattr(type(self), name, None), property):
            super().__setattr__(name, value)
            return
        rows, full = self._rows(), self._full(name)
        given = np.broadcast_to(numbers(value, len(self.edge), name), len(self.edge))
        self.model.state.kept[full][rows] = given[self._learning()]

    def __len__(self) -> int:
        return len(self.edge)

    def __repr__(self):
        return f"<{len(self)} synapses of {self.model.graph.nodes[self.neuron]!r}>"


def numbers(value, count: int | None, key: str) -> np.ndarray:
    """One finite number, or (count,) of them."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"got {value!r}; finite numbers are allowed", key) from None
    if array.ndim and array.shape != (count,):
        words = "one number" if count is None else f"one number, or {count} of them,"
        raise InputError(f"has shape {array.shape}; {words} is allowed", key)
    if not np.isfinite(array).all():
        raise InputError(f"got {value!r}; finite numbers are allowed", key)
    return array
