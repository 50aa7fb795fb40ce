"""State: everything that changes, S = (theta, h, V, M) with the step and the seed. MODEL: S_{t+1} ~ K(S_t).

Two states are equal to the bit exactly when their digests are equal. Saved without pickle.
"""

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vesicle_abm.core.columns import Columns
from vesicle_abm.core.errors import InputError

FORMAT = "vesicle_abm state 2"
SATURATED, DOCKINGS, TURNINGS, CROSSINGS = "saturated/", "docked/", "turned/", "crossed/"  # tallies, then a kind
TABLES = ("kept", "task", "changes", "trails", "estimates", "tallies")  # the fields that hold arrays by name


@dataclass
class State:
    """N nodes, E edges, K kinds of vesicles.

    ``theta``: ``weight`` (E,) synaptic weights, signed; ``bias`` (N,); ``eta`` (N, 2) = [eta_local, eta_global].
    ``h``: ``activation`` (N,); ``history`` (L, N) past activations, row ``step % L``; ``drive`` (N,) input from
    outside; ``gain`` (N,) of the activation function; ``modulator`` (N, K) levels; ``kept``, name -> array, what the
    parts of the learning rule keep: "trace.fast" (S,) and so on, S synapses by postsynaptic neuron.
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

    def arrays(self) -> dict[str, np.ndarray]:
        """Every array by name; ``kept/NAME`` and so on; vesicle columns as ``vesicles/KIND/COLUMN``, by id."""
        found = {
            item.name: getattr(self, item.name)
            for item in dataclasses.fields(self)
            if isinstance(getattr(self, item.name), np.ndarray)
        }
        for table in TABLES:
            found |= {f"{table}/{name}": array for name, array in getattr(self, table).items()}
        for kind, columns in self.vesicles.items():
            order = columns.in_order()
            for name in columns.layout:
                found[f"vesicles/{kind}/{name}"] = columns[name][order]
        return found

    def digest(self) -> str:
        """SHA-256 over step, seed and every array, as hex: equal exactly when the states are equal to the bit."""
        hasher = hashlib.sha256(f"{FORMAT} {self.seed} {self.step}".encode())
        for name, array in self.arrays().items():
            hasher.update(f"{name} {array.dtype.str} {array.shape}".encode())
            hasher.update(np.ascontiguousarray(array).tobytes())
        return hasher.hexdigest()

    def copy(self) -> "State":
        """An independent copy."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        copied = {k: v.copy() for k, v in values.items() if isinstance(v, np.ndarray)}
        tables = {name: {k: v.copy() for k, v in values[name].items()} for name in (*TABLES, "vesicles")}
        return State(**{**values, **copied, **tables})


def save(path: Path, state: State, header: dict, arrays: dict[str, np.ndarray]) -> None:
    """Write a state beside a JSON header and further arrays into one ``.npz`` file."""
    members = {f"state/{name}": array for name, array in state.arrays().items()} | arrays
    layout = {kind: columns.layout for kind, columns in state.vesicles.items()}
    about = {
        "format": FORMAT,
        "seed": state.seed,
        "step": state.step,
        "digest": state.digest(),
        "layout": layout,
        "members": sorted(members),
        **header,
    }
    text = json.dumps(about, default=lambda value: value.tolist()).encode()  # numbers of numpy in lists
    with open(path, "wb") as file:
        np.savez(file, allow_pickle=False, header=np.frombuffer(text, np.uint8), **members)


def load(path: Path) -> tuple[State, dict, dict[str, np.ndarray]]:
    """Read what ``save`` wrote: the state, the header, the further arrays.

    Raises
    ------
    InputError
        if the file is missing, damaged, or not such a file.
    """
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
    vesicles = {}
    for kind, layout in header["layout"].items():
        columns = Columns({name: (dtype, tuple(shape)) for name, (dtype, shape) in layout.items()})
        columns.append(members[f"state/vesicles/{kind}/id"])
        for name in columns.layout:
            columns[name][:] = members[f"state/vesicles/{kind}/{name}"]
        vesicles[kind] = columns
    plain = {item.name for item in dataclasses.fields(State)} - {"seed", "step", "vesicles", *TABLES}
    arrays: dict = {name: members[f"state/{name}"] for name in plain if f"state/{name}" in members}
    for table in TABLES:
        begins = f"state/{table}/"
        arrays[table] = {name.removeprefix(begins): a for name, a in members.items() if name.startswith(begins)}
    return State(seed=header["seed"], step=header["step"], vesicles=vesicles, **arrays)
