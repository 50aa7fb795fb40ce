"""Retiming: between tools in which a layer answers in the same step, and ours, in which every synapse takes a step.

Where one population leads to another, NIR's spike of step t acts in step t there, and in step t + 1 here. Feed-forward
networks give the same spikes nevertheless, each population some steps later: its *latency* r. A delay of d steps from a
to b is one of d + r_b - r_a - 1 here, beyond the step that a synapse takes anyhow (the retiming of Leiserson and Saxe
1991, "Retiming synchronous circuitry", Algorithmica 6, 5). Populations that lead to each other in a loop hear each
other a step later everywhere; they share one latency, and delays between them stay as they are.
"""

from collections.abc import Iterable

import networkx as nx

Link = tuple[str, str, int]  # from, to, the least delay between them


def loops_of(names: Iterable[str], links: Iterable[Link]) -> nx.DiGraph:
    """The graph of loops: a node for each set of populations that lead to each other (``members``)."""
    graph = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from((a, b) for a, b, _ in links)
    return nx.condensation(graph)


def latencies_here(names: list[str], links: list[Link]) -> dict[str, int]:
    """The least latencies with which no delay of a network of NIR's would be less than 0 here.

    >>> latencies_here(["in", "hidden", "out"], [("in", "hidden", 0), ("hidden", "out", 0), ("in", "out", 0)])
    {'in': 0, 'hidden': 1, 'out': 2}
    """
    return _along(names, links, lambda before, delay: max(0, before + 1 - delay), max)


def latencies_of(names: list[str], links: list[Link]) -> dict[str, int]:
    """The greatest latencies with which no delay of a network of ours would be less than 0 there.

    >>> latencies_of(["in", "hidden", "out"], [("in", "hidden", 0), ("hidden", "out", 0), ("in", "out", 0)])
    {'in': 0, 'hidden': 1, 'out': 1}
    """
    return _along(names, links, lambda before, delay: before + 1 + delay, min)


def delay_shift(source: str, target: str, latency: dict[str, int], together: dict[str, int]) -> int:
    """What a delay is more here than there, between these two."""
    return 0 if together[source] == together[target] else latency[target] - latency[source] - 1


def _along(names, links, after, choose) -> dict[str, int]:
    loops = loops_of(names, links)
    home = loops.graph["mapping"]
    into: dict[int, list[tuple[int, int]]] = {}
    for a, b, delay in links:
        if home[a] != home[b]:
            into.setdefault(home[b], []).append((home[a], delay))
    found: dict[int, int] = {}
    for loop in nx.topological_sort(loops):
        found[loop] = choose((after(found[a], delay) for a, delay in into.get(loop, ())), default=0)
    return {name: found[home[name]] for name in names}
