"""What autograd sees of vesicles, and vesicles of autograd. Seed 31."""

import numpy as np
import pytest
from oracles import Z

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch_nets import DOCK, STILL, batch, bearing, mlp  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm import networks  # noqa: E402


def error_vesicles(per_unit: float, rate: float) -> dict[str, va.Kind]:
    """Poisson(per_unit |dL/db_j|) of them at unit j; each brings -rate sign / per_unit to the bias there."""
    return {
        "error": va.Kind(
            emission=va.SignalEmission(signal="gradient", sign="both", scale=per_unit),
            content=va.SignalContent(signal="gradient", take="sign"),
            content_width=1,
            migration=STILL,
            docking=DOCK,
            release=va.BiasRelease(amount=-rate / per_unit, component=0),
        )
    }


def test_gradients_flow_through_what_vesicles_have_changed():
    net, x = mlp(4, 5, 3), batch(6, 4).requires_grad_()
    releases = va.FiLMRelease(scale=0.5, shift=0.1), va.GainRelease(amount=0.5), va.ScaleRelease(amount=0.3)
    with networks.attach(net, bearing(1, *releases), gradients=True) as population:
        net(x)
        population.eval()
        assert torch.autograd.gradcheck(net, x)


def test_the_gradient_with_respect_to_the_input_holds_gamma():
    net, x = nn.Linear(3, 2, dtype=torch.float64), batch(1, 3).requires_grad_()
    film = va.FiLMRelease(scale=np.array([0.0, 0.0, 0.0, 1.0, 3.0]))
    with networks.attach(net, bearing(1, film)):
        net(x).sum().backward()
    assert torch.allclose(x.grad[0], 2.0 * net.weight[0] + 4.0 * net.weight[1])


@pytest.mark.parametrize("frozen", [False, True])
def test_the_signal_is_the_gradient_of_the_loss_at_each_units_bias(frozen):
    torch.manual_seed(5)
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(48, 4)).double()
    x, labels = batch(7, 1, 6, 6), torch.tensor([0, 1, 2, 3, 0, 1, 2])
    functional.cross_entropy(net(x), labels).backward()
    wanted = [net[0].bias.grad.clone(), net[3].bias.grad.clone()]
    net.requires_grad_(not frozen)
    with networks.attach(net, bearing(0), gradients=True) as population:
        functional.cross_entropy(net(x), labels).backward()
        net(x)
    gradient = population.model.signals["gradient"]
    assert gradient[1:4] == pytest.approx(wanted[0].numpy(), rel=1e-10)
    assert gradient[4:] == pytest.approx(wanted[1].numpy(), rel=1e-10)


def test_the_gain_gradient_is_the_sum_of_gradient_times_output():
    net, x = nn.Linear(3, 2, dtype=torch.float64), batch(5, 3)
    y = net(x).detach()
    with networks.attach(net, bearing(0), gradients=True) as population:
        net(x).square().sum().backward()
        net(x)
    assert population.model.signals["gain_gradient"][3:] == pytest.approx(2.0 * y.square().sum(0).numpy(), rel=1e-12)


def test_gradients_add_up_over_forwards_between_two_steps():
    net, x = nn.Linear(3, 2, dtype=torch.float64), batch(5, 3)
    with networks.attach(net, bearing(0), gradients=True, every=2) as population:
        net(x).sum().backward()
        (2.0 * net(x)).sum().backward()
        net(x)
    assert population.model.signals["gradient"][3:].tolist() == [15.0, 15.0]


def test_activity_is_the_mean_and_magnitude_the_mean_size_over_batch_positions_and_forwards():
    torch.manual_seed(5)
    net = nn.Conv2d(2, 3, 3).double()
    x, more = batch(5, 2, 6, 6), batch(1, 2, 5, 9)
    sizes = [net(x).detach().movedim(1, 0).reshape(3, -1), net(more).detach().movedim(1, 0).reshape(3, -1)]
    values = torch.cat(sizes, 1)
    with networks.attach(net, bearing(0), every=2) as population:
        for given in (x, more, x):
            net(given)
    signals = population.model.signals
    assert signals["activity"][2:] == pytest.approx(values.mean(1).numpy(), rel=1e-12)
    assert signals["magnitude"][2:] == pytest.approx(values.abs().mean(1).numpy(), rel=1e-12)
    assert population.model.state.activation.tolist() == signals["activity"].tolist()


def test_emission_by_activity_reads_the_units_of_the_network():
    """Births Poisson(100 softplus(z)) at units whose bias alone is their output, over five forwards."""
    net = nn.Linear(1, 3, dtype=torch.float64)
    with torch.no_grad():
        net.weight.zero_()
        net.bias.copy_(torch.tensor([-3.0, 0.0, 2.0]))
    kinds = {"v": va.Kind(emission=va.ActivityEmission(scale=100.0), migration=STILL)}
    with networks.attach(net, kinds, seed=31) as population:
        for _ in range(6):
            net(torch.zeros(2, 1, dtype=torch.float64))
    silent = 100.0 * np.log(2.0)  # the first step has seen nothing yet
    mean = silent + 500.0 * np.log1p(np.exp([-3.0, 0.0, 2.0]))
    found = population.model.state.emitted[0][1:]
    assert (np.abs(found - mean) < Z * np.sqrt(mean)).all()


def test_without_a_rule_that_names_it_no_gradient_is_asked_for():
    net = mlp(3, 4, 2).requires_grad_(False)
    with networks.attach(net, bearing(1, va.GainRelease())) as population:
        assert not population.gradients
        assert not net(batch(2, 3)).requires_grad
    with networks.attach(net, error_vesicles(1.0, 1.0)) as population:
        assert population.gradients
        assert net(batch(2, 3)).requires_grad


def test_dense_error_vesicles_are_gradient_descent_on_the_biases():
    """After one step b_j = -rate sign n_j / m with n_j ~ Poisson(m |g_j|): mean -rate g_j, standard error
    rate sqrt(|g_j| / m).
    """
    net, x, labels = mlp(6, 40, 10), batch(50, 6), torch.arange(50) % 10
    m, rate = 5000.0, 0.3
    with networks.attach(net, error_vesicles(m, rate), seed=31) as population:
        functional.cross_entropy(net(x), labels).backward()
        gradients = [net[0].bias.grad.numpy().copy(), net[2].bias.grad.numpy().copy()]
        net(x)
        found = population.model.state.bias[6:]
    gradient = np.concatenate(gradients)
    z = (found + rate * gradient) / (rate * np.sqrt(np.abs(gradient) / m))
    assert np.abs(z).max() < Z
    assert abs(np.mean(z**2) - 1.0) < Z * np.sqrt((2.0 + np.mean(1.0 / (m * np.abs(gradient)))) / len(z))
