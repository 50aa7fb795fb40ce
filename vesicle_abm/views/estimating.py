"""What estimators tell as the activate stage ends: asked one after another, checked, and only then written."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.neurons.estimators import Estimator, Glance

if TYPE_CHECKING:
    from vesicle_abm.views.world import World


@dataclass
class Told:
    """The signal of an estimator, a number or (N,), and what it keeps for the next step, by name."""

    signal: Any
    kept: dict[str, np.ndarray]


def estimates(world: "World", activation: np.ndarray) -> dict[str, Told]:
    """What every estimator tells of this step's activation (N,); each knows the signals of those before it."""
    found: dict[str, Told] = {}
    for name, estimator in world.estimators.items():
        begins = f"{name}."
        kept = {
            key.removeprefix(begins): values for key, values in world.state.estimates.items() if key.startswith(begins)
        }
        signals = world.signals | {earlier: told.signal for earlier, told in found.items()}
        try:
            found[name] = told_by(estimator, kept, Glance(world.graph, activation, signals))
        except InputError as error:
            raise error.inside(f"estimators.{name}") from error
    return found


def note(world: "World", found: dict[str, Told]) -> None:
    """The signals are given, and, with what estimators keep, kept for the next step."""
    for name, told in found.items():
        world.signals[name] = told.signal
        world.state.estimates[name] = np.array(told.signal, dtype=np.float64)
        for what, values in told.kept.items():
            world.state.estimates[f"{name}.{what}"][...] = values


def told_by(estimator: Estimator, kept: dict[str, np.ndarray], glance: Glance) -> Told:
    """What one estimator answers.

    Raises
    ------
    InputError
        if it is not a signal, a finite number or one per node, and finite arrays shaped as those that it kept.
    """
    formula = f"{type(estimator).__qualname__}.estimate"
    shown_only = {name: values.view() for name, values in kept.items()}
    for values in shown_only.values():
        values.flags.writeable = False
    try:
        signal, new = estimator.estimate(shown_only, glance, functions)
        told = np.asarray(signal, dtype=np.float64)
        keeps = {name: np.asarray(value, dtype=np.float64) for name, value in new.items()}
    except InputError:
        raise
    except Exception as error:  # a user's formula may raise anything
        raise InputError(f"{formula} raised {type(error).__name__}: {error}") from error
    if told.shape not in ((), (glance.graph.size,)):
        raise InputError(f"{formula} gave a signal of shape {told.shape}; a number, or one per node, is needed")
    if not np.isfinite(told).all():
        raise InputError(f"{formula} gave {first_wrong(told):g}; finite numbers are allowed")
    for name, value in keeps.items():
        if name not in kept:
            raise InputError(f"{formula} keeps {name!r}, which is not there at first; {nearest(name, kept)}")
        if value.shape not in ((), kept[name].shape):
            words = f"keeps {name!r} of shape {value.shape}; shape {kept[name].shape} is needed"
            raise InputError(f"{formula} {words}")
        if not np.isfinite(value).all():
            raise InputError(f"{formula} keeps {first_wrong(value):g} in {name!r}; finite numbers are allowed")
    return Told(signal, keeps)


def first_wrong(values: np.ndarray) -> float:
    """The first number that is not finite."""
    return float(values[~np.isfinite(values)].flat[0])
