"""Data out: the tables of a model, to be downloaded."""

import solara

from ..controls.choice import Choice
from ..desk import Desk
from .download import Download
from .exports import CSV, DOCS, FORMATS, NODES, SERIES, TABLES, export, tables_of
from .part import Part


@solara.component
def Data(desk: Desk, name: str):
    """Which table, in which format."""
    table, set_table = solara.use_state(SERIES)
    form, set_form = solara.use_state(CSV)

    def content() -> bytes:
        with desk.session.at_rest() as model:
            return b"" if model is None else export(model, table if table in tables_of(model) else NODES, form)

    with Part("Data"):
        with solara.Div(classes=["va-choices"]):
            Choice("Table", TABLES, table, set_table)
            Choice("Format", FORMATS, form, set_form)
        solara.Text(DOCS[table], classes=["va-note-line"])
        Download(f"Download {table} as {form}", f"{name}-{table}.{form.lower()}", content)
