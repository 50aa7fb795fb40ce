"""Rows are put in the order of their nodes where that pays, and no bit shows it."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core.columns import Columns
from vesicle_abm.views import sorting

NODES = 60


def model_on(graph, view: str = "compiled") -> va.VesicleModel:
    kind = va.Kind(
        emission=va.ConstantEmission(rate=2.0),
        content=va.GaussianContent(mean=0.0, deviation=1.0),
        migration=va.WeightedMigration(stay=1.0),
        docking=va.AffinityDocking(receptor=[1.0, 2.0]),
        release=va.ModulatorRelease(component=1),
        decay=va.HazardDecay(hazard=0.1),
        absorb=0.2,
        content_width=2,
    )
    return va.VesicleModel(graph, {"signal": kind}, seed=5, view=view)


@pytest.fixture
def small_is_large(monkeypatch):
    monkeypatch.setattr(sorting, "NODES", 1)
    monkeypatch.setattr(sorting, "ROWS", 1)
    monkeypatch.setattr(sorting, "NEAR", 20)
    monkeypatch.setattr(sorting, "EVERY", 3)


@pytest.mark.parametrize("view", ["compiled", "particles"])
def test_sorted_rows_change_no_bit(small_is_large, view, monkeypatch):
    model = model_on(nx.cycle_graph(NODES), view)
    model.run_for(3)
    assert (np.diff(model.state.vesicles["signal"]["node"]) >= 0).all()
    model.run_for(8)
    monkeypatch.setattr(sorting, "ROWS", 10**9)
    unsorted = model_on(nx.cycle_graph(NODES), view)
    unsorted.run_for(11)
    assert (np.diff(unsorted.state.vesicles["signal"]["node"]) < 0).any()
    assert unsorted.state.digest() == model.state.digest()


def test_an_agent_is_found_again_after_its_row_has_moved(small_is_large):
    model = model_on(nx.cycle_graph(NODES))
    model.run_for(2)
    before = {vesicle.unique_id: tuple(vesicle.content) for vesicle in model.vesicles}
    sorting.sort_rows(model.world)
    model.state.vesicles["signal"].permute(np.arange(len(before))[::-1])
    assert {vesicle.unique_id: tuple(vesicle.content) for vesicle in model.vesicles} == before


@pytest.mark.parametrize(
    ("graph", "short"),
    [
        (nx.cycle_graph(NODES), True),
        (nx.grid_2d_graph(20, 3), True),
        (nx.gnp_random_graph(NODES, 0.2, seed=1), False),
        (nx.empty_graph(NODES), False),
    ],
)
def test_ways_are_short_on_lattices(small_is_large, graph, short):
    ways = va.NeuralGraph.from_networkx(graph).ways()
    assert sorting.ways_are_short(ways) is short


def test_a_counting_sort_is_stable():
    columns = Columns({"id": ("i8", ()), "node": ("i4", ())})
    columns.append(np.arange(500))
    columns["node"][:] = np.random.default_rng(1).integers(0, 20, 500)
    assert np.array_equal(sorting.by_node(columns, 20), np.argsort(columns["node"], kind="stable"))
