"""Everything but the vesicles, in a field: neurons, levels, gains, changes, trails, task. Mean-field closure.

What is random in a step is replaced by its mean, and the rest goes on as it does under agents: equation (1) averaged
over its noise, levels by expected releases, plasticity with its expectation where chance would have its say. Exact
where all that follows is linear in what is random. Nothing is changed in place: a stage gives a new state.
"""

import dataclasses
from typing import Any

import numpy as np

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.state import State
from vesicle_abm.vesicles.change import BIAS, WEIGHT
from vesicle_abm.vesicles.release import ACTIVATION, GAIN, MEMORY, MODULATOR
from vesicle_abm.views.changes import bias_of, relaxation, weight_of
from vesicle_abm.views.effects import Effect, with_change
from vesicle_abm.views.estimating import estimates, note
from vesicle_abm.views.field.arrays import Arrays
from vesicle_abm.views.learning import SYNAPSES_A_BLOCK, Lesson, efficacy_of, integrate_astrocytes
from vesicle_abm.views.world import World

TENSORS = ("weight", "bias", "activation", "history", "drive", "gain", "modulator")
POINTS, WEIGHTS = np.polynomial.hermite_e.hermegauss(32)  # of relu, which has a kink, within 0.6 % of the noise
WEIGHTS = WEIGHTS / WEIGHTS.sum()
Given = list[tuple[Effect, Any]]  # what one docking gives at each node, and how many dockings there are


class Rest:
    """The stages of everything but the vesicles; ``world`` is the field's own, and shows the state of the moment."""

    def __init__(self, world: World, arrays: Arrays):
        self.world, self.arrays, self.graph = world, arrays, world.graph
        self.synapses = world.synapses
        if self.synapses is not None:
            self.end = np.repeat(np.arange(self.graph.size), np.diff(self.synapses.indptr))
            self.delay = delays(self.graph, self.synapses.edge)

    def first(self, state: State) -> State:
        """A copy of a state with its numbers in arrays of this sort, and counts that need not be whole."""
        made = state.copy()
        for name in () if self.arrays.holds_all else TENSORS:
            setattr(made, name, self.arrays.array(getattr(made, name)))
        made.changes = {name: self.arrays.array(given) for name, given in made.changes.items()}
        made.trails = {name: self.arrays.array(trail) for name, trail in made.trails.items()}
        made.tallies = {name: self.arrays.array(count) for name, count in made.tallies.items()}
        return made

    def sense(self, state: State, signals: dict[str, Any]) -> tuple[State, dict[str, Any]]:
        """The task tells; levels clear, gains relax, changes, trails and memory fade."""
        world, signals = self.world, dict(signals)
        if world.task is not None:
            state, signals = self._told(state, signals)
        fading: dict[str, Any] = {
            "trails": {
                name: trail * relaxation(world.kinds[name].trail.tau)  # type: ignore[union-attr]
                for name, trail in state.trails.items()
            },
            "changes": {
                name: state.changes[name] * relaxation(rule.recovery)
                for name, _, rule in world.lifecycle.changes
                if rule.lasts
            },
        }
        clearing = np.array([relaxation(kind.clearance) for kind in world.kinds.values()])
        if (clearing != 1.0).any():
            fading["modulator"] = state.modulator * self.arrays.array(clearing)
        if world.neurons is not None and world.neurons.gain_recovery is not None:
            fading["gain"] = 1.0 + (state.gain - 1.0) * relaxation(world.neurons.gain_recovery)
        if state.memory is not None and world.memory is not None:
            fading["memory"] = state.memory * relaxation(world.memory.tau)
        return dataclasses.replace(state, **fading), signals

    def _told(self, state: State, signals: dict[str, Any]) -> tuple[State, dict[str, Any]]:
        """The task acts on a copy, in numpy."""
        names = ("activation", "drive", "eta")
        shown: dict[str, Any] = {name: np.array(self.arrays.plain(getattr(state, name))) for name in names}
        for table in ("task", "trails", "tallies"):
            shown[table] = {name: np.array(self.arrays.plain(kept)) for name, kept in getattr(state, table).items()}
        shown["memory"] = None if state.memory is None else state.memory.copy()
        before, after = self.world.signals, dataclasses.replace(state, **shown)
        self.world.state, self.world.signals = after, signals
        self.world.task.sense(self.world.scene())  # type: ignore[union-attr]
        self.world.signals = before
        trails = {name: self.arrays.array(trail) for name, trail in after.trails.items()} if after.trails else {}
        told = {"drive": self.arrays.array(after.drive), "eta": after.eta, "task": after.task, "memory": after.memory}
        return dataclasses.replace(state, trails=trails, **told), signals

    def activate(self, state: State, signals: dict[str, Any]) -> tuple[State, dict[str, Any]]:
        """Equation (1) at the mean of all but its noise, over which it is averaged; then what estimators tell."""
        world, activation = self.at(state, signals), state.activation
        if world.neurons is not None:
            total = self._inputs(world, state)
            efficacy = efficacy_of(world)
            total = total if efficacy is None else total * efficacy
            activation = self._answer(state.gain * total + bias_of(world) + state.drive)
            state = self._with_activation(state, activation)
        if world.estimators:
            state = dataclasses.replace(state, estimates={k: v.copy() for k, v in state.estimates.items()})
            world.state, world.signals = state, dict(signals)
            note(world, estimates(world, self.arrays.plain(activation)))
            signals = world.signals
        return state, signals

    def _answer(self, input_) -> Any:
        """(N,) the mean of f(u + eps) over the noise eps ~ N(0, noise**2), by Gauss-Hermite quadrature."""
        neurons, total = self.world.neurons, 0.0
        function = getattr(self.arrays.xp, neurons.activation)  # type: ignore[union-attr]
        noise = np.asarray(neurons.noise)  # type: ignore[union-attr]
        if function is self.arrays.xp.identity or not noise.any():
            return function(input_)
        for at, weight in zip(POINTS, WEIGHTS, strict=True):
            total = total + weight * function(input_ + self.arrays.array(noise * at))
        return total

    def _inputs(self, world: World, state: State) -> Any:
        """(N,) sum_i w_ij x_i(t - tau_ij)."""
        if self.synapses is None:
            return 0.0
        rows, index = len(state.history), self.arrays.index
        row = (state.step - 1 - self.delay) % rows
        weight = self.arrays.array(weight_of(world))[index(self.synapses.edge)]
        past = state.history.reshape(1, -1)
        start = row * self.graph.size + self.synapses.end
        return self.arrays.flow(start, self.end, weight, past, self.graph.size)[0]

    def _with_activation(self, state: State, activation) -> State:
        """The state in which the neurons are so active, and remember it."""
        at = state.step % len(state.history)
        history = self.arrays.join([state.history[:at], activation[None], state.history[at + 1 :]])
        return dataclasses.replace(state, activation=activation, history=history)

    def release(self, state: State, given: Given) -> State:
        """What dockings give is added to what it is given to."""
        levels, changes, memory = dict(enumerate(state.modulator.T)), dict(state.changes), Writes()
        gain, bias, film, weight = state.gain, state.bias, None, {}
        for effect, times in given:
            if effect.target == MEMORY:
                memory.add(effect.amounts, times)
                continue
            total = effect.amounts * (times[:, None] if len(effect.amounts.shape) == 2 else times)
            rule = next((rule for name, _, rule in self.world.lifecycle.changes if name == effect.name), None)
            if effect.target == MODULATOR:
                levels[effect.level] = levels[effect.level] + total
            elif effect.target == GAIN:
                gain = gain + total
            elif effect.target == ACTIVATION:
                film = total if film is None else film + total
            elif rule is not None and rule.lasts:
                changes[effect.name] = changes[effect.name] + total.reshape(changes[effect.name].shape)
            elif rule is not None and rule.changes == BIAS:
                bias = bias + total
            elif rule is not None and rule.changes == WEIGHT:
                weight[effect.name] = (rule, total)
        raised = any(effect.target == MODULATOR for effect, _ in given)
        level = self.arrays.stack(list(levels.values()), axis=1) if raised else state.modulator
        for name, (rule, total) in weight.items():
            made = with_change(self.world, name, rule, state.weight.astype(np.float64), total.reshape(len(total), -1))
            state = dataclasses.replace(state, weight=made.astype(state.weight.dtype))
        state = dataclasses.replace(
            state, modulator=level, gain=gain, bias=bias, changes=changes, memory=memory.into(state.memory, self.arrays)
        )
        if film is not None:
            state = self._with_activation(state, (1.0 + film[:, 0]) * state.activation + film[:, 1])
        return state

    def learn(self, state: State, signals: dict[str, Any]) -> State:
        """HMN's plasticity; an update that chance would let through counts by its probability."""
        world = self.at(state, signals)
        rule = world.plasticity
        if rule is None or world.wiring is None:
            return state
        if rule.chance is not None and "chance" not in rule.ablated:
            rule = rule.without("chance", match="mean")
        kept = {name: values.copy() for name, values in state.kept.items()}
        state = dataclasses.replace(state, weight=state.weight.copy(), bias=state.bias.copy(), kept=kept)
        world.state = state
        lesson = Lesson.of(world, rule)
        for block in world.wiring.blocks(SYNAPSES_A_BLOCK):
            lesson.learn(*block)
        lesson.end()
        if rule.astrocyte is not None and world.territory is not None:
            level = state.modulator[:, world.lifecycle.names.index(rule.astrocyte.modulator)]
            integrate_astrocytes(rule.astrocyte, world.territory, level, state.kept)
        return state

    def at(self, state: State, signals: dict[str, Any]) -> World:
        """The world in this state: what is computed of it is computed anew."""
        self.world.state, self.world.signals = state, signals
        self.world.passing.clear()
        return self.world


class Writes:
    """What the dockings of a step write into memories of one slot, in the mean.

    Each write keeps 1 - g of what is there. Of a Poisson number of writes, m in the mean, exp(-m g) is kept in the
    mean, and of the rest the mean content counts: M <- exp(-m g) M + (1 - exp(-m g)) c.
    """

    def __init__(self):
        self.part, self.content = None, None

    def add(self, amounts: np.ndarray, times: np.ndarray) -> None:
        """Writes (N, 2 + D) of a docking each, so many times (N,)."""
        part = times * (1.0 - np.exp(-amounts[:, 1]))
        content = part[:, None] * amounts[:, 2:]
        self.part = part if self.part is None else self.part + part
        self.content = content if self.content is None else self.content + content

    def into(self, memory: np.ndarray | None, arrays: Arrays) -> np.ndarray | None:
        """(N, 1, width) the memory after them."""
        if memory is None or self.part is None or self.content is None:
            return memory
        kept = arrays.xp.exp(-self.part)[:, None]
        mean = self.content / np.where(self.part > 0.0, self.part, 1.0)[:, None]
        return (kept * memory[:, 0] + (1.0 - kept) * mean)[:, None]


def delays(graph: NeuralGraph, edge: np.ndarray) -> np.ndarray:
    """(W,) int64 further steps on the way along each synapse."""
    return graph.delay[edge].astype(np.int64)
