"""A batch: replicates of a scenario, over the grid of all values that are swept."""

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.limits import read_size
from vesicle_abm.experiments.measures import Metric
from vesicle_abm.experiments.progress import Report, silent
from vesicle_abm.experiments.study import Study
from vesicle_abm.experiments.trial import Trial, seed_of
from vesicle_abm.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

MOST_TRIALS = 1_000_000  # of one study: more folders than a file system likes


def grid(sweep: dict[str, Sequence], replicates: int = 1, seed: int = 0) -> list[Trial]:
    """Every combination of the swept values, so many times; the last key's values change fastest.

    ``seed``: the root of the replicates' seeds; replicate r has one seed in every combination, so that they pair.

    Raises
    ------
    InputError
        if a sweep is empty, or there are too many trials, with their number.

    >>> [trial.label for trial in grid({"a": [1, 2], "b": [0.5]})]
    ['a=1, b=0.5', 'a=2, b=0.5']
    """
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < 1:
        raise InputError(f"got {replicates!r}; a whole number >= 1 is allowed", "--replicates")
    for key, values in sweep.items():
        if isinstance(values, str) or not len(values):
            raise InputError(f"got {values!r}; at least one value is needed", key)
    count = replicates * math.prod(len(values) for values in sweep.values())
    if count > MOST_TRIALS:
        raise InputError(f"that makes {count:,} runs; at most {MOST_TRIALS:,} are allowed", "--sweep")
    trials = []
    for values in itertools.product(*sweep.values()):
        settings = tuple(zip(sweep, values, strict=True))
        trials += [Trial(settings, r, seed_of(seed, r)) for r in range(replicates)]
    return trials


def grid_of(
    scenario: Scenario, sweep: dict[str, Sequence], replicates: int, overrides: dict[str, Any], seed: int | None
) -> tuple[list[Trial], Scenario, dict[str, Any]]:
    """The trials of a grid, the scenario that they change, and the design as a study notes it."""
    base = scenario
    for key, value in overrides.items():
        base = base.override(key, value)
    root = base.seed if seed is None else seed
    design = {"kind": "grid", "sweep": sweep, "replicates": replicates, "seed": root, "overrides": overrides}
    return grid(sweep, replicates, root), base, design


def batch(
    scenario: str | Scenario,
    *,
    out,
    replicates: int = 1,
    sweep: dict[str, Sequence] | None = None,
    overrides: dict[str, Any] | None = None,
    seed: int | None = None,
    steps: int | None = None,
    view: str | None = None,
    metrics: Sequence[str | Metric] = (),
    workers: int | None = None,
    cluster: str | None = None,
    timeout_s: float | None = None,
    memory_limit: int | str | None = None,
    retries: int = 1,
    report: Report = silent,
) -> "pd.DataFrame":
    """Run replicates of a scenario over a grid; one row a trial comes back, the runs lie in the folder ``out``.

    Called again with the same arguments it does what is left to do, and no more. A script calls it under
    ``if __name__ == "__main__":``, since its workers are processes that load the script.

    Parameters
    ----------
    scenario : a Scenario, the name of a shipped one, or the path of a TOML file
    out : the study's folder, new, or of the same study
    sweep : dotted key -> its values
    overrides : dotted key -> its value in every run
    seed : the root from which the replicates' seeds are made; by default the scenario's
    steps, view : instead of the scenario's own
    metrics : functions of a model after its last step that give numbers by name, or ``module:function``
    workers, cluster, timeout_s, memory_limit, retries, report : as in ``Study.run``; memory also as text, "2G"

    Raises
    ------
    InputError
        for bad input, before anything runs.
    RunStoppedError
        if it is stopped; the same call goes on.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = batch("random_walk", steps=5, replicates=2, workers=1, out=folder)
    >>> list(table["status"]), table["metric.walker.born.last"].tolist()
    (['done', 'done'], [20, 20])
    """
    scenario = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    trials, base, design = grid_of(scenario, sweep or {}, replicates, overrides or {}, seed)
    study = Study.create(out, base, trials, steps=steps, view=view, metrics=metrics, design=design)
    study.run(workers, cluster, timeout_s, read_size(memory_limit), retries, report)
    return study.frame()
