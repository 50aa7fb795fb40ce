"""The few rows among many that have docked, or have ended: eight status bytes at a glance."""

import numpy as np

from vesicle_abm.core.columns import Columns
from vesicle_abm.core.scalar import kernel
from vesicle_abm.views.threads import split

TOGETHER = 8  # rows whose bytes are one word
LOWEST_BITS = np.uint64(0x0101010101010101)
ONE, BYTE, TOP_BYTE = np.uint64(1), np.uint64(8), np.uint64(56)
DOCKED_BITS = np.uint64(0), np.uint64(0)  # two bits of a status, of which one is set: of DOCKED
ENDED_BITS = np.uint64(1), np.uint64(2)  # of ABSORBED and all after it


def rows_marked(columns: Columns, bits: tuple[np.uint64, np.uint64], threads: int) -> np.ndarray:
    """(m,) int64 the rows, ascending, of the vesicles whose status has one of two bits."""
    status = columns["status"]
    words = status[: len(status) // TOGETHER * TOGETHER].view(np.uint64)
    parts = split(find_rows, len(status), threads, status, words, *bits)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


@kernel
def find_rows(status, words, one, other, first, last):
    """``rows_marked`` from ``first`` up to ``last``, but that a word's rows are found where it begins."""
    begin, end = (first + TOGETHER - 1) // TOGETHER, (last + TOGETHER - 1) // TOGETHER
    whole = min(end, len(words))
    count = np.uint64(0)
    for at in range(begin, whole):
        count += ((words[at] >> one | words[at] >> other) & LOWEST_BITS) * LOWEST_BITS >> TOP_BYTE
    rows = np.empty(np.int64(count) + TOGETHER, np.int64)  # room to write a word's rows before it is known which count
    found = np.int64(0)
    for at in range(begin, whole):
        marks = (words[at] >> one | words[at] >> other) & LOWEST_BITS
        if marks:
            for k in range(TOGETHER):
                rows[found] = at * TOGETHER + k
                found += np.int64(marks & ONE)
                marks >>= BYTE
    for row in range(whole * TOGETHER, len(status) if last == len(status) else 0):
        if (np.uint64(status[row]) >> one | np.uint64(status[row]) >> other) & ONE:
            rows[found] = row
            found += 1
    return rows[:found]
