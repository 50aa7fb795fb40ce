"""What a run leaves of trails: columns in edges.parquet, and the picture figures/pathways.png."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import vesicle_abm as va
from vesicle_abm.experiments import pathway_figure
from vesicle_abm.experiments.pathway_figure import WIDEST, draw_pathways, draw_trail
from vesicle_abm.experiments.run import run
from vesicle_abm.experiments.tables import edge_table
from vesicle_abm.scenario import Scenario

LINE = va.NeuralGraph.from_networkx(nx.DiGraph([("a", "b"), ("b", "c"), ("c", "c"), ("a", "c")]))


def carver(node: str, count: int, **trail) -> va.Kind:
    emission = va.PulseEmission(count=count, nodes=[node])
    return va.Kind(emission=emission, trail=va.ConstantTrail(**trail), lifetime=2)


def test_the_edge_table_has_the_trail_and_the_traversals_of_each_kind_that_leaves_one():
    """Two from b over b -> c and c -> c leave 1.5 each; three from c go round c -> c twice, 0.5 each."""
    kinds = {"two": carver("b", 2, amount=1.5), "three": carver("c", 3, amount=0.5, onto="two"), "plain": va.Kind()}
    model = va.VesicleModel(LINE, kinds, seed=1)
    model.run_for(5)
    table = edge_table(model)
    assert list(table) == ["source", "target", "layer", "two.trail", "two.traversals", "three.traversals"]
    assert [*zip(table["source"], table["target"], strict=True)] == LINE.edges
    at = {edge: row for row, edge in enumerate(LINE.edges)}
    assert table["two.traversals"][at["b", "c"]] == table["two.traversals"][at["c", "c"]] == 2
    assert table["three.traversals"].tolist() == [6 if edge == ("c", "c") else 0 for edge in LINE.edges]
    assert table["two.trail"][at["b", "c"]] == 3.0
    assert table["two.trail"][at["c", "c"]] == 3.0 + 6 * 0.5


def test_a_model_that_learns_and_leaves_trails_has_both_in_its_edge_table():
    neurons, rule = va.HMNNeurons(), va.Plasticity(trace=va.CompositeTrace())
    model = va.VesicleModel(LINE, {"two": carver("a", 2)}, neurons=neurons, plasticity=rule, seed=1)
    columns = ["learns", "weight_at_start", "weight_at_end", "two.trail", "two.traversals"]
    assert list(edge_table(model))[3:] == columns


def test_a_model_that_neither_learns_nor_leaves_trails_has_no_edge_table():
    assert edge_table(va.VesicleModel(LINE, {"plain": va.Kind()}, seed=1)) is None


def trailed(**trails) -> pd.DataFrame:
    return pd.DataFrame({f"{kind}.trail": values for kind, values in trails.items()})


def test_there_is_a_panel_for_each_trail_and_no_picture_without_one():
    assert draw_pathways(LINE, pd.DataFrame({"learns": [True] * 4})) is None
    figure = draw_pathways(LINE, trailed(ant=[1.0, 2.0, 0.0, 4.0], bee=[0.0] * 4))
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title for title in titles if title] == [
        "Trail of ant: 7 in all at the end",
        "Trail of bee: 0 in all at the end",
    ]


def drawn(trail, **options):
    """(widths of the lines by their two ends)."""
    panel, place = empty_panel(), np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]])
    lines = draw_trail(panel, LINE, place, np.array(trail), **options)
    ends = [tuple(map(tuple, segment)) for segment in lines.get_segments()]
    names = {tuple(at): label for label, at in zip(LINE.nodes, place, strict=True)}
    return {(names[a], names[b]): w for (a, b), w in zip(ends, lines.get_linewidths(), strict=True)}


def empty_panel():
    return Figure().subplots()


def test_each_edge_but_self_loops_is_as_wide_as_its_trail():
    """Edges in the order a b, a c, b c, c c; the widest is the largest, 4."""
    by_edge = {("a", "b"): 1.0, ("b", "c"): 2.0, ("c", "c"): 0.0, ("a", "c"): 4.0}
    trail = [by_edge[edge] for edge in LINE.edges]
    expected = {edge: WIDEST * value / 4.0 for edge, value in by_edge.items() if edge != ("c", "c")}
    assert drawn(trail) == pytest.approx(expected)
    assert drawn(trail, top=8.0) == pytest.approx({edge: width / 2.0 for edge, width in expected.items()})


def test_of_too_many_edges_the_strongest_are_drawn(monkeypatch):
    monkeypatch.setattr(pathway_figure, "EDGES_DRAWN", 2)
    by_edge = {("a", "b"): 5.0, ("b", "c"): 2.0, ("c", "c"): 0.0, ("a", "c"): 4.0}
    assert set(drawn([by_edge[edge] for edge in LINE.edges])) == {("a", "b"), ("a", "c")}


def test_a_run_with_trails_leaves_its_edges_and_their_picture(tmp_path):
    result = run(Scenario.load("double_bridge"), steps=120, out=tmp_path / "run")
    table = pd.read_parquet(result.path / "edges.parquet")
    series = pd.read_parquet(result.path / "series.parquet")
    assert table["forager.trail"].sum() == pytest.approx(series["forager.trail"].iloc[-1])
    assert (result.path / "figures" / "pathways.png").stat().st_size > 1000
    assert result.manifest["metrics"]["trail_share"] == series["task.trail_share"].iloc[-1]
