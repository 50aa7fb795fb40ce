"""Plots: the tab of plots over time, and the downloads of all numbers."""

import io
from collections.abc import Callable

import solara

import vesicle_abm as va

from ..away.download import Download
from ..away.exports import CSV, FORMATS
from ..run.status import FAILED, Status
from .board import Board


def recorded(at_rest: Callable, form: str) -> bytes:
    """Every recorded row of the model, ``form`` "CSV" or "Parquet"; no bytes without a model."""
    with at_rest() as model:
        if not isinstance(model, va.VesicleModel):
            return b""
        frame = model.record
    if form == CSV:
        return frame.to_csv().encode()
    file = io.BytesIO()
    frame.to_parquet(file)
    return file.getvalue()


@solara.component
def Plots(board: Board, running: va.Scenario | None, status: Status):
    """The plots; below them what the model has recorded, as files."""
    solara.display(board.widget)
    if running is not None and status.run and status.phase != FAILED:
        name = f"{running.name}-seed{running.seed}"
        with solara.Div(classes=["va-downloads"]):
            every = running.data.get("record_every", 1)
            solara.Text("All recorded rows:" if every == 1 else f"All recorded rows, of each {every} steps:")
            for form in FORMATS:
                file = f"{name}.{form.lower()}"
                Download(f"Download {form}", file, lambda form=form: recorded(board.at_rest, form))
