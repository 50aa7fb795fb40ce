"""Elementary functions for use inside kernels, with the same bits in plain Python and compiled.

numpy's exp and a compiler's exp differ in the last bit. Here each function is one text of ``+ - * /``, comparisons and
exact library calls (floor, sqrt, frexp). ``vesicle_abm.core.functions`` makes ufuncs of them, for rules.
"""

import functools
import math

import numpy as np
from numba import config, njit, vectorize

kernel = njit(cache=True, nogil=True, error_model="numpy")  # fastmath stays off: bits are promised
LARGEST = float(np.finfo(np.float64).max)  # the largest finite number


def in_place(function):
    """A kernel's text as a part of the caller, not a call: only so does a loop over it become vector instructions."""
    return njit(inline="always", error_model="numpy")(getattr(function, "py_func", function))


def elementwise(signature):
    """Make a ufunc of a kernel's text when it is first called: to load one takes 50 ms, and few runs need all. A plain
    loop where Numba is told not to compile (NUMBA_DISABLE_JIT=1).
    """
    if config.DISABLE_JIT:  # type: ignore[attr-defined]
        result = {"float64": float, "int64": np.int64}[signature.split("(")[0]]
        return lambda function: np.vectorize(function, otypes=[result])

    def make(function):
        ufunc = functools.cache(lambda: vectorize([signature], cache=True)(function))

        @functools.wraps(function)
        def call(*arrays):
            return ufunc()(*arrays)

        return call

    return make


EXP_UNDERFLOW = -708.0  # below, exp is given as 0: the result would leave the normal float64 range
EXP_OVERFLOW = 709.0  # above, exp is given as infinity
LOG2_E = 1.4426950408889634
LN2_HIGH = 6.93147180369123816490e-01  # ln 2 = high + low, high exact in 33 bits: Cody and Waite (1980)
LN2_LOW = 1.90821492927058770002e-10
SQRT_HALF = 0.7071067811865476
WHOLE = 2.0**52 + 2.0**51  # added to a whole number below 2**51, it leaves the number in the low bits
EXPONENT_BIAS, EXPONENT_AT = np.int64(1023), np.int64(52)  # of a float64
ONE_OVER_PI = 0.3183098861837907
PI_HIGH = 2 * 1.57079632673412561417  # pi = high + middle + low; high and middle exact in 33 bits: fdlibm (1993)
PI_MIDDLE = 2 * 6.07710050630396597660e-11
PI_LOW = 2 * 2.02226624879595063154e-21
LARGEST_ANGLE = 2.0**40  # above, neighbouring numbers lie too far apart to be angles: cos is given as NaN
CENTER = 0.425  # of the normal quantile: from here on the tails have polynomials of their own
SMALL_TANH = 0.125  # below, tanh by its Taylor series, which keeps the relative precision


@kernel
def exp(x):
    """e to the x: Cody-Waite reduction, then the Taylor polynomial of degree 13. No branch, no table, no integer but
    2**k in its bits: a loop over it becomes vector instructions.
    """
    y = x if x == x else 0.0  # noqa: PLR0124 - NaN
    y = min(max(y, EXP_UNDERFLOW), EXP_OVERFLOW)
    k = np.floor(y * LOG2_E + 0.5)
    r = (y - k * LN2_HIGH) - k * LN2_LOW
    p = 1.0 / 6227020800.0  # Taylor to 1/13!, |r| <= ln(2) / 2
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    bits = (np.float64(k + WHOLE).view(np.int64) + EXPONENT_BIAS) << EXPONENT_AT
    value = p * np.int64(bits).view(np.float64)  # 2**k, exactly
    value = 0.0 if x < EXP_UNDERFLOW else value
    value = math.inf if x > EXP_OVERFLOW else value
    return value if x == x else x  # noqa: PLR0124


@kernel
def log(x):
    """Natural logarithm: 2 artanh((m - 1) / (m + 1)) of the mantissa m, plus the exponent times ln 2."""
    if x != x or x < 0.0:  # noqa: PLR0124 - NaN
        return math.nan
    if x == 0.0:
        return -math.inf
    if x == math.inf:
        return x
    m, k = math.frexp(x)
    if m < SQRT_HALF:
        m = m * 2.0
        k = k - 1
    s = (m - 1.0) / (m + 1.0)
    q = s * s
    p = 1.0 / 25.0  # log m = 2 artanh(s), |s| <= 0.1716
    p = p * q + 1.0 / 23.0
    p = p * q + 1.0 / 21.0
    p = p * q + 1.0 / 19.0
    p = p * q + 1.0 / 17.0
    p = p * q + 1.0 / 15.0
    p = p * q + 1.0 / 13.0
    p = p * q + 1.0 / 11.0
    p = p * q + 1.0 / 9.0
    p = p * q + 1.0 / 7.0
    p = p * q + 1.0 / 5.0
    p = p * q + 1.0 / 3.0
    return k * LN2_HIGH + (2.0 * s + (2.0 * s * q * p + k * LN2_LOW))


@kernel
def tanh(x):
    """Hyperbolic tangent."""
    if abs(x) < SMALL_TANH:
        q = x * x
        p = 21844.0 / 6081075.0
        p = p * q - 1382.0 / 155925.0
        p = p * q + 62.0 / 2835.0
        p = p * q - 17.0 / 315.0
        p = p * q + 2.0 / 15.0
        p = p * q - 1.0 / 3.0
        return x + x * q * p
    return 1.0 - 2.0 / (exp(2.0 * x) + 1.0)


@kernel
def cos(x):
    """Cosine of an angle in radians, to 4e-16 up to a million radians: Cody-Waite to half a turn, then Taylor."""
    y = x if abs(x) <= LARGEST_ANGLE else 0.0
    k = np.floor(y * ONE_OVER_PI + 0.5)
    r = ((y - k * PI_HIGH) - k * PI_MIDDLE) - k * PI_LOW
    q = r * r
    p = -1.0 / 1124000727777607680000.0  # Taylor to 1/22!, |r| <= pi / 2
    p = p * q + 1.0 / 2432902008176640000.0
    p = p * q - 1.0 / 6402373705728000.0
    p = p * q + 1.0 / 20922789888000.0
    p = p * q - 1.0 / 87178291200.0
    p = p * q + 1.0 / 479001600.0
    p = p * q - 1.0 / 3628800.0
    p = p * q + 1.0 / 40320.0
    p = p * q - 1.0 / 720.0
    p = p * q + 1.0 / 24.0
    p = p * q - 0.5
    p = p * q + 1.0
    value = -p if 2.0 * np.floor(0.5 * k) != k else p  # k odd: half a turn on
    return value if abs(x) <= LARGEST_ANGLE else math.nan


@kernel
def sigmoid(x):
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + exp(-x))


@kernel
def softplus(x):
    """log(1 + exp(x)), without overflow and without loss where it is small."""
    tail = exp(-abs(x))
    rounded = 1.0 + tail
    # log(1 + tail) without loss for small tails: Higham, Accuracy and Stability (2002), problem 1.5
    log1p = tail if rounded == 1.0 else log(rounded) * (tail / (rounded - 1.0))
    return max(x, 0.0) + log1p


@kernel
def normal_center(q):
    """The normal quantile at 1/2 + q, |q| <= ``CENTER``: no branch, so a loop over it becomes vector instructions."""
    r = 0.180625 - q * q
    top = 2509.0809287301226727
    top = top * r + 33430.575583588128105
    top = top * r + 67265.770927008700853
    top = top * r + 45921.953931549871457
    top = top * r + 13731.693765509461125
    top = top * r + 1971.5909503065514427
    top = top * r + 133.14166789178437745
    top = top * r + 3.387132872796366608
    low = 5226.495278852854561
    low = low * r + 28729.085735721942674
    low = low * r + 39307.89580009271061
    low = low * r + 21213.794301586595867
    low = low * r + 5394.1960214247511077
    low = low * r + 687.1870074920579083
    low = low * r + 42.313330701600911252
    low = low * r + 1.0
    return q * top / low


@kernel
def normal_quantile(u):
    """Wichura's algorithm AS 241 (Applied Statistics 37, 1988), PPND16: about 1e-16 relative."""
    q = u - 0.5
    if abs(q) <= CENTER:
        return normal_center(q)
    r = math.sqrt(-log(min(u, 1.0 - u)))
    if r <= 5.0:
        r = r - 1.6
        top = 7.7454501427834140764e-4
        top = top * r + 0.0227238449892691845833
        top = top * r + 0.24178072517745061177
        top = top * r + 1.27045825245236838258
        top = top * r + 3.64784832476320460504
        top = top * r + 5.7694972214606914055
        top = top * r + 4.6303378461565452959
        top = top * r + 1.42343711074968357734
        low = 1.05075007164441684324e-9
        low = low * r + 5.475938084995344946e-4
        low = low * r + 0.0151986665636164571966
        low = low * r + 0.14810397642748007459
        low = low * r + 0.68976733498510000455
        low = low * r + 1.6763848301838038494
        low = low * r + 2.05319162663775882187
        low = low * r + 1.0
    else:
        r = r - 5.0
        top = 2.01033439929228813265e-7
        top = top * r + 2.71155556874348757815e-5
        top = top * r + 0.0012426609473880784386
        top = top * r + 0.026532189526576123093
        top = top * r + 0.29656057182850489123
        top = top * r + 1.7848265399172913358
        top = top * r + 5.4637849111641143699
        top = top * r + 6.6579046435011037772
        low = 2.04426310338993978564e-15
        low = low * r + 1.4215117583164458887e-7
        low = low * r + 1.8463183175100546818e-5
        low = low * r + 7.868691311456132591e-4
        low = low * r + 0.0148753612908506148525
        low = low * r + 0.13692988092273580531
        low = low * r + 0.59983220655588793769
        low = low * r + 1.0
    return math.copysign(top / low, q)
