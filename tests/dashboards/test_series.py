"""Series: the numbers of a model after each step, checked against the state; and the plots made of them."""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.plots.plotlist import plots_of
from vesicle_abm.dashboards.plots.series import Series
from vesicle_abm.dashboards.run.field import Field

SCENARIOS = ("worm_wireless", "cascade", "conditioning", "contextual_bandit", "norepinephrine_astrocyte",
             "context_switch", "path_memory", "learn_by_error", "reward_wave")  # fmt: skip


def at(name, steps):
    model = va.Scenario.load(name).build(threads=1)
    model.run_for(steps)
    series = Series(model)
    return model, series, dict(zip(series.columns, series.read(model), strict=True))


@pytest.mark.parametrize("name", SCENARIOS)
def test_numbers_are_there_for_every_column_that_any_plot_draws(name):
    model, series, row = at(name, 3)
    plots = plots_of(model, series)
    drawn = [line.column for plot in plots for line in plot.lines]
    assert len({plot.key for plot in plots}) == len(plots)
    assert set(drawn) <= set(row)
    assert all(np.isfinite(row[column]) for column in drawn if not column.startswith("chosen "))
    assert any(plot.first for plot in plots)


def test_what_is_read_is_what_the_state_says():
    model, _, row = at("worm_wireless", 20)
    state = model.state
    assert row["dopamine.alive"] == state.vesicles["dopamine"].size
    assert row["dopamine.dockings"] == state.docked[0].sum() > 0
    assert row["all kinds.born"] == state.emitted.sum() == model.counts["born"]
    assert row["all kinds.absorbed"] == model.counts["absorbed"]
    assert row["activation.least"] == state.activation.min()
    assert row["activation.most"] == state.activation.max()
    assert row["activation.median"] == np.sort(state.activation)[round(0.5 * (len(state.activation) - 1))]


def test_the_chosen_neuron_has_its_own_columns_once_it_is_chosen():
    model, series, row = at("reward_wave", 20)
    assert np.isnan(row["chosen neuron.activation"])
    series.node = 3
    chosen = dict(zip(series.columns, series.read(model), strict=True))
    assert chosen["chosen neuron.activation"] == model.state.activation[3]
    assert chosen["chosen neuron.level.dopamine"] == model.state.modulator[3, 0]


def test_kinds_that_become_others_are_counted_by_what_they_became():
    model, _, row = at("path_memory", 900)
    assert row["answer.came"] == model.counts_by_kind["answer"]["came"] > 0


def test_of_the_density_view_there_is_the_population_that_is_expected_and_nothing_else():
    field = Field(va.Scenario.load("random_walk").build(threads=1))
    for _ in range(5):
        field.step()
    series = Series(field)
    assert series.columns == ["walker.alive"]
    assert series.read(field) == pytest.approx([field.occupancy().sum()])
    assert series.read(field)[0] > 0
    assert [plot.key for plot in plots_of(field, series)] == ["population"]


@pytest.mark.parametrize(
    ("name", "has", "lacks"),
    [
        ("worm_wireless", {"activation", "levels"}, {"weights", "etas", "synapse_traces", "turns"}),
        ("contextual_bandit", {"weights", "etas", "synapse_traces", "synapse_gate", "task_reward"}, {"memory"}),
        ("learn_by_error", {"synapse_modulation", "task_accuracy"}, {"synapse_traces", "synapse_gate"}),
        ("conditioning", {"signal_rpe"}, {"weights"}),
        ("cascade", {"suppressed"}, {"activation"}),
        ("path_memory", {"memory", "turns"}, {"suppressed"}),
    ],
)
def test_a_scenario_has_the_plots_of_what_it_has(name, has, lacks):
    model, series, _ = at(name, 0)
    keys = {plot.key for plot in plots_of(model, series)}
    assert has <= keys
    assert not lacks & keys
