"""Path memory: what is stored where, and what is recalled, by hand; restarts; refusals."""

import numpy as np
import pytest
from oracles import SMALLEST_P, Z
from path_memory_worlds import PERIOD, THREE, blending, one_round, scenario, task
from scipy import stats

import vesicle_abm as va
from vesicle_abm.scenario import Scenario
from vesicle_abm.tasks.path_memory import ANSWERED, CORRECT, OVERLAP, PATTERN
from vesicle_abm.tasks.task import Scene


def scene_of(rule: va.PathMemory, seed: int, width: int = 8, slots: int = 2) -> Scene:
    """A task without vesicles."""
    eta, zeros = np.zeros((3, 2)), np.zeros(3)
    kept = rule.first(THREE, eta)
    return Scene(THREE, seed, 0, zeros, zeros.copy(), eta, {}, kept, np.zeros((3, slots, width)))


# The trials by hand


def test_patterns_and_cues_come_in_at_the_input_for_one_step_each():
    """Two patterns of four steps each: stored in steps 0 and 4, asked for in 8, 12, 16 …; 2 of 8 signs are flipped."""
    rule = task(patterns=2, period=4, noise=0.25)
    scene = scene_of(rule, seed=5)
    shown = {}
    for step in range(20):
        scene.step = step
        rule.sense(scene)
        signals = {name: scene.signals[name].tolist() for name in ("store", "cue")}
        if any(map(any, signals.values())):
            name = "store" if any(signals["store"]) else "cue"
            assert signals[name] == [1.0, 0.0, 0.0]
            shown[step] = name, scene.signals["pattern"].copy()
        else:
            assert not scene.signals["pattern"].any()
    assert {step: name for step, (name, _) in shown.items()} == {0: "store", 4: "store", 8: "cue", 12: "cue", 16: "cue"}
    patterns = scene.kept["patterns"]
    assert np.array_equal(shown[0][1], patterns[0])
    assert np.array_equal(shown[4][1], patterns[1])
    for step, number in {8: 0, 12: 1, 16: 0}.items():
        assert (shown[step][1] != patterns[number]).sum() == 2


def test_an_answer_is_scored_by_its_cosine_and_correct_if_no_other_pattern_is_nearer():
    """Patterns x, y, z, asked for in turn. Answers: x in two slots; x + 2 y; z + y, a tie; nothing; y."""
    rule = task(patterns=3, period=2)
    scene = scene_of(rule, seed=1)
    rule.sense(scene)
    x, y, z = scene.kept["patterns"][...] = np.array(
        [[1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, -1, -1, -1, -1], [1, 1, -1, -1, 1, 1, -1, -1]], float
    )
    scene.step = 6  # three were stored
    rule.sense(scene)
    for answer in ([x, 2 * x], [x, 2 * y], [z, y], [0 * x, 0 * x], [y, 0 * x]):
        assert not scene.memory[2].any()
        scene.memory[2] = answer
        scene.step += 2
        rule.sense(scene)
    found = scene.kept["recalls"]
    assert found[:, PATTERN].tolist() == [0, 1, 2, 0, 1]
    assert found[:, OVERLAP] == pytest.approx([1.0, 2 / 5**0.5, 1 / 2**0.5, 0.0, 1.0])
    assert found[:, CORRECT].tolist() == [1, 1, 0, 0, 1]
    assert found[:, ANSWERED].tolist() == [1, 1, 1, 0, 1]
    metrics = rule.metrics(scene.kept)
    assert (metrics["recall_accuracy"], metrics["answered"]) == (0.6, 0.8)
    assert (metrics["chance"], metrics["load"], metrics["recalls"]) == (1 / 3, 3 / 2, 5)


def test_with_lures_an_answer_is_compared_with_patterns_that_never_were():
    """x + 2 y, asked for x: y is nearer, but not among the seven lures, which the eighth of 256 signs are far from."""
    rule = task(patterns=2, period=2, lures=7)
    scene = scene_of(rule, seed=1, width=256)
    for step in (0, 4):
        scene.step = step
        rule.sense(scene)
    x, y = scene.kept["patterns"]
    scene.memory[2, 0] = x + 2 * y
    scene.step = 6
    rule.sense(scene)
    assert scene.kept["recalls"][0, CORRECT] == 1
    assert rule.metrics(scene.kept)["chance"] == 1 / 8


# Chance


def test_signs_are_alike_often_and_independent():
    """20,000 signs; overlaps of 200 patterns have variance 1 / 100; seed 4. The flips fall on all components alike."""
    rule = task(patterns=200, period=2, noise=0.1)
    scene = scene_of(rule, seed=4, width=100)
    rule.sense(scene)
    patterns = scene.kept["patterns"]
    assert set(patterns.ravel()) == {-1.0, 1.0}
    assert abs(patterns.sum()) < Z * np.sqrt(patterns.size)
    overlap = (patterns @ patterns.T / 100)[np.triu_indices(200, 1)]
    assert abs(overlap.mean()) < Z * 0.1 / np.sqrt(len(overlap))
    assert abs(np.var(overlap) * 100 - 1) < Z * np.sqrt(2 / len(overlap))
    flips = np.zeros(100)
    for trial in range(200, 600):
        scene.step = 2 * trial
        rule.sense(scene)
        flips += scene.signals["pattern"] != patterns[trial % 200]
    assert flips.sum() == 400 * 10
    assert stats.chisquare(flips).pvalue > SMALLEST_P


# Where it is written, it stays


def held(docked: list[np.ndarray], slots: int, fades: bool) -> list[bool]:
    """Whether each pattern is still in a slot of some node: one list of slots a node, replayed in plain Python."""
    nodes: dict[int, list[int]] = {}
    for number, counts in enumerate(docked):
        for node in np.flatnonzero(counts).tolist():
            slot = nodes.setdefault(node, [])
            if len(slot) == slots:
                slot.pop(0)  # the oldest, which has faded most; without fading the first slot, the same again and again
                slot.insert(0 if not fades else len(slot), number)
            else:
                slot.append(number)
    return [any(number in slot for slot in nodes.values()) for number in range(len(docked))]


@pytest.mark.parametrize(("slots", "tau"), [(1, 2e4), (2, 2e4), (3, None), (4, 2e4)])
def test_a_pattern_is_recalled_if_and_only_if_a_slot_still_holds_it(slots, tau):
    """30 patterns, too many; the oldest slot is overwritten, or without fading always the first. Without noise."""
    source = scenario(slots=slots, patterns=30, noise=0.0)
    if tau is None:
        del source.data["memory"]["tau"]
        source = Scenario(source.data)
    model, docked = source.build(seed=6), []
    for _ in range(30):
        before = model.state.docked[0].copy()
        model.run_for(PERIOD)
        docked.append(model.state.docked[0] - before)
    expected = held(docked, slots, fades=tau is not None)
    model.run_for(30 * PERIOD + 1)
    recalls = model.state.task["recalls"]
    assert recalls[:, CORRECT].astype(bool).tolist() == expected
    assert 3 < sum(expected) < 30
    assert recalls[:, OVERLAP] == pytest.approx(np.array(expected, float), abs=1e-6)


def test_writers_leave_the_input_and_the_output_empty_and_use_all_nodes_between_alike():
    """Chi-square of some 2400 dockings over the twelve nodes; seed 3."""
    model = scenario(copies=100.0, patterns=24).build(seed=3)
    model.run_for(24 * PERIOD)
    docked = model.state.docked[0]
    assert docked[0] == docked[-1] == 0
    assert not model.state.memory[[0, -1]].any()
    assert stats.chisquare(docked[1:-1]).pvalue > SMALLEST_P


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_recall_is_perfect_below_capacity_without_noise(seed):
    """No more patterns than a node has slots: none can be overwritten. P(one of four has no copy) = 4 exp(-12)."""
    model = scenario(patterns=4, slots=4, noise=0.0, copies=12.0).build(seed=seed)
    recalls = one_round(model, 4, PERIOD)
    assert recalls[:, [CORRECT, ANSWERED]].all()
    assert recalls[:, OVERLAP] == pytest.approx(1.0)
    metrics = model.metrics
    assert (metrics["recall_accuracy"], metrics["answered"], metrics["load"]) == (1.0, 1.0, 4 / 48)


# The same again


def test_a_restart_in_the_middle_of_a_recall_goes_on_with_the_same_bits(tmp_path):
    model = scenario(patterns=6).build(seed=8)
    model.run_for(6 * PERIOD + 2 * PERIOD + 5)
    assert model.counts_by_kind["cue"]["alive"] + model.counts_by_kind["answer"]["alive"] > 0
    model.save(tmp_path / "half.npz")
    again = va.VesicleModel.load(tmp_path / "half.npz")
    for each in (model, again):
        each.run_for(5 * PERIOD)
    assert again.state.digest() == model.state.digest()
    assert again.metrics == model.metrics
    assert again.metrics["recalls"] == 7
    assert again.record.equals(model.record)


def test_both_views_give_the_same_bits():
    models = [scenario(patterns=2, noise=0.2).build(seed=2, view=view) for view in ("compiled", "particles")]
    for model in models:
        model.run_for(3 * PERIOD + 4)
    assert models[0].state.digest() == models[1].state.digest()
    assert models[0].metrics == models[1].metrics
    assert models[0].metrics["recalls"] == 1


# Refusals


REFUSED = {
    "task.input: no node 'inn'; did you mean 'in'?": {"input": "inn"},
    "task.output: got 'in', which is the input; another node is allowed": {"output": "in"},
    "patterns: got 0; a whole number >= 1": {"patterns": 0},
    "noise: got 0.6; a number >= 0 and <= 0.5": {"noise": 0.6},
    "lures: got -1; a whole number >= 0": {"lures": -1},
    "period: got 1; a whole number >= 2": {"period": 1},
    "store: got 3; text is allowed": {"store": 3},
    "store: 'store' names two of store, cue, pattern; a name each": {"store": "store", "cue": "store"},
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_makes_no_sense_is_refused(words):
    with pytest.raises(va.InputError) as caught:
        blending(0.5, seed=1, **REFUSED[words])
    assert words in str(caught.value)


def test_a_graph_without_a_node_between_is_refused():
    pair = va.NeuralGraph.from_edges([("in", "out")])
    with pytest.raises(va.InputError, match="graph: has 2 nodes; at least one between input and output is needed"):
        va.VesicleModel(pair, {"v": va.Kind()}, task=task(), memory=va.Memory())


def test_a_model_without_memory_is_refused():
    model = va.VesicleModel(THREE, {"v": va.Kind()}, task=task())
    with pytest.raises(va.InputError, match=r"task: stores in memory; give memory=Memory\(...\) too"):
        model.step()


def test_a_kind_of_another_width_than_the_memorys_is_refused():
    words = r"kinds.writer.release: uses memory, whose width is 32, by contents of 64 numbers"
    with pytest.raises(va.InputError, match=words):
        Scenario.load("path_memory").override("memory.width", 32).build()
