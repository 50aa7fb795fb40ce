"""Prefetch: ask the memory for what a loop will need, so that many cache misses are under way at once; and rows that
stand in as few cache lines as can be.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

LINE = 8  # numbers of 64 bits in a cache line
READ, KEEP, DATA = 0, 3, 1  # arguments of llvm.prefetch: for reading, into all cache levels, of data


def _never(array, index):
    """Where nothing is compiled (NUMBA_DISABLE_JIT=1) nothing is fetched ahead."""


def _prefetch(typing, array, index):
    """Fetch the line of ``array[index]``; changes nothing but the time."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        pointer = ir.IntType(8).as_pointer()
        number = ir.IntType(32)
        signature_of = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer], signature_of)
        address = builder.bitcast(builder.gep(data, [arguments[1]]), pointer)
        builder.call(fetch, [address, number(READ), number(KEEP), number(DATA)])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


prefetch: Any = _never if config.DISABLE_JIT else intrinsic(_prefetch)  # type: ignore[attr-defined]


def on_lines(rows: np.ndarray) -> np.ndarray:
    """A copy of float64 rows (n, D) that begins where a cache line does."""
    room = np.empty(rows.size + LINE)
    first = -room.ctypes.data // room.itemsize % LINE
    placed = room[first : first + rows.size].reshape(rows.shape)
    placed[...] = rows
    return placed
