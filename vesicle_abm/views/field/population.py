"""The expected vesicles of one kind, and what a step makes of them, stage by stage: all linear in the mass.

    rho' = (rho + lambda) P (1 - p absorb) (1 - hazard)

and the same for the content moment rho c, times ``Kind.passage`` along each edge, and for what is left of a payload.
Mass stands as (classes, rows, places): classes by steps left to live (``ages``); row 0 the vesicles, rows 1 … D the
sums of each content component, and of a kind that spends one more, the sum of what is left of their payloads; places
are those of the chain.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.state import State
from vesicle_abm.vesicles.turn import ALWAYS
from vesicle_abm.views.effects import Effect
from vesicle_abm.views.field.ages import Ages
from vesicle_abm.views.field.answers import Answers, Moment


@dataclass(frozen=True)
class Docked:
    """Expected dockings (N,), of them each row (rows, N), and the probability of one (N,)."""

    probability: Any
    rows: Any

    @property
    def count(self) -> Any:
        """(N,)."""
        return self.rows[0]


class Population:
    """One kind of a field."""

    def __init__(self, answers: Answers, ages: Ages, names: list[str]):
        self.answers, self.ages, self.names = answers, ages, names
        self.kind, self.chain, self.arrays = answers.kind, answers.chain, answers.arrays
        self.width = self.kind.content_width
        self.rows = 1 + self.width + (self.kind.spend is not None)

    def first(self, state: State, graph: NeuralGraph) -> Any:
        """(classes, rows, places) of the vesicles that live."""
        columns, chain = state.vesicles[self.answers.name], self.chain
        mass = np.zeros((len(self.ages.born), self.rows, chain.places))
        place = columns["node"].astype(np.int64)
        if "edge" in columns:
            away = columns["edge"] >= 0
            order = np.argsort(chain.edge)
            way = order[np.searchsorted(chain.edge[order], columns["edge"][away])]
            place[away] = chain.first[way] + graph.delay[columns["edge"][away]] - columns["remaining"][away]
        values = [np.ones(columns.size), *columns["content"].T.astype(np.float64)]
        values += [columns["payload"]] if self.kind.spend is not None else []
        age = self.ages.class_of(columns["ttl"])
        for row, value in enumerate(values):
            np.add.at(mass[:, row], (age, place), value)
        return self.arrays.array(mass)

    def at_nodes(self, mass) -> Any:
        """(rows, N) of all classes."""
        return mass[:, :, : self.chain.nodes].sum(0)

    def content(self, rows) -> Any:
        """(n, D) the mean content at each place, 0 where there is nothing, of sums (rows, n)."""
        some = self.arrays.xp.where(rows[0] > 0.0, rows[0], 1.0)
        return (rows[1 : 1 + self.width] / some).T

    def born(self, moment: Moment, mass) -> Any:
        """(N,) expected births of this step; with a cap, so that the mean population keeps within it."""
        if self.answers.broadcasts:
            return self.arrays.zeros(self.chain.nodes)
        rate, cap, xp = self.answers.rate(moment), self.kind.cap, self.arrays.xp
        if cap is None:
            return rate
        total, room = rate.sum(), xp.maximum(0.0, cap - mass[:, 0].sum())
        return rate * xp.where(total > room, room / xp.where(total > 0.0, total, 1.0), 1.0)

    def with_lives(self, mass, count, content) -> Any:
        """With lives that begin: (N,) of mean content (N, D)."""
        rows = [count, *(count * content[:, d] for d in range(self.width))]
        rows += [count] if self.kind.spend is not None else []
        given = self.arrays.stack(rows)
        away = self.arrays.zeros(self.rows, self.chain.places - self.chain.nodes)
        return mass + self.ages.newborn(self.arrays, self.arrays.join([given, away], axis=1))

    def emitted(self, moment: Moment, mass, births) -> Any:
        """After births."""
        if self.answers.broadcasts:
            return mass
        content = self.answers.content(moment) if self.width else self.arrays.zeros(self.chain.nodes, 0)
        return self.with_lives(mass, births, content)

    def migrated(self, moment: Moment, mass) -> Any:
        """After migration."""
        chance, factor, shape = self.answers.chances(moment), self.answers.factors(moment), mass.shape
        if factor is None or not self.width:
            flat = mass.reshape(-1, self.chain.places)
            return self.chain.moved(self.arrays, chance, flat).reshape(shape)
        content = slice(1, 1 + self.width)
        others = self.arrays.join([mass[:, :1], mass[:, 1 + self.width :]], axis=1)
        moved = self._moved(chance, others)
        return self.arrays.join([moved[:, :1], self._moved(chance * factor, mass[:, content]), moved[:, 1:]], axis=1)

    def _moved(self, factor, mass) -> Any:
        return self.chain.moved(self.arrays, factor, mass.reshape(-1, self.chain.places)).reshape(mass.shape)

    def arrivals(self, moment: Moment, before) -> tuple[Any, Any]:
        """(A,) expected arrivals along each edge, and the mean contents (A, D) that they bring, of the mass before."""
        index, chain = self.arrays.index, self.chain
        chance, factor = self.answers.chances(moment)[index(chain.arriving)], self.answers.factors(moment)
        rows = before.sum(0)[:, index(chain.start[chain.arriving])] * chance
        content = self.content(rows)
        return rows[0], content if factor is None else content * factor[index(chain.arriving)][:, None]

    def docked(self, moment: Moment, rows) -> Docked:
        """Expected dockings, of the sums (rows, N) at nodes."""
        probability = self.answers.docking(moment, self.content(rows))
        return Docked(probability, probability * rows)

    def released(self, moment: Moment, docked: Docked) -> list[tuple[Effect, Any]]:
        """(what one docking of the mean content gives at each node, how many there are (N,)) of each release."""
        if not self.kind.release:
            return []
        share = docked.count if self.kind.spend is None else docked.rows[-1] * self.kind.spend
        return [(effect, share) for effect in self.answers.effects(moment, self.content(docked.rows), self.names)]

    def spent(self, mass, docked: Docked) -> Any:
        """After releases: those that have docked keep 1 - spend of their payload."""
        if self.kind.spend is None:
            return mass
        left = self._everywhere(1.0 - docked.probability * self.kind.spend)
        return self.arrays.join([mass[:, :-1], mass[:, -1:] * left], axis=1)

    def _everywhere(self, at_nodes) -> Any:
        """(places,) of (N,), 1 under way."""
        return self.arrays.join([at_nodes, self.arrays.zeros(self.chain.places - self.chain.nodes) + 1.0])

    def turned(self, moment: Moment, rows, docked: Docked) -> tuple[Any, Any]:
        """(N,) and (N,): the shares of those at each node that turn, and that stay what they are and have docked."""
        probability = self.answers.turning(moment, self.content(rows))
        if self.kind.turn is not None and self.kind.turn.when == ALWAYS:
            return probability, (1.0 - probability) * docked.probability
        return probability * docked.probability, (1.0 - probability) * docked.probability

    def decayed(self, moment: Moment, mass, rows, docked: Docked) -> tuple[Any, Any]:
        """After decay; and (rows, N) of those that turn, None where the kind does not."""
        leaves, still = 0.0, docked.probability
        if self.kind.turn is not None:
            leaves, still = self.turned(moment, rows, docked)
        everywhere = None
        if self.kind.decay.reads_vesicles:
            everywhere = self.content(mass.sum(0))
        hazard = self.answers.hazard(moment, everywhere)
        remain = self._everywhere(1.0 - leaves - still * self.kind.absorb)
        turns = None if self.kind.turn is None else leaves * rows
        return self.ages.older(self.arrays, mass * (remain * (1.0 - hazard))), turns


def newcomers(source: Population, into: Population, moment: Moment, mass, rows, turns) -> Any:
    """The mass of the kind ``into`` with those of another that have turned, (rows, N), of ``rows`` that were there."""
    content = source.answers.content_after(moment, source.content(rows), into.width)
    return into.with_lives(mass, turns[0], content)
