"""The HMN document's appendix 10.1, its example functional forms, in plain Python: numbers and lists of numbers."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from vesicle_abm.core import functions

EXACT = SimpleNamespace(
    exp=lambda x: float(functions.exp(x)),
    cos=lambda x: float(functions.cos(x)),
    sigmoid=lambda x: float(functions.sigmoid(x)),
)
MATH = SimpleNamespace(exp=math.exp, cos=math.cos, sigmoid=lambda x: 1.0 / (1.0 + math.exp(-x)))


def of(value: Any, index: int) -> float:
    """A parameter's value at a neuron or an edge."""
    return float(value[index]) if np.ndim(value) else float(value)


def total(values: list[float]) -> float:
    """Added one by one."""
    found = 0.0
    for value in values:
        found += value
    return found


def similarity(kind: str, a: list[float], b: list[float]) -> float:
    """g or h: dot / sqrt(d), or cosine, 0 where one of them is 0."""
    dot = total([p * q for p, q in zip(a, b, strict=True)])
    if kind == "dot":
        return dot / math.sqrt(len(a))
    size = math.sqrt(total([p * p for p in a]) * total([q * q for q in b]))
    return dot / size if size > 0.0 else 0.0


def softmax(scores: list[float], f) -> list[float]:
    """exp(score) over the sum of all."""
    parts = [f.exp(score - max(scores)) for score in scores]
    return [part / total(parts) for part in parts]


def moving_average(before: float, now: float, delta: float) -> float:
    """(1 - delta) c(t - 1) + delta z(t)."""
    return (1.0 - delta) * before + delta * now
