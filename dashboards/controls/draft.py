"""Draft: what was typed into the form and does not hold yet, and what was wrong with it."""

from dataclasses import dataclass, field, replace

import vesicle_abm as va

from .parameters import SEED_PATH, Entry, changed, entries, problems


@dataclass(frozen=True)
class Draft:
    """``texts``: path -> text that differs from what runs; ``wrong``: dotted key -> message."""

    texts: dict[tuple, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many numbers wait."""
        return len(self.texts)

    @property
    def told(self) -> str:
        """What is wrong, in words."""
        return "; ".join(f"{key}: {message}" if key else message for key, message in self.wrong.items())

    def write(self, path: tuple, was: str, text: str) -> "Draft":
        """With a text that was typed where ``was`` runs."""
        rest = {key: value for key, value in self.texts.items() if key != path}
        return replace(self, texts=rest if text.strip() == was else {**rest, path: text})

    def applied(self, running: va.Scenario, leave_out: set[tuple] = frozenset()) -> "tuple[Draft, va.Scenario | None]":
        """The scenario with what was typed, but for some paths; or None, and the draft knows why."""
        try:
            scenario = changed(running, {path: text for path, text in self.texts.items() if path not in leave_out})
        except va.InputError as error:
            return replace(self, wrong=problems(error)), None
        return replace(self, wrong={}), scenario

    def still_waiting(self, running: va.Scenario) -> "Draft":
        """Without what runs by now, and what this scenario does not have."""
        runs = {SEED_PATH: str(running.seed)}
        runs |= {entry.path: entry.text for group in entries(running).values() for entry in group}
        texts = {path: text for path, text in self.texts.items() if path in runs and text.strip() != runs[path]}
        return replace(self, texts=texts)


def seed_entry(running: va.Scenario) -> Entry:
    """The seed, as a number of the form."""
    return Entry(SEED_PATH, "seed", "", "the same seed gives the same run", "≥ 0, whole", running.seed, begins=True)
