"""Migration up a signal: by hand, by the closed form of the walk, and in both views."""

import networkx as nx
import numpy as np
import pytest
from oracles import SMALLEST_P, model_of, multinomial_p

import vesicle_abm as va

SEED = 71
FORK = va.NeuralGraph(range(4), [0, 0, 0], [1, 2, 3], weight=[1.0, 2.0, 1.0])
HEIGHT = np.array([0.5, 1.5, 0.0, -0.5])
COHORT = 6_000


@pytest.mark.parametrize("view", ["compiled", "particles"])
def test_vesicles_take_ways_by_weight_times_exp_of_the_climb_against_staying(view):
    """Climbs 1, -0.5, -1 at slope 2, so weights exp(2), 2 exp(-1), exp(-2), against 3; of 6000 (600) by chi-square."""
    count = COHORT if view == "compiled" else COHORT // 10
    rule = va.SignalMigration(signal="height", slope=2.0, stay=3.0)
    model = model_of(FORK, seed=SEED, view=view, emission=va.PulseEmission(count=count, nodes=[0]), migration=rule)
    model.signals["height"] = HEIGHT
    model.step()
    weights = np.array([3.0, np.exp(2.0), 2.0 * np.exp(-1.0), np.exp(-2.0)])
    assert multinomial_p(model.occupancy()[0], weights / weights.sum(), count) > SMALLEST_P


def test_a_steered_walk_settles_by_the_closed_form():
    """Without staying P(i -> j) ~ exp(s_j) is a walk over conductances exp(s_i + s_j), so that in the long run node i
    holds exp(s_i) sum_j exp(s_j) of all, j its neighbours. Of 4000 walkers, independent of one another, by chi-square.
    """
    graph = va.NeuralGraph.from_networkx(nx.cycle_graph(5))
    height = np.array([0.0, 1.0, 0.3, -0.5, 0.2])
    emission = va.PulseEmission(count=4000, nodes=[0])
    model = model_of(graph, seed=SEED, emission=emission, migration=va.SignalMigration(signal="height"))
    model.signals["height"] = height
    model.run_for(200)
    lifted = np.exp(height)
    share = lifted * (np.roll(lifted, 1) + np.roll(lifted, -1))
    assert multinomial_p(model.occupancy()[0], share / share.sum(), 4000) > SMALLEST_P


def test_without_a_signal_or_on_level_ground_it_is_the_weighted_walk_to_the_bit():
    found = set()
    for rule, signal in (
        (va.WeightedMigration(stay=0.5), None),
        (va.SignalMigration(stay=0.5), None),
        (va.SignalMigration(stay=0.5), 7.0),
    ):
        graph = nx.cycle_graph(6)
        model = model_of(
            va.NeuralGraph.from_networkx(graph), seed=SEED, emission=va.ConstantEmission(rate=2.0), migration=rule
        )
        if signal is not None:
            model.signals["pull"] = signal
        model.run_for(20)
        found.add(model.state.digest())
    assert len(found) == 1


def test_the_way_turns_with_the_signal():
    """On a line, nearly all go where the signal rises, and back when it falls."""
    line = va.NeuralGraph.from_networkx(nx.path_graph(3))
    rule = va.SignalMigration(slope=20.0, stay=1.0)
    model = model_of(line, seed=SEED, emission=va.PulseEmission(count=100, nodes=[1]), migration=rule)
    for height, end in (([0.0, 1.0, 2.0], 2), ([2.0, 1.0, 0.0], 0)):
        model.signals["pull"] = np.array(height)
        model.run_for(4)
        assert model.occupancy()[0][end] == 100


def test_a_height_beyond_all_numbers_is_refused_with_its_place():
    model = model_of(FORK, seed=SEED, emission=va.PulseEmission(count=1, nodes=[0]), migration=va.SignalMigration())
    model.signals["pull"] = np.array([0.0, 1e6, 0.0, 0.0])
    with pytest.raises(va.InputError, match=r"kinds\.v\.migration: .*gave inf; a finite number"):
        model.step()
