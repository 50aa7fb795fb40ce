"""Alias tables encode exactly the weights that they were built from."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from vesicle_abm.core import alias
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.random import uniform

SEED = 21
weights = st.one_of(
    st.just(0.0), st.floats(0.0, 10.0), st.floats(1e-300, 1e300), st.sampled_from([1e-300, 1e300, 5e-324, 1.0])
)
rows = st.lists(st.lists(weights, min_size=1, max_size=12), min_size=1, max_size=6)  # each row: staying, then the ways


def arrays(table_rows):
    indptr = np.concatenate([[0], np.cumsum([len(row) - 1 for row in table_rows])]).astype(np.int64)
    stay = np.array([row[0] for row in table_rows])
    ways = np.array([weight for row in table_rows for weight in row[1:]])
    return indptr, stay, ways


def build(table_rows):
    return alias.build(*arrays(table_rows))


def wanted(row):
    row = np.array(row)
    if not row.any():
        return np.eye(len(row))[0]
    row = row / row.max()
    return row / row.sum()


def slot(table, row, u):
    first = table.indptr[row]
    return alias.choose(u, first, table.indptr[row + 1] - first, table.threshold, table.alias)


@given(rows)
@example([[0.0]])
@example([[0.0, 0.0, 0.0]])
@example([[0.0, 1e308, 1e308]])
@example([[1e-300, 1e300]])
def test_a_table_reproduces_its_weights(table_rows):
    """Up to rounding: every step of Vose's method may lose one unit in the last place of a number near 1."""
    table = build(table_rows)
    for number, row in enumerate(table_rows):
        found = table.probabilities()[table.indptr[number] : table.indptr[number + 1]]
        np.testing.assert_allclose(found, wanted(row), rtol=1e-12, atol=4e-16 * len(row))
        assert found.sum() == pytest.approx(1.0, abs=1e-15 * len(row))


@given(rows)
@example([[0.0, 1e308, 1e308]])
def test_thresholds_and_aliases_stay_within_their_row(table_rows):
    table = build(table_rows)
    sizes = np.repeat(np.diff(table.indptr), np.diff(table.indptr))
    assert ((table.threshold >= 0.0) & (table.threshold <= 1.0)).all()
    assert ((table.alias >= 0) & (table.alias < sizes)).all()


@settings(deadline=None)
@given(rows, st.integers(0, 2**32))
@example([[0.0, 1e308, 1e308, 0.0]], 0)
def test_a_slot_without_weight_is_never_chosen(table_rows, id_):
    """At the extreme draws, at the draws beside every slot's borders and thresholds, and at 50 others."""
    table = build(table_rows)
    for number, row in enumerate(table_rows):
        size = len(row)
        first = table.indptr[number]
        borders = np.arange(size) / size
        inner = borders + table.threshold[first : first + size] / size
        u = np.concatenate([borders, inner, np.nextafter(inner, 0.0), np.nextafter(borders, 1.0)])
        u = np.concatenate([u, [2.0**-33, 1.0 - 2.0**-33], uniform(SEED, id_, 0, 0, np.arange(50))])
        for draw in u[(u > 0.0) & (u < 1.0)]:
            chosen = slot(table, number, draw)
            assert row[chosen] > 0.0 or (chosen == 0 and not any(row))


def test_two_slots_by_hand():
    """Weights 1 and 3: shares 0.5 and 1.5 of a slot; slot 0 keeps half its draws and lends the other half to slot 1."""
    table = build([[1.0, 3.0]])
    assert table.threshold.tolist() == [0.5, 1.0]
    assert table.alias.tolist() == [1, 1]
    assert [slot(table, 0, u) for u in (0.2, 0.3, 0.6, 0.99)] == [0, 1, 1, 1]


def test_a_node_without_ways_or_without_weight_keeps_its_vesicles():
    table = build([[0.0], [0.0, 0.0, 0.0], [5.0, 0.0]])
    for u in (0.01, 0.4, 0.6, 0.99):
        assert [slot(table, row, u) for row in range(3)] == [0, 0, 0]


def test_weights_whose_sum_overflows_keep_their_shares():
    """1e308 + 1e308 is infinite, and once made every such node keep its vesicles."""
    assert build([[0.0, 1e308, 1e308]]).probabilities().tolist() == [0.0, 0.5, 0.5]


def test_draws_from_a_table_follow_its_weights():
    """Seed 21, n = 20,000, weights 1 … 5: chi-square with 4 degrees of freedom."""
    table = build([[1.0, 2.0, 3.0, 4.0, 5.0]])
    found = np.bincount([slot(table, 0, u) for u in uniform(SEED, np.arange(20_000), 0, 0)], minlength=5)
    assert stats.chisquare(found, np.arange(1, 6) / 15 * 20_000).pvalue > 1e-3


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_a_weight_that_is_not_finite_and_non_negative_is_refused(bad):
    with pytest.raises(InputError, match=r"weights: .*finite numbers >= 0 are allowed"):
        build([[1.0, bad]])
    with pytest.raises(InputError, match=r"stay: .*finite numbers >= 0 are allowed"):
        build([[bad, 1.0]])


@given(rows, st.data())
def test_a_renewed_table_is_the_one_built_anew_and_only_what_changed_is_made_anew(table_rows, data):
    changed = [data.draw(st.sampled_from([row, row[::-1], [0.5 * weight for weight in row]])) for row in table_rows]
    (indptr, *before), (_, *after) = arrays(table_rows), arrays(changed)
    table = alias.build(indptr, *before)
    assert alias.renew(table, indptr, before, after) == sum(a != b for a, b in zip(table_rows, changed, strict=True))
    anew = alias.build(indptr, *after)
    assert table.threshold.tobytes() == anew.threshold.tobytes() and table.alias.tobytes() == anew.alias.tobytes()
