"""What one vesicle needs in one step of the workload, in the least layout, and how fast the machine can give it.

Streamed, 18 + 4 D bytes: its id (8), its node (4 read, 4 written), its ttl (1 and 1), its content (4 D). Looked up at
random: the first slot of its node, the slot that its draw picks, the receptor of the node where it comes to, and, if it
docks, the sum there. Drawn: one Philox block; and for each birth one a component, for each node one.
"""

from typing import Any

import numpy as np
from workload import DOCKING, FEWEST, MOST, Workload

LINE = 64  # bytes that memory gives at once
FIRST, SLOT, RECEIVED = 4, 16, 16  # bytes of an entry
NODE_STREAM = 56  # bytes a node and step: level and sum, read and written, and the count of births
SLOTS = 1 + (FEWEST + MOST) / 2  # of a node


def needs(workload: Workload) -> dict[str, Any]:
    """``bytes`` streamed, ``blocks`` drawn, and ``lookups``: (how many, bytes of the table); a vesicle and step."""
    nodes, width = workload.nodes, workload.width
    share = nodes / workload.vesicles
    lookups = [(1.0, FIRST * nodes), (1.0, int(SLOT * SLOTS * nodes)), (DOCKING, RECEIVED * nodes)]
    if width:
        lookups.append((max(1.0, 4 * width / LINE), 4 * width * nodes))
    return {
        "bytes": 18 + 4 * width + NODE_STREAM * share,
        "blocks": 1.0 + share + workload.rate * share * width,
        "lookups": lookups,
    }


def limits(workload: Workload, rates: dict[str, float], gathers: dict[int, float]) -> dict[str, Any]:
    """Nanoseconds that each need takes at the machine's rates, one after the other, on one core.

    ``rates``: "copy" in GB/s, "Philox blocks" in M/s; ``gathers``: bytes of a table -> M/s.
    """
    needed = needs(workload)
    sizes = sorted(gathers)
    lookup_ns = [1e3 / gathers[size] for size in sizes]
    nanoseconds = {
        "streams": needed["bytes"] / rates["copy"],
        "look-ups": sum(
            count * float(np.interp(np.log(size), np.log(sizes), lookup_ns)) for count, size in needed["lookups"]
        ),
        "draws": needed["blocks"] * 1e3 / rates["Philox blocks"],
    }
    total = sum(nanoseconds.values())
    return {
        "world": workload.name,
        "nodes": workload.nodes,
        "vesicles": workload.vesicles,
        "width": workload.width,
        "bytes": needed["bytes"],
        "look_ups": sum(count for count, _ in needed["lookups"]),
        "blocks": needed["blocks"],
        "nanoseconds": nanoseconds,
        "vesicle_steps_per_s": 1e9 / total,
        "most": max(nanoseconds, key=nanoseconds.__getitem__),
    }
