"""NIR, step by step: what the nodes of a graph give out, by Euler's steps of their equations, as an oracle.

Each node's answer is computed from what its sources give out in this step; in a loop, from what they gave in the last.
"""

import networkx as nx
import numpy as np


def step_of(node, given, kept, dt):
    """What a node gives out, and keeps, of what it is given; ``dt`` in seconds."""
    kind = type(node).__name__
    if kind == "Delay":
        steps = np.rint(node.delay / dt).astype(int)
        line = [*(kept or [np.zeros_like(given)] * (steps.max() + 1))[1:], given]
        return np.array([line[-1 - late][i] for i, late in enumerate(steps)]), line
    at_once = {
        "Linear": lambda: node.weight @ given,
        "Affine": lambda: node.weight @ given + node.bias,
        "Scale": lambda: node.scale * given,
        "Threshold": lambda: 1.0 * (given > node.threshold),
        **dict.fromkeys(("Input", "Output", "Flatten"), lambda: given),
    }
    if kind in at_once:
        return at_once[kind](), kept
    current, v = kept or (np.zeros_like(given), np.array(getattr(node, "v_leak", np.zeros_like(given)), float))
    if kind == "IF":
        v = v + dt * node.r * given
        fires = v > node.v_threshold
        return 1.0 * fires, (current, np.where(fires, node.v_reset, v))
    if kind == "CubaLIF":
        current = current + dt / node.tau_syn * (-current + node.w_in * given)
        given, tau = current, node.tau_mem
    else:
        tau = node.tau
    v = v + dt / tau * (node.v_leak - v + node.r * given)
    if kind == "LI":
        return v - node.v_leak, (current, v)
    fires = v > node.v_threshold
    return 1.0 * fires, (current, np.where(fires, node.v_reset, v))


def run(graph, inputs, dt):
    """name of a node -> (T, n) what it gives out; ``inputs``: name of an Input -> (T, n)."""
    ways = nx.DiGraph(list(graph.edges))
    loops = nx.condensation(ways)
    home = loops.graph["mapping"]
    order = [name for loop in nx.topological_sort(loops) for name in in_loop(ways, loops.nodes[loop]["members"])]
    place = {name: i for i, name in enumerate(order)}
    steps = len(next(iter(inputs.values())))
    out, kept = {name: np.zeros((steps, size_of(graph.nodes[name]))) for name in order}, {}
    for t in range(steps):
        for name in order:
            node, parts = graph.nodes[name], [inputs[name][t]] if name in inputs else []
            for before in ways.predecessors(name):
                spikes = hasattr(graph.nodes[before], "v_leak")
                late = spikes and home[before] == home[name]
                assert late or place[before] < place[name]
                parts.append(out[before][t - 1] * (t > 0) if late else out[before][t])
            given = np.sum(parts, axis=0) if parts else np.zeros(out[name].shape[1])
            out[name][t], kept[name] = step_of(node, given, kept.get(name), dt)
    return out


def in_loop(ways, members):
    """The nodes of a loop, those behind neurons last: each hears neurons as they were a step ago."""
    inside = ways.subgraph(members)
    if len(members) == 1:
        return list(members)
    cut = nx.DiGraph(inside)
    cut.remove_edges_from([(a, b) for a, b in inside.edges if a.startswith("cells")])
    return list(nx.topological_sort(cut))


def size_of(node):
    """How many numbers a node gives out."""
    return int(np.prod(next(iter(node.output_type.values()))))
