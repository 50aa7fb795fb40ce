"""Follow: one vesicle's life as far as it has been watched: where it is, what it carries, where it has been."""

from collections import deque

import numpy as np

import vesicle_abm as va

from .inspector import number

DOCKED = 1  # the status of a vesicle that docked in the step just done
LONGEST_PATH = 200  # nodes
EVENTS = 5  # told, the latest first
MOST_CONTENT = 4  # numbers told
FATES = ("taken up", "expired", "cleared")


class Followed:
    """A vesicle that is watched; ``ended`` says how its life ended, once it has."""

    def __init__(self, model: va.VesicleModel, id_: int, vesicles: dict):
        self.id, self.kind, self.ended = id_, "", ""
        self.path: deque[int] = deque(maxlen=LONGEST_PATH)  # nodes
        self.events: deque[tuple[int, str]] = deque(maxlen=EVENTS)
        self.facts: list[tuple[str, str]] = []
        self._fates = model.state.fates.copy()
        self.take(model, vesicles)

    def take(self, model: va.VesicleModel, vesicles: dict) -> None:
        """What is known now; ``vesicles``: kind -> its columns, the model's or a copy."""
        if self.ended:
            return
        before, names = self.kind, list(vesicles)
        for kind in [self.kind, *names] if self.kind else names:
            rows = np.flatnonzero(vesicles[kind]["id"] == self.id)
            if len(rows):
                self.kind = kind
                break
        else:
            self._end(model)
            return
        if before and before != self.kind:
            self.events.appendleft((model.time, f"became {self.kind}"))
        self._look(model, vesicles[self.kind], int(rows[0]))
        self._fates = model.state.fates.copy()

    def _look(self, model: va.VesicleModel, columns, row: int) -> None:
        names, node = model.graph.nodes, int(columns["node"][row])
        if not self.path or self.path[-1] != node:
            if self.path:
                self.events.appendleft((model.time, f"{names[self.path[-1]]} → {names[node]}"))
            self.path.append(node)
        if columns["status"][row] == DOCKED:
            self.events.appendleft((model.time, f"docked at {names[node]}"))
        edge = int(columns["edge"][row]) if "edge" in columns else -1
        where = f"at {names[node]}"
        if edge >= 0:
            _, arrival = model.graph.ends(model.world.kinds[self.kind].migration.direction)
            where = f"{names[node]} → {names[arrival[edge]]}, there in {steps(int(columns['remaining'][row]))}"
        born, birthplace, _, _ = va.unpack(self.id)
        ttl = int(columns["ttl"][row])
        self.facts = [
            ("born", f"step {born}, {names[birthplace]}"),
            ("age", steps(model.time - born)),
            ("where", where),
            ("steps to live", "unlimited" if ttl == va.UNLIMITED else str(ttl)),
        ]
        content = columns["content"][row]
        if len(content):
            more = " …" if len(content) > MOST_CONTENT else ""
            self.facts.append(("content", ", ".join(number(value) for value in content[:MOST_CONTENT]) + more))
        for name, words in (("payload", "payload left"), ("left", "releases left")):
            if name in columns:
                self.facts.append((words, number(columns[name][row])))

    def _end(self, model: va.VesicleModel) -> None:
        """It is gone: of the fates that vesicles of its kind met in the step, one was its own."""
        fate = "not there"  # where nothing has been seen of it
        if self.kind:
            k = model.kinds.index(self.kind)
            met = model.state.fates[k] > self._fates[k]
            fate = " or ".join(np.array(FATES)[met])
        self.ended = f"{fate} in step {model.time}"
        self.events.appendleft((model.time, self.ended))

    def rows(self) -> list[tuple[str, str]]:
        """The card's rows: name and value."""
        rows = [("vesicle", self.kind), *self.facts]
        if self.ended:
            rows = [("vesicle", f"{self.kind}, ended"), *(row for row in self.facts if row[0] in ("born", "content"))]
        return rows + [(f"step {step}", words) for step, words in self.events]


def steps(count: int) -> str:
    """So many steps, in words."""
    return f"{count} step{'' if count == 1 else 's'}"
