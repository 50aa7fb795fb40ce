"""Series: the numbers of a model after each step, by name. What is drawn of them stands in ``plotlist``.

Of a model all that its recorder has, and: dockings and turns so far, all kinds together, how activation is spread over
the neurons, the chosen neuron, the chosen synapse. Of a field the vesicles expected alive.
"""

from collections.abc import Callable

import numpy as np

import vesicle_abm as va

from . import synapse

SPREAD = {"activation.least": 0.0, "activation.10 %": 0.1, "activation.median": 0.5, "activation.90 %": 0.9,
          "activation.most": 1.0}  # fmt: skip
TOTALS = ("born", "alive", "absorbed", "expired", "cleared")
ALL, NEURON, SYNAPSE = "all kinds.", "chosen neuron.", "chosen synapse."  # how the names of further columns begin


class Series:
    """The columns of one model, and their numbers at each step; ``node`` and ``edge`` are chosen, or None."""

    def __init__(self, model):
        """``model``: a VesicleModel, or whatever has ``kinds``, ``time`` and ``occupancy()``."""
        self.kinds = list(model.kinds)
        self.node: int | None = None
        self.edge: int | None = None
        whole = isinstance(model, va.VesicleModel)
        self.read: Callable[..., list[float]] = self._of_model if whole else self._of_field
        self.columns = self._named(model) if whole else [f"{kind}.alive" for kind in self.kinds]

    def chosen(self, what: str) -> list[str]:
        """The columns of the chosen neuron or synapse."""
        return [name for name in self.columns if name.startswith(what)]

    def _named(self, model: va.VesicleModel) -> list[str]:
        recorded = model.recorder.names[1:]
        self._totals = [[recorded.index(f"{kind}.{what}") for kind in self.kinds] for what in TOTALS]
        self._turns = bool(model.world.lifecycle.turners)
        self._active = model.world.neurons is not None
        self._of_synapse = synapse.columns(model)
        names = [*recorded, *(ALL + what for what in TOTALS), *(f"{kind}.dockings" for kind in self.kinds)]
        if self._turns:
            names += [f"{kind}.came" for kind in self.kinds]
        if self._active:
            names += [*SPREAD, f"{NEURON}activation"]
        names += [f"{NEURON}level.{kind}" for kind in self.kinds]
        return [*names, *(SYNAPSE + name for name in self._of_synapse)]

    def _of_model(self, model: va.VesicleModel) -> list[float]:
        """The numbers of the present step, for each of ``columns``."""
        state = model.state
        row = model.recorder.row(model)[1:]
        row += [sum(row[at] for at in own) for own in self._totals]
        row += state.docked.sum(axis=1).tolist()
        if self._turns:
            row += state.turnings().sum(axis=0).tolist()
        if self._active:
            ordered = np.sort(state.activation)
            row += [ordered[round(share * (len(ordered) - 1))] for share in SPREAD.values()]
            row.append(np.nan if self.node is None else state.activation[self.node])
        row += [np.nan] * len(self.kinds) if self.node is None else state.modulator[self.node].tolist()
        if self._of_synapse:
            found = {} if self.edge is None else synapse.read(model, self.edge)
            row += [found.get(name, np.nan) for name in self._of_synapse]
        return row

    def _of_field(self, field) -> list[float]:
        return field.occupancy().sum(axis=1).tolist()
