"""What may be asked of a field's course: small functions that give one number each, to be lowered or weighed together.

d_l(t) are the expected dockings of a kind at node l in step t, rho_l(t) its expected vesicles there after it.

>>> import vesicle_abm as va
>>> from vesicle_abm.learning.losses import delivered, lateness
>>> graph = va.NeuralGraph.from_edges([("a", "b"), ("b", "c")])
>>> kind = va.Kind(emission=va.PulseEmission(nodes=["a"]), docking=va.ConstantDocking(probability=[0.0, 0.0, 1.0]))
>>> course = va.Trainable(va.VesicleModel(graph, {"v": kind}), ["kinds.v.emission.count"])(3)
>>> round(lateness(course, "v", ["c"]).item(), 3), round(delivered(course, "v", ["c"]).item(), 3)
(2.0, 1.0)
"""

from collections.abc import Iterable
from typing import Any

from vesicle_abm.core.errors import InputError
from vesicle_abm.learning.course import Course
from vesicle_abm.learning.needed import torch


def delivered(course: Course, kind: str, nodes: Iterable | None = None) -> torch.Tensor:
    """sum_t sum_l d_l(t) over the nodes with these labels, or all: how many vesicles dock there."""
    return course.chosen(course.docked(kind), nodes).sum()


def undelivered(course: Course, kind: str, nodes: Iterable) -> torch.Tensor:
    """-log sum_t sum_l d_l(t): to be lowered by bringing more vesicles to these nodes. It sees nothing else."""
    return -torch.log(delivered(course, kind, nodes))


def misplaced(course: Course, kind: str, wanted: Any) -> torch.Tensor:
    """-sum_l q_l log p_l, the cross-entropy of where vesicles dock, p_l = sum_t d_l(t) / sum_t sum_l d_l(t), and where
    they should: ``wanted`` (N,) >= 0, which sums to 1 after division by its sum.
    """
    docked = course.docked(kind).sum(0)
    q = numbers(wanted, f"a number >= 0 for each of {len(docked)} nodes")
    if q.shape != docked.shape or not bool((q >= 0.0).all()) or not bool(q.sum() > 0.0):
        raise InputError(f"a number >= 0 for each of {len(docked)} nodes is allowed, not all 0", "wanted")
    places = q > 0.0
    return -(q[places] / q.sum() * torch.log(docked[places] / docked.sum())).sum()


def lateness(course: Course, kind: str, nodes: Iterable) -> torch.Tensor:
    """sum_t t d(t) / sum_t d(t), d the dockings at these nodes: the mean step, from 1, of a docking there;
    of a single pulse its mean time of arrival.
    """
    docked = course.chosen(course.docked(kind), nodes).sum(1)
    steps = torch.arange(1, len(docked) + 1, dtype=docked.dtype)
    return (steps * docked).sum() / docked.sum()


def upkeep(course: Course, kind: str) -> torch.Tensor:
    """sum_t sum_l rho_l(t) / T: the mean number of vesicles alive at nodes, as a cost."""
    return course.occupancy(kind).sum() / course.steps


def activity_error(course: Course, wanted: Any, last: int = 1, nodes: Iterable | None = None) -> torch.Tensor:
    """Mean of (z_l(t) - wanted_l)^2 over the nodes and the ``last`` steps; ``wanted``: a number, or one each."""
    return squared(course, course.activation(), wanted, last, nodes)


def level_error(course: Course, kind: str, wanted: Any, last: int = 1, nodes: Iterable | None = None) -> torch.Tensor:
    """Mean of (E_l(t) - wanted_l)^2, E_l the modulator level of the kind, over the nodes and the ``last`` steps."""
    return squared(course, course.level(kind), wanted, last, nodes)


def squared(course: Course, found: torch.Tensor, wanted: Any, last: int, nodes: Iterable | None) -> torch.Tensor:
    """Mean squared distance of the last rows of (T, N) from what is wanted."""
    if isinstance(last, bool) or not isinstance(last, int) or not 1 <= last <= course.steps:
        raise InputError(f"got {last!r}; a whole number from 1 to {course.steps}, the steps, is allowed", "last")
    rows = course.chosen(found, nodes)[-last:]
    allowed = f"a number, or one for each of {rows.shape[1]} nodes,"
    target = numbers(wanted, allowed)
    if target.shape not in ((), rows.shape[1:], rows.shape):
        raise InputError(f"has the shape {tuple(target.shape)}; {allowed} is allowed", "wanted")
    return ((rows - target) ** 2).mean()


def numbers(wanted: Any, allowed: str) -> torch.Tensor:
    """What is wanted as a tensor, if it is numbers, all of them finite."""
    try:
        found = torch.as_tensor(wanted, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        raise InputError(f"got {wanted!r}; {allowed} is allowed", "wanted") from None
    if not bool(found.isfinite().all()):
        raise InputError(f"is not finite; {allowed} is allowed", "wanted")
    return found
