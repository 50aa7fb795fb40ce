"""A vesicle's id is its birthplace (step, node, kind, ordinal) packed into 63 bits: unique without a shared counter.

Fixed fields, so that adding a kind or a node leaves the ids, and hence the draws, of all others as they were.
"""

import numpy as np

from vesicle_abm.core.errors import InputError

STEP_BITS, NODE_BITS, KIND_BITS, ORDINAL_BITS = 24, 20, 5, 14
MAX_STEPS = 2**STEP_BITS - 1  # the step counts from 1 in an id, so that ids never meet the small ids of neurons
MAX_NODES = 2**NODE_BITS
MAX_KINDS = 2**KIND_BITS
MAX_BIRTHS = 2**ORDINAL_BITS  # of one kind at one node in one step
FIRST_VESICLE_ID = 2 ** (NODE_BITS + KIND_BITS + ORDINAL_BITS)


def pack(step, node, kind, ordinal):
    """The id of the vesicle number ``ordinal`` of a kind born at a node in a step; arrays broadcast; int64."""
    base = (np.int64(step) + 1) << NODE_BITS
    return (((base | np.int64(node)) << KIND_BITS | np.int64(kind)) << ORDINAL_BITS) | np.int64(ordinal)


def unpack(id_):
    """(step, node, kind, ordinal) of an id, or of an array of ids.

    >>> unpack(pack(3, 17, 2, 5))
    (3, 17, 2, 5)
    """
    kind_at, node_at = ORDINAL_BITS, ORDINAL_BITS + KIND_BITS
    parts = (
        (id_ >> (node_at + NODE_BITS)) - 1,
        (id_ >> node_at) & (MAX_NODES - 1),
        (id_ >> kind_at) & (MAX_KINDS - 1),
        id_ & (MAX_BIRTHS - 1),
    )
    return parts if np.ndim(id_) else tuple(int(part) for part in parts)


def birth_address(kind, node):
    """The id under which a neuron's emission of a kind is drawn: kind and node, not a vesicle's id."""
    return (np.int64(kind) << NODE_BITS) | np.int64(node)


def check_limits(nodes: int, kinds: int) -> None:
    """Refuse a world whose ids would not fit."""
    if nodes > MAX_NODES:
        raise InputError(f"got {nodes} nodes; at most {MAX_NODES} fit a vesicle's id", "graph")
    if kinds > MAX_KINDS:
        raise InputError(f"got {kinds} kinds; at most {MAX_KINDS} fit a vesicle's id", "kinds")
