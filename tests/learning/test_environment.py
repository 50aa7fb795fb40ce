"""Scenarios as gymnasium environments: both checkers, the same bits, what is told, and what is refused."""

import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as check_for_sb3

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.learning.environment import episode_seed

ID = "vesicle_abm.learning.environment:VesicleABM/Delivery-v0"
WHOLE = {"hold": 3, "most_births": 0.5, "observe": ["task.demand", "occupancy.courier", "level.courier", "task.open"]}
BANDIT = {"scenario": "contextual_bandit", "kind": "reward", "most_births": 5.0, "most_pull": 0.0, "steps": 30}
PAVLOV = {"scenario": "conditioning", "kind": "dopamine", "sources": ["vta"], "steps": 30}


def played(env: va.VesicleEnv, seed: int = 5, decisions: int = 20) -> list:
    """The digests, observations and rewards of an episode whose actions are drawn from the seed."""
    observation, _ = env.reset(seed=seed)
    found = [(env.model.state.digest(), observation.tolist(), None)]
    for step in range(decisions):
        action = 2.0 * va.uniform(seed, np.arange(env.controls.size), step, "user") - 1.0
        observation, reward, _, _, _ = env.step(action)
        found.append((env.model.state.digest(), observation.tolist(), reward))
    return found


@pytest.mark.parametrize(
    "options", [{"steps": 30}, {**WHOLE, "steps": 30}, {**BANDIT}], ids=["plain", "held", "bandit"]
)
def test_both_checkers_pass_it_without_a_warning(options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(ID, **options, render_mode="rgb_array").unwrapped
        check_env(env)
        check_for_sb3(env)


def test_it_is_made_by_its_id_alone_and_several_at_a_time():
    env = gymnasium.make(ID, steps=12)
    observation, info = env.reset(seed=3)
    assert info == {"time": 0, "seed": 3}
    assert observation.shape == (16,)
    several = gymnasium.make_vec(ID, num_envs=3, vectorization_mode="sync", steps=12)
    observations, infos = several.reset(seed=3)
    assert infos["seed"].tolist() == [3, 4, 5]
    assert observations.shape == (3, 16)
    for _ in range(12):
        *_, truncated, _ = several.step(several.action_space.sample())
    assert truncated.all()


def test_the_same_seed_and_actions_give_the_same_bits_in_both_views():
    first = played(va.VesicleEnv(**WHOLE))
    assert played(va.VesicleEnv(**WHOLE)) == first
    assert played(va.VesicleEnv(**WHOLE, view="particles")) == first
    assert played(va.VesicleEnv(**WHOLE), seed=6) != first


def test_episodes_after_a_seeded_one_have_seeds_of_their_own_again_and_again():
    env, found = va.VesicleEnv(steps=5), []
    for _ in range(2):
        seeds = [env.reset(seed=9)[1]["seed"], *(env.reset()[1]["seed"] for _ in range(3))]
        assert seeds == [9, *(episode_seed(9, k) for k in (1, 2, 3))]
        found.append(seeds)
    assert found[0] == found[1]
    assert len(set(found[0])) == 4


def test_rewards_are_the_tasks_over_the_steps_for_which_a_decision_holds():
    """An episode of 20 steps in decisions of 3: 7, the last one of 2 steps."""
    env = va.VesicleEnv(steps=20, hold=3)
    env.reset(seed=1)
    rewards, times, over = [], [], False
    while not over:
        _, reward, terminated, over, info = env.step(np.ones(10))
        rewards.append(reward)
        times.append(info["time"])
        assert not terminated
    assert times == [3, 6, 9, 12, 15, 18, 20]
    assert sum(rewards) == pytest.approx(float(env.model.state.task["earned"]))
    assert sum(rewards) < 0.0
    with pytest.raises(InputError, match=r"the episode of 20 steps is over; reset\(\) first"):
        env.step(np.ones(10))


def test_an_action_sets_births_at_the_sources_and_the_pull_of_every_node():
    env = va.VesicleEnv(most_births=3.0, most_pull=2.0)
    env.reset(seed=1)
    env.step(np.array([-1.0, 1.0, *np.linspace(-1.0, 1.0, 8)]))
    tables = env.model.world.tables["courier"]
    assert tables.rate().tolist() == [0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0]
    climb = 4.0 / 7.0
    stay, weights = tables.way_weights()
    assert stay.tolist() == [0.5] * 8
    start = np.repeat(np.arange(8), np.diff(tables.ways.indptr))
    up = dict(zip(zip(start.tolist(), tables.ways.end.tolist(), strict=True), weights, strict=True))
    assert up[2, 3] == pytest.approx(np.exp(climb))
    assert up[3, 2] == pytest.approx(np.exp(-climb))
    assert up[0, 7] == pytest.approx(np.exp(4.0))


def test_what_is_not_controlled_keeps_its_own_rule():
    scenario = va.Scenario.load("delivery")
    for name, options in (("emission", {"most_births": 0.0}), ("migration", {"most_pull": 0.0})):
        env = va.VesicleEnv(scenario, **options)
        kinds = env.controls.scenario.data["kinds"]["courier"]
        assert kinds[name] == scenario.data["kinds"]["courier"][name]
        assert env.action_space.shape == ((8,) if name == "emission" else (2,))


def test_observations_are_what_their_names_say():
    env = va.VesicleEnv(observe=["occupancy.courier", "task.demand", "task.open"], steps=30)
    env.reset(seed=2)
    for _ in range(30):
        observation, *_ = env.step(np.zeros(10))
    state = env.model.state
    assert observation.tolist() == [*env.model.occupancy()[0], *state.task["demand"], state.task["open"]]
    assert (env.observed[0], env.observed[-1]) == ("occupancy.courier[0]", "task.open")


@pytest.mark.parametrize("options", [BANDIT, PAVLOV], ids=["bandit", "conditioning"])
def test_other_scenarios_whose_tasks_tell_a_reward_are_environments_too(options):
    env = va.VesicleEnv(**options)
    found = played(env, decisions=30)
    assert all(np.isfinite(reward) for _, _, reward in found[1:])
    assert env.model.counts["born"] > 0


def test_a_picture_shows_vesicles_where_they_are():
    env = va.VesicleEnv(render_mode="rgb_array", most_births=5.0)
    env.reset(seed=1)
    empty = env.render()
    env.step(np.ones(10))
    busy = env.render()
    assert empty.shape == busy.shape == (480, 480, 3)
    assert empty.dtype == np.uint8
    assert (empty != busy).any()
    assert va.VesicleEnv().render() is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scenario": "random_walk"}, "scenario: has no task"),
        ({"scenario": "double_bridge", "kind": "forager"}, "reward: the task 'path_choice' names none"),
        ({"scenario": "contextual_bandit"}, "kind: is missing; one of reward, dip is allowed"),
        ({"kind": "curier"}, "kind: got 'curier'; did you mean 'courier'?"),
        ({"kind": ["courier"]}, "kind: got ['courier']; did you mean 'courier'?"),
        ({"reward": "demnd"}, "reward: got 'demnd'; did you mean 'demand'?"),
        ({"scenario": 3}, "scenario: got 3; the name of a shipped one or the path of a file"),
        ({"sources": [0, 9]}, "sources: "),
        ({"sources": [0, 0]}, "sources: 0 stands twice; each node once"),
        ({"sources": []}, "sources: got []; a list of labels"),
        ({"sources": 0}, "sources: got 0; a list of labels"),
        ({"view": "density"}, "view: got 'density'; "),
        ({"most_births": 20_000.0}, "most_births: got 20000.0; a node bears at most 16384 vesicles a step"),
        ({"most_births": "many"}, "most_births: got 'many'; a finite number >= 0"),
        ({"most_births": -1.0}, "most_births: got -1.0; a finite number >= 0"),
        ({"most_births": 0.0, "most_pull": 0}, "most_births: is 0, and most_pull is 0: nothing is controlled"),
        ({"observe": ["occupancy.curier"]}, "observe: got 'occupancy.curier'; did you mean 'occupancy.courier'?"),
        ({"observe": "activation"}, "observe: got 'activation'; a list of names"),
        ({"observe": 5}, "observe: got 5; a list of names"),
        ({"hold": 0}, "hold: got 0; a whole number >= 1"),
        ({"steps": 1.5}, "steps: got 1.5; a whole number >= 1"),
        ({"render_mode": "human"}, "render_mode: got 'human'; "),
    ],
)
def test_what_is_not_allowed_is_named(options, words):
    with pytest.raises(InputError) as refused:
        va.VesicleEnv(**options)
    assert str(refused.value).startswith(words)


def test_as_many_births_as_are_allowed_can_be_born():
    env = va.VesicleEnv(sources=[0], most_births=15_360.0, most_pull=0.0, steps=3)
    env.reset(seed=1)
    env.step([1.0])
    assert 15_360 - 8 * 124 < env.model.counts["born"] < 16_384


def test_actions_and_options_that_are_none_are_refused():
    env = va.VesicleEnv(steps=5)
    env.reset(seed=1)
    others = (["up"] * 10, [None] * 10, np.full(10, 1j), [[0.0], [0.0, 1.0]])
    for action in (np.zeros(3), np.full(10, np.nan), *others):
        with pytest.raises(InputError, match=r"(?s)action: got .*; 10 finite numbers from -1 to 1"):
            env.step(action)
    with pytest.raises(InputError, match="options: got"):
        env.reset(options={"calls": 3})


@pytest.mark.parametrize(
    ("missing", "module", "extra"),
    [("gymnasium", "environment", "rl"), ("torch", "policy", "learn")],
)
def test_where_a_package_is_missing_the_extra_is_named(missing, module, extra):
    code = f"import sys; sys.modules[{missing!r}] = None\ntry:\n    import vesicle_abm.learning.{module}\n"
    code += "except ImportError as error:\n    print(error)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith(f'which is not installed: pip install "vesicle-abm[{extra}]"')
