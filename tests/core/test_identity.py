"""An id is a birthplace: packed and unpacked without loss, never the same for two."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.identity import (
    FIRST_VESICLE_ID,
    MAX_BIRTHS,
    MAX_KINDS,
    MAX_NODES,
    MAX_STEPS,
    birth_address,
    check_limits,
    pack,
    unpack,
)

births = st.tuples(
    st.integers(0, MAX_STEPS - 1),
    st.integers(0, MAX_NODES - 1),
    st.integers(0, MAX_KINDS - 1),
    st.integers(0, MAX_BIRTHS - 1),
)


@given(births)
def test_a_birthplace_survives_packing(birth):
    assert unpack(pack(*birth)) == birth


@given(births)
def test_an_id_is_the_sum_of_its_shifted_fields(birth):
    """ordinal + 2**14 kind + 2**19 node + 2**39 (step + 1)."""
    step, node, kind, ordinal = birth
    assert int(pack(*birth)) == ordinal + 2**14 * kind + 2**19 * node + 2**39 * (step + 1)


@given(births, births)
def test_later_births_have_larger_ids(one, other):
    assert (one < other) == bool(pack(*one) < pack(*other))


def test_the_largest_birthplace_fits_63_bits():
    last = (MAX_STEPS - 1, MAX_NODES - 1, MAX_KINDS - 1, MAX_BIRTHS - 1)
    assert int(pack(*last)) == 2**63 - 1
    assert unpack(pack(*last)) == last


def test_arrays_pack_and_unpack_like_numbers():
    nodes, ordinals = np.arange(4)[:, None], np.arange(3)
    ids = pack(7, nodes, 2, ordinals)
    assert ids.shape == (4, 3)
    assert len(np.unique(ids)) == 12
    steps, back_nodes, kinds, back_ordinals = unpack(ids)
    assert (steps == 7).all()
    assert (kinds == 2).all()
    assert (back_nodes == nodes).all()
    assert (back_ordinals == ordinals).all()


@given(st.integers(0, MAX_KINDS - 1), st.integers(0, MAX_NODES - 1))
def test_a_birth_address_is_never_a_vesicles_id(kind, node):
    assert 0 <= birth_address(kind, node) < FIRST_VESICLE_ID == pack(0, 0, 0, 0)


def test_birth_addresses_differ_between_kinds_and_nodes():
    assert len({int(birth_address(kind, node)) for kind in range(4) for node in (0, 1, MAX_NODES - 1)}) == 12


def test_a_world_that_does_not_fit_the_ids_is_refused():
    check_limits(MAX_NODES, MAX_KINDS)
    with pytest.raises(InputError, match="graph: got 1048577 nodes; at most 1048576 fit"):
        check_limits(MAX_NODES + 1, 1)
    with pytest.raises(InputError, match="kinds: got 33 kinds; at most 32 fit"):
        check_limits(1, MAX_KINDS + 1)
