"""Table: rows by step, bounded, cut, replaced; and the lines made of its columns."""

import numpy as np
import pytest

from vesicle_abm.dashboards.plots.lines import MEAN, RATE, Line, values
from vesicle_abm.dashboards.plots.table import Table


def counting(steps, most=4096):
    """``n`` is the square of the step."""
    table = Table(["n"], most)
    for step in range(steps):
        table.put(step, [step**2])
    return table


def test_every_row_is_held_until_there_are_too_many_then_every_other():
    table = counting(8, most=8)
    assert (table.rows[:, 0].tolist(), table.stride) == (list(range(8)), 1)
    table.put(8, [64])
    assert (table.rows[:, 0].tolist(), table.stride) == ([0, 2, 4, 6, 8], 2)
    assert not table.put(9, [81])
    assert table.column("n").tolist() == [0, 4, 16, 36, 64]


@pytest.mark.parametrize("steps", [100, 1000, 5000])
def test_rows_stay_bounded_and_are_those_of_the_multiples_of_the_stride(steps):
    table = counting(steps, most=64)
    assert len(table) <= 64
    assert table.rows[:, 0].tolist() == list(range(0, steps, table.stride))


def test_growth_per_step_is_exact_however_few_rows_are_left():
    """Of n = t**2 from t - s to t: (t**2 - (t - s)**2) / s = 2 t - s."""
    table = counting(1000, most=64)
    rate = values(Line("n", "n", "", RATE), table)
    assert np.isnan(rate[0])
    assert rate[1:].tolist() == [2 * step - table.stride for step in table.rows[1:, 0]]


def test_a_running_mean_is_that_of_a_twenty_fifth_of_the_rows():
    mean = values(Line("n", "n", "", MEAN), counting(50))  # of two rows
    assert mean[:3].tolist() == [0.0, 0.5, 2.5]
    assert mean[-1] == (48**2 + 49**2) / 2


def test_a_step_shown_again_takes_the_place_of_its_row_and_unknown_ones_before_are_left_out():
    table = Table(["n"])
    for step in (5, 6, 8):
        table.put(step, [step])
    assert table.put(6, [66.0])
    assert not table.put(7, [7.0])
    assert table.rows.tolist() == [[5, 5], [6, 66], [8, 8]]


def test_cutting_forgets_later_steps_and_goes_on_from_there():
    table = counting(10)
    table.cut(4)
    assert table.last == 4
    table.put(5, [-1.0])
    assert table.column("n").tolist() == [0, 1, 4, 9, 16, -1]
    table.forget(["n"])
    assert np.isnan(table.column("n")).all()
