"""VesicleEnv: a scenario as a gymnasium environment, whose agent says when vesicles are born and which way they go.

==================== ===================================================================================================
of a decision        what it is
==================== ===================================================================================================
action               Box(-1, 1, (S + N,)): for each of the S sources the rate of births, 0 at -1 and ``most_births`` at
                     1; then for each of the N nodes its pull, ``most_pull`` times the action: see ``controls``
observation          Box (D,): the numbers that ``observe`` names, as they are: see ``observing``
reward               the task's signal ``reward``, summed over the ``hold`` steps for which the decision holds. A task
                     tells of a step as the next one begins, so the last of an episode goes untold
end                  truncated after ``steps`` steps of the model; never terminated
==================== ===================================================================================================

All chance is the model's, so the same seed and actions give the same bits. Importing this module registers
``VesicleABM/Delivery-v0``: ``gymnasium.make("vesicle_abm.learning.environment:VesicleABM/Delivery-v0")``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

try:
    import gymnasium
except ImportError as missing:
    words = 'this environment needs gymnasium, which is not installed: pip install "vesicle-abm[rl]"'
    raise ImportError(words) from missing

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.random import uniform
from vesicle_abm.core.stages import EPISODE
from vesicle_abm.learning.checks import count
from vesicle_abm.learning.controls import Controls
from vesicle_abm.learning.observing import Observer
from vesicle_abm.learning.picture import raster
from vesicle_abm.model import VesicleModel
from vesicle_abm.scenario import Scenario
from vesicle_abm.views.step import VIEWS

SEEDS = 2**64  # of models
LARGEST = float(np.finfo(np.float32).max)
RGB_ARRAY = "rgb_array"


class VesicleEnv(gymnasium.Env[np.ndarray, np.ndarray]):
    """A scenario with a task that gives a reward, and an agent in control of one kind of vesicles.

    Parameters
    ----------
    scenario : a shipped name, a path, or a Scenario
    kind : the kind that is controlled; none: the only one
    sources : labels of the nodes where it may be born; none: those that its own emission names, else all
    most_births : births a step at a source at most; 0: the kind's own emission stays
    most_pull : pull of a node at most, see ``SignalMigration``; 0: the kind's own migration stays
    reward : name of the task's signal that is the reward; none: the one that the task calls so
    observe : names of what is seen, see ``observing``; none: activation and occupancies
    hold : steps for which a decision holds
    steps : steps of an episode; none: the scenario's
    view : of the model, "compiled" or "particles": the same bits
    render_mode : "rgb_array", or none

    Raises
    ------
    InputError
        naming what is not allowed, or what the scenario lacks.

    >>> env = VesicleEnv("delivery", steps=50)
    >>> observation, info = env.reset(seed=7)
    >>> observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
    >>> info["time"], env.observed[0]
    (1, 'activation[0]')
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": [RGB_ARRAY], "render_fps": 8}  # type: ignore[misc]

    def __init__(
        self,
        scenario: str | Scenario = "delivery",
        *,
        kind: str | None = None,
        sources: list | None = None,
        most_births: float = 1.0,
        most_pull: float = 2.0,
        reward: str | None = None,
        observe: Sequence[str] | None = None,
        hold: int = 1,
        steps: int | None = None,
        view: str = "compiled",
        render_mode: str | None = None,
    ):
        given = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
        if render_mode not in (None, RGB_ARRAY):
            raise InputError(f"got {render_mode!r}; {nearest(render_mode, [RGB_ARRAY])}", "render_mode")
        if view not in VIEWS:
            raise InputError(f"got {view!r}; {nearest(view, VIEWS)}", "view")
        self.render_mode, self.view = render_mode, view
        self.reward = reward_of(given, reward)
        self.hold, self.steps = count(hold, "hold"), count(given.steps if steps is None else steps, "steps")
        self._graph = given.build().graph
        self.controls = Controls(given, self._graph, kind, sources, most_births, most_pull)
        self.model = self._begun(given.seed)
        self._observer = Observer(self.model, observe)
        self._episode, self._earned = 0, 0.0
        size = len(self._observer.observed)
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (self.controls.size,), np.float32)
        self.observation_space = gymnasium.spaces.Box(-LARGEST, LARGEST, (size,), np.float32)

    @property
    def observed(self) -> list[str]:
        """(D,) a name for each number of an observation, say "occupancy.courier[3]"."""
        return self._observer.observed

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[np.ndarray, dict]:
        """A new episode: the first after a seed runs the model with that seed, the next ones with seeds drawn from it.

        Raises
        ------
        InputError
            for options; there are none.
        """
        if options:
            raise InputError(f"got {options!r}; there are none", "options")
        super().reset(seed=seed)
        self._episode = 0 if seed is not None else self._episode + 1
        self.model = self._begun(episode_seed(self.np_random_seed % SEEDS, self._episode))
        self._earned = 0.0
        return self._observer.look(self.model), self._info()

    def _begun(self, seed: int) -> VesicleModel:
        controls = self.controls
        model = controls.scenario.build(seed, self.view, threads=1, graph=self._graph, given=controls.given)
        model.recorder.every = 0
        return model

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict]:
        """One decision, and the ``hold`` steps for which it holds; fewer where the episode ends."""
        numbers, model, reward = self._numbers(action), self.model, 0.0
        if model.time >= self.steps:
            raise InputError(f"the episode of {self.steps} steps is over; reset() first", "step")
        model.signals.update(self.controls.signals(numbers))
        for _ in range(min(self.hold, self.steps - model.time)):
            model.step()
            reward += float(np.sum(model.signals[self.reward]))
        self._earned += reward
        return self._observer.look(model), reward, False, model.time >= self.steps, self._info()

    def _numbers(self, action) -> np.ndarray:
        """(S + N,) an action, refused where it is none."""
        try:
            found = np.asarray(action)
        except ValueError:  # rows of different lengths
            found = np.empty(0, dtype=object)
        good = found.dtype.kind in "iuf" and found.shape == self.action_space.shape and np.isfinite(found).all()
        if not good:
            words = f"got {action!r}; {self.controls.size} finite numbers from -1 to 1 are allowed"
            raise InputError(words, "action")
        return found

    def _info(self) -> dict:
        return {"time": self.model.time, "seed": self.model.state.seed}

    def render(self) -> np.ndarray | None:
        """(H, W, 3) uint8: vesicles, activation and pull over the graph; None where ``render_mode`` is none."""
        if self.render_mode is None:
            return None
        return raster(self.model, self.controls, f"step {self.model.time}, reward {self._earned:+.1f}")


def episode_seed(root: int, episode: int) -> int:
    """The seed of the model in an episode, counted from 0: the root itself, then drawn from it."""
    return root if episode == 0 else int(uniform(root, episode, 0, EPISODE) * 2**32)


def reward_of(scenario: Scenario, name: str | None) -> str:
    """The signal that is the reward: the one named, or the one that the task calls so."""
    task = scenario.table.task
    if task is None:
        raise InputError(
            "has no task, so nothing rewards an agent; a scenario with a table [task] is allowed", "scenario"
        )
    told = [getattr(task, field) for field in task.tells or ()]
    if name is None and not isinstance(getattr(task, "reward", None), str):
        raise InputError(f"the task {task.name!r} names none; {nearest('', told)}", "reward")
    if name is not None and task.tells is not None and name not in told:
        raise InputError(f"got {name!r}; {nearest(name, told)}", "reward")
    return str(task.reward) if name is None else name


gymnasium.register(
    "VesicleABM/Delivery-v0", entry_point=f"{__name__}:VesicleEnv", kwargs={"scenario": "delivery", "steps": 200}
)
