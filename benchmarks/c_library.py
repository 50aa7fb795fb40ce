"""C sources of the benchmarks, built by the system's compiler for this very machine, in a folder that is soon gone."""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCES = Path(__file__).parent / "bound"
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC", "-lm")


class NotBuiltError(RuntimeError):
    """There is no compiler, or it refuses."""


def compiler() -> str | None:
    """The system's C compiler, if it has one."""
    return shutil.which("gcc") or shutil.which("cc")


def build(source: str, *further: str) -> ctypes.CDLL:
    """The library made of one of ``SOURCES``, with ``further`` flags.

    Raises
    ------
    NotBuiltError
        with what is missing.
    """
    found = compiler()
    if found is None:
        raise NotBuiltError("no C compiler gcc or cc; one is needed, on x86-64 with AVX2")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library.so"
        command = [found, str(SOURCES / source), "-o", str(library), *FLAGS, *further]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotBuiltError(f"{found} refuses {source}: {done.stderr.strip().splitlines()[0]}")
        return ctypes.CDLL(str(library))
