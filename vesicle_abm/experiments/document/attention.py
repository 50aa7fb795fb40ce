"""Figure 6: local attention over the inputs of a neuron, global attention over modulators (equations 6, 7, 10, 11)."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.random import uniform
from vesicle_abm.experiments.document.style import NOTE, WHOLE, tidy
from vesicle_abm.experiments.figures import colour
from vesicle_abm.model import VesicleModel
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.neurons.attention import LocalAttention
from vesicle_abm.neurons.embedding import AverageEmbedding
from vesicle_abm.neurons.modulation import Modulation
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.neurons.traces import CompositeTrace
from vesicle_abm.views.replay import replay

INPUTS, EPOCH = 4, 100
EPOCHS = ((0,), (0, 1), (), (2, 3), (1, 2, 3))  # which inputs are active in each epoch
STEPS = EPOCH * len(EPOCHS)
MODULATORS = ("reward", "novelty", "uncertainty")
FAVOURED = (0, 0, 1, 2, 1)  # which modulator the global context points at in each epoch
BETA_LOCAL, BETA_GLOBAL = 12.0, 4.0
PULSE, EVERY = 15.0, 50  # a modulator's pulse decays with this time constant, and comes again after so many steps
SEED = 6
EQUAL = "0.65"


@dataclass(frozen=True)
class Attention:
    """What a neuron attended to over T steps.

    ``inputs``, ``alpha``, ``attended`` (T, inputs): x_i, alpha_ij and alpha_ij e_ij; ``context`` (T,) c_j;
    ``levels``, ``favour``, ``gamma`` (T, modulators): E_k, the parts of C_global and gamma_k; ``signal`` (T,) G_eff.
    """

    inputs: np.ndarray
    alpha: np.ndarray
    attended: np.ndarray
    context: np.ndarray
    levels: np.ndarray
    favour: np.ndarray
    gamma: np.ndarray
    signal: np.ndarray


def attention() -> Attention:
    """Let inputs take turns in driving a neuron, then replay the rule on the activity that was recorded."""
    graph = NeuralGraph.from_networkx(nx.DiGraph([(f"input {i}", "neuron") for i in range(INPUTS)]))
    neuron, sources = graph.index["neuron"], graph.source
    post = recorded(graph, sources)
    pre = np.vstack([np.zeros(graph.size), post[:-1]])  # what arrives was sent in the step before
    keys = {name: np.eye(len(MODULATORS))[k] for k, name in enumerate(MODULATORS)}
    levels, favour = pulses(), np.repeat(np.eye(len(MODULATORS))[list(FAVOURED)], EPOCH, axis=0)
    rule = Plasticity(
        trace=CompositeTrace(tau_fast=5.0, tau_slow=20.0),
        embedding=AverageEmbedding(rate=0.05),
        attention=LocalAttention(beta=BETA_LOCAL, context_rate=0.05),
        modulation=Modulation(weights=dict.fromkeys(MODULATORS, 1.0), keys=keys, beta=BETA_GLOBAL),
    )
    out = replay(rule, graph, pre, post, levels, context=favour)
    return Attention(
        pre[:, sources], out["attention"], out["attention"] * out["trace"], out["context"][:, neuron],
        levels, favour, out["relevance"][:, neuron], out["modulation"][:, neuron],
    )  # fmt: skip


def recorded(graph: NeuralGraph, sources: np.ndarray) -> np.ndarray:
    """(T, N) the activation of a network whose inputs are driven by turns, noisily."""
    model = VesicleModel(graph, {}, neurons=HMNNeurons(weight_scale=1.0 / INPUTS), seed=SEED)
    rows = []
    for step in range(STEPS):
        active = np.isin(np.arange(INPUTS), EPOCHS[step // EPOCH])
        model.state.drive[sources] = active * (0.75 + 0.5 * uniform(SEED, np.arange(INPUTS), step, "user"))
        model.step()
        rows.append(model.state.activation.copy())
    return np.array(rows, dtype=np.float64)


def pulses() -> np.ndarray:
    """(T, modulators) levels: pulses that decay, each modulator at its own times."""
    since = (np.arange(STEPS)[:, None] - EVERY * np.arange(len(MODULATORS)) / len(MODULATORS)) % EVERY
    return np.exp(-since / PULSE)


def draw_attention(run: Attention) -> Figure:
    """Left: what comes in, the context, alpha, the attended traces. Right: the modulators, C_global, gamma, G_eff."""
    figure = Figure(figsize=(11, 8), layout="constrained")
    panels = figure.subplots(4, 2, sharex=True, height_ratios=(3, 1.6, 3, 3))
    local, broad = panels[:, 0], panels[:, 1]
    rows(local[0], run.inputs, [f"input {i + 1}" for i in range(INPUTS)], "Inputs of one neuron, $x_i$")
    lines(local[1], [(run.context, WHOLE, "")], "Context: the neuron's recent activation", ylabel="$c_j$")
    shares(local[2], run.alpha, r"Local attention: each input's share $\alpha_{ij}$")
    attended = [(run.attended[:, i], colour(i), "") for i in range(INPUTS)]
    lines(
        local[3],
        attended,
        "What each input may change: attended traces",
        ylabel=r"$\alpha_{ij}\,e_{ij}$",
        xlabel="step",
    )
    rows(broad[0], run.levels, MODULATORS, "Modulators, $E_k$")
    favoured(broad[1], run.favour)
    shares(broad[2], run.gamma, r"Global attention: each modulator's share $\gamma_k$")
    equal = run.levels.mean(axis=1)
    both = [(equal, EQUAL, "equal shares"), (run.signal, WHOLE, "attended")]
    lines(broad[3], both, "Third factor", ylabel=r"$G_\mathrm{eff}$", xlabel="step")
    broad[3].legend(frameon=False, loc="upper center", ncols=2)
    broad[3].set_ylim(0, 1.35 * run.signal.max())
    for panel in panels.ravel():
        for at in range(EPOCH, STEPS, EPOCH):
            panel.axvline(at, color=NOTE, linewidth=0.8, linestyle=":")
        panel.set_xlim(0, STEPS)
    return figure


def rows(panel, values: np.ndarray, names, title: str) -> None:
    """A row a signal, filled up to its value; the first on top."""
    height = 1.2 * values.max()
    base = np.arange(len(names))[::-1] * height
    for k, low in enumerate(base):
        panel.fill_between(np.arange(len(values)), low, low + values[:, k], color=colour(k), alpha=0.8, linewidth=0)
    tidy(panel, title, ylim=(0, height * len(names)))
    panel.set_yticks(base, names, va="bottom")
    panel.tick_params(axis="y", length=0)


def lines(panel, curves, title: str, **labels) -> None:
    """A line each: (values, colour, label)."""
    for values, shade, label in curves:
        panel.plot(values, color=shade, linewidth=1.3, label=label)
    tidy(panel, title, **labels)


def shares(panel, values: np.ndarray, title: str) -> None:
    """Parts of one whole, stacked; the first on top."""
    shades = [colour(k) for k in range(values.shape[1])]
    panel.stackplot(np.arange(len(values)), values.T[::-1], colors=shades[::-1], alpha=0.8, linewidth=0)
    tidy(panel, title, ylabel="share", ylim=(0, 1))


def favoured(panel, favour: np.ndarray) -> None:
    """The modulator that the global context points at, by name, in each epoch."""
    for first in range(0, STEPS, EPOCH):
        k = int(np.argmax(favour[first]))
        panel.axvspan(first, first + EPOCH, color=colour(k), alpha=0.8, linewidth=0)
        panel.text(first + EPOCH / 2, 0.5, MODULATORS[k], ha="center", va="center", color="white", fontsize=9)
    tidy(panel, r"Global context: $C_\mathrm{global}$ points at", ylim=(0, 1))
    panel.set_yticks([])
