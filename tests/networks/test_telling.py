"""What a population is told, and what attach is asked for: refused at once where it cannot be. Seeds as given."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch_nets import STILL, batch, bearing, mlp  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm import networks  # noqa: E402


def test_what_is_told_is_a_signal():
    net = mlp(3, 2)
    kinds = {"v": va.Kind(emission=va.SignalEmission(signal="loss", scale=4.0), migration=STILL)}
    with networks.attach(net, kinds, seed=2) as population:
        net(batch(1, 3))
        assert population.model.counts["born"] == 0
        population.tell(loss=torch.tensor(25.0, requires_grad=True))
        net(batch(1, 3))
        assert abs(population.model.counts["born"] - 500) < 100  # Poisson(5 nodes * 100): 4.5 standard deviations


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (float("nan"), "reward: got nan; a finite number is allowed, or a vector of them"),
        (torch.tensor(float("inf")), "reward: got inf; a finite number"),
        (None, "reward: got None; a finite number"),
        ("x", "reward: got 'x'; a finite number"),
        ([[1.0, 2.0]], r"reward: got an array of shape \(1, 2\); a finite number"),
        (torch.ones(0), r"reward: got an array of shape \(0,\); a finite number"),
        ([1.0, [2.0]], r"reward: got \[1.0, \[2.0\]\]; a finite number"),
        (1j, "reward: got 1j; a finite number"),
    ],
)
def test_what_is_no_signal_is_refused_at_once_and_nothing_is_told(value, words):
    population = networks.attach(mlp(3, 2), bearing(1))
    population.tell(reward=1.0)
    with pytest.raises(va.InputError, match=words):
        population.tell(loss=2.0, reward=value)
    assert population.model.signals["reward"] == 1.0
    assert "loss" not in population.model.signals


@pytest.mark.parametrize(
    "value",
    [
        3,
        True,
        np.float32(2.5),
        torch.tensor([[4.0]]),
        torch.tensor([7.5], dtype=torch.bfloat16),
        [1, 2, 3, 4, 5],
        torch.ones(5, requires_grad=True),
    ],
)
def test_a_signal_is_a_number_or_a_vector(value):
    population = networks.attach(mlp(3, 2), bearing(1))
    population.tell(reward=value)
    wanted = torch.as_tensor(value).detach().double().squeeze().numpy()
    assert np.array_equal(population.model.signals["reward"], wanted)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"evry": 2}, "evry: attach has no such option; did you mean 'every'"),
        ({"module": ["0"]}, "module: attach has no such option; did you mean 'modules'"),
        ({"sead": 2}, "sead: attach has no such option; did you mean 'seed'"),
        ({"neurons": va.HMNNeurons()}, "neurons: attach has no such option"),
    ],
)
def test_an_option_that_there_is_not_is_refused_with_the_nearest(options, words):
    net = mlp(3, 2)
    with pytest.raises(va.InputError, match=words):
        networks.attach(net, bearing(1), **options)
    assert not net._forward_pre_hooks


def test_what_is_no_network_is_refused():
    with pytest.raises(va.InputError, match=r"net: got 'net'; a torch.nn.Module is allowed"):
        networks.attach("net", bearing(1))
