"""What a run of a study is measured by: numbers of its series, of its model, and of functions of the user's own."""

import hashlib
import importlib.util
import math
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.model import VesicleModel

if TYPE_CHECKING:
    import pandas as pd

Metric = Callable[[VesicleModel], dict[str, float]]
KEY = "metrics"


class Summary:
    """Of every column of a series of so many rows its last value, its mean over the second half, and its maximum."""

    def __init__(self, rows: int):
        self.first = rows // 2  # row of the second half
        self._rows, self._columns = 0, list[str]()
        self._last = self._sum = self._most = np.zeros(0)  # (columns,)

    def watch(self, frames: Iterator["pd.DataFrame"]) -> Iterator["pd.DataFrame"]:
        """The same frames, seen in passing."""
        for frame in frames:
            if len(frame):
                self._see([str(name) for name in frame], frame.to_numpy(np.float64))
            yield frame

    def _see(self, columns: list[str], values: np.ndarray) -> None:
        if not self._rows:
            self._columns, self._sum = columns, np.zeros(len(columns))
            self._most = np.full(len(columns), -np.inf)
        self._most = np.fmax(self._most, values.max(axis=0))
        self._sum = self._sum + values[max(0, self.first - self._rows) :].sum(axis=0)
        self._last = values[-1]
        self._rows += len(values)

    def metrics(self) -> dict[str, float]:
        """``COLUMN.last``, ``COLUMN.mean`` and ``COLUMN.max``."""
        mean = self._sum / max(1, self._rows - self.first)
        rows = zip(self._columns, self._last, mean, self._most, strict=True)
        return {
            f"{column}.{what}": float(value)
            for column, *values in rows
            for what, value in zip(("last", "mean", "max"), values, strict=True)
        }


def plain_numbers(metrics: dict[str, Any]) -> dict[str, float | None]:
    """Metrics as JSON has them: what is no finite number is null."""
    return {name: number if math.isfinite(number := float(value)) else None for name, value in metrics.items()}


def reference(metric: str | Metric) -> str:
    """How workers find a metric: ``module:function``, or ``/path/to/file.py:function``.

    Raises
    ------
    InputError
        if it is neither, or a function that no other process could import.
    """
    if isinstance(metric, str):
        home, colon, name = metric.rpartition(":")
        if not colon or not home or not name:
            raise InputError(f"got {metric!r}; module:function or file.py:function is allowed", KEY)
        metric = f"{Path(home).resolve()}:{name}" if home.endswith(".py") else metric
    else:
        name = getattr(metric, "__qualname__", "")
        home = getattr(metric, "__module__", "")
        if home == "__main__":
            home = str(Path(getattr(sys.modules[home], "__file__", "") or "").resolve())
        if not name or "<" in name or Path(home).is_dir():
            raise InputError(f"got {metric!r}; a function with a name, of a module or script, is allowed", KEY)
        metric = f"{home}:{name}"
    load(metric)
    return metric


@cache
def load(reference: str) -> Metric:
    """The function.

    Raises
    ------
    InputError
        if there is none.
    """
    home, _, name = reference.rpartition(":")
    try:
        module = _script(Path(home)) if home.endswith(".py") else import_module(home)
    except (ImportError, OSError) as error:
        raise InputError(f"{home!r} cannot be imported: {error}", KEY) from None
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise InputError(f"no {name!r} in {home!r}; {nearest(name, [n for n in vars(module) if n[0] != '_'])}", KEY)
        found = getattr(found, part)
    return found


def _script(path: Path):
    """A Python file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ImportError(f"no file {str(path)!r}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stamps(references: tuple[str, ...]) -> dict[str, str]:
    """Function -> a hash of the file that it stands in, wherever that lies."""
    return {name.rpartition(":")[2]: _stamp(name) for name in references}


def _stamp(name: str) -> str:
    home = name.rpartition(":")[0]
    origin = Path(home) if home.endswith(".py") else Path(getattr(import_module(home), "__file__", "") or "")
    return hashlib.sha256(origin.read_bytes()).hexdigest()[:16] if origin.is_file() else ""


def measured(model: VesicleModel, references: tuple[str, ...]) -> dict[str, float]:
    """What the user's functions say of a model after its last step.

    Raises
    ------
    TypeError
        if one gives something else than numbers by name.
    """
    found: dict[str, float] = {}
    for name in references:
        numbers = load(name)(model)
        if not isinstance(numbers, dict) or not all(isinstance(key, str) for key in numbers):
            raise TypeError(f"{name} gave {type(numbers).__name__}; a dict of numbers by name is allowed")
        found |= numbers
    return found
