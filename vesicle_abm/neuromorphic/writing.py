"""Writing: the report of an emulation as JSON, its tables as Parquet, its pictures as PNG."""

import dataclasses
import json
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.environment import environment
from vesicle_abm.experiments.figures import save
from vesicle_abm.neuromorphic import pictures
from vesicle_abm.neuromorphic.comparison import differences
from vesicle_abm.neuromorphic.counts import events_of, joules_of, shortest_step_us, traffic_per_vesicle
from vesicle_abm.neuromorphic.emulation import Emulation
from vesicle_abm.neuromorphic.findings import findings
from vesicle_abm.neuromorphic.packets import TYPES

MESH = Path("mesh")
REPORT = "mesh.json"
TABLES = ("ticks", "links", "cores")
PICTURES = ("links", "cores")


def report_of(found: Emulation, joules: Mapping[str, float] | None = None) -> dict[str, Any]:
    """All that is said of an emulation, for JSON; ``joules``: event -> what one costs, as whoever gives it says.

    Raises
    ------
    InputError
        for the cost of an event that is not counted.
    """
    counts, tally, placement = events_of(found), found.tally, found.sender.placement
    by_type = {
        name: {what: int(getattr(tally, what)[place]) for what in ("packets", "flits", "hops", "relays")}
        for place, name in enumerate(TYPES)
    }
    return {
        "format": 1,
        "scenario": found.scenario.name,
        "seed": found.seed,
        "steps": found.steps,
        "mesh": dataclasses.asdict(found.mesh),
        "limits": found.mesh.limits(),
        "partitioner": found.partitioner,
        "rounding": found.precision.rounding,
        "codes": {name: dataclasses.asdict(code) for name, code in found.precision.codes.items()},
        "placement": {
            "cores": len(placement.used),
            "flit_hops_placed": placement.hops,
            "flit_hops_shuffled": placement.shuffled,
        },
        "findings": [dataclasses.asdict(row) for row in findings(found)],
        "differences": [dataclasses.asdict(row) for row in differences(found)],
        "packets": by_type,
        "traffic_per_vesicle": traffic_per_vesicle(found),
        "shortest_step_us": shortest_step_us(found),
        "accounting": counts,
        "joules": {"given": dict(joules), "sum": joules_of(counts, joules)} if joules else None,
        "digest": found.quantised.state.digest(),
        **environment(),
    }


def write(found: Emulation, folder: Path, joules: Mapping[str, float] | None = None) -> None:
    """Write everything into a folder.

    Raises
    ------
    InputError
        for the cost of an event that is not counted.
    """
    report = report_of(found, joules)
    tables = (found.tally.per_tick(), found.tally.per_link(), found.tally.per_core(found.sender))
    for name, table in zip(TABLES, tables, strict=True):
        table.to_parquet(folder / f"{name}.parquet", compression="zstd")
    for name, draw in zip(PICTURES, (pictures.draw_links, pictures.draw_cores), strict=True):
        save(draw(found), folder / f"{name}.png")
    (folder / REPORT).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def folder_for(out: str | None, name: str) -> Path:
    """A new folder, or one that is there and empty; by default ``mesh/NAME``, with -2, -3 … behind it where taken.

    Raises
    ------
    InputError
        for a folder that holds something, or that cannot be made.
    """
    tried = (MESH / (name if number == 1 else f"{name}-{number}") for number in count(1))
    folder = next(path for path in tried if not path.exists()) if out is None else Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{str(folder)!r} cannot be made: {error.strerror}", "--out") from None
    if any(folder.iterdir()):
        raise InputError(f"{str(folder)!r} is not empty; choose another folder", "--out")
    return folder
