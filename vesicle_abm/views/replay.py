"""replay: the learning rule driven by given or recorded activity, with every intermediate; no vesicles, no neurons."""

import networkx as nx
import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.neurons.astrocyte import ACTIVATION, territories
from vesicle_abm.neurons.gates import PHASE
from vesicle_abm.neurons.intermediates import intermediates
from vesicle_abm.neurons.modulation import CONTEXT
from vesicle_abm.neurons.network import Wiring
from vesicle_abm.neurons.pipeline import Update
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.neurons.synapses import SYNAPSE, Synapses
from vesicle_abm.views.beginning import checked_seed
from vesicle_abm.views.learning import Lesson, integrate_astrocytes


def replay(
    rule: Plasticity,
    graph: NeuralGraph | nx.Graph,
    pre,
    post,
    modulators=None,
    phase=None,
    seed: int = 0,
    *,
    context=None,
    weight=None,
) -> dict[str, np.ndarray]:
    """Drive a learning rule with given activity, T steps of it, and see every intermediate.

    Parameters
    ----------
    rule : Plasticity
    graph : NeuralGraph or networkx graph, N nodes and E edges
    pre : (T, N) x(t), what the neurons send at each step; silent before the first. In a model, x(t) = z(t - 1)
    post : (T, N) z(t), what they answer
    modulators : (T, K) or (T, N, K) levels E_k(t), in the order of ``Modulation.weights``, then the modulator of an
        astrocyte if it is not among them; none: all 0
    phase : (T,) or (T, N) Phi(t) in radians, instead of the gate's own oscillators
    seed : of the draws of the probabilistic gate
    context : (T,) or (T, d) C_global(t); none: every modulator is equally relevant
    weight : (E,) signed weights at the start; by default the graph's, times the edge attribute ``sign``

    Returns
    -------
    dict of float64 arrays. "weight" (T + 1, E), before the first step and after each; (T, E), in ``graph.edges`` order,
    NaN at edges that do not learn: "correlation", "trace" (e), "attention" (alpha), "preliminary" (dw*), "gate",
    "gated" (dw dagger), "probability", "applied" (0 or 1), "update" (dw) and what synapses keep ("fast", "slow", …);
    (T, N): "modulation" (G), "factor" (eta_local + eta_global (G + lambda M)), and what neurons keep ("context", …), in
    full where the name is taken ("correlation.trace");
    "relevance" (gamma) (T, N, K); "phase" (T, E) in radians. With an astrocyte "astrocyte" (M) and
    "astrocyte_activation" (A), (T, N). A stage that is absent gives 1.

    Raises
    ------
    InputError
        for arrays of a wrong shape, numbers that are not finite, a delay not shorter than the recording.

    >>> import networkx as nx
    >>> rule = Plasticity(modulation=Modulation(eta_global=0.1, weights={"reward": 1.0}))
    >>> both = np.ones((3, 2))
    >>> out = replay(rule, nx.DiGraph([("a", "b")]), pre=both, post=both, modulators=np.ones((3, 1)))
    >>> out["weight"].shape, round(float(out["update"][0, 0]), 6)
    ((4, 1), 0.2)
    """
    if not isinstance(rule, Plasticity):
        raise InputError(f"got {rule!r}; a Plasticity is allowed", "rule")
    seed = checked_seed(seed)
    graph = graph if isinstance(graph, NeuralGraph) else NeuralGraph.from_networkx(graph)
    names = modulator_names(rule, modulators)
    rule = rule.bind(graph, names)
    x, z = given(pre, "pre", (None, graph.size)), given(post, "post", (None, graph.size))
    steps = len(x)
    if len(z) != steps:
        raise InputError(f"has {len(z)} steps, pre has {steps}; the same number is allowed", "post")
    start = HMNNeurons().initial_weight(graph) if weight is None else given(weight, "weight", (graph.edge_count,))
    wiring = Wiring.of(graph, rule.layers, start)
    longest = int(wiring.delay.max(initial=0))
    if longest >= max(steps, 1):
        at = wiring.edge[int(wiring.delay.argmax())]
        raise InputError(
            f"edge {graph.edges[at]} has delay {longest}; less than the {steps} given steps is allowed", "pre"
        )
    levels = level_table(modulators, steps, graph.size, names)
    signals = signal_tables(phase, context, steps, graph.size)
    start = start.astype(rule.precision).astype(np.float64)  # as it is stored
    tape = Tape(rule, graph, wiring, steps, start)
    history, bias = np.zeros((longest + 1, graph.size)), np.zeros(graph.size)
    kept, eta = rule.first_kept(graph, wiring.size), rule.first_eta(graph)
    current = start.astype(rule.precision)
    territory = None if rule.astrocyte is None else territories(rule.astrocyte, graph)
    for step in range(steps):
        history[(step - 1) % len(history)] = x[step]
        lesson = Lesson(
            rule, seed, bias, graph=graph, wiring=wiring, step=step, activation=z[step], history=history,
            weight=current, eta=eta, levels=levels[step], names=names, kept=kept,
            signals={name: table[step] for name, table in signals.items()},
        )  # fmt: skip
        synapses, update = lesson.learn(0, graph.size)
        lesson.end()
        tape.write(step, synapses, update)
        if rule.astrocyte is not None and territory is not None:
            level = levels[step][:, names.index(rule.astrocyte.modulator)]
            integrate_astrocytes(rule.astrocyte, territory, level, kept)
    return tape.tables


class Tape:
    """The tables that a replay fills, a row a step."""

    def __init__(self, rule: Plasticity, graph: NeuralGraph, wiring: Wiring, steps: int, weight: np.ndarray):
        self.rule, self.edge, self.steps, self.edges = rule, wiring.edge, steps, graph.edge_count
        self.tables = {"weight": np.empty((steps + 1, graph.edge_count))}
        self.tables["weight"][0] = weight

    def write(self, step: int, synapses: Synapses, update: Update) -> None:
        """What a step did."""
        moment, neurons = synapses.moment, synapses.neurons
        by_synapse, by_neuron = intermediates(self.rule, synapses, update)
        by_synapse |= {"applied": update.drawn, "update": update.change}
        if self.rule.astrocyte is not None:  # as the step found it
            by_neuron["astrocyte_activation"] = moment.kept[ACTIVATION]
            by_neuron["astrocyte"] = self.rule.astrocyte.output(moment.kept[ACTIVATION], functions)
        for part, stage in self.rule.keepers():
            for name, scope in stage.keeps.items():
                full = f"{part}.{name}"
                title = full if name in by_synapse or name in by_neuron else name
                (by_synapse if scope == SYNAPSE else by_neuron)[title] = moment.kept[full]
        for name, values in by_synapse.items():
            row = np.full(self.edges, np.nan)
            row[self.edge] = 1.0 if values is None else values
            self._row(name, step, row)
        for name, values in by_neuron.items():
            self._row(name, step, np.ones(neurons.size) if values is None else values)
        self.tables["weight"][step + 1] = moment.weight

    def _row(self, name: str, step: int, values: np.ndarray) -> None:
        if name not in self.tables:
            self.tables[name] = np.empty((self.steps, *np.shape(values)))
        self.tables[name][step] = values


def modulator_names(rule: Plasticity, modulators) -> list[str]:
    """The names of the columns of ``modulators``."""
    names = list(getattr(rule.modulation, "weights", None) or [])
    if rule.astrocyte is not None and rule.astrocyte.modulator not in names:
        names.append(rule.astrocyte.modulator)
    unnamed = getattr(rule.modulation, "weights", None) is None and modulators is not None
    further = np.shape(modulators)[-1] - len(names) if unnamed and np.ndim(modulators) > 1 else 0
    return [*(f"modulator_{k}" for k in range(further)), *names]


def given(values, key: str, shape: tuple) -> np.ndarray:
    """An array as given, float64, of the right shape (None: any length) and finite."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"got {type(values).__name__}; numbers are allowed", key) from None
    fits = array.ndim == len(shape) and all(want in (None, have) for want, have in zip(shape, array.shape, strict=True))
    if not fits:
        words = ", ".join("T" if length is None else str(length) for length in shape)
        raise InputError(f"has shape {array.shape}; shape ({words}) is needed", key)
    if not np.isfinite(array).all():
        raise InputError("has NaN or infinite numbers; finite ones are allowed", key)
    return array


def level_table(modulators, steps: int, nodes: int, names: list[str]) -> np.ndarray:
    """(T, N, K) the levels at every neuron."""
    kinds = len(names)
    if modulators is None:
        return np.zeros((steps, nodes, kinds))
    if np.ndim(modulators) == 3:
        return given(modulators, "modulators", (steps, nodes, kinds))
    if np.ndim(modulators) != 2 or np.shape(modulators) != (steps, kinds):
        raise InputError(
            f"has shape {np.shape(modulators)}; ({steps}, {kinds}) or ({steps}, {nodes}, {kinds}) is needed, "
            f"a column each for {', '.join(names) or 'no modulator'}",
            "modulators",
        )
    table = given(modulators, "modulators", (steps, kinds))
    return np.repeat(table[:, None], nodes, axis=1)


def signal_tables(phase, context, steps: int, nodes: int) -> dict[str, np.ndarray]:
    """The signals that were given, a row a step."""
    found = {}
    if phase is not None:
        found[PHASE] = given(phase, "phase", (steps,) if np.ndim(phase) == 1 else (steps, nodes))
    if context is not None:
        found[CONTEXT] = given(context, "context", (steps,) if np.ndim(context) == 1 else (steps, None))
    return found
