"""The learn stage: HMN's plasticity over the synapses of one neuron, or of blocks of neurons split over threads.

Each neuron proposes what becomes of its own synapses; it becomes the state when the stage ends. Both views run this
text, on one neuron or on many: the bits are the same.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core import functions, stages
from vesicle_abm.core.errors import InputError
from vesicle_abm.neurons.answers import ask, checked
from vesicle_abm.neurons.astrocyte import ACTIVATION, EFFICACY, Astrocytes, input_efficacy, territory_mean
from vesicle_abm.neurons.network import Moment, Neurons
from vesicle_abm.neurons.pipeline import Update, changed, draws_chance, limited, propose
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.neurons.synapses import SYNAPSE, Synapses, scatter
from vesicle_abm.views import kernels
from vesicle_abm.views.changes import rates_of, rule_of

if TYPE_CHECKING:
    from vesicle_abm.views.world import World

SYNAPSES_A_BLOCK = 65_536  # enough to make little of what a block costs, and few enough to stay in the cache
ATTENDED = "M_astro (7.4)"  # the name under which an astrocyte's output competes with the modulators
GROUP, WORD = np.uint64(stages.UPDATE // kernels.WORDS), stages.UPDATE % kernels.WORDS


@dataclass
class Proposed:
    """What becomes of the neurons ``own`` and their synapses ``rows``, when the stage ends."""

    own: slice
    rows: slice
    weight: np.ndarray
    kept: dict[str, np.ndarray]
    bias: np.ndarray | None


class Lesson:
    """One step's learning of a network: the moment that all synapses see, and the numbers that wait for its end."""

    def __init__(self, rule: Plasticity, seed: int, bias: np.ndarray | None = None, **network: Any):
        """``network``: the fields of a Moment; arrays are changed in place, ``bias`` (N,) too."""
        self.rule, self.seed, self.bias = rule, seed, bias
        self.moment = Moment(**network)
        self.moment.direct = list(self.moment.names)
        self.scopes = {f"{part}.{name}": scope for part, own in rule.keepers() for name, scope in own.keeps.items()}
        self.proposed: list[Proposed] = []
        everyone = Neurons(self.moment, 0, len(self.moment.activation))
        try:
            checked("the activation", self.moment.activation, everyone)
        except InputError as error:
            raise error.inside("plasticity") from None
        if rule.astrocyte is not None:
            self._bring(rule.astrocyte)

    @classmethod
    def of(cls, world: "World", rule: Plasticity) -> "Lesson":
        """The learning of a world in this step, by the numbers that vesicles have made of the rule's own."""
        state = world.state
        rule, eta = rule_of(world, rule), rates_of(world)
        return cls(
            rule,
            state.seed,
            state.bias,
            graph=world.graph,
            wiring=world.wiring,
            step=state.step,
            activation=state.activation,
            history=state.history,
            weight=state.weight,
            eta=eta,
            levels=state.modulator,
            names=world.lifecycle.names,
            kept=state.kept,
            signals=world.signals,
        )

    def _bring(self, rule: Astrocytes) -> None:
        """M_astro scales inputs, joins the modulators that compete in (7), or is added to G."""
        moment = self.moment
        activation = moment.kept[ACTIVATION]
        moment.direct = [name for name in moment.names if name != rule.modulator]
        if rule.coupling == EFFICACY:
            moment.efficacy = input_efficacy(rule, activation, functions)
        elif rule.attended:
            moment.further = {ATTENDED: rule.strength}
            moment.names = [*moment.names, ATTENDED]
            moment.levels = np.column_stack([moment.levels, rule.output(activation, functions)])
        else:
            moment.astrocyte = rule.strength * rule.output(activation, functions)

    def learn(self, first: int, last: int) -> tuple[Synapses, Update]:
        """Let the neurons ``first … last - 1`` learn when the lesson ends; gives what was seen and what will be.

        Raises
        ------
        InputError
            if a stage raises, or gives anything but finite numbers of the right shape, or weights run away.
        """
        synapses, update = self.propose(first, last)
        self._draw(synapses, update)
        with np.errstate(over="ignore", invalid="ignore"):
            try:
                weight = limited(self.rule, synapses, synapses.weight + update.change)
                stored = weight.astype(self.moment.weight.dtype, copy=False)
                checked("the weight", stored, synapses)
                bias = self.drifted(synapses.neurons)
            except InputError as error:
                raise error.inside("plasticity") from None
        kept = {name: values.astype(self.moment.kept[name].dtype, copy=False) for name, values in update.kept.items()}
        own, rows = slice(first, last), slice(synapses.start, synapses.stop)
        self.proposed.append(Proposed(own, rows, stored, kept, bias))
        return synapses, update

    def _draw(self, synapses: Synapses, update: Update) -> None:
        """Equation (5): which updates chance lets through."""
        if draws_chance(self.rule) and update.probability is not None:
            u = np.empty(synapses.size)
            kernels.draw(synapses.edge, GROUP, WORD, np.uint64(self.seed), np.uint64(self.moment.step), u)
            update.drawn = u < update.probability
        update.change = changed(update)

    def drifted(self, neurons: Neurons) -> np.ndarray | None:
        """(n,) the biases after homeostasis, if there is any."""
        if self.rule.homeostasis is None or self.bias is None:
            return None
        own = self.bias[neurons.first : neurons.last]
        return checked("the bias", own + ask(self.rule, "homeostasis", "change", neurons), neurons)

    def propose(self, first: int, last: int) -> tuple[Synapses, Update]:
        """What the neurons ``first … last - 1`` would learn, before chance has its say; changes nothing."""
        synapses = Synapses(self.moment, first, last)
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
                return synapses, propose(self.rule, synapses)
        except InputError as error:
            raise error.inside("plasticity") from None

    def end(self) -> None:
        """What was learned becomes the state."""
        moment = self.moment
        for block in self.proposed:
            scatter(moment.wiring.edge[block.rows], block.weight, moment.weight)
            for name, values in block.kept.items():
                moment.kept[name][block.rows if self.scopes[name] == SYNAPSE else block.own] = values
            if block.bias is not None and self.bias is not None:
                self.bias[block.own] = block.bias
        self.proposed.clear()


def integrate_astrocytes(rule: Astrocytes, territory: np.ndarray, level: np.ndarray, kept: dict) -> None:
    """A(t + 1) from A(t) and the level E(t) of the modulator that astrocytes answer to, (N,)."""
    mean = territory_mean(territory, level)
    kept[ACTIVATION][:] = rule.response(kept[ACTIVATION], mean, functions)


def efficacy_of(world: "World") -> np.ndarray | None:
    """(N,) the factor that astrocytes put on each neuron's inputs in equation (1), or None."""
    rule = world.plasticity.astrocyte if world.plasticity is not None else None
    if rule is None or rule.coupling != EFFICACY:
        return None
    return input_efficacy(rule, world.state.kept[ACTIVATION], functions)
