"""A study: trials of one scenario, run into one folder, where what has finished is found again and never run twice."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.identity import MAX_STEPS
from vesicle_abm.experiments import frames
from vesicle_abm.experiments.identity import canonical, code_version, run_id
from vesicle_abm.experiments.inputs import Inputs
from vesicle_abm.experiments.measures import Metric, reference, stamps
from vesicle_abm.experiments.progress import Report, silent
from vesicle_abm.experiments.run import DENSITY, checked, now
from vesicle_abm.experiments.rundir import SCENARIO
from vesicle_abm.experiments.store import PLAN, STUDY, Store
from vesicle_abm.experiments.trial import Trial, scenarios
from vesicle_abm.experiments.validation import validate
from vesicle_abm.experiments.work import at_work
from vesicle_abm.scenario import Scenario
from vesicle_abm.schema.scenario import known_view
from vesicle_abm.views.density import refuse_what_density_cannot_hold

if TYPE_CHECKING:
    import pandas as pd
    import xarray

FORMAT = 1
OWN = {"seed", "steps", "view"}  # keys of a scenario that a study gives to its runs itself
SAME = ("data", "steps", "view", "metrics", "design")  # that an existing study must have in common with a new one


class Study:
    """Trials of a scenario and the folder of their runs; made by ``create`` or ``open``.

    ``trials``: in order; ``run_ids``: the run of each, which several trials may share.
    """

    def __init__(self, store: Store, about: dict, trials: Sequence[Trial], run_ids: Sequence[str]):
        self.store, self.about, self.trials, self.run_ids = store, about, list(trials), list(run_ids)
        self.scenario = Scenario(about["data"], about["source"], Path(about["folder"]))

    @property
    def folder(self) -> Path:
        """The folder."""
        return self.store.path

    @classmethod
    def create(
        cls,
        folder,
        scenario: Scenario,
        trials: Sequence[Trial],
        *,
        steps: int | None = None,
        view: str | None = None,
        metrics: Sequence[str | Metric] = (),
        design: dict[str, Any] | None = None,
        grows: bool = False,
    ) -> "Study":
        """A new study; in a folder that holds the same study already, that study.

        Runs that an earlier version of the code has done are kept, and done anew by this one.

        Parameters
        ----------
        trials : what to run; every scenario that they make is checked now
        steps, view : instead of the scenario's own
        metrics : functions of a model after its last step that give numbers by name, or ``module:function``
        design : what report and readers should know of how the trials were chosen
        grows : whether these take the place of the trials of the folder, whose runs are kept; the first of them do not

        Raises
        ------
        InputError
            if a trial's scenario is wrong, or the folder holds something else; nothing is written then.
        """
        steps = checked(scenario.steps if steps is None else steps, "steps", MAX_STEPS)
        view = known_view(scenario.view if view is None else view)
        references = tuple(reference(metric) for metric in metrics)
        _check(scenario, trials, view, references)
        about = {"format": FORMAT, "scenario": scenario.name, "question": scenario.question, "expect": scenario.expect}
        about |= {"data": scenario.data, "source": scenario.source, "folder": str(scenario.folder.resolve())}
        about |= {"steps": steps, "view": view, "metrics": list(references), "design": design or {}}
        about |= {"created": now(), "code": code_version()}
        store = Store(Path(folder).resolve())
        store.make()
        with store.held():
            if (store / STUDY).exists():
                about["created"], trials = _same(store, about, trials, grows)
            return cls(store, about, trials, _planned(store, about, scenario, trials))

    @classmethod
    def open(cls, folder) -> "Study":
        """The study that a folder holds.

        Raises
        ------
        InputError
            if it holds none.
        """
        store = Store(Path(folder).resolve())
        about, plan = store.read_json(STUDY), store.read_json(PLAN)
        ids = [row.pop("run_id") for row in plan]
        return cls(store, about, [Trial.of(row) for row in plan], ids)

    def run(
        self,
        workers: int | None = None,
        cluster: str | None = None,
        timeout_s: float | None = None,
        memory_limit: int | None = None,
        retries: int = 1,
        report: Report = silent,
    ) -> None:
        """Do every run that has not finished; what fails fails alone, and is noted with its reason.

        Parameters
        ----------
        workers : processes on this machine; None for one to each core
        cluster : instead, the address of a Dask scheduler whose workers see the folder under the same path
        timeout_s : wall-clock seconds that a run may take, imports and compilation apart
        memory_limit : bytes that a worker process may hold
        retries : attempts more for a run that fails otherwise than by a wrong scenario
        report : called with each event

        Raises
        ------
        InputError
            for bad input, or if another process runs the study.
        RunStoppedError
            if Ctrl-C stops it, the disk fails or the cluster goes; the same call goes on with it.
        """
        with at_work(
            self,
            workers=workers,
            cluster=cluster,
            timeout_s=timeout_s,
            memory_limit=memory_limit,
            retries=retries,
            report=report,
        ) as go_on:
            go_on()

    def grow(self, trials: Sequence[Trial]) -> None:
        """Have these trials in place of the study's own, unless it has them and more; the runs of all are kept. For who
        holds the folder.

        Raises
        ------
        InputError
            if a trial's scenario is wrong.
        """
        if not _begins(self.trials, trials):
            _check(self.scenario, trials, self.about["view"], tuple(self.about["metrics"]))
            self.trials, self.run_ids = list(trials), _planned(self.store, self.about, self.scenario, trials)

    # Results

    def frame(self) -> "pd.DataFrame":
        """One row a trial, in order.

        Columns ``condition``, ``replicate``, ``seed``, one for each setting's key, ``status`` ("done", "failed" or
        "missing"), ``reason``, ``run_id``, ``digest``, ``wall_s``, and ``metric.NAME``.
        """
        return frames.frame(self.store, self.trials, self.run_ids)

    def series(self, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """The series of all finished runs, one below the other: ``trial`` (row of ``frame``), ``condition``,
        ``replicate``, ``step``, and the columns asked for; None for all.
        """
        return frames.series(self.store, self.trials, self.run_ids, columns)

    def to_xarray(self) -> "xarray.Dataset":
        """The series as arrays over ``trial`` and ``step``, with condition, replicate, seed and settings beside them.

        Raises
        ------
        InputError
            if xarray is not installed.
        """
        return frames.to_xarray(self.frame(), self.series())


def _check(scenario: Scenario, trials: Sequence[Trial], view: str, metrics: tuple[str, ...]) -> None:
    """Refuse what cannot be run, or not kept as text."""
    if not trials:
        raise InputError("there is nothing to run; at least one trial is needed", "trials")
    for key in sorted(OWN & {key for trial in trials for key, _ in trial.settings}):
        raise InputError("cannot be set for a trial: steps and view are the study's, seeds the replicates'", key)
    if metrics and view == DENSITY:
        raise InputError("a density has no model after its last step that they could measure", "metrics")
    json.dumps([scenario.data, [trial.settings for trial in trials]], default=_numbers)
    validate(scenario, trials)
    if view == DENSITY:
        refuse_what_density_cannot_hold(trials[0].scenario(scenario).build(view=view))


def _numbers(value: Any) -> Any:
    """An array as lists."""
    if hasattr(value, "tolist"):
        return value.tolist()
    words = "a study keeps text and numbers; write a rule as a table, say {'rule': 'constant', …}"
    raise InputError(f"got {value!r}; {words}", "scenario")


def _planned(store: Store, about: dict, base: Scenario, trials: Sequence[Trial]) -> list[str]:
    """The run of each trial; the plan that says so is written, where the folder has another."""
    measured, inputs = stamps(tuple(about["metrics"])), Inputs(store.inputs)
    numbers = (about["steps"], about["view"], measured, about["code"])
    ids = [run_id(inputs.kept(scenario).data, trial.seed, *numbers) for trial, scenario in scenarios(base, trials)]
    about["inputs"] = inputs.names
    plan = [trial.plain() | {"run_id": name} for trial, name in zip(trials, ids, strict=True)]
    if not (store / STUDY).exists() or plan != store.read_json(PLAN):
        store.write_json(PLAN, plan)
        if base.text is not None:
            (store / SCENARIO).write_text(base.text, encoding="utf-8")
        store.write_json(STUDY, about)
    return ids


def _same(store: Store, about: dict, trials: Sequence[Trial], grows: bool) -> tuple[str, Sequence[Trial]]:
    """When a folder's study was created, and its trials, if it is this one."""
    there = store.read_json(STUDY)
    differs = [key for key in SAME if canonical(there.get(key)) != canonical(about[key])]
    plan = [Trial.of({key: row[key] for key in row if key != "run_id"}) for row in store.read_json(PLAN)]
    same = _begins(plan, trials)
    if not grows and not (same and len(plan) == len(trials)):
        differs.append("trials")
    if differs:
        words = f"{str(store.path)!r} holds another study: its {', '.join(differs)} differ; choose another folder"
        raise InputError(words, "--out")
    return there["created"], plan if same else trials


def _begins(plan: Sequence[Trial], trials: Sequence[Trial]) -> bool:
    """Whether a plan has these trials, and perhaps more behind them."""
    first, given = ([trial.plain() for trial in some] for some in (plan[: len(trials)], trials))
    return canonical(first) == canonical(given)
