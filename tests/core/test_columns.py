"""Columns are a dict from id to row, whatever is appended and removed."""

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from vesicle_abm.core.columns import FIRST_CAPACITY, Columns, room_ahead
from vesicle_abm.core.errors import InputError

LAYOUT = {"id": ("i8", ()), "node": ("i4", ()), "content": ("f4", (2,)), "none": ("f8", (0,))}


def filled(ids):
    columns = Columns(LAYOUT)
    rows = columns.append(np.array(ids, dtype=np.int64))
    columns["node"][rows] = np.array(ids) * 10
    return columns


class ColumnsAreADict(RuleBasedStateMachine):
    """Appends, removals, copies and lookups against a dict."""

    @initialize()
    def start(self):
        self.columns, self.model, self.next_id = Columns(LAYOUT), {}, 100

    @rule(count=st.integers(0, 90), stride=st.integers(1, 5), backward=st.booleans())
    def append(self, count, stride, backward):
        ids = self.next_id + stride * np.arange(count)
        self.next_id += stride * count + 1
        ids = ids[::-1] if backward else ids
        version = self.columns.version
        rows = self.columns.append(ids)
        assert (self.columns["node"][rows] == 0).all()
        assert (self.columns["content"][rows] == 0.0).all()
        assert self.columns.version > version
        self.columns["node"][rows] = ids % 7
        self.columns["content"][rows] = np.stack([ids, -ids], axis=-1)
        self.model |= {int(id_): (int(id_) % 7, float(id_), -float(id_)) for id_ in ids}

    @rule(data=st.data())
    def remove(self, data):
        seed = data.draw(st.integers(0, 2**32 - 1))
        share = data.draw(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]))
        rows = np.flatnonzero(np.random.default_rng(seed).random(self.columns.size) < share)
        for id_ in self.columns["id"][rows].tolist():
            del self.model[id_]
        self.columns.remove(rows)

    @rule()
    def continue_with_a_copy(self):
        before = self.columns
        self.columns = before.copy()
        if before.size:
            before["node"][:] = -9  # the copy must not notice

    @invariant()
    def every_id_is_found_with_its_values(self):
        ids = np.array(list(self.model), dtype=np.int64)
        rows = self.columns.find(ids)
        assert len(self.columns) == self.columns.size == len(self.model) <= self.columns.capacity
        assert self.columns["id"][rows].tolist() == ids.tolist()
        values = np.column_stack([self.columns["node"][rows], self.columns["content"][rows]])
        assert [tuple(row) for row in values.tolist()] == list(self.model.values())

    @invariant()
    def the_canonical_order_is_by_id(self):
        assert self.columns["id"][self.columns.in_order()].tolist() == sorted(self.model)

    @invariant()
    def unknown_ids_are_not_found(self):
        assert self.columns.find([-1, 0, 10**12]).tolist() == [-1, -1, -1]


TestColumnsAreADict = ColumnsAreADict.TestCase


def test_the_last_rows_move_into_the_holes():
    """Rows 0 … 4 hold ids 1 … 5; without rows 0 and 3, three remain: row 4 moves into row 0."""
    columns = filled([1, 2, 3, 4, 5])
    columns.remove(np.array([0, 3]))
    assert columns["id"].tolist() == [5, 2, 3]
    assert columns["node"].tolist() == [50, 20, 30]


def test_an_id_is_found_after_its_row_has_moved():
    columns = filled([1, 2, 3, 4, 5])
    assert columns.find(5) == 4
    columns.remove(np.array([0, 3]))
    assert columns.find(5) == 0
    assert columns.find([4, 2, 1]).tolist() == [-1, 1, -1]
    assert columns.find([[2, 3], [5, 9]]).tolist() == [[1, 2], [0, -1]]


def test_removing_nothing_changes_nothing():
    columns = filled([1, 2])
    version = columns.version
    columns.remove(np.zeros(0, np.int64))
    assert (columns.version, columns["id"].tolist()) == (version, [1, 2])


def test_a_dead_row_leaves_nothing_to_the_next_birth():
    columns = filled([1, 2, 3])
    columns.remove(np.arange(3))
    columns.append(np.array([8]))
    assert columns["node"].tolist() == [0]


def test_reserved_room_is_kept_and_counted():
    columns = Columns(LAYOUT)
    columns.reserve(1000)
    assert (columns.capacity, columns.size, columns.nbytes) == (1000, 0, 1000 * (8 + 4 + 2 * 4))
    columns.append(np.arange(1000))
    assert columns.capacity == 1000
    columns.reserve(10)
    assert columns.capacity == 1000


def test_the_first_birth_makes_room_for_more():
    assert filled([1]).capacity == FIRST_CAPACITY


def test_a_column_is_known_by_name():
    assert "node" in Columns(LAYOUT)
    assert "edge" not in Columns(LAYOUT)


def test_given_columns_are_written_and_the_others_zero():
    columns = Columns(LAYOUT)
    rows = columns.append(np.array([4, 5]), node=np.array([7, 8]))
    assert columns["node"][rows].tolist() == [7, 8]
    assert (columns["content"][rows] == 0.0).all()


def test_given_arrays_become_the_columns_as_they_are():
    given = {"id": np.array([3, 9]), "node": np.array([1, 2], np.int32)}
    columns = Columns.of({"id": ("i8", ()), "node": ("i4", ())}, given)
    assert columns["node"].base is given["node"] or columns["node"] is given["node"]
    columns.append(np.array([11]))
    assert columns.find([3, 9, 11]).tolist() == [0, 1, 2]
    with pytest.raises(InputError, match=r"node: got int64 \(2,\); int32 \(2,\) is needed"):
        Columns.of({"id": ("i8", ()), "node": ("i4", ())}, given | {"node": np.array([1, 2])})


@pytest.mark.parametrize(("needed", "most", "room"), [(1, None, 64), (100, None, 150), (100, 120, 120), (100, 80, 100)])
def test_room_is_made_ahead_up_to_the_most(needed, most, room):
    assert room_ahead(needed, most) == room


def test_large_populations_have_an_eighth_of_room_ahead():
    assert room_ahead(8_000_000) == 9_000_000


def test_growth_beyond_the_free_memory_is_refused_and_changes_nothing():
    columns = Columns(LAYOUT, free=lambda: 10 * 2**20)
    columns.append(np.arange(1000))
    version, capacity = columns.version, columns.capacity
    with pytest.raises(InputError, match=r"vesicles: room for 11,251,125 vesicles needs 0\.2\d\d GiB, and 0\.010 GiB"):
        columns.append(np.arange(1000, 10_001_000))
    assert (columns.version, columns.capacity, columns.size) == (version, capacity, 1000)
    columns.append(np.arange(1000, 200_000))  # too little to ask the machine
    assert columns.size == 200_000
