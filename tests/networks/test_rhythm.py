"""When a population steps and watches: in every mode of the network, and as often as asked."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.utils.checkpoint import checkpoint  # noqa: E402
from torch_nets import batch, bearing, busy, mlp  # noqa: E402

from vesicle_abm import networks  # noqa: E402


@pytest.mark.parametrize("training", [True, False])
def test_it_steps_and_acts_whatever_the_mode_of_the_network(training):
    net, x = mlp(3, 4, 2).train(training), batch(5, 3)
    y = net(x).detach()
    found = {}
    for name, mode in (("grad", torch.enable_grad), ("none", torch.no_grad), ("inference", torch.inference_mode)):
        with networks.attach(net, busy(), seed=3) as population, mode():
            found[name] = [net(x), net(x)]
            assert population.model.time == 2
    assert not torch.equal(found["grad"][0], y)
    for name in ("none", "inference"):
        assert all(torch.equal(a, b) for a, b in zip(found["grad"], found[name], strict=True))


def test_training_goes_on_after_inference_mode():
    net, x = mlp(3, 4, 2), batch(5, 3)
    with networks.attach(net, busy(), gradients=True, every=2) as population:
        with torch.inference_mode():
            net(x)
        net(x).square().mean().backward()
        assert net[0].weight.grad.abs().sum() > 0
        net(x)
        assert np.abs(population.model.signals["gradient"]).sum() > 0


def test_in_eval_a_population_neither_steps_nor_watches():
    net, x = mlp(3, 4, 2), batch(5, 3)
    with networks.attach(net, busy(), seed=3) as population:
        first = net(x)
        digest = population.model.state.digest()
        population.eval()
        assert torch.equal(net(100.0 * x[:1]), net(100.0 * x[:1]))
        assert torch.equal(net(x), first)
        assert population.model.state.digest() == digest
        assert population.model.time == 1


def test_what_passes_while_it_is_in_eval_is_not_seen():
    net, x = mlp(3, 4, 2), batch(5, 3)
    with networks.attach(net, bearing(0)) as population:
        net(x)
        population.eval()
        net(100.0 * x)
        population.train()
        net(x)
        assert population.model.signals["activity"][:3] == pytest.approx(x.mean(0).numpy(), rel=1e-14)


@pytest.mark.parametrize(("every", "steps", "time"), [(1, 1, 6), (3, 1, 2), (1, 4, 24), (2, 3, 9), (None, 2, 0)])
def test_the_rhythm_of_steps_is_as_asked(every, steps, time):
    net, x = mlp(3, 4, 2), batch(5, 3)
    with networks.attach(net, busy(), every=every, steps_per_forward=steps) as population:
        for _ in range(6):
            net(x)
        assert population.model.time == time
        population.step()
        assert population.model.time == time + steps


def test_with_steps_of_its_own_a_checkpointed_network_is_changed_as_the_plain_one():
    """The second run, for the gradients, meets the same changes: gradients and states are equal to the bit."""
    found = []
    for run in (lambda net, x: net(x), lambda net, x: checkpoint(net, x, use_reentrant=False)):
        net, x = mlp(3, 4, 2), batch(5, 3).requires_grad_()
        with networks.attach(net, busy(), every=None, seed=9) as population:
            for _ in range(3):
                population.step()
                x.grad = None
                run(net, x).square().sum().backward()
            found.append((x.grad, population.model.state.digest(), population.model.time))
    (plain, digest, time), (again, other_digest, other_time) = found
    assert torch.equal(plain, again)
    assert digest == other_digest
    assert time == other_time == 3
