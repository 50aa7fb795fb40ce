"""Distal reward: when a neuron fires shortly after another, reward follows, seconds later and among much else.

Izhikevich (2007), "Solving the distal reward problem through linkage of STDP and dopamine signaling", Cerebral Cortex
17:2443; the program daspnet.m, ModelDB 84167. One synapse begins at weight 0. Whenever its neuron fires less than
``interval`` steps after the presynaptic one, a reward is due ``earliest`` to ``latest`` steps later, all alike; the
signal "reward" is 1 in that one step. What one watches is whether this synapse, of all, grows.
"""

from typing import Any, ClassVar

import numpy as np

from vesicle_abm.core.cortex import EXCITATORY, INHIBITORY
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, option, parameter
from vesicle_abm.core.random import uniform
from vesicle_abm.core.stages import TASK
from vesicle_abm.tasks.task import PatientTask, Scene

NUMBERS = ("target_weight", "fraction_capped", "rewards", "mean_rate_hz")
NEVER = -(10**6)  # a step long before the first
TOLERANCE = 0.001  # within which of its cap a weight has reached it
BINS = 40  # of the distribution of weights, from 0 to the cap


class DistalReward(PatientTask, name="distal_reward"):
    """Reward for one neuron's firing after another, by a graph whose nodes say which are ``excitatory``.

    The rewarded synapse is the first from ``pre`` that leads, alone, to an excitatory, or to an inhibitory, neuron.
    Recorded, once in ``look`` steps: its weight; the part of all excitatory synapses at the cap; rewards so far; the
    mean rate since the beginning. Kept as ``distribution``: (40,) how many excitatory synapses have which weight.

    >>> DistalReward(onto="inhibitory").latest
    3000
    """

    tells: ClassVar[tuple[str, ...]] = ("reward",)
    recorded: ClassVar[tuple[str, ...]] = NUMBERS
    measures: ClassVar[tuple[str, ...]] = (
        "target_weight_final",
        "target_capped_at_s",
        "mean_rate_hz",
        "fraction_capped",
        "rewards",
    )
    pre: Any = option(0, "label of the presynaptic neuron")
    onto: str = option(EXCITATORY, "which neuron the rewarded synapse leads to", choices=(EXCITATORY, INHIBITORY))
    interval: int = parameter(
        20, "steps that the pair may be apart, less one", per=SCALAR, unit="steps", whole=True, ge=1
    )
    earliest: int = parameter(1000, "steps to the reward, at least", per=SCALAR, unit="steps", whole=True, ge=0)
    latest: int = parameter(3000, "steps to the reward, at most", per=SCALAR, unit="steps", whole=True, ge=1)
    cap: float = parameter(4.0, "the greatest weight, as the bounds of plasticity have it", per=SCALAR, gt=0.0)
    look: int = parameter(
        1000, "steps from one look at all weights to the next", per=SCALAR, unit="steps", whole=True, ge=1
    )
    steps_a_second: float = parameter(1000.0, "steps in a second", per=SCALAR, gt=0.0)
    reward: str = option("reward", "name of the signal that it gives")

    def __post_init__(self):
        super().__post_init__()
        if self.latest < self.earliest:
            words = f"got {self.latest}; whole numbers from earliest = {self.earliest} on are allowed"
            raise InputError(words, "latest")
        if not isinstance(self.reward, str):
            raise InputError(f"got {self.reward!r}; text is allowed", "reward")

    def edge(self, graph: NeuralGraph) -> int:
        """The rewarded synapse, as an edge's index.

        Raises
        ------
        InputError
            if there is none such.
        """
        wanted = graph.attribute(EXCITATORY, "node") == (1.0 if self.onto == EXCITATORY else 0.0)
        from_pre = (graph.source == graph.node(self.pre)) & wanted[graph.target] & (graph.source != graph.target)
        if EXCITATORY in graph.layer_names:
            from_pre &= graph.in_layers([EXCITATORY])
        from_pre &= np.bincount(graph.target[from_pre], minlength=graph.size)[graph.target] == 1
        if not from_pre.any():
            raise InputError(f"no synapse leads alone from {self.pre!r} to an {self.onto} neuron; name another", "pre")
        return int(np.argmax(from_pre))

    def watched(self, graph):
        """Both neurons of the pair."""
        edge = self.edge(graph)
        return [int(graph.source[edge]), int(graph.target[edge])]

    def next_call(self, step, kept):
        """The next look, or the next reward and the step after it."""
        look = step + (-(step + 1)) % self.look
        due = kept["due"][kept["due"] >= step - 1]
        return min([0 if step == 0 else look, *(max(step, int(each)) for each in due)])

    def first(self, graph: NeuralGraph, eta: np.ndarray) -> dict[str, np.ndarray]:
        """No spike, no reward."""
        numbers = {name: np.array(0.0) for name in NUMBERS}
        times = {"pre_fired": np.array(NEVER), "capped_at": np.array(NEVER), "edge": np.array(self.edge(graph))}
        return numbers | times | {"due": np.zeros(0, np.int64), "distribution": np.zeros(BINS, np.int64)}

    def sense(self, scene: Scene) -> None:
        """The pair's spikes of the step before, and the reward that is due now."""
        kept, graph, step = scene.kept, scene.graph, scene.step
        edge = int(kept["edge"])
        if step == 0:
            scene.weight[edge] = 0.0
        before, after = (scene.activation[ends[edge]] > 0.0 for ends in (graph.source, graph.target))
        if before:
            kept["pre_fired"][...] = step
        if after and 0 < step - int(kept["pre_fired"]) < self.interval:
            wait = self.earliest + int(np.ceil((self.latest - self.earliest) * uniform(scene.seed, 0, step, TASK)))
            kept["due"] = np.append(kept["due"], step + wait + 1)
        rewarded = bool((kept["due"] == step).any())
        scene.signals[self.reward] = float(rewarded)
        kept["rewards"] += float(rewarded)
        kept["due"] = kept["due"][kept["due"] >= step]
        if (step + 1) % self.look == 0:
            self._look(scene, edge)

    def _look(self, scene: Scene, edge: int) -> None:
        """At all weights, and at how often neurons have fired."""
        kept, graph = scene.kept, scene.graph
        excites = graph.in_layers([EXCITATORY]) if EXCITATORY in graph.layer_names else np.ones(graph.edge_count, bool)
        weight = scene.weight[excites]
        kept["target_weight"][...] = scene.weight[edge]
        kept["fraction_capped"][...] = np.mean(weight >= self.cap - TOLERANCE)
        kept["distribution"][:] = np.histogram(weight, BINS, (0.0, self.cap))[0]
        if "fired" in scene.cells:
            spikes = scene.cells["fired"].sum() / graph.size
            kept["mean_rate_hz"][...] = spikes * self.steps_a_second / max(scene.step, 1)
        if kept["capped_at"] == NEVER and scene.weight[edge] >= self.cap - TOLERANCE:
            kept["capped_at"][...] = scene.step + 1

    def metrics(self, kept: dict[str, np.ndarray]) -> dict[str, float]:
        """``target_weight_final``, ``fraction_capped``, ``rewards``, ``mean_rate_hz`` at the last look;
        ``target_capped_at_s``, NaN if never.
        """
        capped = int(kept["capped_at"])
        return {
            "target_weight_final": float(kept["target_weight"]),
            "target_capped_at_s": float("nan") if capped == NEVER else capped / self.steps_a_second,
            "mean_rate_hz": float(kept["mean_rate_hz"]),
            "fraction_capped": float(kept["fraction_capped"]),
            "rewards": float(kept["rewards"]),
        }
