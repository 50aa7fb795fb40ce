"""The field: steps by hand, the mean of replicates, limits in which a closure is exact, and what it cannot hold.

Every test of numbers runs in numpy and in torch. A random test states its seed and its standard error; Z bounds z.
"""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from oracles import Z, copies, transport
from scipy import stats
from strategies import modest, worlds

import vesicle_abm as va
from vesicle_abm.views.field.arrays import NUMPY
from vesicle_abm.views.step import VIEWS

SEED, REPLICATES, STEPS = 71, 1000, 6
TIGHT = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture(params=["numpy", "torch"])
def arrays(request):
    """Both sorts of arrays."""
    if request.param == "numpy":
        return NUMPY
    pytest.importorskip("torch")
    from vesicle_abm.learning.arrays import TORCH

    return TORCH


def ring(**attributes) -> va.NeuralGraph:
    """0 -> 1 -> 2 -> 3 -> 0, and 0 -> 2."""
    edges = [(0, 1, 1.0), (0, 2, 3.0), (1, 2, 1.0), (2, 3, 1.0), (3, 0, 1.0)]
    return va.NeuralGraph.from_edges([(s, t, {"weight": w, **attributes}) for s, t, w in edges])


def pair() -> va.NeuralGraph:
    """0 -> 1, a sink."""
    return va.NeuralGraph.from_edges([(0, 1)])


BY_HAND = {
    "emission": va.ConstantEmission(rate=[2.0, 4.0]),
    "content": va.GaussianContent(mean=np.array([[3.0], [1.0]])),
    "content_width": 1,
    "migration": va.WeightedMigration(stay=1.0),
    "docking": va.ConstantDocking(probability=[0.5, 0.2]),
    "release": va.ModulatorRelease(amount=2.0, component=0),
    "decay": va.HazardDecay(hazard=0.5),
}


def first_step(arrays, kinds: dict, **parts):
    """The field's state after one step over 0 -> 1, in numpy."""
    field = va.Field(va.VesicleModel(pair(), kinds, **parts), arrays=arrays)
    state = field.step(field.first())
    names = ("occupancy", "born", "docked", "delivered")
    seen = {name: arrays.plain(getattr(state, name)) for name in names}
    return seen | {"content": [arrays.plain(c) for c in state.content], "state": state, "field": field}


def test_a_step_by_hand(arrays):
    """2 and 4 are born with 3 and 1 each; 1 goes on. At 0 stands 1 with 3, at 1 stand 5 with 3 + 4 = 7 in all. There
    dock 0.5 and 1, with 1.5 and 1.4, which give 3 and 2.8 to levels. What is left is halved.
    """
    seen = first_step(arrays, {"v": va.Kind(**BY_HAND)})
    np.testing.assert_allclose(seen["born"], [[2.0, 4.0]])
    np.testing.assert_allclose(seen["docked"], [[0.5, 1.0]])
    np.testing.assert_allclose(seen["delivered"], [[3.0, 2.8]])
    np.testing.assert_allclose(arrays.plain(seen["state"].state.modulator)[:, 0], [3.0, 2.8])
    np.testing.assert_allclose(seen["occupancy"], [[0.25, 2.0]])
    np.testing.assert_allclose(seen["content"][0], [[3.0], [1.4]])
    assert seen["state"].time == 1


class Doubled(va.Passage, name="doubled_in_field_tests"):
    """Twice as much behind each edge."""

    def factor(self, graph, nodes, xp):
        return 2.0


def test_a_passage_doubles_what_comes_along_the_edge(arrays):
    """At 1 stand 5 with 2 * 3 + 4 = 10 in all."""
    seen = first_step(arrays, {"v": va.Kind(**BY_HAND, passage=Doubled())})
    np.testing.assert_allclose(seen["content"][0], [[3.0], [2.0]])
    np.testing.assert_allclose(seen["delivered"], [[3.0, 4.0]])


def test_a_payload_is_spent_part_by_part(arrays):
    """0.5 and 1 dock and give half of 2 times their content; of the payloads 1 and 5 are left 0.75 and 4.5."""
    rules = BY_HAND | {"spend": 0.5, "absorb": 0.0, "decay": va.HazardDecay()}
    seen = first_step(arrays, {"v": va.Kind(**rules)})
    np.testing.assert_allclose(seen["delivered"], [[1.5, 1.4]])
    again = seen["field"].step(dataclasses.replace(seen["state"]))
    left = np.array([0.75 / 1.0, 4.5 / 5.0])  # a part of those that stand there; then come 2 and 4, whole
    moved = np.array([0.5 * (left[0] + 2.0), 0.5 * (left[0] + 2.0) + 4.5 + 4.0])
    stand = np.array([1.5, 10.5])
    content = np.array([3.0, (0.5 * 3.0 * 3.0 + 7.0 + 4.0) / 10.5])
    wanted = moved * [0.5, 0.2] * 0.5 * 2.0 * content
    np.testing.assert_allclose(arrays.plain(again.delivered)[0], wanted)
    np.testing.assert_allclose(arrays.plain(again.occupancy)[0], stand)


def test_those_that_turn_go_on_as_the_other_kind(arrays):
    """Of 1 and 5 dock 0.5 and 1; a quarter of these turn, the others are absorbed; the other kind decays from the next
    step on.
    """
    turning = va.Kind(**BY_HAND | {"turn": va.ConstantTurn(into="w", probability=0.25), "decay": va.HazardDecay()})
    seen = first_step(arrays, {"v": turning, "w": va.Kind(content_width=1, decay=va.HazardDecay(hazard=0.5))})
    np.testing.assert_allclose(seen["occupancy"], [[0.5, 4.0], [0.125, 0.25]])
    np.testing.assert_allclose(seen["content"][1], [[3.0], [1.4]])
    always = va.ConstantTurn(into="w", probability=0.25, when="always")
    turning = va.Kind(**BY_HAND | {"turn": always, "decay": va.HazardDecay()})
    seen = first_step(arrays, {"v": turning, "w": va.Kind(content_width=1)})
    np.testing.assert_allclose(seen["occupancy"], [[0.375, 3.0], [0.25, 1.25]])


def test_a_cap_holds_the_mean_population(arrays):
    """6 would be born, and 3 may live: half of each."""
    seen = first_step(arrays, {"v": va.Kind(**BY_HAND, cap=3)})
    np.testing.assert_allclose(seen["born"], [[1.0, 2.0]])
    assert seen["field"].closes == {"kinds.v.cap": "population", "kinds.v.release": "content"}


@pytest.mark.parametrize("view", VIEWS)
def test_rates_that_agents_refuse_are_refused_alike(arrays, view):
    kinds = {"v": va.Kind(emission=va.ConstantEmission(rate=1e5))}
    refused = []
    for look in (va.VesicleModel(pair(), kinds, view=view).step, lambda: first_step(arrays, kinds)):
        with pytest.raises(va.InputError, match="gave 100000; a finite number from 0 to 16384 is allowed") as caught:
            look()
        refused.append(str(caught.value))
    assert refused[0] == refused[1]


def test_of_a_rate_beyond_ids_a_cap_leaves_what_they_hold_and_a_broadcast_all(arrays):
    """16384 at node 0 and 16384 at 1 share the cap of 100 in halves; 1e5 + 1e6 births at two nodes all give."""
    emission = va.ConstantEmission(rate=[1e5, 1e6])
    seen = first_step(arrays, {"v": va.Kind(emission=emission, cap=100)})
    np.testing.assert_allclose(seen["born"], [[50.0, 50.0]])
    kind = va.Kind(emission=emission, delivery="broadcast", release=va.ModulatorRelease(amount=1.0))
    np.testing.assert_allclose(first_step(arrays, {"v": kind})["delivered"], [[5.5e5, 5.5e5]])


class Worth(va.Trail, name="worth_in_field_tests"):
    """What is carried, times a signal and the level where it is brought."""

    def deposit(self, vesicles, nodes, xp):
        return vesicles.content[:, 0] * nodes.signal("worth") * (1.0 + nodes.level("v"))


def test_a_trail_may_read_signals_and_is_told_to(arrays):
    """2 are born at 0 with 3 each, of which 1 goes on, at worth 0.5: 1.5; the level at 1 counts from the second step
    on, when 0.5 of the 1 that stood at 0 are left, and 2 are born again.
    """
    model = va.VesicleModel(pair(), {"v": va.Kind(**BY_HAND, trail=Worth())})
    model.signals["worth"] = 0.5
    field = va.Field(model, arrays=arrays)
    one = field.step(field.first())
    np.testing.assert_allclose(arrays.plain(one.state.trails["v"]), [1.5])
    two = field.step(one)
    came = (2.0 + arrays.plain(one.occupancy)[0, 0]) / 2.0
    np.testing.assert_allclose(arrays.plain(two.state.trails["v"]), [1.5 + came * 3.0 * 0.5 * (1.0 + 2.8)])
    assert field.closes["kinds.v.trail"] == "content, modulator, worth"


def test_a_trail_of_what_all_know_is_no_closure():
    field = va.Field(va.VesicleModel(pair(), {"v": va.Kind(trail=va.ConstantTrail())}))
    field.step(field.first())
    assert field.closes == {}


def test_it_is_the_interfaces_formula_in_transit_and_in_the_long_run(arrays):
    """rho' = (rho + lambda) P (1 - p absorb) (1 - hazard), in the long run lambda A (I - A)^-1, and p (rho + lambda) P
    dock.
    """
    rate, p = np.array([0.7, 0.2, 0.0, 1.1]), np.array([0.1, 0.4, 0.0, 0.3])
    kind = va.Kind(
        emission=va.ConstantEmission(rate=rate),
        migration=va.WeightedMigration(stay=0.5),
        docking=va.ConstantDocking(probability=p),
        decay=va.HazardDecay(hazard=0.2),
        absorb=0.5,
    )
    field = va.Field(va.VesicleModel(ring(), {"v": kind}), arrays=arrays)
    matrix, alive, rho = transport(field.graph, 0.5), (1.0 - 0.5 * p) * 0.8, np.zeros(4)
    for state in list(field.course(200))[1:]:
        arrived = (rho + rate) @ matrix
        rho = arrived * alive
        np.testing.assert_allclose(arrays.plain(state.occupancy)[0], rho, **TIGHT)
        np.testing.assert_allclose(arrays.plain(state.docked)[0], p * arrived, **TIGHT)
    a = matrix * alive
    np.testing.assert_allclose(rho, rate @ a @ np.linalg.inv(np.eye(4) - a), **TIGHT)
    assert field.closes == {}


LINEAR = {
    "migration": va.SoftmaxMigration(drift=0.5, feature="site", stay_logit=0.0),
    "docking": va.ConstantDocking(probability=0.3),
    "release": va.ModulatorRelease(amount=0.5, component=1),
    "content_width": 2,
    "content": va.GaussianContent(mean=[1.0, -2.0], deviation=[0.0, 1.0]),
}
SETTINGS: dict[str, dict] = {
    "as they are": {},
    "under way, for a fixed time": {"delay": 1, "lifetime": 4},
    "under way, for an exponential time": {"delay": 2, "lifetime": va.ExponentialLifetime(mean=3.0)},
    "payloads": {"spend": 0.3, "absorb": 0.2},
    "passages": {"passage": Doubled()},
    "counted releases": {"releases": 2, "absorb": 0.3, "delay": 1},
    "counted releases of a payload": {"releases": 3, "spend": 0.5, "lifetime": 5},
}


def linear_model(setting: str, graph: va.NeuralGraph) -> va.VesicleModel:
    """Two kinds, of which one turns and the other is born by cascades: all that follows is linear in the births."""
    rules = LINEAR | SETTINGS[setting]
    rules.pop("delay", None)
    first = va.Kind(
        **rules, emission=va.ConstantEmission(rate=0.8), turn=va.ConstantTurn(into="second", probability=0.5)
    )
    second = va.Kind(**rules, emission=va.CascadeEmission(of=["first", "second"], ratio=0.4), cap=2**30, clearance=5.0)
    return va.VesicleModel(graph, {"first": first, "second": second}, seed=SEED, record_every=0)


@pytest.mark.parametrize("setting", SETTINGS)
def test_it_is_the_mean_of_a_thousand_replicates(setting):
    """Occupancy, dockings and levels of both kinds at 4 nodes, after each of 6 steps: 144 comparisons, each with the
    standard error sqrt(max(variance, |mean|) / 1000), the mean for what was too rare to vary; |z| < 4.5; seed 71.
    """
    one = ring(delay=SETTINGS[setting].get("delay", 0))
    one.node_data["site"] = np.arange(4.0)
    many = copies(one, REPLICATES)
    many.node_data["site"] = np.tile(np.arange(4.0), REPLICATES)
    model, field = linear_model(setting, many), va.Field(linear_model(setting, one))
    before = np.zeros((2, 4 * REPLICATES))
    for state in list(field.course(STEPS))[1:]:
        model.step()
        docked, before = model.state.docked - before, model.state.docked.copy()
        level = state.state.modulator.T
        for wanted, found in (
            (state.occupancy, model.occupancy()),
            (state.docked, docked),
            (level, model.state.modulator.T),
        ):
            samples = found.reshape(2, REPLICATES, 4)
            error = np.sqrt(np.maximum(samples.var(axis=1), np.abs(wanted)) / REPLICATES)
            assert (np.abs(samples.mean(axis=1) - wanted) <= Z * error + 1e-9).all()


def test_where_all_answers_are_linear_the_rest_is_the_mean_too():
    """Releases shift biases for a time; identity neurons, noise and all, pass that on; vesicles are born with a content
    that is the activation, and give it to levels. 600 seeds; standard error sd / sqrt(600).
    """
    kind = va.Kind(
        emission=va.ConstantEmission(rate=0.5),
        content=va.ActivityContent(slope=2.0, base=1.0),
        content_width=1,
        docking=va.ConstantDocking(probability=0.4),
        release=[va.BiasRelease(amount=0.3, recovery=4.0), va.ModulatorRelease(amount=1.0, component=0)],
    )
    neurons = va.HMNNeurons(activation="identity", bias=0.2, noise=0.5, weight_scale=0.2)
    many = va.VesicleModel(copies(ring(), 600), {"v": kind}, neurons=neurons, seed=SEED)
    field = va.Field(va.VesicleModel(ring(), {"v": kind}, neurons=neurons))
    for state in list(field.course(12))[1:]:
        many.step()
        for wanted, found in (
            (state.state.activation, many.state.activation),
            (state.state.modulator[:, 0], many.state.modulator[:, 0]),
        ):
            samples = found.reshape(600, 4)
            error = samples.std(axis=0) / np.sqrt(600)
            assert (np.abs(samples.mean(axis=0) - wanted) <= Z * error + 1e-9).all()


ONTO_NEURONS = {
    "gain": (va.GainRelease(), {"identity", "tanh"}),
    "weight": (va.ScaleRelease(recovery=3.0), {"identity", "tanh"}),
    "activation": (va.FiLMRelease(scale=0.2), {"identity", "tanh"}),
    "activation, added to": (va.FiLMRelease(shift=0.2), {"tanh"}),
    "bias": (va.BiasRelease(recovery=3.0), {"tanh"}),
    "bias, for good": (va.BiasRelease(), {"tanh"}),
    "nothing": (va.ModulatorRelease(), set()),
}


@pytest.mark.parametrize("activation", ["identity", "tanh"])
@pytest.mark.parametrize("what", ONTO_NEURONS)
def test_what_vesicles_change_of_neurons_is_a_closure_unless_the_mean_goes_through(arrays, what, activation):
    """What is added passes through f = identity; what multiplies an activity that is random does not. A broadcast gives
    what is expected, and no chance is in it.
    """
    release, closed = ONTO_NEURONS[what]
    arrays = NUMPY if what == "weight" else arrays  # weights change in numpy alone
    rules = {"emission": va.ConstantEmission(rate=0.3), "docking": va.ConstantDocking(probability=0.3)}
    neurons = va.HMNNeurons(activation=activation, bias=0.5)
    for delivery, wanted in (("broadcast", False), ("vesicles", activation in closed)):
        kind = va.Kind(**rules, release=release, delivery=delivery)
        field = va.Field(va.VesicleModel(ring(), {"v": kind}, neurons=neurons), arrays=arrays)
        field.step(field.first())
        assert field.closes == ({"neurons": what.partition(",")[0]} if wanted else {})


def test_what_is_told_to_be_off_is_off():
    """Gains by dockings, before tanh: the field is too high by more than 20 standard errors of 1000 replicates."""
    kind = va.Kind(emission=va.ConstantEmission(rate=0.3), docking=va.ConstantDocking(probability=0.3), absorb=1.0)
    kind = dataclasses.replace(kind, release=va.GainRelease(amount=2.0))
    neurons = va.HMNNeurons(activation="tanh", bias=0.5, gain_recovery=5.0)
    field = va.Field(va.VesicleModel(ring(), {"v": kind}, neurons=neurons))
    many = va.VesicleModel(copies(ring(), REPLICATES), {"v": kind}, neurons=neurons, seed=SEED)
    many.run_for(15)
    state = list(field.course(15))[-1]
    found = many.state.activation.reshape(REPLICATES, 4).mean(axis=1)
    assert state.state.activation.mean() - found.mean() > 20.0 * found.std() / np.sqrt(REPLICATES)
    assert field.closes == {"neurons": "gain"}


@pytest.mark.parametrize("part", ["noise", "jitter"])
def test_either_noise_of_neurons_is_a_closure_unless_it_goes_through(part):
    for activation, wanted in (("identity", {}), ("tanh", {f"neurons.{part}": "activity"})):
        neurons = va.HMNNeurons(activation=activation, **{part: 0.5})
        assert va.Field(va.VesicleModel(ring(), {}, neurons=neurons)).closes == wanted


def test_noise_counts_by_the_mean_of_what_neurons_make_of_it(arrays):
    """relu(u + s xi) has the mean u Phi(u / s) + s phi(u / s); within 0.6 per cent of s."""
    bias, noise = np.linspace(-2.0, 2.0, 9), 0.8
    neurons = va.HMNNeurons(activation="relu", bias=bias, noise=noise)
    field = va.Field(va.VesicleModel(va.NeuralGraph(range(9), [], []), {}, neurons=neurons), arrays=arrays)
    found = arrays.plain(field.step(field.first()).state.activation)
    wanted = bias * stats.norm.cdf(bias / noise) + noise * stats.norm.pdf(bias / noise)
    np.testing.assert_allclose(found, wanted, atol=0.006 * noise)


@pytest.mark.parametrize("name", ["vesicles_or_broadcast", "tolerance", "theta_phase", "norepinephrine_astrocyte"])
def test_a_model_without_chance_is_its_own_field(name):
    """Broadcasts, no noise, and no chance: neurons, levels, changes and learning are to be the model's own."""
    scenario = va.Scenario.load(name).override("neurons.noise", 0.0)
    if "chance" in scenario.data.get("plasticity", {}):
        scenario = scenario.override("plasticity.ablated", {"chance": "mean"})
    for kind in scenario.data.get("kinds", {}):
        scenario = scenario.override(f"kinds.{kind}.delivery", "broadcast")
    model = scenario.build()
    field = va.Field(model)
    state = field.first()
    for _ in range(40):
        model.step()
        state = field.step(state)
    assert model.state.activation.any()
    for what in ("activation", "modulator", "weight", "gain", "bias", "eta"):
        np.testing.assert_allclose(getattr(state.state, what), getattr(model.state, what), rtol=1e-7, atol=1e-9)
    for part, kept in model.state.kept.items():
        np.testing.assert_allclose(state.state.kept[part], kept, rtol=1e-7, atol=1e-9)


@modest(40)
@given(recipe=worlds())
def test_any_world_has_a_field_or_a_rule_that_has_none(recipe):
    """What is expected is finite and never below 0, and no more live than have begun to; or a rule is named."""
    model = recipe.build()
    model.run_for(2)
    before = model.state.digest()
    try:
        states = list(va.Field(model).course(3))
    except va.InputError as error:
        head = error.key.split(".")[0]
        assert head in {"kinds", "neurons", "plasticity"} and error.key
        return
    assert model.state.digest() == before
    come = states[0].occupancy.sum() + sum(len(columns["id"]) for columns in model.state.vesicles.values())
    for state in states:
        come += state.born.sum()
        assert np.isfinite(state.occupancy).all() and (state.occupancy > -1e-9).all()
        assert state.occupancy.sum() <= come + 1e-6


def test_a_long_life_needs_a_horizon_and_has_one():
    model = va.VesicleModel(pair(), {"v": va.Kind(emission=va.ConstantEmission(rate=1.0), lifetime=10_000)})
    with pytest.raises(va.InputError, match="give a horizon"):
        va.Field(model)
    state = list(va.Field(model, horizon=20).course(20))[-1]
    assert state.occupancy.sum() == pytest.approx(40.0)


def test_beyond_its_horizon_a_field_is_refused():
    """Within it, numbers are those without one; of a model that has run, steps are counted from there."""
    kind = va.Kind(emission=va.ConstantEmission(rate=1.0), lifetime=9)
    model = va.VesicleModel(ring(), {"v": kind})
    model.run_for(3)
    field = va.Field(model, horizon=2)
    *_, last = field.course(2)
    np.testing.assert_allclose(last.occupancy, list(va.Field(model).course(2))[-1].occupancy, **TIGHT)
    with pytest.raises(va.InputError, match="horizon: got 2, and so many steps are done; give as many as"):
        field.step(last)
    assert len(list(va.Field(model, horizon=0).course(0))) == 1


@pytest.mark.parametrize("wrong", [-1, 2.5, "x", True])
def test_steps_and_horizon_are_whole_numbers(wrong):
    model = va.VesicleModel(pair(), {"v": va.Kind()})
    with pytest.raises(va.InputError, match=r"horizon: got .*; a whole number >= 0 is allowed, or none"):
        va.Field(model, horizon=wrong)
    for asked in (va.Field(model).course, lambda steps: va.densities(model, steps)):
        with pytest.raises(va.InputError, match=r"steps: got .*; a whole number >= 0 is allowed"):
            asked(wrong)


@pytest.mark.parametrize("look", [va.Field, lambda model: va.density(model, 2)])
def test_what_is_no_model_is_refused_with_the_way_to_one(look):
    with pytest.raises(va.InputError, match=r"model: got 'router'; .* say Scenario.load\('router'\).build\(\)"):
        look("router")
    with pytest.raises(va.InputError, match=r"model: got Scenario; .* say scenario.build\(\)"):
        look(va.Scenario.load("router"))


def test_a_field_is_of_the_state_in_which_it_was_made():
    """The model goes on, and neither knows of the other."""
    kind = va.Kind(emission=va.ConstantEmission(rate=2.0), docking=va.ConstantDocking(probability=0.2), lifetime=3)
    kind = dataclasses.replace(kind, release=va.ModulatorRelease())
    model = va.VesicleModel(ring(), {"v": kind}, neurons=va.HMNNeurons(bias=0.3), seed=SEED)
    model.run_for(5)
    field, occupancy, levels = va.Field(model), model.occupancy(), model.state.modulator.copy()
    model.run_for(5)
    first = field.first()
    np.testing.assert_array_equal(first.occupancy, occupancy)
    np.testing.assert_array_equal(first.state.modulator, levels)
    one, other = list(field.course(4))[-1], list(field.course(4))[-1]
    np.testing.assert_array_equal(one.occupancy, other.occupancy)
    np.testing.assert_array_equal(one.state.activation, other.state.activation)


def test_other_kinds_are_refused():
    field = va.Field(va.VesicleModel(pair(), {"v": va.Kind()}))
    with pytest.raises(va.InputError, match="kinds: got w; v are needed"):
        field.with_kinds({"w": va.Kind()})


def test_other_numbers_in_the_rules_are_another_field():
    model = va.VesicleModel(pair(), {"v": va.Kind(emission=va.ConstantEmission(rate=1.0))})
    field, kind = va.Field(model), model.world.kinds["v"]
    more = field.with_kinds({"v": dataclasses.replace(kind, emission=va.ConstantEmission(rate=3.0))})
    assert field.step(field.first()).occupancy.sum() == 2.0
    assert more.step(more.first()).occupancy.sum() == 6.0


class SeesAge(va.Decay, name="sees_age_in_field_tests"):
    def hazard(self, vesicles, nodes, xp):
        return xp.where(vesicles.ttl > 3, 0.1, 0.9)


def test_what_varies_from_vesicle_to_vesicle_is_refused_by_name():
    field = va.Field(va.VesicleModel(pair(), {"v": va.Kind(decay=SeesAge())}))
    with pytest.raises(va.InputError, match="reads ttl") as caught:
        field.step(field.first())
    assert caught.value.key == "kinds.v.decay"
