"""A study at work: its folder held, its processes begun with the first run that is missing, its runs counted."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.driver import drive, stoppable
from vesicle_abm.experiments.engines import Engine, on_cluster, on_this_machine
from vesicle_abm.experiments.execute import Failure, Job
from vesicle_abm.experiments.inputs import Inputs
from vesicle_abm.experiments.limits import check_limits
from vesicle_abm.experiments.progress import Report, Tally, silent
from vesicle_abm.experiments.run import now
from vesicle_abm.experiments.store import Store
from vesicle_abm.experiments.trial import Trial, scenarios

if TYPE_CHECKING:
    from vesicle_abm.experiments.study import Study


@contextlib.contextmanager
def at_work(
    study: "Study",
    most: int = 0,
    *,
    workers: int | None = None,
    cluster: str | None = None,
    timeout_s: float | None = None,
    memory_limit: int | None = None,
    retries: int = 1,
    report: Report = silent,
) -> Iterator[Callable[[], None]]:
    """Hold a study's folder; gives the function that does all runs of the study that it has not looked at before, but
    those that have finished.

    ``most``: how many runs there will be, of a study that grows meanwhile; else as of ``Study.run``.
    """
    check_limits(timeout_s, memory_limit)
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        raise InputError(f"got {retries!r}; a whole number >= 0 is allowed", "--retries")
    store, tally = study.store, Tally(most, 0, report)
    seen, begun = set[str](), list[Engine]()
    with contextlib.ExitStack() as stack:
        stack.enter_context(store.held())
        store.tidy()
        stack.enter_context(stoppable(tally))

        def engine() -> Engine:
            if not begun:
                place = on_this_machine(workers) if cluster is None else on_cluster(cluster, study.folder)
                begun.append(stack.enter_context(place))
                tally.tell("began")
            return begun[0]

        def note(job: Job, failure: Failure, attempts: int) -> None:
            store.fail(job.run_id, {"run_id": job.run_id, **vars(failure), "attempts": attempts, "at": now()})

        def go_on() -> None:
            trials = {n: trial for n, trial in zip(study.run_ids, study.trials, strict=True) if n not in seen}
            seen.update(trials)
            damaged = discard_damaged(store, trials)
            missing = {name: trial for name, trial in trials.items() if not store.done(name)}
            tally.find(len(trials) - len(missing), max(most, len(seen)))
            for name, words in damaged.items():
                tally.tell("damaged", name, Failure("damaged", words))
            if missing:
                drive(jobs_of(study, missing, timeout_s, memory_limit), engine(), retries, note, tally)

        yield go_on
        store.tidy()
        tally.tell("ended")


def discard_damaged(store: Store, run_ids: Iterable[str]) -> dict[str, str]:
    """Run -> what was wrong with its files, of those that have finished and are not as they were written."""
    found = {name: store.damage(name) for name in run_ids if store.done(name)}
    damaged = {name: words for name, words in found.items() if words}
    for name in damaged:
        store.discard(store.runs / name)
    return damaged


def jobs_of(
    study: "Study", missing: Mapping[str, Trial], timeout_s: float | None, memory_limit: int | None
) -> Iterator[Job]:
    """Runs of a study to be done, by name, as jobs."""
    about, folder, inputs = study.about, str(study.folder), Inputs(study.store.inputs, study.about["inputs"])
    metrics = tuple(about["metrics"])
    made = scenarios(study.scenario, list(missing.values()))
    for name, (trial, scenario) in zip(missing, made, strict=True):
        numbers = (trial.seed, about["steps"], about["view"])
        data = inputs.kept(scenario).data
        yield Job(folder, name, data, about["source"], *numbers, metrics, timeout_s, memory_limit)
