"""The only randomness: one pure function of an address, counter-based.

``uniform(seed, id, step, stage, draw)`` is Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as
1, 2, 3") with

* key      = (seed low 32 bits, seed high 32 bits),
* counter  = (id low, id high, step, stage // 4 + 256 * draw),
* the word = number ``stage % 4`` of the block's four 32-bit words,
* u        = (word + 1/2) / 2**32, which lies strictly between 0 and 1.

The address is the draw: nothing depends on the order of visits, on threads, or on a restart. Four consecutive stages
share one block, so that a compiled loop computes the four draws of a vesicle's step at the price of one.

Address ranges of the distributions, counted from the ``draw`` that they are given: ``bernoulli``, ``categorical``,
``normal`` and ``exponential`` use that one draw, by inversion; ``poisson(rate)`` uses ``max(1, ceil(rate / 16))``
consecutive draws. The resolution of a probability is 2**-32.
"""

import numpy as np

from vesicle_abm.core import functions, scalar
from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.scalar import elementwise, kernel
from vesicle_abm.core.stages import STREAM_NAMES

MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
LOW_WORD = np.uint64(0xFFFFFFFF)
WORD = np.uint64(32)
BYTE = np.uint64(8)
TWO = np.uint64(2)
THREE = np.uint64(3)
ROUNDS = 10
WORD_TO_UNIT = 2.0**-32
HALF_WORD = 2.0**-33

POISSON_PART = 16.0  # a larger rate is drawn as a sum of parts, so that exp(-rate) stays far from underflow
POISSON_TAIL = 200  # no part reaches it: P(Poisson(16) > 200) < 1e-130

SEED_LIMIT = 2**64
STEP_LIMIT = 2**32
STAGE_LIMIT = 2**10
DRAW_LIMIT = 2**24


@kernel
def philox(c0, c1, c2, c3, k0, k1):
    """Philox 4x32-10: four counter words and two key words (uint64 below 2**32) to four words. Works on arrays too."""
    for _ in range(ROUNDS):
        product_0 = MULTIPLIER_0 * c0
        product_1 = MULTIPLIER_1 * c2
        c0 = (product_1 >> WORD) ^ c1 ^ k0
        c2 = (product_0 >> WORD) ^ c3 ^ k1
        c1 = product_1 & LOW_WORD
        c3 = product_0 & LOW_WORD
        k0 = (k0 + WEYL_0) & LOW_WORD
        k1 = (k1 + WEYL_1) & LOW_WORD
    return c0, c1, c2, c3


@kernel
def block(seed, id_, step, group, draw):
    """The four words of the streams ``4 * group … 4 * group + 3`` at one address; all arguments uint64."""
    return philox(id_ & LOW_WORD, id_ >> WORD, step, group + (draw << BYTE), seed & LOW_WORD, seed >> WORD)


@kernel
def unit(word):
    """A 32-bit word as a number strictly between 0 and 1."""
    return np.float64(word) * WORD_TO_UNIT + HALF_WORD


@kernel
def uniform_at(seed, id_, step, stage, draw):
    """``uniform`` for kernels: uint64 arguments, no checks."""
    w0, w1, w2, w3 = block(seed, id_, step, stage >> TWO, draw)
    word = stage & THREE
    return unit(w0 if word == 0 else w1 if word == 1 else w2 if word == 2 else w3)


@kernel
def poisson_below(u, mean):
    """The Poisson count that a draw stands for, by sequential inversion; ``mean`` at most ``POISSON_PART``."""
    count = 0
    mass = scalar.exp(-mean)
    below = mass
    while u >= below and count < POISSON_TAIL:
        count += 1
        mass = mass * mean / count
        below = below + mass
    return count


@kernel
def poisson_at(rate, seed, id_, step, stage, draw):
    """``poisson`` for kernels: uint64 address, no checks."""
    parts = max(1, int(np.ceil(rate / POISSON_PART)))
    mean = rate / parts
    total = 0
    for part in range(parts):
        total += poisson_below(uniform_at(seed, id_, step, stage, draw + np.uint64(part)), mean)
    return total


@elementwise("float64(uint64, uint64, uint64, uint64, uint64)")
def _uniform(seed, id_, step, stage, draw):
    return uniform_at(seed, id_, step, stage, draw)


@elementwise("int64(float64, uint64, uint64, uint64, uint64, uint64)")
def _poisson(rate, seed, id_, step, stage, draw):
    return poisson_at(rate, seed, id_, step, stage, draw)


def _address(seed, id, step, stage, draw):
    if isinstance(stage, str):
        if stage not in STREAM_NAMES:
            raise InputError(f"no stream is called {stage!r}; {nearest(stage, STREAM_NAMES)}, or a number", "stage")
        stage = STREAM_NAMES[stage]
    limits = ("seed", seed, SEED_LIMIT), ("id", id, SEED_LIMIT), ("step", step, STEP_LIMIT)
    address = []
    for name, value, limit in (*limits, ("stage", stage, STAGE_LIMIT), ("draw", draw, DRAW_LIMIT)):
        array = np.asarray(value)
        if not array.size:
            array = array.astype(np.uint64)
        if array.dtype.kind not in "iu" or (array.size and (int(array.min()) < 0 or int(array.max()) >= limit)):
            raise InputError(f"got {value!r}; whole numbers from 0 to {limit - 1} are allowed", name)
        address.append(array.astype(np.uint64))
    return address


def uniform(seed, id, step, stage, draw=0):
    """The uniform draw in (0, 1) at an address; arguments broadcast, ``stage`` may be a stream's name.

    Parameters
    ----------
    seed, id : whole numbers below 2**64
    step, stage, draw : whole numbers below 2**32, 2**10 and 2**24

    Returns
    -------
    float, or an array of the broadcast shape

    Raises
    ------
    InputError
        for an address outside these ranges.

    >>> uniform(7, 1, 0, "migrate", 0) == uniform(7, 1, 0, "migrate", 0)
    True
    >>> uniform(7, [1, 2, 3], 0, "migrate").shape
    (3,)
    """
    u = _uniform(*_address(seed, id, step, stage, draw))
    return u if np.ndim(u) else float(u)


def bernoulli(probability, seed, id, step, stage, draw=0):
    """True with the given probability: u < p. One draw."""
    probability = np.asarray(probability, dtype=np.float64)
    if not ((probability >= 0.0) & (probability <= 1.0)).all():
        raise InputError(f"got {probability!r}; numbers from 0 to 1 are allowed", "probability")
    happens = uniform(seed, id, step, stage, draw) < probability
    return happens if np.ndim(happens) else bool(happens)


def categorical(weights, seed, id, step, stage, draw=0):
    """An index i with probability w_i / sum(w): the first whose cumulative weight exceeds u * sum(w). One draw.

    ``weights`` is a vector (C,) of non-negative numbers with a positive sum.

    >>> categorical([0.0, 1.0, 0.0], seed=1, id=5, step=0, stage="user")
    1
    """
    weights = np.asarray(weights, dtype=np.float64)
    with np.errstate(over="ignore"):  # refused below
        cumulative = np.cumsum(weights)
    if weights.ndim != 1 or not cumulative.size or not (weights >= 0.0).all() or not 0.0 < cumulative[-1] < np.inf:
        raise InputError(f"got {weights!r}; a vector of numbers >= 0 with a positive, finite sum is allowed", "weights")
    target = uniform(seed, id, step, stage, draw) * cumulative[-1]
    index = np.minimum(np.searchsorted(cumulative, target, side="right"), np.flatnonzero(weights)[-1])
    return index if np.ndim(index) else int(index)


def normal(seed, id, step, stage, draw=0):
    """A standard normal draw: the normal quantile of u. One draw; the tails end at 6.3 standard deviations."""
    return functions.normal_quantile(uniform(seed, id, step, stage, draw))


def exponential(mean, seed, id, step, stage, draw=0):
    """An exponential draw: -mean * log(u). One draw."""
    mean = np.asarray(mean, dtype=np.float64)
    if not (np.isfinite(mean) & (mean >= 0.0)).all():
        raise InputError(f"got {mean!r}; finite numbers >= 0 are allowed", "mean")
    return -mean * functions.log(uniform(seed, id, step, stage, draw))


def poisson(rate, seed, id, step, stage, draw=0):
    """A Poisson draw by sequential inversion, in parts of mean at most 16; rates broadcast with the address.

    Uses the draws ``draw … draw + max(1, ceil(rate / 16)) - 1``.
    """
    rate = np.asarray(rate, dtype=np.float64)
    if not (np.isfinite(rate) & (rate >= 0.0)).all():
        raise InputError(f"got {rate!r}; finite numbers >= 0 are allowed", "rate")
    address = _address(seed, id, step, stage, draw)
    if (np.ceil(rate / POISSON_PART) > DRAW_LIMIT - address[-1].astype(np.float64)).any():
        raise InputError(
            f"got {rate!r}; the draws that are left allow rates up to {POISSON_PART * DRAW_LIMIT:g}", "rate"
        )
    count = _poisson(rate, *address)
    return count if np.ndim(count) else int(count)
