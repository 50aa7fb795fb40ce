"""A run directory: what was asked, checkpoints on the way, results at the end; never half a file.

``run.json`` and ``checkpoint.npz`` are there before the first step, ``manifest.json`` is written last: a directory without it
holds a run that has not finished, and can be resumed.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from vesicle_abm.core.errors import InputError
from vesicle_abm.model import VesicleModel

SCENARIO, REQUEST, CHECKPOINT, MANIFEST = "scenario.toml", "run.json", "checkpoint.npz", "manifest.json"
SERIES, NODES, FIGURES = "series.parquet", "nodes.parquet", "figures"


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A place to write a file that appears under its name only when it is complete and on disk."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last through a power cut, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class RunDirectory:
    """One run's folder."""

    def __init__(self, path):
        self.path = Path(path)

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @classmethod
    def create(cls, path) -> "RunDirectory":
        """A new folder for a run.

        Raises
        ------
        InputError
            if there is something in it already, or it cannot be made.
        """
        directory = cls(path)
        if directory.path.exists() and (not directory.path.is_dir() or any(directory.path.iterdir())):
            verb = "is finished" if (directory / MANIFEST).exists() else "can be resumed"
            holds = f"holds a run, which {verb}" if (directory / REQUEST).exists() else "is not empty"
            raise InputError(f"{str(path)!r} {holds}; choose another folder", "--out")
        try:
            directory.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{str(path)!r} cannot be made: {error.strerror}", "--out") from None
        return directory

    @classmethod
    def fresh(cls, base: Path, name: str) -> "RunDirectory":
        """A new folder ``base/name``, or ``base/name-2`` and so on if that is taken."""
        number = 1
        while (base / (name if number == 1 else f"{name}-{number}")).exists():
            number += 1
        return cls.create(base / (name if number == 1 else f"{name}-{number}"))

    @classmethod
    def open(cls, path) -> "RunDirectory":
        """A folder that holds a run.

        Raises
        ------
        InputError
            if it does not.
        """
        directory = cls(path)
        if not (directory / REQUEST).is_file():
            raise InputError(
                f"{str(path)!r} holds no run (no {REQUEST}); `vesicle-abm run` starts one", "run directory"
            )
        return directory

    @property
    def finished(self) -> bool:
        """Whether the run has come to its end."""
        return (self / MANIFEST).is_file()

    def write_json(self, name: str, content: dict) -> None:
        """Write a JSON file, whole or not at all."""
        with whole_file(self / name) as part:
            part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def read_json(self, name: str) -> dict:
        """Read a JSON file of the run."""
        try:
            return json.loads((self / name).read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            raise InputError(f"{str(self / name)!r} cannot be read: {error}", "run directory") from None

    def checkpoint(self, model: VesicleModel) -> None:
        """Save the model, whole or not at all."""
        with whole_file(self / CHECKPOINT) as part:
            model.save(part)

    def checksums(self) -> dict[str, str]:
        """SHA-256 of every file but the manifest."""
        files = sorted(
            p for p in self.path.rglob("*") if p.is_file() and p.name != MANIFEST and not p.name.startswith(".")
        )
        return {p.relative_to(self.path).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
