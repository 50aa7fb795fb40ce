"""Vesicles and neurons are real ``mesa.Agent`` objects; verbs by hand take effect at once; bad values are refused."""

import gc
import pickle
import weakref

import mesa
import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va


class Coloured(va.Vesicle):
    """A user's class, with an attribute of its own."""

    age = 0

    def emit(self):
        super().emit()
        self.colour = "red" if self.uniform() < 0.5 else "blue"

    def decay(self):
        self.age += 1
        super().decay()


class Ordinary(mesa.Agent):
    """An agent that a user adds the ordinary way."""

    def __init__(self, model, size=1):
        super().__init__(model)
        self.size = size
        self.first_id = self.unique_id


def model_of(**fields):
    kind = va.Kind(
        **{
            "emission": va.ConstantEmission(rate=1.0),
            "docking": va.ConstantDocking(probability=0.5),
            "release": va.ModulatorRelease(amount=2.0),
            "absorb": 0.5,
            "lifetime": 6,
            "content_width": 2,
            **fields,
        }
    )
    return va.VesicleModel(nx.path_graph(4), {"reward": kind}, neurons=va.HMNNeurons(), seed=8)


def quiet(**fields):
    return model_of(**{"emission": va.ConstantEmission(rate=0.0), **fields})


def balanced(model):
    c = model.counts
    on_nodes = model.occupancy().sum()
    return c["born"] == c["alive"] + c["absorbed"] + c["expired"] + c["cleared"] and on_nodes == c["alive"]


# Agents of Mesa


def test_every_agent_is_a_mesa_agent_with_an_id_of_its_own():
    model = model_of()
    mine = [Ordinary(model) for _ in range(3)]
    model.run_for(5)
    mine += [*Ordinary.create_agents(model, 2, [7, 8]), Ordinary(model)]
    assert all(isinstance(agent, mesa.Agent) for agent in model.agents)
    ids = model.agents.get("unique_id")
    assert len(set(ids)) == len(ids) == 4 + model.counts["alive"] + len(mine)
    assert [agent.first_id for agent in mine] == [agent.unique_id for agent in mine]


def test_the_id_of_a_removed_agent_is_not_given_again():
    model = quiet()
    gone = Ordinary(model)
    gone.remove()
    gone.remove()
    assert Ordinary(model).unique_id > gone.unique_id
    v = va.Vesicle(model, "reward", 0)
    v.remove()
    v.remove()
    assert va.Vesicle(model, "reward", 0).unique_id > v.unique_id


def test_the_same_agent_is_the_same_object_while_anyone_holds_it():
    model = model_of()
    model.run_for(3)
    v, n = model.vesicles[0], model.neurons[2]
    assert v is model.vesicles[0]
    assert n is model.neuron(2)
    assert n is va.HMNNeuron.at(model, 2)
    assert len({v, model.vesicles[0], model.vesicles[1]}) == 2


def test_agents_of_two_models_are_never_equal():
    model = model_of()
    model.run_for(3)
    other = pickle.loads(pickle.dumps(model))
    assert model.vesicles[0] == model.vesicles[0] != other.vesicles[0]
    assert model.neurons[0] != other.neurons[0]


def test_a_vesicle_is_created_as_any_mesa_agent():
    model = quiet()
    v = va.Vesicle(model, kind="reward", node=2)
    assert (v.kind, v.node, v.label, v.pos, v.ttl, v.docked, v.edge) == ("reward", 2, 2, 2, 6, False, -1)
    assert v.content.tolist() == [1.0, 1.0]
    assert v.birth == (0, 2)
    assert v in model.vesicles
    assert v.neuron is model.neurons[2]
    assert v.neuron.vesicles.get("unique_id") == [v.unique_id]
    assert model.counts["born"] == 1


def test_create_agents_gives_each_its_own_argument_as_mesa_does():
    model = quiet()
    assert va.Vesicle.create_agents(model, 3, "reward", node=1).get("node") == [1, 1, 1]
    assert va.Vesicle.create_agents(model, 3, "reward", node=[3, 1, 2]).get("node") == [3, 1, 2]
    assert va.Vesicle.create_agents(model, 2, kind=["reward", "reward"]).get("node") == [0, 0]
    assert len(va.Vesicle.create_agents(model, 0, "reward")) == 0
    assert model.counts["alive"] == 8
    assert balanced(model)


def test_a_tuple_that_is_a_label_is_one_label():
    model = va.VesicleModel(nx.grid_2d_graph(2, 2), {"reward": va.Kind()}, seed=1)
    made = va.Vesicle.create_agents(model, 2, "reward", node=(0, 1))
    assert made.get("label") == [(0, 1), (0, 1)]


def test_neurons_can_be_neither_made_nor_removed():
    model = quiet()
    for act in (
        lambda: va.HMNNeuron(model),
        lambda: va.HMNNeuron.create_agents(model, 2),
        model.neurons[0].remove,
        lambda: model.deregister_agent(model.neurons[0]),
        lambda: model.register_agent(model.neurons[0]),
    ):
        with pytest.raises(va.InputError):
            act()
    assert len(model.neurons) == 4


# Attributes of their own


def test_an_attribute_that_a_user_sets_lasts_as_long_as_the_agent():
    model = quiet(lifetime=3, absorb=0.0)
    model.place("reward", 0, 5)
    model.vesicles.set("colour", "red")
    model.vesicles[2].colour = "blue"
    model.neurons[1].mood = [1]
    gc.collect()
    model.run_for(2)
    assert model.vesicles.get("colour") == ["red", "red", "blue", "red", "red"]
    assert model.vesicles.groupby("colour").count() == {"red": 4, "blue": 1}
    last = model.vesicles[2]
    model.step()
    assert len(model.vesicles) == 0
    assert last.colour == "blue"
    model.neurons[1].mood.append(2)
    assert model.neurons[1].mood == [1, 2]
    assert model.neurons.get("mood", "default") == [None, [1, 2], None, None]


def test_agents_with_attributes_are_forgotten_at_their_end():
    model = quiet(agent=Coloured, lifetime=3, absorb=0.0)
    model.place("reward", 0, 5)
    seen = [weakref.ref(agent) for agent in model.vesicles]
    model.vesicles[0].remove()
    gc.collect()
    assert [ref() is None for ref in seen] == [True, False, False, False, False]
    assert model.vesicles.get("age") == [0] * 4
    model.step()
    assert model.vesicles.get("age") == [1] * 4
    model.run_for(2)
    gc.collect()
    assert all(ref() is None for ref in seen)
    assert not model.objects.kept


def test_agents_without_attributes_are_forgotten_when_nobody_holds_them():
    model = model_of()
    model.run_for(3)
    seen = [weakref.ref(agent) for agent in model.agents]
    assert not any(ref() for ref in seen)


def test_a_subclass_may_have_its_own_beginning():
    class Tagged(va.Vesicle):
        def __init__(self, model, kind, node, tag):
            super().__init__(model, kind, node)
            self.tag = tag

    model = quiet(agent=Tagged)
    Tagged(model, "reward", 1, tag="x")
    made = Tagged.create_agents(model, 3, "reward", [0, 1, 2], tag=["a", "b", "c"])
    gc.collect()
    assert made.get(["node", "tag"]) == [[0, "a"], [1, "b"], [2, "c"]]
    assert sorted(model.vesicles.get("tag")) == ["a", "b", "c", "x"]
    assert all(type(v) is Tagged for v in model.vesicles)


def test_a_class_that_is_not_the_kinds_is_refused():
    with pytest.raises(va.InputError, match=r"are Vesicle, not Coloured; write Kind\(agent=Coloured"):
        Coloured(quiet(), "reward")
    with pytest.raises(va.InputError, match="are Coloured, not Vesicle"):
        va.Vesicle.create_agents(quiet(agent=Coloured), 2, "reward")
    with pytest.raises(va.InputError, match="did you mean 'reward'"):
        va.Vesicle(quiet(), "rewards")


# Values


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("node", value) for value in (4, -1, 1.5, "1", None, True, float("nan"))),
        *(("ttl", value) for value in (0, -1, 2**31, 2.5, "3", None, False)),
        *(("content", value) for value in ([1.0], [1.0, 2.0, 3.0], "ab", [np.nan, 0.0], np.inf)),
    ],
)
def test_a_bad_value_of_a_vesicle_is_refused_by_name(name, value):
    model = quiet()
    v = va.Vesicle(model, "reward", 1)
    before = model.state.digest()
    with pytest.raises(va.InputError, match=f"^{name}: got "):
        setattr(v, name, value)
    if name != "content":
        with pytest.raises(va.InputError, match=f"^{name}: got "):
            model.vesicles.set(name, value)
    assert model.state.digest() == before


@pytest.mark.parametrize("name", ["activation", "bias", "gain", "drive"])
def test_neuron_numbers_are_set_one_by_one_and_through_sets(name):
    model = quiet()
    model.neurons.set(name, 2.5)
    model.neurons[1].__setattr__(name, 3)
    assert model.neurons.get(name) == [2.5, 3.0, 2.5, 2.5]
    assert getattr(model.state, name).tolist() == [2.5, 3.0, 2.5, 2.5]
    for value in (np.nan, "1", None, [1.0], True):
        with pytest.raises(va.InputError, match=f"^{name}: got "):
            setattr(model.neurons[0], name, value)
        with pytest.raises(va.InputError, match=f"^{name}: got "):
            model.neurons.set(name, value)


def test_an_activation_set_by_hand_reaches_the_neighbours_in_the_next_step():
    """Path 0-1-2-3, weights 1, ReLU: only node 0 gives 2, so in the next step only node 1 receives 2."""
    for set_it in (
        lambda m: setattr(m.neurons[0], "activation", 2.0),
        lambda m: m.neurons.select(lambda n: n.index == 0).set("activation", 2.0),
    ):
        model = quiet()
        model.run_for(3)
        set_it(model)
        model.step()
        assert model.neurons.get("activation") == [0.0, 2.0, 0.0, 0.0]


@pytest.mark.parametrize("name", ["model", "unique_id", "kind"])
def test_what_identifies_a_vesicle_is_fixed(name):
    v = va.Vesicle(quiet(), "reward", 1)
    with pytest.raises(AttributeError, match="fixed"):
        setattr(v, name, 1)


def test_an_ended_vesicle_says_so():
    model = quiet()
    v = va.Vesicle(model, "reward", 1)
    w = va.Vesicle(model, "reward", 1)
    some = model.vesicles.select(lambda _: True)
    v.remove()
    assert (v.alive, w.alive) == (False, True)
    assert v.birth == (0, 1)
    assert "ended" in repr(v)
    for act in (
        lambda: v.node,
        lambda: v.ttl,
        lambda: v.content,
        lambda: v.docked,
        lambda: v.edge,
        lambda: v.label,
        v.migrate,
        lambda: v.give(1.0),
        lambda: setattr(v, "ttl", 3),
    ):
        with pytest.raises(va.GoneError, match="has ended"):
            act()
    with pytest.raises(KeyError):
        model.deregister_agent(v)
    assert v not in some
    assert some.get("node", handle_missing="default", default_value=-1) == [1]
    v.note = "kept by whoever holds it"
    assert not model.objects.kept


def test_the_content_given_out_is_a_copy():
    v = va.Vesicle(quiet(), "reward", 1)
    v.content[:] = 9.0
    assert v.content.tolist() == [1.0, 1.0]
    v.content = [2.0, 3.0]
    assert v.model.vesicles.get("content")[0].tolist() == [2.0, 3.0]


# Verbs by hand


def test_verbs_by_hand_take_effect_at_once_and_the_books_balance():
    model = quiet(docking=va.ConstantDocking(probability=1.0), absorb=1.0)
    v = va.Vesicle(model, "reward", 0)
    v.migrate()
    assert v.node == 1  # the only way
    v.dock()
    assert v.docked
    assert model.state.docked.tolist() == [[0, 1, 0, 0]]
    v.release()
    assert v.neuron.modulators == {"reward": 2.0}
    v.give(0.5)
    assert v.neuron.modulators == {"reward": 2.5}
    v.decay()
    assert not v.alive
    assert model.counts == {"born": 1, "alive": 0, "absorbed": 1, "expired": 0, "cleared": 0}
    assert balanced(model)


def test_docking_by_hand_counts_only_the_one_that_docks():
    model = quiet(docking=va.ConstantDocking(probability=1.0), absorb=0.0)
    model.place("reward", 1, 5)
    for v in model.vesicles:
        v.dock()
    assert model.state.docked.sum() == 5


def test_docking_by_hand_keeps_to_the_capacity():
    model = quiet(docking=va.ConstantDocking(probability=1.0, capacity=2), absorb=0.0)
    model.place("reward", 1, 5)
    model.place("reward", 2, 1)
    model.vesicles.do("dock")
    assert model.state.docked.tolist() == [[0, 2, 1, 0]]
    assert sum(model.vesicles.get("docked")) == 3


def test_births_by_hand_happen_at_once():
    model = model_of()
    model.neurons.do("emit")
    born = model.counts["born"]
    assert born == len(model.vesicles) > 0
    assert all(v.ttl == 6 for v in model.vesicles)
    model.step()
    assert model.counts["born"] == 2 * born  # the same draw, as the address says, and other ids
    assert balanced(model)


def test_any_sequence_of_verbs_by_hand_keeps_the_books():
    model = model_of(lifetime=4)
    rng = np.random.default_rng(5)
    for _ in range(150):
        verb = rng.choice(["migrate", "dock", "release", "decay", "remove", "emit", "step", "place", "neuron"])
        if verb == "step":
            model.step()
        elif verb == "place" or not len(model.vesicles):
            model.place("reward", int(rng.integers(4)), 3)
        elif verb == "neuron":
            model.neurons[int(rng.integers(4))].emit()
        else:
            getattr(model.vesicles[int(rng.integers(len(model.vesicles)))], verb)()
        assert balanced(model)
        assert len(set(model.vesicles.get("unique_id"))) == len(model.vesicles)


def test_a_verb_in_another_verbs_stage_is_refused():
    model = quiet()
    v = va.Vesicle(model, "reward", 0)
    with model.stage("migrate"), pytest.raises(va.InputError, match="'decay' was called inside the stage 'migrate'"):
        v.decay()
    with model.stage("sense"), pytest.raises(va.InputError, match="placed between stages"):
        va.Vesicle(model, "reward", 0)


def test_a_level_that_is_no_kind_is_refused():
    v = va.Vesicle(quiet(), "reward", 0)
    with pytest.raises(va.InputError, match="did you mean 'reward'"):
        v.give(1.0, level="rewards")
    with pytest.raises(va.InputError, match="give: got nan; finite numbers are allowed"):
        v.give(float("nan"))
