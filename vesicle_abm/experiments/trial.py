"""A trial: one run of a study. What is changed in its scenario, which replicate it is, and its seed."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from vesicle_abm.scenario import Scenario


@dataclass(frozen=True)
class Trial:
    """One run of a study: what is changed in the scenario, which replicate, its seed.

    >>> Trial((("kinds.walker.decay.hazard", 0.5),), replicate=1, seed=7).settings
    (('kinds.walker.decay.hazard', 0.5),)
    """

    settings: tuple[tuple[str, Any], ...] = ()  # (dotted key, value), on top of the scenario, in order
    replicate: int = 0
    seed: int = 0
    condition: str = ""  # a label, "" for one made of the settings

    @property
    def label(self) -> str:
        """The condition: its own label, or one made of the settings."""
        return self.condition or ", ".join(f"{key}={value}" for key, value in self.settings)

    def scenario(self, base: Scenario) -> Scenario:
        """The scenario with the settings in it.

        Raises
        ------
        ScenarioError
            if a key or a value is not allowed.
        """
        for key, value in self.settings:
            base = base.override(key, value)
        return base

    def plain(self) -> dict:
        """As JSON has it."""
        return vars(self) | {"settings": [list(setting) for setting in self.settings]}

    @classmethod
    def of(cls, plain: dict) -> "Trial":
        """The trial that ``plain`` wrote."""
        return cls(**plain | {"settings": tuple((key, value) for key, value in plain["settings"])})


def seed_of(root: int, replicate: int, key: str = "") -> int:
    """The seed of a replicate: the first eight bytes of the SHA-256 of ``root/key/replicate``. [our choice]

    Without a key, a replicate has one seed in every condition: common random numbers, so that conditions are compared
    pair by pair. With the settings in the key, every run of a study is independent of all others.

    >>> seed_of(0, 1) == seed_of(0, 1), seed_of(0, 1) == seed_of(0, 1, "hazard=0.5")
    (True, False)
    """
    return int.from_bytes(hashlib.sha256(f"{root}/{key}/{replicate}".encode()).digest()[:8], "big")


def scenarios(base: Scenario, trials: Sequence[Trial]) -> Iterator[tuple[Trial, Scenario]]:
    """Each trial with its scenario; trials with the same settings, one behind the other, share it."""
    settings, scenario = None, base
    for trial in trials:
        if trial.settings != settings:
            settings, scenario = trial.settings, trial.scenario(base)
        yield trial, scenario
