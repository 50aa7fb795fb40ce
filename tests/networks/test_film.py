"""FiLM, gain and bias by vesicles against the same computed directly on tensors. Seeds 1 … 3 and 21."""

import numpy as np
import pytest
from oracles import Z

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch_nets import batch, bearing, mlp  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm import networks  # noqa: E402

EXACT = {torch.float64: 1e-14, torch.float32: 1e-6, torch.bfloat16: 2e-2}


def wanted(net, x, gamma, beta):
    """gamma y + beta at the first module's units, then the rest of the network."""
    first, *rest = net
    return nn.Sequential(*rest)(gamma * first(x) + beta)


def test_dense_vesicles_are_film_within_their_standard_error():
    """With r births a node, y differs from gamma y0 + beta by (n / r - 1) ((gamma - 1) y0 + beta), n ~ Poisson(r), of
    standard deviation |(gamma - 1) y0 + beta| / sqrt(r); at one output unit, 64 nodes, seed 21.
    """
    x, r, units = batch(1, 6), 400.0, 64
    net = nn.Sequential(nn.Linear(6, units, dtype=torch.float64))
    gamma, beta = np.linspace(0.2, 2.0, units), np.linspace(-1.0, 1.0, units)
    y = net(x).detach().numpy()[0]
    inputs = np.zeros(6)  # nodes of the inputs come first
    film = va.FiLMRelease(scale=np.append(inputs, gamma - 1.0) / r, shift=np.append(inputs, beta) / r)
    kinds = bearing(0, film, emission=va.ConstantEmission(rate=r))
    with networks.attach(net, kinds, seed=21):
        found = net(x).detach().numpy()[0]
    z = (found - (gamma * y + beta)) / (np.abs((gamma - 1.0) * y + beta) / np.sqrt(r))
    assert np.abs(z).max() < Z
    assert abs(np.mean(z**2) - 1.0) < Z * np.sqrt((2.0 + 1.0 / r) / units)  # of a Poisson count: 2 + 1 / r


def test_the_distance_to_film_falls_as_one_over_the_square_root_of_the_density():
    """Root mean square over 64 units is known to 1 / sqrt(128) of itself; 1/10 between r = 100 and r = 10000."""
    net, x = nn.Sequential(nn.Linear(6, 64, dtype=torch.float64)), batch(1, 6)
    y, off = net(x).detach(), []
    for r in (100.0, 10000.0):
        film = va.FiLMRelease(scale=np.array([0.0] * 6 + [0.5 / r] * 64))
        with networks.attach(net, bearing(0, film, emission=va.ConstantEmission(rate=r)), seed=21):
            off.append(((net(x) / y).detach() - 1.5).square().mean().sqrt().item())
    assert off[0] / off[1] == pytest.approx(10.0, rel=Z * np.sqrt(2.0 / 128.0))


@pytest.mark.parametrize("dtype", EXACT)
def test_what_docked_is_what_is_done(dtype):
    net, x = mlp(4, 5, 3, dtype=dtype), batch(7, 4, dtype=dtype)
    graph = networks.graph_of(net, ["0"])
    outputs = va.ConstantEmission(rate=np.array([0.0] * 4 + [2.0] * 5))
    kinds = bearing(0, va.FiLMRelease(scale=0.25, shift=-0.5), emission=outputs)
    with networks.attach(net, kinds, graph, seed=1) as population:
        found = net(x)
        count = torch.tensor(population.model.state.docked[0][4:], dtype=dtype)
    assert 0 < count.sum() < 25
    direct = wanted(net, x, 1.0 + 0.25 * count, -0.5 * count)
    assert found.dtype == dtype
    assert torch.allclose(found, direct, atol=EXACT[dtype], rtol=EXACT[dtype])


@pytest.mark.parametrize(
    ("conv", "shape"),
    [
        (nn.Conv1d(2, 3, 3), (5, 2, 9)),
        (nn.Conv2d(2, 3, 3, stride=2), (5, 2, 9, 7)),
        (nn.Conv3d(2, 3, 2), (5, 2, 4, 4, 4)),
        (nn.Conv2d(2, 3, 3), (2, 9, 7)),
    ],
    ids=["1d", "2d", "3d", "without a batch"],
)
def test_a_channel_is_a_unit(conv, shape):
    x = batch(*shape, dtype=torch.float32)
    kinds = bearing(1, va.FiLMRelease(scale=np.array([0.0, 0.0, 1.0, 2.0, 3.0]), shift=np.array([0.0] * 4 + [1.0])))
    y = conv(x).detach()
    with networks.attach(conv, kinds):
        found = conv(x)
    for channel in range(3):
        here = (slice(None), channel) if x.dim() == len(y.shape) == len(conv.kernel_size) + 2 else (channel,)
        assert torch.allclose(found[here], (2.0 + channel) * y[here] + (channel == 2), atol=1e-5)


def test_the_units_of_norms_and_embeddings_are_known():
    words = torch.tensor([[0, 1, 2]])
    net = nn.Sequential(nn.Embedding(3, 4), nn.LayerNorm(4))
    kinds = bearing(1, va.FiLMRelease(shift=np.arange(8.0)))
    plain = net(words)
    with networks.attach(net, kinds, modules=["0", "1"]):
        found = net(words)
    direct = net[1](net[0](words) + torch.arange(4.0)) + torch.arange(4.0, 8.0)
    assert torch.allclose(found, direct, atol=1e-6)
    assert not torch.allclose(found, plain)
    norm = nn.BatchNorm2d(2).eval()
    x = batch(3, 2, 4, 4, dtype=torch.float32)
    with networks.attach(norm, bearing(1, va.FiLMRelease(shift=np.array([1.0, -1.0]))), modules=[""]):
        assert torch.allclose(norm(x) - nn.BatchNorm2d(2).eval()(x), torch.tensor([1.0, -1.0]).view(2, 1, 1), atol=1e-6)


def test_a_gain_relaxes_over_forwards():
    """g(t) = 1 + 0.5 exp(-t / 3), on a linear network without bias."""
    net, x = nn.Linear(3, 2, bias=False, dtype=torch.float64), batch(1, 3)
    y = net(x).detach()
    gain = va.GainRelease(amount=np.array([0.0, 0.0, 0.0, 0.5, 0.5]))
    with networks.attach(net, bearing(1, gain), gain_recovery=3.0):
        for t in range(5):
            assert torch.allclose(net(x), (1.0 + 0.5 * np.exp(-t / 3.0)) * y, rtol=1e-12)


def test_a_bias_comes_after_the_gain_and_inside_film():
    """y <- (1 + gamma) (g y + b) + beta with gamma = 1, g = 1.5, b = 2, beta = 3 in the first forward; then g y + b."""
    net, x = nn.Linear(3, 2, dtype=torch.float64), batch(4, 3)
    outputs = np.array([0.0, 0.0, 0.0, 1.0, 1.0])
    film = va.FiLMRelease(scale=outputs, shift=3.0 * outputs)
    releases = film, va.GainRelease(amount=0.5 * outputs), va.BiasRelease(amount=2.0 * outputs)
    y = net(x).detach()
    with networks.attach(net, bearing(1, *releases)):
        first, second = net(x), net(x)
    assert torch.allclose(first, 2.0 * (1.5 * y + 2.0) + 3.0, rtol=1e-12)
    assert torch.allclose(second, 1.5 * y + 2.0, rtol=1e-12)


def test_inputs_are_nodes_too():
    net, x = nn.Linear(3, 2, dtype=torch.float64), batch(4, 3)
    with networks.attach(net, bearing(1, va.GainRelease(amount=np.array([1.0, 0.0, -1.0, 0.0, 0.0])))):
        found = net(x)
    assert torch.allclose(found, nn.functional.linear(x * torch.tensor([2.0, 1.0, 0.0]), net.weight, net.bias))


def test_a_module_taken_whole_changes_as_one_and_the_first_of_a_tuple_is_meant():
    net, x = nn.Sequential(nn.GRU(3, 4, batch_first=True)), batch(2, 5, 3, dtype=torch.float32)
    with networks.attach(net, bearing(1, va.FiLMRelease(scale=1.0, shift=0.5)), modules=["0"], per="module"):
        found, hidden = net(x)
    output, same = net(x)
    assert torch.allclose(found, 2.0 * output + 0.5, atol=1e-6)
    assert torch.equal(hidden, same)
