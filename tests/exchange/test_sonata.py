"""SONATA: circuits written by hand as its guide says, and our own, read by libsonata."""

import json
import re
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.core.errors import InputError

h5py = pytest.importorskip("h5py")
sonata = pytest.importorskip("libsonata")
VIRTUAL = {"type": "virtual"}
PAGE = Path(__file__).parents[2] / "docs" / "exchange.md"


def population(file, where: str, size: int, sort: str, **columns):
    """Nodes or edges, as the developer guide lays them out."""
    part = file.create_group(where)
    part[f"{sort}_type_id"] = np.full(size, -1)
    part[f"{sort}_group_id"], part[f"{sort}_group_index"] = np.zeros(size, "u4"), np.arange(size, dtype="u8")
    for name, values in columns.items():
        part[f"0/{name}"] = values
    return part


def edges(file, where: str, source: list[int], target: list[int], **columns) -> None:
    """From the population named first in ``where`` to the one named last."""
    part = population(file, f"edges/{where}", len(source), "edge", **columns)
    for end, name, ids in zip(("source", "target"), where.split("__"), (source, target), strict=True):
        part[f"{end}_node_id"] = np.array(ids, "u8")
        part[f"{end}_node_id"].attrs["node_population"] = name


@pytest.fixture
def circuit(tmp_path) -> Path:
    """Three cells of a cortex, two of a thalamus."""
    with h5py.File(tmp_path / "nodes.h5", "w") as file:
        population(file, "nodes/cortex", 3, "node", mtype=["PC", "PC", "BC"], x=[0.0, 1.5, 3.0])
        population(file, "nodes/thalamus", 2, "node", x=[7.0, 8.0])
    with h5py.File(tmp_path / "edges.h5", "w") as file:
        edges(file, "thalamus__cortex", [1, 0], [0, 2], syn_weight=[4.0, 5.0], delay=[2.0, 0.2])
        numbers = {"syn_weight": [0.5, -2.0, 1.0], "delay": [1.0, 1.4, 3.0], "release": [0.1, 0.2, 0.3]}
        edges(file, "cortex__cortex", [0, 2, 0], [1, 0, 1], **numbers)
    networks = {
        "nodes": [{"nodes_file": "nodes.h5", "populations": {"cortex": {"type": "point_neuron"}, "thalamus": VIRTUAL}}],
        "edges": [{"edges_file": "edges.h5", "populations": {"thalamus__cortex": {}, "cortex__cortex": {}}}],
    }
    path = tmp_path / "circuit_config.json"
    path.write_text(json.dumps({"networks": networks}), encoding="utf-8")
    return path


def test_nodes_edges_and_attributes_come_as_they_were_written(circuit):
    graph = va.from_sonata(circuit)
    assert graph.nodes == ["cortex.0", "cortex.1", "cortex.2", "thalamus.0", "thalamus.1"]
    assert graph.node_data["population"] == ["cortex"] * 3 + ["thalamus"] * 2
    assert graph.node_data["mtype"] == ["PC", "PC", "BC", None, None]
    assert graph.node_data["x"] == [0.0, 1.5, 3.0, 7.0, 8.0]
    ends = [("cortex.0", "cortex.1"), ("cortex.0", "cortex.1"), ("cortex.2", "cortex.0")]
    assert graph.edges == [*ends, ("thalamus.0", "cortex.2"), ("thalamus.1", "cortex.0")]
    assert graph.weight.tolist() == [0.5, 1.0, 2.0, 5.0, 4.0]
    assert graph.edge_data["sign"] == [1.0, 1.0, -1.0, 1.0, 1.0]
    assert graph.edge_data["release"] == [0.1, 0.3, 0.2, None, None]
    assert [graph.layer_names[row] for row in graph.layer] == ["cortex__cortex"] * 3 + ["thalamus__cortex"] * 2


@pytest.mark.parametrize(("dt_ms", "steps"), [(1.0, [0, 2, 0, 0, 1]), (0.1, [9, 29, 13, 1, 19])])
def test_delays_in_ms_are_steps_less_the_one_that_every_synapse_takes(circuit, dt_ms, steps):
    assert va.from_sonata(circuit, dt_ms).delay.tolist() == steps


def test_weights_and_delays_may_be_other_attributes_or_none(circuit):
    with pytest.raises(InputError, match=r"edges\.thalamus__cortex: has no attribute 'release'"):
        va.from_sonata(circuit, weight="release")
    graph = va.from_sonata(circuit, weight=None, delay=None)
    assert graph.weight.tolist() == [1.0] * 5 and not graph.delay.any()
    assert graph.edge_data["syn_weight"] == [0.5, 1.0, -2.0, 5.0, 4.0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"weight": "syn_wait"}, "did you mean 'syn_weight'"),
        ({"dt_ms": 0.0}, "> 0"),
        ({"config": "gone.json"}, "'gone.json' cannot be read"),
        ({"config": PAGE}, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(circuit, given, words):
    with pytest.raises(InputError, match=words):
        va.from_sonata(**{"config": circuit, **given})


def test_edges_of_nodes_that_are_not_there_are_refused(circuit):
    text = circuit.read_text(encoding="utf-8").replace(', "thalamus": {"type": "virtual"}', "")
    circuit.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="sources are of 'thalamus', which is no population of nodes"):
        va.from_sonata(circuit)


# Our own


def model() -> va.VesicleModel:
    """Two populations, inhibition, delays, parallel synapses, a layer that carries no activity; it learns."""
    graph = nx.MultiDiGraph(nx.gnp_random_graph(12, 0.4, seed=3, directed=True))
    for n, (a, _, _, about) in enumerate(graph.edges(keys=True, data=True)):
        about.update(weight=1.0 + n % 3, delay=n % 4, sign=-1 if a > 8 else 1, region=f"r{n % 2}")
    graph.add_edge(0, 1, weight=2.5, sign=1, region="r0")
    graph.add_edge(0, 11, layer="volume", weight=0.25, sign=1, region="r1")
    for node, about in graph.nodes(data=True):
        about.update(population="inh" if node > 8 else "exc", depth=0.1 * node, mixed=node if node % 9 else "none")
    neurons = va.LIFNeurons(dt_ms=0.5, bias=18.0, noise=40.0, weight_scale=60.0, layers=["synaptic"])
    rule = va.Plasticity(correlation=va.STDPCorrelation(), modulation=va.Modulation(eta_local=0.05))
    return va.VesicleModel(graph, {}, neurons=neurons, plasticity=rule, seed=2, record_spikes=True)


def test_what_we_write_is_read_as_it_was_and_runs_alike(tmp_path):
    first, parts = model(), {"seed": 5, "record_spikes": True}
    first.run_for(100)
    files = va.to_sonata(first, tmp_path / "out")
    assert [file.name for file in files] == ["circuit_config.json", "nodes.h5", "edges.h5", "spikes.h5"]
    graph, own = va.from_sonata(files[0], dt_ms=0.5), first.graph
    assert graph.node_data["label"] == [str(node) for node in own.nodes]
    assert graph.node_data["depth"] == own.node_data["depth"] and "mixed" not in graph.node_data
    acts = own.in_layers(["synaptic"])
    signed = np.where(acts, first.state.weight, own.weight)
    assert (first.state.weight != 60.0 * own.weight * np.array(own.edge_data["sign"]))[acts].any()
    assert table(graph, graph.weight * np.array(graph.edge_data["sign"])) == table(own, signed)
    neurons = va.LIFNeurons(dt_ms=0.5, bias=20.0, noise=40.0, layers=["synaptic"])
    here = va.VesicleModel(own.with_data(edge_data={"sign": np.sign(signed)}), {}, neurons=neurons, **parts)
    here.state.weight[:] = signed
    there = va.VesicleModel(graph, {}, neurons=neurons, **parts)
    for run in (here, there):
        run.run_for(200)
    assert len(here.spikes) > 40
    assert np.array_equal(here.spikes, there.spikes)


def table(graph: va.NeuralGraph, weight: np.ndarray) -> list[tuple]:
    """Every edge, in an order of its own."""
    layer, region = [graph.layer_names[row] for row in graph.layer], graph.edge_data["region"]
    columns = (graph.source.tolist(), graph.target.tolist(), layer, graph.delay.tolist(), weight.tolist(), region)
    return sorted(zip(*columns, strict=True))


def test_spikes_are_read_by_libsonata(tmp_path):
    written = model()
    written.run_for(100)
    va.to_sonata(written, tmp_path)
    reader, found = sonata.SpikeReader(str(tmp_path / "spikes.h5")), []
    for name, first in (("exc", 0), ("inh", 9)):
        assert (reader[name].sorting, reader[name].time_units) == ("by_time", "ms")
        found += [(round(when / 0.5), first + node) for node, when in reader[name].get()]
    assert len(found) > 10
    assert sorted(found) == [tuple(pair) for pair in written.spikes.tolist()]


def test_nothing_is_written_over_and_a_model_without_spikes_has_no_file_of_them(tmp_path):
    plain = va.VesicleModel(nx.path_graph(3), {})
    assert len(va.to_sonata(plain, tmp_path)) == 3
    assert va.from_sonata(tmp_path / "circuit_config.json").weight.tolist() == [1.0] * 4
    with pytest.raises(InputError, match="is there already"):
        va.to_sonata(plain, tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        va.to_sonata(plain, tmp_path / "file" / "out")


def test_the_example_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```py\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(block, "docs/exchange.md", "exec"), {})
    assert va.NeuralGraph.read(tmp_path / "circuit.npz").size == 20


@pytest.mark.parametrize("name", ["libsonata", "h5py"])
def test_where_a_package_is_missing_the_extra_is_named(name, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=rf"needs {name}, which is not installed: .*\[exchange\]"):
        va.from_sonata("circuit_config.json") if name == "libsonata" else va.to_sonata(model(), tmp_path)
