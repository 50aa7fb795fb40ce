"""Routing: along x first, then along y; a packet that has farther to go than it can reach is sent on by relays.

A link leads from a core to a neighbour: link ``4 * core + direction``. XY routes have no cycles, so none wait for one
another for ever (Dally and Seitz 1987). A relay lies on the way, at most ``reach`` links off along either axis, so the
links taken are |dx| + |dy| however many relays there are. [Relaying so is ours.]
"""

from typing import Final

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.scalar import kernel
from vesicle_abm.neuromorphic.mesh import Mesh

EAST: Final = 0  # x grows
WEST: Final = 1
SOUTH: Final = 2  # y grows
NORTH: Final = 3
DIRECTIONS: Final = 4


@kernel
def clipped(way, reach):
    """A way along one axis, no longer than the reach."""
    return max(-reach, min(reach, way))


@kernel
def relay(at, target, width, reach):
    """The core that a packet goes to next: the target, or the relay before it."""
    x, y = at % width, at // width
    return (y + clipped(target // width - y, reach)) * width + x + clipped(target % width - x, reach)


@kernel
def heading(at, goal, width):
    """The direction of the next link to another core."""
    if goal % width != at % width:
        return EAST if goal % width > at % width else WEST
    return SOUTH if goal > at else NORTH


@kernel
def neighbour(at, direction, width):
    """The core that a link leads to."""
    if direction == EAST:
        return at + 1
    if direction == WEST:
        return at - 1
    return at + width if direction == SOUTH else at - width


def route(mesh: Mesh, source: int, target: int) -> tuple[list[int], list[int]]:
    """The cores that a packet passes, both ends among them, and the relays among those.

    Raises
    ------
    InputError
        for a core that the mesh lacks.

    >>> route(Mesh(), 1, 26)  # from (1, 0) to (2, 1)
    ([1, 2, 26], [])
    """
    for name, core in (("source", source), ("target", target)):
        if not 0 <= core < mesh.size:
            raise InputError(f"got {core}; cores 0 … {mesh.size - 1} are allowed", name)
    cores, relays = [source], []
    while cores[-1] != target:
        goal = relay(cores[-1], target, mesh.width, mesh.reach)
        while cores[-1] != goal:
            cores.append(neighbour(cores[-1], heading(cores[-1], goal, mesh.width), mesh.width))
        if goal != target:
            relays.append(goal)
    return cores, relays
