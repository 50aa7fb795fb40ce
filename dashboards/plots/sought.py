"""Sought: which events a visitor wants to see, and the events in words."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .events import NOTE, TURNED, WARNING, WORDS, Events


@dataclass(frozen=True)
class Sought:
    """Events of these numbers and kinds (none: of all), at a neuron of this name, in these steps, with this text."""

    events: frozenset[int] = frozenset()
    kinds: frozenset[int] = frozenset()
    neuron: str = ""
    first: int | None = None
    last: int | None = None
    text: str = ""

    def among(self, events: Events) -> np.ndarray:
        """(n,) EVENT, the latest first."""
        held = events.held
        wanted = np.ones(len(held), bool)
        if self.events:
            wanted &= np.isin(held["event"], list(self.events))
        if self.kinds:
            wanted &= np.isin(held["kind"], list(self.kinds))
        if self.first is not None:
            wanted &= held["step"] >= self.first
        if self.last is not None:
            wanted &= held["step"] <= self.last
        if self.neuron:
            wanted &= np.isin(held["node"], [n for n, name in enumerate(neurons(events)) if name == self.neuron])
        if self.text:
            wanted &= holding(events, self.text.lower())
        return held[wanted][::-1]


def neurons(events: Events) -> list[str]:
    """Their names, in order."""
    return events.texts[: events.names]


def holding(events: Events, text: str) -> np.ndarray:
    """(n,) bool: the events that have this text in what is said of them, in lower case."""
    held = events.held

    def those(names) -> list[int]:
        return [number for number, name in enumerate(names) if text in name.lower()]

    told, texts = np.isin(held["event"], (NOTE, WARNING)), those(events.texts)
    kinds, turned = those(events.kinds), held["event"] == TURNED
    found = np.isin(held["event"], those(WORDS)) | np.isin(held["kind"], kinds) | np.isin(held["node"], texts)
    return found | (told & np.isin(held["other"], texts)) | (turned & np.isin(held["other"], kinds))


def row_of(events: Events, event: np.void) -> dict:
    """One event in words: step, event, kind, neuron, count; and the numbers of its kind and node, -1 for none."""
    number, other = int(event["event"]), int(event["other"])
    words = WORDS[number]
    if number == TURNED:
        words = f"became {events.kinds[other]}"
    elif number in (NOTE, WARNING):
        words = f"{words}: {events.texts[other]}"
    kind, node = int(event["kind"]), int(event["node"])
    return {
        "step": int(event["step"]),
        "event": words,
        "kind": events.kinds[kind] if kind >= 0 else "",
        "neuron": events.texts[node] if node >= 0 else "",
        "count": int(event["count"]),
        "of": kind,
        "node": node,
    }


def csv(events: Events, found: np.ndarray) -> bytes:
    """Events as text, the earliest first."""
    rows = [row_of(events, event) for event in found[::-1]]
    return pd.DataFrame(rows, columns=["step", "event", "kind", "neuron", "count"]).to_csv(index=False).encode()
