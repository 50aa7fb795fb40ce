"""What the columns of a series mean: a unit and a sentence each, written into every Parquet file's schema."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

STEP = ("steps", "steps done")
OF_A_KIND = {
    "born": ("vesicles", "born so far"),
    "alive": ("vesicles", "alive after the step"),
    "absorbed": ("vesicles", "absorbed so far"),
    "expired": ("vesicles", "whose time has run out, so far"),
    "cleared": ("vesicles", "cleared so far"),
    "docked": ("vesicles", "docked in this step"),
    "level": ("modulator", "level of its modulator, mean over the nodes"),
    "suppressed": ("vesicles", "births so far that its cap did not allow"),
    "trail": ("trail", "its trail, sum over the edges"),
}
ALONE = {
    "step": STEP,
    "node": ("place", "its row in the table of nodes, from 0"),
    "activation": ("activation", "mean over the nodes"),
    "weight": ("weight", "mean over the synapses that learn"),
    "eta_local": ("1/step", "local learning rate, mean over the nodes"),
    "eta_global": ("1/step", "global learning rate, mean over the nodes"),
    "memory": ("content", "root mean square over all that is stored"),
}
UNKNOWN = ("", "")  # of a column that no recorder of ours makes
PREFIXES = {
    "task.": ("task", "as the task records it"),
    "signal.": ("signal", "estimate, mean over the nodes"),
}


def meaning(column: str) -> tuple[str, str]:
    """The unit of a column, and what it holds.

    >>> meaning("dopamine.docked")
    ('vesicles', 'docked in this step')
    """
    if column in ALONE:
        return ALONE[column]
    for prefix, words in PREFIXES.items():
        if column.startswith(prefix):
            return words
    return OF_A_KIND.get(column.rpartition(".")[2], UNKNOWN)


def documented(schema: "pa.Schema") -> "pa.Schema":
    """The same schema with ``unit`` and ``description`` in each field's metadata."""
    import pyarrow as pa

    fields = []
    for field in schema:
        unit, words = meaning(field.name)
        fields.append(field.with_metadata({"unit": unit, "description": words}))
    return pa.schema(fields, schema.metadata)
