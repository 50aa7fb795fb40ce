"""Lives: whole runs of scenarios, each with the seed of its task, of which only their metrics are kept."""

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.experiments.crew import begin, one_thread
from vesicle_abm.experiments.trial import seed_of
from vesicle_abm.learning.checks import count, number
from vesicle_abm.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

TRAINING, HELD_OUT = "training tasks", "held-out tasks"
UNRECORDED = 2**30  # steps between two recorded rows: none but the last is looked at


class Life(NamedTuple):
    """A run to be done: plain numbers and text, for any process."""

    data: dict
    source: str
    folder: str
    seed: int


Lived = Callable[[Sequence[Life]], list[dict[str, float]]]


def live(life: Life) -> dict[str, float]:
    """The metrics of a whole run through the compiled view: its task's, and of each kind ``KIND.born`` and the like."""
    scenario = Scenario(life.data | {"record_every": UNRECORDED}, life.source, Path(life.folder))
    model = scenario.build(seed=life.seed, view="compiled", threads=1)
    model.run_for(scenario.steps)
    counts = model.counts_by_kind.items()
    return model.metrics | {f"{kind}.{what}": float(n) for kind, each in counts for what, n in each.items()}


@contextlib.contextmanager
def living(workers: int | Lived = 1) -> Iterator[Lived]:
    """What does lives and gives their metrics in order, in this process or in so many others; the same bits either way.
    What does lives already is taken as it is, so that several searches and comparisons may share their processes.

    Raises
    ------
    InputError
        if ``workers`` is no whole number >= 1.
    """
    if callable(workers):
        yield workers
        return
    if count(workers, "workers") == 1:
        yield lambda lives: [live(life) for life in lives]
        return
    context = multiprocessing.get_context("spawn")
    with one_thread(), ProcessPoolExecutor(workers, context, begin, (os.getpid(), None)) as pool:
        yield lambda lives: list(pool.map(live, lives))


def task_seeds(root: int, tasks: int, sort: str = TRAINING) -> list[int]:
    """Seeds of so many tasks; training and held-out tasks have none in common.

    Raises
    ------
    InputError
        for another sort of tasks.

    >>> len(set(task_seeds(1, 50)) | set(task_seeds(1, 50, HELD_OUT)))
    100
    """
    if sort not in (TRAINING, HELD_OUT):
        raise InputError(f"got {sort!r}; {nearest(sort, (TRAINING, HELD_OUT))}", "sort")
    return [seed_of(root, task, sort) for task in range(tasks)]


def lives_of(scenario: Scenario, seeds: Sequence[int]) -> list[Life]:
    """A scenario's lives, one to each seed."""
    return [Life(scenario.data, scenario.source, str(scenario.folder), seed) for seed in seeds]


def checked_loss(weights: Mapping[str, float]) -> dict[str, float]:
    """Metrics with their weights in a loss.

    Raises
    ------
    InputError
        if they are something else, or none.
    """
    if not isinstance(weights, Mapping):
        raise InputError(f"got {weights!r}; metrics with their weights are allowed, say {{'error': 1.0}}", "loss")
    if not weights:
        raise InputError("is empty; metrics with their weights are needed, say {'error': 1.0}", "loss")
    return {name: number(weight, f"loss.{name}", lambda _: True, "a finite number") for name, weight in weights.items()}


def loss_of(metrics: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The weighted sum of metrics.

    >>> loss_of({"error": 0.5, "dopamine.born": 100.0}, {"error": 1.0, "dopamine.born": 1e-3})
    0.6

    Raises
    ------
    InputError
        if a life has no such metric.
    """
    for name in weights:
        if name not in metrics:
            raise InputError(f"no metric {name!r}; {nearest(name, metrics)}", "loss")
    return float(sum(weight * metrics[name] for name, weight in weights.items()))


def lived(
    scenarios: Mapping[str, Scenario], seeds: Sequence[int], loss: Mapping[str, float], workers: int | Lived = 1
) -> "pd.DataFrame":
    """Several scenarios in the same tasks: a row a life, ``scenario``, ``seed``, ``loss`` and the metrics."""
    import pandas as pd

    loss = checked_loss(loss)
    lives = [life for scenario in scenarios.values() for life in lives_of(scenario, seeds)]
    names = [name for name in scenarios for _ in seeds]
    with living(workers) as run:
        found = run(lives)
    rows = [
        {"scenario": name, "seed": life.seed, "loss": loss_of(metrics, loss), **metrics}
        for name, life, metrics in zip(names, lives, found, strict=True)
    ]
    return pd.DataFrame(rows)
