"""An outer loop: points of parameters, the losses of lives there, and the next point.

    phi <- phi - alpha_t grad L(phi),      L(phi) = mean over tasks of the loss of a whole life with phi.

Nobody has the gradient of L; it is estimated from losses by the rules of equations (8) and (9), which move eta there:
SPSA, or REINFORCE over a Gaussian policy of parameters, in antithetic pairs an evolution strategy (Salimans et al.
2017). All points of a generation live through the same tasks, with the same seeds: common random numbers, so that their
losses differ by phi alone.

Each number is searched between the ends of its range, from 0 at the low end to 1 at the high end, by equal ratios where
it is logarithmic. A generation's losses are divided by their standard deviation, so that alpha needs no scale of the
loss. [our formulas]
"""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.plain import plain_rule
from vesicle_abm.experiments.identity import canonical, code_version
from vesicle_abm.experiments.ranges import Range
from vesicle_abm.experiments.rundir import whole_file
from vesicle_abm.learning.lives import Life, Lived, lives_of, loss_of, task_seeds
from vesicle_abm.neurons.learning_rates import RATES, MetaLearning
from vesicle_abm.scenario import Scenario

HISTORY = "nested.json"
WORDS = ("question", "expect")  # of a scenario, that decide nothing in a search


@dataclass(frozen=True)
class Outer:
    """An outer loop: all that decides what it does. Its state is the list of its generations, each ``point`` (D,),
    ``losses`` (P,) and ``next`` (D,), in parts of the ranges.
    """

    scenario: Scenario
    ranges: list[Range]
    loss: dict[str, float]
    training: int
    batch: int
    rule: MetaLearning
    seed: int

    def __post_init__(self):
        if not isinstance(self.rule, MetaLearning):
            raise InputError(f"got {self.rule!r}; a rule is allowed, say vesicle_abm.SPSA()", "rule")
        if not (np.all(np.asarray(self.rule.low) == 0.0) and np.all(np.asarray(self.rule.high) == 1.0)):
            raise InputError("searches from low = 0 to high = 1, the ends of each range", "rule")
        for end in (0.0, 1.0):
            self.at(self.values(np.full(len(self.ranges), end)))  # refused where a rule does not allow it
        self.first()

    def first(self) -> np.ndarray:
        """(D,) where the scenario itself stands."""
        return np.array([part_of(each, number_at(self.scenario, each.key)) for each in self.ranges])

    def at(self, values: Sequence[float]) -> Scenario:
        """The scenario with these numbers."""
        found = self.scenario
        for each, value in zip(self.ranges, values, strict=True):
            found = found.override(each.key, value)
        return found

    def values(self, point: np.ndarray) -> list:
        """The numbers at a point (D,)."""
        return [each.at([part])[0] for each, part in zip(self.ranges, point, strict=True)]

    def settings(self, point) -> dict[str, float]:
        """Key -> number at a point."""
        return dict(zip((each.key for each in self.ranges), self.values(np.asarray(point)), strict=True))

    def generation(self, done: Sequence[dict], run: Lived) -> dict:
        """Try points, all in the same tasks, and step."""
        number = len(done)
        point = np.array(done[-1]["next"]) if done else self.first()
        tried = [unpaired(each, len(point)) for each in self.rule.trials(paired(point), number, self.seed)]
        losses = self.losses(tried, self.batch_of(number), run)
        spread = losses.std()
        scaled = (losses - losses.mean()) / (spread if spread > 0.0 else 1.0)
        following = unpaired(self.rule.update(paired(point), scaled, number, self.seed), len(point))
        return {"point": point.tolist(), "losses": losses.tolist(), "next": following.tolist()}

    def batch_of(self, number: int) -> list[int]:
        """The seeds of a generation's tasks."""
        every = task_seeds(self.seed, self.training)
        return [every[(number * self.batch + i) % self.training] for i in range(self.batch)]

    def losses(self, points: Sequence[np.ndarray], seeds: Sequence[int], run: Lived) -> np.ndarray:
        """(P,) the mean loss over the tasks of each point."""
        lives: list[Life] = [life for point in points for life in lives_of(self.at(self.values(point)), seeds)]
        found = np.array([loss_of(metrics, self.loss) for metrics in run(lives)])
        return found.reshape(len(points), len(seeds)).mean(axis=1)

    def about(self) -> dict[str, Any]:
        """All that has to be the same for a search to go on."""
        return {
            "scenario": {key: value for key, value in self.scenario.data.items() if key not in WORDS},
            "ranges": [dataclasses.asdict(each) for each in self.ranges],
            "loss": self.loss,
            "training": self.training,
            "batch": self.batch,
            "rule": plain_rule(self.rule, "", {}),
            "seed": self.seed,
            "code": code_version(),
        }

    def restore(self, out) -> list[dict]:
        """The generations that a folder holds; none where there is none: then it is made."""
        if out is None:
            return []
        try:
            Path(out).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{str(out)!r} cannot be a folder: {error.strerror}; choose another", "out") from None
        if not (Path(out) / HISTORY).exists():
            return []
        kept = read_history(Path(out) / HISTORY)
        differs = [key for key, value in self.about().items() if canonical(kept["about"].get(key)) != canonical(value)]
        if differs:
            words = f"{str(out)!r} holds another search; what differs: {', '.join(differs)}; choose another folder"
            raise InputError(words, "out")
        return kept["generations"]

    def keep(self, out, done: Sequence[dict]) -> None:
        """Write all generations, whole or not at all, to a folder that there is."""
        if out is not None:
            with whole_file(Path(out) / HISTORY) as part:
                part.write_text(json.dumps({"about": self.about(), "generations": list(done)}) + "\n", "utf-8")


def read_history(path: Path) -> dict[str, Any]:
    """What a search has kept: ``about`` it, and its ``generations``.

    Raises
    ------
    InputError
        if the file holds something else.
    """
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{str(path)!r} is damaged: {error}; choose another folder", "out") from None
    parts = (("about", dict), ("generations", list))
    if not isinstance(kept, dict) or not all(isinstance(kept.get(name), sort) for name, sort in parts):
        raise InputError(f"{str(path)!r} is damaged: it tells of no search; choose another folder", "out")
    return kept


def paired(point: np.ndarray) -> np.ndarray:
    """(G, 2) a point (D,) as rules of learning rates hold numbers, two to a row; an odd one out has an idle partner."""
    rows = np.full(-(-len(point) // RATES) * RATES, 0.5)
    rows[: len(point)] = point
    return rows.reshape(-1, RATES)


def unpaired(rows: np.ndarray, count: int) -> np.ndarray:
    """(D,) the point of ``paired``."""
    return np.ravel(rows)[:count]


def part_of(each: Range, value: float) -> float:
    """Where a number stands in its range, from 0 to 1.

    Raises
    ------
    InputError
        if it is outside.
    """
    if not each.low <= value <= each.high:
        words = f"the scenario has {value:g}, outside {each.low:g}:{each.high:g}; a range around it is allowed"
        raise InputError(words, each.key)
    if each.log:
        return float(np.log(value / each.low) / np.log(each.high / each.low))
    return (value - each.low) / (each.high - each.low)


def number_at(scenario: Scenario, key: str) -> float:
    """The number that a scenario has at a dotted key.

    Raises
    ------
    InputError
        if there is none, or something else.
    """
    found: Any = scenario.data
    for part in key.split("."):
        inside = found[int(part)] if isinstance(found, list) and part.isdecimal() and int(part) < len(found) else None
        found = found.get(part) if isinstance(found, dict) else inside
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise InputError(f"the scenario has {found!r} there; write the number in it where the search begins", key)
    return found
