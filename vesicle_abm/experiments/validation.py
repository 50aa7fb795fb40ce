"""Whether every condition of a design can run: all problems at once, before anything does."""

from collections.abc import Iterable, Sequence

from vesicle_abm.cascades import cascade_measures
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.experiments.frames import OF_SERIES
from vesicle_abm.experiments.trial import Trial
from vesicle_abm.scenario import Scenario, ScenarioError

SHOWN = 12  # problems


class DesignError(InputError):
    """Everything that is wrong with a design: ``problems``, each with its dotted key."""

    def __init__(self, conditions: int, bad: int, problems: dict[str, int]):
        self.problems = problems
        lines = [f"{bad:,} of {conditions:,} conditions cannot run; nothing was run"]
        told = [f"{problem} (in {count:,} condition{'s' if count > 1 else ''})" for problem, count in problems.items()]
        further = [f"… and {len(told) - SHOWN:,} further problems"] if len(told) > SHOWN else []
        super().__init__("\n".join(lines + told[:SHOWN] + further))


def validate(scenario: Scenario, trials: Iterable[Trial]) -> None:
    """Read the scenario of every condition; and build, on its graph, those with the ends of each parameter.

    Raises
    ------
    DesignError
        with every problem, and in how many of how many conditions it is.
    """
    conditions = list({repr(trial.settings): trial for trial in trials}.values())
    problems: dict[str, int] = {}
    bad, extremes = 0, {id(trial) for trial in ends(conditions)}
    for trial in conditions:
        found = problems_of_trial(scenario, trial, build=id(trial) in extremes)
        bad += bool(found)
        for problem in found:
            problems[problem] = problems.get(problem, 0) + 1
    if bad:
        raise DesignError(len(conditions), bad, problems)


def refuse_unknown_metrics(names: Sequence[str], scenario: Scenario) -> None:
    """Refuse a metric that no run will have; of a task that does not say which it gives, one of a column that is none.

    Raises
    ------
    InputError
        naming the nearest.
    """
    model, task = scenario.build(), scenario.table.task
    told = task.measures if task is not None else ()
    columns = (f"{column}{what}" for column in model.recorder.names[1:] for what in OF_SERIES)
    known = [*(told or ()), *cascade_measures(model.world), *columns, "vesicles_max"]
    for name in names:
        if name not in known and (told is not None or name.endswith(OF_SERIES)):
            raise InputError(f"no metric {name!r}; {nearest(name, known)}", "metric")


def problems_of_trial(scenario: Scenario, trial: Trial, build: bool) -> list[str]:
    """What is wrong with each of its settings; if nothing and ``build``, with the model that they make."""
    found: list[str] = []
    for key, value in trial.settings:
        try:
            scenario = scenario.override(key, value)
        except ScenarioError as error:
            found += map(str, error.problems)
    if build and not found:
        try:
            scenario.build(seed=trial.seed)
        except ScenarioError as error:
            found += map(str, error.problems)
    return found


def ends(conditions: Sequence[Trial]) -> list[Trial]:
    """Of each key, the conditions with the lowest and the highest number; of other values, one with each."""
    found: dict[tuple, Trial] = {}
    for trial in conditions:
        for key, value in trial.settings or [("", "")]:
            if isinstance(value, bool) or not isinstance(value, int | float):
                found.setdefault((key, repr(value)), trial)
                continue
            for end, further in (("low", float.__lt__), ("high", float.__gt__)):
                held = found.get((key, end))
                if held is None or further(float(value), float(dict(held.settings)[key])):
                    found[key, end] = trial
    return list({id(trial): trial for trial in found.values()}.values())
