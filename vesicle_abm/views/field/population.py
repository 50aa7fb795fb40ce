"""The expected vesicles of one kind, and what a step makes of them, stage by stage: all linear in the mass.

    rho' = (rho + lambda) P (1 - p absorb) (1 - hazard)

and the same for the content moment rho c, times ``Kind.passage`` along each edge, and for what is left of a payload.
Mass stands as (ages, uses, rows, places). Ages: by steps left to live (``ages``). Uses: by how often they have
released, where releases are counted; else one. Row 0 is the vesicles, rows 1 … D the sums of each content component,
and of a kind that spends one more, the sum of what is left of their payloads. Places are those of the chain.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vesicle_abm.core.columns import Columns
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.vesicles.turn import ALWAYS
from vesicle_abm.views.effects import Effect
from vesicle_abm.views.field.ages import Ages
from vesicle_abm.views.field.answers import Answers, Moment


@dataclass(frozen=True)
class Docked:
    """Expected dockings, of them each row (rows, N); the probability of one (N,), and the mean content (N, D) of those
    that stand there.
    """

    probability: Any
    rows: Any
    content: Any

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
        self.uses, self.absorb = self.kind.releases or 1, float(self.kind.absorb or 0.0)
        self._known: tuple[Any, Any, Any] | None = None

    def first(self, columns: Columns, graph: NeuralGraph) -> np.ndarray:
        """(ages, uses, rows, places) of the vesicles that live."""
        chain = self.chain
        mass = np.zeros((len(self.ages.born), self.uses, self.rows, chain.places))
        place = columns["node"].astype(np.int64)
        if "edge" in columns:
            away = columns["edge"] >= 0
            order = np.argsort(chain.edge)
            way = order[np.searchsorted(chain.edge[order], columns["edge"][away])]
            place[away] = chain.first[way] + graph.delay[columns["edge"][away]] - columns["remaining"][away]
        values = [np.ones(columns.size), *columns["content"].T.astype(np.float64)]
        values += [columns["payload"]] if self.kind.spend is not None else []
        age, use = self.ages.class_of(columns["ttl"]), np.zeros(columns.size, np.int64)
        if self.kind.releases is not None:
            use = self.uses - columns["left"].astype(np.int64)
        for row, value in enumerate(values):
            np.add.at(mass[:, :, row], (age, use, place), value)
        return mass

    def at_nodes(self, mass) -> Any:
        """(rows, N) of all ages and uses."""
        return mass[..., : self.chain.nodes].sum((0, 1))

    def content(self, rows) -> Any:
        """(n, D) the mean content at each place, 0 where there is nothing, of sums (rows, n)."""
        if not self.width:
            return self.arrays.zeros(rows.shape[1], 0)
        some = self.arrays.xp.where(rows[0] > 0.0, rows[0], 1.0)
        return (rows[1 : 1 + self.width] / some).T

    def born(self, moment: Moment, mass) -> Any:
        """(N,) expected births of this step; with a cap, so that the mean population keeps within it."""
        if self.answers.broadcasts:
            return self.arrays.zeros(self.chain.nodes)
        rate, cap, xp = self.answers.rate(moment), self.kind.cap, self.arrays.xp
        if cap is None:
            return rate
        total, room = rate.sum(), xp.maximum(0.0, cap - mass[:, :, 0].sum())
        return rate * xp.where(total > room, room / xp.where(total > 0.0, total, 1.0), 1.0)

    def with_lives(self, mass, count, content) -> Any:
        """With lives that begin: (N,) of mean content (N, D)."""
        rows = [count, *(count * content[:, d] for d in range(self.width))]
        rows += [count] if self.kind.spend is not None else []
        away = self.arrays.zeros(self.rows, self.chain.places - self.chain.nodes)
        given = self.arrays.join([self.arrays.stack(rows), away], axis=1)[None]
        used = self.arrays.zeros(self.uses - 1, *given.shape[1:])
        return mass + self.ages.newborn(self.arrays, self.arrays.join([given, used]))

    def emitted(self, moment: Moment, mass, births) -> Any:
        """After births."""
        if self.answers.broadcasts:
            return mass
        content = self.answers.content(moment) if self.width else self.arrays.zeros(self.chain.nodes, 0)
        return self.with_lives(mass, births, content)

    def migrated(self, moment: Moment, mass) -> Any:
        """After migration."""
        chance, factor = self.answers.chances(moment), self.answers.factors(moment)
        if factor is None or not self.width:
            return self._moved(chance, mass)
        others = self._moved(chance, self.arrays.join([mass[:, :, :1], mass[:, :, 1 + self.width :]], axis=2))
        content = self._moved(chance * factor, mass[:, :, 1 : 1 + self.width])
        return self.arrays.join([others[:, :, :1], content, others[:, :, 1:]], axis=2)

    def _moved(self, factor, mass) -> Any:
        return self.chain.moved(self.arrays, factor, mass.reshape(-1, self.chain.places)).reshape(mass.shape)

    def arrivals(self, moment: Moment, before) -> tuple[Any, Any]:
        """(A,) expected arrivals along each edge, and the mean contents (A, D) that they bring, of the mass before."""
        index, chain = self.arrays.index, self.chain
        chance, factor = self.answers.chances(moment)[index(chain.arriving)], self.answers.factors(moment)
        rows = before.sum((0, 1))[:, index(chain.start[chain.arriving])] * chance
        content = self.content(rows)
        return rows[0], content if factor is None else content * factor[index(chain.arriving)][:, None]

    def docked(self, moment: Moment, rows) -> Docked:
        """Expected dockings, of the sums (rows, N) at nodes."""
        content = self.content(rows)
        probability = self.answers.docking(moment, content)
        return Docked(probability, probability * rows, content)

    def released(self, moment: Moment, docked: Docked) -> list[tuple[Effect, Any]]:
        """(what one docking of the mean content gives at each node, how many there are (N,)) of each release."""
        if not self.kind.release:
            return []
        share = docked.count if self.kind.spend is None else docked.rows[-1] * self.kind.spend
        return [(effect, share) for effect in self.answers.effects(moment, docked.content, self.names)]

    def _everywhere(self, at_nodes, under_way: float) -> Any:
        """(places,) of (N,)."""
        return self.arrays.join([at_nodes, self.arrays.zeros(self.chain.places - self.chain.nodes) + under_way])

    def decayed(self, moment: Moment, mass, rows, docked: Docked) -> tuple[Any, Any]:
        """After decay; and (rows, N) of those that turn, None where the kind does not."""
        everywhere = self.content(mass.sum((0, 1))) if self.kind.decay.reads_vesicles else None
        dock, hazard = docked.probability, self.answers.hazard(moment, everywhere)
        if self.kind.turn is None and self.kind.spend is None and self.kind.releases is None:
            return self.ages.older(self.arrays, mass * self._survival(dock, hazard)), None
        turns, loose, leaving = 0.0, 0.0, None
        if self.kind.turn is not None:
            turns = self.answers.turning(moment, docked.content)
            loose = turns if self.kind.turn.when == ALWAYS else 0.0
            leaving = (dock * turns + (1.0 - dock) * loose) * rows
        survives = 1.0 - self._at_places(hazard)
        stay = self._everywhere((1.0 - dock) * (1.0 - loose), 1.0) * survives
        used = self._everywhere(dock * (1.0 - turns) * (1.0 - self.absorb), 0.0) * survives
        return self.ages.older(self.arrays, mass * stay + self._used(mass * used)), leaving

    def _survival(self, dock, hazard) -> Any:
        """(places,) (1 - p absorb) (1 - hazard); of answers that hold for good made and kept once."""
        if self._known is None or self._known[0] is not dock or self._known[1] is not hazard:
            lives = self._everywhere(1.0 - dock * self.absorb, 1.0) * (1.0 - self._at_places(hazard))
            self._known = dock, hazard, lives
        return self._known[2]

    def _at_places(self, hazard) -> Any:
        """(places,) of (N,): under way that of the node that was left."""
        return hazard if len(hazard) == self.chain.places else hazard[self.arrays.index(self.chain.node)]

    def _used(self, mass) -> Any:
        """Those that have docked and go on: with less of their payload, and, where releases are counted, one more
        behind them, which after the last is the end.
        """
        if self.kind.spend is not None:
            mass = self.arrays.join([mass[:, :, :-1], mass[:, :, -1:] * (1.0 - self.kind.spend)], axis=2)
        if self.kind.releases is not None:
            mass = self.arrays.join([self.arrays.zeros(len(mass), 1, *mass.shape[2:]), mass[:, :-1]], axis=1)
        return mass


def newcomers(source: Population, into: Population, moment: Moment, mass, docked: Docked, turns) -> Any:
    """The mass of the kind ``into`` with those of another that have turned, (rows, N)."""
    content = source.answers.content_after(moment, docked.content, into.width)
    return into.with_lives(mass, turns[0], content)
