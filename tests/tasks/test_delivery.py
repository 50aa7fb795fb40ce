"""Delivery: served, lapsed and called for by a second computation from the draws, on worlds with and without chance."""

import pytest
from oracles import Z, isolated, share_z

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.tasks.delivery import CALL_DRAW, LAPSE_DRAW

NODES, SEED = 5, 72


def model_of(rate: float = 0.3, view: str = "compiled", seed: int = SEED, **task) -> va.VesicleModel:
    """Vesicles born at every node, which dock where a call stands and are gone a step later."""
    kind = va.Kind(emission=va.ConstantEmission(rate=rate), docking=va.ActivityDocking(gain=20.0), lifetime=2)
    neurons = va.HMNNeurons(activation="identity")
    return va.VesicleModel(
        isolated(NODES), {"v": kind}, neurons=neurons, task=va.Delivery(**task), seed=seed, view=view
    )


@pytest.mark.parametrize("view", ["compiled", "particles"])
def test_calls_are_served_lapse_and_come_up_as_a_second_computation_says(view):
    task = {"chance": 0.3, "size": 3, "lapse": 0.2, "cost": 0.25, "sites": [0, 2, 3]}
    model = model_of(view=view, **task)
    demand, docked, born, earned = [0] * NODES, [0] * NODES, 0, 0.0
    for step in range(40):
        before_docked = model.state.docked.sum(axis=0).tolist()
        before_born = int(model.state.emitted.sum())
        model.step()
        reward = 0.0
        for node in range(NODES):
            served = min(demand[node], before_docked[node] - docked[node])
            reward += served
            demand[node] -= served
            if va.uniform(SEED, node, step, "task", LAPSE_DRAW) < 0.2:
                demand[node] = 0
            if node in (0, 2, 3) and demand[node] == 0 and va.uniform(SEED, node, step, "task", CALL_DRAW) < 0.3:
                demand[node] = 3
        reward -= 0.25 * (before_born - born)
        earned, docked, born = earned + reward, before_docked, before_born
        assert model.state.task["demand"].tolist() == model.signals["demand"].tolist() == demand
        assert model.state.activation.tolist() == demand
        assert model.signals["reward"] == pytest.approx(reward)
    assert model.record["task.earned"].iloc[-1] == pytest.approx(earned)
    assert earned != 0.0


def test_calls_come_up_as_often_as_chance_says():
    """Nobody serves, every call lapses at once: binomial in 5 nodes over 2000 steps."""
    model = model_of(rate=0.0, chance=0.1, lapse=1.0)
    model.run_for(2000)
    assert abs(share_z(model.metrics["called"], 2000 * NODES, 0.1)) < Z


def test_metrics_are_those_of_a_world_without_chance():
    """One unit at each of 5 nodes in every step; 2 a step and node are born, dock at once, and serve 1: in 9 told steps
    45 of 50 called for, for 100 births; the reward is 5 - 0.1 * 10 = 4 of each of 9, by 9.
    """
    kind = va.Kind(emission=va.PulseEmission(count=2, every=1), docking=va.ConstantDocking(probability=1.0))
    task = va.Delivery(chance=1.0, cost=0.1)
    model = va.VesicleModel(isolated(NODES), {"v": kind}, neurons=va.HMNNeurons(), task=task)
    assert model.metrics == {"called": 0}
    model.run_for(10)
    found = model.metrics
    assert found["called"] == 50
    assert found["served_share"] == 45 / 50
    assert found["vesicles_per_unit"] == 90 / 45  # births are told with the reward: those of 9 steps
    assert found["reward_per_step"] == pytest.approx(4.0)


def test_a_restart_goes_on_with_the_same_bits(tmp_path):
    whole, part = (model_of(chance=0.3, size=2) for _ in range(2))
    whole.run_for(30)
    part.run_for(11)
    part.save(tmp_path / "half.npz")
    again = va.VesicleModel.load(tmp_path / "half.npz")
    again.run_for(19)
    assert again.state.digest() == whole.state.digest()


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ({"chance": 1.5}, "chance: got 1.5; a number >= 0 and <= 1"),
        ({"demand": 3}, "demand: got 3; text is allowed"),
        ({"reward": "demand"}, "reward: got 'demand'; text other than 'demand'"),
        ({"sites": [9]}, "task.sites: "),
    ],
)
def test_what_is_not_allowed_is_named(task, words):
    with pytest.raises(InputError) as refused:
        model_of(**task)
    assert str(refused.value).startswith(words)
