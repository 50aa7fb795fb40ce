"""Conditioning: a trial by hand, its draws; the reward prediction error against a table of values written again here,
in closed form once it is learned, and as dopamine neurons are found to tell it (Schultz, Dayan and Montague 1997).
"""

import importlib.util
from functools import cache

import numpy as np
import pytest
from oracles import SMALLEST_P, Z, isolated
from PIL import Image
from scipy import stats

import vesicle_abm as va
from vesicle_abm.places import shipped
from vesicle_abm.scenario import Scenario
from vesicle_abm.tasks.task import Scene

SCRIPT = shipped("scenarios") / "conditioning.py"
BASE, SCALE, DELAY, DISCOUNT, RATE, OMITTED = 4.0, 20.0, 10, 0.98, 0.2, 100


def scene_of(task: va.Conditioning, seed: int, nodes: int = 2) -> Scene:
    """A task without a network."""
    graph, zeros, eta = isolated(nodes), np.zeros(nodes), np.zeros((nodes, 2))
    return Scene(graph, seed, 0, zeros, zeros.copy(), eta, {}, task.first(graph, eta))


def sensed(task: va.Conditioning, scene: Scene, steps: int) -> list[tuple[float, float]]:
    """(drive of node 0, reward) of each step; the watched signal is then 100 + step."""
    found = []
    for _ in range(steps):
        task.sense(scene)
        found.append((float(scene.drive[0]), float(scene.signals["reward"])))
        scene.signals["rpe"] = 100.0 + scene.step
        scene.step += 1
    return found


# A trial by hand


def test_trials_run_as_written_step_by_step():
    """Cue in step 3 and, 4 + 3 steps later, in step 10, for 2 steps each; reward of 0.5 in steps 7 and 14."""
    task = va.Conditioning(cue=[0], delay=4, shown=2, strength=1.5, interval=3, size=0.5)
    scene = scene_of(task, seed=1)
    found = sensed(task, scene, 17)
    assert [step for step, (drive, _) in enumerate(found) if drive == 1.5] == [3, 4, 10, 11]
    assert [step for step, (_, reward) in enumerate(found) if reward == 0.5] == [7, 14]
    assert {drive for drive, _ in found} == {0.0, 1.5}
    assert (scene.drive[1:] == 0.0).all()
    assert scene.kept["outcomes"].tolist() == [[1.0, 103.0, 107.0], [1.0, 110.0, 114.0]]
    assert (scene.kept["error_at_cue"], scene.kept["error_at_outcome"]) == (110.0, 114.0)


def test_with_a_delay_of_one_step_both_moments_are_told_apart():
    task = va.Conditioning(cue=[0], delay=1, interval=2)
    scene = scene_of(task, seed=1)
    sensed(task, scene, 9)
    assert scene.kept["outcomes"].tolist() == [[1.0, 102.0, 103.0], [1.0, 105.0, 106.0]]


def test_omitted_trials_have_no_reward_and_metrics_tell_them_apart():
    task = va.Conditioning(cue=[0], delay=2, interval=2, omitted=[1, 3], averaged=2)
    scene = scene_of(task, seed=1)
    assert task.metrics(scene.kept) == {"trials": 0.0}
    sensed(task, scene, 2 + 4 * 5)
    assert scene.kept["outcomes"][:, 0].tolist() == [1.0, 0.0, 1.0, 0.0, 1.0]
    assert task.metrics(scene.kept) == {
        "trials": 5.0,
        "rpe_at_cue_first": 102.0,
        "rpe_at_cue_last": 116.0,  # of 114 and 118
        "rpe_at_reward_first": 104.0,
        "rpe_at_reward_last": 116.0,  # of 112 and 120
        "rpe_at_omission": 112.0,  # of 108 and 116
    }


# Chance


def test_rewards_come_with_their_probability_and_waits_are_uniform():
    """3000 trials, seed 8: error sqrt(n p (1 - p)); chi-square of the waits, and of successive pairs of both."""
    task = va.Conditioning(cue=[0], delay=1, interval=2, jitter=3, probability=0.3)
    scene = scene_of(task, seed=8)
    found = sensed(task, scene, 2 + 3000 * 5)
    cues = np.flatnonzero(np.array(found)[:, 0])
    waits = np.diff(cues) - 3
    came = scene.kept["outcomes"][: len(waits), 0]
    assert abs(came.sum() - 0.3 * len(came)) < Z * np.sqrt(len(came) * 0.21)
    assert stats.chisquare(np.bincount(waits, minlength=4)).pvalue > SMALLEST_P
    pairs = np.bincount(waits[:-1] * 4 + waits[1:], minlength=16)
    assert stats.chisquare(pairs).pvalue > SMALLEST_P
    table = [np.bincount(waits[came == reward], minlength=4) for reward in (0.0, 1.0)]
    assert stats.chi2_contingency(table).pvalue > SMALLEST_P


# The scenario against a table of values


@cache
def finished() -> va.VesicleModel:
    """The shipped scenario, run to its end."""
    scenario = Scenario.load("conditioning")
    model = scenario.build(threads=1)
    model.run_for(scenario.steps)
    return model


@cache
def quick(trials: int, **changes) -> va.VesicleModel:
    """The shipped scenario with cues as close as the line of neurons allows: 16 to 18 steps a trial."""
    scenario = Scenario.load("conditioning").override("task.interval", 6).override("task.jitter", 2)
    for key, value in changes.items():
        scenario = scenario.override(key.replace("__", "."), value)
    model = scenario.build(threads=1)
    while len(model.state.task["outcomes"]) < trials:
        model.step()
    return model


def table_of_values(rewarded, rate: float, discount: float) -> np.ndarray:
    """(T, DELAY + 2) errors at each time since the cue, of TD(0) with a value for each time; Sutton (1988).

    The error at time k is r + discount V(k) - V(k - 1), and changes V(k - 1); before the cue there is no value.
    """
    value, errors = np.zeros(15), []
    for reward in rewarded:
        row = []
        for k in range(DELAY + 2):
            error = (reward if k == DELAY else 0.0) + discount * value[k] - (value[k - 1] if k else 0.0)
            if k:
                value[k - 1] += rate * error
            row.append(error)
        errors.append(row)
    return np.array(errors)


def test_the_error_of_every_trial_is_that_of_a_table_of_values():
    for model in (finished(), quick(300, task__probability=0.5)):
        outcomes = model.state.task["outcomes"]
        expected = table_of_values(outcomes[:, 0], RATE, DISCOUNT)
        assert outcomes[:, 1] == pytest.approx(expected[:, 0], abs=1e-9)
        assert outcomes[:, 2] == pytest.approx(expected[:, DELAY], abs=1e-9)
        signal = model.record["signal.rpe"].to_numpy()
        assert (signal != 0.0).sum() <= (len(outcomes) + 1) * (DELAY + 2)  # between trials there is no error


def test_the_scenarios_numbers_are_those_that_it_tells():
    """First nothing at the cue and 1 at the reward; once learned V at the cue is 0.98**9, its error 0.98**10."""
    metrics = finished().metrics
    assert (metrics["rpe_at_cue_first"], metrics["rpe_at_reward_first"]) == (0.0, 1.0)
    outcomes = finished().state.task["outcomes"]
    assert outcomes[OMITTED - 1, 1] == pytest.approx(DISCOUNT**DELAY, abs=0.003)
    assert round(DISCOUNT**DELAY, 2) == 0.82
    assert metrics["rpe_at_cue_last"] == pytest.approx(DISCOUNT**DELAY, abs=0.003)
    assert metrics["rpe_at_reward_last"] == pytest.approx(0.0, abs=1e-3)
    assert metrics["rpe_at_omission"] == pytest.approx(-1.0, abs=1e-3)


def test_the_burst_moves_back_towards_the_cue_from_trial_to_trial():
    """The largest error of trials 0, 10, 20, 30 comes earlier and earlier; none in between skips to the cue."""
    errors = table_of_values(finished().state.task["outcomes"][:, 0], RATE, DISCOUNT)
    peaks = errors[[0, 10, 20, 30, 99]].argmax(axis=1).tolist()
    assert peaks[0] == DELAY
    assert peaks[-1] == 0
    assert peaks == sorted(peaks, reverse=True)
    assert DELAY > peaks[1] > peaks[2] > peaks[3] > 0


def test_a_reward_every_other_time_is_told_half_by_the_cue_and_half_by_itself():
    """Trials 100 to 300, seed 1: V wanders about 1/2 with variance a / (2 - a) / 4, a the rate, and its correlation is
    (1 - a)**lag, so its mean over n trials has the variance 1 / (4 n); no more have the errors, of which V is a part.
    """
    kept = quick(300, task__probability=0.5).state.task["outcomes"][100:]
    came = kept[:, 0] == 1.0
    error = np.sqrt(1.0 / (4.0 * min(came.sum(), (~came).sum())))
    assert abs(kept[came, 2].mean() - 0.5) < Z * error
    assert abs(kept[~came, 2].mean() + 0.5) < Z * error
    assert abs(kept[:, 1].mean() - 0.5 * DISCOUNT**DELAY) < Z * error
    assert 0.0 < kept[came, 2].min() < kept[came, 2].max() < 1.0


def test_a_shorter_delay_or_no_discount_is_worth_more_and_without_learning_nothing_moves():
    assert quick(99, task__delay=5, task__interval=12).metrics["rpe_at_cue_last"] == pytest.approx(
        DISCOUNT**5, abs=0.003
    )
    undiscounted = quick(99, estimators__rpe__discount=1.0).state.task["outcomes"]
    assert undiscounted[-1, 1] == pytest.approx(1.0, abs=0.01)
    idle = quick(3, estimators__rpe__rate=0.0).metrics
    assert (idle["rpe_at_cue_last"], idle["rpe_at_reward_last"]) == (0.0, 1.0)


# Vesicles at these moments


def script():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("conditioning_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def births_by_error(model: va.VesicleModel) -> tuple[np.ndarray, np.ndarray]:
    """Births of each step, and max(0, base + scale error)."""
    births = np.diff(model.record["dopamine.born"].to_numpy(), prepend=0)
    return births, np.maximum(0.0, BASE + SCALE * model.record["signal.rpe"].to_numpy())


def test_births_are_poisson_about_the_tonic_rate_and_the_error():
    """Sums over all steps, over bursts, over what is between, and over the rest: error sqrt(rate summed); seed 1."""
    births, rate = births_by_error(finished())
    for where in (rate >= 0.0, rate > 18.0, (rate > 4.5) & (rate < 18.0), rate == BASE):
        assert where.sum() > 20
        assert abs(births[where].sum() - rate[where].sum()) < Z * np.sqrt(rate[where].sum())


def test_vesicles_burst_at_the_reward_then_at_the_cue_and_pause_at_the_omission():
    """Two seeds together: Poisson of 24 at the first reward, 20 at a learned cue, 4 at a foretold reward, 0 then."""
    drawn = script()
    rows = [drawn.course(seed, 4400) for seed in (1, 2)]
    cue, reward = drawn.BEFORE, drawn.BEFORE + DELAY
    births = np.array([[c.births[0, reward], c.births[99, cue], c.births[99, reward]] for c in rows])
    expected = len(rows) * np.array([BASE + SCALE, BASE + SCALE * DISCOUNT**DELAY, BASE])
    assert (np.abs(births.sum(axis=0) - expected) < Z * np.sqrt(expected)).all()
    assert births[:, :2].min() > births[:, 2].max()
    assert [int(c.births[OMITTED, reward]) for c in rows] == [0, 0]
    assert min(c.births[OMITTED, cue] for c in rows) > births[:, 2].max()


def test_dopamine_rises_over_the_striatum_after_a_burst():
    """Levels in the five steps after the first reward, in step 30, against the ten before; mean of seeds 1, 2, 3."""
    before, after = [], []
    for seed in (1, 2, 3):
        model = Scenario.load("conditioning").build(seed=seed, threads=1)
        striatum = [i for i, label in enumerate(model.graph.nodes) if str(label).startswith("striatum")]
        levels = []
        for _ in range(36):
            model.step()
            levels.append(model.state.modulator[striatum, 0].mean())
        before.append(np.mean(levels[20:30]))
        after.append(np.mean(levels[31:36]))
        assert model.state.modulator[: model.graph.node("vta"), 0].max() == 0.0  # none comes to the line of neurons
    assert np.mean(after) > 1.5 * np.mean(before) > 0.0


# The same bits


def test_both_views_and_a_run_resumed_between_cue_and_reward_give_the_same_bits(tmp_path):
    scenario = Scenario.load("conditioning").override("task.probability", 0.7)
    model = scenario.build(threads=1)
    model.run_for(140)
    assert len(model.state.task["outcomes"]) == 3
    for stop in (21, 25, 31):  # the error at the cue, and at the reward, are still to be heard
        particles = scenario.build(view="particles")
        particles.run_for(stop)
        particles.save(tmp_path / "model.npz")
        resumed = va.VesicleModel.load(tmp_path / "model.npz")
        resumed.view = "compiled"
        resumed.run_for(140 - stop)
        assert resumed.state.digest() == model.state.digest()
        assert resumed.metrics == model.metrics
    particles.run_for(140 - stop)
    assert particles.state.digest() == model.state.digest()


# Refusals

REFUSED = {
    "cue: got None; a list of node labels is allowed": {"cue": None},
    "cue: got 'lag0'; a list of node labels": {"cue": "lag0"},
    "delay: got 0; a whole number >= 1 is allowed": {"delay": 0},
    "shown: got 11; whole numbers up to delay = 10 are allowed": {"shown": 11},
    "interval: got 1; a whole number >= 2 is allowed": {"interval": 1},
    "jitter: got -1; a whole number >= 0": {"jitter": -1},
    "probability: got 1.1; a number >= 0 and <= 1 is allowed": {"probability": 1.1},
    "omitted: got 3; a list of whole numbers >= 0 is allowed": {"omitted": 3},
    "omitted: got [-1]; a list": {"omitted": [-1]},
    "omitted: got [1.5]; a list": {"omitted": [1.5]},
    "reward: got 1; text is allowed": {"reward": 1},
    "error: got 'reward'; text other than 'reward' is allowed": {"error": "reward"},
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_makes_no_sense_is_refused(words):
    with pytest.raises(va.InputError) as caught:
        va.Conditioning(**{"cue": ["lag0"], **REFUSED[words]})
    assert str(caught.value).startswith(words)


def test_a_cue_that_the_graph_lacks_is_refused():
    with pytest.raises(va.InputError, match=r"^task\.cue: no node 'bell'"):
        va.VesicleModel(isolated(2), {}, neurons=va.HMNNeurons(), task=va.Conditioning(cue=["bell"]))


# The picture


def test_the_script_tells_a_line_a_trial_and_draws_a_picture(tmp_path, capsys):
    script().main(["--out", str(tmp_path / "new"), "--steps", "200", "--seeds", "2"])
    _, first = capsys.readouterr().out.splitlines()
    assert first.startswith("the first trial")
    assert "+0.000" in first
    assert "+1.000" in first
    with Image.open(tmp_path / "new" / "conditioning.png") as picture:
        pixels = np.asarray(picture.convert("L"))
    assert 0.005 < (pixels < 240).mean() < 0.9


def test_the_script_refuses_a_run_without_a_trial(tmp_path, capsys):
    with pytest.raises(SystemExit) as refused:
        script().main(["--out", str(tmp_path / "new"), "--steps", "20"])
    assert refused.value.code == 2
    assert "the first trial is over after 39 steps" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
