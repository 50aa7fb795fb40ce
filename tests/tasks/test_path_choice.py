"""Path choice: traversals and trails counted by hand, on a fork whose every traveller's way is known."""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core.errors import InputError

FORK = va.NeuralGraph.from_edges([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])
CHOICE = {"path": [["a", "b"]], "others": [["a", "c"]]}


def walker(node: str, count: int, amount: float = 1.0, **trail) -> va.Kind:
    """So many a step set out at a node, and leave ``amount`` on each edge."""
    emission = va.PulseEmission(count=count, every=1, nodes=[node])
    return va.Kind(emission=emission, trail=va.ConstantTrail(amount=amount, **trail), lifetime=3)


def model_of(kinds, graph=FORK, view="compiled", **choice) -> va.VesicleModel:
    return va.VesicleModel(graph, kinds, task=va.PathChoice(**{**CHOICE, **choice}), seed=11, view=view)


@pytest.mark.parametrize("view", ["compiled", "particles"])
def test_every_traversal_is_counted_once_and_no_other(view):
    """Two a step set out from b, one from c, over their only edges: 2 t and t traversals in t steps."""
    model = model_of({"two": walker("b", 2), "one": walker("c", 1)}, view=view)
    model.run_for(7)
    found = model.state.traversals()
    assert {kind: counts.tolist() for kind, counts in found.items()} == {"two": [0, 0, 14, 0], "one": [0, 0, 0, 7]}


def test_kinds_without_a_trail_are_not_counted():
    plain = va.Kind(emission=va.PulseEmission(count=1, every=1, nodes=["a"]), lifetime=3)
    model = model_of({"plain": plain})
    model.run_for(5)
    assert model.state.traversals() == {}
    assert model.metrics == {"trail_share": 0.5}


def test_the_path_share_is_that_of_the_last_whole_block_over_all_kinds():
    """From b 3 a step over b -> d; from c 1 a step over c -> d until step 8, of 4 a block: 3 / 4, then 1."""
    stopping = va.Kind(
        emission=va.PulseEmission(count=1, duration=8, nodes=["c"]), trail=va.ConstantTrail(), lifetime=3
    )
    choice = {"path": [["b", "d"]], "others": [["c", "d"]], "block": 4}
    model = model_of({"many": walker("b", 3), "few": stopping}, **choice)
    model.run_for(14)
    shares = model.record["task.path_share"].tolist()
    assert shares == [0.5] * 4 + [0.75] * 8 + [1.0] * 2  # told as the step after a block begins
    assert model.state.task["blocks"].tolist() == [[12, 4], [12, 4], [12, 0]]


def test_metrics_are_of_the_last_fourth_of_the_blocks():
    task = va.PathChoice(**CHOICE)
    kept = task.first(FORK, np.zeros((4, 2))) | {"blocks": np.array([[9, 0]] * 6 + [[1, 3], [2, 2]])}
    assert task.metrics(kept) == {"trail_share": 0.5, "path_share": 3 / 8, "traversals": 8}
    assert task.metrics(kept | {"blocks": np.array([[1, 3]])})["path_share"] == 0.25


def test_the_trail_share_is_of_the_amounts_that_lie_there():
    """2 a step leave 0.5 each on b -> d, 1 a step leaves 3 on c -> d: 1 / (1 + 3)."""
    choice = {"path": [["b", "d"]], "others": [["c", "d"]]}
    model = model_of({"two": walker("b", 2, 0.5), "one": walker("c", 1, 3.0)}, **choice)
    model.run_for(6)
    assert model.record["task.trail_share"].tolist() == [0.5] + [0.25] * 5
    assert model.metrics["trail_share"] == 0.25


def test_parallel_edges_between_the_two_nodes_count_together():
    graph = va.NeuralGraph.from_edges([("a", "b"), ("a", "b"), ("a", "c")], parallel=True)
    path, others = va.PathChoice(**CHOICE).edges(graph)
    assert (path.tolist(), others.tolist()) == ([0, 1], [2])


def test_counts_outlive_a_restart(tmp_path):
    model = model_of({"walker": walker("a", 2)}, block=5)
    model.run_for(12)
    model.save(tmp_path / "model.npz")
    again = va.VesicleModel.load(tmp_path / "model.npz")
    assert again.state.traversals()["walker"].tolist() == model.state.traversals()["walker"].tolist()
    model.run_for(20)
    again.run_for(20)
    assert again.state.digest() == model.state.digest()
    assert again.metrics == model.metrics


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"path": []}, "path: got .*a list of edges is allowed"),
        ({"path": ["a", "b"]}, "a list of edges is allowed"),
        ({"path": [["a", "z"]]}, "task.path: no node 'z'"),
        ({"others": [["b", "c"]]}, "task.others: no edge leads from 'b' to 'c'.*Allowed: d"),
        ({"others": [["a", "b"]]}, "task.others: names the edge .*'a', 'b'"),
        ({"block": 0}, "block"),
    ],
)
def test_what_is_no_choice_is_refused(change, words):
    with pytest.raises(InputError, match=words):
        model_of({"walker": walker("a", 1)}, **change)
