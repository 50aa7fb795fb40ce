"""Figure 10: norepinephrine through an astrocyte: its level, A, M_astro, and what becomes of the synapse (7.4.1)."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.core import functions
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.experiments.document.style import NOTE, tidy
from vesicle_abm.experiments.figures import colour
from vesicle_abm.neurons.astrocyte import EFFICACY, RATE, Astrocyte, input_efficacy
from vesicle_abm.neurons.modulation import Modulation
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.neurons.traces import CompositeTrace
from vesicle_abm.views.replay import replay

STEPS = 900
AROUSALS = ((80, 100), (300, 540))  # a brief and a sustained one, steps
LEVEL, CLEARANCE = 2.0, 10.0  # norepinephrine during arousal, and the time constant of its rise and fall, steps
PAIRING = 10  # steps from one pairing of the two neurons to the next
ETA, REWARD = 0.001, 1.0  # eta_global; the level of a steady reward
TAU, THRESHOLD, STRENGTH = 80.0, 0.2, -1.8  # of the astrocyte
NONE, DIRECT = "none", "direct"
WAYS = (NONE, DIRECT, RATE, EFFICACY)
WORDS = {
    NONE: "no norepinephrine",
    DIRECT: r"without astrocyte: in $G_\mathrm{eff}$",
    RATE: r"astrocyte, on the rate ($\lambda M$ in eq. 3)",
    EFFICACY: "astrocyte, on presynaptic efficacy",
}
SHADES = dict(zip(WAYS, (NOTE, colour(0), colour(1), colour(2)), strict=True))
DASHES = dict(zip(WAYS, ("-", "-", "-", "--"), strict=True))
AROUSED, GLIA = colour(4), colour(3)


@dataclass(frozen=True)
class Course:
    """One synapse over T steps: what norepinephrine did to it; ``weight`` (T + 1,), the others (T,).

    ``activation`` A and ``output`` M are 0 where there is no astrocyte; ``efficacy`` is the factor of its input.
    """

    level: np.ndarray
    activation: np.ndarray
    output: np.ndarray
    factor: np.ndarray
    efficacy: np.ndarray
    weight: np.ndarray


def course(way: str) -> Course:
    """Replay one synapse under steady pairing and reward, and two arousals; norepinephrine acts in one of ``WAYS``."""
    graph = NeuralGraph.from_networkx(nx.DiGraph([("pre", "post")]))
    activity = np.repeat((np.arange(STEPS) % PAIRING == 0)[:, None], 2, axis=1).astype(float)
    level = np.zeros(STEPS) if way == NONE else norepinephrine()
    rule = Plasticity(
        trace=CompositeTrace(tau_fast=5.0, tau_slow=20.0), modulation=third_factor(way), astrocyte=astrocyte(way)
    )
    modulators = np.stack([np.full(STEPS, REWARD), level], axis=1)
    out = replay(rule, graph, activity, activity, modulators)
    post = graph.index["post"]
    nothing = np.zeros((STEPS, graph.size))
    output = out.get("astrocyte", nothing)[:, post]
    activation = out.get("astrocyte_activation", nothing)[:, post]
    glia, efficacy = astrocyte(way), np.ones(STEPS)
    if glia is not None and way == EFFICACY:
        efficacy = input_efficacy(glia, activation, functions)
    return Course(
        level, activation, output, out["factor"][:, post], efficacy,
        out["weight"][:, 0],
    )  # fmt: skip


def courses() -> dict[str, Course]:
    """Each way's course."""
    return {way: course(way) for way in WAYS}


def norepinephrine() -> np.ndarray:
    """(T,) its level: it rises towards LEVEL in the arousals and falls after them."""
    level, kept = np.zeros(STEPS), np.exp(-1.0 / CLEARANCE)
    for step in range(1, STEPS):
        aroused = any(first <= step < last for first, last in AROUSALS)
        level[step] = kept * level[step - 1] + (1.0 - kept) * LEVEL * aroused
    return level


def astrocyte(way: str) -> Astrocyte | None:
    """The astrocyte of a way, or None."""
    if way not in (RATE, EFFICACY):
        return None
    return Astrocyte(tau=TAU, threshold=THRESHOLD, strength=STRENGTH, coupling=way)


def plateau() -> float:
    """M_astro under lasting arousal."""
    rule = Astrocyte(threshold=THRESHOLD)
    return rule.sensitivity * LEVEL / (LEVEL + rule.half) - THRESHOLD


def third_factor(way: str) -> Modulation:
    """Reward alone; or with norepinephrine of equal relevance, under lasting arousal as strong as the astrocyte."""
    if way in (RATE, EFFICACY):
        return Modulation(eta_global=ETA, weights={"reward": 1.0}, beta=0.0)
    halves = {"reward": 2.0, "norepinephrine": 2.0 * STRENGTH * plateau() / LEVEL}  # gamma is 1/2 each
    return Modulation(eta_global=ETA, weights=halves, beta=0.0)


def draw_norepinephrine(runs: dict[str, Course]) -> Figure:
    """From top to bottom along the pathway of the document's diagram; arousal is shaded."""
    figure = Figure(figsize=(9.5, 8.8), layout="constrained")
    panels = figure.subplots(5, 1, sharex=True, height_ratios=(2, 2, 2, 3, 4))
    level, calcium, given, effect, weight = panels
    for panel in panels:
        for first, last in AROUSALS:
            panel.axvspan(first, last, color=AROUSED, alpha=0.13, linewidth=0)
    through = runs[RATE]
    level.plot(through.level, color=AROUSED, linewidth=1.6)
    tidy(level, "Norepinephrine: a brief and a sustained arousal (shaded)", ylabel=r"$E_\mathrm{NE}$")
    calcium.plot(through.activation, color=GLIA, linewidth=1.6)
    calcium.axhline(THRESHOLD, color=NOTE, linewidth=0.9, linestyle="--")
    calcium.annotate(
        "threshold of release", (STEPS, THRESHOLD), xytext=(0, 3), textcoords="offset points", color=NOTE, ha="right"
    )
    tidy(calcium, rf"$\rightarrow$ the astrocyte integrates it, $\tau$ = {TAU:g} steps", ylabel="$A_j$")
    given.plot(through.output, color=GLIA, linewidth=1.6)
    tidy(given, r"$\rightarrow$ and gives out a signal of its own (adenosine, say)", ylabel=r"$M_{\mathrm{astro},j}$")
    for way, run in runs.items():
        look = {"color": SHADES[way], "linewidth": 1.7, "label": WORDS[way], "linestyle": DASHES[way]}
        effect.plot(run.factor / ETA * run.efficacy, **look)
        weight.plot(run.weight - runs[NONE].weight, **look)
    words = r"$\rightarrow$ which dampens learning: factor of an update, 1 without norepinephrine"
    tidy(effect, words, ylabel="factor", ylim=(-0.05, 1.15))
    tidy(weight, r"$\rightarrow$ the synapse, under steady pairing and reward, falls behind", xlabel="step",
         ylabel="weight, less that\nwithout norepinephrine", xlim=(0, STEPS))  # fmt: skip
    weight.legend(frameon=False, loc="lower left")
    return figure
