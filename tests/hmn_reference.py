"""The HMN document's appendix 10.4, line by line in plain Python: loops over neurons and inputs, lists of numbers.

It shares no formula with the package: only the declared parameters of a rule, and, as arguments, the elementary
functions and the draw in [0, 1). With the package's own ``exp``, ``cos`` and ``sigmoid`` the bits are equal.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from hmn_forms import EXACT, moving_average, of, similarity, softmax, total

import vesicle_abm as va


@dataclass
class Neuron:
    """What neuron j keeps: its inputs (edge, i, tau_ij), c_j, its trace of spikes, its embedding."""

    inputs: list[tuple[int, int, int]]
    context: float = 0.0
    after: float = 0.0
    embedding: list[float] = field(default_factory=list)


@dataclass
class Synapse:
    """What a synapse keeps: psi_fast, psi_slow, h_i, its trace of spikes; and its sign at the start."""

    sign: float
    fast: float = 0.0
    slow: float = 0.0
    average: float = 0.0
    before: float = 0.0


class Reference:
    """A network that learns by a rule already bound to its graph; ``weight`` list of E numbers."""

    def __init__(self, rule: va.Plasticity, graph, names: list[str], weight, uniform: Callable, f=EXACT, layers=None):
        self.rule, self.names, self.uniform, self.f, self.size = rule, names, uniform, f, graph.size
        self.store = (lambda v: float(np.float32(v))) if rule.precision == "float32" else float
        self.weight = [self.store(w) for w in weight]
        self.bias = [0.0] * self.size
        self.astrocyte = [0.0] * self.size
        layers = rule.layers if rule.layers is not None else layers
        chosen = graph.layer_names if layers is None else layers
        self.neurons = [Neuron([]) for _ in range(self.size)]
        self.synapses: dict[int, Synapse] = {}
        for e in range(graph.edge_count):
            if graph.layer_names[graph.layer[e]] in chosen:
                self.neurons[graph.target[e]].inputs.append((e, int(graph.source[e]), int(graph.delay[e])))
                self.synapses[e] = Synapse(-1.0 if weight[e] < 0.0 else 1.0)
        if isinstance(rule.embedding, va.LearnedEmbedding):
            start = np.array(rule.embedding.start, dtype=float)
            for j, neuron in enumerate(self.neurons):
                neuron.embedding = [float(v) for v in (start[j] if start.ndim > 1 else start)]
        self.territory = list(range(self.size))
        if rule.astrocyte is not None and rule.astrocyte.territory is not None:
            self.territory = list(graph.node_data[rule.astrocyte.territory])

    def efficacy(self, j: int) -> float | None:
        """What an astrocyte leaves of the inputs of neuron j, or None."""
        astro = self.rule.astrocyte
        if astro is None or astro.coupling != "efficacy":
            return None
        return max(0.0, 1.0 + astro.strength * self.output(j))

    def output(self, j: int) -> float:
        """M_astro,j."""
        return max(0.0, self.astrocyte[j] - self.rule.astrocyte.threshold)

    def learn(self, t: int, x: Callable[[int, int], float], z, E, C_global, Phi) -> dict[int, dict[str, float]]:
        """One step for all neurons: ``x(i, tau)``, z (N), E (N, K), C_global (a list) and Phi (a number, N or None).

        Gives every intermediate by edge.
        """
        seen = [list(neuron.embedding) for neuron in self.neurons]
        told: dict[int, dict[str, float]] = {}
        if self.rule.modulation is not None and self.rule.modulation.context == "activity":
            C_global = [total(z) / self.size]
        for j in range(self.size):
            told |= self.learn_one(j, t, x, z[j], E[j], C_global, Phi, seen)
        self.integrate(E)
        return told

    def learn_one(self, j, t, x, z_j, E_j, C_global, Phi, seen) -> dict[int, dict[str, float]]:
        """The pseudocode for a single neuron j."""
        rule, neuron, scale = self.rule, self.neurons[j], self.efficacy(j)
        received = [x(i, tau) if scale is None else x(i, tau) * scale for _, i, tau in neuron.inputs]
        correlation = self.correlations(neuron, received, z_j)
        eligibility = [self.trace(e, c) for (e, _, _), c in zip(neuron.inputs, correlation, strict=True)]
        alpha = self.local_attention(j, neuron, received, z_j, seen)
        G_eff = self.global_modulation(j, E_j, C_global)
        told = {}
        for n, (e, _, _) in enumerate(neuron.inputs):
            # 1, 2. Eligibility trace, local attention
            e_tilde = self.times(eligibility[n], alpha[n])  # Eq (10)
            # 4. Preliminary update
            rate = None
            if G_eff is not None:
                rate = of(rule.modulation.eta_local, j) + of(rule.modulation.eta_global, j) * G_eff
            delta_w_star = self.times(e_tilde, rate)  # Eq (3)
            delta_w_star = 1.0 if delta_w_star is None else delta_w_star
            # 5. Phase gating
            gate = 1.0 if rule.phase is None else self.gate(j, e, t, Phi)
            delta_w_dagger = delta_w_star * gate  # Eq (4)
            # 6. Probabilistic update
            p, applied = 1.0, True
            if rule.chance is not None:
                p = self.f.sigmoid(rule.chance.beta * (abs(delta_w_dagger) - rule.chance.theta))  # Eq (5)
                applied = self.uniform(e, t) < p
            final = delta_w_dagger if applied else 0.0
            self.weight[e] = self.store(self.limit(e, self.weight[e] + final))
            told[e] = {
                "correlation": correlation[n], "trace": eligibility[n], "attention": alpha[n],
                "preliminary": delta_w_star, "gate": gate, "gated": delta_w_dagger, "probability": p,
                "applied": float(applied), "update": final, "factor": rate,
            }  # fmt: skip
        if rule.homeostasis is not None:
            self.bias[j] += of(rule.homeostasis.rate, j) * (of(rule.homeostasis.target, j) - z_j)
        return told

    @staticmethod
    def times(a: float | None, b: float | None) -> float | None:
        """A product in which a stage that is absent does not appear."""
        return b if a is None else a if b is None else a * b

    def correlations(self, neuron: Neuron, received: list[float], z_j: float) -> list[float]:
        """correlation(x_i(t - tau_ij), z_j) of each input: the product, or spike timing."""
        rule, found = self.rule.correlation, []
        if isinstance(rule, va.HebbianCorrelation):
            return [x * z_j for x in received]
        nearest = rule.pairing == "nearest"
        after = neuron.after * self.f.exp(-1.0 / rule.tau_minus)
        for (e, _, _), x in zip(neuron.inputs, received, strict=True):
            synapse = self.synapses[e]
            before = synapse.before * self.f.exp(-1.0 / rule.tau_plus)
            found.append(rule.a_plus * before * z_j - rule.a_minus * after * x)
            synapse.before = self.store((x if x > 0.0 else before) if nearest else before + x)
        neuron.after = (z_j if z_j > 0.0 else after) if nearest else after + z_j
        return found

    def trace(self, e: int, correlation: float) -> float | None:
        """psi_f + psi_s, Eq (2)."""
        if self.rule.trace is None:
            return None
        synapse = self.synapses[e]
        psi_f = synapse.fast * self.f.exp(-1.0 / of(self.rule.trace.tau_fast, e)) + correlation
        psi_s = synapse.slow * self.f.exp(-1.0 / of(self.rule.trace.tau_slow, e)) + correlation
        synapse.fast, synapse.slow = self.store(psi_f), self.store(psi_s)
        return psi_f + psi_s

    def local_attention(self, j: int, neuron: Neuron, received, z_j: float, seen) -> list[float | None]:
        """alpha_ij over all inputs of j, Eq (11)."""
        rule = self.rule.attention
        if rule is None:
            return [None] * len(received)
        neuron.context = moving_average(neuron.context, z_j, rule.context_rate)
        scores = []
        for h, query in self.embeddings(j, neuron, received, z_j, seen):
            c_j = [neuron.context * part for part in query]
            scores.append(rule.beta * similarity(rule.similarity, h, c_j))
        weights = softmax(scores, self.f)
        return [w * float(len(received)) for w in weights] if rule.normalise == "mean" else weights

    def embeddings(self, j: int, neuron: Neuron, received, z_j: float, seen):
        """(h_i, the query of j) of each input."""
        rule = self.rule.embedding
        if isinstance(rule, va.AverageEmbedding):
            found = []
            for (e, _, _), x in zip(neuron.inputs, received, strict=True):
                synapse = self.synapses[e]
                average = moving_average(synapse.average, x, rule.rate)
                synapse.average = self.store(average)
                found.append(([average], [1.0]))
            return found
        if isinstance(rule, va.GivenEmbedding):
            return [(rule.vectors[i].tolist(), rule.vectors[j].tolist()) for _, i, _ in neuron.inputs]
        drive = total([abs(x) for x in received])
        for part in range(len(neuron.embedding) if drive > 0.0 else 0):
            inputs = zip(neuron.inputs, received, strict=True)
            mean = total([abs(x) * seen[i][part] for (_, i, _), x in inputs]) / drive
            neuron.embedding[part] = seen[j][part] + rule.rate * z_j * (mean - seen[j][part])
        return [(seen[i], seen[j]) for _, i, _ in neuron.inputs]

    def global_modulation(self, j: int, E_j, C_global: list[float]) -> float | None:
        """G_eff, Eqs (6) and (7), with what an astrocyte adds."""
        rule, astro = self.rule.modulation, self.rule.astrocyte
        if rule is None:
            return None
        level = dict(zip(self.names, E_j, strict=True))
        own = rule.weights
        if own is None:
            own = {name: 1.0 for name in self.names if astro is None or name != astro.modulator}
        w_k = dict(own)
        by_rate = astro is not None and astro.coupling == "rate"
        if by_rate and astro.attended:
            w_k["astrocyte"], level["astrocyte"] = astro.strength, self.output(j)
        similarities = []
        for name in w_k:
            key = (rule.keys or {}).get(name, [1.0])
            message = [level[name] * part for part in key]
            context = C_global if len(C_global) == len(message) else C_global * len(message)
            similarities.append(rule.beta * similarity(rule.similarity, message, context))
        gamma = softmax(similarities, self.f)
        G_eff = 0.0
        for g, (name, w) in zip(gamma, w_k.items(), strict=True):
            G_eff += g * w * level[name]  # Eq (6)
        return G_eff + astro.strength * self.output(j) if by_rate and not astro.attended else G_eff

    def gate(self, j: int, e: int, t: int, Phi) -> float:
        """max(0, cos(Phi - phi_ij))."""
        rule = self.rule.phase
        if Phi is None:
            cycles = of(rule.frequency, j) * t
            Phi_t = 2.0 * math.pi * (cycles - math.floor(cycles)) + of(rule.offset, j)
        else:
            Phi_t = of(Phi, j)
        phi_ij = 0.0 if rule.preferred is None else of(rule.preferred, e)
        return max(0.0, self.f.cos(Phi_t - phi_ij))

    def limit(self, e: int, weight: float) -> float:
        """Within the bounds, and of its own sign."""
        rule = self.rule.bounds
        if rule is None:
            return weight
        if rule.low is not None:
            weight = max(of(rule.low, e), weight)
        if rule.high is not None:
            weight = min(of(rule.high, e), weight)
        if rule.dale:
            weight = max(0.0, weight) if self.synapses[e].sign > 0.0 else min(0.0, weight)
        return weight

    def integrate(self, E) -> None:
        """A_j(t + 1) from A_j(t) and E_NE(t), the mean over its territory."""
        rule = self.rule.astrocyte
        if rule is None:
            return
        k, keep = self.names.index(rule.modulator), self.f.exp(-1.0 / rule.tau)
        for j in range(self.size):
            mine = [float(E[n][k]) for n in range(self.size) if self.territory[n] == self.territory[j]]
            present = max(0.0, total(mine) / len(mine))
            gained = (1.0 - keep) * rule.sensitivity * present / (present + rule.half)
            self.astrocyte[j] = keep * self.astrocyte[j] + gained
