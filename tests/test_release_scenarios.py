"""Every release changes what a scenario leaves behind: one small scenario, run with each release and without it.

x holds 1 and drives y through a synapse of weight 1/2, so y holds 1/2 from step 1 on. In step 5 three vesicles of
content (1/2, -1) are born at y, dock and are absorbed. Each case tells in numbers how the run must differ.
"""

import tomllib
from dataclasses import dataclass

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

STEPS, AT = 14, 5
ETA = 2.0**-6
SCENARIO = """
question = "What does this release leave behind?"
expect = "A difference to the same run without it."
steps = 14
seed = 3

[graph.populations]
x = { attributes = { rest = 1.0 } }
y = { attributes = { rest = 0.0 } }

[[graph.projections]]
source = "x"
target = "y"
weight = 0.5

[neurons]
activation = "identity"
bias = "rest"

[memory]
width = 2

[kinds.v]
content_width = 2
content = [0.5, -1.0]
emission = { rule = "pulse", count = 3, at = 5, every = EVERY, nodes = ["y"] }
migration = { rule = "weighted", layers = [] }
docking = { rule = "constant", probability = 1.0 }
release = [RELEASES]
"""
LEARNING = """
[plasticity]
modulation = { rule = "modulation", eta_local = 0.015625 }
"""


@dataclass(frozen=True)
class Case:
    """A release; ``beside``, others that both runs have; ``learning``, stages of a learning rule; ``every``, steps from
    one pulse of vesicles to the next, 0 for a single one.
    """

    release: str
    beside: str = ""
    learning: str = ""
    every: int = 0

    def run(self, released: bool, view: str = "compiled") -> va.VesicleModel:
        """The model at the end of the run."""
        releases = ", ".join(part for part in (self.beside, self.release if released else "") if part)
        text = SCENARIO.replace("EVERY", str(self.every)).replace("RELEASES", releases)
        text += LEARNING + self.learning if self.learning else ""
        model = va.Scenario(tomllib.loads(text)).build(view=view)
        model.run_for(STEPS)
        return model


NO_TRACE = 'ablated = { trace = "none" }\n'
CASES = {
    "modulator": Case('{ rule = "modulator", amount = 2.0 }'),
    "gain": Case('{ rule = "gain", amount = 0.25 }'),
    "bias": Case('{ rule = "bias", amount = 0.125 }'),
    "film": Case('{ rule = "film", scale = 0.5, shift = 0.25 }'),
    "read": Case('{ rule = "read", amount = 0.25 }', beside='{ rule = "memory", gate = 1.0 }', every=4),
    "scale": Case('{ rule = "scale", amount = 0.25 }'),
    "additive": Case('{ rule = "additive", amount = -0.125 }'),
    "low_rank": Case('{ rule = "low_rank", amount = 0.5, here = [1.0, 2.0], there = [2.0, 0.25] }'),
    "memory": Case('{ rule = "memory", gate = 0.5 }'),
    "learning_rate": Case('{ rule = "learning_rate", rate = "eta_local", amount = 0.5 }', learning=NO_TRACE),
    "trace_time": Case(
        '{ rule = "trace_time", amount = -0.5 }',
        learning='trace = { rule = "composite", tau_fast = 2.0, tau_slow = 2.0 }\n',
    ),
    "update_gate": Case(
        '{ rule = "update_gate", number = "theta", amount = 1.0 }',
        learning=NO_TRACE + 'chance = { rule = "probabilistic", beta = 1e6, theta = 0.001 }\n',
    ),
    "phase": Case(
        '{ rule = "phase", amount = 0.3490658503988659 }',  # pi / 9
        learning=NO_TRACE + 'phase = { rule = "phase", frequency = 0.0 }\n',
    ),
}


def answers(model: va.VesicleModel) -> np.ndarray:
    """(steps,) the activation of y in each step: the record has the mean over x, which is 1, and y."""
    return 2.0 * model.record["activation"].to_numpy() - 1.0


def usual() -> np.ndarray:
    """(steps,) what y answers without vesicles: 0 in step 0, where x was silent before, and 1/2 from then on."""
    return np.array([0.0] + [0.5] * (STEPS - 1))


def learned(changed=1.0, *, decay=(0.0, 0.0)) -> float:
    """The weight after the run by a plain recursion: y = w, w <- w + eta e, e the correlation y and what the two parts
    of the trace still hold; from step 5 on eta times ``changed`` and the second decay.
    """
    weight, trace = 0.5, 0.0
    for step in range(1, STEPS):
        trace = trace * decay[step >= AT] + weight
        parts = 2.0 if any(decay) else 1.0
        weight += ETA * (changed if step >= AT else 1.0) * parts * trace
    return weight


@pytest.mark.parametrize("name", CASES)
def test_the_runs_are_the_same_until_vesicles_dock_and_differ_from_then_on(name):
    """To the bit; and in births and dockings they never differ, so what differs is the release."""
    case = CASES[name]
    released, plain = case.run(True), case.run(False)
    first = AT + case.every  # what is read has to be written before
    assert released.record.iloc[:first].equals(plain.record[released.record.columns].iloc[:first])
    assert not released.record.iloc[first:].equals(plain.record.iloc[first:])
    for books in ("emitted", "docked", "fates"):
        assert getattr(released.state, books).tolist() == getattr(plain.state, books).tolist()
    assert plain.state.docked.sum() == (3 if case.every == 0 else 9)


@pytest.mark.parametrize("name", CASES)
def test_without_the_release_the_run_is_as_usual(name):
    plain = CASES[name].run(False)
    assert plain.state.gain.tolist() == [1.0, 1.0]
    assert plain.state.bias.tolist() == [1.0, 0.0]
    assert not plain.state.modulator.any()
    if CASES[name].learning:
        decay = (np.exp(-0.5),) * 2 if name == "trace_time" else (0.0, 0.0)
        assert plain.state.weight[0] == pytest.approx(learned(decay=decay), rel=1e-12)
    else:
        assert plain.state.weight.tolist() == [0.5]
        assert answers(plain).tolist() == usual().tolist()


def test_a_modulator_is_left_as_a_level():
    """3 * 2 at y, a mean of 3 over both neurons; it does not clear."""
    released = CASES["modulator"].run(True)
    assert released.record["v.level"].tolist() == [0.0] * AT + [3.0] * (STEPS - AT)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("gain", 0.5 * (1.0 + 3 * 0.25)),
        ("bias", 0.5 + 3 * 0.125),
        ("scale", 0.5 * np.exp(3 * 0.25)),
        ("additive", 0.5 - 3 * 0.125),
        ("low_rank", 0.5 + 3 * 0.5 * (0.5 * 1.0 * 2.0 - 1.0 * 2.0 * 0.25)),
    ],
)
@pytest.mark.parametrize("view", VIEWS)
def test_what_lasts_changes_the_answer_from_the_next_step_on(name, answer, view):
    released = CASES[name].run(True, view)
    wanted = usual()
    wanted[AT + 1 :] = answer
    assert answers(released) == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "weight"), [("scale", 0.5 * np.exp(0.75)), ("additive", 0.125), ("low_rank", 1.25), ("bias", 0.5)]
)
def test_what_becomes_of_the_synapse(name, weight):
    assert CASES[name].run(True).state.weight == pytest.approx([weight], rel=1e-15)


@pytest.mark.parametrize("view", VIEWS)
def test_film_changes_the_answer_of_its_step_alone(view):
    """(1 + 3 * 0.5) * 0.5 + 3 * 0.25 = 2 in step 5."""
    wanted = usual()
    wanted[AT] = 2.0
    assert answers(CASES["film"].run(True, view)).tolist() == wanted.tolist()


@pytest.mark.parametrize("view", VIEWS)
def test_reading_changes_the_answer_once_something_is_written(view):
    """Pulses in steps 5, 9 and 13. The first finds nothing; the others know what they find: + 3 * 0.25."""
    wanted = usual()
    wanted[[9, 13]] += 0.75
    assert answers(CASES["read"].run(True, view)) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("view", VIEWS)
def test_memory_holds_what_was_written(view):
    """1 - (1 - 1/2)^3 of (1/2, -1) at y; nothing at x. Recorded: the root of the mean of squares over four numbers."""
    released, plain = CASES["memory"].run(True, view), CASES["memory"].run(False, view)
    stored = 0.875 * np.array([0.5, -1.0])
    assert released.state.memory[1, 0] == pytest.approx(stored, abs=1e-8)
    assert not released.state.memory[0].any()
    assert not plain.state.memory.any()
    size = np.sqrt((stored**2).sum() / 4.0)
    assert released.record["memory"].to_numpy() == pytest.approx(np.array([0.0] * AT + [size] * (STEPS - AT)), abs=1e-8)


@pytest.mark.parametrize(
    ("name", "weight", "stronger"),
    [
        ("learning_rate", learned(np.exp(3 * 0.5)), True),
        ("trace_time", learned(decay=(np.exp(-1.0 / 2.0), np.exp(-1.0 / (2.0 * np.exp(-1.5))))), False),
        ("update_gate", learned(0.0), False),  # theta 0.001 e^3 = 0.02 is more than any update here: none comes through
        ("phase", learned(np.cos(np.pi / 3.0)), False),
    ],
)
@pytest.mark.parametrize("view", VIEWS)
def test_what_changes_learning_is_seen_in_what_was_learned(name, weight, stronger, view):
    released, plain = CASES[name].run(True, view), CASES[name].run(False, view)
    assert released.state.weight[0] == pytest.approx(weight, rel=1e-9)
    assert released.record["weight"].iloc[-1] == released.state.weight[0]
    assert (released.state.weight[0] > plain.state.weight[0]) == stronger
    assert abs(released.state.weight[0] - plain.state.weight[0]) > 0.02


def test_every_release_of_the_package_has_its_case():
    shipped = {name for name, rule in va.Release.known.items() if rule.__module__.startswith("vesicle_abm.")}
    assert shipped == set(CASES)
