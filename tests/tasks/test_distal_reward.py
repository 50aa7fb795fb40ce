"""The distal reward scenario against Izhikevich's own program, and its task by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from daspnet import daspnet

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.views import stretch


def scenario(**settings) -> va.Scenario:
    found = va.Scenario.load("distal_reward")
    for key, value in settings.items():
        found = found.override(key.replace("__", "."), value)
    return found


def test_the_published_program_gives_the_same_spikes_and_weights():
    """1000 ms with rewards in iterations 300 and 700; weights to rounding, which dopamine in fixed point makes 1e-9."""
    model, rewards = scenario().build(seed=4), (300, 700)
    edge = int(model.state.task["edge"])
    spikes, weight, eligibility = daspnet(model.graph, 4, 1000, rewards, silent=edge)
    ours = np.zeros_like(spikes)
    for step in range(1000):
        model.state.task["due"] = np.array([each for each in rewards if each >= step])
        model.step()
        ours[step] = model.state.activation
    assert spikes.sum() > 1000
    assert (ours[:-1] == spikes[1:]).all()  # the program calls them fired as the next iteration begins
    learned = model.state.weight[model.graph.in_layers(["excitatory"])]
    assert np.abs(weight - 1.0).max() > 0.5
    assert np.allclose(learned, weight, rtol=0.0, atol=1e-8)
    kept = np.empty_like(eligibility)
    kept[model.world.wiring.edge] = model.state.kept["trace.sum"]
    assert np.allclose(kept, eligibility, rtol=0.0, atol=1e-12)


# Many steps at one go


@pytest.mark.parametrize("delivery", ["broadcast", "vesicles"])
def test_stretches_of_steps_give_the_bits_of_single_steps_and_the_same_record(delivery, monkeypatch):
    """With rewards on the way, so that quiet and other steps take turns."""
    taken = []
    whole = stretch.run
    monkeypatch.setattr(stretch, "run", lambda *given: taken.append(whole(*given)) or taken[-1])
    settings = {
        "kinds__dopamine__delivery": delivery,
        "kinds__dopamine__docking__probability": 0.1,
        "record_every": 250,
    }
    at_a_go, one_by_one = (scenario(**settings).build(seed=2) for _ in range(2))
    for model in (at_a_go, one_by_one):
        model.state.task["due"] = np.array([40, 400])
    at_a_go.run_for(800)
    for _ in range(800):
        one_by_one.step()
    assert at_a_go.state.task["rewards"] == 2.0
    assert sum(taken) > 200 and 0 in taken and max(taken) > 50
    assert at_a_go.state.digest() == one_by_one.state.digest()
    assert at_a_go.record.equals(one_by_one.record)
    assert at_a_go.time == at_a_go.steps == 800


def test_stretches_record_the_spikes_of_single_steps(monkeypatch):
    """Also where a stretch ends because it can hold no more of them."""
    monkeypatch.setattr(stretch, "SPIKES_HELD", 100)
    at_a_go, one_by_one = (scenario(record_spikes=True).build(seed=2) for _ in range(2))
    at_a_go.run_for(600)
    for _ in range(600):
        one_by_one.step()
    assert len(one_by_one.spikes) > 700
    assert np.array_equal(at_a_go.spikes, one_by_one.spikes)
    assert at_a_go.state.digest() == one_by_one.state.digest()


def small(view: str, **parts) -> va.VesicleModel:
    """The published rules on 25 neurons, whose noise makes them fire more."""
    table = scenario(graph__cortex={"excitatory": 20, "inhibitory": 5, "synapses": 8, "attributes": {}, "seed": 3}).data
    neurons = {"rule": "izhikevich", "jitter": 40.0, "layers": ["excitatory", "inhibitory"]}
    dopamine = table["kinds"]["dopamine"] | {"delivery": "vesicles", "emission": {"rule": "constant", "rate": 0.02}}
    data = table | {"neurons": neurons, "kinds": {"dopamine": dopamine}, "task": {"rule": "distal_reward", "pre": 4}}
    data["plasticity"] = table["plasticity"] | parts
    return va.Scenario(data).build(seed=1, view=view)


@pytest.mark.parametrize("pairing", ["nearest", "all"])
def test_learning_by_events_gives_the_bits_of_the_pipeline_neuron_by_neuron(pairing):
    rule = {"rule": "izhikevich_stdp", "a_plus": 0.1, "a_minus": 0.15, "tau": 15.0, "pairing": pairing}
    fast, slow = (small(view, correlation=rule) for view in ("compiled", "particles"))
    fast.run_for(60)
    slow.run_for(60)
    assert fast.state.cells["fired"].sum() > 25
    assert np.abs(fast.state.weight - 1.0)[fast.world.wiring.edge].max() > 0.01
    assert fast.state.digest() == slow.state.digest()


def test_a_weight_out_of_its_bounds_is_brought_back_as_the_pipeline_does():
    fast, slow = (small(view) for view in ("compiled", "particles"))
    for model in (fast, slow):
        model.state.weight[model.world.wiring.edge[:3]] = [9.0, -2.0, 4.5]
        model.run_for(3)
    assert fast.state.weight[fast.world.wiring.edge[:3]].tolist() == [4.0, 0.0, 4.0]
    assert fast.state.digest() == slow.state.digest()


# The task by hand


def scene(graph: va.NeuralGraph, kept: dict, step: int, active=()) -> SimpleNamespace:
    activation = np.zeros(graph.size)
    activation[list(active)] = 1.0
    found = {"graph": graph, "kept": kept, "step": step, "activation": activation, "seed": 0, "signals": {}}
    return SimpleNamespace(**found, weight=np.ones(graph.edge_count), cells={})


GRAPH = va.cortex(4, 2, synapses=3, seed=5)


def reward_steps(spikes: dict[int, list[str]], **numbers) -> list[int]:
    """The steps with a reward, where the pair's neurons, "pre" and "post", fire in these steps."""
    task = va.DistalReward(**numbers)
    edge = task.edge(GRAPH)
    names = {"pre": int(GRAPH.source[edge]), "post": int(GRAPH.target[edge])}
    kept, found = task.first(GRAPH, np.zeros((GRAPH.size, 2))), []
    for step in range(200):
        now = scene(GRAPH, kept, step, [names[each] for each in spikes.get(step - 1, [])])
        task.sense(now)
        found += [step] * bool(now.signals["reward"])
    assert kept["rewards"] == len(found)
    return found


def test_reward_follows_a_pair_within_its_interval_after_its_delay_and_no_other():
    """A spike of step 19 is seen in step 20; reward 51 later: the program's acts a step later."""
    fixed = {"earliest": 50, "latest": 50}
    assert reward_steps({10: ["pre"], 19: ["post"]}, **fixed) == [20 + 50 + 1]
    assert reward_steps({10: ["pre"], 29: ["post"]}, **fixed) == [30 + 50 + 1]
    assert reward_steps({10: ["pre"], 30: ["post"]}, **fixed) == []
    assert reward_steps({10: ["post"], 19: ["pre"]}, **fixed) == []
    assert reward_steps({10: ["pre", "post"]}, **fixed) == []


def test_reward_delays_lie_evenly_between_their_bounds():
    waits = np.array(
        [reward_steps({k: ["pre"], k + 1: ["post"]}, earliest=20, latest=60)[0] - k - 3 for k in range(80)]
    )
    assert waits.min() >= 20 and waits.max() <= 60
    assert abs(waits.mean() - 40.5) < 4.5 * np.sqrt((40**2 - 1) / 12 / 80)  # whole numbers 21 … 60, all alike


def test_the_rewarded_synapse_leads_where_it_is_told_to_and_begins_at_0():
    for onto, excites in (("excitatory", 1.0), ("inhibitory", 0.0)):
        task = va.DistalReward(onto=onto)
        edge = task.edge(GRAPH)
        assert GRAPH.source[edge] == 0
        assert ((GRAPH.source == 0) & (GRAPH.target == GRAPH.target[edge])).sum() == 1
        assert GRAPH.node_data["excitatory"][GRAPH.target[edge]] == excites
        now = scene(GRAPH, task.first(GRAPH, np.zeros((GRAPH.size, 2))), 0)
        task.sense(now)
        assert np.flatnonzero(now.weight == 0.0).tolist() == [edge]


def test_a_task_that_is_left_alone_would_have_done_nothing():
    """Wherever ``next_call`` lies ahead and nobody watched fires, ``sense`` changes nothing that is kept."""
    task = va.DistalReward(look=30)
    kept = task.first(GRAPH, np.zeros((GRAPH.size, 2)))
    kept["due"] = np.array([47, 90])
    idle = 0
    for step in range(100):
        now, before = scene(GRAPH, kept, step), {name: value.copy() for name, value in kept.items()}
        ahead = task.next_call(step, kept) > step
        task.sense(now)
        if ahead:
            idle += 1
            assert now.signals == {"reward": 0.0}
            assert all(np.array_equal(before[name], kept[name]) for name in kept)
    assert idle == 100 - 1 - 3 - 4  # the first step, three looks, two rewards and the steps after them


@pytest.mark.parametrize(
    ("numbers", "words"),
    [({"latest": 10}, "from earliest = 1000"), ({"onto": "exitatory"}, "excitatory"), ({"reward": 3}, "text")],
)
def test_wrong_numbers_are_refused(numbers, words):
    with pytest.raises(InputError, match=words):
        va.DistalReward(**numbers)


def test_a_neuron_without_such_a_synapse_is_refused():
    with pytest.raises(InputError, match="no synapse leads alone from 5 to an inhibitory neuron"):
        va.DistalReward(pre=5, onto="inhibitory").edge(GRAPH)
