"""Events: what happened at each step, exact, from the model's own books; the latest of them are held.

Births and dockings by kind and neuron; ends by kind and fate (the books do not say where); vesicles that became another
kind; births that a cap did not allow; the model's warnings; and notes, of what the visitor did.
"""

from dataclasses import dataclass

import numpy as np

import vesicle_abm as va

MOST = 20_000  # events held; up to twice as many before the older half goes
BORN, DOCKED, ABSORBED, EXPIRED, CLEARED, TURNED, SUPPRESSED, WARNING, NOTE = range(9)
WORDS = ("born", "docked", "absorbed", "expired", "cleared", "became another kind", "held back by the cap", "warning",
         "you")  # fmt: skip
EVENT = np.dtype(
    [("step", "<i8"), ("event", "i1"), ("kind", "<i2"), ("node", "<i4"), ("other", "<i4"), ("count", "<i8")]
)  # other: the kind that one became, or the number of a text; -1 for none, as for kind and node


@dataclass(frozen=True)
class Books:
    """The counts so far: ``emitted``, ``docked`` (K, N), ``fates`` (K, 3), ``turned`` (K, K), ``capped`` (K,)."""

    emitted: np.ndarray
    docked: np.ndarray
    fates: np.ndarray
    turned: np.ndarray
    capped: np.ndarray

    @classmethod
    def of(cls, model: va.VesicleModel) -> "Books":
        """A copy of what they say now."""
        state = model.state
        capped = [model.state.tallies.get(f"saturated/{kind}", (0, 0, 0))[2] for kind in model.kinds]
        return cls(state.emitted.copy(), state.docked.copy(), state.fates.copy(), state.turnings(), np.array(capped))


class Events:
    """The latest events, in the order of steps; ``dropped`` earlier ones were forgotten."""

    def __init__(self, model: va.VesicleModel, most: int = MOST):
        self.most, self.dropped = most, 0
        self.kinds, self.texts = list(model.kinds), [str(label) for label in model.graph.nodes]
        self.names = len(self.texts)  # further texts are those of notes and warnings
        self.newest = model.time
        self._held, self._store = 0, np.empty(2 * most, EVENT)
        self._before = Books.of(model)
        self._warned: set[str] = set()

    def __len__(self) -> int:
        return self._held

    @property
    def held(self) -> np.ndarray:
        """(n,) EVENT, by step."""
        return self._store[: self._held]

    def look(self, model: va.VesicleModel) -> None:
        """Hold what has happened in the step just done, unless it is known."""
        before, self._before = self._before, Books.of(model)
        if model.time <= self.newest:
            return
        self.newest = model.time
        now = self._before
        for event, grown in ((BORN, now.emitted - before.emitted), (DOCKED, now.docked - before.docked)):
            kind, node = np.nonzero(grown)
            self._add(event, grown[kind, node], kind=kind, node=node)
        kind, fate = np.nonzero(now.fates - before.fates)
        self._add(ABSORBED + fate, (now.fates - before.fates)[kind, fate], kind=kind)
        kind, into = np.nonzero(now.turned - before.turned)
        self._add(TURNED, (now.turned - before.turned)[kind, into], kind=kind, other=into)
        suppressed = np.maximum(now.capped - before.capped, 0)  # other rules may begin these books anew
        (kind,) = np.nonzero(suppressed)
        self._add(SUPPRESSED, suppressed[kind], kind=kind)
        for number in kind.tolist():
            self._warn(model, number)

    def follow(self, model: va.VesicleModel) -> None:
        """The model stands at another step: what happens next is told from there."""
        self._before = Books.of(model)

    def note(self, step: int, text: str) -> None:
        """Hold what the visitor did at a step, after the events of that step."""
        self._tell(NOTE, step, text)

    def cut(self, step: int) -> None:
        """Forget the events after this step."""
        self._held = int(np.searchsorted(self.held["step"], step, side="right"))
        self.newest = min(self.newest, step)
        warned = self.held["kind"][self.held["event"] == WARNING]
        self._warned = {self.kinds[kind] for kind in warned.tolist()}

    def _warn(self, model: va.VesicleModel, kind: int) -> None:
        """The warnings of a model whose kind is held at its cap for the first time."""
        if self.kinds[kind] not in self._warned:
            self._warned.add(self.kinds[kind])
            for text in model.warnings:
                if self.kinds[kind] in text:
                    self._tell(WARNING, self.newest, text, kind)

    def _tell(self, event: int, step: int, text: str, kind: int = -1) -> None:
        self.texts.append(text)
        told = np.array([(step, event, kind, -1, len(self.texts) - 1, 1)], EVENT)
        at = int(np.searchsorted(self.held["step"], step, side="right"))
        after = self.held[at:].copy()
        self._held = at
        self._append(told)
        self._append(after)

    def _add(self, event, count: np.ndarray, kind=-1, node=-1, other=-1) -> None:
        rows = np.empty(len(count), EVENT)
        rows["step"], rows["event"], rows["count"] = self.newest, event, count
        rows["kind"], rows["node"], rows["other"] = kind, node, other
        self._append(rows)

    def _append(self, rows: np.ndarray) -> None:
        rows = self._fitting(rows)
        if self._held + len(rows) > len(self._store):
            gone = self._held - self.most
            self._store[: self.most] = self._store[gone : self._held].copy()
            self._held = self.most
            self.dropped += gone
        self._store[self._held : self._held + len(rows)] = rows
        self._held += len(rows)

    def _fitting(self, rows: np.ndarray) -> np.ndarray:
        """The last of these that there is room for, when all before them have gone."""
        self.dropped += max(0, len(rows) - self.most)
        return rows[-self.most :]
