"""Delivery: calls come up at changing nodes, and vesicles are to be there, while the call stands, for little.

==================== ===================================================================================================
as a step begins     what happens at a site
==================== ===================================================================================================
first                who docked there in the step before serves a unit of what is called for, as far as there is any
then                 what is still called for lapses, all at once, with probability ``lapse``
then                 where nothing is called for, ``size`` units are, with probability ``chance``
==================== ===================================================================================================

The reward of a step is what was served, less ``cost`` for each vesicle born. What is called for drives the neuron of
its node, so docking by activity finds it; as a signal, it may bear vesicles and draw them. [our task]
"""

from typing import ClassVar

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, option, parameter
from vesicle_abm.core.random import uniform
from vesicle_abm.core.stages import TASK
from vesicle_abm.tasks.task import Scene, Task

LAPSE_DRAW, CALL_DRAW = range(2)
SO_FAR = ("called", "served", "born")


class Delivery(Task, name="delivery"):
    """Units are called for, and vesicles of any kind serve them by docking. Signals: what is called for at each node,
    and the reward of the step before. Recorded: ``open``, units called for now, and ``earned``, the reward so far.

    >>> Delivery(chance=0.5, cost=0.2).size
    1
    """

    tells: ClassVar[tuple[str, ...]] = ("demand", "reward")
    recorded: ClassVar[tuple[str, ...]] = ("open", "earned")
    measures: ClassVar[tuple[str, ...]] = ("called", "reward_per_step", "served_share", "vesicles_per_unit")
    sites: list | None = option(None, "labels of the nodes where calls come up; none for all", labels=True)
    chance: float = parameter(0.05, "probability of a call where there is none", per=SCALAR, ge=0.0, le=1.0)
    size: int = parameter(1, "units of a call", per=SCALAR, unit="units", whole=True, ge=1)
    lapse: float = parameter(0.05, "probability that a call lapses", per=SCALAR, ge=0.0, le=1.0)
    cost: float = parameter(0.0, "what a birth takes from the reward", per=SCALAR, unit="units", ge=0.0)
    drive: float = parameter(1.0, "drive of a node's neuron for each unit called for", per=SCALAR, ge=0.0)
    demand: str = option("demand", "name of the signal, per node, of the units called for")
    reward: str = option("reward", "name of the signal that it gives")

    def __post_init__(self):
        super().__post_init__()
        for name in self.tells:
            if not isinstance(getattr(self, name), str):
                raise InputError(f"got {getattr(self, name)!r}; text is allowed", name)
        if self.demand == self.reward:
            raise InputError(f"got {self.reward!r}; text other than {self.demand!r} is allowed", "reward")

    def first(self, graph: NeuralGraph, eta: np.ndarray) -> dict[str, np.ndarray]:
        """Nothing called for yet."""
        per_node = {name: np.zeros(graph.size, np.int64) for name in ("demand", "docked")}
        totals = {name: np.array(0) for name in ("open", "steps", *SO_FAR)}
        site = np.full(graph.size, self.sites is None)
        site[[graph.node(label) for label in self.sites or ()]] = True
        return per_node | totals | {"earned": np.array(0.0), "site": site}

    def sense(self, scene: Scene) -> None:
        """One step: what has been served, what lapses, what is called for now."""
        kept, demand = scene.kept, scene.kept["demand"]
        docked = sum(scene.docked.values(), np.zeros_like(demand))
        born = sum(int(births.sum()) for births in scene.born.values())
        served = np.minimum(demand, docked - kept["docked"])
        demand -= served
        kept["docked"][:] = docked
        reward = float(served.sum()) - self.cost * (born - int(kept["born"]))
        demand[self._happens(scene, LAPSE_DRAW, self.lapse)] = 0
        called = self._happens(scene, CALL_DRAW, self.chance) & kept["site"] & (demand == 0)
        demand[called] = self.size
        for name, more in (("called", called.sum() * self.size), ("served", served.sum()), ("earned", reward)):
            kept[name][...] += more
        kept["born"][...], kept["open"][...], kept["steps"][...] = born, demand.sum(), scene.step
        scene.drive[:] = self.drive * demand
        scene.signals[self.demand], scene.signals[self.reward] = demand.astype(np.float64), reward

    @staticmethod
    def _happens(scene: Scene, draw: int, probability: float) -> np.ndarray:
        return uniform(scene.seed, np.arange(scene.graph.size), scene.step, TASK, draw) < probability

    def metrics(self, kept: dict[str, np.ndarray]) -> dict[str, float]:
        """``reward_per_step``, as far as told; ``called``, units in all; ``served_share`` of them; and
        ``vesicles_per_unit``, births for each unit served. What there is none of is left out.
        """
        called, served, born = (int(kept[name]) for name in SO_FAR)
        found: dict[str, float] = {"called": called}
        if kept["steps"]:
            found["reward_per_step"] = float(kept["earned"]) / int(kept["steps"])
        if called:
            found["served_share"] = served / called
        if served:
            found["vesicles_per_unit"] = born / served
        return found
