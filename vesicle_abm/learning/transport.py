"""Transport of mass along entries with factors that may be trained: its forward and backward in O(entries).

A custom ``autograd.Function``: gather and ``index_add`` keep a copy of what they gathered for every step, and torch's
sparse matrices ask for a dense gradient of their numbers. On a CPU both ways run the loops of ``views.field.kernels``,
with the bits of the numpy field.
"""

from typing import Any

from vesicle_abm.learning.needed import torch
from vesicle_abm.views.field import kernels


class Transport(torch.autograd.Function):
    """found[r, end_i] = sum_i mass[r, start_i] factor_i, of ``factor`` (M,) and ``mass`` (rows, …)."""

    @staticmethod
    def forward(ctx: Any, factor, mass, start, end, places: int):
        """(rows, places)."""
        ctx.save_for_backward(factor, mass, start, end)
        found = mass.new_zeros((len(mass), places))
        if found.is_cpu:
            kernels.push(*(one.detach().numpy() for one in (start, end, factor, mass, found)))
            return found
        return found.index_add_(1, end, mass[:, start] * factor)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, slope):
        """The slopes by factor and by mass."""
        factor, mass, start, end = ctx.saved_tensors
        of_factor, of_mass = torch.zeros_like(factor), torch.zeros_like(mass)
        if slope.is_cpu:
            given = (start, end, factor, mass, slope.contiguous(), of_factor, of_mass)
            kernels.pull(*(one.detach().numpy() for one in given))
        else:
            arrived = slope[:, end]
            of_factor = (mass[:, start] * arrived).sum(0)
            of_mass.index_add_(1, start, arrived * factor)
        return of_factor, of_mass, None, None, None
