"""The pictures of a run say what was recorded, and of which vesicles: titles, legends, scales and lines, read back."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import vesicle_abm as va
from vesicle_abm.experiments import figures, memory_figure
from vesicle_abm.experiments.crowd_figure import draw_crowds
from vesicle_abm.experiments.figures import draw_courses, draw_occupancy, draw_population, never_seen, vesicles
from vesicle_abm.experiments.run import run
from vesicle_abm.experiments.tables import node_table
from vesicle_abm.scenario import Scenario

LABELS = "abcd"
FLAT = va.NeuralGraph.from_edges(
    [*pairwise(LABELS)], [(name, {"x": float(i), "y": 2.0}) for i, name in enumerate(LABELS)]
)
FLEETING = va.Kind(emission=va.PulseEmission(count=7, at=1, nodes=["c"]), docking=va.ConstantDocking(probability=1.0))
STAYING = va.Kind(emission=va.PulseEmission(count=1, nodes=["a"]), migration=va.WeightedMigration(stay=1e9))


def lived(kinds: dict, steps: int = 4, every: int = 1) -> va.VesicleModel:
    """A model on four neurons in a row."""
    model = va.VesicleModel(FLAT, kinds, seed=1, record_every=every)
    model.run_for(steps)
    return model


def seen(model: va.VesicleModel) -> tuple:
    """What ``draw_occupancy`` is drawn from."""
    nodes = node_table(model)
    return model.graph, model.kinds, nodes, never_seen(model.kinds, model.record, nodes)


def panels(figure: Figure) -> list:
    """The axes that are no scale."""
    return [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]


def scales(figure: Figure) -> list[str]:
    """What the colour bars are labelled."""
    return [axes.get_ylabel() for axes in figure.axes if axes.get_label() == "<colorbar>"]


def legend(axes) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_kind_of_which_none_outlives_its_step_is_shown_where_it_was_born():
    model = lived({"brief": FLEETING, "still": STAYING})
    assert model.counts_by_kind["brief"]["absorbed"] == 7
    figure = draw_occupancy(*seen(model))
    brief, still = panels(figure)
    assert brief.get_title(loc="left") == "brief: 7 born, none outlives its step"
    assert still.get_title(loc="left") == "still: 1 vesicle at nodes, mean of the run"
    assert scales(figure) == ["born", "mean number"]
    dots = brief.collections[-1]
    assert dots.get_offsets().tolist() == [[2.0, 2.0]]
    assert dots.get_array().tolist() == [7]
    assert [text.get_text() for text in brief.texts] == ["c"]


def test_the_population_figure_says_of_which_kinds_none_outlives_its_step():
    model = lived({"brief": FLEETING, "still": STAYING})
    unseen = seen(model)[-1]
    (axes,) = draw_population(model.kinds, model.record, unseen=unseen).axes
    assert legend(axes) == ["brief (none outlives its step)", "still"]


def test_where_not_every_step_is_recorded_it_is_not_said_that_none_outlives_its_step():
    brief = va.Kind(
        emission=va.PulseEmission(count=7, at=1, nodes=["c"]), lifetime=2, docking=va.ConstantDocking(probability=0.0)
    )
    assert lived({"brief": brief}).record["brief.alive"].max() == 7
    sparse = lived({"brief": brief}, every=4)
    assert sparse.record["brief.alive"].tolist() == [0]
    assert seen(sparse)[-1] == {"brief": "none alive in a recorded step"}
    assert seen(lived({"brief": brief}, every=100))[-1] == {"brief": "none alive in a recorded step"}


def test_a_kind_that_is_not_born_or_that_is_seen_needs_no_words():
    model = lived({"none": va.Kind(), "still": STAYING})
    assert seen(model)[-1] == {}
    titles = [panel.get_title(loc="left") for panel in panels(draw_occupancy(*seen(model)))]
    assert titles[0] == "none: 0 vesicles at nodes, mean of the run"


def test_vesicles_under_way_are_alive_but_at_no_node():
    graph = va.NeuralGraph.from_edges([("a", "b", {"delay": 50})], ["a", "b"])
    kind = va.Kind(emission=va.PulseEmission(count=3, nodes=["a"]))
    model = va.VesicleModel(graph, {"slow": kind}, seed=1)
    model.run_for(5)
    assert model.record["slow.alive"].min() == 3
    (panel,) = panels(draw_occupancy(*seen(model)))
    assert panel.get_title(loc="left") == "slow: 0 vesicles at nodes, mean of the run"


def test_numbers_of_vesicles_are_told_in_good_english():
    assert [vesicles(n) for n in (0.0, 1.0, 1.00001, 1.994, 12.0)] == [
        "0 vesicles", "1 vesicle", "1 vesicle", "1.994 vesicles", "12 vesicles",
    ]  # fmt: skip


def test_a_row_of_neurons_has_room_for_its_dots_and_names():
    figure = draw_occupancy(*seen(lived({"still": STAYING})))
    figures.FigureCanvasAgg(figure).draw()
    (panel,) = panels(figure)
    box, dots = panel.get_window_extent(), panel.collections[-1]
    radius = np.sqrt(dots.get_sizes().max()) / 2 * figure.dpi / 72
    middle = panel.transData.transform((0.0, 2.0))[1]
    assert middle - radius > box.y0
    (title,) = [text for text in panel.findobj(Text) if text.get_text() == panel.get_title(loc="left") != ""]
    assert middle + radius < box.y1
    assert panel.texts[0].get_window_extent().y1 < title.get_window_extent().y0


def test_what_a_task_and_estimators_leave_is_drawn_as_recorded_and_as_a_running_mean():
    values = np.zeros(100)
    values[40] = -1.0
    columns = {"task.outcome": values, "signal.surprise": values + 1.0, "activation": values}
    series = pd.DataFrame(columns, index=pd.RangeIndex(1, 101, name="step"))
    for what, title, shift in (("task", "outcome", 0.0), ("signals", "surprise", 1.0)):
        figure = draw_courses(series, what)
        (panel,) = figure.axes
        assert panel.get_title(loc="left") == title
        raw, mean = (line.get_ydata() for line in panel.get_lines())
        assert np.array_equal(raw, values + shift)
        assert mean[39:45].tolist() == pytest.approx([shift] + [shift - 0.25] * 4 + [shift])
        assert figure.get_suptitle() == f"The {what}: faintly as recorded, and the mean of the last 4 steps"


def test_a_run_with_estimators_leaves_a_picture_of_their_signals(tmp_path):
    path = run(Scenario.load("conditioning"), steps=40, out=tmp_path / "run").path
    assert {"signals.png", "task.png"} <= {file.name for file in (path / "figures").iterdir()}


def test_components_are_counted_in_whole_numbers():
    memory = np.zeros((4, 1, 2))
    memory[1] = 1.0
    figure = memory_figure.draw_memory(FLAT, memory)
    figures.FigureCanvasAgg(figure).draw()
    low, high = figure.axes[1].get_xlim()
    ticks = [tick for tick in figure.axes[1].get_xticks() if low <= tick <= high]
    assert ticks == [0.0, 1.0]


def test_the_density_view_runs_a_task_and_warns_where_it_is_no_more_than_a_closure(tmp_path):
    task = run(Scenario.load("film_limit"), steps=50, view="density", out=tmp_path / "task")
    assert task.manifest["metrics"]["samples"] > 0
    (warning,) = task.manifest["warnings"]
    assert "kinds.film.release (content)" in warning
    plain = run(Scenario.load("random_walk"), steps=5, view="density", out=tmp_path / "plain")
    assert plain.manifest["warnings"] == []


def test_a_network_too_large_for_a_map_shows_how_many_nodes_hold_how_many(monkeypatch, tmp_path):
    model = lived({"still": STAYING})
    graph, kinds, nodes, *_ = seen(model)
    monkeypatch.setattr(figures, "MAPPED", graph.size - 1)
    monkeypatch.setattr(figures, "positions", lambda graph: pytest.fail("no map is laid out"))
    figures.draw_all(tmp_path, graph, kinds, model.record, nodes)
    assert (tmp_path / "occupancy.png").is_file()
    (panel,) = panels(draw_crowds(kinds, nodes))
    assert sum(bar.get_height() for bar in panel.patches) == graph.size
