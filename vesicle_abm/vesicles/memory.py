"""Memory: the topological memory M_l that vesicles write at the nodes and read there; it stays where it was written.

Each node has ``slots`` slots of ``width`` numbers, all 0 at first. The framework's abstract speaks of "structured
traces" written into "topological memory"; the formulas are ours:

    match of a content c and a slot       cos(c, M_s), 0 where one of them is 0
    a gated write into a slot             M_s <- (1 - g) M_s + g c
    a read by attention                   sum_s softmax_s(beta c . M_s / sqrt(D)) M_s, over the slots in use

Several writes into one slot in a step keep prod(1 - g_v) of it and put the mean of their contents, weighted by
-log(1 - g_v), into the rest: the same in any order, and exact for one.
"""

import numpy as np

from vesicle_abm.core.parameters import SCALAR, Rule, parameter

OVERWRITES = 40.0  # -log(1 - g) of a gate of 1: exp(-40) of what was there is below the last bit of what is written


class Memory(Rule, name="memory"):
    """What all nodes' memories have in common.

    >>> Memory(slots=4, width=16).width
    16
    """

    width: int = parameter(
        8, "numbers in a slot, the width of the contents written", per=SCALAR, whole=True, begins=True, ge=1
    )
    slots: int = parameter(1, "slots of each node", per=SCALAR, whole=True, begins=True, ge=1)
    tau: float | None = parameter(
        None, "time constant with which what is written fades; none: it stays", per=SCALAR, unit="steps",
        optional=True, gt=0.0,
    )  # fmt: skip


def matches(content, memory, xp):
    """(n, S) the cosine of each content (n, D) with each slot (n, S, D) of its node."""
    cue = content[:, None, :]
    size = xp.sqrt(xp.dot(memory, memory) * xp.dot(content, content)[:, None])
    return xp.where(size > 0.0, xp.dot(memory, cue) / xp.where(size > 0.0, size, 1.0), 0.0)


def attended(content, memory, beta, xp):
    """(n, D) what attention reads: the slots that hold something, weighted by softmax(beta c . M_s / sqrt(D))."""
    score = beta * xp.dot(memory, content[:, None, :]) / xp.sqrt(float(content.shape[-1]))
    used = xp.dot(memory, memory) > 0.0
    highest = np.where(used, score, -np.inf).max(axis=1)
    above = score - xp.where(np.isfinite(highest), highest, 0.0)[:, None]
    part = xp.where(used, xp.exp(xp.where(used, above, 0.0)), 0.0)
    total, found = np.zeros(len(content)), np.zeros_like(content)
    for slot in range(memory.shape[1]):
        total = total + part[:, slot]
        found = found + part[:, slot, None] * memory[:, slot]
    return found / xp.where(total > 0.0, total, 1.0)[:, None]


def slot_for(content, memory, vigilance, xp):
    """(n,) the slot that a content goes to: the one that matches best, if its cosine is at least ``vigilance``; else
    the weakest, which is an empty one while there is any; of equals the first. So with a ``tau`` the oldest gives way,
    and without it, where all contents are of one size, the first slot. After the vigilance of adaptive resonance
    (Carpenter and Grossberg 1987).
    """
    match = matches(content, memory, xp)
    best = match.argmax(axis=1)
    weakest = xp.dot(memory, memory).argmin(axis=1)
    return np.where(match[np.arange(len(best)), best] >= vigilance, best, weakest)
