"""The folder of a study: what was asked, and every run that has finished, whole or not at all.

``study.json`` (the question and what is common to all runs), ``plan.json`` (the trials, and the run of each),
``scenario.toml`` (as it was given), ``inputs/`` (the files that the scenario names), ``runs/RUN_ID/`` (``run.json``
with the results and a checksum of every file, ``series.parquet``, and ``circumstances.json``: when, where, how long),
``failed/RUN_ID.json`` (why a run is missing), ``tmp/`` (runs under way), ``.lock``.

A run is written in ``tmp``, ``run.json`` last, and then renamed: a folder in ``runs`` is complete. Everything but
``circumstances.json`` is the same to the byte whoever runs it, when and where.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from vesicle_abm.core.errors import InputError, RunStoppedError
from vesicle_abm.experiments.identity import canonical
from vesicle_abm.experiments.rundir import LOCK, SCENARIO, SERIES, hold, plain, sync_folder, whole_file

STUDY, PLAN, RUN, CIRCUMSTANCES = "study.json", "plan.json", "run.json", "circumstances.json"
RUNS, FAILED, UNDER_WAY, INPUTS = "runs", "failed", "tmp", "inputs"
CHECKSUM = "checksum"
OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
TAKEN = {errno.ENOTEMPTY, errno.EEXIST}


class Store:
    """One study's folder."""

    def __init__(self, path):
        self.path = Path(path)
        self.runs, self.failed, self.inputs = self.path / RUNS, self.path / FAILED, self.path / INPUTS

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def make(self) -> None:
        """The folder and those in it, where they are missing.

        Raises
        ------
        InputError
            if it cannot be made or written to, or holds something else.
        """
        if self.path.exists() and not self.path.is_dir():
            raise InputError(f"{str(self.path)!r} is a file; a folder is allowed", "--out")
        if not (self / STUDY).exists() and self.path.is_dir():
            others = sorted(
                {p.name for p in self.path.iterdir()} - {RUNS, FAILED, UNDER_WAY, INPUTS, PLAN, SCENARIO, LOCK}
            )
            if any(not name.startswith(".") for name in others):
                raise InputError(f"{str(self.path)!r} is not empty and holds no study; choose another folder", "--out")
        try:
            for name in (RUNS, FAILED, UNDER_WAY, INPUTS):
                (self / name).mkdir(parents=True, exist_ok=True)
            if not os.access(self.path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise InputError(f"{str(self.path)!r} cannot be written to: {error.strerror}", "--out") from None

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder, so that no second batch runs in it; at the end all finished runs outlast a power cut.

        Raises
        ------
        InputError
            if another process holds it.
        """
        handle = hold(self / LOCK)
        if handle is None:
            raise InputError(f"a batch is running in {str(self.path)!r}; wait for its end", "--out")
        try:
            yield
            sync_folder(self.runs)
        finally:
            os.close(handle)

    def write_json(self, name: str, content: Any) -> None:
        """Write a JSON file, whole or not at all.

        Raises
        ------
        RunStoppedError
            if it cannot be written.
        """
        try:
            with whole_file(self / name) as part:
                part.write_text(json.dumps(content, indent=1, ensure_ascii=False, default=plain) + "\n", "utf-8")
        except OSError as error:
            raise RunStoppedError(f"cannot write {str(self / name)!r}: {error.strerror or error}") from None

    def read_json(self, name: str) -> Any:
        """Read a JSON file.

        Raises
        ------
        InputError
            if it is missing or damaged.
        """
        try:
            return json.loads((self / name).read_text("utf-8"))
        except FileNotFoundError:
            raise InputError(f"{str(self.path)!r} holds no study (no {name})", "study") from None
        except (OSError, ValueError) as error:
            raise InputError(f"{str(self / name)!r} cannot be read: {error}", "study") from None

    # Runs

    def done(self, run_id: str) -> bool:
        """Whether a run has finished."""
        return (self.runs / run_id / RUN).is_file()

    @contextlib.contextmanager
    def writing(self, run_id: str) -> Iterator[Path]:
        """A folder to write a run in, ``run.json`` apart; ``commit`` makes it last, else it is gone afterwards."""
        part = self / UNDER_WAY / f"{run_id}-{socket.gethostname()}-{os.getpid()}"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def commit(self, part: Path, run_id: str, result: dict) -> None:
        """Make a run last: its results to the disk, ``run.json`` behind them, then one rename.

        A power cut may cost the renames of the last moments, and so those runs; a file that it tore betrays itself by
        its checksum. A run that is there already is as good, so that to run it twice does no harm.
        """
        files = [path for path in sorted(part.iterdir()) if path.name != CIRCUMSTANCES]
        result = result | {"files": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}}
        text = canonical(result | {CHECKSUM: hashlib.sha256(canonical(result).encode()).hexdigest()})
        (part / RUN).write_text(text + "\n", "utf-8")
        for path in (*files, part / RUN):
            _sync(path)
        try:
            os.rename(part, self.runs / run_id)
        except OSError as error:
            if error.errno not in TAKEN:
                raise
        (self.failed / f"{run_id}.json").unlink(missing_ok=True)

    def result(self, run_id: str) -> dict:
        """``run.json`` of a finished run."""
        return json.loads((self.runs / run_id / RUN).read_text("utf-8"))

    def circumstances(self, run_id: str) -> dict:
        """``circumstances.json`` of a finished run."""
        return json.loads((self.runs / run_id / CIRCUMSTANCES).read_text("utf-8"))

    def damage(self, run_id: str) -> str:
        """What is wrong with a finished run's files, by their checksums; "" if nothing is."""
        try:
            result = self.result(run_id)
            told = result.pop(CHECKSUM)
            if told != hashlib.sha256(canonical(result).encode()).hexdigest():
                return f"{RUN} is not as it was written"
            for name, checksum in result["files"].items():
                if hashlib.sha256((self.runs / run_id / name).read_bytes()).hexdigest() != checksum:
                    return f"{name} is not as it was written"
            self.circumstances(run_id)
        except (OSError, ValueError, KeyError, TypeError) as error:
            return f"cannot be read: {error}"
        return ""

    def discard(self, path: Path) -> None:
        """Remove a folder; whoever still writes into it finds nothing to rename."""
        aside = self / UNDER_WAY / f".gone-{os.getpid()}-{path.name}"
        with contextlib.suppress(FileNotFoundError):
            os.rename(path, aside)
        shutil.rmtree(aside, ignore_errors=True)

    def tidy(self) -> None:
        """Remove what runs have left that were killed under way."""
        for path in (self / UNDER_WAY).iterdir():
            self.discard(path)

    def fail(self, run_id: str, record: dict) -> None:
        """Note why a run is missing."""
        self.write_json(f"{FAILED}/{run_id}.json", record)

    def failures(self, run_ids: Iterable[str]) -> dict[str, dict]:
        """Run -> why it is missing, of those of these that have failed."""
        missing = [run_id for run_id in dict.fromkeys(run_ids) if not self.done(run_id)]
        failed = [run_id for run_id in missing if (self.failed / f"{run_id}.json").is_file()]
        return {run_id: self.read_json(f"{FAILED}/{run_id}.json") for run_id in failed}

    def series(self, run_id: str) -> Path:
        """The Parquet file of a finished run."""
        return self.runs / run_id / SERIES


def _sync(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
