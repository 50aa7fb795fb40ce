"""What a run was made with: versions, machine, and the commit of a checkout; each run's manifest says it."""

import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from vesicle_abm.places import PACKAGE
from vesicle_abm.version import VERSION

LIBRARIES = ("llvmlite", "mesa", "networkx", "numba", "numpy", "pandas", "pyarrow", "pydantic", "scipy")
CHANGED = "+changed"  # behind a commit: files of the checkout differ from it
GIT_SECONDS = 10.0


@cache
def environment() -> dict:
    """``versions`` of the package, Python and all libraries that results may hang on; ``platform``, ``cpu`` and
    ``commit``, none where the package does not lie in a checkout of its own.
    """
    from llvmlite.binding import get_host_cpu_name

    found = {name: library_version(name) for name in LIBRARIES}
    return {
        "versions": {"vesicle_abm": VERSION, "python": sys.version.split()[0]}
        | {name: number for name, number in found.items() if number is not None},
        "platform": platform.platform(),
        "cpu": get_host_cpu_name(),
        "commit": commit(),
    }


def library_version(name: str) -> str | None:
    """Of an installed library."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def commit() -> str | None:
    """The checkout's commit, with ``CHANGED`` behind it where tracked files differ from it."""
    folder = PACKAGE.parent
    if not (folder / ".git").exists():
        return None
    answers = []
    for question in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no")):
        try:
            answer = subprocess.run(
                ["git", "--no-optional-locks", *question],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=GIT_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):  # no git, or not a good checkout: the commit is not known
            return None
        answers.append(answer.stdout.strip())
    return answers[0] + (CHANGED if answers[1] else "")
