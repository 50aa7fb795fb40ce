"""A population's state, saved and loaded beside its network: the same bits, or a refusal that replaces nothing."""

import io

import pytest

torch = pytest.importorskip("torch")

from torch_nets import batch, bearing, busy, mlp  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm import networks  # noqa: E402


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
