"""Which run a trial is: a name made of all that decides its bits, so that what is finished is never run again."""

import hashlib
import importlib.util
import json
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from vesicle_abm.experiments.rundir import plain
from vesicle_abm.places import PACKAGE
from vesicle_abm.schema.scenario import RULES_ENTRY_POINT
from vesicle_abm.version import VERSION

FORMAT = 1  # of a run's files; to be raised when the same bits are written otherwise
BESIDE = {  # parts of the package that decide no bits
    "benching.py", "benchmarks", "cli.py", "dashboards", "experiments", "__main__.py", "rules.py", "scenarios",
    "terminal.py",
}  # fmt: skip
WORDS = {"question", "expect", "seed", "steps", "view"}  # of a scenario: not part of the model, or given beside it
LENGTH = 24  # hexadecimal digits: of 10^9 runs, two have the same name with probability 1e-11


def run_id(data: dict, seed: int, steps: int, view: str, metrics: dict[str, str], code: str) -> str:
    """The name of a run: a hash of the scenario's data with its settings in it, and of everything else that counts.

    ``metrics``: what was asked beyond the usual -> the stamp of the code that answers; ``code``: ``code_version()``.
    """
    model = {key: value for key, value in data.items() if key not in WORDS}
    content = {"format": FORMAT, "code": code, "seed": seed, "steps": steps, "view": view, "metrics": metrics}
    return hashlib.sha256(canonical(content | {"model": model}).encode()).hexdigest()[:LENGTH]


def canonical(content: Any) -> str:
    """JSON that is the same text for the same content."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain)


@cache
def code_version() -> str:
    """The version, and a hash of all files that decide a run's bits: the package's, and those of installed rules."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        parts = path.relative_to(PACKAGE).parts
        if path.is_file() and parts[0] not in BESIDE and "__pycache__" not in parts:
            digest.update("/".join(parts).encode() + hashlib.sha256(path.read_bytes()).digest())
    for point in sorted(entry_points(group=RULES_ENTRY_POINT)):
        found = importlib.util.find_spec(point.module)
        if found is not None and found.origin is not None:
            digest.update(point.value.encode() + hashlib.sha256(Path(found.origin).read_bytes()).digest())
    return f"{VERSION}+{digest.hexdigest()[:12]}"
