"""Conduct a study: run what of its design is not done yet, and have it to look at."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vesicle_abm.experiments.limits import read_size
from vesicle_abm.experiments.measures import Metric
from vesicle_abm.experiments.ranges import Range
from vesicle_abm.experiments.study import Study
from vesicle_abm.experiments.trial import Trial
from vesicle_abm.experiments.validation import refuse_unknown_metrics
from vesicle_abm.experiments.work import at_work
from vesicle_abm.scenario import Scenario

STUDIES = Path("studies")

Further = Callable[[Study], Sequence[Trial]]


def conduct(
    out,
    scenario: Scenario,
    trials: Sequence[Trial],
    design: dict[str, Any],
    *,
    further: Further | None = None,
    most: int = 0,
    steps: int | None = None,
    view: str | None = None,
    metrics: Sequence[str | Metric] = (),
    memory_limit: int | str | None = None,
    **execution,
) -> Study:
    """The study after its run; in a folder that holds the same one, it goes on.

    Parameters
    ----------
    out : the study's folder, by default ``studies/NAME-DESIGN``
    design : how the trials came about, as JSON holds it: its ``kind``, the ``metrics`` that it is
        about, and what a report needs
    further : where what came out decides what is run next: asked for all trials up to the next round, or for none
    most : trials in all rounds
    steps, view, metrics : as of ``Study.create``
    memory_limit : bytes, or text, "2G"
    execution : as of ``Study.run``

    Raises
    ------
    DesignError
        if a condition cannot run; nothing was run then.
    InputError
        if the folder holds another study.
    RunStoppedError
        if it is stopped; the same call goes on.
    """
    if not metrics:
        refuse_unknown_metrics(design.get("metrics", ()), scenario)
    folder = STUDIES / f"{scenario.name}-{design['kind']}" if out is None else Path(out)
    about: dict[str, Any] = {"steps": steps, "view": view, "metrics": metrics, "design": design}
    study = Study.create(folder, scenario, trials, **about, grows=further is not None)
    with at_work(study, most, memory_limit=read_size(memory_limit), **execution) as go_on:
        go_on()
        while further is not None and (trials := further(study)):
            study.grow(trials)
            go_on()
    return study


def based_on(scenario: Scenario | str, overrides: dict[str, Any] | None) -> Scenario:
    """The scenario that a study starts from, by itself, its name or its file, with values replaced in every run."""
    base = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
    for key, value in (overrides or {}).items():
        base = base.override(key, value)
    return base


def design_of(
    kind: str,
    command: Sequence[str],
    *,
    replicates: int,
    seed: int,
    overrides: dict[str, Any] | None,
    metrics: Sequence[str] = (),
    ranges: Sequence[Range] = (),
    **own: Any,
) -> dict[str, Any]:
    """What a study keeps of its design: its ``own`` numbers, what all have, and the words of the command that asks for
    it again, which begin with ``command``.
    """
    options = ["--replicates", str(replicates), "--seed", str(seed)]
    options += [word for name in metrics for word in ("--metric", name)]
    return {
        "kind": kind,
        **own,
        **({"ranges": [dataclasses.asdict(each) for each in ranges]} if ranges else {}),
        "overrides": overrides or {},
        "seed": seed,
        "replicates": replicates,
        "metrics": list(metrics),
        "command": [*command, *options],
    }
