"""Nested learning: an outer loop finds numbers of a scenario's rules with which its inner life learns the better.

Say the coefficients of an emission policy; theta, the weights, learns inside each life by what vesicles bring. The slow
time scale is a whole life. How points are tried and moved: ``vesicle_abm.learning.outer``.
"""

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.data.images import DIGITS
from vesicle_abm.experiments.ranges import Range, ranges_by_key
from vesicle_abm.experiments.rundir import whole_file
from vesicle_abm.experiments.texts import document_of, range_of
from vesicle_abm.learning.checks import count
from vesicle_abm.learning.lives import Lived, checked_loss, living
from vesicle_abm.learning.outer import Outer
from vesicle_abm.neurons.learning_rates import REINFORCE, MetaLearning
from vesicle_abm.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

SEARCH = REINFORCE(
    samples=8, antithetic=True, epsilon=0.1, epsilon_decay=0.1, alpha=0.006, alpha_decay=0.2, max_step=0.08
)
LAST = 4  # what is found is the mean of the last fourth of the points, which wanders less than the last one

Report = Callable[[int, float, dict[str, float]], None]


@dataclass(frozen=True)
class Nested:
    """What an outer loop has found.

    ``scenario``: with the numbers found; ``settings``: dotted key -> number; ``history``: a row a generation, ``loss``,
    the mean over its points, ``best`` and ``worst`` of these, and the number at each key before the generation.
    """

    scenario: Scenario
    settings: dict[str, float]
    history: "pd.DataFrame"

    def save(self, path) -> Path:
        """Write the scenario as TOML, for anyone to run; its folder is made where there is none."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            part.write_text(document_of(moved(self.scenario, path.parent)), encoding="utf-8")
        return path


def meta_learn(
    scenario: Scenario | str,
    ranges: Sequence[Range | str],
    *,
    loss: Mapping[str, float],
    generations: int = 40,
    training: int = 64,
    batch: int = 4,
    rule: MetaLearning = SEARCH,
    patience: int | None = None,
    seed: int | None = None,
    workers: int | Lived = 1,
    out=None,
    report: Report | None = None,
) -> Nested:
    """Search for the numbers with which lives of a scenario have the least loss.

    Parameters
    ----------
    scenario : the inner life; its own numbers are where the search begins
    ranges : of the numbers, or "key=low:high[:log][:int]"; both ends have to be allowed by the rule
    loss : metric -> its weight in the sum that is to be least: the task's metrics, ``KIND.born`` and the like
    generations : at most so many; ``patience``: it stops when the mean loss of the last so many generations is no less
        than that of as many before
    training : how many tasks there are to learn from; each generation takes the next ``batch`` of them in turn
    rule : how the gradient is estimated, within low = 0 and high = 1
    seed : of the search and its tasks; by default the scenario's
    workers : processes, or what ``living`` gave; results do not depend on them
    out : a folder; after each generation ``nested.json`` there holds all that there was, and the same call goes on
    report : called after each generation with (generation, mean loss, numbers by key)

    Raises
    ------
    InputError
        for bad input, before anything runs, or if the folder holds another search.

    >>> keys = ["kinds.walker.emission.count=1:16", "kinds.walker.decay.hazard=0.01:0.5:log"]
    >>> found = meta_learn("random_walk", keys, loss={"walker.alive": 1.0}, generations=2, batch=1, training=1)
    >>> sorted(found.settings), len(found.history)
    (['kinds.walker.decay.hazard', 'kinds.walker.emission.count'], 2)
    """
    base = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    outer = Outer(base, _ranges(ranges), checked_loss(loss), training, batch, rule, base.seed if seed is None else seed)
    for name, value in (("generations", generations), ("training", training), ("batch", batch)):
        count(value, name)
    if patience is not None:
        count(patience, "patience")
    if batch > training:
        raise InputError(
            f"got {batch}; at most training = {training} are allowed, each task once a generation", "batch"
        )
    done = outer.restore(out)[:generations]
    with living(workers) as run:
        while len(done) < generations and not settled(done, patience):
            done.append(outer.generation(done, run))
            outer.keep(out, done)
            if report is not None:
                report(len(done) - 1, float(np.mean(done[-1]["losses"])), outer.settings(done[-1]["next"]))
    return found_by(outer, done)


def found_by(outer: Outer, done: Sequence[dict]) -> Nested:
    """The mean of the last points, and the history."""
    import pandas as pd

    last = np.mean([each["next"] for each in done[-max(1, len(done) // LAST) :]], axis=0)
    rows = [
        {"loss": np.mean(each["losses"]), "best": min(each["losses"]), "worst": max(each["losses"])}
        | outer.settings(each["point"])
        for each in done
    ]
    return Nested(outer.at(outer.values(last)), outer.settings(last), pd.DataFrame(rows).rename_axis("generation"))


def moved(scenario: Scenario, folder: Path) -> dict:
    """A scenario's data for another folder. A graph's file counts from the scenario's folder, so its way is another;
    a task's data are looked for where one works, so their path is written whole.
    """
    data = copy.deepcopy(scenario.data)
    graph, task = data["graph"], data.get("task", {})
    if "file" in graph:
        graph["file"] = os.path.relpath(scenario.folder / graph["file"], folder)
    if isinstance(task.get("data"), str) and task["data"] != DIGITS:
        task["data"] = str(Path(task["data"]).absolute())
    return data


def settled(done: Sequence[dict], patience: int | None) -> bool:
    """Whether the mean loss of the last generations is no less than that of as many before."""
    if patience is None or len(done) < 2 * patience:
        return False
    losses = [float(np.mean(each["losses"])) for each in done]
    return np.mean(losses[-patience:]) >= np.mean(losses[-2 * patience : -patience])


def _ranges(given: Sequence[Range | str]) -> list[Range]:
    if not isinstance(given, list | tuple) or not all(isinstance(each, Range | str) for each in given):
        raise InputError(
            f"got {given!r}; a list of ranges is allowed, say ['kinds.walker.decay.hazard=0.01:0.1']", "ranges"
        )
    return ranges_by_key(range_of(each) if isinstance(each, str) else each for each in given)
