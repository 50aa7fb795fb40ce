"""Results of a study as tables: trials with their metrics, and the series of all runs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.experiments.columns import meaning
from vesicle_abm.experiments.store import Store
from vesicle_abm.experiments.trial import Trial

if TYPE_CHECKING:
    import pandas as pd
    import xarray

METRIC = "metric."
OF_SERIES = (".last", ".mean", ".max")  # how metrics end that sum a recorded column up
DONE, FAILED, MISSING = "done", "failed", "missing"
XARRAY = 'pip install "vesicle-abm[xarray]"'


def frame(store: Store, trials: Sequence[Trial], run_ids: Sequence[str]) -> "pd.DataFrame":
    """One row a trial, in order."""
    import pandas as pd

    failures = store.failures(run_ids)
    rows = {name: _row(store, name, failures.get(name)) for name in dict.fromkeys(run_ids)}
    keys = list(dict.fromkeys(key for trial in trials for key, _ in trial.settings))
    return pd.DataFrame(
        {"condition": trial.label, "replicate": trial.replicate, "seed": trial.seed}
        | dict.fromkeys(keys)
        | dict(trial.settings)
        | rows[name]
        for trial, name in zip(trials, run_ids, strict=True)
    ).astype({"seed": "uint64"})


def _row(store: Store, run_id: str, failure: dict | None) -> dict[str, Any]:
    row: dict[str, Any] = {"status": MISSING, "reason": "", "run_id": run_id, "digest": None, "wall_s": None}
    if store.done(run_id):
        result = store.result(run_id)
        row |= {"status": DONE, "digest": result["digest"], "wall_s": store.circumstances(run_id)["wall_s"]}
        row |= {f"{METRIC}{name}": value for name, value in result["metrics"].items()}
    elif failure is not None:
        row |= {"status": FAILED, "reason": f"{failure['kind']}: {failure['message']}"}
    return row


def series(
    store: Store, trials: Sequence[Trial], run_ids: Sequence[str], columns: Sequence[str] | None = None
) -> "pd.DataFrame":
    """The series of all finished runs, one below the other."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = None if columns is None else ["step", *(name for name in columns if name != "step")]
    numbers, tables, lengths = [], [], []
    for number, name in enumerate(run_ids):
        if store.done(name):
            file = pq.ParquetFile(store.series(name))
            there = file.schema_arrow.names
            tables.append(file.read(None if wanted is None else [c for c in wanted if c in there]))
            numbers.append(number)
            lengths.append(len(tables[-1]))
    if not tables:
        return pd.DataFrame(columns=["trial", "condition", "replicate", *(wanted or ["step"])])
    table = pa.concat_tables([t.replace_schema_metadata() for t in tables], promote_options="permissive")
    unknown = [name for name in wanted or () if name not in table.column_names]
    if unknown:
        allowed = pq.read_schema(store.series(run_ids[numbers[0]])).names
        raise InputError(f"no column {unknown[0]!r}; {nearest(unknown[0], allowed)}", "columns")
    row = np.repeat(numbers, lengths)
    labels = pd.Categorical([trial.label for trial in trials])
    found = table.to_pandas()
    found.insert(0, "trial", row)
    found.insert(1, "condition", labels[row])
    found.insert(2, "replicate", np.array([trial.replicate for trial in trials])[row])
    return found


def to_xarray(frame: "pd.DataFrame", series: "pd.DataFrame") -> "xarray.Dataset":
    """The series as arrays over trial and step; what is constant in a trial as coordinates of it."""
    try:
        import xarray
    except ImportError:
        raise InputError(f"arrays with names need xarray: {XARRAY}", "to_xarray") from None
    values = series.drop(columns=["condition", "replicate"]).set_index(["trial", "step"])
    found = xarray.Dataset.from_dataframe(values)
    for name, column in found.variables.items():
        unit, words = meaning(str(name))
        column.attrs |= {"units": unit, "long_name": words} if words else {}
    about = frame.loc[found["trial"].to_numpy()]
    settings = list(about.columns[3 : about.columns.get_loc("status")])
    names = ["condition", "replicate", "seed", *settings]
    return found.assign_coords({name: ("trial", about[name].to_numpy()) for name in names})
