"""Trainable: numbers of a model's rules as torch parameters, under the names that scenarios write."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.learning.arrays import TORCH
from vesicle_abm.learning.bounds import Bounds
from vesicle_abm.learning.checks import check_counts
from vesicle_abm.learning.course import Course
from vesicle_abm.learning.needed import torch
from vesicle_abm.learning.places import Place, find
from vesicle_abm.learning.writing import write_scenario
from vesicle_abm.model import VesicleModel
from vesicle_abm.scenario import Scenario
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.lifecycle import Lifecycle
from vesicle_abm.views.field.field import Field


@dataclass(frozen=True)
class Learned:
    """A number that is learned: its place, its bounds, where it starts, and which entries are free to move."""

    place: Place
    bounds: Bounds
    start: torch.Tensor
    moves: torch.Tensor  # bool

    def value(self, free: torch.Tensor) -> torch.Tensor:
        """The whole value, in natural units, of the entries that move."""
        return self.start.masked_scatter(self.moves, self.bounds.value(free))

    def free(self, value: torch.Tensor) -> torch.Tensor:
        """What ``value`` takes: in the whole shape where all entries move, else (moving entries,)."""
        return self.bounds.free(value if bool(self.moves.all()) else value[self.moves])


class Trainable(torch.nn.Module):
    """The field of a model, some numbers of whose rules are parameters. ``module(steps)`` is the field's course.

    Each parameter bears the dotted key of its number, ``kinds.reward.migration.logit``, starts at the rule's own value
    and is free of bounds, so that any torch optimiser may move it; ``module[key]`` is the number itself, within the
    declared bounds (see ``learning.bounds``). Entries that start on a bound stay there: a node without receptors keeps
    none. float64, on the CPU.

    Parameters
    ----------
    source : a Scenario, or a VesicleModel, from whose present state the field goes on; it is not changed
    names : dotted keys; or a mapping from each to "scalar" (one number for all), "node" or "edge". Without one there
        is a value for each edge or node where the declaration allows it, so an (E,), (N,) or of vectors (N, D) array.

    Raises
    ------
    InputError
        for a number that there is none of, with the nearest, or that cannot be learned.

    >>> from vesicle_abm.scenario import Scenario
    >>> module = Trainable(Scenario.load("random_walk"), {"kinds.walker.decay.hazard": "scalar"})
    >>> [(name, round(module[name].item(), 3)) for name in module.names]
    [('kinds.walker.decay.hazard', 0.02)]
    """

    def __init__(self, source: Scenario | VesicleModel, names: Iterable[str] | Mapping[str, str]):
        super().__init__()
        if not isinstance(source, Scenario | VesicleModel):
            raise InputError(f"got {type(source).__name__}; a Scenario or a VesicleModel is allowed", "source")
        self.scenario = source if isinstance(source, Scenario) else None
        self.model = source.build() if isinstance(source, Scenario) else source
        self.learned: dict[str, Learned] = {}
        names = [names] if isinstance(names, str) else names
        for name, per in names.items() if isinstance(names, Mapping) else ((name, None) for name in names):
            place = find(name, self.model.world.kinds)
            self.learned[place.key] = self._learned(place, per)
        if not self.learned:
            raise InputError("nothing is to be learned; give the dotted key of a number, say kinds.NAME.decay.hazard")
        for name, learned in self.learned.items():
            add(self, name, torch.nn.Parameter(learned.free(learned.start)))

    def _learned(self, place: Place, per: str | None) -> Learned:
        start = place.start(per, self.model.graph)
        bounds = Bounds.of(place.about["bounds"])
        moves = bounds.inside(start)
        if not moves.any():
            words = f"starts at {start.flat[0]:g}, on its bound, from where nothing can be learned; start inside"
            raise InputError(words, place.key)
        return Learned(place, bounds, torch.from_numpy(start), torch.from_numpy(np.asarray(moves)))

    # The numbers

    @property
    def names(self) -> list[str]:
        """The dotted keys of what is learned."""
        return list(self.learned)

    def __getitem__(self, name: str) -> torch.Tensor:
        """A number by its dotted key, in its own units; gradients flow through it."""
        return self._known(name).value(self.get_parameter(name))

    def __setitem__(self, name: str, value: Any) -> None:
        """Put a number, or an array, in its place; entries that stay on their bound stay there."""
        learned = self._known(name)
        try:
            given = torch.as_tensor(value, dtype=torch.float64).detach().broadcast_to(learned.start.shape)
        except (TypeError, ValueError, RuntimeError):
            words = f"a number, or an array that fits the shape {tuple(learned.start.shape)}, is allowed"
            raise InputError(f"got {value!r}; {words}", name) from None
        moving = given[learned.moves]
        if not bool(moving.isfinite().all()):
            raise InputError(f"got {value!r}; finite numbers are allowed", name)
        if not learned.bounds.inside(moving.numpy()).all():
            raise InputError(f"got {value!r}, which lies on a bound, or beyond", name)
        with torch.no_grad():
            self.get_parameter(name).copy_(learned.free(given))

    def _known(self, name: str) -> Learned:
        if name not in self.learned:
            raise InputError(f"is not learned; {nearest(name, self.learned)}", str(name))
        return self.learned[name]

    # The field

    def forward(self, steps: int, segment: int | None = None) -> Course:
        """The field's course over so many steps.

        ``segment`` : what passes inside so many steps is not kept for gradients, but computed anew on the way back:
        less memory for one more way forward.

        Raises
        ------
        InputError
            for what is no whole number >= 1.
        """
        check_counts(steps=(steps, 1))
        return Course.run(Field(self.model, self.present_kinds(), TORCH, horizon=steps), steps, segment)

    def present_kinds(self) -> dict[str, Kind]:
        """The kinds, with tensors for what is learned."""
        return self._with({name: self[name] for name in self.names})

    def _with(self, values: dict[str, Any]) -> dict[str, Kind]:
        """The model's kinds, with values in the places of what is learned."""
        kinds = dict(self.model.world.kinds)
        for name, value in values.items():
            place = self.learned[name].place
            kinds[place.kind] = with_value(kinds[place.kind], place, value)
        return kinds

    # What has been learned

    def snapshot(self) -> dict[str, torch.Tensor]:
        """A copy of the free parameters, for ``load_state_dict``."""
        return {name: parameter.detach().clone() for name, parameter in self.named_parameters()}

    def arrays(self) -> dict[str, np.ndarray]:
        """The numbers as they stand, by dotted key: numpy arrays, float64."""
        return {name: self[name].detach().numpy().copy() for name in self.names}

    def to_lifecycle(self) -> Lifecycle:
        """Ordinary rules with what has been learned; its ``kinds`` are those of a VesicleModel."""
        return Lifecycle(self._with(self.arrays()), self.model.graph)

    def to_model(self, seed: int | None = None, **options: Any) -> VesicleModel:
        """A new model before its first step, with what has been learned and all else as it was.

        ``options`` : further arguments of VesicleModel, as ``view`` and ``record_every``.
        """
        world = self.model.world
        parts: dict[str, Any] = {
            "neurons": world.neurons,
            "plasticity": world.plasticity,
            "task": world.task,
            "memory": world.memory,
        }
        seed = world.state.seed if seed is None else seed
        kinds = self.to_lifecycle().kinds
        model = VesicleModel(world.graph, kinds, **parts, estimators=world.estimators, seed=seed, **options)
        model.signals.update(world.signals)
        return model

    def to_scenario(self, path: str | Path) -> Scenario:
        """Write what has been learned as a scenario that ``vesicle-abm run`` takes: see ``learning.writing``.

        Raises
        ------
        InputError
            if this was made of a model and not of a scenario.
        """
        if self.scenario is None:
            raise InputError("was made of a model; only what was made of a Scenario can be written as one", "source")
        places = {name: learned.place for name, learned in self.learned.items()}
        return write_scenario(self.scenario, self.model.graph, places, self.arrays(), Path(path))


def with_value(kind: Kind, place: Place, value: Any) -> Kind:
    """A kind, one of whose numbers is another, unchecked."""
    rules: dict[str, Any] = {}
    for key, rule in kind.keyed_rules():
        family = key.partition(".")[0]
        made = rule.with_values({place.field: value}) if key == place.rule else rule
        rules[family] = (*rules.get(family, ()), made) if family == "release" else made
    return dataclasses.replace(kind, **rules)


def add(module: torch.nn.Module, name: str, parameter: torch.nn.Parameter) -> None:
    """Register a parameter under a dotted name, as torch names those of modules inside modules."""
    *branches, leaf = name.split(".")
    for branch in branches:
        inner = module._modules.get(branch)
        if inner is None:
            if hasattr(module, branch):
                words = f"torch's modules have something called {branch!r}; give the kind another name"
                raise InputError(words, name)
            inner = torch.nn.Module()
            module.add_module(branch, inner)
        module = inner
    module.register_parameter(leaf, parameter)
