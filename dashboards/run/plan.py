"""Plan: what a session is to run: a scenario, what was changed while it ran, and what to show beside it."""

import tomllib
from dataclasses import dataclass, replace

import vesicle_abm as va

ALONE, ORIGINAL = "", "as in the file"
PARTICLES, COMPILED, DENSITY = VIEWS = ("particles", "compiled", "density")
BESIDE = (ALONE, *VIEWS, ORIGINAL)


@dataclass(frozen=True)
class Plan:
    """A scenario from step 0, with its seed and view in it, and (step, scenario) for each change on the way, in order.

    ``beside``: what runs at its side with the same seed: another view of it, or the scenario as its file has it, with
    no changes; "" for nothing.
    """

    scenario: va.Scenario
    changes: tuple[tuple[int, va.Scenario], ...] = ()
    beside: str = ALONE

    @property
    def steps(self) -> int:
        """Where it ends, unless it is taken further."""
        return self.scenario.steps

    def at(self, step: int) -> va.Scenario:
        """The scenario in force after so many steps."""
        return next((scenario for since, scenario in reversed(self.changes) if since <= step), self.scenario)

    def change_at(self, step: int) -> va.Scenario | None:
        """The scenario that comes into force exactly then, if one does."""
        return next((scenario for since, scenario in self.changes if since == step), None)

    def changed(self, step: int, scenario: va.Scenario) -> "Plan":
        """Another scenario from this step on; changes that were to come later are dropped."""
        if step == 0:
            return replace(self, scenario=scenario, changes=())
        kept = tuple(change for change in self.changes if change[0] < step)
        return replace(self, changes=(*kept, (step, scenario)))

    def seen(self, view: str) -> "Plan":
        """The same in another view."""
        changes = tuple((step, scenario.override("view", view)) for step, scenario in self.changes)
        return replace(self, scenario=self.scenario.override("view", view), changes=changes)

    def lanes(self, scenario: va.Scenario) -> list[va.Scenario]:
        """What runs side by side where this scenario is in force: itself, and what stands beside it."""
        if self.beside == ALONE:
            return [scenario]
        if self.beside == ORIGINAL:
            return [scenario, original(self.scenario).override("seed", scenario.seed)]
        return [scenario, scenario.override("view", self.beside)]


def original(scenario: va.Scenario) -> va.Scenario:
    """The scenario as its file has it; of one without a file, itself."""
    if scenario.text is None:
        return scenario
    return va.Scenario(tomllib.loads(scenario.text), scenario.source, scenario.folder, scenario.text)
