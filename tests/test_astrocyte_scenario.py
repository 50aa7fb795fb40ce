"""The scenario norepinephrine_astrocyte shows the motif of Lefton et al. (2025): silencing the astrocytes abolishes
what norepinephrine does to synapses, removing the neurons' receptors does not.

Effects are relative to the run without norepinephrine of the same seed, hence of the same noise. Seeds 1 … 4; an effect
is told by its mean and standard error over them, and bounds hold with Z of these errors between.
"""

import re
from functools import cache

import numpy as np
import pytest
from oracles import Z

from vesicle_abm.core import functions
from vesicle_abm.experiments.texts import parse_setting
from vesicle_abm.neurons.astrocyte import input_efficacy
from vesicle_abm.scenario import Scenario

NAME = "norepinephrine_astrocyte"
SEEDS = (1, 2, 3, 4)
DENSE, SPARSE, BARE = DOMAINS = ("dense", "sparse", "bare")
BEGIN, LATE, END = 150, 250, 300  # norepinephrine comes; astrocytes have answered; it comes no more
INTACT, SILENCED, REMOVED, NONE = "intact", "astrocytes silenced", "neurons without receptors", "no norepinephrine"


def commands() -> dict[str, list[str]]:
    """The settings of each command that the scenario's comments tell, by the words behind it."""
    lines = re.findall(rf"^#   vesicle-abm run {NAME} *((?:--set \S+ *)*?)  +(\S.*)$", Scenario.load(NAME).text, re.M)
    return {words: re.findall(r"--set (\S+)", settings) for settings, words in lines}


def built(settings: list[str], seed: int):
    """The model of a condition."""
    scenario = Scenario.load(NAME)
    for key, value in map(parse_setting, settings):
        scenario = scenario.override(key, value)
    return scenario.build(seed=seed)


@cache
def course(condition: str, seed: int, steps: int = END) -> dict[str, np.ndarray]:
    """Each step's transmission (mean weight times efficacy of the inputs), mean weight and mean activation of each
    domain, (steps, 3); "bits" of the neurons at the end.
    """
    settings = commands()
    model = built(settings[condition] if condition in settings else settings[SILENCED] + settings[REMOVED], seed)
    graph, state, rule = model.graph, model.state, model.world.plasticity.astrocyte
    domain = np.array([str(label).rstrip("0123456789") for label in graph.nodes])
    synaptic = graph.in_layers(["synaptic"])
    into = [synaptic & (domain[graph.target] == name) for name in DOMAINS]
    found = {"transmission": [], "weight": [], "activation": []}
    for _ in range(steps):
        efficacy = input_efficacy(rule, state.kept["astrocyte.activation"], functions)
        model.step()
        through = state.weight * efficacy[graph.target]
        found["transmission"].append([through[edges].mean() for edges in into])
        found["weight"].append([state.weight[edges].mean() for edges in into])
        found["activation"].append([state.activation[domain == name].mean() for name in DOMAINS])
    bits = {"bits": np.concatenate([state.activation, state.weight])}
    return {name: np.array(rows) for name, rows in found.items()} | bits


def on_transmission(condition: str, seed: int) -> np.ndarray:
    """(3,) relative change of late transmission."""
    late = [course(which, seed)["transmission"][LATE:END].mean(axis=0) for which in (condition, NONE)]
    return late[0] / late[1] - 1.0


def on_learning(condition: str, seed: int) -> np.ndarray:
    """(3,) relative change of what weights gain while norepinephrine comes."""
    weights = [course(which, seed)["weight"] for which in (condition, NONE)]
    gained = [weight[END - 1] - weight[BEGIN - 1] for weight in weights]
    return gained[0] / gained[1] - 1.0


def on_activation(condition: str, seed: int) -> np.ndarray:
    """(3,) relative change of late activation."""
    late = [course(which, seed)["activation"][LATE:END].mean(axis=0) for which in (condition, NONE)]
    return late[0] / late[1] - 1.0


def effect(measure, condition: str) -> tuple[dict[str, float], dict[str, float]]:
    """Mean and standard error over seeds, by domain."""
    found = np.array([measure(condition, seed) for seed in SEEDS])
    error = found.std(axis=0, ddof=1) / np.sqrt(len(SEEDS))
    return dict(zip(DOMAINS, found.mean(axis=0), strict=True)), dict(zip(DOMAINS, error, strict=True))


def test_the_comments_tell_the_four_conditions():
    assert list(commands()) == [INTACT, SILENCED, REMOVED, NONE]
    assert [len(settings) for settings in commands().values()] == [0, 1, 1, 1]


def test_intact_norepinephrine_lowers_transmission_by_two_fifths_where_dense_and_an_eighth_where_sparse():
    mean, error = effect(on_transmission, INTACT)
    assert abs(mean[DENSE] + 0.4) < 0.02 + Z * error[DENSE]
    assert abs(mean[SPARSE] + 1 / 8) < 0.02 + Z * error[SPARSE]
    assert mean[DENSE] + Z * error[DENSE] < mean[SPARSE] - Z * error[SPARSE] < mean[SPARSE] + Z * error[SPARSE] < 0
    assert mean[BARE] == error[BARE] == 0.0


def test_the_fall_of_transmission_is_that_of_the_mean_field():
    """Births 10 a step, three quarters to 16 neurons, dock with 0.2 and leave 0.1, which clears in 20 steps; then A.

    A saturates, and so answers a level that varies from neuron to neuron a little less than its mean; 2 % are left for
    that and for the scatter of 16 neurons.
    """
    waiting = level = astrocyte = 0.0
    efficacy = []
    for step in range(END):
        efficacy.append(1.0 - 1.2 * max(0.0, astrocyte - 0.1))
        waiting += 10 * 0.75 / 16 if step >= BEGIN else 0.0
        level = level * np.exp(-1 / 20) + 0.1 * 0.2 * waiting
        waiting *= 0.8
        astrocyte += (1 - np.exp(-1 / 50)) * (level / (level + 1) - astrocyte)
    weight = {
        which: np.mean([course(which, s)["weight"][LATE:END, 0].mean() for s in SEEDS]) for which in (INTACT, NONE)
    }
    expected = np.mean(efficacy[LATE:END]) * weight[INTACT] / weight[NONE] - 1.0
    mean, error = effect(on_transmission, INTACT)
    assert abs(mean[DENSE] - expected) < 0.02 * abs(expected) + Z * error[DENSE]


def test_intact_norepinephrine_lowers_plasticity_by_a_quarter_where_dense():
    mean, error = effect(on_learning, INTACT)
    assert abs(mean[DENSE] + 0.25) < 0.03 + Z * error[DENSE]
    assert mean[DENSE] + Z * error[DENSE] < mean[SPARSE] + Z * error[SPARSE] < 0
    assert mean[BARE] == 0.0


def test_silencing_the_astrocytes_abolishes_the_effect_on_synapses():
    """What is left, less than a hundredth, is what more excitable neurons learn more."""
    intact, _ = effect(on_transmission, INTACT)
    for domain in (DENSE, SPARSE):
        mean, error = effect(on_transmission, SILENCED)
        assert 0 <= mean[domain] < 0.01 * abs(intact[domain])
        assert error[domain] < 0.01 * abs(intact[domain])
    learned, _ = effect(on_learning, SILENCED)
    assert 0 <= learned[DENSE] < 0.15 * abs(effect(on_learning, INTACT)[0][DENSE])


def test_removing_the_neurons_receptors_does_not_abolish_it():
    for measure, tolerance in ((on_transmission, 0.01), (on_learning, 0.1)):
        intact, error = effect(measure, INTACT)
        removed, other = effect(measure, REMOVED)
        for domain in (DENSE, SPARSE):
            assert removed[domain] + Z * other[domain] < 0
            assert abs(removed[domain] / intact[domain] - 1) < tolerance + Z * error[domain] / abs(intact[domain])


def test_the_neurons_receptors_do_something_of_their_own():
    """They make neurons more excitable, which synapses intact outweigh."""
    mean, error = effect(on_activation, SILENCED)
    assert mean[DENSE] - Z * error[DENSE] > 0.01
    assert effect(on_activation, INTACT)[0][DENSE] < -0.2


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_with_neither_astrocytes_nor_receptors_the_bits_are_those_without_norepinephrine(seed):
    neither, none = course("neither", seed), course(NONE, seed)
    assert all(np.array_equal(neither[name], none[name]) for name in none)
    assert not np.array_equal(course(REMOVED, seed)["bits"], none["bits"])


def test_transmission_is_back_150_steps_after_the_pulse_but_for_what_was_not_learned():
    steps = Scenario.load(NAME).steps
    after, never = course(INTACT, 1, steps), course(NONE, 1, steps)
    assert np.array_equal(after["transmission"][450:], after["weight"][450:])
    lost = 1.0 - after["transmission"][450:].mean(axis=0) / never["transmission"][450:].mean(axis=0)
    assert 0.01 < lost[0] < 0.03
    assert lost[2] == 0.0
