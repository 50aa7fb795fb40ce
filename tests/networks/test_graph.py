"""A network as a graph, and a graph given: nodes, edges, and where they are in the network. By hand."""

import networkx as nx
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch_nets import DOCK, batch, bearing, mlp  # noqa: E402

import vesicle_abm as va  # noqa: E402
from vesicle_abm import networks  # noqa: E402


def weight_of(graph, source, target):
    """Signed weights of the edges from one node to another, by entry."""
    at = (graph.source == graph.node(source)) & (graph.target == graph.node(target))
    return (graph.weight * graph.edge_data["sign"])[at].tolist()


def test_every_weight_of_a_linear_layer_is_an_edge():
    net = mlp(2, 3, 1)
    graph = networks.graph_of(net)
    assert graph.nodes == [("0", "in", 0), ("0", "in", 1), ("0", 0), ("0", 1), ("0", 2), ("2", 0)]
    assert graph.edge_count == 9
    for j in range(3):
        for i in range(2):
            assert weight_of(graph, ("0", "in", i), ("0", j)) == [net[0].weight[j, i].item()]
        assert weight_of(graph, ("0", j), ("2", 0)) == [net[2].weight[0, j].item()]
    assert graph.attribute("depth").tolist() == [0, 0, 0, 0, 0, 1]
    assert graph.node_data["side"][:3] == ["input", "input", "output"]


def test_the_taps_of_a_kernel_are_parallel_edges_and_groups_keep_apart():
    conv = nn.Conv2d(4, 6, 2, groups=2)
    graph = networks.graph_of(conv)
    for j in range(6):
        for i in range(4):
            here = conv.weight[j, i % 2].flatten().tolist() if j // 3 == i // 2 else []
            assert weight_of(graph, ("", "in", i), ("", j)) == pytest.approx(here, abs=1e-7)


def test_flattened_channels_feed_the_linear_layer_that_follows():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 4, 3))
    graph = networks.graph_of(net)
    flat = net[1](torch.stack([torch.zeros(2, 2), torch.ones(2, 2)])[None])[0]  # the channel that each input is of
    for channel in range(2):
        for j in range(3):
            wanted = net[2].weight[j][flat == channel].tolist()
            assert weight_of(graph, ("0", channel), ("2", j)) == pytest.approx(wanted, abs=1e-7)


def test_norms_are_joined_unit_by_unit_and_what_fits_nothing_has_inputs_of_its_own():
    net = nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.Flatten(), nn.Linear(5, 1))
    graph = networks.graph_of(net, ["0", "1", "3"])
    assert [weight_of(graph, ("0", i), ("1", i)) for i in range(3)] == [[1.0]] * 3
    assert weight_of(graph, ("0", 0), ("1", 1)) == []
    assert ("3", "in", 4) in graph.index
    assert weight_of(graph, ("1", 0), ("3", 0)) == []


class Backwards(nn.Module):
    """Defined last to first."""

    def __init__(self):
        super().__init__()
        self.last, self.norm, self.first = nn.Linear(4, 2), nn.BatchNorm1d(4), nn.Linear(3, 4)
        self.drop, self.unused = nn.Dropout(), nn.Linear(2, 2)

    def forward(self, x):
        return self.last(self.drop(self.norm(self.first(x))))


def test_an_example_tells_the_order_and_changes_nothing():
    net = Backwards()
    net.drop.eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    drawn = torch.get_rng_state()
    graph = networks.graph_of(net, per="module", example=torch.ones(5, 3))
    assert graph.nodes == ["first", "last", "unused"]
    assert graph.edges == [("first", "last"), ("last", "unused")]
    assert networks.graph_of(net, per="module").nodes == ["last", "first", "unused"]
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert torch.equal(torch.get_rng_state(), drawn)
    assert net.training
    assert net.norm.training
    assert not net.drop.training
    assert not net.first._forward_pre_hooks


def test_what_an_attention_never_calls_carries_no_vesicles_and_all_that_does_is_seen():
    net, x = nn.TransformerEncoderLayer(4, 2, 6, dtype=torch.float64, batch_first=True), batch(3, 5, 4)
    called, hooks = set(), []
    for name, module in net.named_modules():
        if isinstance(module, nn.Linear):
            hooks += [module.register_forward_hook(lambda *_, name=name: called.add(name))]
    net(x)
    for hook in hooks:
        hook.remove()
    assert set(networks.graph_of(net).node_data["module"]) == called == {"linear1", "linear2"}
    with torch.inference_mode(), networks.attach(net.eval(), bearing(0)) as population:
        net(x)
        net(x)
        assert np.abs(population.model.signals["magnitude"]).min() > 0.0
    with pytest.raises(va.InputError, match="calls no Linear"):
        networks.graph_of(net.self_attn)


def test_a_graph_may_be_given_with_a_mapping_and_nodes_of_no_module():
    net, x = mlp(2, 3, 1), batch(4, 2)
    graph = nx.DiGraph([("source", "a"), ("source", "b"), ("source", "all")])
    mapping = {"a": ("0", 1), "b": ("0", 2), "all": "2"}
    shift = va.FiLMRelease(shift=1.0)
    migrate = va.WeightedMigration()
    emission = va.PulseEmission(count=300, nodes=["source"])
    kinds = {"v": va.Kind(emission=emission, migration=migrate, docking=DOCK, release=shift)}
    with networks.attach(net, kinds, graph, mapping=mapping, seed=3) as population:
        found = net(x)
        docked = dict(zip(population.graph.nodes, population.model.state.docked[0], strict=True))
    assert docked["source"] == 0
    assert sum(docked.values()) == 300
    hidden = torch.tanh(net[0](x) + torch.tensor([0.0, docked["a"], docked["b"]]))
    assert torch.allclose(found, net[2](hidden) + docked["all"])


def test_a_networks_graph_with_ways_added_is_the_networks_graph_still():
    """A wireless way from the output back to the first input; weights still change where they should."""
    net, x = mlp(2, 3, 1), batch(4, 2)
    wired = networks.graph_of(net).to_networkx()
    wired.add_edge(("2", 0), ("0", "in", 0), layer="wireless", weight=1.0)
    scale = va.ScaleRelease(amount=np.log(2.0))
    kinds = {
        "v": va.Kind(
            emission=va.PulseEmission(count=1, nodes=[("2", 0)]),
            migration=va.WeightedMigration(layers=["wireless"]),
            docking=va.ConstantDocking(probability=1.0),
            release=[va.FiLMRelease(shift=10.0)],
        ),
        "w": bearing(1, scale)["v"],
    }
    with networks.attach(net, kinds, wired):
        found = net(x)
    moved = x + torch.tensor([10.0, 0.0])
    hidden = torch.tanh(nn.functional.linear(moved, 2.0 * net[0].weight, net[0].bias))
    assert torch.allclose(found, nn.functional.linear(hidden, 2.0 * net[2].weight, net[2].bias))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"modules": ["fisrt"]}, "modules: no module 'fisrt'; did you mean 'first'"),
        ({"modules": "first"}, r"say \['first'\]"),
        ({"modules": ["drop"]}, "Dropout, which has no units"),
        ({"per": "units"}, "did you mean 'unit'"),
        ({"every": 0}, "every: got 0"),
        ({"steps_per_forward": 1.5}, "steps_per_forward: got 1.5"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_wrong_option_is_refused_and_no_hook_is_left(options, words):
    net = Backwards()
    with pytest.raises(va.InputError, match=words):
        networks.attach(net, bearing(1), **options)
    assert not [module for module in net.modules() if module._forward_hooks or module._forward_pre_hooks]


def test_a_network_without_units_is_refused():
    with pytest.raises(va.InputError, match="calls no Linear and no convolution"):
        networks.attach(nn.Sequential(nn.ReLU()), bearing(1))


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"a": ("fist", 0)}, "did you mean 'first'"),
        ({"a": ("first", 4)}, "no unit 4 of 'first'; 0 … 3"),
        ({"a": ("first", 1), "b": ("first", 1)}, "two nodes are the same unit of 'first'"),
        ({"z": ("first", 1)}, "no node 'z'"),
        ({"a": ("drop", 1)}, "map a node to all of it"),
        ({"a": ("first", "1")}, r"got \('first', '1'\) for 'a'"),
        ({"a": 3}, r"got 3 for 'a'; \(module name, unit\)"),
        (3, r"mapping: got 3; \{label: \(module name, unit\)\}"),
        ({}, "no node is in the network"),
        (None, "no node is in the network"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(mapping, words):
    with pytest.raises(va.InputError, match=words):
        networks.attach(Backwards(), bearing(1), nx.DiGraph([("a", "b")]), mapping=mapping)


def test_a_lazy_module_is_refused_as_units_until_it_has_run():
    net, x = nn.Sequential(nn.LazyLinear(2)), torch.ones(4, 3)
    with pytest.raises(va.InputError, match="'0' is a LazyLinear, which has no weights before it has run"):
        networks.attach(net, bearing(1))
    net(x)
    assert networks.graph_of(net).size == 3 + 2


@pytest.mark.parametrize("per", ["unit", "module"])
def test_a_network_on_the_device_meta_is_refused(per):
    net = nn.Sequential(nn.Linear(3, 2, device="meta"))
    with pytest.raises(va.InputError, match="'0' is on the device 'meta'"):
        networks.attach(net, bearing(1), per=per)


def test_edges_that_claim_to_be_weights_that_are_not_there_are_refused():
    graph = nx.DiGraph()
    graph.add_node("a", module="norm", unit=0)
    graph.add_edge("b", "a", entry=0)
    with pytest.raises(va.InputError, match="weights of 'norm', which has no such"):
        networks.attach(Backwards(), bearing(1, va.ScaleRelease()), graph)


def test_modules_beside_a_given_graph_are_refused():
    with pytest.raises(va.InputError, match="modules, per and example are not for it"):
        networks.attach(Backwards(), bearing(1), nx.DiGraph([("a", "b")]), modules=["first"])


def test_outputs_that_are_not_real_numbers_are_refused():
    net = nn.Sequential(nn.Identity(), nn.Linear(1, 1))
    with networks.attach(net, bearing(1), modules=["0"], per="module"), pytest.raises(va.InputError, match="int64"):
        net(torch.ones(1, 1, dtype=torch.int64))


def test_an_activity_that_is_not_finite_is_refused_by_its_module():
    net = mlp(2, 3, 1)
    with networks.attach(net, bearing(1)):
        net(torch.full((1, 2), torch.inf, dtype=torch.float64))
        with pytest.raises(va.InputError, match="activity: has NaN or infinite numbers at the input of the module '0'"):
            net(batch(1, 2))


def test_after_a_batch_that_is_not_finite_the_population_goes_on_with_the_next():
    net, x = mlp(2, 3, 1), batch(4, 2)
    with networks.attach(net, bearing(1)) as population:
        net(x)
        net(torch.full((1, 2), torch.nan, dtype=torch.float64))
        with pytest.raises(va.InputError, match="NaN"):
            net(x)
        net(x)
        net(2.0 * x)
        assert population.model.time == 4
        assert population.model.signals["activity"][:2] == pytest.approx(x.mean(0).numpy(), rel=1e-14)
