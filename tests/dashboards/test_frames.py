"""Frames: each vesicle's way since the frame before, whatever happens in between; and groups of too many."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.stage.frames import Motion, dot_type, groups
from vesicle_abm.dashboards.stage.moves import Places, rows_before

from .worlds import crowd, ring_walk


def seen(model, **options) -> Motion:
    """A motion that has seen the model once, and drawn it."""
    motion = Motion(model.graph.size, **options)
    motion.step(model)
    motion.draw()
    return motion


def stepped(model, motion) -> np.ndarray:
    """The dots of one step more."""
    model.step()
    motion.step(model)
    return motion.draw().dots


def test_what_is_seen_first_appears_where_it_is():
    motion = Motion(6)
    motion.step(ring_walk())
    dots = motion.draw().dots
    assert dots["from"].tolist() == dots["to"].tolist() == [0, 0, 0]


def test_a_step_is_a_way_from_the_old_node_to_the_new():
    model = ring_walk()
    dots = stepped(model, seen(model))
    assert dots["from"].tolist() == [0, 0, 0]
    assert dots["to"].tolist() == [1, 1, 1]
    assert (dots["start"].tolist(), dots["end"].tolist()) == ([0, 0, 0], [255, 255, 255])


def test_dropped_frames_make_one_longer_way():
    model = ring_walk()
    motion = seen(model)
    for _ in range(3):
        model.step()
        motion.step(model)
    dots = motion.draw().dots
    assert (dots["from"][0], dots["to"][0]) == (0, 3)


def test_after_a_jump_nothing_glides():
    model = ring_walk()
    motion = seen(model)
    model.run_for(2)
    motion.forget()
    motion.step(model)
    dots = motion.draw().dots
    assert dots["from"].tolist() == dots["to"].tolist() == [2, 2, 2]


def test_a_delayed_edge_is_gone_in_equal_parts():
    model = ring_walk(delay=3)
    motion, parts = seen(model), []
    for _ in range(4):
        dot = stepped(model, motion)[0]
        assert (dot["from"], dot["to"]) == (0, 1)
        parts.append((int(dot["start"]), int(dot["end"])))
    assert parts == [(0, 64), (64, 128), (128, 191), (191, 255)]


def test_a_vesicle_on_its_way_backward_is_drawn_towards_where_the_edge_begins():
    graph = nx.DiGraph([(0, 1, {"delay": 3})])
    migration = va.WeightedMigration(direction="backward")
    model = va.VesicleModel(graph, {"a": va.Kind(migration=migration)}, seed=1)
    model.place("a", 1)
    dots = stepped(model, seen(model))
    assert (dots["from"].tolist(), dots["to"].tolist()) == ([1], [0])


def test_a_newborn_comes_from_its_birthplace():
    born = va.Kind(emission=va.PulseEmission(count=1, at=2, nodes=[4]), migration=va.WeightedMigration(stay=0.0))
    model = va.VesicleModel(nx.DiGraph((i, (i + 1) % 6) for i in range(6)), {"a": born}, seed=1)
    motion = seen(model)
    dots = [stepped(model, motion) for _ in range(3)]
    first = next(dots for dots in dots if len(dots))
    assert (first["from"].tolist(), first["to"].tolist()) == ([4], [5])


def test_one_that_turns_glides_on_as_the_other_kind():
    walk = va.WeightedMigration(stay=0.0)
    kinds = {
        "young": va.Kind(migration=walk, turn=va.ConstantTurn(into="old", when="always")),
        "old": va.Kind(migration=walk),
    }
    model = va.VesicleModel(nx.DiGraph((i, (i + 1) % 6) for i in range(6)), kinds, seed=1)
    model.place("young", 0)
    dot = stepped(model, seen(model))[0]
    assert (dot["from"], dot["to"], dot["kind"]) == (0, 1, 1)


def test_a_vesicle_keeps_its_mark_for_life():
    model = ring_walk()
    motion = Motion(6)
    motion.step(model)
    first = motion.draw().dots["mark"].tolist()
    assert [stepped(model, motion)["mark"].tolist() for _ in range(5)][-1] == first


def test_the_row_before_is_found_for_every_vesicle_among_births_and_deaths():
    model = crowd()
    model.run_for(20)
    before = Places.of(model)
    for _ in range(10):
        model.step()
        now = Places.of(model)
        rows = rows_before(before, now)
        place = {id_: row for row, id_ in enumerate(before.ids.tolist())}
        assert rows.tolist() == [place.get(id_, -1) for id_ in now.ids.tolist()]
        assert (rows < 0).any() and (rows >= 0).any()
        before = now


def test_the_row_before_is_found_in_any_order():
    model = crowd(kinds=1)
    model.run_for(20)
    before, columns = Places.of(model), model.state.vesicles["kind0"]
    columns.permute(np.argsort(columns["node"], kind="stable"))
    now = Places.of(model)
    assert (before.ids[rows_before(before, now)] == now.ids).all()


@pytest.mark.parametrize("budget", [1, 100])
def test_too_many_are_drawn_as_groups_of_the_same_way_that_hold_them_all(budget):
    model = crowd()
    model.run_for(20)
    single, grouped = seen(model), seen(model, budget=budget)
    model.step()
    for motion in (single, grouped):
        motion.step(model)
    dots, drawn = single.draw().dots, grouped.draw()
    ways = zip(dots["from"].tolist(), dots["to"].tolist(), dots["kind"].tolist(), strict=True)
    counted: dict = {}
    for way in ways:
        counted[way] = counted.get(way, 0) + 1
    assert drawn.grouped and drawn.missing == 0 and drawn.most == max(counted.values())
    found = {
        (int(dot["from"]), int(dot["to"]), int(dot["kind"])): round((dot["mark"] / 255.0) ** 2 * drawn.most)
        for dot in drawn.dots
    }
    assert found == counted


def test_of_too_many_groups_the_largest_are_drawn_and_the_others_are_counted():
    dots = np.zeros(6, dot_type(10))
    dots["from"] = dots["to"] = [1, 1, 1, 2, 2, 3]
    drawn = groups(dots, None, 10, most_groups=1)
    assert (drawn.dots["from"].tolist(), drawn.missing, drawn.most) == ([1], 3, 3)


def test_groups_on_delayed_edges_go_the_mean_of_their_ways():
    dots = np.zeros(2, dot_type(10))
    dots["to"], dots["start"], dots["end"] = 1, [0, 100], [100, 200]
    group = groups(dots, None, 10, most_groups=5).dots
    assert (group["start"].tolist(), group["end"].tolist()) == ([50], [150])


def test_nodes_beyond_two_bytes_are_told_apart():
    size = 70_000
    model = va.VesicleModel(va.small_world(size, degree=2, rewired=0.0), {"a": va.Kind()}, seed=1)
    model.place("a", size - 1, 2)
    motion = Motion(size)
    motion.step(model)
    assert motion.draw().dots["from"].tolist() == [size - 1, size - 1]
