"""State: everything that changes, S = (theta, h, V, M) with the step and the seed. MODEL: S_{t+1} ~ K(S_t).

Two states are equal to the bit exactly when their digests are equal. Saved without pickle.
"""

import contextlib
import dataclasses
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from vesicle_abm.core.columns import Columns
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.machine import free_memory, refuse_beyond

FORMAT = "vesicle_abm state 2"
SATURATED, DOCKINGS, TURNINGS, CROSSINGS = "saturated/", "docked/", "turned/", "crossed/"  # tallies, then a kind
BLOCK = 2**20  # rows of a column that are put in order at a time
TABLES = ("cells", "kept", "task", "changes", "trails", "estimates", "tallies")  # the fields that hold arrays by name


@dataclass
class State:
    """N nodes, E edges, K kinds of vesicles.

    ``theta``: ``weight`` (E,) synaptic weights, signed; ``bias`` (N,); ``eta`` (N, 2) = [eta_local, eta_global].
    ``h``: ``activation`` (N,); ``history`` (L, N) past activations, row ``step % L``; ``drive`` (N,) input from
    outside; ``gain`` (N,) of the activation function; ``modulator`` (N, K) levels; ``cells``, name -> (N,), what
    neurons keep beside their activation: "v", "u" and so on of spiking ones; ``kept``, name -> array, what the parts
    of the learning rule keep: "trace.fast" (S,) and so on, S synapses by postsynaptic neuron.
    ``task``: name -> array, what a task keeps.
    ``V``: ``vesicles``, kind -> Columns.
    ``M``: ``memory`` (N, slots, width), or None; ``trails``, kind -> (E,), what travellers have left on the edges.
    ``changes``: "kind.number" of a release -> (N, W), what it has changed for a time. ``estimates``: what the
    estimators of meta-signals keep, "name.what", and the signal that each gave last, "name".
    Books: ``emitted`` and ``docked`` (K, N), events so far; ``born_now`` (K, N), births so far within the coming step;
    ``fates`` (K, 3), absorbed, expired, cleared so far; ``tallies``, further counts of the kinds that need them:
    "turned/KIND" (K,) of its vesicles that became another kind, "docked/KIND" (N,) dockings of the step just done,
    "saturated/KIND" (3,) steps at the cap, the first of them (-1: none), births suppressed; "crossed/KIND" (E,) how
    often its vesicles have come along each edge, for kinds that leave a trail.
    """

    seed: int
    step: int
    weight: np.ndarray
    bias: np.ndarray
    eta: np.ndarray
    activation: np.ndarray
    history: np.ndarray
    drive: np.ndarray
    gain: np.ndarray
    modulator: np.ndarray
    emitted: np.ndarray
    docked: np.ndarray
    born_now: np.ndarray
    fates: np.ndarray
    vesicles: dict[str, Columns]
    cells: dict[str, np.ndarray] = field(default_factory=dict)
    kept: dict[str, np.ndarray] = field(default_factory=dict)
    task: dict[str, np.ndarray] = field(default_factory=dict)
    memory: np.ndarray | None = None
    changes: dict[str, np.ndarray] = field(default_factory=dict)
    trails: dict[str, np.ndarray] = field(default_factory=dict)
    estimates: dict[str, np.ndarray] = field(default_factory=dict)
    tallies: dict[str, np.ndarray] = field(default_factory=dict)

    def turnings(self) -> np.ndarray:
        """(K, K) how many vesicles of each kind, a row each, have become one of each other kind so far."""
        found = np.zeros((len(self.vesicles), len(self.vesicles)), np.int64)
        for k, kind in enumerate(self.vesicles):
            found[k] = self.tallies.get(TURNINGS + kind, 0)
        return found

    def traversals(self) -> dict[str, np.ndarray]:
        """kind -> (E,) how often its vesicles have come along each edge so far; of the kinds that leave a trail."""
        found = {name: counts for name, counts in self.tallies.items() if name.startswith(CROSSINGS)}
        return {name.removeprefix(CROSSINGS): counts for name, counts in found.items()}

    def blocks(self) -> Iterator[tuple[str, np.dtype, tuple[int, ...], Iterator[np.ndarray]]]:
        """(name, dtype, shape, rows block by block) of every array; vesicle columns as ``vesicles/KIND/COLUMN``, by id.

        No more than one block of a column is copied at a time.
        """
        own = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        for table in ("", *TABLES):
            for name, array in (getattr(self, table) if table else own).items():
                if isinstance(array, np.ndarray):
                    yield f"{table}/{name}".strip("/"), array.dtype, array.shape, iter([np.ascontiguousarray(array)])
        for kind, columns in self.vesicles.items():
            order = columns.in_order()
            for name in columns.layout:
                column = columns[name]
                rows = (column[order[at : at + BLOCK]] for at in range(0, len(order), BLOCK))
                yield f"vesicles/{kind}/{name}", column.dtype, column.shape, rows

    def arrays(self) -> dict[str, np.ndarray]:
        """A copy of every array by name; of vesicle columns by id."""
        return {
            name: np.concatenate([np.empty((0, *shape[1:]), dtype), *rows])
            for name, dtype, shape, rows in self.blocks()
        }

    def digest(self) -> str:
        """SHA-256 over step, seed and every array, as hex: equal exactly when the states are equal to the bit."""
        hasher = self.hasher()
        for name, dtype, shape, rows in self.blocks():
            hasher.update(about(name, dtype, shape))
            for block in rows:
                hasher.update(bytes_of(block))
        return hasher.hexdigest()

    def hasher(self):
        """What a digest begins with."""
        return hashlib.sha256(f"{FORMAT} {self.seed} {self.step}".encode())

    def copy(self) -> "State":
        """An independent copy."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        copied = {k: v.copy() for k, v in values.items() if isinstance(v, np.ndarray)}
        tables = {name: {k: v.copy() for k, v in values[name].items()} for name in (*TABLES, "vesicles")}
        return State(**{**values, **copied, **tables})


def about(name: str, dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    """What a digest says of an array before its numbers."""
    return f"{name} {dtype.str} {shape}".encode()


def bytes_of(array: np.ndarray) -> memoryview:
    """The bytes of a contiguous array, not copied."""
    return array.reshape(-1).view(np.uint8).data


def save(path: Path, state: State, header: dict, arrays: dict[str, np.ndarray]) -> None:
    """Write a state beside a JSON header and further arrays into one ``.npz`` file, and take its digest on the way."""
    hasher, members = state.hasher(), []
    with open(path, "wb") as file, zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        for name, dtype, shape, rows in state.blocks():
            hasher.update(about(name, dtype, shape))
            members.append(f"state/{name}")
            with _member(archive, members[-1], dtype, shape) as stream:
                for block in rows:
                    hasher.update(bytes_of(block))
                    stream.write(bytes_of(block))
        for name, array in arrays.items():
            members.append(name)
            with _member(archive, name, array.dtype, array.shape) as stream:
                stream.write(bytes_of(np.ascontiguousarray(array)))
        written = {
            "format": FORMAT,
            "seed": state.seed,
            "step": state.step,
            "digest": hasher.hexdigest(),
            "layout": {kind: columns.layout for kind, columns in state.vesicles.items()},
            "members": sorted(members),
            **header,
        }
        text = json.dumps(written, default=lambda value: value.tolist()).encode()  # numbers of numpy in lists
        with _member(archive, "header", np.dtype(np.uint8), (len(text),)) as stream:
            stream.write(text)


@contextlib.contextmanager
def _member(archive: zipfile.ZipFile, name: str, dtype: np.dtype, shape: tuple[int, ...]) -> Iterator[IO[bytes]]:
    """A member of an ``.npz`` file, open to write the numbers of an array, in rows."""
    with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
        described = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, described)
        yield stream


def load(path: Path, free: Callable[[], int] = free_memory) -> tuple[State, dict, dict[str, np.ndarray]]:
    """Read what ``save`` wrote: the state, the header, the further arrays.

    Raises
    ------
    InputError
        if the file is missing, damaged, or not such a file, or holds more than the memory that is free.
    """
    if path.is_file():
        refuse_beyond(free(), path.stat().st_size, f"what {str(path)!r} holds", "checkpoint")
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            members = {name: file[name] for name in file.files}
        header = json.loads(members.pop("header").tobytes())
        if header["format"] != FORMAT:
            raise InputError(f"{str(path)!r} has format {header['format']!r}; {FORMAT!r} is allowed", "checkpoint")
        missing = sorted(set(header["members"]) - set(members))  # damage to the file's directory may hide a member
        if missing:
            raise InputError(f"{str(path)!r} is damaged: it lacks {', '.join(missing)}", "checkpoint")
        state = _assemble(header, members)
    except FileNotFoundError:
        raise InputError(f"no file {str(path)!r}", "checkpoint") from None
    except InputError:
        raise
    except Exception as error:  # a damaged byte makes the readers raise anything
        raise InputError(f"{str(path)!r} is not a checkpoint, or is damaged: {error}", "checkpoint") from error
    if state.digest() != header["digest"]:
        raise InputError(f"{str(path)!r} is damaged: its content does not match its digest", "checkpoint")
    return state, header, {name: array for name, array in members.items() if not name.startswith("state/")}


def _assemble(header: dict, members: dict[str, np.ndarray]) -> State:
    vesicles = {
        kind: Columns.of(
            {name: (dtype, tuple(shape)) for name, (dtype, shape) in layout.items()},
            {name: members[f"state/vesicles/{kind}/{name}"] for name in layout},
        )
        for kind, layout in header["layout"].items()
    }
    plain = {item.name for item in dataclasses.fields(State)} - {"seed", "step", "vesicles", *TABLES}
    arrays: dict = {name: members[f"state/{name}"] for name in plain if f"state/{name}" in members}
    for table in TABLES:
        begins = f"state/{table}/"
        arrays[table] = {name.removeprefix(begins): a for name, a in members.items() if name.startswith(begins)}
    return State(seed=header["seed"], step=header["step"], vesicles=vesicles, **arrays)
