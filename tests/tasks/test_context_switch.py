"""The context switch: a trial by hand, its metrics by hand, its draws, and what it refuses."""

import numpy as np
import pytest
from oracles import Z, share_z

import vesicle_abm as va
from vesicle_abm.tasks.task import Scene

GRAPH = va.NeuralGraph(["s0", "s1", "a0", "a1", "c"], [], [])
GOOD = {"stimuli": ["s0", "s1"], "actions": ["a0", "a1"], "conflict": ["c"], "period": 6, "answer_at": 3, "block": 5}


def switch(**changes) -> va.ContextSwitch:
    return va.ContextSwitch(**{**GOOD, **changes})


def scene_of(task, seed: int) -> Scene:
    """A task without a network: five silent neurons."""
    eta, zeros = np.zeros((GRAPH.size, 2)), np.zeros(GRAPH.size)
    return Scene(
        graph=GRAPH, seed=seed, step=0, activation=zeros.copy(), drive=zeros.copy(), eta=eta, signals={},
        kept=task.first(GRAPH, eta),
    )  # fmt: skip


def trial(task, scene: Scene, answer: int | None, right: bool | None = None) -> list[tuple]:
    """One trial, answered by an action, or rightly or wrongly: (drive, surprise) of each of its steps."""
    seen = []
    for at in range(task.period):
        if at == task.answer_at:
            if right is not None:
                own = int(scene.kept["stimulus"])
                answer = (own + int(scene.kept["rule"]) + (not right)) % 2
            scene.activation[2:4] = 0.0 if answer is None else np.eye(2)[answer]
        task.sense(scene)
        seen.append((scene.drive.tolist(), scene.signals["surprise"]))
        scene.step += 1
    return seen


# The task by hand


@pytest.mark.parametrize("right", [True, False])
def test_a_trial_runs_as_written_step_by_step(right):
    """The stimulus is driven in steps 0 … 2; surprise and conflict last for step 3 alone, if the answer is wrong."""
    task = switch(shown=2.0, alarm=3.0)
    scene = scene_of(task, 4)
    seen = trial(task, scene, None, right)
    stimulus = int(scene.kept["stimulus"])
    shown = [2.0 * (stimulus == 0), 2.0 * (stimulus == 1), 0.0, 0.0, 0.0]
    told = ([0.0, 0.0, 0.0, 0.0, 0.0 if right else 3.0], 0.0 if right else 1.0)
    assert seen == [(shown, 0.0)] * 3 + [told] + [([0.0] * 5, 0.0)] * 2
    assert scene.kept["outcomes"].tolist() == [int(right)]
    assert scene.kept["correct"] == float(right)


def test_the_right_answer_is_the_stimulus_under_rule_a_and_the_other_under_rule_b():
    task = switch()
    scene = scene_of(task, 2)
    for n in range(4 * task.block):
        answer = n % 2
        trial(task, scene, answer)
        same = answer == int(scene.kept["stimulus"])
        rule = (n // 5) % 2
        assert scene.kept["rule"] == rule
        assert scene.kept["outcomes"][-1] == (same if rule == 0 else not same)
    assert len(set(scene.kept["outcomes"].tolist())) == 2


def test_drive_given_to_other_neurons_is_left_alone():
    task = switch(conflict=None)
    scene = scene_of(task, 1)
    scene.drive[4] = 7.0
    assert {drive[4] for drive, _ in trial(task, scene, None, right=False)} == {7.0}


def test_stimuli_and_ties_are_drawn_evenly_and_independently():
    """1000 trials of a silent network; binomial standard errors; seed 9."""
    task = switch(period=2, answer_at=1)
    scene, drawn = scene_of(task, 9), []
    for _ in range(1000):
        trial(task, scene, None)
        drawn.append((int(scene.kept["stimulus"]), int(scene.kept["answer"])))
    stimuli, answers = np.array(drawn).T
    for ones in (stimuli, answers, stimuli == answers, stimuli[1:] == stimuli[:-1]):
        assert abs(share_z(ones.sum(), len(ones), 0.5)) < Z


def test_metrics_are_those_counted_by_hand():
    """Blocks of five, streak 2, the first two fifths unscored: block 1 recovers after 2 trials, block 2 is right from
    the start and so was not met with a wrong answer, block 3 never recovers, block 4 is under way and recovers after 1.
    """
    task = switch(streak=2, unscored=0.4)
    blocks = [[1, 1, 1, 1, 0], [0, 0, 1, 1, 1], [1, 1, 1, 0, 1], [0, 1, 0, 1, 0], [0, 1, 1]]
    found = task.metrics({"outcomes": np.concatenate(blocks).astype(np.int8)})
    assert found == {
        "trials": 23,
        "switches": 4,
        "accuracy": 15 / 23,
        "accuracy_before": 4 / 5,
        "accuracy_after_switch": (3 + 2 + 1 + 1) / (3 + 3 + 3 + 1),
        "recovered": 2 / 3,
        "trials_to_recover": (2 + 1) / 2,
    }


def test_metrics_that_have_no_trials_are_left_out():
    task = switch()
    assert task.metrics({"outcomes": np.zeros(0, np.int8)}) == {"trials": 0, "switches": 0}
    assert set(task.metrics({"outcomes": np.ones(5, np.int8)})) == {"trials", "switches", "accuracy", "accuracy_before"}
    never = task.metrics({"outcomes": np.repeat([1, 0], 5).astype(np.int8)})
    assert never["recovered"] == 0.0
    assert "trials_to_recover" not in never


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"stimuli": ["s0"]}, "stimuli"),
        ({"actions": "a0"}, "actions"),
        ({"conflict": "c"}, "conflict"),
        ({"answer_at": 6}, "answer_at"),
        ({"streak": 6}, "streak"),
        ({"surprise": 3}, "surprise"),
        ({"block": 0}, "block"),
        ({"unscored": 1.0}, "unscored"),
    ],
)
def test_what_makes_no_task_is_refused_by_its_name(changes, key):
    with pytest.raises(va.InputError) as refused:
        switch(**changes)
    assert refused.value.key == key


@pytest.mark.parametrize("changes", [{"conflict": ["a0"]}, {"actions": ["a0", "s1"]}, {"stimuli": ["s0", "nowhere"]}])
def test_nodes_that_are_missing_or_given_twice_are_refused(changes):
    with pytest.raises(va.InputError):
        va.VesicleModel(GRAPH, {}, neurons=va.HMNNeurons(), task=switch(**changes))
