"""Rules that answer to signals, to activity and to what the content matches: by hand, and by counts. Seed 70.

Births from a signal with a base, and cascades at large, are in ``test_meta_signals`` and ``test_cascades``.
"""

import numpy as np
import pytest
from oracles import SMALLEST_P, Z, isolated, model_of, multinomial_p, share_z
from scipy import special

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

SEED = 70
COHORT = 6_000
ONE_EACH = va.PulseEmission(count=1)
Z_OF_NODES = np.array([-0.5, 0.25, 2.0])


def silent(bias=Z_OF_NODES) -> va.HMNNeurons:
    """Isolated neurons whose activation is their bias."""
    return va.HMNNeurons(activation="identity", bias=np.asarray(bias, dtype=float))


def contents(model) -> list:
    """What the vesicles carry, by node."""
    columns = model.state.vesicles["v"]
    return columns["content"][np.argsort(columns["node"], kind="stable")].tolist()


# Emission


@pytest.mark.parametrize(
    ("sign", "wanted"),
    [("positive", [0.0, 0.75, 0.0, 6.0]), ("negative", [3.0, 0.0, 0.0, 0.0]), ("both", [3.0, 0.75, 0.0, 6.0])],
)
def test_a_signal_of_each_node_bears_at_that_node_by_its_sign(sign, wanted):
    """3 births a unit of the signal (-1, 0.25, 0, 2); of nodes 1 and 3 alone where these are named."""
    for nodes in (None, [1, 3]):
        emission = va.SignalEmission(signal="error", scale=3.0, sign=sign, nodes=nodes)
        model = model_of(isolated(4), seed=SEED, emission=emission)
        model.signals["error"] = np.array([-1.0, 0.25, 0.0, 2.0])
        named = np.ones(4) if nodes is None else np.array([0.0, 1.0, 0.0, 1.0])
        assert model.world.tables["v"].rate().tolist() == (named * wanted).tolist()


def test_a_signal_bears_while_it_lasts_and_nobody_once_it_is_gone():
    model = model_of(isolated(2), seed=SEED, emission=va.SignalEmission(signal="reward", scale=50.0))
    born = []
    for signal in (None, 1.0, 0.0, -1.0, 2.0):
        if signal is not None:
            model.signals["reward"] = signal
        before = model.counts["born"]
        model.step()
        born.append(model.counts["born"] - before)
    assert [count > 0 for count in born] == [False, True, False, False, True]
    for count, mean in ((born[1], 100.0), (born[4], 200.0)):
        assert abs(count - mean) < Z * np.sqrt(mean)  # Poisson


@pytest.mark.parametrize("view", VIEWS)
def test_the_rate_of_a_cascade_is_the_ratio_of_its_node_times_the_dockings_of_the_last_step(view):
    """Two kinds of parents at three nodes, with ratios 0.5, 1 and 2."""
    ratio = np.array([0.5, 1.0, 2.0])
    parents = {
        name: va.Kind(emission=va.ConstantEmission(rate=rate), docking=va.ConstantDocking(probability=0.6))
        for name, rate in (("a", 3.0), ("b", 1.0))
    }
    child = va.Kind(emission=va.CascadeEmission(of=["a", "b"], ratio=ratio), cap=10_000)
    model = va.VesicleModel(isolated(3), {**parents, "child": child}, seed=SEED, view=view)
    docked = model.state.docked[:2].sum(axis=0)
    for _ in range(6):
        model.step()
        now = model.state.docked[:2].sum(axis=0)
        assert model.world.tables["child"].rate().tolist() == (ratio * (now - docked)).tolist()
        docked = now


# Content


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [
        ({"scale": [2.0, -1.0]}, [[-1.0, 0.5], [0.5, -0.25], [0.0, 0.0]]),
        ({"scale": [2.0, -1.0], "take": "sign"}, [[-2.0, 1.0], [2.0, -1.0], [0.0, 0.0]]),
        ({"scale": ["x", "y"]}, [[-0.5, 0.0], [0.5, 0.25], [0.0, 0.0]]),
    ],
)
def test_a_signal_of_each_node_is_what_those_born_there_carry(view, numbers, wanted):
    """The signal is (-0.5, 0.25, 0); x = (1, 2, 3), y = (0, 1, 2)."""
    graph = va.NeuralGraph.from_edges([], nodes=[(i, {"x": i + 1.0, "y": float(i)}) for i in range(3)])
    content = va.SignalContent(signal="error", **numbers)
    model = model_of(graph, seed=SEED, view=view, emission=ONE_EACH, content=content, content_width=2)
    model.signals["error"] = np.array([-0.5, 0.25, 0.0])
    model.step()
    assert contents(model) == wanted


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("take", "wanted"), [("value", [1.0, -6.0, 0.0]), ("sign", [2.0, -3.0, 0.0])])
def test_a_signal_of_each_component_is_what_all_carry(view, take, wanted):
    """(0.5, 2, 0) times (2, -3, 4), or its sign times these."""
    content = va.SignalContent(signal="pattern", per="component", take=take, scale=[2.0, -3.0, 4.0])
    model = model_of(isolated(2), seed=SEED, view=view, emission=ONE_EACH, content=content, content_width=3)
    model.signals["pattern"] = np.array([0.5, 2.0, 0.0])
    model.step()
    assert contents(model) == [wanted] * 2


def test_without_the_signal_a_content_is_0_and_one_number_is_for_all():
    content = va.SignalContent(signal="error", scale=[2.0, 4.0])
    rules = {"emission": va.PulseEmission(count=1, every=1), "lifetime": 2, "content": content, "content_width": 2}
    model = model_of(isolated(1), seed=SEED, **rules)
    model.step()
    assert contents(model) == [[0.0, 0.0]]
    model.signals["error"] = -0.5
    model.step()
    assert contents(model) == [[-1.0, -2.0]]


def test_contents_deviate_from_the_signal_as_stated():
    """Mean 2 * 1.5 and deviation 0.5, 6000 vesicles: standard errors 0.5 / sqrt(n) and 0.5 / sqrt(2 n)."""
    content = va.SignalContent(signal="error", scale=2.0, deviation=0.5)
    emission = va.PulseEmission(count=COHORT)
    model = model_of(isolated(1), seed=SEED, emission=emission, content=content, content_width=1)
    model.signals["error"] = 1.5
    model.step()
    carried = model.state.vesicles["v"]["content"][:, 0].astype(float)
    assert abs(carried.mean() - 3.0) < Z * 0.5 / np.sqrt(COHORT)
    assert abs(carried.std() - 0.5) < Z * 0.5 / np.sqrt(2 * COHORT)


@pytest.mark.parametrize("view", VIEWS)
def test_activity_generates_the_content_of_those_born_there(view):
    """base (1, 0) + slope (2, -4) * z with z = (-0.5, 0.25, 2)."""
    content = va.ActivityContent(base=[1.0, 0.0], slope=[2.0, -4.0])
    rules = {"emission": ONE_EACH, "content": content, "content_width": 2, "neurons": silent()}
    model = model_of(isolated(3), seed=SEED, view=view, **rules)
    model.step()
    assert contents(model) == [[0.0, 2.0], [1.5, -1.0], [5.0, -8.0]]


# Docking


def test_exponential_docking_has_its_probability_and_is_cut_at_1():
    """min(1, exp(2 (c . r) / sqrt(2) - 1)) with c = (1, -0.5); at the last receptor it is 1. Binomial."""
    receptor = np.array([[0.0, 0.0], [0.5, 0.25], [-1.0, 1.0], [1.0, 0.0]])
    docking = va.ExponentialDocking(receptor=receptor, gain=2.0, ceiling=1.0)
    rules = {"emission": va.PulseEmission(count=COHORT), "content": [1.0, -0.5], "content_width": 2}
    model = model_of(isolated(4), seed=SEED, docking=docking, **rules)
    model.step()
    p = np.minimum(1.0, np.exp(2.0 * receptor @ [1.0, -0.5] / np.sqrt(2.0) - 1.0))
    assert p[-1] == 1.0
    assert np.abs(share_z(model.state.docked[0], COHORT, p)).max() < Z


def test_dockings_of_vesicles_that_come_everywhere_fall_to_nodes_by_softmax():
    """Equal births at five nodes: of the docked, the shares are softmax(gain c . r / sqrt(2)); chi-square."""
    receptor = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [-1.0, 1.0], [2.0, 0.0]])
    docking = va.ExponentialDocking(receptor=receptor, gain=1.5, ceiling=2.5)
    rules = {"emission": va.PulseEmission(count=COHORT), "content": [1.0, -0.5], "content_width": 2}
    model = model_of(isolated(5), seed=SEED, docking=docking, **rules)
    model.step()
    share = special.softmax(1.5 * receptor @ [1.0, -0.5] / np.sqrt(2.0))
    docked = model.state.docked[0]
    assert multinomial_p(docked, share, int(docked.sum())) > SMALLEST_P


def test_activity_docking_is_the_stated_sigmoid():
    """sigmoid(3 (z - 0.5)) at z = (-0.5, 0.25, 2). Binomial."""
    docking = va.ActivityDocking(gain=3.0, threshold=0.5)
    rules = {"emission": va.PulseEmission(count=COHORT), "docking": docking, "neurons": silent()}
    model = model_of(isolated(3), seed=SEED, **rules)
    model.step()
    assert np.abs(share_z(model.state.docked[0], COHORT, special.expit(3.0 * (Z_OF_NODES - 0.5)))).max() < Z


@pytest.mark.parametrize("view", VIEWS)
def test_activity_docking_follows_the_activation_of_the_step(view):
    """A gain of 10^4 makes it certain: nobody docks at 0.49, all at 0.51, as the drive goes up and down."""
    rules = {"emission": va.PulseEmission(count=5, every=1), "docking": va.ActivityDocking(gain=1e4), "lifetime": 1}
    model = model_of(isolated(1), seed=SEED, view=view, neurons=silent([0.0]), **rules)
    docked = []
    for drive in (0.49, 0.51, 0.49, 0.51):
        model.state.drive[:] = drive
        model.step()
        docked.append(int(model.docked_now[0]))
    assert docked == [0, 5, 0, 5]
