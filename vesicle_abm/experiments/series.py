"""The series of a run, of any length in bounded memory: written as Parquet, group by group; in brief for figures."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vesicle_abm.experiments.columns import documented
from vesicle_abm.raster import COLUMNS, Raster

if TYPE_CHECKING:
    import pandas as pd

ROWS_A_GROUP = 2**16  # of the Parquet file
ROWS_DRAWN = 20_000  # the most that figures are given: some tens a pixel


@dataclass(frozen=True)
class Series:
    """What figures and manifest need of a series.

    ``brief``: its rows, indexed by step; of more than ``ROWS_DRAWN`` the means of so many rows at a time that no more
    are left, each at its last row's step, as the index's name says. ``vesicles_max``: the most vesicles of all kinds
    together in any row.
    """

    brief: "pd.DataFrame"
    vesicles_max: float


def write_series(path: Path, kinds: list[str], rows: int, frames: Callable[[int], Iterator["pd.DataFrame"]]) -> Series:
    """Write a series of so many rows as Parquet, with units in its schema.

    ``frames(most)`` gives them in order, indexed by step, at most so many at a time, in one frame at least.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    together = max(1, -(-rows // ROWS_DRAWN))
    group = max(1, ROWS_A_GROUP // together) * together
    writer, brief, most = None, [], 0.0
    with contextlib.ExitStack() as stack:
        for frame in frames(group):
            table = pa.Table.from_pandas(frame.reset_index(), preserve_index=False)
            table = table.cast(documented(table.schema))
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(path, table.schema, compression="zstd"))
            writer.write_table(table)
            brief.append(means(frame, together))
            alive = frame[[f"{kind}.alive" for kind in kinds]].to_numpy().sum(axis=1)
            most = max(most, alive.max(initial=0))
    return Series(pd.concat(brief), most)


def write_spikes(path: Path, raster: Raster) -> None:
    """Write all spikes as Parquet: ``step`` (steps done) and ``node``, its place in the table of nodes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = documented(pa.schema([(name, pa.int64()) for name in COLUMNS]))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for block in raster.blocks(ROWS_A_GROUP):
            writer.write_table(pa.table(dict(zip(COLUMNS, block.T, strict=True)), schema))


def means(frame: "pd.DataFrame", together: int) -> "pd.DataFrame":
    """The means of so many rows at a time, the last of what is left; the frame itself where that is one."""
    import pandas as pd

    if together == 1:
        return frame
    first = np.arange(0, len(frame), together)
    count = np.diff(first, append=len(frame))
    values = np.add.reduceat(frame.to_numpy(np.float64), first) / count[:, None]
    words = f"{frame.index.name} (each point the mean of {together} rows)"
    return pd.DataFrame(values, index=frame.index[first + count - 1].rename(words), columns=frame.columns)
