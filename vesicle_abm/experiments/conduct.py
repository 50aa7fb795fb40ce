"""Conduct a study: validate its design, then run what is not done yet."""

from collections.abc import Sequence
from pathlib import Path

from vesicle_abm.experiments.study import Study
from vesicle_abm.experiments.trial import Trial
from vesicle_abm.experiments.validation import validate
from vesicle_abm.scenario import Scenario

STUDIES = Path("studies")


def conduct(
    out,
    scenario: Scenario,
    trials: Sequence[Trial],
    design: dict,
    *,
    steps: int | None = None,
    view: str | None = None,
    grows: bool = False,
    **execution,
) -> Study:
    """The study after its run; in a folder that holds the same one, it goes on.

    Parameters
    ----------
    out : the study's folder, by default ``studies/NAME-DESIGN``
    design : how the trials came about, as JSON holds it, by ``kind``
    grows : whether a folder may hold the beginning of these trials, or these the beginning of its own
    steps, view : instead of the scenario's
    execution : as of ``Study.run``

    Raises
    ------
    DesignError
        if a condition cannot run; nothing was run then.
    InputError
        if the folder holds another study.
    """
    validate(scenario, trials)
    folder = STUDIES / f"{scenario.name}-{design['kind']}" if out is None else Path(out)
    study = Study.create(folder, scenario, list(trials), steps=steps, view=view, design=design, grows=grows)
    study.run(**execution)
    return study
