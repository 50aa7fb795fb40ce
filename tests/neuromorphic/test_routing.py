"""Routes along x, then y; their lengths, and their relays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vesicle_abm.core.errors import InputError
from vesicle_abm.neuromorphic.mesh import Mesh
from vesicle_abm.neuromorphic.routing import route

MESH = Mesh()
CORES = st.integers(0, MESH.size - 1)


def core(x: int, y: int) -> int:
    return y * MESH.width + x


def test_a_route_goes_along_x_then_along_y():
    assert route(MESH, core(2, 5), core(4, 3)) == ([core(2, 5), core(3, 5), core(4, 5), core(4, 4), core(4, 3)], [])
    assert route(MESH, core(4, 3), core(3, 5)) == ([core(4, 3), core(3, 3), core(3, 4), core(3, 5)], [])
    assert route(MESH, 7, 7) == ([7], [])


def test_beyond_the_reach_a_relay_sends_it_on():
    """(0, 0) to (23, 20): 15 along both axes first."""
    cores, relays = route(MESH, core(0, 0), core(23, 20))
    assert relays == [core(15, 15)]
    assert len(cores) - 1 == 23 + 20
    assert cores[15] == core(15, 0)  # x before y on the first part
    assert cores[30] == core(15, 15)
    assert route(MESH, core(0, 0), core(15, 15))[1] == []
    assert route(MESH, core(1, 9), core(17, 9))[1] == [core(16, 9)]


@given(CORES, CORES, st.integers(1, 24))
def test_a_route_is_as_long_as_the_manhattan_distance_link_by_link(source, target, reach):
    mesh = Mesh(reach=reach)
    cores, relays = route(mesh, source, target)
    places = np.column_stack(mesh.place(np.array(cores)))
    assert (np.abs(np.diff(places, axis=0)).sum(axis=1) == 1).all()
    assert len(cores) - 1 == mesh.distances()[source, target]
    assert (cores[0], cores[-1]) == (source, target)
    longest = int(np.abs(places[-1] - places[0]).max())
    assert len(relays) == max(0, -(-longest // reach) - 1)
    stops = np.column_stack(mesh.place(np.array([source, *relays, target])))
    assert np.abs(np.diff(stops, axis=0)).max(initial=0) <= reach


def test_a_core_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="target: got 576; cores 0 … 575 are allowed"):
        route(MESH, 0, 576)
