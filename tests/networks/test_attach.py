"""Attached and detached: what a network computes, keeps and carries. Seeds as given."""

import copy
import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch_nets import batch, bearing, busy, mlp  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm import networks  # noqa: E402
from vesicle_abm.views.step import VIEWS  # noqa: E402

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def hooks(net):
    return [hook for module in net.modules() for name in HOOKS for hook in getattr(module, name).values()]


def conv_net():
    torch.manual_seed(5)
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 36, 4))


def test_a_network_without_births_computes_its_own_bits():
    net, x = conv_net(), batch(5, 1, 8, 8, dtype=torch.float32)
    y = net(x)
    with networks.attach(net, bearing(0, va.FiLMRelease(scale=1.0), va.ScaleRelease(amount=1.0))) as population:
        assert torch.equal(net(x), y)
        assert population.model.time == 1


def test_after_detaching_no_trace_is_left():
    net, x = conv_net(), batch(5, 1, 8, 8, dtype=torch.float32)
    y, before = net(x), copy.deepcopy(net.state_dict())
    population = networks.attach(net, busy(), seed=3)
    for _ in range(3):
        net(x).sum().backward()
    assert hooks(net)
    assert not torch.equal(net(x), y)
    assert list(net.state_dict()) == list(before)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    population.detach()
    assert not hooks(net)
    assert torch.equal(net(x), y)
    assert torch.equal(copy.deepcopy(net)(x), y)
    assert torch.equal(pickle.loads(pickle.dumps(net))(x), y)
    assert list(net.state_dict()) == list(before)


def test_attached_again_it_goes_on():
    net, x = mlp(3, 4, 2), batch(5, 3)
    population = networks.attach(net, busy(), seed=3)
    changed = net(x)
    population.attach()
    assert len(net._forward_pre_hooks) == 1
    with population.eval():
        assert torch.equal(net(x), changed)
    assert not population.attached
    with population:
        assert torch.equal(net(x), changed)


class ByKeyword(nn.Module):
    """A linear layer whose input has its name."""

    def __init__(self):
        super().__init__()
        self.layer = mlp(3, 2)[0]

    def forward(self, x=None):
        return self.layer() if x is None else self.layer(input=x)


def test_a_module_called_by_keyword_is_seen_and_changed_as_one_called_by_place():
    found, x = [], batch(5, 3)
    for net in (mlp(3, 2), ByKeyword()):
        with networks.attach(net, busy(), seed=3) as population:
            found += [(torch.stack([net(x) for _ in range(3)]), population.model.signals["activity"])]
    assert torch.equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])
    assert np.abs(found[0][1]).min() > 0.0
    population = networks.attach(ByKeyword(), busy())
    with pytest.raises(va.InputError, match=r"modules\.layer: is called with no input"):
        population()


def test_an_exception_in_the_network_leaves_no_hook_behind():
    net = mlp(3, 4, 2)
    with pytest.raises(RuntimeError, match="shape"), networks.attach(net, busy()):
        net(batch(5, 7))
    assert not hooks(net)


def test_the_population_has_no_parameters_and_is_no_part_of_the_network():
    net = mlp(3, 4, 2)
    population = networks.attach(net, busy())
    assert not list(population.parameters())
    assert not [module for module in population.modules() if module is not population]
    assert population not in list(net.modules())
    assert torch.equal(population(batch(5, 3)), population.eval()(batch(5, 3)))


def test_the_same_seed_gives_the_same_bits_in_both_views():
    x, outputs, digests = batch(5, 1, 8, 8, dtype=torch.float32), [], []
    for view in (*VIEWS, VIEWS[0]):
        net = conv_net()
        with networks.attach(net, busy(), seed=3, view=view) as population:
            outputs.append(torch.stack([net(x) for _ in range(3)]))
            digests.append(population.model.state.digest())
    assert digests[0] == digests[1] == digests[2]
    assert torch.equal(outputs[0], outputs[1])
    assert torch.equal(outputs[0], outputs[2])
    with networks.attach(conv_net(), busy(), seed=4) as population:
        population(x)
        assert population.model.state.digest() != digests[0]


def test_two_populations_on_one_network_act_one_after_the_other():
    net, x = nn.Linear(3, 2, bias=False, dtype=torch.float64), batch(4, 3)
    y = net(x).detach()
    outputs = np.array([0.0, 0.0, 0.0, 1.0, 1.0])
    with (
        networks.attach(net, bearing(1, va.GainRelease(amount=outputs))),
        networks.attach(net, bearing(1, va.BiasRelease(amount=outputs))),
    ):
        assert torch.allclose(net(x), 2.0 * y + 1.0)
    assert torch.equal(net(x), y)


def test_vesicles_travel_along_the_network_and_act_where_they_dock():
    """One born at the first input is at the hidden unit of the only weight after one step, at the output after two."""
    net, x = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)), torch.ones(1, 2)
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[0.0, 1.0], [-3.0, 1.0]]))
        net[1].weight.copy_(torch.tensor([[1.0, 0.0], [1.0, 2.0]]))
    dock = va.ConstantDocking(probability=np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0]))
    kinds = {
        "v": va.Kind(
            emission=va.PulseEmission(count=1, nodes=[("0", "in", 0)]), docking=dock, release=va.FiLMRelease(shift=10.0)
        )
    }
    y = net(x)
    with networks.attach(net, kinds):
        assert torch.equal(net(x), y)
        assert torch.allclose(net(x), y + torch.tensor([0.0, 10.0]))
        assert torch.equal(net(x), y)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_what_vesicles_change_follows_the_network_to_the_gpu():
    net, x = conv_net(), batch(5, 1, 8, 8, dtype=torch.float32)
    with networks.attach(net, busy(), seed=3, gradients=True) as population:
        there = net(x)
        population.eval()
        assert torch.allclose(net.cuda()(x.cuda()).cpu(), there, atol=1e-4)
        population.train()
        net(x.cuda()).sum().backward()
        net(x.cuda())
        assert np.abs(population.model.signals["gradient"]).sum() > 0
