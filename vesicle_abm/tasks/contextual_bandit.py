"""A contextual bandit: the network sees a context, chooses an arm, and is told by vesicles how it fared. HMN, 7.2.

Phase 0 of the document's road map asks for "simple tasks (e.g., contextual bandits) to verify basic functionality and
the viability of meta-learning eta_local and eta_global to optimize reward". The trial is ours:

==================== ===================================================================================================
step of the trial    what happens as it begins
==================== ===================================================================================================
0                    a context c is drawn, all alike; its features become the drive of the input neurons
``choice_at``        the most active action neuron is the arm a (ties are drawn); its activation V is the network's
                     prediction. From now on the arm's neuron is held up by an efference copy of the choice, and the
                     others are held down, so that the chosen arm's synapses alone become eligible
``shown``            the context and the copy end
``reward_at``        the reward r, 1 with probability means[c, a], else 0. For this one step the signal ``reward`` is
                     max(0, r - V) and the signal ``dip`` max(0, V - r): emission rules make vesicles of them
==================== ===================================================================================================

What the synapses make of it, dw ~ (r - V) x, is the delta rule in the mean (Widrow and Hoff 1960): V learns the
probability of reward of its arm in the context.
"""

from typing import Any, ClassVar

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, option, parameter
from vesicle_abm.core.plain import rule_from_plain
from vesicle_abm.core.random import bernoulli, categorical
from vesicle_abm.core.stages import TASK
from vesicle_abm.neurons.learning_rates import MetaLearning
from vesicle_abm.tasks.rates import RatesOnLine
from vesicle_abm.tasks.task import Scene, Task

CONTEXT_DRAW, REWARD_DRAW, TIE_DRAW = range(3)
NUMBERS = {
    "context": -1,
    "arm": -1,
    "prediction": 0.0,
    "error": 0.0,
    "trials": 0,
    "reward": 0.0,
    "expected_reward": 0.0,
}
LAST = 4  # metrics are of the last fourth of the blocks


class ContextualBandit(Task, name="contextual_bandit"):
    """C contexts of F features, A arms: the arm a pays 1 with probability means[c, a] in the context c, else 0.

    With ``meta``, a rule of meta-learning moves eta_local and eta_global while the network learns, by windows of
    ``window`` trials, of which the first ``unscored`` part does not count. Its loss is

        L_meta = -(mean reward) + error_weight * (mean of (r - V)**2);  [our formula]

    the document (4.3.2) names both task reward and prediction error. Recorded, and kept as the rows of ``blocks``: mean
    reward and mean reward expected of the chosen arms, over blocks of ``block`` trials, and the rates around which
    meta-learning tries.

    >>> ContextualBandit(features=[[1, 0], [0, 1]], means=[[0.9, 0.1], [0.3, 0.5]], inputs=[0, 1], actions=[2, 3]).rates
    (0.7, 0.45)
    """

    tells: ClassVar[tuple[str, ...]] = ("reward", "dip")
    recorded: ClassVar[tuple[str, ...]] = ("reward", "expected_reward", "eta_local", "eta_global")
    measures: ClassVar[tuple[str, ...]] = (
        "trials",
        "reward_rate",
        "expected_rate",
        "oracle_rate",
        "random_rate",
        "fraction",
        "eta_local",
        "eta_global",
    )
    features: Any = option(doc="what each context shows, (C, F)")
    means: Any = option(doc="probability of reward of each arm in each context, (C, A)")
    inputs: list = option(doc="labels of the F input neurons", labels=True)
    actions: list = option(doc="labels of the A action neurons", labels=True)
    period: int = parameter(12, "length of a trial", per=SCALAR, unit="steps", whole=True, ge=3)
    choice_at: int = parameter(2, "step of the trial at which the arm is chosen", per=SCALAR, whole=True, ge=1)
    shown: int = parameter(5, "how long the context is shown", per=SCALAR, unit="steps", whole=True, ge=2)
    reward_at: int = parameter(6, "step of the trial at which the reward is told", per=SCALAR, whole=True, ge=2)
    efference: float = parameter(1.0, "drive of the chosen neuron", per=SCALAR, ge=0.0)
    inhibition: float = parameter(4.0, "drive of the others, downwards", per=SCALAR, ge=0.0)
    reward: str = option("reward", "name of the signal that it went better than predicted")
    dip: str = option("dip", "name of the signal that it went worse")
    block: int = parameter(100, "trials over which rewards are averaged", per=SCALAR, whole=True, ge=1)
    meta: Any = option(None, 'how the rates are learned, { rule = "spsa", … }; none: they stay')
    window: int = parameter(100, "trials for which tried rates hold", per=SCALAR, unit="trials", whole=True, ge=1)
    unscored: float = parameter(0.4, "part of a window that does not count", per=SCALAR, ge=0.0, lt=1.0)
    error_weight: float = parameter(1.0, "weight of the squared prediction error in L_meta", per=SCALAR, ge=0.0)

    def __post_init__(self):
        super().__post_init__()
        self._check_timing()
        for name in ("reward", "dip"):
            if not isinstance(getattr(self, name), str):
                raise InputError(f"got {getattr(self, name)!r}; text is allowed", name)
        if self.dip == self.reward:
            raise InputError(f"got {self.dip!r}; text other than {self.reward!r} is allowed", "dip")
        tables = {name: table_of(getattr(self, name), name) for name in ("features", "means")}
        for name, value in {**tables, "meta": meta_of(self.meta)}.items():
            object.__setattr__(self, name, value)
        self._check_tables()

    def _check_timing(self):
        if self.shown > self.period:
            raise InputError(f"got {self.shown}; whole numbers up to period = {self.period} are allowed", "shown")
        if not self.choice_at < self.shown:
            raise InputError(f"got {self.choice_at}; whole numbers < shown = {self.shown} are allowed", "choice_at")
        if not self.choice_at < self.reward_at < self.period:
            words = f"from {self.choice_at + 1} to {self.period - 1}, after the choice and within the period"
            raise InputError(f"got {self.reward_at}; whole numbers {words}, are allowed", "reward_at")

    def _check_tables(self):
        for name, labels, table in (("inputs", self.inputs, "features"), ("actions", self.actions, "means")):
            columns = getattr(self, table).shape[1]
            if not isinstance(labels, list | tuple):
                raise InputError(f"got {labels!r}; a list of {columns} node labels is allowed", name)
            if len(labels) != columns:
                raise InputError(f"has {columns} columns for {len(labels)} {name}; one each is allowed", table)
        if len(self.means) != len(self.features):
            raise InputError(f"has {len(self.means)} rows, features {len(self.features)}: one each a context", "means")
        if not ((self.means >= 0.0) & (self.means <= 1.0)).all():
            raise InputError("probabilities, from 0 to 1, are allowed", "means")
        if not self.rates[0] > self.rates[1]:
            raise InputError("every arm is as good as any other, there is nothing to learn", "means")

    @property
    def rates(self) -> tuple[float, float]:
        """(mean reward of who always knows the best arm, of who chooses by chance)."""
        return float(self.means.max(axis=1).mean()), float(self.means.mean())

    @property
    def on_line(self) -> RatesOnLine | None:
        """How the rates are learned, if they are."""
        return None if self.meta is None else RatesOnLine(self.meta, self.window, int(self.unscored * self.window))

    def first(self, graph: NeuralGraph, eta: np.ndarray) -> dict[str, np.ndarray]:
        """No trial done."""
        own = np.concatenate(self._neurons(graph)).tolist()
        for label, at in zip([*self.inputs, *self.actions], own, strict=True):
            if own.count(at) > 1:
                raise InputError(f"node {label!r} is given twice, among inputs and actions", "task")
        kept = {name: np.array(value) for name, value in NUMBERS.items()}
        kept |= {name: np.array(rate) for name, rate in zip(("eta_local", "eta_global"), eta.mean(axis=0), strict=True)}
        kept |= {"sums": np.zeros(2), "blocks": np.zeros((0, len(self.recorded)))}
        try:
            return kept | (self.on_line.first(eta) if self.on_line else {})
        except InputError as error:
            raise error.inside("task") from None

    def _neurons(self, graph: NeuralGraph) -> tuple[np.ndarray, np.ndarray]:
        """(F,) and (A,): the indices of input and action neurons."""
        inputs, actions = ([graph.node(label) for label in labels] for labels in (self.inputs, self.actions))
        return np.array(inputs, np.int64), np.array(actions, np.int64)

    def sense(self, scene: Scene) -> None:
        """One step of a trial."""
        at = scene.step % self.period
        scene.signals |= {self.reward: 0.0, self.dip: 0.0}
        if at == 0:
            self._show(scene)
        elif at == self.choice_at:
            self._choose(scene)
        elif at == self.shown:
            scene.drive[np.concatenate(self._neurons(scene.graph))] = 0.0
        if at == self.reward_at:
            self._tell(scene)

    def _show(self, scene: Scene) -> None:
        """A trial begins."""
        if self.on_line is not None:
            self.on_line.begin(scene.kept, scene.eta, scene.seed)
        inputs, actions = self._neurons(scene.graph)
        context = categorical(np.ones(len(self.features)), scene.seed, 0, scene.step, TASK, CONTEXT_DRAW)
        scene.kept["context"][...] = context
        scene.drive[inputs], scene.drive[actions] = self.features[context], 0.0

    def _choose(self, scene: Scene) -> None:
        """The most active action neuron is the arm."""
        _, actions = self._neurons(scene.graph)
        activation = scene.activation[actions]
        ties = activation == activation.max()
        arm = categorical(ties, scene.seed, 0, scene.step, TASK, TIE_DRAW)
        scene.kept["arm"][...], scene.kept["prediction"][...] = arm, activation[arm]
        scene.drive[actions] = -self.inhibition
        scene.drive[actions[arm]] = self.efference

    def _tell(self, scene: Scene) -> None:
        """The reward becomes signals, and counts."""
        kept = scene.kept
        expected = self.means[int(kept["context"]), int(kept["arm"])]
        reward = float(bernoulli(expected, scene.seed, 0, scene.step, TASK, REWARD_DRAW))
        error = reward - float(kept["prediction"])
        scene.signals |= {self.reward: max(0.0, error), self.dip: max(0.0, -error)}
        kept["error"][...] = error
        if self.on_line is not None:
            self.on_line.score(kept, self.error_weight * error * error - reward, scene.seed)
            kept["eta_local"][...], kept["eta_global"][...] = kept["meta.rates"][0]
        kept["trials"] += 1
        kept["sums"] += [reward, expected]
        self._average(kept)

    def _average(self, kept: dict[str, np.ndarray]) -> None:
        """Mean rewards are those of the last block; of the trials so far, while there is none."""
        done = int(kept["trials"]) % self.block or self.block
        if done == self.block or not len(kept["blocks"]):
            kept["reward"][...], kept["expected_reward"][...] = kept["sums"] / done
        if done == self.block:
            kept["blocks"] = np.vstack([kept["blocks"], [kept[name] for name in self.recorded]])
            kept["sums"][:] = 0.0

    def metrics(self, kept: dict[str, np.ndarray]) -> dict[str, float]:
        """Reward over the last fourth of the blocks, beside what is possible; once there has been a trial.

        ``reward_rate``, ``oracle_rate``, ``random_rate`` per trial; ``expected_rate``, the mean of means[c, a] over the
        same trials, which has the same expectation and less noise; ``fraction`` of the way from random to oracle that
        it is; ``eta_local`` and ``eta_global``; ``trials``.
        """
        oracle, chance = self.rates
        trials, blocks = int(kept["trials"]), kept["blocks"]
        found = {"oracle_rate": oracle, "random_rate": chance, "trials": trials}
        found |= {name: float(kept[name]) for name in ("eta_local", "eta_global")}
        if trials:
            so_far = kept["reward"], kept["expected_reward"]
            reward, expected = blocks[-max(1, len(blocks) // LAST) :, :2].mean(axis=0) if len(blocks) else so_far
            found |= {"reward_rate": float(reward), "expected_rate": float(expected)}
            found["fraction"] = float((expected - chance) / (oracle - chance))
        return found


def table_of(value: Any, key: str) -> np.ndarray:
    """A table of numbers, read-only float64."""
    words = f"got {value!r}; a list of rows of numbers is allowed, a row each context"
    try:
        table = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(words, key) from None
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise InputError(words, key)
    table.setflags(write=False)
    return table


def meta_of(value: Any) -> MetaLearning | None:
    """A rule of meta-learning, given as such or as a table."""
    if value is None or isinstance(value, MetaLearning):
        return value
    if not isinstance(value, dict) or "rule" not in value:
        raise InputError(f'got {value!r}; a table is allowed, {{ rule = "spsa", … }}', "meta")
    try:
        return rule_from_plain(value, MetaLearning, {})  # type: ignore[return-value]
    except InputError as error:
        raise error.inside("meta") from None
