"""Controls: what an agent outside a model says of one kind's vesicles: how many are born where, and which way they go.

They reach the model by its ordinary rules: emission "signal" and migration "signal" take the place of the kind's own,
and read two signals, a number per node each.
"""

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.identity import MAX_BIRTHS
from vesicle_abm.learning.checks import number
from vesicle_abm.scenario import Scenario
from vesicle_abm.vesicles.kind import BROADCAST, Kind
from vesicle_abm.vesicles.migration import Migration

BIRTHS, PULL = "control.births", "control.pull"  # the signals that an agent gives
MOST_MEAN = MAX_BIRTHS - 8 * int(MAX_BIRTHS**0.5)  # births, by 8 standard deviations fewer than the ids of a step hold


class Controls:
    """Actions in [-1, 1] as births at S ``sources``, from 0 to ``most_births`` a step, and the pull of N nodes, from
    -``most_pull`` to ``most_pull``. Where the most is 0, that is not controlled, and the kind keeps its own rule.

    Raises
    ------
    InputError
        naming what the scenario has not, or that nothing would be controlled.
    """

    def __init__(
        self,
        scenario: Scenario,
        graph: NeuralGraph,
        kind: str | None,
        sources: list | None,
        most_births: float,
        most_pull: float,
    ):
        kinds = scenario.table.kinds
        if kind is None and len(kinds) != 1:
            raise InputError(f"is missing; one of {', '.join(kinds) or 'none'} is allowed", "kind")
        self.kind = next(iter(kinds)) if kind is None else kind
        if not isinstance(self.kind, str) or self.kind not in kinds:
            raise InputError(f"got {kind!r}; {nearest(kind, kinds)}", "kind")
        self.most_births, self.most_pull = (
            number(value, key, lambda x: x >= 0.0, "a finite number >= 0")
            for value, key in ((most_births, "most_births"), (most_pull, "most_pull"))
        )
        if self.most_births == self.most_pull == 0.0:
            raise InputError("is 0, and most_pull is 0: nothing is controlled; a number > 0 is allowed", "most_births")
        own = kinds[self.kind].kind()
        if self.most_births > MOST_MEAN and own.cap is None and own.delivery != BROADCAST:
            words = f"a node bears at most {MAX_BIRTHS} vesicles a step, so a mean from 0 to {MOST_MEAN} is allowed"
            raise InputError(f"got {most_births!r}; {words}", "most_births")
        labels = _labels(graph, own, sources)
        self.sources = np.array([_node(graph, label) for label in labels] if self.most_births else [], dtype=np.intp)
        self.nodes = graph.size
        self.scenario = self._controlled(scenario, own, labels)

    def _controlled(self, scenario: Scenario, own: Kind, labels: list) -> Scenario:
        place = f"kinds.{self.kind}"
        if self.most_births:
            births = {"rule": "signal", "signal": BIRTHS, "nodes": labels}
            scenario = scenario.override(f"{place}.emission", births)
        if self.most_pull:
            pull = {"rule": "signal", "signal": PULL, **kept_of(own.migration)}
            scenario = scenario.override(f"{place}.migration", pull)
        return scenario

    @property
    def given(self) -> tuple[str, ...]:
        """The signals that the agent gives."""
        return BIRTHS, PULL

    @property
    def size(self) -> int:
        """How many numbers an action has."""
        return len(self.sources) + (self.nodes if self.most_pull else 0)

    def signals(self, action: np.ndarray) -> dict[str, np.ndarray]:
        """What the model is told: each signal (N,)."""
        action = np.clip(np.asarray(action, dtype=np.float64), -1.0, 1.0)
        births = np.zeros(self.nodes)
        births[self.sources] = 0.5 * (action[: len(self.sources)] + 1.0) * self.most_births
        pull = self.most_pull * action[len(self.sources) :] if self.most_pull else np.zeros(self.nodes)
        return {BIRTHS: births, PULL: pull}


def kept_of(migration: Migration) -> dict:
    """What a steered kind keeps of its own migration: where its ways lead, and the weight of staying if it has one."""
    kept = {name: getattr(migration, name) for name in ("layers", "direction", "travel")}
    kept["stay"] = getattr(migration, "stay_", None)
    return {name: value for name, value in kept.items() if value is not None}


def _labels(graph: NeuralGraph, own: Kind, sources: list | None) -> list:
    """The nodes where vesicles may be born: those given, else those that the kind's emission names, else all."""
    if sources is None:
        return list(dict.fromkeys(getattr(own.emission, "nodes", None) or graph.nodes))
    if not isinstance(sources, list | tuple) or not sources:
        raise InputError(f"got {sources!r}; a list of labels of nodes is allowed, none for the kind's own", "sources")
    for label in sources:
        if sources.count(label) > 1:
            raise InputError(f"{label!r} stands twice; each node once is allowed", "sources")
    return list(sources)


def _node(graph: NeuralGraph, label) -> int:
    try:
        return graph.node(label)
    except InputError as error:
        raise InputError(error.message, "sources") from None
