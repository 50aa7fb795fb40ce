"""C sources of the benchmarks, built by the system's compiler for this very machine, in a folder that is soon gone."""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCES = Path(__file__).parent / "bound"
COMPILER = "cc"
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC", "-lm")


class NotBuiltError(RuntimeError):
    """There is no compiler, or it refuses."""


def build(source: str) -> ctypes.CDLL:
    """The library made of one of ``SOURCES``.

    Raises
    ------
    NotBuiltError
        with what is missing.
    """
    if shutil.which(COMPILER) is None:
        raise NotBuiltError(f"no C compiler {COMPILER!r}; one is needed, gcc or clang, on x86-64 with AVX2")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library.so"
        command = [COMPILER, str(SOURCES / source), "-o", str(library), *FLAGS]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotBuiltError(f"{COMPILER} refuses {source}: {done.stderr.strip().splitlines()[0]}")
        return ctypes.CDLL(str(library))
