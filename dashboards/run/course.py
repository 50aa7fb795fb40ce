"""Course: a plan under way: its models in step with each other, any step of which can be had again.

The same seed gives the same bits, so a step of the past is a copy that was kept on the way, and the steps from there.
"""

from collections.abc import Callable

import numpy as np

import vesicle_abm as va

from .field import Field
from .graphs import built
from .plan import DENSITY, ORIGINAL, Plan

GAP = 10  # steps between copies at first; doubled whenever they take more than BUDGET
BUDGET = 2**26  # bytes of copies

Model = va.VesicleModel | Field


class Course:
    """One model, or two side by side: stepped, changed, and brought to any step."""

    def __init__(self, plan: Plan, budget: int = BUDGET):
        """Build the models, before their first step.

        Raises
        ------
        InputError
            for what cannot be built, or what the density view cannot hold.
        """
        self.plan, self.budget, self.gap = plan, budget, GAP
        self.models = [model_of(scenario) for scenario in plan.lanes(plan.scenario)]
        self._kept: dict[int, list[Model]] = {}
        self._sizes: dict[int, int] = {}
        self._keep()

    @property
    def time(self) -> int:
        """Steps done."""
        return self.models[0].time

    def step(self) -> None:
        """A step of every model, and whatever change is planned for where they stand then."""
        for model in self.models:
            model.step()
        scenario = self.plan.change_at(self.time)
        if scenario is not None:
            self._take(scenario)
        if self.time % self.gap == 0 and self.time not in self._kept:
            self._keep()

    def change(self, scenario: va.Scenario) -> None:
        """Other rules from here on; what was planned for later is dropped.

        Raises
        ------
        InputError
            naming what does not fit the state, or takes hold only as a run begins.
        """
        self._take(scenario)
        self.plan = self.plan.changed(self.time, scenario)
        for step in [step for step in self._kept if step >= self.time]:
            del self._kept[step], self._sizes[step]

    def seek(self, step: int, go_on: Callable[[], bool] = lambda: True) -> None:
        """Stand at this step, or, should ``go_on()`` say no before some step on the way, there."""
        kept = max(at for at in self._kept if at <= step)
        if not kept <= self.time <= step:
            self.models = [model.copy() for model in self._kept[kept]]
        while self.time < step and go_on():
            self.step()

    def _take(self, scenario: va.Scenario) -> None:
        found: list[Model] = []
        for model, lane in zip(self.models, self.plan.lanes(scenario), strict=True):
            if found and self.plan.beside == ORIGINAL:
                found.append(model)
            elif isinstance(model, Field):
                if not found:
                    raise va.InputError("the density view takes changes at its start only; apply and restart", "view")
                found.append(Field(found[0]))
            else:
                fresh = built(lane)
                refuse_what_only_begins(self._kept[0][len(found)], fresh)
                found.append(model.with_rules_of(fresh))
        self.models = found

    def _keep(self) -> None:
        self._kept[self.time] = [model.copy() for model in self.models]
        self._sizes[self.time] = sum(size_of(model) for model in self.models)
        while sum(self._sizes.values()) > self.budget and len(self._kept) > 2:
            self.gap *= 2
            for step in [step for step in self._kept if step % self.gap]:
                del self._kept[step], self._sizes[step]


def model_of(scenario: va.Scenario) -> Model:
    """The scenario's model in its own view."""
    model = built(scenario)
    return Field(model) if scenario.view == DENSITY else model


def refuse_what_only_begins(first: va.VesicleModel, fresh: va.VesicleModel) -> None:
    """Refuse rules under which a run would have begun in another state: a running one would not notice them."""
    was, now = first.state.arrays(), fresh.state.arrays()
    differ = sorted(name for name in was.keys() & now.keys() if not np.array_equal(was[name], now[name]))
    if first.state.seed != fresh.state.seed:
        differ.append("seed")
    if differ:
        raise va.InputError(f"takes hold only as a run begins, in its {', '.join(differ)}; apply and restart")


def size_of(model: Model) -> int:
    """Bytes that it holds; a copy takes no more."""
    if isinstance(model, Field):
        return model.occupancy().nbytes
    return va.accounting(model).footprint_bytes + model.recorder.table.nbytes
