"""The loop of a field's transport, and its derivative: along entries from a place to a place, each with a factor."""

from vesicle_abm.core.scalar import kernel


@kernel
def push(start, end, factor, mass, found):
    """``found[r, end[i]]`` grows by ``mass[r, start[i]] * factor[i]``, entry by entry, for each row r."""
    for r in range(len(mass)):
        for i in range(len(start)):
            found[r, end[i]] += mass[r, start[i]] * factor[i]


@kernel
def pull(start, end, factor, mass, slope, of_factor, of_mass):
    """The derivative of ``push``: by the ``slope`` of a number by what was found, its slopes by factor and mass."""
    for r in range(len(mass)):
        for i in range(len(start)):
            s = slope[r, end[i]]
            of_factor[i] += mass[r, start[i]] * s
            of_mass[r, start[i]] += factor[i] * s
