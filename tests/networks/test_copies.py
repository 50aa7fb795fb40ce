"""Copies of a network to which vesicles are attached: they are the network's alone. Seeds as given."""

import copy
import io

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch_nets import batch, bearing, mlp  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm import networks  # noqa: E402


def saved_and_loaded(net: nn.Module) -> nn.Module:
    file = io.BytesIO()
    torch.save(net, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


@pytest.mark.parametrize("copied", [copy.deepcopy, saved_and_loaded])
def test_a_copy_of_a_network_carries_no_vesicles_and_computes_the_bits_of_the_network_alone(copied):
    net, x = mlp(3, 4, 2), batch(5, 3)
    alone = net(x)
    kinds = bearing(1, va.FiLMRelease(shift=0.5), va.GainRelease(amount=0.5), va.ScaleRelease(amount=0.5))
    with networks.attach(net, kinds) as population:
        changed = net(x)
        assert not torch.equal(changed, alone)
        twin = copied(net)
        assert torch.equal(twin(x), alone)
        assert torch.equal(twin(-x), mlp(3, 4, 2)(-x))
        assert population.model.time == 1
        assert population.eval()(x).equal(changed)


def test_a_copy_may_have_a_population_of_its_own():
    net, x = mlp(3, 4, 2), batch(5, 3)
    with networks.attach(net, bearing(1, va.BiasRelease(amount=0.5))) as population:
        changed = net(x)
        twin = copy.deepcopy(net)
        with networks.attach(twin, bearing(1, va.BiasRelease(amount=0.5))) as other:
            assert torch.equal(twin(x), changed)
            assert (population.model.time, other.model.time) == (1, 1)


def test_a_copy_of_a_population_is_detached_and_goes_on_with_the_same_bits_beside_its_own_network():
    net, x = mlp(3, 4, 2), batch(5, 3)
    alone = net(x)
    kinds = bearing(1, va.ScaleRelease(amount=0.5), emission=va.ConstantEmission(rate=1.0))
    with networks.attach(net, kinds, seed=3) as population:
        net(x)
        other = copy.deepcopy(population)
        assert not other.attached
        assert torch.equal(other.net(x), alone)
        other.attach()
        assert torch.equal(torch.stack([other(x) for _ in range(3)]), torch.stack([net(x) for _ in range(3)]))
        assert other.model.time == population.model.time == 4
