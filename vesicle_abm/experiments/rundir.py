"""A run directory: what was asked, checkpoints on the way, results at the end; never half a file.

``run.json`` and ``checkpoint.npz`` are there before the first step, ``manifest.json`` is written last: a directory
without it holds a run that has not finished, and can be resumed. Who writes holds a lock, which the system takes back
when the process ends, however it ends.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no such locks: there, two runs in one folder are not refused
    fcntl = None  # type: ignore[assignment]

from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.rowfile import RowFile
from vesicle_abm.model import VesicleModel

SCENARIO, REQUEST, CHECKPOINT, MANIFEST = "scenario.toml", "run.json", "checkpoint.npz", "manifest.json"
LOCK = ".lock"
ROWS, SPIKE_ROWS = ".series.rows", ".spikes.rows"  # series and spikes while the run goes on
SERIES, NODES, EDGES, FIGURES = "series.parquet", "nodes.parquet", "edges.parquet", "figures"
SPIKES = "spikes.parquet"
STARTING = {LOCK, CHECKPOINT, SCENARIO, f".{CHECKPOINT}.part", f".{REQUEST}.part"}
NEEDED = {"scenario", "question", "expect", "seed", "steps", "view", "save_every"}  # in run.json and the manifest


def plain(value):
    """What Python's callers may put into a scenario, and JSON lacks."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


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


def checksum(path: Path) -> str:
    """The SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hold(path: Path) -> int | None:
    """A file's lock, until the descriptor is closed or this process ends; None if another process holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


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
        self._held: int | None = None  # the lock's file descriptor
        self._rows: list[RowFile] = []

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @classmethod
    def create(cls, path) -> "RunDirectory":
        """A new folder for a run, locked.

        Raises
        ------
        InputError
            if there is something in it already, or it cannot be made or written to.
        """
        directory = cls(path)
        try:
            if directory.path.exists() and not directory.path.is_dir():
                raise InputError(f"{str(path)!r} is a file; a new or empty folder is allowed", "--out")
            if not directory.path.exists() or directory.never_began():
                directory.path.mkdir(parents=True, exist_ok=True)
                directory.lock()
        except (OSError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            words = getattr(error, "strerror", None) or str(error)
            raise InputError(f"{str(path)!r} cannot be written to: {words}", "--out") from None
        if not directory.never_began():
            holds = "is not empty; choose another folder"
            if (directory / REQUEST).exists():
                holds = f"holds a run; choose another folder, or go on with it: vesicle-abm resume {path}"
            if (directory / MANIFEST).exists():
                holds = "holds a finished run; choose another folder"
            raise InputError(f"{str(path)!r} {holds}", "--out")
        return directory

    @classmethod
    def fresh(cls, base: Path, name: str) -> "RunDirectory":
        """A new folder ``base/name``, or ``base/name-2`` and so on if that is taken."""
        number = 1
        while True:
            path = base / (name if number == 1 else f"{name}-{number}")
            try:
                path.mkdir(parents=True)
            except FileExistsError:
                number += 1
            except OSError as error:
                raise InputError(f"{str(path)!r} cannot be made: {error.strerror}", "run directory") from None
            else:
                return cls.create(path)

    def never_began(self) -> bool:
        """Whether the folder is empty, or holds only what a run leaves that was killed before its ``run.json``."""
        names = {path.name for path in self.path.iterdir()}
        return not names or (LOCK in names and names <= STARTING)

    def lock(self) -> None:
        """Hold the folder until ``unlock``, or until this process ends.

        Raises
        ------
        InputError
            if another process holds it.
        """
        self._held = hold(self / LOCK)
        if self._held is None:
            raise InputError(f"a run is going on in {str(self.path)!r}; wait for its end", "run directory")

    def unlock(self) -> None:
        """Let go of the folder, and of the rows in it."""
        while self._rows:
            self._rows.pop().close()
        if self._held is not None:
            os.close(self._held)
            self._held = None

    @classmethod
    def open(cls, path) -> "RunDirectory":
        """A folder that holds a run.

        Raises
        ------
        InputError
            if it does not.
        """
        directory = cls(path)
        if not directory.path.is_dir():
            raise InputError(f"no folder {str(path)!r}; the folder that a run has printed is allowed", "run directory")
        if not (directory / REQUEST).is_file():
            never = directory.never_began() and (directory / LOCK).exists()
            why = "a run stopped before its first step" if never else f"no {REQUEST}"
            raise InputError(f"{str(path)!r} holds no run ({why}); `vesicle-abm run` starts one", "run directory")
        return directory

    @property
    def finished(self) -> bool:
        """Whether the run has come to its end."""
        return (self / MANIFEST).is_file()

    def write_json(self, name: str, content: dict) -> None:
        """Write a JSON file, whole or not at all."""
        with whole_file(self / name) as part:
            part.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=plain) + "\n", encoding="utf-8")

    def read_json(self, name: str) -> dict:
        """Read a JSON file of the run."""
        try:
            content = json.loads((self / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{str(self / name)!r} cannot be read: {error}", "run directory") from None
        missing = sorted(NEEDED - set(content if isinstance(content, dict) else ()))
        if missing:
            raise InputError(f"{str(self / name)!r} is damaged: it lacks {', '.join(missing)}", "run directory")
        return content

    def checkpoint(self, model: VesicleModel) -> None:
        """Save the model, whole or not at all."""
        with whole_file(self / CHECKPOINT) as part:
            model.save(part)

    def rows(self, width: int, mark: dict[str, int] | None = None, name: str = ROWS) -> RowFile:
        """The file for rows of the series, or of spikes, with those that a checkpoint's mark stands for."""
        self._rows.append(RowFile(self / name, width, mark))
        return self._rows[-1]

    def remove_rows(self) -> None:
        """Remove these files: a run that has ended has its series elsewhere."""
        for name in (ROWS, SPIKE_ROWS):
            (self / name).unlink(missing_ok=True)

    def checksums(self) -> dict[str, str]:
        """SHA-256 of every file but the manifest."""
        files = sorted(
            p for p in self.path.rglob("*") if p.is_file() and p.name != MANIFEST and not p.name.startswith(".")
        )
        return {p.relative_to(self.path).as_posix(): checksum(p) for p in files}
