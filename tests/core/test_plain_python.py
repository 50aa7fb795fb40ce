"""One text, the same bits: compiled by Numba, and as plain Python with the compiler switched off."""

import json
import os
import subprocess
import sys

import numpy as np

from vesicle_abm.core import fixedpoint, functions, random, scalar

EXTREMES = [
    0.0, -0.0,
    5e-324, -5e-324, 2.2250738585072014e-308, 1e-300, -1e-300, 1e-16, -1e-16, 0.124999999, 0.125, -0.125, 0.5,
    -0.5, 0.7071067811865475, 0.7071067811865476, 1.0, -1.0, 1.0000000000000002, 0.9999999999999999, 36.7, -36.7, 354.5,
    707.9, -707.9, -708.0, -708.0000001, 709.0, 709.0000001, 1e4, -1e4, 1e300, -1e300, 1.7976931348623157e308,
    float("inf"), float("-inf"), float("nan"),
]  # fmt: skip
NAMES = ("exp", "log", "tanh", "sigmoid", "softplus")
BIG = 2**64 - 1


def inputs():
    grid = np.concatenate([np.linspace(-750.0, 750.0, 301), np.linspace(-2.0, 2.0, 301), np.logspace(-300, 300, 121)])
    return EXTREMES + grid.tolist()


def quantiles():
    return [2.0**-33, 1.0 - 2.0**-33, 1e-300, 0.075, 0.925, 0.5, *np.linspace(0.001, 0.999, 199).tolist()]


def address_words():
    parts = [0, 1, 2**32 - 1, 2**32, 2**63, BIG, 123456789123456789]
    return [
        tuple(np.uint64(x) for x in (seed, id_, step, stage, draw))
        for seed in parts
        for id_ in parts
        for step, stage, draw in ((0, 0, 0), (2**32 - 1, 1023, 2**24 - 1), (17, 6, 3), (99, 9, 1))
    ]


def hexes():
    """Everything that the two ways of running must agree on, as text."""

    def show(x):
        return float(x).hex()

    found = {name: [show(getattr(scalar, name)(x)) for x in inputs()] for name in NAMES}
    found |= {f"functions.{name}": [show(x) for x in getattr(functions, name)(np.array(inputs()))] for name in NAMES}
    found["normal_quantile"] = [show(scalar.normal_quantile(u)) for u in quantiles()]
    found["uniform_at"] = [show(random.uniform_at(*address)) for address in address_words()]
    found["block"] = [[int(word) for word in random.block(*address)] for address in address_words()]
    found["poisson_at"] = [
        int(random.poisson_at(rate, *address[:4], np.uint64(0)))
        for rate in (0.0, 1e-300, 0.1, 5.0, 16.0, 16.1, 40.0, 300.0)
        for address in address_words()[::3]
    ]
    found["uniform"] = [show(u) for u in random.uniform(7, np.arange(100), 3, "dock")]
    found["normal"] = [show(u) for u in random.normal(7, np.arange(100), 3, "dock")]
    found["poisson"] = random.poisson([0.5, 33.0], 7, np.arange(50)[:, None], 3, "emit").tolist()
    found["to_units"] = [int(fixedpoint.to_units(x)) for x in (0.0, 1e-10, -1e-10, 3.7, -3.7, 2.0**20, -(2.0**20), 0.1)]
    return found


def test_plain_python_and_compiled_code_give_the_same_bits():
    """The subprocess runs this file with the compiler off; hexadecimal floats compare the bits."""
    plain = subprocess.run(
        [sys.executable, "-W", "ignore", __file__],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert plain.returncode == 0, plain.stderr
    answers = json.loads(plain.stdout)
    compiled = json.loads(json.dumps(hexes()))
    assert answers.pop("compiler") == "off"
    assert answers.keys() == compiled.keys()
    for name, values in compiled.items():
        assert answers[name] == values, name


if __name__ == "__main__":
    state = "on" if hasattr(scalar.exp, "py_func") else "off"
    sys.stdout.write(json.dumps({"compiler": state, **hexes()}))
