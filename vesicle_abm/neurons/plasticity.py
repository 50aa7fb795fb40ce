"""Plasticity: the learning rule of HMN neurons, as stages that can be replaced, left out and ablated one by one.

correlation -> trace (2) -> local attention (10, 11) -> modulation (6, 7, 3) -> phase gate (4) -> probabilistic gate (5)
-> bounds. ``vesicle_abm.neurons.pipeline`` computes it.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import ByKeyword, Rule, bound_array, declaration
from vesicle_abm.neurons.astrocyte import ACTIVATION, Astrocytes, territories
from vesicle_abm.neurons.attention import Attention
from vesicle_abm.neurons.bounds import Bounds, WeightBounds
from vesicle_abm.neurons.correlation import Correlation, HebbianCorrelation
from vesicle_abm.neurons.embedding import AverageEmbedding, Embedding
from vesicle_abm.neurons.gates import PREFERRED, Chance, Gate
from vesicle_abm.neurons.homeostasis import Homeostasis
from vesicle_abm.neurons.modulation import Modulation, ThirdFactor
from vesicle_abm.neurons.synapses import NEURON, SYNAPSE, Keeps
from vesicle_abm.neurons.traces import CompositeTrace, Trace

STAGES: dict[str, type[Rule]] = {
    "trace": Trace,
    "attention": Attention,
    "modulation": ThirdFactor,
    "phase": Gate,
    "chance": Chance,
}
PARTS: dict[str, type[Rule]] = {
    "correlation": Correlation,
    "trace": Trace,
    "embedding": Embedding,
    "attention": Attention,
    "modulation": ThirdFactor,
    "astrocyte": Astrocytes,
    "phase": Gate,
    "chance": Chance,
    "bounds": Bounds,
    "homeostasis": Homeostasis,
}
NONE, MEAN = "none", "mean"
MATCHES = (NONE, MEAN)
PRECISIONS = ("float64", "float32")


@dataclass(frozen=True, kw_only=True, eq=False)
class Plasticity(metaclass=ByKeyword):
    """How the synapses of HMN neurons learn. A stage that is None is absent: its factor is 1.

    Parameters
    ----------
    correlation, trace, embedding, attention, modulation, astrocyte, phase, chance, bounds, homeostasis : a rule each
    ablated : stage -> "none" or "mean", what ``without`` has taken away
    layers : edge layers whose synapses learn; none for all that carry activity
    precision : "float64", or "float32" to store what synapses keep in half the memory; arithmetic is float64

    Raises
    ------
    InputError
        for a rule of the wrong family or a number out of bounds.

    >>> rule = Plasticity(modulation=Modulation(weights={"reward": 1.0}))
    >>> rule.names, rule.without("trace").names
    (('trace', 'modulation'), ('modulation',))
    """

    PARTS: ClassVar[dict[str, type[Rule]]] = PARTS  # part -> its family of rules
    STAGES: ClassVar[dict[str, type[Rule]]] = STAGES  # those that can be ablated

    correlation: Correlation = dataclasses.field(default_factory=HebbianCorrelation)
    trace: Trace | None = dataclasses.field(default_factory=CompositeTrace)
    embedding: Embedding = dataclasses.field(default_factory=AverageEmbedding)
    attention: Attention | None = None
    modulation: ThirdFactor | None = dataclasses.field(default_factory=Modulation)
    astrocyte: Astrocytes | None = None
    phase: Gate | None = None
    chance: Chance | None = None
    bounds: Bounds | None = None
    homeostasis: Homeostasis | None = None
    ablated: dict = dataclasses.field(default_factory=dict)
    layers: list | None = None
    precision: str = "float64"

    def __post_init__(self):
        for name, family in PARTS.items():
            value = getattr(self, name)
            needed = name in ("correlation", "embedding")
            if not (isinstance(value, family) or (value is None and not needed)):
                words = f"a rule of the family {family.__name__}{'' if needed else ', or None,'} is allowed"
                raise InputError(f"got {value!r}; {words}", name)
            for kept, scope in getattr(value, "keeps", {}).items():
                if scope not in (SYNAPSE, NEURON):
                    raise InputError(f"got {scope!r}; {nearest(scope, (SYNAPSE, NEURON))}", f"{name}.keeps.{kept}")
        if self.precision not in PRECISIONS:
            raise InputError(f"got {self.precision!r}; {nearest(self.precision, PRECISIONS)}", "precision")
        if not isinstance(self.ablated, dict):
            raise InputError(f'got {self.ablated!r}; a table is allowed, say {{ phase = "mean" }}', "ablated")
        for name, match in self.ablated.items():
            if name not in STAGES:
                raise InputError(f"no stage {name!r}; {nearest(name, STAGES)}", "ablated")
            if getattr(self, name) is None:
                raise InputError("the stage is absent, there is nothing to take away", f"ablated.{name}")
            if match not in MATCHES:
                raise InputError(f"got {match!r}; {nearest(match, MATCHES)}", f"ablated.{name}")

    @property
    def names(self) -> tuple[str, ...]:
        """The stages at work, in order."""
        return tuple(name for name in STAGES if getattr(self, name) is not None and name not in self.ablated)

    def without(self, name: str, match: str = NONE) -> Self:
        """The same rule with one stage ablated: its neutral element stands in its place.

        ========== ============================= =====================================================
        stage      match="none"                  match="mean": the mean size of updates is kept
        ========== ============================= =====================================================
        trace      e = this step's correlation   the same, times what the trace makes of a constant one
        attention  alpha = 1 / fan-in            alpha = 1 / fan-in, the mean of a softmax
        modulation G = 1                         G = the mean of G_j over the network, at each step
        phase      gate = 1                      gate = 1 / pi, the mean of a half-wave
        chance     applied for certain           applied for certain, times its probability
        ========== ============================= =====================================================

        Raises
        ------
        InputError
            for a stage that is unknown or absent.
        """
        return dataclasses.replace(self, ablated={**self.ablated, name: match})

    def replace(self, **parts) -> Self:
        """The same rule with other parts, say ``attention=MyAttention()``; a stage that was ablated is back."""
        for name in parts:
            if name not in {item.name for item in dataclasses.fields(self)}:
                raise InputError(f"no part {name!r}; {nearest(name, PARTS)}", name)
        ablated = {name: match for name, match in self.ablated.items() if name not in parts}
        return dataclasses.replace(self, **{"ablated": ablated, **parts})

    def parts(self) -> list[tuple[str, Rule]]:
        """(name, rule) of every part that is there."""
        return [(name, getattr(self, name)) for name in PARTS if getattr(self, name) is not None]

    def keepers(self) -> list[tuple[str, Any]]:
        """(name, rule) of the parts at work that keep something."""
        idle = set(self.ablated) | (set() if "attention" in self.names else {"embedding"})
        return [(name, rule) for name, rule in self.parts() if isinstance(rule, Keeps) and name not in idle]

    def bind(self, graph: NeuralGraph, modulators: list[str]) -> Self:
        """The same rule with its parts bound to a graph; ``modulators`` are those that the model has.

        Raises
        ------
        InputError
            naming what the graph or the model lacks.
        """
        bound: dict[str, Any] = {}
        for name, rule in self.parts():
            try:
                fixed = rule.bind(graph)
                check_modulators(fixed, modulators)
                if isinstance(fixed, WeightBounds):
                    fixed.check_order()
                if isinstance(fixed, Astrocytes):
                    territories(fixed, graph)
                bound[name] = with_preferred_phases(fixed, graph) if name == "phase" else fixed
            except InputError as error:
                raise error.inside(name) from None
        graph.in_layers(self.layers)
        return dataclasses.replace(self, **bound)

    def first_kept(self, graph: NeuralGraph, synapses: int) -> dict[str, np.ndarray]:
        """What the parts keep, at the start: "part.name" -> (S,), (N,) or (N, d)."""
        kept = {}
        for part, rule in self.keepers():
            for name, scope in rule.keeps.items():
                size = synapses if scope == SYNAPSE else graph.size
                value = np.asarray(rule.first(name, size), dtype=np.float64)
                kind = self.precision if scope == SYNAPSE else "float64"
                kept[f"{part}.{name}"] = np.array(value if value.ndim else np.full(size, value), dtype=kind)
        if self.astrocyte is not None:
            kept[ACTIVATION] = np.zeros(graph.size)
        return kept

    def first_eta(self, graph: NeuralGraph) -> np.ndarray:
        """(N, 2) the learning rates at the start."""
        rates = (self.modulation.eta_local, self.modulation.eta_global) if self.modulation else (0.0, 0.0)
        return np.stack([np.broadcast_to(rate, graph.size) for rate in rates], axis=-1).astype(np.float64)


def check_modulators(rule: Rule, known: list[str]) -> None:
    """Refuse a rule that names a modulator which the model has not."""
    if isinstance(rule, Modulation):
        rule.check_names(known)
    if isinstance(rule, Astrocytes) and rule.modulator not in known:
        raise InputError(f"no modulator {rule.modulator!r}; {nearest(rule.modulator, known)}", "modulator")


def with_preferred_phases(rule: Rule, graph: NeuralGraph) -> Rule:
    """A gate that has no preferred phases of its own takes the graph's."""
    if getattr(rule, "preferred", 0.0) is not None or PREFERRED not in graph.edge_data:
        return rule
    about = declaration(rule.__dataclass_fields__["preferred"])
    try:
        return rule.with_values({"preferred": bound_array(PREFERRED, about, "preferred", graph)})
    except InputError as error:
        raise InputError(f"edge attribute {PREFERRED!r}: {error.message}", "preferred") from None
