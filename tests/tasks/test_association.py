"""Association: a trial by hand, its draws and books; error vesicles bring the error without bias, and synapses learn by
them what the delta rule, written again here in numpy, learns.
"""

from functools import cache

import numpy as np
import pytest
from oracles import SMALLEST_P, Z, isolated, mean_z, poisson_variance_z
from scipy import stats

import vesicle_abm as va
from vesicle_abm.scenario import Scenario
from vesicle_abm.tasks.task import Scene

PATTERNS = [[1.0, 0.0, 0.5], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0]]
TARGETS = [[1.0], [0.0], [0.5]]
INPUTS = ["x0", "x1", "x2"]


def association(**changes) -> va.Association:
    given = {"patterns": PATTERNS, "targets": TARGETS, "inputs": INPUTS, "outputs": ["z"]}
    return va.Association(**{**given, **changes})


def carriers(m: float) -> va.Kind:
    """Vesicles that carry errors: m for an error of 1, each with its sign / m, docking where born."""
    return va.Kind(
        emission=va.SignalEmission(signal="error", sign="both", scale=m),
        content=va.SignalContent(signal="error", take="sign", scale=1.0 / m),
        content_width=1,
        docking=va.ConstantDocking(probability=1.0),
        release=va.ModulatorRelease(component=0),
        lifetime=1,
        clearance=0.02,
    )


def learner(outputs: int, m: float, eta: float = 0.1, seed: int = 1, **changes) -> va.VesicleModel:
    """Copies of one output neuron, each with synapses from the inputs: as many independent learners of one lesson."""
    labels = [f"z{i}" for i in range(outputs)]
    edges = [(x, z, {"weight": 0.0}) for z in labels for x in INPUTS]
    task = association(outputs=labels, targets=np.repeat(TARGETS, outputs, axis=1), **changes)
    rule = va.Plasticity(
        correlation=va.DeltaCorrelation(),
        modulation=va.Modulation(eta_global=eta, weights={"error": 1.0}),
        ablated={"trace": "none"},
    )
    graph = va.NeuralGraph.from_edges(edges, [*INPUTS, *labels])
    neurons = va.HMNNeurons(activation="identity")
    return va.VesicleModel(graph, {"error": carriers(m)}, neurons=neurons, plasticity=rule, task=task, seed=seed)


def scene_of(task: va.Association, seed: int) -> Scene:
    """A task without a network: its neurons, silent until a test says otherwise."""
    labels = [*task.inputs, *task.outputs]
    eta = np.full((len(labels), 2), 0.01)
    graph, zeros = va.NeuralGraph(labels, [], []), np.zeros(len(labels))
    return Scene(graph, seed, 0, zeros, zeros.copy(), eta, {}, task.first(graph, eta))


# A trial by hand


def test_a_trial_runs_as_written_step_by_step():
    """x = (1, 0, 0.5) answered by weights (0.25, 1, 0.5) is 0.5, seen as step 2 begins: the error is 1 - 0.5."""
    weights = zip(INPUTS, (0.25, 1.0, 0.5), strict=True)
    graph = va.NeuralGraph.from_edges([(x, "z", {"weight": w}) for x, w in weights], [*INPUTS, "z"])
    task = association(patterns=[PATTERNS[0]], targets=[TARGETS[0]], period=5, shown=3)
    model = va.VesicleModel(graph, {}, neurons=va.HMNNeurons(), task=task, seed=1)
    x = [1.0, 0.0, 0.5]
    expected = [[*x, 0.0], [*x, 0.5], [*x, 0.5], [0.0, 0.0, 0.0, 0.5], [0.0] * 4]
    for step, activation in enumerate([*expected, [*x, 0.0]]):
        model.step()
        assert model.state.activation.tolist() == activation, step
        assert model.signals["error"].tolist() == [0.0, 0.0, 0.0, 0.5 if step == 2 else 0.0]
    assert (model.state.task["trials"], model.state.task["error"]) == (1, 0.25)


def test_metrics_and_blocks_are_mean_squared_errors_of_their_trials():
    """Always the answer 0.75 to targets 1, 0 and 0.5, over blocks of two trials; seven trials make three blocks."""
    task = association(block=2)
    scene, errors = scene_of(task, 5), []
    scene.activation[3] = 0.75
    for step in range(7 * task.period):
        scene.step = step
        task.sense(scene)
        if step % task.period == task.told_at:
            errors.append((TARGETS[int(scene.kept["pattern"])][0] - 0.75) ** 2)
    assert len(set(errors)) == 2  # 0.25 or 0.75 off
    expected = np.reshape(errors[:6], (3, 2)).mean(axis=1)
    assert scene.kept["blocks"][:, 0].tolist() == expected.tolist()
    metrics = task.metrics(scene.kept)
    assert (metrics["trials"], metrics["error_first"], metrics["error_last"]) == (7, expected[0], expected[2])
    assert metrics["error_ratio"] == expected[2] / expected[0]
    assert "accuracy" not in metrics  # of a target of 0.5 there is none


def test_accuracy_is_the_part_of_answers_on_the_right_side_of_a_half():
    task = association(outputs=["z", "y"], targets=[[1, 0], [1, 0], [1, 1]], block=1)
    scene = scene_of(task, 2)
    scene.activation[3:] = [0.6, 0.4]
    seen = {}
    for step in range(40 * task.period):
        scene.step = step
        task.sense(scene)
        seen[int(scene.kept["pattern"])] = task.metrics(scene.kept).get("accuracy")
    assert seen == {0: 1.0, 1: 1.0, 2: 0.5}


# Chance


def test_patterns_come_all_alike_and_independent_of_the_one_before():
    """Chi-square of 3000 patterns and of their successive pairs; seed 11."""
    task = association(period=3, shown=3)
    scene, came = scene_of(task, 11), []
    for trial in range(3000):
        scene.step = 3 * trial
        task.sense(scene)
        came.append(int(scene.kept["pattern"]))
    assert stats.chisquare(np.bincount(came, minlength=3)).pvalue > SMALLEST_P
    pairs = np.array(came[::2]) * 3 + came[1::2]
    assert stats.chisquare(np.bincount(pairs, minlength=9)).pvalue > SMALLEST_P


def test_drawn_features_and_targets_are_1_with_their_probabilities_and_independent():
    """4000 draws each, seed 3: error sqrt(n p (1 - p)); of neighbours' products likewise with p**2."""
    labels = [f"x{i}" for i in range(40)], [f"z{i}" for i in range(40)]
    task = va.Association(inputs=labels[0], outputs=labels[1], count=100, density=0.3)
    for table, p in zip(task.tables(3, 0), (0.3, 0.5), strict=True):
        assert set(np.unique(table)) == {0.0, 1.0}
        for ones, chance in ((table, p), (table[1:] * table[:-1], p * p), (table[:, 1:] * table[:, :-1], p * p)):
            assert abs(ones.sum() - ones.size * chance) < Z * np.sqrt(ones.size * chance)


def test_at_the_change_what_was_drawn_is_drawn_anew_and_what_was_given_stays():
    labels = [f"x{i}" for i in range(30)]
    task = va.Association(inputs=labels, outputs=["z"], targets=[[1], [0]], change_at=100, block=50)
    before, after = (task.tables(3, trial) for trial in (99, 100))
    assert 0 < (before[0] != after[0]).sum() < before[0].size
    assert before[1].tolist() == after[1].tolist() == [[1.0], [0.0]]
    assert task.tables(3, 0)[0].tolist() == before[0].tolist()
    assert task.tables(3, 500)[0].tolist() == after[0].tolist()
    assert (task.tables(4, 0)[0] != before[0]).any()


def test_the_errors_before_and_after_the_change_are_those_of_the_blocks_beside_it():
    task = va.Association(inputs=["x"], outputs=["z"], targets=[[1]], change_at=4, block=2)
    kept = {"trials": np.array(8), "blocks": np.array([[0.5, 0.0], [0.25, 0.0], [0.75, 0.0], [0.125, 0.0]])}
    metrics = task.metrics(kept)
    assert (metrics["error_before_change"], metrics["error_after_change"]) == (0.25, 0.75)


# Errors carried by vesicles


def test_vesicles_bring_the_error_in_the_mean_with_variance_error_by_m():
    """Errors 0.3, -0.8 and 2 at 3000 neurons each, m = 5: the level is sign N / 5, N Poisson(5 |e|); seed 6."""
    errors, each, m = [0.3, -0.8, 2.0], 3000, 5.0
    graph = isolated(1 + each * len(errors))
    task = va.Association(
        patterns=[[1.0]], targets=[np.repeat(errors, each)], inputs=[0], outputs=list(range(1, graph.size))
    )
    neurons = va.HMNNeurons(activation="identity")
    model = va.VesicleModel(graph, {"error": carriers(m)}, neurons=neurons, task=task, seed=6, threads=1)
    model.run_for(3)
    level = model.state.modulator[1:, 0].reshape(len(errors), each)
    for e, brought in zip(errors, level, strict=True):
        assert abs(mean_z(brought, e, abs(e) / m)) < Z
        assert abs(poisson_variance_z(brought * m * np.sign(e), m * abs(e))) < Z
    model.run_for(1)
    assert np.abs(model.state.modulator).max() < 1e-20  # gone a step later


def delta_rule(model: va.VesicleModel, trials: int, eta: float) -> np.ndarray:
    """(F,) the weights that w <- w + eta (target - w x) x comes to, over the patterns that the model is shown."""
    weight = np.zeros(len(INPUTS))
    for _ in range(trials):
        model.run_for(model.world.task.period)
        x, target = (np.array(table[int(model.state.task["pattern"])]) for table in (PATTERNS, TARGETS))
        weight += eta * (target - weight @ x) * x
    return weight


@pytest.mark.parametrize(("m", "trials"), [(2.0, 12), (2.0, 60), (40.0, 60)])
def test_the_mean_of_many_learners_is_the_delta_rule_however_few_vesicles_carry_the_error(m, trials):
    """The rule is linear and each delivery unbiased, so means agree exactly; 500 learners, error sd / sqrt(500)."""
    model = learner(500, m)
    expected = delta_rule(model, trials, eta=0.1)
    weights = np.stack([model.state.weight[model.graph.source == i] for i in range(len(INPUTS))], axis=1)
    assert (np.abs(mean_z(weights, expected, weights.var(axis=0, ddof=1))) < Z).all()
    assert np.abs(expected).max() > 0.2
    assert 0.002 < weights.std(axis=0).min() < 0.2


def test_with_many_vesicles_each_learner_follows_the_delta_rule():
    model = learner(1, m=8000.0)
    expected = delta_rule(model, 60, eta=0.1)
    assert model.state.weight == pytest.approx(expected, abs=0.02)


# The same bits


def test_both_views_and_a_run_resumed_amid_a_trial_give_the_same_bits(tmp_path):
    scenario = Scenario.load("learn_by_error").override("task.block", 10).override("task.change_at", 20)
    model = scenario.build(threads=1)
    model.run_for(130)
    particles = scenario.build(view="particles")
    particles.run_for(38)  # as step 2 of a trial begins
    particles.save(tmp_path / "model.npz")
    resumed = va.VesicleModel.load(tmp_path / "model.npz")
    resumed.view = "compiled"
    for going_on in (particles, resumed):
        going_on.run_for(92)
        assert going_on.state.digest() == model.state.digest()
    assert resumed.record.equals(model.record)
    assert resumed.metrics == model.metrics
    assert {"error_before_change", "error_after_change", "accuracy"} <= set(model.metrics)


# Refusals

REFUSED = {
    "inputs: got None; a list of node labels is allowed": {"inputs": None},
    "outputs: got 'z'; a list of node labels is allowed": {"outputs": "z"},
    "patterns: got [[1, 2]]; a list of rows of 3 numbers is allowed": {"patterns": [[1, 2]]},
    "patterns: got [[1, 2, inf]]; a list of rows": {"patterns": [[1, 2, np.inf]]},
    "targets: got []; a list of rows of 1 numbers": {"targets": []},
    "targets: got 'x'; a list of rows of 1 numbers": {"targets": "x"},
    "targets: has 1 rows, patterns 3: one each": {"targets": [[1]]},
    "count: got 0; a whole number >= 1 is allowed": {"count": 0},
    "density: got 1.5; a number >= 0 and <= 1 is allowed": {"density": 1.5},
    "told_at: got 4; whole numbers < period = 4 are allowed": {"told_at": 4},
    "told_at: got 1; a whole number >= 2 is allowed": {"told_at": 1},
    "shown: got 5; whole numbers from told_at = 2 to period = 4": {"shown": 5},
    "shown: got 2; whole numbers from told_at = 3 to period = 4": {"shown": 2, "told_at": 3},
    "change_at: got 70; multiples of block = 50 are allowed": {"change_at": 70, "targets": None},
    "change_at: patterns and targets are given": {"change_at": 50},
    "error: got 3; text is allowed": {"error": 3},
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_makes_no_sense_is_refused(words):
    with pytest.raises(va.InputError) as caught:
        association(**REFUSED[words])
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("task.inputs: no node 'x3'; did you mean", {"inputs": ["x0", "x1", "x3"]}),
        ("task: node 'x0' is given twice, among inputs and outputs", {"outputs": ["x0"]}),
    ],
)
def test_what_the_graph_lacks_is_refused(words, changes):
    graph = va.NeuralGraph([*INPUTS, "z"], [], [])
    with pytest.raises(va.InputError) as caught:
        va.VesicleModel(graph, {}, neurons=va.HMNNeurons(), task=association(**changes))
    assert str(caught.value).startswith(words)


# What the scenario claims


@cache
def finished(m: float, seed: int) -> va.VesicleModel:
    """The shipped scenario with m vesicles for an error of 1, run to its end."""
    scenario = Scenario.load("learn_by_error").override("kinds.error.emission.scale", m)
    scenario = scenario.override("kinds.error.content.scale", 1.0 / m)
    model = scenario.build(seed=seed, threads=1)
    model.run_for(scenario.steps)
    return model


def test_the_scenario_has_twenty_vesicles_for_an_error_of_1():
    kind = Scenario.load("learn_by_error").build().world.kinds["error"]
    assert (kind.emission.scale, kind.content.scale) == (20.0, 1.0 / 20.0)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_scenarios_error_falls_a_thousandfold_and_every_answer_is_right(seed):
    metrics = finished(20.0, seed).metrics
    assert metrics["trials"] == 1000
    assert 0.12 < metrics["error_first"] < 0.17
    assert metrics["error_last"] < 3e-4
    assert metrics["accuracy"] == 1.0


def test_the_scenarios_numbers_are_those_that_it_tells():
    metrics, born = finished(20.0, 1).metrics, finished(20.0, 1).counts["born"]
    assert metrics["error_first"] == pytest.approx(0.15, abs=0.01)
    assert metrics["error_last"] == pytest.approx(1e-4, rel=0.1)
    assert 3500 < born < 4500


def test_as_errors_cease_so_do_vesicles():
    born = finished(20.0, 1).record["error.born"]
    assert born.loc[4000] - born.loc[3000] < 0.1 * born.loc[1000]


def test_the_fewer_vesicles_carry_it_the_more_error_is_left():
    left = {m: finished(m, 1).metrics["error_last"] for m in (20.0, 2.0, 0.5)}
    assert left[2.0] == pytest.approx(0.007, abs=0.001)
    assert finished(0.5, 1).metrics["error_ratio"] == pytest.approx(1 / 3, abs=0.05)
    assert left[0.5] > 10 * left[2.0] > 100 * left[20.0]
