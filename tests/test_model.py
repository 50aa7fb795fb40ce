"""The model as a ``mesa.Model``: the same bits however its stages are visited; checkpoints; memory; the books."""

import copy
import gc
import pickle
import random
import weakref

import mesa
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vesicle_abm as va

STEPS = 4


class Emits(va.Vesicle):
    """Content and ttl of its own, and an attribute that later verbs read."""

    def emit(self):
        super().emit()
        self.content = [self.uniform(1), self.birth[1]]
        self.ttl = 2 + int(4 * self.uniform(2))
        self.colour = "red" if self.uniform(3) < 0.5 else "blue"


class Migrates(va.Vesicle):
    """Jumps anywhere, and counts its jumps."""

    jumps = 0

    def migrate(self):
        if self.uniform() < 0.5:
            self.node = int(self.uniform(1) * self.model.graph.size)
            self.jumps += 1
        else:
            super().migrate()


class Docks(va.Vesicle):
    """Docks at even nodes after its first step."""

    def dock(self):
        self.docked = self.label_is_even() and self.birth[0] < self.model.time and self.edge < 0

    def label_is_even(self):
        return self.node % 2 == 0


class Releases(va.Vesicle):
    """Gives more the longer it has to live, to another kind's level too."""

    def release(self):
        if self.docked:
            self.give(self.content[0] + 1.0)
            self.give(0.25, level="plain")


class Decays(va.Vesicle):
    """Grows old in its own way: ends after three steps, or by chance, and gives a last gift."""

    def decay(self):
        self.age = getattr(self, "age", 0) + 1
        if self.age == 3 or self.uniform() < 0.1:
            self.give(1.0)
            self.remove()
        else:
            super().decay()


class All(Emits, Migrates, Docks, Releases, Decays):
    """All five."""


CLASSES = (None, Emits, Migrates, Docks, Releases, Decays, All)


def build(agent=None, seed=3, capacity=2, view="compiled", delays=True):
    graph = nx.gnp_random_graph(7, 0.35, seed=seed % 50, directed=True)
    for number, (_, _, data) in enumerate(graph.edges(data=True)):
        data.update(weight=0.5 + number % 3, delay=number % 3 if delays else 0)
    fields = {
        "emission": va.ActivityEmission(scale=1.2),
        "docking": va.ConstantDocking(probability=0.5, capacity=capacity),
        "release": [va.ModulatorRelease(amount=0.3), va.GainRelease(amount=0.1)],
        "decay": va.HazardDecay(hazard=0.1),
        "lifetime": va.GeometricLifetime(mean=5.0),
        "absorb": 0.4,
        "content_width": 2,
        "content": va.GaussianContent(mean=1.0, deviation=0.5),
        "clearance": 5.0,
    }
    kinds = {
        "own": va.Kind(**fields, agent=agent),
        "plain": va.Kind(**{**fields, "docking": va.AffinityDocking(receptor=[1.0, -0.5])}),
    }
    neurons = va.HMNNeurons(activation="sigmoid", noise=0.5, gain_recovery=4.0)
    return va.VesicleModel(graph, kinds, neurons=neurons, seed=seed, view=view)


def shuffled_step(model):
    """One step, each stage visited by hand in an order of its own."""
    for stage in va.STAGES:
        with model.stage(stage):
            if stage in ("sense", "activate", "emit"):
                model.neurons.shuffle_do(stage)
            elif stage in ("migrate", "dock", "release", "decay"):
                model.vesicles.shuffle_do(stage)


def digests(model, steps=STEPS, step=None):
    found = []
    for _ in range(steps):
        (step or type(model).step)(model) if step else model.step()
        found.append(model.state.digest())
    return found


def balanced(model):
    for k, c in enumerate(model.counts_by_kind.values()):
        assert c["born"] == c["alive"] + c["absorbed"] + c["expired"] + c["cleared"]
        travelling = sum(v.edge >= 0 for v in model.vesicles if v.kind == model.kinds[k])
        assert model.occupancy()[k].sum() + travelling == c["alive"]
    assert model.counts["alive"] == len(model.vesicles)
    return True


# The signature property


@given(
    st.sampled_from(CLASSES), st.integers(0, 10**6), st.sampled_from([None, 0, 1, 3]), st.randoms(use_true_random=False)
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_visiting_order_never_matters(agent, seed, capacity, chance):
    expected = digests(build(agent, seed, capacity), 3)
    assert digests(build(agent, seed, capacity), 3, shuffled_step) == expected
    particles = build(agent, seed, capacity, view="particles")
    particles.order = lambda agents: chance.sample(agents, len(agents))
    assert digests(particles, 3) == expected


@given(st.integers(0, 10**6), st.lists(st.sampled_from(["compiled", "particles", "stages", "load"]), max_size=6))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_views_stages_and_loads_may_be_mixed(tmp_path_factory, seed, ways):
    model, reference = build(Decays, seed), build(Decays, seed)
    for way in ways:
        reference.step()
        if way == "load":
            path = tmp_path_factory.mktemp("saved") / "model.npz"
            model.save(path)
            model = va.VesicleModel.load(path)
            model.step()
        elif way == "stages":
            shuffled_step(model)
        else:
            model.view = way
            model.step()
        assert model.state.digest() == reference.state.digest()
        assert model.record.equals(reference.record)
        assert model.steps == model.time == reference.steps


@pytest.mark.parametrize("agent", CLASSES)
def test_a_users_verb_gives_the_same_bits_in_both_views_by_hand_and_after_a_load(agent, tmp_path):
    expected = build(agent)
    found = digests(expected, 8)
    assert digests(build(agent, view="particles"), 8) == found
    assert digests(build(agent), 8, shuffled_step) == found
    resumed = build(agent)
    resumed.run_for(4)
    resumed.save(tmp_path / "a.npz")
    resumed = va.VesicleModel.load(tmp_path / "a.npz")
    assert digests(resumed, 4) == found[4:]
    assert resumed.record.equals(expected.record)
    assert agent is None or found != digests(build(None), 8)
    assert balanced(expected)


def test_a_users_attributes_last_and_are_saved(tmp_path):
    model = build(All)
    model.run_for(5)
    own = model.vesicles.where_equal("kind", "own")
    assert set(own.get("colour")) == {"red", "blue"}
    assert sum(own.get("jumps")) > 0
    own[0].notes = {"list": [1, (2.5, "x")], "none": None}
    own[1].matrix = np.arange(4, dtype=np.float32).reshape(2, 2)
    own[1].number = np.float32(0.1)
    model.neurons[2].mood = "calm"
    model.save(tmp_path / "a.npz")
    back = va.VesicleModel.load(tmp_path / "a.npz").vesicles.where_equal("kind", "own")
    for name in ("colour", "jumps", "age"):
        assert back.get(name, "default") == own.get(name, "default")
    assert back[0].notes == own[0].notes
    assert np.array_equal(back[1].matrix, own[1].matrix)
    assert back[1].matrix.dtype == back[1].number.dtype == np.float32
    assert back.model.neurons[2].mood == "calm"
    own[2].friend = object()
    with pytest.raises(va.InputError, match=r"All\.friend: .* cannot be saved"):
        model.save(tmp_path / "b.npz")


def test_a_gift_outside_the_release_stage_arrives_when_its_stage_ends():
    model = build()
    v = va.Vesicle(model, "plain", 1)
    before = v.neuron.modulators["plain"]
    with model.stage("migrate"):
        v.give(2.0)
        assert v.neuron.modulators["plain"] == before
    assert v.neuron.modulators["plain"] == before + 2.0


def test_a_stage_that_fails_leaves_nothing_proposed():
    model, reference = build(), build()
    with pytest.raises(ZeroDivisionError), model.stage("emit"):
        model.neurons.do("emit")
        1 / 0  # noqa: B018
    assert model.world.stage is None
    assert model.counts["born"] == 0
    assert digests(model) == digests(reference)


def test_stages_do_not_nest_and_have_names():
    model = build()
    with model.stage("sense"):
        for act in (model.step, lambda: model.stage("emit").__enter__(), lambda: model.save("never.npz")):
            with pytest.raises(va.InputError, match="inside the stage 'sense'"):
                act()
    with pytest.raises(va.InputError, match="did you mean 'migrate'"), model.stage("migrates"):
        pass


# Mesa's model


class Ordinary(mesa.Agent):
    """An agent added the ordinary way."""


class Other(Ordinary):
    """Another."""


def test_the_agents_of_the_model_are_neurons_vesicles_and_ordinary_agents():
    model = build(Emits)
    mine = [Ordinary(model), Other(model), Ordinary(model)]
    model.run_for(2)
    assert isinstance(model, mesa.Model)
    assert len(model.agents) == 7 + model.counts["alive"] + 3
    assert model.agents.to_list() == [*model.neurons, *model.vesicles, *mine]
    assert model.agent_types == [va.HMNNeuron, Emits, va.Vesicle, Ordinary, Other]
    by_type = {kind: set(agents) for kind, agents in model.agents_by_type.items()}
    assert by_type[va.HMNNeuron] == set(model.neurons)
    assert by_type[Emits] | by_type[va.Vesicle] == set(model.vesicles)
    assert (by_type[Ordinary], by_type[Other]) == ({mine[0], mine[2]}, {mine[1]})
    assert all(type(agent) is kind for kind, agents in by_type.items() for agent in agents)
    assert model.agents.select(agent_type=Ordinary).to_list() == mine
    assert model.agents.select(agent_type=Ordinary, at_most=2).to_list() == mine[:2]
    assert len(model.agents.select(agent_type=va.Vesicle)) == model.counts["alive"]
    with pytest.raises(AttributeError):
        model.agents = []


def test_registering_and_deregistering():
    model = build()
    agent = Ordinary(model)
    model.register_agent(agent)
    assert model.agents.count(agent) == 1
    live = model.agents
    model.deregister_agent(agent)
    assert agent not in live
    with pytest.raises(KeyError):
        model.deregister_agent(agent)
    first = agent.unique_id
    model.register_agent(agent)
    assert agent in live
    assert agent.unique_id != first
    v = va.Vesicle(model, "plain", 1)
    with pytest.raises(va.InputError, match="is a row of this model"):
        model.register_agent(v)
    model.deregister_agent(v)
    assert not v.alive
    assert model.counts["cleared"] == 1


def test_remove_all_agents_leaves_the_graph():
    model = build()
    Ordinary(model)
    model.run_for(3)
    model.remove_all_agents()
    assert model.agents == model.neurons
    assert balanced(model)
    model.step()
    assert balanced(model)


def test_steps_is_time_also_in_a_subclass():
    class Mine(va.VesicleModel):
        def step(self):
            super().step()
            self.seen = [*getattr(self, "seen", []), (self.steps, self.time)]

    model = Mine(nx.path_graph(3), {"reward": va.Kind()}, seed=1)
    model.step()
    model.run_for(2)
    assert model.seen == [(1, 1), (2, 2), (3, 3)]
    model.running = False
    model.run_model()
    assert model.steps == 3


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_of_the_model_goes_on_alone_with_the_same_bits(copied):
    model = build(All)
    Ordinary(model)
    model.run_for(3)
    other = copied(model)
    assert other.agents.get("unique_id") == model.agents.get("unique_id")
    expected = digests(model)
    assert digests(other) == expected
    fresh = Ordinary(other)
    assert other.agents.get("unique_id").count(fresh.unique_id) == 1


def test_nothing_draws_from_mesas_generators():
    model = build(All)
    before = model.random.getstate(), model.rng.bit_generator.state
    model.run_for(3)
    assert (model.random.getstate(), model.rng.bit_generator.state) == before


# Placing


@pytest.mark.parametrize("agent", [None, All])
def test_placed_vesicles_never_share_an_id_before_or_after_a_load(tmp_path, agent):
    model, other = build(agent), build(agent)
    for m in (model, other):
        m.run_for(2)
        assert len(m.place("own", 3, 4)) == 4
    model.save(tmp_path / "a.npz")
    model = va.VesicleModel.load(tmp_path / "a.npz")
    for m in (model, other):
        again = m.place("own", 3, 2).get("unique_id")
        assert len(set(m.vesicles.get("unique_id"))) == len(m.vesicles)
        assert set(again) <= set(m.vesicles.get("unique_id"))
    assert digests(model) == digests(other)
    assert balanced(model)
    assert model.record.equals(other.record)


def test_placing_by_hand_is_the_same_as_being_born():
    """A pulse of one vesicle per node, and the same placed by hand before the step, give the same vesicles."""
    born = va.VesicleModel(nx.path_graph(5), {"reward": va.Kind(emission=va.PulseEmission(), lifetime=9)}, seed=2)
    placed = va.VesicleModel(nx.path_graph(5), {"reward": va.Kind(lifetime=9)}, seed=2)
    for node in range(5):
        va.Vesicle(placed, "reward", node)
    assert digests(born) == digests(placed)


def test_what_cannot_be_placed_is_refused_by_name():
    model = build()
    before = model.state.digest()
    for arguments, key in (
        (("owl", 0), "kind"),
        (("own", 99), "node"),
        (("own", 0, -1), "count"),
        (("own", 0, 1.5), "count"),
        (("own", 0, 10**6), "count"),
    ):
        with pytest.raises(va.InputError, match=f"^{key}: "):
            model.place(*arguments)
    assert model.state.digest() == before
    assert len(model.place("own", 0, 0)) == 0
    assert digests(model) == digests(build())


def test_a_vesicle_that_ends_at_its_birth_leaves_balanced_books():
    class Stillborn(va.Vesicle):
        def emit(self):
            super().emit()
            if self.uniform() < 0.5:
                self.remove()

    model, other = build(Stillborn), build(Stillborn, view="particles")
    for m in (model, other):
        made = m.place("own", 1, 20)
        assert 0 < len(made) < 20
    assert digests(model) == digests(other)
    assert balanced(model)


# Shuffles and checkpoints


def test_a_script_that_shuffles_goes_on_after_a_load_as_if_uninterrupted(tmp_path):
    def play(model, steps):
        for _ in range(steps):
            model.vesicles.shuffle().select(at_most=3).do("remove")
            model.step()
            model.vesicles.shuffle()

    model, other = build(), build()
    play(model, 6)
    play(other, 3)
    other.save(tmp_path / "a.npz")
    other = va.VesicleModel.load(tmp_path / "a.npz")
    play(other, 3)
    assert other.state.digest() == model.state.digest()


def test_a_model_saved_between_two_stages_goes_on_with_the_next(tmp_path):
    model, reference = build(Releases), build(Releases)
    reference.run_for(2)
    model.step()
    for stage in va.STAGES:
        shuffled = {"migrate", "dock", "release", "decay"}
        with model.stage(stage):
            agents = model.vesicles if stage in shuffled else model.neurons
            if stage in shuffled | {"sense", "activate", "emit"}:
                agents.do(stage)
        model.save(tmp_path / "a.npz")
        model = va.VesicleModel.load(tmp_path / "a.npz")
    assert model.state.digest() == reference.state.digest()
    assert model.record.equals(reference.record)


@pytest.mark.parametrize("labels", [[(0, "a"), (1, ("b", 2)), ()], ["x", 1.5, True]])
def test_any_plain_label_survives_a_checkpoint(tmp_path, labels):
    graph = nx.relabel_nodes(nx.path_graph(3), dict(enumerate(labels)))
    model = va.VesicleModel(graph, {"reward": va.Kind(emission=va.ConstantEmission(rate=1.0))}, seed=4)
    model.run_for(3)
    model.save(tmp_path / "a.npz")
    back = va.VesicleModel.load(tmp_path / "a.npz")
    assert back.graph.nodes == model.graph.nodes
    assert back.vesicles.get("label") == model.vesicles.get("label")
    assert digests(back) == digests(model)


def test_a_class_or_rule_that_was_not_imported_is_named(tmp_path, monkeypatch):
    class Forgotten(va.Vesicle):
        pass

    class Odd(va.Docking, name="odd_docking"):
        reads_vesicles = False

        def probability(self, vesicles, nodes, xp):
            return 0.5

    for kind, known, name in (
        (va.Kind(agent=Forgotten), va.Vesicle.known, "Forgotten"),
        (va.Kind(docking=Odd()), va.Docking.known, "odd_docking"),
    ):
        va.VesicleModel(nx.path_graph(2), {"reward": kind}, seed=1).save(tmp_path / "a.npz")
        monkeypatch.delitem(known, name)
        with pytest.raises(va.InputError, match=f"{name!r} is known; import it first"):
            va.VesicleModel.load(tmp_path / "a.npz")


def test_an_agent_that_is_no_vesicle_class_is_refused():
    for agent in (Ordinary, int, "Emits"):
        with pytest.raises(va.InputError, match=r"kinds\.own\.agent: .* a subclass of Vesicle"):
            build(agent)


def test_a_missing_or_damaged_file_is_refused(tmp_path):
    with pytest.raises(va.InputError, match="no file"):
        va.VesicleModel.load(tmp_path / "none.npz")
    build().save(tmp_path / "a.npz")
    whole = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(va.InputError, match="not a checkpoint, or is damaged"):
        va.VesicleModel.load(tmp_path / "a.npz")


# Memory


def test_a_thousand_models_leave_nothing_behind():
    table = getattr(mesa.Agent, "_ids", {})
    kinds = {"reward": va.Kind(emission=va.ConstantEmission(rate=1.0), agent=Decays)}
    graph = va.NeuralGraph.from_networkx(nx.path_graph(3))
    known, left = len(table), []
    for number in range(1000):
        model = va.VesicleModel(graph, kinds, seed=number)
        if number % 100 == 0:
            Ordinary(model)
            model.run_for(2)
            model.vesicles.set("colour", "red").shuffle_do("migrate")
        left.append(weakref.ref(model))
    del model
    gc.collect()
    assert sum(ref() is not None for ref in left) == 0
    assert len(table) == known


def test_a_hundred_thousand_vesicles_without_content_take_at_most_64_bytes_each():
    model = va.VesicleModel(nx.path_graph(100), {"reward": va.Kind(emission=va.ConstantEmission(rate=50.0))}, seed=1)
    model.run_for(20)
    assert model.counts["alive"] > 95_000
    assert model.nbytes / model.counts["alive"] <= 64
    index = model.state.vesicles["reward"]
    index.find(0)
    held = sum(part.nbytes for part in index._index[1:])
    assert (model.nbytes + held) / model.counts["alive"] <= 64


# The books


@given(st.integers(0, 10**6), st.lists(st.sampled_from(["step", "place", "remove", "verb", "move"]), max_size=12))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_the_books_balance_whatever_happens(seed, acts):
    model, chance = build(Decays, seed), random.Random(seed)
    for act in acts:
        some = model.vesicles.shuffle().select(at_most=3)
        if act == "step":
            model.step()
        elif act == "place":
            model.place(chance.choice(model.kinds), chance.randrange(7), chance.randrange(4))
        elif act == "remove":
            some.do("remove")
        elif act == "verb":
            some.do(chance.choice(["migrate", "dock", "release", "decay"]))
        else:
            some.set("node", chance.randrange(7)).set("ttl", 2)
        assert balanced(model)
        assert len(set(model.agents.get("unique_id"))) == len(model.agents)
