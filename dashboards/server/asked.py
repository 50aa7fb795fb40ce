"""Asked: how large a graph a scenario asks for, told before any of it is made."""

import math
from collections.abc import Callable
from typing import Any

import vesicle_abm as va

from .limits import Limits

Size = tuple[float, float]  # nodes, edges; at most
DENSE = 2.0 * math.pi  # of pairs within a radius of 1: four times as many edges as are to be expected
GENERATORS: dict[str, Callable[[dict[str, Any]], Size]] = {
    "karate_club_graph": lambda given: (34, 78),
    "path_graph": lambda given: (given["n"], given["n"]),
    "cycle_graph": lambda given: (given["n"], given["n"]),
    "star_graph": lambda given: (given["n"] + 1, given["n"]),
    "grid_2d_graph": lambda given: (given["m"] * given["n"], 2 * given["m"] * given["n"]),
    "complete_graph": lambda given: (given["n"], given["n"] ** 2),
    "gnp_random_graph": lambda given: (given["n"], given["n"] ** 2),
    "erdos_renyi_graph": lambda given: (given["n"], given["n"] ** 2),
    "watts_strogatz_graph": lambda given: (given["n"], given["n"] * given["k"]),
    "connected_watts_strogatz_graph": lambda given: (given["n"], given["n"] * given["k"]),
    "barabasi_albert_graph": lambda given: (given["n"], given["n"] * given["m"]),
    "random_regular_graph": lambda given: (given["n"], given["n"] * given["d"]),
    "random_geometric_graph": lambda given: (given["n"], given["n"] ** 2 * min(1.0, DENSE * given["radius"] ** 2)),
}


def refuse_too_much(data: dict, limits: Limits) -> None:
    """Refuse a scenario's data, checked or not, that ask for more than the limits allow, before anything is built.

    Raises
    ------
    InputError
        naming the number and the limit.
    """
    if limits.nodes is None and limits.edges is None:
        return
    try:
        nodes, edges = size_asked(data["graph"])
        for number, most, what in ((nodes, limits.nodes, "neurons"), (edges, limits.edges, "edges")):
            if most is not None and not number <= most:
                raise va.InputError(f"it asks for up to {number:,.0f} {what}; this server allows {most:,}", "graph")
    except (KeyError, TypeError, AttributeError, OverflowError):
        raise va.InputError("this server cannot tell how large a graph it asks for", "graph") from None


def size_asked(table: dict[str, Any]) -> Size:
    """The most nodes and edges that a table ``[graph]`` asks for.

    Raises
    ------
    InputError
        for a source whose size cannot be told beforehand; KeyError, TypeError … for a table that is no graph's.

    >>> size_asked({"generator": "grid_2d_graph", "arguments": {"m": 20, "n": 30}})
    (600, 1200)
    """
    if "dataset" in table:
        return 0, 0  # what is shipped is small
    if "small_world" in table:
        nodes = table["small_world"]["nodes"]
        return nodes, nodes * table["small_world"].get("degree", 10)
    if "cortex" in table:
        about = {"excitatory": 800, "inhibitory": 200, "synapses": 100, "neighbours": 0} | table["cortex"]
        nodes = about["excitatory"] + about["inhibitory"]
        return nodes, nodes * (about["synapses"] + about["neighbours"])
    if "populations" in table:
        return size_of_populations(table)
    if table.get("generator") in GENERATORS:
        return GENERATORS[table["generator"]](table.get("arguments", {}))
    known = ", ".join(GENERATORS)
    raise va.InputError(
        f"this server takes a dataset, a small_world, a cortex, populations, or a generator out of {known}", "graph"
    )


def size_of_populations(table: dict[str, Any]) -> Size:
    """Of populations and the projections between them."""
    sizes = {name: population.get("size", 1) for name, population in table["populations"].items()}
    ends = [(sizes.get(each["source"], 0), sizes.get(each["target"], 0)) for each in table.get("projections", ())]
    return sum(sizes.values()), sum(source * target for source, target in ends)
