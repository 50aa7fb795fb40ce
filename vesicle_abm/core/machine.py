"""What memory this process can still have: of the machine, within its control groups, and within its own limit."""

import os
from collections.abc import Iterator
from pathlib import Path

from vesicle_abm.core.errors import InputError

try:
    import resource
except ImportError:  # a system without limits on processes
    resource = None  # type: ignore[assignment]

GIB = 2**30
UNLIMITED = 2**60  # bytes; a control group without a limit writes some number as large, or a word
PROCESS, GROUPS = Path("/proc"), Path("/sys/fs/cgroup")
GROUP_FILES = (  # limit, use, and what of the use is a cache of files that can be dropped: version 2, version 1
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def free_memory() -> int:
    """Bytes that this process can still take before the machine, a control group or its own limit stops it."""
    return min(_of_machine(PROCESS), _of_process(PROCESS), *(_of_group(folder) for folder in _groups(PROCESS, GROUPS)))


def refuse_beyond(free: int, needed: int, what: str, key: str) -> None:
    """Refuse what needs more bytes than are free."""
    if needed > free:
        raise InputError(f"{what} needs {gib(needed)}, and {gib(max(free, 0))} of memory are free", key)


def gib(number: float) -> str:
    """Bytes in words.

    >>> gib(3 * 2**29), gib(2**20)
    ('1.5 GiB', '0.001 GiB')
    """
    return f"{number / GIB:.{1 if number >= GIB else 3}f} GiB"


def _of_machine(process: Path) -> int:
    about = process / "meminfo"
    if about.exists():
        return _named(about, "MemAvailable:") * 1024
    pages = "SC_PHYS_PAGES"
    return os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE") if pages in getattr(os, "sysconf_names", ()) else UNLIMITED


def _of_process(process: Path) -> int:
    about = process / "self" / "statm"
    limit = resource.getrlimit(resource.RLIMIT_AS)[0] if resource is not None else -1
    if limit < 0 or not about.exists():
        return UNLIMITED
    return limit - int(about.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _groups(process: Path, groups: Path) -> Iterator[Path]:
    """The folders of the control groups that count this process's memory, and of those around them."""
    about = process / "self" / "cgroup"
    for line in about.read_text().splitlines() if about.exists() else ():
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            root = groups / controllers
            inner = root / path.strip("/")
            yield from (folder for folder in (inner, *inner.parents) if folder.is_relative_to(root))


def _of_group(folder: Path) -> int:
    for limit, use, droppable in GROUP_FILES:
        if (folder / limit).exists():
            most = (folder / limit).read_text().strip()
            if not most.isdecimal():
                return UNLIMITED
            return int(most) - int((folder / use).read_text()) + _named(folder / "memory.stat", droppable)
    return UNLIMITED


def _named(file: Path, name: str) -> int:
    """The number that stands behind a name, on a line of its own."""
    rows = (line.split() for line in file.read_text().splitlines())
    return next((int(row[1]) for row in rows if row and row[0] == name), 0)
