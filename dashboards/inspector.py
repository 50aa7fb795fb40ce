"""What is known of one neuron, as rows of (name, value); and the table that shows them."""

import numpy as np

import vesicle_abm as va

from .frames import Snapshot

PLACE = ("x", "y", "z")


def details(model: va.VesicleModel, snapshot: Snapshot, node: int) -> list[tuple[str, str]]:
    """The neuron's texts, activation, and vesicles and level of each kind, from a step's snapshot."""
    rows = [("neuron", str(model.graph.nodes[node]))]
    rows += [
        (name.replace("_", " "), str(values[node]))
        for name, values in model.graph.node_data.items()
        if isinstance(values[node], str) and values[node] and name not in PLACE
    ]
    rows.append(("activation", number(snapshot.activation[node])))
    if snapshot.memory is not None:
        used = int(snapshot.memory[node].any(axis=1).sum())
        words = f"{used} of {snapshot.memory.shape[1]} slots in use, strength {number(snapshot.stored()[node])}"
        rows.append(("memory", words))
    for k, kind in enumerate(model.kinds):
        vesicles, level = int(snapshot.occupancy[k, node]), snapshot.level[node, k]
        rows.append((kind, f"{vesicles} vesicle{'' if vesicles == 1 else 's'}, level {number(level)}"))
    return rows


def number(value: float) -> str:
    """Three significant digits.

    >>> number(0.12345), number(1234.5), number(0.0)
    ('0.123', '1234', '0')
    """
    value = float(value)
    return (
        f"{value:.0f}"
        if abs(value) >= 1000 or value == 0
        else f"{np.format_float_positional(value, 3, fractional=False, trim='-')}"
    )
