"""Partitions and placements: sizes, costs by hand, random ones beaten, and another library's solution met."""

import numpy as np
import pytest

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.data.celegans import celegans
from vesicle_abm.neuromorphic.mesh import Mesh
from vesicle_abm.neuromorphic.partition import METIS, PARTITIONERS, partition
from vesicle_abm.neuromorphic.placement import annealed, greedy, measured, place
from vesicle_abm.neuromorphic.traffic import Flow


@pytest.fixture(scope="module")
def worm() -> Flow:
    """A flit for each contact of the worm's chemical synapses and gap junctions."""
    graph = NeuralGraph.from_networkx(celegans(["chemical", "gap"]))
    return Flow.of(graph.size, graph.source, graph.target, graph.weight)


def cut(flow: Flow, part: np.ndarray) -> float:
    """Which share flows between parts."""
    return float(flow.amount[part[flow.first] != part[flow.second]].sum() / flow.amount.sum())


def test_a_flow_sums_both_ways_and_forgets_what_stays():
    flow = Flow.of(4, [0, 1, 2, 3, 0], [1, 0, 2, 0, 2], [1.0, 2.0, 9.0, 4.0, 0.0])
    assert (flow.first.tolist(), flow.second.tolist(), flow.amount.tolist()) == ([0, 0], [1, 3], [3.0, 4.0])
    both = flow.plus(Flow.of(4, [3], [0], [1.0]))
    assert both.amount.tolist() == [3.0, 5.0]
    assert both.between(np.array([0, 1, 1, 1]), 2).tolist() == [[0.0, 8.0], [8.0, 0.0]]


@pytest.mark.parametrize("parts", [1, 2, 7, 64, 302])
def test_a_bisection_makes_parts_of_equal_size(worm, parts):
    sizes = np.bincount(partition(worm, parts), minlength=parts)
    assert len(sizes) == parts
    assert sizes.max() - sizes.min() <= 1


def test_a_partition_is_cut_less_than_one_at_random(worm):
    """Of 16 random parts of equal size 1 - 18 / 301 of the pairs are cut."""
    assert cut(worm, partition(worm, 16)) < 0.8 * (1 - 18 / 301)


def test_metis_cuts_about_as_much(worm):
    pytest.importorskip("pymetis", reason="the extra [neuromorphic] is not installed")
    part = partition(worm, 16, METIS)
    assert np.bincount(part).max() <= 1.1 * 302 / 16
    assert cut(worm, part) < 0.8 * (1 - 18 / 301)


def test_two_neurons_that_speak_stand_side_by_side_and_away_from_the_controller():
    placed = place(Mesh(), Flow.of(2, [0], [1], [10.0]), cores=2)
    assert placed.hops == 10.0
    assert 0 not in placed.core


def test_a_ring_of_four_parts_has_no_link_too_many():
    """Four cores in a square: each of the four flows takes one link."""
    placed = place(Mesh(), Flow.of(4, [0, 1, 2, 3], [1, 2, 3, 0], 1.0), cores=4)
    assert placed.hops == 4.0


def test_what_shuffled_neurons_cost_is_the_mean_over_all_ways_to_deal_them_out():
    """Neurons on cores 1, 1 and 3, two links apart; flows of 3 and 5. Of the three pairs of places two are apart."""
    mesh, flow = Mesh(), Flow.of(3, [0, 1], [1, 2], [3.0, 5.0])
    placed = measured(mesh, flow, np.array([1, 1, 3]))
    assert placed.hops == 5.0 * 2
    assert placed.shuffled == pytest.approx((3.0 + 5.0) * (0 + 2 + 2) / 3)


def test_the_worm_is_placed_with_two_fifths_of_the_ways_of_shuffled_neurons(worm):
    placed = place(Mesh(), worm)
    assert len(placed.used) == 64
    assert placed.hops < 0.4 * placed.shuffled


def test_annealing_is_no_worse_than_scipys_quadratic_assignment(worm):
    """FAQ (Vogelstein et al. 2015), of 64 parts and 511 that do not speak, on the 575 cores."""
    optimize = pytest.importorskip("scipy.optimize")
    mesh, part = Mesh(), partition(worm, 64)
    between = worm.between(part, 64)
    np.fill_diagonal(between, 0.0)
    where = annealed(mesh, between, greedy(mesh, between), seed=0)
    distance = mesh.distances()
    cost = float((between * distance[np.ix_(where, where)]).sum())
    padded = np.zeros((len(mesh.cores), len(mesh.cores)))
    padded[:64, :64] = between
    theirs = optimize.quadratic_assignment(padded, distance[1:, 1:], options={"rng": np.random.default_rng(0)}).fun
    assert cost < theirs
    assert len(np.unique(where)) == 64


def test_the_same_seed_gives_the_same_placement(worm):
    first, again, other = (place(Mesh(), worm, 16, seed=seed) for seed in (1, 1, 2))
    assert (first.core == again.core).all()
    assert (first.core != other.core).any()


def test_a_core_holds_no_more_neurons_than_it_can():
    mesh = Mesh(neurons_per_core=2, spread=1)
    flow = Flow.of(7, [0, 1], [1, 2], 1.0)
    assert np.bincount(place(mesh, flow).core).max() <= 2
    assert len(place(mesh, flow).used) == 4


@pytest.mark.parametrize(
    ("mesh", "cores", "words"),
    [
        (Mesh(width=2, height=2, neurons_per_core=2), None, "7 neurons need 4 cores of 2; the mesh has 3"),
        (Mesh(), 8, "cores: got 8; 1 … 7 are allowed here"),
        (Mesh(neurons_per_core=3), 2, "cores: got 2; 3 … 7 are allowed here"),
    ],
)
def test_what_has_no_room_is_refused(mesh, cores, words):
    with pytest.raises(InputError, match=words):
        place(mesh, Flow.of(7, [0], [1], 1.0), cores)


def test_an_unknown_partitioner_is_refused_with_the_nearest_and_a_missing_one_with_its_extra(monkeypatch):
    flow = Flow.of(4, [0], [1], 1.0)
    with pytest.raises(InputError, match="did you mean 'bisection'"):
        partition(flow, 2, "bisect")
    monkeypatch.setitem(__import__("sys").modules, "pymetis", None)
    with pytest.raises(InputError, match=r"metis needs pymetis, which is not installed: .*\[neuromorphic\]"):
        partition(flow, 2, METIS)
    assert METIS in PARTITIONERS


def test_a_limit_that_is_no_number_above_zero_is_refused():
    with pytest.raises(InputError, match="reach: got 0; a number > 0 is allowed"):
        Mesh(reach=0)
