"""Elementary functions of tensors, float64: the twin of ``core.functions``, through which gradients pass.

A rule whose fields hold tensors is given this module as its ``xp``. Numbers and arrays become tensors on the way.

>>> float(sigmoid(0.0))
0.5
"""

import numpy as np

from vesicle_abm.core import functions
from vesicle_abm.core.errors import nearest
from vesicle_abm.learning.needed import torch


def array(values):
    """A float64 tensor."""
    return torch.as_tensor(values, dtype=torch.float64)


def exp(x):
    """e to the x."""
    return torch.exp(array(x))


def log(x):
    """Natural logarithm; nan below 0, -inf at 0."""
    return torch.log(array(x))


def tanh(x):
    """Hyperbolic tangent."""
    return torch.tanh(array(x))


def cos(x):
    """Cosine of an angle in radians."""
    return torch.cos(array(x))


def sigmoid(x):
    """1 / (1 + exp(-x)), the logistic function."""
    return torch.sigmoid(array(x))


def softplus(x):
    """log(1 + exp(x)): a smooth max(x, 0)."""
    return torch.logaddexp(array(x), torch.zeros((), dtype=torch.float64))


def normal_quantile(u):
    """The standard normal's quantile at u in (0, 1)."""
    return torch.special.ndtri(array(u))


def relu(x):
    """max(x, 0)."""
    return torch.relu(array(x))


def identity(x):
    """x itself."""
    return x


def sqrt(x):
    """Square root."""
    return torch.sqrt(array(x))


def absolute(x):
    """|x|."""
    return torch.abs(array(x))


def maximum(a, b):
    """The larger, elementwise."""
    return torch.maximum(array(a), array(b))


def minimum(a, b):
    """The smaller, elementwise."""
    return torch.minimum(array(a), array(b))


def where(condition, yes, no):
    """Elementwise choice."""
    return torch.where(torch.as_tensor(condition), array(yes), array(no))


def sign(x):
    """-1, 0 or 1."""
    return torch.sign(array(x))


def isfinite(x):
    """Whether each is a finite number."""
    return torch.isfinite(array(x))


def spread(values, size):
    """(size,) of one number, or of (size,) numbers."""
    return array(values).expand(size)


def highest(values, group, size):
    """(size,) the greatest of the ``values`` (n,) of each group, ``group`` (n,) their numbers; -inf where there is
    none.
    """
    none = torch.full((size,), -np.inf, dtype=torch.float64)
    return none.scatter_reduce(0, torch.as_tensor(group), array(values), "amax")


def sum_at(index, values, size):
    """(size,) the sum of the ``values`` (n,) at each ``index`` (n,)."""
    return torch.zeros(size, dtype=torch.float64).index_add(0, torch.as_tensor(index), array(values))


def constant(values):
    """The same numbers, of which no derivative is taken."""
    return array(values).detach()


def columns(rows, *parts):
    """(n, W) of W parts, each a number or (n,), for the n ``rows``."""
    return torch.stack([array(part).expand(len(rows)) for part in parts], dim=-1)


def total(values):
    """Sum of a vector."""
    return array(values).sum()


def dot(a, b):
    """Sum of products over the last axis of ``a``, ``b`` broadcast to it."""
    return (array(a) * array(b)).sum(-1)


def __getattr__(name: str):
    own = [key for key in globals() if callable(globals()[key]) and hasattr(functions, key)]
    raise AttributeError(f"xp has no function {name!r}; {nearest(name, sorted(own))}")
