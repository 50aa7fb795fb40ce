"""Asking a part of the learning rule, and checking what it answers: shape, bounds, finite numbers.

A refusal names the part and the synapse or neuron. What is infinite has run away, and is told with what helps.
"""

from typing import Any

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.scalar import LARGEST
from vesicle_abm.neurons.network import Neurons
from vesicle_abm.neurons.plasticity import Plasticity
from vesicle_abm.neurons.synapses import SYNAPSE, Keeps, Synapses, has_arrays, seen_at, seen_by

ADVICE = "weights and activity drive each other up; give bounds or a smaller eta"


def part_at(rule: Plasticity, part: str, block: Synapses | Neurons) -> Any:
    """A part of the rule as a block's synapses, or its neurons, see it."""
    found = getattr(rule, part)
    if not has_arrays(found):
        return found
    return seen_at(found, block) if isinstance(block, Synapses) else seen_by(found, block)


def ask(
    rule: Plasticity,
    part: str,
    formula: str,
    block: Synapses | Neurons,
    kept: dict[str, np.ndarray] | None = None,
    *first: Any,
    low: float = -LARGEST,
    high: float = LARGEST,
    vectors: bool = False,
) -> np.ndarray:
    """What ``formula(*first, block, xp)`` of a part answers, a number or vector a row; what it keeps goes to ``kept``.

    Raises
    ------
    InputError
        if it raises, or answers with something else.
    """
    stage = part_at(rule, part, block)
    keeps = stage.keeps if isinstance(stage, Keeps) and kept is not None else {}
    kept = {} if kept is None else kept
    if isinstance(block, Synapses):
        block.kept = block.kept_by(part, stage) if isinstance(stage, Keeps) else {}
    try:
        answer = getattr(stage, formula)(*first, block, functions)
        if keeps:
            answer, new = answer
            new = {name: new[name] for name in keeps}
    except InputError as error:
        raise error.inside(part) from None
    except Exception as error:  # a user's stage may raise anything
        words = f"{type(stage).__name__}.{formula} raised {type(error).__name__}: {error}"
        raise InputError(words, part) from error
    for name, scope in keeps.items():
        rows = block if scope == SYNAPSE or isinstance(block, Neurons) else block.neurons
        kept[f"{part}.{name}"] = checked(f"{part}.{name}", new[name], rows, vectors=np.ndim(new[name]) > 1)
    return checked(part, answer, block, low, high, vectors)


def checked(
    part: str,
    answer: Any,
    block: Synapses | Neurons,
    low: float = -LARGEST,
    high: float = LARGEST,
    vectors: bool = False,
) -> np.ndarray:
    """An answer as float64, one number (or vector) a row; one number for all is spread."""
    try:
        array = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"gave {answer!r}; numbers are needed", part) from None
    if array.ndim == 0:
        array = np.full(block.size, array)
    wanted = (block.size, *array.shape[1:]) if vectors else (block.size,)
    if array.shape != wanted or (vectors and (array.ndim != 2 or not array.shape[1])):
        words = f"({block.size}, d) with d >= 1" if vectors else wanted
        raise InputError(f"gave an answer of shape {array.shape}; shape {words} is needed", part)
    if array.size and not (low <= array.min() and array.max() <= high):
        refuse_numbers(part, array, block, low, high)
    return array


def refuse_numbers(part: str, array: np.ndarray, block: Synapses | Neurons, low: float, high: float) -> None:
    """Refuse the first number that is out of bounds."""
    at = tuple(np.argwhere(~((array >= low) & (array <= high)))[0])
    value, where = array[at], block.name_of(int(at[0]))
    if np.isinf(value):
        raise InputError(f"{part} is {value} at {where} in step {block.moment.step}: {ADVICE}")
    allowed = f"from {low:g} to {high:g}" if high < LARGEST else ">= 0" if low == 0.0 else ""
    raise InputError(f"gave {value:g} at {where}; a finite number {allowed} is needed".replace("  ", " "), part)
