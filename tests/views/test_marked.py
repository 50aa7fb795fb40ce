"""The rows that have docked, or have ended, are found eight at a time: none too few, none twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vesicle_abm.core.columns import Columns
from vesicle_abm.views.marked import DOCKED_BITS, ENDED_BITS, rows_marked
from vesicle_abm.views.population import ABSORBED, CLEARED, DOCKED, EXPIRED, FREE, TURNED


@pytest.fixture(autouse=True)
def every_population_is_split(monkeypatch):
    monkeypatch.setattr("vesicle_abm.views.threads.ROWS_PER_THREAD", 1)


@given(size=st.integers(0, 70), threads=st.integers(1, 4), often=st.floats(0.0, 1.0), seed=st.integers(0, 99))
def test_they_are_those_that_numpy_finds(size, threads, often, seed):
    rng = np.random.default_rng(seed)
    columns = Columns({"id": ("i8", ()), "status": ("u1", ())})
    columns.append(np.arange(size))
    docked = rng.random(size) < often
    columns["status"][:] = np.where(docked, DOCKED, FREE)
    assert rows_marked(columns, DOCKED_BITS, threads).tolist() == np.flatnonzero(docked).tolist()
    ended = rng.random(size) < often
    columns["status"][:] = np.where(ended, rng.choice([ABSORBED, EXPIRED, CLEARED, TURNED], size), columns["status"])
    assert rows_marked(columns, ENDED_BITS, threads).tolist() == np.flatnonzero(ended).tolist()
