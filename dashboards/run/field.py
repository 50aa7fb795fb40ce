"""Field: the density view as something that steps: the vesicles that are expected, of each kind at each node."""

import itertools

import numpy as np

import vesicle_abm as va

HORIZON = 256  # steps that are looked ahead at first; then twice as far, and so on


class Field:
    """What is expected from a model's present state on. It has no vesicles, levels or activation: only occupancy."""

    view = "density"

    def __init__(self, model: va.VesicleModel):
        """Raises InputError naming the rule that the density view cannot hold."""
        self.origin, self.graph, self.kinds = model.copy(), model.graph, model.kinds
        self.time, self._horizon = model.time, HORIZON
        self._course = None
        self._now = next(va.densities(self.origin, 1))

    def step(self) -> None:
        """A step further."""
        ahead = self.time + 1 - self.origin.time
        if self._course is None or ahead > self._horizon:
            while self._horizon < ahead:
                self._horizon *= 2
            self._course = itertools.islice(va.densities(self.origin, self._horizon), ahead, None)
        self._now = next(self._course)
        self.time += 1

    def occupancy(self) -> np.ndarray:
        """(K, N) expected vesicles of each kind at each node."""
        return self._now

    def copy(self) -> "Field":
        """As it stands now; it goes its own way."""
        made = object.__new__(Field)
        made.__dict__.update(self.__dict__, _course=None)
        return made
