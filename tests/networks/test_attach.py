"""Attached and detached: what a network computes, keeps and carries. Seeds as given."""

import copy
import io
import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch_nets import DOCK, batch, bearing, mlp  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm import networks  # noqa: E402
from vesicle_abm.views.step import VIEWS  # noqa: E402

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def busy(**rules):
    """Vesicles that change everything: gain, bias, FiLM, weights."""
    releases = [
        va.GainRelease(amount=0.1),
        va.BiasRelease(amount=0.1),
        va.FiLMRelease(scale=0.1, shift=0.1),
        va.AdditiveRelease(amount=0.01),
        va.ScaleRelease(amount=0.01, recovery=5.0),
    ]
    rules = {"emission": va.ConstantEmission(rate=1.0), "docking": DOCK, **rules}
    return {"busy": va.Kind(release=releases, **rules)}


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


def test_its_state_round_trips_through_torch_save_and_goes_on_with_the_same_bits():
    x = batch(5, 3)
    kinds = busy(migration=va.WeightedMigration(stay=1.0), docking=va.ConstantDocking(probability=0.3))

    def lived(steps, net, population):
        found = []
        for _ in range(steps):
            population.tell(loss=1.5)
            found.append(net(x))
            found[-1].square().mean().backward()
        return found

    net = mlp(3, 4, 2)
    population = networks.attach(net, kinds, seed=3, gradients=True)
    lived(4, net, population)
    file = io.BytesIO()
    torch.save(population.state_dict(), file)
    wanted = lived(3, net, population)
    file.seek(0)
    again = mlp(3, 4, 2)
    other = networks.attach(again, kinds, seed=99, gradients=True)
    lived(1, again, other)
    other.load_state_dict(torch.load(file, weights_only=True))
    assert other.model.time == 4
    assert all(torch.equal(a, b) for a, b in zip(lived(3, again, other), wanted, strict=True))
    assert other.model.state.digest() == population.model.state.digest()


def test_a_loaded_state_is_in_force_before_the_next_step():
    net, x = mlp(3, 4, 2), batch(5, 3)
    with networks.attach(net, busy(), seed=3) as population:
        changed = net(x)
        state = population.state_dict()
    again = mlp(3, 4, 2)
    with networks.attach(again, busy(), seed=5) as other:
        other.load_state_dict(state)
        other.eval()
        assert torch.equal(again(x), changed)


def test_a_state_saved_beside_a_trained_network_acts_on_it_as_before():
    """dW counts from the weights of the first attaching, though the second network is attached with trained ones."""
    net, x = mlp(3, 4, 2), batch(5, 3)
    with networks.attach(net, busy(), seed=3) as population:
        train(net, x)
        found = population.eval()(x)
        state = population.state_dict()
    again = mlp(3, 4, 2)
    again.load_state_dict(net.state_dict())
    assert not torch.equal(again[0].weight, mlp(3, 4, 2)[0].weight)
    with networks.attach(again, busy(), seed=3) as other:
        other.load_state_dict(state)
        assert torch.equal(other.eval()(x), found)


def test_a_population_of_a_model_that_has_already_run_acts_as_the_first_did():
    net, x = mlp(3, 4, 2), batch(5, 3)
    with networks.attach(net, busy(), seed=3) as population:
        train(net, x)
        found = population.eval()(x)
    with networks.VesiclePopulation(net, population.model) as other:
        assert torch.equal(other.eval()(x), found)


def train(net, x):
    """Five steps of gradient descent, beside vesicles."""
    descent = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(5):
        descent.zero_grad()
        net(x).square().sum().backward()
        descent.step()


def test_a_state_of_another_graph_or_other_kinds_is_refused():
    state = networks.attach(mlp(3, 4, 2), busy()).state_dict()
    with pytest.raises(va.InputError, match="belongs to"):
        networks.attach(mlp(3, 5, 2), busy()).load_state_dict(state)
    with pytest.raises(va.InputError, match=r"kinds \['busy'\]; this population has \['v'\]"):
        networks.attach(mlp(3, 4, 2), bearing(1)).load_state_dict(state)


@pytest.mark.parametrize(("theirs", "words"), [
    ({"mapping": {("0", 1): ("0", 1)}}, "mapping: in the state other units"),
    ({"mapping": {("0", 1): ("0", 1), ("2", 0): ("2", 1)}}, "mapping: in the state other units"),
    ({"kinds": bearing(1, va.FiLMRelease(), va.GainRelease())}, r"kinds.v: the state has the rules \[.*GainRelease"),
    ({"kinds": bearing(1, va.FiLMRelease(), emission=va.ConstantEmission())}, "kinds.v: .*ConstantEmission"),
    ({"plasticity": va.Plasticity()}, r"plasticity: the state has the rules \['Plasticity'\]"),
    ({"lost": "film"}, "state: the state has no 'film'"),
    ({"lost": "seen"}, "state: the state has no 'seen'"),
])  # fmt: skip
def test_a_state_that_does_not_fit_is_refused_and_the_population_keeps_its_own(theirs, words):
    def lived(kinds, mapping, plasticity=None):
        net = mlp(3, 4, 2)
        graph = networks.graph_of(net)
        population = networks.attach(net, kinds, graph, mapping=mapping, plasticity=plasticity, seed=3)
        population(x)
        return population

    x, ours = batch(5, 3), {"kinds": bearing(1, va.FiLMRelease(scale=0.5, shift=0.5))}
    ours["mapping"] = {("0", 1): ("0", 1), ("2", 0): ("2", 0)}
    lost = theirs.get("lost")
    state = lived(**ours | {key: value for key, value in theirs.items() if key != "lost"}).state_dict()
    if lost:
        del state["_extra_state"][lost]
    population, untouched = lived(**ours), lived(**ours)
    with pytest.raises(va.InputError, match=words):
        population.load_state_dict(state)
    assert population.model.state.digest() == untouched.model.state.digest()
    assert torch.equal(population(x), untouched(x))


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
