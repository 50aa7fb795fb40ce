"""A batch: replicates of a scenario under the conditions of a design."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments import designs
from vesicle_abm.experiments.conduct import based_on, conduct, design_of
from vesicle_abm.experiments.designs import Settings
from vesicle_abm.experiments.ranges import Range
from vesicle_abm.experiments.texts import range_of, text_of, toml_of
from vesicle_abm.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Sample = tuple[int, Sequence[Range | str]]  # how many conditions, over which ranges


def batch(
    scenario: str | Scenario,
    *,
    out,
    replicates: int = 1,
    sweep: Mapping[str, Sequence] | None = None,
    rows: Sequence[Mapping[str, Any]] | str | Path | None = None,
    lhs: Sample | None = None,
    sobol: Sample | None = None,
    paired: bool = True,
    overrides: dict[str, Any] | None = None,
    seed: int | None = None,
    **how,
) -> "pd.DataFrame":
    """Run replicates of a scenario under each condition of a design; one row a trial comes back, runs lie in ``out``.

    Called again with the same arguments it does what is left to do, and no more. A script calls it under
    ``if __name__ == "__main__":``, since its workers are processes that load the script.

    Parameters
    ----------
    scenario : a Scenario, the name of a shipped one, or the path of a TOML file
    out : the study's folder, new, or of the same study
    sweep : dotted key -> its values, of which every combination is run
    rows : instead, the conditions themselves, each dotted key -> value, or the path of a CSV file of them
    lhs, sobol : instead, how many conditions of a Latin hypercube, or a Sobol' sequence, over ranges, "key=low:high"
    paired : whether replicate r has the same seed in every condition
    overrides : dotted key -> its value in every run
    seed : the root from which all seeds are made; by default the scenario's
    how : ``steps`` and ``view``, instead of the scenario's own; ``metrics``, functions of a model after its last step
        that give numbers by name, or ``module:function``; ``workers``, ``cluster``, ``timeout_s``, ``memory_limit``,
        ``retries`` and ``report`` as in ``Study.run``, memory also as text, "2G"

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
    (['done', 'done'], [20.0, 20.0])
    """
    base = based_on(scenario, overrides)
    root = base.seed if seed is None else seed
    conditions, options, own = conditions_of(sweep, rows, lhs, sobol, root)
    trials = designs.replicated(conditions, replicates, root, paired=paired)
    command = ["batch", *options, *["--unpaired"] * (not paired)]
    own |= {"replicates": replicates, "seed": root, "overrides": overrides, "paired": paired}
    return conduct(out, base, trials, design_of(command=command, **own), **how).frame()


def conditions_of(
    sweep: Mapping[str, Sequence] | None,
    rows: Sequence[Mapping[str, Any]] | str | Path | None,
    lhs: Sample | None,
    sobol: Sample | None,
    seed: int,
) -> tuple[list[Settings], list[str], dict[str, Any]]:
    """The conditions, and how they came about: the options of the command; the ``kind``, and ranges or values.

    Raises
    ------
    InputError
        if more than one design is given, or something is wrong with it.
    """
    if sum(bool(design) for design in (sweep, rows, lhs, sobol)) > 1:
        raise InputError("got several designs; one of sweep, list, lhs and sobol is allowed")
    if rows:
        conditions = designs.from_csv(rows) if isinstance(rows, str | Path) else designs.listed(rows)
        return conditions, [], {"kind": "list"}  # a report writes the list beside itself
    for kind, sample in (("lhs", lhs), ("sobol", sobol)):
        if sample:
            number, ranges = sample
            spread = [range_of(each) if isinstance(each, str) else each for each in ranges]
            conditions = {"lhs": designs.latin_hypercube, "sobol": designs.sobol}[kind](spread, number, seed)
            return conditions, [f"--{kind}", str(number), *map(text_of, spread)], {"kind": kind, "ranges": spread}
    swept = dict(sweep or {})
    options = [word for key, values in swept.items() for word in ("--sweep", f"{key}={','.join(map(toml_of, values))}")]
    return designs.grid(swept), options, {"kind": "grid", "sweep": swept}
