"""The memory of a model: counted as its arrays are, refused before it is taken, and refused when a run outgrows it."""

import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core.machine import GIB
from vesicle_abm.vesicles.expected import expected_population

LEARNING = va.Plasticity(
    attention=va.LocalAttention(),
    modulation=va.Modulation(weights={"signal": 1.0}),
    phase=va.PhaseGate(),
    chance=va.ProbabilisticGate(),
    precision="float32",
)


def signal(**rules):
    return va.Kind(**{"emission": va.ConstantEmission(rate=1.0), "lifetime": 20} | rules)


def model_of(nodes=100, plasticity=None, kind=None, **more):
    graph = va.small_world(nodes, degree=10)
    neurons = va.HMNNeurons(activation="tanh") if plasticity is not None else None
    kinds = {"signal": kind or signal()}
    return va.VesicleModel(graph, kinds, neurons=neurons, plasticity=plasticity, **more)


def part(model, words):
    return next(part.bytes for part in model.footprint.held if words in part.name)


def test_vesicles_are_counted_by_their_columns_and_the_room_ahead():
    """100 births a step live 20 steps: 2000, and four standard deviations make 2178; half as much is room ahead."""
    model = model_of(kind=signal(content_width=4))
    assert part(model, "2,178 vesicles of 'signal'") == (8 + 4 + 4 + 1 + 16 + 1) * 3267
    model.run_for(60)
    assert model.nbytes == pytest.approx((8 + 4 + 4 + 1 + 16) * 3267, rel=0.25)


@pytest.mark.parametrize(("precision", "number"), [("float32", 4), ("float64", 8)])
def test_synapses_are_counted_as_their_arrays_are(precision, number):
    model = model_of(plasticity=LEARNING.replace(precision=precision))
    kept = [name for name, array in model.state.kept.items() if len(array) == model.graph.edge_count]
    assert kept == ["trace.fast", "trace.slow", "embedding.average"]
    wiring = model.world.wiring
    held = model.state.weight.nbytes + sum(model.state.kept[name].nbytes for name in kept)
    held += sum(array.nbytes for array in (wiring.edge, wiring.pre, wiring.sign))
    assert np.shares_memory(wiring.edge, model.world.synapses.edge)  # held once
    assert part(model, "1,000 synapses") == held == (number * 4 + 9) * 1000


def test_ways_are_counted_as_their_arrays_are():
    model = model_of()
    model.run_for(2)
    tables = model.world.tables["signal"]
    ways, drawn, paths = tables.ways, tables.migration(), tables.lots.paths(tables)
    arrays = (ways.indptr, ways.edge, ways.end, drawn.indptr, drawn.threshold, drawn.alias, paths.rows, paths.hops)
    assert part(model, "tables of the ways") == pytest.approx(sum(array.nbytes for array in arrays), rel=0.01)


def test_the_graph_memories_and_trails_are_counted():
    kind = signal(trail=va.ConstantTrail(), content_width=4)
    model = model_of(kind=kind, memory=va.Memory(width=4, slots=3))
    plain = model_of()
    edges = model.graph.edge_count
    assert part(model, "the graph") == model.graph.source.nbytes * 2 + model.graph.weight.nbytes == 16 * edges
    assert part(model, "memories") == model.state.memory.nbytes + 8 * 100 * 3 * 5
    trail, crossed = model.state.trails["signal"], model.state.traversals()["signal"]
    assert part(model, "tables of the ways") - part(plain, "tables of the ways") == trail.nbytes + crossed.nbytes


def test_kinds_that_the_rules_do_not_tell_of_are_named():
    graph = nx.path_graph(3)
    turning = signal(turn=va.ConstantTurn(into="late", probability=0.1))
    model = va.VesicleModel(graph, {"early": turning, "late": signal(), "plain": signal()})
    assert model.footprint.untold == ["early", "late"]


def test_a_model_that_needs_more_than_the_limit_is_refused_by_its_largest_part():
    """1e5 births a node and step for 1000 steps at 100 nodes: ten thousand million vesicles of 17 bytes and their lots,
    and an eighth; nothing of that size is made.
    """
    kind = signal(emission=va.ConstantEmission(rate=1e5), lifetime=1000)
    message = (
        r"^kinds\.signal: the model needs 300\.4 GiB, and 1\.0 GiB of memory are free: 10,000,400,000 vesicles of "
        r"'signal' 188\.6 GiB; fewer births, a shorter life, or a cap make fewer vesicles$"
    )
    with pytest.raises(va.InputError, match=message):
        model_of(kind=kind, memory_limit=GIB)


def test_a_machine_without_so_much_memory_refuses_too():
    with pytest.raises(va.InputError, match=r"^kinds\.signal: the model needs .* of memory are free: "):
        model_of(kind=signal(emission=va.ConstantEmission(rate=1e6), lifetime=2**20))


def test_synapses_in_float64_are_refused_with_the_precision_to_choose():
    plasticity = LEARNING.replace(precision="float64")
    with pytest.raises(va.InputError, match=r"^plasticity: .*free: 100,000 synapses .*; precision = \"float32\""):
        model_of(10_000, plasticity=plasticity, kind=va.Kind(), memory_limit=10)


def test_what_fits_to_the_byte_is_made():
    needed = model_of().footprint.further
    assert model_of(memory_limit=needed).time == 0
    with pytest.raises(va.InputError, match="the model needs"):
        model_of(memory_limit=needed - 1)


@pytest.mark.parametrize("view", ["compiled", "particles"])
def test_a_run_that_outgrows_the_memory_is_refused_and_leaves_the_state_as_it_was(view):
    """Two kinds: the first could grow, the second could not; neither may be born."""
    kinds = {"small": signal(), "large": signal(emission=va.ConstantEmission(rate=15_000.0), cap=2**30)}
    model = va.VesicleModel(va.small_world(300, degree=2), kinds, seed=1, view="compiled")
    model.state.vesicles["large"].free = lambda: 2**20
    model.view = view
    before = model.state.digest()
    with pytest.raises(va.InputError, match=r"^vesicles: room for [\d,]+ vesicles needs 0\.\d+ GiB, and 0\.001 GiB"):
        model.step()
    assert model.state.digest() == before
    assert model.counts["alive"] == 0


def test_check_tells_of_the_memory_that_a_large_scenario_needs(tmp_path, capsys):
    from vesicle_abm.cli import main

    kind = 'emission = { rule = "constant", rate = 1000 }\nlifetime = 500\n'
    path = tmp_path / "large.toml"
    path.write_text(
        f'question = "q"\nexpect = "e"\n[graph]\nsmall_world = {{ nodes = 200 }}\n[kinds.signal]\n{kind}', "utf-8"
    )
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: good, needs 3.0 GiB of memory\n"
    path.write_text(path.read_text("utf-8").replace("1000", "10"), "utf-8")
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: good\n"


def test_what_is_predicted_is_what_is_measured():
    """In a process of its own: two million vesicles and as many synapses. The peak of the resident memory above a small
    model of the same rules is as predicted, within a fifth.
    """
    script = Path(__file__).with_name("measure_footprint.py")
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    predicted, measured = map(int, run.stdout.split())
    assert measured == pytest.approx(predicted, rel=0.2)


def test_the_expected_population_is_that_of_the_measured_model():
    assert expected_population(signal(lifetime=10), 200_000) == pytest.approx(2_000_000, rel=0.01)
