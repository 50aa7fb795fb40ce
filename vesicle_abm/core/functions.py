"""Elementary functions of arrays and numbers, float64: what a rule's formula may call.

Each is a ufunc over the text of ``vesicle_abm.core.scalar``, so a rule evaluated on one agent, on a million, or inside
a compiled loop gives the same bits. The ``xp`` that a rule's method receives is this module.

>>> float(sigmoid(0.0))
0.5
"""

import numpy as np

from vesicle_abm.core import scalar
from vesicle_abm.core.errors import nearest

ufunc = scalar.elementwise("float64(float64)")


@ufunc
def exp(x):
    """e to the x."""
    return scalar.exp(x)


@ufunc
def log(x):
    """Natural logarithm; nan below 0, -inf at 0."""
    return scalar.log(x)


@ufunc
def tanh(x):
    """Hyperbolic tangent."""
    return scalar.tanh(x)


@ufunc
def cos(x):
    """Cosine of an angle in radians."""
    return scalar.cos(x)


@ufunc
def sigmoid(x):
    """1 / (1 + exp(-x)), the logistic function."""
    return scalar.sigmoid(x)


@ufunc
def softplus(x):
    """log(1 + exp(x)): a smooth max(x, 0)."""
    return scalar.softplus(x)


@ufunc
def normal_quantile(u):
    """The standard normal's quantile at u in (0, 1)."""
    return scalar.normal_quantile(u)


def relu(x):
    """max(x, 0)."""
    return np.maximum(x, 0.0)


def identity(x):
    """x itself."""
    return x


def sqrt(x):
    """Square root; exact to the last bit everywhere."""
    return np.sqrt(x)


def absolute(x):
    """|x|."""
    return np.abs(x)


def maximum(a, b):
    """The larger, elementwise."""
    return np.maximum(a, b)


def minimum(a, b):
    """The smaller, elementwise."""
    return np.minimum(a, b)


def where(condition, yes, no):
    """Elementwise choice, as in numpy."""
    return np.where(condition, yes, no)


def sign(x):
    """-1, 0 or 1."""
    return np.sign(x)


def isfinite(x):
    """Whether each is a finite number."""
    return np.isfinite(x)


def array(values):
    """Float64."""
    return np.asarray(values, dtype=np.float64)


def spread(values, size):
    """(size,) of one number, or of (size,) numbers."""
    return np.broadcast_to(values, size)


def highest(values, group, size):
    """(size,) the greatest of the ``values`` (n,) of each group, ``group`` (n,) their numbers; -inf where there is
    none.
    """
    found = np.full(size, -np.inf)
    np.maximum.at(found, group, values)
    return found


def constant(values):
    """The same numbers, of which no derivative is taken: what a formula only compares with, or divides out again."""
    return values


def columns(rows, *parts):
    """(n, W) of W parts, each a number or (n,), for the n ``rows``."""
    return np.stack([np.broadcast_to(np.asarray(part, dtype=np.float64), np.shape(rows)) for part in parts], axis=-1)


def sum_at(index, values, size):
    """(size,) the sum of the ``values`` (n,) at each ``index`` (n,), added in their order."""
    return np.bincount(index, weights=values, minlength=size)


@scalar.kernel
def total(values):
    """Sum of a vector, added in order."""
    found = 0.0
    for i in range(len(values)):
        found += values[i]
    return found


def dot(a, b):
    """Sum of products over the last axis of ``a``, ``b`` broadcast to it; added in order, so one row and many agree."""
    b = np.broadcast_to(b, a.shape)
    total = a[..., 0] * b[..., 0]
    for j in range(1, a.shape[-1]):
        total = total + a[..., j] * b[..., j]
    return total


def __getattr__(name: str):
    public = [key for key, value in globals().items() if callable(value) and not key.startswith("_")]
    known = sorted(set(public) - {"nearest", "ufunc"})
    raise AttributeError(f"xp has no function {name!r}; {nearest(name, known)}")
