"""The learn stage: HMN's plasticity over the synapses of one neuron, or of blocks of neurons split over threads.

Each neuron writes to its own synapses only; what other neurons read is settled when the stage ends. Both views run this
text, on one neuron or on many: the bits are the same.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core import functions, stages
from vesicle_abm.core.errors import InputError
from vesicle_abm.neurons.astrocyte import EFFICACY, Astrocytes, input_efficacy, territory_mean
from vesicle_abm.neurons.pipeline import Update, changed, draws_chance, limited, propose
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.neurons.synapses import SHARED, Moment, Synapses, scatter, seen_by
from vesicle_abm.views import kernels

if TYPE_CHECKING:
    from vesicle_abm.views.world import World

SYNAPSES_A_BLOCK = 65_536  # enough to make little of what a block costs, and few enough to stay in the cache
ACTIVATION, ASTROCYTE = "astrocyte.activation", "astrocyte"
GROUP, WORD = np.uint64(stages.UPDATE // kernels.WORDS), stages.UPDATE % kernels.WORDS


class Lesson:
    """One step's learning of a network: the moment that all synapses see, and the numbers that wait for its end."""

    def __init__(self, rule: Plasticity, seed: int, bias: np.ndarray | None = None, **network: Any):
        """``network``: the fields of a Moment; arrays are changed in place, ``bias`` (N,) too."""
        self.rule, self.seed, self.bias = rule, seed, bias
        self.moment = Moment(**network)
        self.moment.direct = list(self.moment.names)
        self.shared = {
            f"{part}.{name}": self.moment.kept[f"{part}.{name}"].copy()
            for part, stage in rule.keepers()
            for name, scope in stage.keeps.items()
            if scope == SHARED
        }
        if rule.astrocyte is not None:
            self._bring(rule.astrocyte)

    @classmethod
    def of(cls, world: "World", rule: Plasticity) -> "Lesson":
        """The learning of a world in this step."""
        state = world.state
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
            eta=state.eta,
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
            moment.further = {ASTROCYTE: rule.strength}
            moment.names = [*moment.names, ASTROCYTE]
            moment.levels = np.column_stack([moment.levels, rule.output(activation, functions)])
        else:
            moment.astrocyte = rule.strength * rule.output(activation, functions)

    def learn(self, first: int, last: int) -> tuple[Synapses, Update]:
        """Let the neurons ``first … last - 1`` learn; gives what was seen and done.

        Raises
        ------
        InputError
            if a stage raises, or gives anything but finite numbers of the right shape.
        """
        rule, moment = self.rule, self.moment
        synapses, update = self.propose(first, last)
        if draws_chance(rule) and update.probability is not None:
            u = np.empty(synapses.size)
            kernels.draw(synapses.edge, GROUP, WORD, np.uint64(self.seed), np.uint64(moment.step), u)
            update.drawn = u < update.probability
        update.change = changed(update)
        scatter(synapses.edge, limited(rule, synapses, synapses.weight + update.change), moment.weight)
        self._keep(synapses, update)
        return synapses, update

    def propose(self, first: int, last: int) -> tuple[Synapses, Update]:
        """What the neurons ``first … last - 1`` would learn, before chance has its say; changes nothing."""
        synapses = Synapses(self.moment, first, last)
        try:
            update = propose(self.rule, synapses)
        except InputError as error:
            raise error.inside("plasticity") from None
        except Exception as error:  # a user's stage may raise anything
            raise InputError(f"a stage raised {type(error).__name__}: {error}", "plasticity") from error
        check(synapses, update)
        return synapses, update

    def _keep(self, synapses: Synapses, update: Update) -> None:
        own, rows = slice(synapses.neurons.first, synapses.neurons.last), slice(synapses.start, synapses.stop)
        scopes = {f"{part}.{name}": scope for part, stage in self.rule.keepers() for name, scope in stage.keeps.items()}
        for name, values in update.kept.items():
            store = self.shared if scopes[name] == SHARED else self.moment.kept
            store[name][rows if scopes[name] == "synapse" else own] = values
        if self.rule.homeostasis is not None and self.bias is not None:
            drift = seen_by(self.rule.homeostasis, synapses.neurons)
            self.bias[own] += drift.change(synapses.neurons, functions)

    def end(self) -> None:
        """Settle what other neurons read."""
        for name, values in self.shared.items():
            self.moment.kept[name][...] = values


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


def check(synapses: Synapses, update: Update) -> None:
    """Refuse a stage's answer of a wrong shape, or an update that is not finite, naming the stage and the synapse."""
    answers = {
        "correlation": update.correlation,
        "trace": update.eligibility,
        "attention": update.attention,
        "phase": update.gate,
        "chance": update.probability,
    }
    for part, answer in answers.items():
        if answer is not None and np.shape(answer) != (synapses.size,):
            raise InputError(
                f"gave an answer of shape {np.shape(answer)}; shape {(synapses.size,)} is needed", f"plasticity.{part}"
            )
    good = np.isfinite(update.gated)
    if good.all() and (update.probability is None or np.isfinite(update.probability).all()):
        return
    for part, answer in answers.items():
        if answer is not None and not np.isfinite(answer).all():
            row = int(np.flatnonzero(~np.isfinite(answer))[0])
            raise InputError(f"gave {answer[row]} at the synapse {name_of(synapses, row)}", f"plasticity.{part}")
    row = int(np.flatnonzero(~good)[0])
    raise InputError(
        f"the update of the synapse {name_of(synapses, row)} is {update.gated[row]} in step {synapses.moment.step}: "
        "weights and activity drive each other up; give bounds or a smaller eta",
        "plasticity",
    )


def name_of(synapses: Synapses, row: int) -> str:
    """A synapse in words."""
    nodes = synapses.moment.graph.nodes
    return f"{nodes[synapses.pre[row]]!r} -> {nodes[synapses.post[row]]!r}"
