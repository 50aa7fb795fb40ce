"""The contextual bandit: a trial by hand, its probabilities, its books, and that the network learns."""

import numpy as np
import pytest
from oracles import SMALLEST_P, Z
from scipy import stats

import vesicle_abm as va
from vesicle_abm.scenario import Scenario
from vesicle_abm.tasks.task import Scene

FEATURES = [[1.0, 0.5]]
MEANS = [[1.0, 0.0]]  # the first arm always pays, the second never
WEIGHTS = {("x0", "a"): 0.25, ("x1", "a"): 0.5, ("x0", "b"): 0.125, ("x1", "b"): 0.5}
GRAPH = va.NeuralGraph.from_edges([(*ends, {"weight": w}) for ends, w in WEIGHTS.items()], ["x0", "x1", "a", "b"])
GOOD = {"features": FEATURES, "means": MEANS, "inputs": ["x0", "x1"], "actions": ["a", "b"]}
SPSA = {"rule": "spsa", "alpha": 0.5, "low": 1e-4, "high": 0.1, "logarithmic": True}


def bandit(**changes) -> va.ContextualBandit:
    return va.ContextualBandit(**{**GOOD, **changes})


def broadcast(signal: str) -> va.Kind:
    return va.Kind(
        emission=va.SignalEmission(signal=signal, scale=8.0, nodes=["x0"]),
        release=va.ModulatorRelease(amount=2.0),
        delivery="broadcast",
    )


def network(graph=GRAPH, task=None, **settings) -> va.VesicleModel:
    kinds = {name: broadcast(name) for name in ("reward", "dip")}
    return va.VesicleModel(graph, kinds, neurons=va.HMNNeurons(), task=task or bandit(), **settings)


def scene_of(task: va.ContextualBandit, seed: int) -> Scene:
    """A task without a network: four neurons for its labels, silent until a test says otherwise."""
    eta = np.full((GRAPH.size, 2), 0.01)
    zeros = np.zeros(GRAPH.size)
    return Scene(GRAPH, seed, 0, zeros, zeros.copy(), eta, {}, task.first(GRAPH, eta))


def sensed(task, scene: Scene, until: int) -> None:
    """The task's steps, up to the step of the trial named."""
    while True:
        task.sense(scene)
        scene.step += 1
        if (scene.step - 1) % task.period == until:
            return


# A trial by hand


def test_a_trial_runs_as_written_step_by_step():
    """x = (1, 0.5): a answers 0.25 + 0.25 = 0.5, b answers 0.125 + 0.25 = 0.375, so a is chosen and V = 0.5.

    Held up by 1 it then gives 1.5; b, held down by 4, gives 0. r = 1, so reward is 0.5 in step 6 and every level grows
    by 0.5 * 8 births * 2 / 4 nodes = 2.
    """
    model = network(seed=3)
    shown, chosen = [1.0, 0.5], [1.5, 0.0]
    expected = [  # x0, x1, a, b at the end of each step of the trial
        [*shown, 0.0, 0.0],
        [*shown, 0.5, 0.375],
        [*shown, *chosen],
        [*shown, *chosen],
        [*shown, *chosen],
        [0.0, 0.0, 0.5, 0.375],
        [0.0, 0.0, 0.0, 0.0],
        *[[0.0, 0.0, 0.0, 0.0]] * 5,
    ]
    for step, activation in enumerate(expected):
        model.step()
        assert model.state.activation.tolist() == activation, step
        assert model.signals["reward"] == (0.5 if step == 6 else 0.0)
        assert model.signals["dip"] == 0.0
        assert model.state.modulator[:, 0].tolist() == [2.0 if step >= 6 else 0.0] * 4
    kept = model.state.task
    assert (kept["context"], kept["arm"], kept["prediction"], kept["error"], kept["trials"]) == (0, 0, 0.5, 0.5, 1)
    model.step()
    assert model.state.drive.tolist() == [1.0, 0.5, 0.0, 0.0]  # the next trial


def test_an_arm_that_does_not_pay_is_told_by_the_dip():
    """The actions exchanged: a, the more active, is now the arm that never pays: r - V = -0.5."""
    model = network(task=bandit(actions=["b", "a"]), seed=3)
    model.run_for(7)
    assert model.signals["dip"] == 0.5
    assert model.signals["reward"] == 0.0
    assert model.state.modulator[0].tolist() == [0.0, 2.0]
    assert model.metrics["reward_rate"] == 0.0


def test_timing_follows_its_parameters():
    """Chosen as step 1 begins, when no action has seen anything yet; told in step 2; the copy ends with step 3."""
    model = network(task=bandit(period=4, choice_at=1, shown=3, reward_at=2), seed=1)
    drives, signals = [], []
    for _ in range(4):
        model.step()
        drives.append(sorted(model.state.drive[2:].tolist()))
        signals.append(model.signals["reward"] + model.signals["dip"])
    assert drives == [[0.0, 0.0], [-4.0, 1.0], [-4.0, 1.0], [0.0, 0.0]]
    assert signals[0] == signals[1] == signals[3] == 0.0


# Chance


def test_contexts_are_uniform_and_independent_from_trial_to_trial():
    """Chi-square of 3000 contexts, and of their successive pairs; seed 11."""
    task = bandit(
        features=[[1, 0], [0, 1], [1, 1]], means=[[0.9, 0.1]] * 3, period=3, choice_at=1, shown=2, reward_at=2
    )
    scene, contexts = scene_of(task, 11), []
    for _ in range(3000):
        sensed(task, scene, until=2)
        contexts.append(int(scene.kept["context"]))
    assert stats.chisquare(np.bincount(contexts, minlength=3)).pvalue > SMALLEST_P
    pairs = np.array(contexts[::2]) * 3 + contexts[1::2]
    assert stats.chisquare(np.bincount(pairs, minlength=9)).pvalue > SMALLEST_P


def test_rewards_have_the_probabilities_of_the_table_and_ties_are_drawn_evenly():
    """Silent actions tie; each reward is a Bernoulli draw of its cell: error sqrt(n p (1 - p)); seed 12."""
    means = np.array([[0.9, 0.2], [0.5, 0.7]])
    task = bandit(features=[[1, 0], [0, 1]], means=means, period=3, choice_at=1, shown=2, reward_at=2)
    scene, seen, paid = scene_of(task, 12), np.zeros((2, 2)), np.zeros((2, 2))
    for _ in range(4000):
        sensed(task, scene, until=2)
        cell = int(scene.kept["context"]), int(scene.kept["arm"])
        seen[cell] += 1
        paid[cell] += scene.signals["reward"]  # predicted 0: the signal is r
    assert (np.abs(paid - seen * means) < Z * np.sqrt(seen * means * (1 - means))).all()
    assert (np.abs(seen.sum(0) - 2000) < Z * np.sqrt(1000)).all()


def test_the_most_active_action_is_chosen_whatever_its_place():
    task, place = bandit(), {"a": 2, "b": 3}
    for label, arm in (("a", 0), ("b", 1)):
        scene = scene_of(task, 5)
        scene.activation[place[label]] = 0.3
        sensed(task, scene, until=2)
        assert scene.kept["arm"] == arm
        assert scene.kept["prediction"] == 0.3


# Books


def test_oracle_and_random_rates_are_those_of_the_shipped_table():
    """Best arms 0.9, 0.9, 0.8, 0.9: 3.5 / 4; all twelve sum to 5.5: 5.5 / 12."""
    metrics = Scenario.load("contextual_bandit").build().metrics
    assert metrics["oracle_rate"] == pytest.approx(0.875)
    assert metrics["random_rate"] == pytest.approx(5.5 / 12)
    assert metrics["trials"] == 0
    assert "reward_rate" not in metrics


def test_blocks_and_metrics_hold_the_mean_rewards_of_their_trials():
    """Nine trials in blocks of two; the arm is forced. Metrics are of the last complete block, since 4 // 4 = 1."""
    task = bandit(means=[[1.0, 0.25]], block=2)
    scene, forced = scene_of(task, 6), [0, 0, 0, 1, 1, 0, 0, 1, 0]
    rewards = []
    for arm in forced:
        scene.activation[2:] = [1.0 - arm, arm]
        sensed(task, scene, until=task.reward_at)
        error = scene.signals["reward"] - scene.signals["dip"]
        rewards.append(1.0 + error)  # predicted 1
    blocks = scene.kept["blocks"]
    assert blocks[:, 0].tolist() == np.reshape(rewards[:8], (4, 2)).mean(1).tolist()
    assert blocks[:, 1].tolist() == [1.0, 0.625, 0.625, 0.625]
    assert (blocks[:, 2:] == 0.01).all()
    metrics = task.metrics(scene.kept)
    assert metrics["trials"] == 9
    assert metrics["reward_rate"] == blocks[-1, 0]
    assert metrics["expected_rate"] == 0.625
    assert metrics["fraction"] == pytest.approx(0.0)
    assert (metrics["eta_local"], metrics["eta_global"]) == (0.01, 0.01)


def test_metrics_are_of_the_last_fourth_of_the_blocks():
    task = bandit(means=[[1.0, 0.0]], block=1)
    scene = scene_of(task, 6)
    for arm in [1] * 6 + [0] * 2:
        scene.activation[2:] = [1.0 - arm, arm]
        sensed(task, scene, until=task.reward_at)
    assert task.metrics(scene.kept)["reward_rate"] == 1.0
    assert task.metrics(scene.kept)["fraction"] == 1.0


def test_the_loss_is_minus_the_reward_plus_the_weighted_squared_error():
    """One trial a window, r = 1 and V = 0.5: L_meta = 3 * 0.25 - 1."""
    task = bandit(meta=va.SPSA(**{k: v for k, v in SPSA.items() if k != "rule"}), window=1, unscored=0, error_weight=3)
    scene = scene_of(task, 2)
    scene.activation[2] = 0.5
    sensed(task, scene, until=task.reward_at)
    assert scene.kept["meta.losses"].tolist() == [-0.25, 0.0]


# The same bits


def short(**changes) -> Scenario:
    """The shipped scenario with windows and blocks so short that rates move within a few trials."""
    scenario = Scenario.load("contextual_bandit")
    for key, value in {"window": 1, "block": 3, **changes}.items():
        scenario = scenario.override(f"task.{key}", value)
    return scenario


def test_both_views_and_a_run_resumed_amid_a_trial_give_the_same_bits(tmp_path):
    model = short().build(threads=1)
    started = model.state.task["meta.rates"].copy()
    model.run_for(103)
    wanted = model.state.digest()
    assert model.state.task["meta.iteration"] == 4
    assert (model.state.task["meta.rates"] != started).all()
    assert (model.state.eta == model.state.eta[0]).all()
    particles = short().build(view="particles")
    particles.run_for(28)  # 4 steps into the third trial, the context on show
    particles.save(tmp_path / "model.npz")
    resumed = va.VesicleModel.load(tmp_path / "model.npz")
    resumed.view = "compiled"
    for going_on in (particles, resumed):
        going_on.run_for(75)
        assert going_on.state.digest() == wanted
    assert resumed.record.equals(model.record)


def test_a_checkpoint_brings_back_the_rule_of_meta_learning(tmp_path):
    rule = va.SPSA(alpha=np.array([0.5, 0.25]), low=1e-4, high=[0.1, 0.2], logarithmic=True)
    model = network(task=bandit(meta=rule), plasticity=va.Plasticity(modulation=va.Modulation(eta_local=1e-3)))
    model.save(tmp_path / "model.npz")
    task = va.VesicleModel.load(tmp_path / "model.npz").world.task
    assert isinstance(task.meta, va.SPSA)
    assert task.meta.alpha.tolist() == [0.5, 0.25]
    assert (task.meta.low, task.meta.high, task.meta.logarithmic) == (1e-4, [0.1, 0.2], True)
    assert (task.features == FEATURES).all()


def test_rewards_are_those_of_the_trials_so_far_until_there_is_a_block():
    task = bandit(means=[[1.0, 0.0]], block=3)
    scene, seen = scene_of(task, 6), []
    for arm in [0, 1, 1, 0, 1]:
        scene.activation[2:] = [1.0 - arm, arm]
        sensed(task, scene, until=task.reward_at)
        seen.append(float(scene.kept["reward"]))
        assert scene.kept["reward"] == scene.kept["expected_reward"] == task.metrics(scene.kept)["reward_rate"]
    assert seen == pytest.approx([1.0, 0.5, 1 / 3, 1 / 3, 1 / 3])


def test_what_is_recorded_is_the_last_block_and_the_rates():
    model = short(block=2).build()
    model.run_for(50)
    record, kept = model.record, model.state.task
    assert record["task.reward"].iloc[-1] == kept["blocks"][-1, 0]
    assert record["task.eta_global"].iloc[-1] == kept["meta.rates"][0, 1] == model.metrics["eta_global"]


# Refusals

REFUSED = {
    "features: got None; a list of rows of numbers is allowed": {"features": None},
    "features: got [[1, 2], [3]]; a list of rows of numbers is allowed": {"features": [[1, 2], [3]]},
    "features: got [[inf, 0]]; a list": {"features": [[np.inf, 0]]},
    "features: has 3 columns for 2 inputs; one each is allowed": {"features": [[1, 0, 0]]},
    "means: has 3 columns for 2 actions; one each is allowed": {"means": [[1, 0, 0]]},
    "means: has 2 rows, features 1: one each a context": {"means": [[1, 0], [0, 1]]},
    "means: probabilities, from 0 to 1, are allowed": {"means": [[1.5, 0.0]]},
    "means: every arm is as good as any other": {"means": [[0.5, 0.5]]},
    "inputs: got None; a list of 2 node labels is allowed": {"inputs": None},
    "actions: got 'a'; a list of 2 node labels is allowed": {"actions": "a"},
    "shown: got 13; whole numbers up to period = 12 are allowed": {"shown": 13},
    "choice_at: got 5; whole numbers < shown = 5 are allowed": {"choice_at": 5},
    "reward_at: got 2; whole numbers from 3 to 11, after the choice": {"reward_at": 2},
    "reward_at: got 12; whole numbers from 3 to 11": {"reward_at": 12},
    "dip: got 'reward'; text other than 'reward' is allowed": {"dip": "reward"},
    "reward: got 3; text is allowed": {"reward": 3},
    "meta: got 'spsa'; a table is allowed, { rule = \"spsa\", … }": {"meta": "spsa"},
    "meta: got {'alpha': 1.0}; a table": {"meta": {"alpha": 1.0}},
    "meta: no metalearning rule 'spda' is known; import it first; did you mean 'spsa'?": {"meta": {"rule": "spda"}},
    "meta.alpha: got -1; a number > 0 is allowed": {"meta": {**SPSA, "alpha": -1}},
    "meta.alfa: spsa has no such parameter; did you mean 'alpha'?": {"meta": {**SPSA, "alfa": 1}},
    "unscored: got 1; a number >= 0 and < 1 is allowed": {"unscored": 1},
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_makes_no_sense_is_refused(words):
    with pytest.raises(va.InputError) as caught:
        bandit(**REFUSED[words])
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("task.inputs: no node 'x2'; did you mean", {"inputs": ["x0", "x2"]}),
        ("task: node 'a' is given twice, among inputs and actions", {"inputs": ["x0", "a"]}),
        ("task.meta.eta: got 0; from low = 0.0001 to high = 0.1 is allowed", {"meta": SPSA}),
    ],
)
def test_what_the_model_lacks_is_refused(words, changes):
    with pytest.raises(va.InputError) as caught:
        network(task=bandit(**changes))
    assert str(caught.value).startswith(words)


def test_meta_learning_of_rates_that_differ_is_refused():
    plasticity = va.Plasticity(modulation=va.Modulation(eta_local=np.array([1, 1, 1, 2]) * 1e-3))
    with pytest.raises(va.InputError, match=r"^task\.meta: rates differ from neuron to neuron"):
        network(task=bandit(meta=SPSA), plasticity=plasticity)


# Learning


def test_the_network_learns_with_good_rates_and_not_without():
    """400 trials, seed 4. The last 100 expect at least three fourths of the way from random to oracle, against the
    chance of a network that does not learn, which knows nothing of the table: less than one fourth here.
    """
    reached = {}
    for eta_global in (0.015, 0.0):
        scenario = short(block=50).override("plasticity.modulation.eta_local", 1e-4 if eta_global else 0.0)
        scenario = scenario.override("plasticity.modulation.eta_global", eta_global)
        del scenario.data["task"]["meta"]
        model = Scenario(scenario.data).build(seed=4, threads=1)
        model.run_for(400 * 12)
        reached[eta_global] = model.metrics
        assert model.metrics["eta_global"] == pytest.approx(eta_global)
        assert (model.state.eta[:, 1] == eta_global).all()
    assert reached[0.015]["fraction"] > 0.75
    assert reached[0.015]["reward_rate"] > reached[0.015]["random_rate"] + 0.25
    assert reached[0.0]["fraction"] < 0.25


@pytest.mark.slow
def test_the_shipped_run_shows_what_it_says():
    """Its seed, 5; expected rewards, whose error over 400 trials is below 0.02."""
    scenario = Scenario.load("contextual_bandit")
    model = scenario.build(threads=1)
    model.run_for(scenario.steps)
    blocks = model.state.task["blocks"]
    assert len(blocks) == 40
    assert abs(blocks[:4, 1].mean() - 5.5 / 12) < 0.06
    assert blocks[20:, 1].mean() == pytest.approx(0.87, abs=0.01)
    assert blocks[-1, 2] < 2e-4
    assert blocks[10:, 3].max() > 0.015
    assert model.metrics["fraction"] > 0.95
