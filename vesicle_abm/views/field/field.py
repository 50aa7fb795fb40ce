"""Field: a model's expectation, stepping. The density view of vesicles, with all that they change.

    rho(t + 1) = (rho + lambda) P (1 - p absorb) (1 - hazard)            for unlimited lifetimes

with P the migration matrix: exact where rates do not depend on what chance decides. Where they do, the means stand for
what is random (mean-field closure); ``closes`` says where.
"""

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from vesicle_abm.core.columns import Columns
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.state import CROSSINGS, DOCKINGS, State
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.vesicles.content import GaussianContent
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.lifecycle import changes_of
from vesicle_abm.vesicles.release import MODULATOR
from vesicle_abm.views.field.ages import Ages
from vesicle_abm.views.field.answers import Answers, Moment
from vesicle_abm.views.field.arrays import NUMPY, Arrays
from vesicle_abm.views.field.chain import Chain
from vesicle_abm.views.field.closing import changed_by_chance
from vesicle_abm.views.field.expected import FieldState
from vesicle_abm.views.field.population import Docked, Population, newcomers
from vesicle_abm.views.field.refusals import check_steps, refuse_what_has_no_mean, world_of
from vesicle_abm.views.field.rest import Given, Rest
from vesicle_abm.views.population import layout_of
from vesicle_abm.views.world import World


class Field:
    """A model's expectation from its present state on; the model is not changed, and may go its own way.

    Parameters
    ----------
    model : a VesicleModel, or its world
    kinds : bound kinds in place of the model's, of the same names: their rules' numbers may be tensors
    arrays : NUMPY, or ``vesicle_abm.learning.arrays.TORCH`` for gradients
    horizon : steps that it will be asked for, if that is known; limited lifetimes then need no more classes

    Raises
    ------
    InputError
        naming a rule that has no mean of its own; where ``model`` is none, or ``horizon`` no whole number >= 0.

    >>> import networkx as nx
    >>> from vesicle_abm.model import VesicleModel
    >>> from vesicle_abm.vesicles.emission import ConstantEmission
    >>> field = Field(VesicleModel(nx.path_graph(2), {"reward": Kind(emission=ConstantEmission(rate=[1.0, 0.0]))}))
    >>> state = field.step(field.first())
    >>> state.occupancy.tolist()
    [[0.0, 1.0]]
    """

    def __init__(self, model, kinds: dict[str, Kind] | None = None, arrays: Arrays = NUMPY, horizon: int | None = None):
        given = world_of(model)
        check_steps(horizon, "horizon", or_none=True)
        refuse_what_has_no_mean(given, arrays)
        self.arrays, self.horizon, self.graph = arrays, horizon, given.graph
        vesicles = given.state.vesicles
        self._carried = {name: extremes(columns["content"]) for name, columns in vesicles.items()}
        self._chains = {name: Chain.of(given.graph, kind) for name, kind in given.kinds.items()}
        self._ages = {
            name: Ages.of(kind.lifetime, vesicles[name]["ttl"], horizon, f"kinds.{name}.lifetime")
            for name, kind in given.kinds.items()
        }
        empty = {name: Columns(layout_of(given.graph, kind)) for name, kind in given.kinds.items()}
        bare = replace(given.state, vesicles=empty).copy()
        self._state, self._signals = bare, dict(given.signals)
        self.world = replace(given, state=bare, signals=dict(given.signals), actors={}, overrides={}, threads=1)
        self._use(given.kinds if kinds is None else kinds)
        self._mass = {name: one.first(vesicles[name], given.graph) for name, one in self.populations.items()}

    def _use(self, kinds: dict[str, Kind]) -> None:
        """Let these be the kinds."""
        names = list(kinds)
        if names != self.world.lifecycle.names:
            raise InputError(f"got {', '.join(names)}; {', '.join(self.world.lifecycle.names)} are needed", "kinds")
        lifecycle = copy.copy(self.world.lifecycle)
        lifecycle.kinds = {name: converted(kind, self.arrays) for name, kind in kinds.items()}
        lifecycle.changes = changes_of(lifecycle.kinds)
        self.world = copy.copy(self.world)
        self.world.lifecycle, self.world.passing = lifecycle, {}
        self.rest = Rest(self.world, self.arrays)
        self.populations = {
            name: Population(
                Answers(name, kind, number, self.graph, self._chains[name], self.arrays), self._ages[name], names
            )
            for number, (name, kind) in enumerate(lifecycle.kinds.items())
        }
        for name, one in self.populations.items():
            one.answers.alike = all_alike(self.arrays, lifecycle.kinds, name, self._carried[name])

    def with_kinds(self, kinds: dict[str, Kind]) -> "Field":
        """The same field with other numbers in its rules, say those that an optimiser has made; cheap. Edges, layers,
        directions and lifetimes are taken to be the same.
        """
        made = copy.copy(self)
        made._use(kinds)
        return made

    @property
    def kinds(self) -> list[str]:
        """The kinds' names, axis K."""
        return list(self.populations)

    @property
    def closes(self) -> dict[str, str]:
        """key of a rule -> what it reads of which the field, as far as it has stepped, knows only the mean; and
        ``neurons`` -> what vesicles change of them.
        """
        found = {
            f"kinds.{name}.{key}": ", ".join(sorted(reads))
            for name, one in self.populations.items()
            for key, reads in one.answers.closes.items()
        }
        found |= {f"kinds.{name}.cap": "population" for name, kind in self.world.kinds.items() if kind.cap is not None}
        found |= {"plasticity": "activity, levels"} if self.world.plasticity is not None else {}
        neurons = self.world.neurons
        if isinstance(neurons, HMNNeurons):
            curved = neurons.activation != "identity"
            shaken = [part for part in ("noise", "jitter") if curved and np.any(getattr(neurons, part))]
            found |= {f"neurons.{part}": "activity" for part in shaken}
            changed = changed_by_chance(self.world.kinds, curved, self.arrays)
            found |= {"neurons": ", ".join(sorted(changed))} if changed else {}
        return found

    def first(self) -> FieldState:
        """The model's present state."""
        state = self.rest.first(self._state)
        mass = {name: self.arrays.array(one) for name, one in self._mass.items()}
        return FieldState(state, self._signals, mass, self, ([], [], []))

    def step(self, before: FieldState) -> FieldState:
        """One step further: the stages of a model's, in their order.

        Raises
        ------
        InputError
            naming a rule; beyond the horizon, where lifetimes are no longer known.
        """
        if self.horizon is not None and before.time - self._state.step >= self.horizon:
            words = f"got {self.horizon}, and so many steps are done; give as many as you will ask for, or none"
            raise InputError(words, "horizon")
        state, signals = self.rest.sense(before.state, before.signals)
        state, signals = self.rest.activate(state, signals)
        moment, ones = Moment(state, signals), self.populations
        born = {name: one.born(moment, before.mass[name]) for name, one in ones.items()}
        mass = {name: one.emitted(moment, before.mass[name], born[name]) for name, one in ones.items()}
        moved = {name: one.migrated(moment, mass[name]) for name, one in ones.items()}
        state = self._with_trails(moment, {name: one.arrivals(moment, mass[name]) for name, one in self._trailing()})
        moment = Moment(state, signals)
        rows = {name: one.at_nodes(moved[name]) for name, one in ones.items()}
        docked = {name: one.docked(moment, rows[name]) for name, one in ones.items()}
        state = self._with_tallies(state, docked)
        given = {name: self._given(name, Moment(state, signals), docked[name]) for name in ones}
        state = self.rest.release(state, [pair for pairs in given.values() for pair in pairs])
        mass = self._decayed(Moment(state, signals), moved, rows, docked)
        state = self.rest.learn(state, signals)
        delivered = [self._delivered(pairs) for pairs in given.values()]
        counted = (list(born.values()), [one.count for one in docked.values()], delivered)
        return FieldState(replace(state, step=state.step + 1), signals, mass, self, counted)

    def course(self, steps: int) -> Iterator[FieldState]:
        """The present state, and that after each of so many steps, a whole number >= 0."""
        check_steps(steps)
        return self._course(steps)

    def _course(self, steps: int) -> Iterator[FieldState]:
        state = self.first()
        yield state
        for _ in range(steps):
            state = self.step(state)
            yield state

    def world_at(self, state: FieldState) -> World:
        """Everything but the vesicles, as a world to look at, until the field steps on."""
        return self.rest.at(state.state, state.signals)

    def _trailing(self) -> Iterator[tuple[str, Population]]:
        return ((name, one) for name, one in self.populations.items() if one.kind.trail is not None)

    def _with_trails(self, moment: Moment, arrivals: dict[str, tuple[Any, Any]]) -> State:
        """What travellers leave on the edges, and how often they have come along each."""
        state = moment.state
        if not arrivals:
            return state
        trails, tallies, edges = dict(state.trails), dict(state.tallies), self.graph.edge_count
        for name, (count, content) in arrivals.items():
            one = self.populations[name]
            onto = one.kind.trail.onto or name  # type: ignore[union-attr]
            deposit = one.answers.deposit(moment, content)
            trails[onto] = trails[onto] + self.arrays.xp.sum_at(one.chain.along, count * deposit, edges)
            tallies[CROSSINGS + name] = tallies[CROSSINGS + name] + self.arrays.xp.sum_at(one.chain.along, count, edges)
        return replace(state, trails=trails, tallies=tallies)

    def _with_tallies(self, state: State, docked: dict[str, Docked]) -> State:
        """The dockings that cascades will bear by."""
        triggers = {DOCKINGS + name: docked[name].count for name in self.world.lifecycle.triggers}
        return replace(state, tallies={**state.tallies, **triggers}) if triggers else state

    def _given(self, name: str, moment: Moment, docked: Docked) -> Given:
        """What the vesicles of a kind, or its broadcast, give."""
        one = self.populations[name]
        if not one.answers.broadcasts:
            return one.released(moment, docked)
        births, effects = one.answers.broadcast_effects(moment, self.kinds)
        times = self.arrays.spread(births * (one.kind.spend or 1.0), (self.graph.size,))
        return [(effect, times) for effect in effects]

    def _decayed(self, moment: Moment, moved: dict, rows: dict, docked: dict[str, Docked]) -> dict[str, Any]:
        """Lives end, and those that turn begin as another kind."""
        mass, turns = {}, {}
        for name, one in self.populations.items():
            mass[name], turns[name] = one.decayed(moment, moved[name], rows[name], docked[name])
        for name, gone in turns.items():
            if gone is not None:
                into = self.world.kinds[name].turns_into
                others = self.populations[name], self.populations[into]
                mass[into] = newcomers(*others, moment, mass[into], docked[name], gone)
        return mass

    def _delivered(self, pairs: Given) -> Any:
        """(N,) what was added to modulator levels."""
        found = self.arrays.zeros(self.graph.size)
        for effect, times in pairs:
            if effect.target == MODULATOR:
                found = found + effect.amounts * times
        return found


def extremes(content: np.ndarray) -> np.ndarray:
    """(0 or 2, D) the least and the greatest of each component."""
    return np.stack([content.min(axis=0), content.max(axis=0)]) if len(content) else content


def all_alike(arrays: Arrays, kinds: dict[str, Kind], name: str, carried: np.ndarray) -> bool:
    """Whether all vesicles of a kind carry the same content for ever, so that the mean content is everyone's."""
    rule = kinds[name].content
    become = any(kind.turns_into == name for kind in kinds.values())
    if type(rule) is not GaussianContent or become or getattr(kinds[name], "passage", None) is not None:
        return False
    mean, deviation = arrays.plain(rule.mean_), arrays.plain(rule.deviation_)
    return mean.ndim < 2 and not deviation.any() and bool((carried == mean.astype(np.float32)).all())


def converted(kind: Kind, arrays: Arrays) -> Kind:
    """A bound kind with its rules' numbers in arrays of a sort."""
    rules: dict[str, Any] = {}
    for key, rule in kind.keyed_rules():
        name, made = key.partition(".")[0], arrays.rule(rule)
        rules[name] = (*rules.get(name, ()), made) if name == "release" else made
    return replace(kind, **rules)
