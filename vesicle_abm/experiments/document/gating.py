"""Figure 4: the oscillation with a synapse's preferred phase, its gate, the update before and after (equation 4)."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
from matplotlib.figure import Figure

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.random import bernoulli
from vesicle_abm.experiments.document.style import AFTER, BEFORE, NOTE, OPEN, WHOLE, tidy
from vesicle_abm.neurons.correlation import STDPCorrelation
from vesicle_abm.neurons.gates import PhaseGate
from vesicle_abm.neurons.modulation import Modulation
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.neurons.traces import CompositeTrace
from vesicle_abm.views.replay import replay

STEPS = 300
PERIOD = 100
PREFERRED = np.pi / 2
FIRING = 0.06  # spikes a step
RATE = 0.01
SEED = 28


@dataclass(frozen=True)
class Gating:
    """One synapse over T steps: cos Phi(t), its gate, the update before (dw*) and after it (dw dagger), all (T,)."""

    oscillation: np.ndarray
    gate: np.ndarray
    before: np.ndarray
    after: np.ndarray


def gating() -> Gating:
    """Replay one synapse whose two neurons fire at random, and learn by spike timing."""
    graph = NeuralGraph.from_networkx(nx.DiGraph([("pre", "post")]))
    step = np.arange(STEPS)
    pre, post = np.zeros((2, STEPS, 2))
    pre[:, 0], post[:, 1] = bernoulli(FIRING, SEED, 0, step, "user"), bernoulli(FIRING, SEED, 1, step, "user")
    rule = Plasticity(
        correlation=STDPCorrelation(), trace=CompositeTrace(tau_fast=10.0, tau_slow=60.0),
        modulation=Modulation(eta_local=RATE, eta_global=0.0),
        phase=PhaseGate(frequency=1.0 / PERIOD, preferred=PREFERRED),
    )  # fmt: skip
    out = replay(rule, graph, pre=pre, post=post)
    return Gating(np.cos(out["phase"][:, 0]), out["gate"][:, 0], out["preliminary"][:, 0], out["gated"][:, 0])


def draw_gating(run: Gating) -> Figure:
    """Three panels on one time axis; where the gate is open, all are shaded."""
    figure = Figure(figsize=(9, 5.8), layout="constrained")
    wave, gate, update = figure.subplots(3, 1, sharex=True, height_ratios=(2, 2, 3))
    step = np.arange(len(run.gate))
    for panel in (wave, gate, update):
        panel.fill_between(
            step, 0, 1, where=run.gate > 0, color=OPEN, alpha=0.12, linewidth=0, transform=panel.get_xaxis_transform()
        )
    best = np.arange(PREFERRED / (2 * np.pi) * PERIOD, STEPS, PERIOD)
    wave.plot(step, run.oscillation, color=WHOLE, linewidth=1.4)
    wave.plot(best, np.cos(2 * np.pi * best / PERIOD), "o", color=OPEN, markersize=6)
    for at in best:
        for panel in (wave, gate):
            panel.axvline(at, color=OPEN, linewidth=1.0, linestyle=":")
    told = rf"one cycle in {PERIOD} steps; dots: the preferred phase $\Phi = \phi_{{ij}} = \pi/2$"
    tidy(wave, f"Background oscillation, {told}", ylabel=r"$\cos\,\Phi(t)$", ylim=(-1.15, 1.15))
    gate.plot(step, run.gate, color=OPEN, linewidth=1.8)
    tidy(gate, "Gate: open around the preferred phase (shaded), closed elsewhere", ylim=(0, 1.1))
    gate.set_ylabel(r"$\max(0,\ \cos(\Phi-\phi_{ij}))$", fontsize=9)
    update.axhline(0, color=NOTE, linewidth=0.7)
    update.plot(step, run.before, color=BEFORE, linewidth=1.4, label=r"$\Delta w^{*}$ proposed")
    update.plot(step, run.after, color=AFTER, linewidth=1.6, label=r"$\Delta w^{\dagger}$ let through")
    tidy(update, "The update of one synapse before and after the gate", xlabel="step", ylabel="change of weight")
    update.legend(frameon=False, loc="upper right", ncols=2)
    update.set_xlim(0, len(step))
    return figure
