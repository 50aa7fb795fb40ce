"""Changes of weights by vesicles against the same weights computed directly. Deterministic."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch_nets import batch, bearing, mlp  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm import networks  # noqa: E402

RECOVERIES = pytest.mark.parametrize("recovery", [None, 1e9])  # for good, or kept beside the weight


@RECOVERIES
def test_scale_multiplies_the_weights_that_lead_to_a_unit(recovery):
    net, x = nn.Linear(3, 2, dtype=torch.float64), batch(5, 3)
    amount = np.array([9.0, 9.0, 9.0, 0.5, -1.0])  # nothing leads to the inputs
    with networks.attach(net, bearing(1, va.ScaleRelease(amount=amount, recovery=recovery))):
        found = net(x)
    weight = net.weight * torch.tensor([0.5, -1.0]).double().exp()[:, None]
    assert torch.allclose(found, functional.linear(x, weight, net.bias), rtol=1e-12)


def test_additive_adds_to_the_weights_that_lead_from_a_unit():
    net, x = nn.Linear(3, 2, dtype=torch.float64), batch(5, 3)
    release = va.AdditiveRelease(amount=np.array([1.0, 0.0, -2.0, 5.0, 5.0]), synapses="out")
    with networks.attach(net, bearing(1, release)):
        found = net(x)
    weight = net.weight + torch.tensor([1.0, 0.0, -2.0])
    assert torch.allclose(found, functional.linear(x, weight, net.bias), rtol=1e-12)


@RECOVERIES
def test_low_rank_is_a_lora_delta_of_every_layer(recovery):
    """W + A diag(c) B^T with a, b of each node and content c = (2, -1), as two layers of 4 and 3 units see it."""
    net, x = mlp(5, 4, 3), batch(6, 5)
    a, b = np.random.default_rng(4).normal(size=(2, 12, 2))
    release = va.LowRankRelease(amount=0.5, here=a, there=b, recovery=recovery)
    kinds = bearing(1, release, content_width=2, content=[2.0, -1.0])
    with networks.attach(net, kinds):
        found = net(x)
    change = torch.tensor(0.5 * (a * [2.0, -1.0]) @ b.T)  # (to, from)
    hidden = torch.tanh(functional.linear(x, net[0].weight + change[5:9, :5], net[0].bias))
    wanted = functional.linear(hidden, net[2].weight + change[9:, 5:9], net[2].bias)
    assert torch.allclose(found, wanted, rtol=1e-11)


@pytest.mark.parametrize("conv", [
    nn.Conv2d(4, 6, 3, stride=2, padding=1, dilation=1, groups=2),
    nn.Conv2d(4, 6, (1, 3), padding="same", padding_mode="circular"),
    nn.Conv1d(4, 6, 3, groups=2),
], ids=["strided groups", "circular", "1d groups"])  # fmt: skip
def test_a_kernel_changes_tap_by_tap_and_as_the_module_applies_it(conv):
    conv = conv.double()
    x = batch(3, 4, *[9] * len(conv.kernel_size))
    amount = np.append(np.zeros(4), np.linspace(-1.0, 1.0, 6))
    with networks.attach(conv, bearing(1, va.ScaleRelease(amount=amount), va.AdditiveRelease(amount=0.1))):
        found = conv(x)
    scale = torch.tensor(np.exp(amount[4:])).view(6, *[1] * (conv.weight.dim() - 1))
    again = type(conv)(4, 6, conv.kernel_size, conv.stride, conv.padding, conv.dilation, conv.groups,
                       padding_mode=conv.padding_mode).double()  # fmt: skip
    with torch.no_grad():
        again.weight.copy_(conv.weight * scale + 0.1)
        again.bias.copy_(conv.bias)
    assert torch.allclose(found, again(x), rtol=1e-11)


def test_weights_relax_when_the_change_fades():
    """w exp(C), C = 0.5 exp(-t / 2)."""
    net, x = nn.Linear(3, 2, bias=False, dtype=torch.float64), batch(5, 3)
    y = net(x).detach()
    with networks.attach(net, bearing(1, va.ScaleRelease(amount=0.5, recovery=2.0))):
        for t in range(4):
            assert torch.allclose(net(x), np.exp(0.5 * np.exp(-t / 2.0)) * y, rtol=1e-12)


def test_the_parameter_itself_keeps_its_bits_and_its_gradient_its_meaning():
    """y = (W + C) x + b, so dL/dW is that of the changed network: of a sum, the sum of the inputs."""
    net, x = nn.Linear(3, 2, dtype=torch.float64), batch(5, 3)
    before = net.weight.detach().clone()
    with networks.attach(net, bearing(1, va.AdditiveRelease(amount=1.0))):
        net(x).square().sum().backward()
    assert torch.equal(net.weight, before)
    changed = (before + 1.0).requires_grad_()
    functional.linear(x, changed, net.bias).square().sum().backward()
    assert torch.allclose(net.weight.grad, changed.grad)


def test_in_single_precision_weights_change_in_single_precision():
    net, x = nn.Linear(3, 2), batch(5, 3, dtype=torch.float32)
    with networks.attach(net, bearing(1, va.AdditiveRelease(amount=1.0))):
        found = net(x)
        half = net.bfloat16()(x.bfloat16())
    assert found.dtype == torch.float32
    assert half.dtype == torch.bfloat16
    assert torch.allclose(half.float(), found, atol=0.1)


def test_the_networks_synapses_learn_by_the_hmn_rule():
    """With the trace ablated dw = eta x_i(t - 1) z_j(t) of mean activities: the first is seen in the second forward,
    and has an x before it in the third.
    """
    net, x = nn.Linear(3, 2, dtype=torch.float64), batch(5, 3)
    rule = va.Plasticity(modulation=va.Modulation(eta_local=0.01, eta_global=0.0)).without("trace")
    mean, answer = x.mean(0), net(x).mean(0).detach()
    y = net(x).detach()
    with networks.attach(net, {}, plasticity=rule) as population:
        assert torch.equal(net(x), y)
        assert torch.equal(net(x), y)
        found = net(x)
    change = 0.01 * answer[:, None] * mean[None, :]
    assert torch.allclose(found, functional.linear(x, net.weight + change, net.bias), rtol=1e-12)
    assert population.model.time == 3


@pytest.mark.parametrize("what", ["release", "plasticity"])
def test_where_no_edge_is_a_weight_a_change_of_weights_is_refused(what):
    net = mlp(3, 4, 2)
    kinds = bearing(1, va.ScaleRelease()) if what == "release" else {}
    options = {"plasticity": va.Plasticity()} if what == "plasticity" else {}
    with pytest.raises(va.InputError, match="no edge is a weight"):
        networks.attach(net, kinds, per="module", **options)
    assert not net._forward_pre_hooks
