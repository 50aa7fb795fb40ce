"""Exporting: a model's neurons and synapses as a NIR graph; with what NIR cannot hold beside it, and said."""

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.plain import plain_graph, plain_rule
from vesicle_abm.exchange.layout import Layout, holds_bias, layout_of, unique
from vesicle_abm.exchange.losses import losses, refuse
from vesicle_abm.exchange.populations import INPUT, MS, Population, arrays_of
from vesicle_abm.experiments.extra import needed
from vesicle_abm.neurons.neuron import SIGN
from vesicle_abm.neurons.spiking import LIFNeurons
from vesicle_abm.version import VERSION

if TYPE_CHECKING:
    from vesicle_abm.model import VesicleModel
    from vesicle_abm.scenario import Scenario

OURS, DT, SLASH, DOT = "vesicle_abm", "dt", "/", "."  # keys of the metadata; "/" cannot stand in one


class LossWarning(UserWarning):
    """Something of a model is not in what was exported."""


def nir_losses(model: "VesicleModel") -> list[str]:
    """What NIR cannot hold of a model, a sentence each.

    Raises
    ------
    InputError
        for neurons that NIR has no node for.

    >>> import networkx as nx
    >>> import vesicle_abm as va
    >>> neurons = va.LIFNeurons(integration="euler", refractory_ms=2.0)
    >>> nir_losses(va.VesicleModel(nx.DiGraph([(0, 1)]), {"reward": va.Kind()}, neurons=neurons))[1]
    "refractory_ms: NIR's neurons can fire again in the next step"
    """
    return list(losses(model, layout_of(*parts_of(model))))


def to_nir(model: "VesicleModel", scenario: "Scenario | None" = None) -> Any:
    """A model's neurons and synapses, as they are now, as a ``nir.NIRGraph``; ``nir.write(path, graph)`` writes it.

    Populations are those that the node attribute ``population`` names, split until all neurons of one are alike; each
    becomes one node, of times in seconds, of potentials above rest. Synapses become matrices (targets, sources) between
    Delay nodes where they need such. Those that nothing leads to get an Input, those that lead nowhere an Output. The
    metadata say ``dt``, hold the graph and the neurons as they are here, so that ``from_nir`` gives them again to the
    bit, and of a ``scenario`` its table.

    Raises
    ------
    InputError
        for neurons that NIR has no node for, or more weights than matrices can hold.

    Warns
    -----
    LossWarning
        for each thing that NIR cannot hold (``nir_losses``).
    """
    nir = needed("nir", "exchange")
    graph, neurons, synapses = parts_of(model)
    layout = layout_of(graph, neurons, synapses)
    lost = list(losses(model, layout))
    for words in lost:
        warnings.warn(f"not in NIR: {words}", LossWarning, stacklevel=2)
    arrays: dict[str, np.ndarray] = {}
    ours = {
        "version": VERSION,
        "graph": plain_graph(graph, arrays),
        "neurons": plain_rule(neurons, "neurons", arrays),
        "scenario": None if scenario is None else scenario.data,
        "lost": lost,
    }
    metadata = {DT: neurons.dt_ms / MS, OURS: json.dumps(ours, default=np.ndarray.tolist)}
    metadata |= {f"{OURS}.{name.replace(SLASH, DOT)}": array for name, array in arrays.items() if array.size}
    nodes, edges = nodes_and_edges(nir, layout, signed(graph, neurons))
    return nir.NIRGraph(nodes=nodes, edges=edges, metadata=metadata)


def write_nir(graph: Any, path) -> None:
    """Write a NIR graph to a file.

    Raises
    ------
    InputError
        for a path that does not end in .nir, or cannot be written.
    """
    if Path(path).suffix != ".nir":
        raise InputError(f"got {str(path)!r}; a path that ends in .nir is allowed", "--to")
    try:
        needed("nir", "exchange").write(path, graph)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written: {error.strerror or error}", "--to") from None


def parts_of(model: "VesicleModel") -> tuple[NeuralGraph, LIFNeurons, np.ndarray]:
    """The graph with the weights of now, the neurons with the bias of now, and the edges that carry activity."""
    neurons, state, synapses = refuse(model), model.state, model.world.synapses
    edges = np.sort(synapses.edge) if synapses is not None else np.zeros(0, np.int64)
    graph = model.graph
    now = NeuralGraph(
        graph.nodes,
        graph.source,
        graph.target,
        weight=np.abs(state.weight).astype(np.float64),
        delay=graph.delay,
        layer=graph.layer,
        layer_names=graph.layer_names,
        keys=graph.keys,
        node_data=graph.node_data,
        edge_data=graph.edge_data | {SIGN: np.where(np.signbit(state.weight), -1.0, 1.0)},
        directed=True,
        multigraph=graph.multigraph,
        name=graph.name,
    )
    return now, neurons.with_values({"weight_scale": 1.0, "bias": state.bias.copy()}), edges


def signed(graph: NeuralGraph, neurons: LIFNeurons) -> np.ndarray:
    """(E,) the synaptic weights."""
    return neurons.initial_weight(graph)


def nodes_and_edges(nir: Any, layout: Layout, weight: np.ndarray) -> tuple[dict, list[tuple[str, str]]]:
    """NIR's nodes by name, and the edges between them; ``weight`` (E,). Matrices are Affine, of bias 0 where there is
    none: of a Linear, Norse 1.1.0 reads the shape alone.
    """
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []

    def put(name: str, node: Any, *ways: tuple[str, str]) -> str:
        name = unique(name, nodes)
        nodes[name] = node
        edges.extend((a or name, b or name) for a, b in ways)
        return name

    for name, population in layout.populations.items():
        nodes[name] = node_for(nir, population, layout)
    biased = {
        name
        for name, population in layout.populations.items()
        if holds_bias(population) and population.values["bias"].any()
    }
    for block in layout.blocks:
        source, target = layout.populations[block.source], layout.populations[block.target]
        matrix = matrix_of(block.edge, weight, source, target, layout)
        start, own = block.source, f"{block.source}_to_{block.target}"
        if block.delay:
            late = np.full(source.size, block.delay * layout.timing.dt_ms / MS)
            start, own = put(f"{own}_delay_{block.delay}", nir.Delay(late), (start, "")), f"{own}_after_{block.delay}"
        bias = target.values["bias"] if block.target in biased else np.zeros(target.size)
        biased.discard(block.target)
        put(own, nir.Affine(matrix, bias), (start, ""), ("", block.target))
    for name in layout.roots:
        population = layout.populations[name]
        if population.node != INPUT:
            driven = name
            if name in biased:
                biased.discard(name)
                affine = nir.Affine(np.eye(population.size), population.values["bias"])
                driven = put(f"bias_of_{name}", affine, ("", name))
            put(f"drive_of_{name}", nir.Input({"input": np.array([population.size])}), ("", driven))
    for name in layout.leaves:
        put(f"output_of_{name}", nir.Output({"output": np.array([layout.populations[name].size])}), (name, ""))
    return nodes, edges


def matrix_of(
    edge: np.ndarray, weight: np.ndarray, source: Population, target: Population, layout: Layout
) -> np.ndarray:
    """(targets, sources) the weights of these edges."""
    place = layout.place
    matrix = np.zeros((target.size, source.size))
    np.add.at(matrix, (place[layout.graph.target[edge]], place[layout.graph.source[edge]]), weight[edge])
    return matrix


def node_for(nir: Any, population: Population, layout: Layout) -> Any:
    """The node of a population."""
    if population.node == INPUT:
        return nir.Input({"input": np.array([population.size])})
    return getattr(nir, population.node)(**arrays_of(population.node, population.values, layout.timing))
