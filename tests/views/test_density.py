"""The density view: the formula, a second implementation, the mean of replicates, and clear refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import Z, expected_occupancy, isolated, model_of, transport
from strategies import linear_worlds, modest

import vesicle_abm as va

SEED, CONTINUATIONS = 71, 1200
EXACT = {"rtol": 1e-12, "atol": 1e-12}


def web(**attributes) -> va.NeuralGraph:
    edges = [(0, 1, 1.0), (0, 1, 0.5), (0, 2, 3.0), (1, 1, 2.0), (1, 0, 1.0), (2, 3, 1.0)]  # 3 a sink, 4 isolated
    return va.NeuralGraph.from_edges(
        [(s, t, {"weight": w, **attributes}) for s, t, w in edges], nodes=range(5), parallel=True
    )


RATE, DOCKING = np.array([0.7, 0.2, 0.0, 1.1, 0.4]), np.array([0.1, 0.4, 0.0, 0.3, 0.2])
RULES = {
    "emission": va.ConstantEmission(rate=RATE),
    "migration": va.WeightedMigration(stay=0.5),
    "docking": va.ConstantDocking(probability=DOCKING),
    "decay": va.HazardDecay(hazard=0.08),
    "absorb": 0.5,
}
SURVIVING = (1.0 - 0.5 * DOCKING) * (1.0 - 0.08)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_it_is_the_formula(backward):
    """rho' = (rho + lambda) P (1 - p absorb) (1 - hazard), from the present occupancy on."""
    migration = va.WeightedMigration(stay=0.5, direction="backward" if backward else "forward")
    model = model_of(web(), seed=SEED, **{**RULES, "migration": migration})
    model.run_for(7)
    rho = model.occupancy()[0].astype(float)
    assert rho.any()
    found = va.density(model, 30)
    assert found.shape == (31, 1, 5)
    for row in found[:, 0]:
        np.testing.assert_allclose(row, rho, **EXACT)
        rho = (rho + RATE) @ transport(model.graph, 0.5, backward) * SURVIVING


def test_its_long_run_is_lambda_a_over_one_minus_a():
    a = transport(web(), 0.5) * SURVIVING
    stationary = RATE @ a @ np.linalg.inv(np.eye(5) - a)
    found = va.density(model_of(web(), seed=SEED, **RULES), 500)[-1, 0]  # 0.92**500 = 1e-18
    np.testing.assert_allclose(found, stationary, **EXACT)


def test_looking_ahead_twice_is_looking_once_and_changes_nothing():
    model = model_of(web(delay=1), seed=SEED, **RULES, lifetime=5)
    model.run_for(4)
    before = model.state.digest()
    first = va.density(model, 9)
    np.testing.assert_array_equal(va.density(model, 9), first)
    np.testing.assert_allclose(va.density(model, 4), first[:5], **EXACT)
    assert model.state.digest() == before
    np.testing.assert_array_equal(first[0], model.occupancy())
    assert va.density(model, 0).shape == (1, 1, 5)


@modest(60)
@given(recipe=linear_worlds(), before=st.integers(0, 4))
def test_it_agrees_with_a_second_implementation(recipe, before):
    """Mass moved entry by entry in plain Python, from the state that some real steps have left."""
    model = recipe.build()
    model.run_for(before)
    docking = model.world.kinds["v"].docking
    p = docking_probability(docking, recipe.graph.size)
    np.testing.assert_allclose(va.density(model, 6)[:, 0], expected_occupancy(model, 6, p), rtol=1e-9, atol=1e-9)


def docking_probability(docking, size: int) -> np.ndarray:
    """(N,) of contents (0.5, -1)."""
    if isinstance(docking, va.ConstantDocking):
        return np.broadcast_to(docking.probability_, size)
    match = docking.gain * (np.asarray(docking.receptor) @ [0.5, -1.0]) / np.sqrt(2.0)
    if isinstance(docking, va.ExponentialDocking):
        return np.broadcast_to(min(1.0, np.exp(match - docking.ceiling)), size)
    return np.broadcast_to(1.0 / (1.0 + np.exp(-match - docking.logit)), size)


SETTINGS = {
    "as is": {},
    "delays": {"delay": 2},
    "fixed lifetime": {"lifetime": 6},
    "geometric lifetime": {"lifetime": va.GeometricLifetime(mean=5.0)},
    "exponential lifetime, delays": {"lifetime": va.ExponentialLifetime(mean=4.0), "delay": 1},
    "pulses": {"emission": va.PulseEmission(count=1.5, at=6, every=3)},
    "softmax, backward": {
        "migration": va.SoftmaxMigration(drift=1.0, feature=np.arange(5.0), stay_logit=0.0, direction="backward")
    },
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_it_is_the_mean_of_continuations_of_a_peopled_state(setting):
    """1,200 seeds go on from one state; standard error of each mean: sample deviation / sqrt(1200)."""
    rules = {**RULES, **SETTINGS[setting]}
    model = model_of(web(delay=rules.pop("delay", 0)), seed=SEED, **rules)
    model.run_for(5)
    steps, start = 4, model.state
    wanted = va.density(model, steps)[1:, 0]
    found = np.empty((CONTINUATIONS, steps, 5))
    for seed in range(CONTINUATIONS):
        model.world.state = start.copy()
        model.world.state.seed = 10_000 + seed
        for t in range(steps):
            model.step()
            found[seed, t] = model.occupancy()[0]
    error = np.maximum(found.std(0), 1e-9) / np.sqrt(CONTINUATIONS)
    assert (np.abs(found.mean(0) - wanted) <= Z * error + 1e-9).all()


class SeesAge(va.Docking, name="test_sees_age"):
    def probability(self, vesicles, nodes, xp):
        return xp.where(vesicles.ttl > 3, 0.1, 0.9)


class StubbornForTest(va.Vesicle):
    def migrate(self):
        pass


VARIED = va.GaussianContent(mean=[1.0], deviation=[0.5])
REFUSED = {
    "a docking by age": ({"docking": SeesAge()}, "kinds.v.docking", "ttl"),
    "a capacity": ({"docking": va.ConstantDocking(capacity=3)}, "kinds.v.docking", "capacity"),
    "a verb of a user's own": ({"agent": StubbornForTest}, "kinds.v.agent", "migrate"),
    "a way of its own": ({"migration": va.HomingMigration()}, "kinds.v.migration", "own way"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_mean_of_its_own_is_refused_by_name(what):
    rules, key, word = REFUSED[what]
    model = model_of(web(), seed=SEED, **{**RULES, **rules})
    with pytest.raises(va.InputError, match=word) as caught:
        va.density(model, 3)
    assert caught.value.key == key


def test_a_varying_content_that_nothing_reads_is_no_obstacle():
    model = model_of(web(), seed=SEED, **RULES, content=VARIED, content_width=1)
    np.testing.assert_array_equal(va.density(model, 5), va.density(model_of(web(), seed=SEED, **RULES), 5))


@pytest.mark.parametrize("steps", [-1, 1.5, True, None])
def test_steps_must_be_a_whole_number(steps):
    with pytest.raises(va.InputError, match="steps"):
        va.density(model_of(isolated(1), seed=SEED), steps)
