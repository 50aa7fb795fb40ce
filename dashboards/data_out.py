"""Data out: the tables of a model, to be downloaded."""

import solara

from .desk import Desk
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
            solara.Select("Table", values=list(TABLES), value=table, on_value=set_table, dense=True)
            solara.Select("Format", values=list(FORMATS), value=form, on_value=set_form, dense=True)
        solara.Text(DOCS[table], classes=["va-note-line"])
        Download(f"Download {table} as {form}", f"{name}-{table}.{form.lower()}", content)
