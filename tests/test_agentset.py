"""Every public method and operator of ``mesa.agent.AgentSet``, on our rows and on ordinary agents of the same world."""

import copy
import itertools
import pickle

import mesa
import networkx as nx
import numpy as np
import pytest
from mesa.agent import AgentSet, GroupBy

import vesicle_abm as va
from vesicle_abm.agentset import RowSet

pytestmark = pytest.mark.filterwarnings("ignore:No Agents specified")  # of Mesa's own empty sets
ATTRIBUTES = ("kind", "node", "ttl", "docked", "label", "edge")
NUMBERS = ("index", "label", "activation", "bias", "gain", "drive")


class Plain(mesa.Agent):
    """An ordinary agent with the numbers of one of ours."""

    def __init__(self, model, twin):
        super().__init__(model)
        names = ATTRIBUTES if isinstance(twin, va.Vesicle) else NUMBERS
        self.__dict__.update({name: getattr(twin, name) for name in names}, unique_id=twin.unique_id)

    def plus(self, amount, times=1):
        return self.unique_id + amount * times


class PlainNeuron(Plain):
    """The twin of a neuron."""


def plus(agent, amount, times=1):
    return agent.unique_id + amount * times


def model_of(seed=7, **kinds):
    graph = nx.path_graph(5)
    shipped = {
        "reward": va.Kind(
            emission=va.ConstantEmission(rate=0.8),
            docking=va.ConstantDocking(probability=0.4),
            absorb=0.5,
            lifetime=va.GeometricLifetime(mean=6.0),
        ),
        "stress": va.Kind(emission=va.ConstantEmission(rate=0.5), decay=va.HazardDecay(hazard=0.2)),
    }
    return va.VesicleModel(graph, kinds or shipped, neurons=va.HMNNeurons(noise=1.0), seed=seed)


class Twins:
    """The same agents twice: ours, and ordinary ones in a plain ``mesa.Model``."""

    def __init__(self):
        self.model = model_of()
        self.model.run_for(6)
        self.plain_model = mesa.Model(seed=1)
        self.of = {}
        for agent in self.model.agents:
            make = Plain if isinstance(agent, va.Vesicle) else PlainNeuron
            self.of[agent.unique_id] = make(self.plain_model, agent)

    def sets(self, live=False):
        """(ours, Mesa's): all agents, as the models give them out or as sets of their own."""
        ours, theirs = self.model.agents, self.plain_model.agents
        return (ours, theirs) if live else (copy.copy(ours), copy.copy(theirs))

    def same_members(self, ours):
        """Mesa's set of the twins of these agents."""
        return AgentSet([self.of[agent.unique_id] for agent in ours], random=self.plain_model.random)


@pytest.fixture(scope="module")
def shared():
    return Twins()


@pytest.fixture
def twins():
    return Twins()


def plain(result):
    """A result with ids in place of agents."""
    if isinstance(result, mesa.Agent):
        return ("agent", int(result.unique_id))
    if isinstance(result, AgentSet):
        return ("set", [plain(agent) for agent in result])
    if isinstance(result, GroupBy):
        return ("groups", [(key, plain(group)) for key, group in result.groups.items()])
    if isinstance(result, list | tuple):
        return [plain(part) for part in result]
    if isinstance(result, dict):
        return [(key, plain(value)) for key, value in result.items()]
    return result.item() if isinstance(result, np.generic) else result


def outcome(act, agents, part):
    """What an act on a set gives: its result, or the type of its error, and the set's members afterwards."""
    try:
        result = plain(act(agents, part))
    except Exception as error:  # the point is to compare them
        result = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
    return result, plain(agents)


def odd(agent):
    return agent.unique_id % 2 == 1


def vesicle(agent):
    return hasattr(agent, "node")


def is_reward(agent):
    return getattr(agent, "kind", None) == "reward"


def first(iterable, n):
    return list(itertools.islice(iterable, n))


def in_place(name):
    """The statement ``s op= other``, as a function."""

    def act(s, part):
        return getattr(s, name)(part)

    return act


SELECTS = [
    dict(filter_func=f, at_most=m, inplace=i)
    for f in (None, odd, is_reward)
    for m in (float("inf"), 0, 3, 10**6, 0.0, 0.25, 0.5, 1.0, 2.5, -1, -0.5, True)
    for i in (False, True)
]
KEYS = ("unique_id", "label", lambda a: a.unique_id % 3, lambda a: a.label)

# Name of each method or operator -> acts (set, another set of some of the members) -> result.
ACTS = {
    "select": [
        *(lambda s, p, given=given: s.select(**given) for given in SELECTS),
        lambda s, p: s.select(),
        lambda s, p: s.select(odd).select(is_reward, 2),
        lambda s, p: s.select(agent_type=mesa.Agent),
        lambda s, p: s.select(agent_type=int),
        lambda s, p: s.select(agent_type=mesa.Agent, at_most=4, inplace=True),
        lambda s, p: s.select(odd, agent_type=(mesa.Agent, int), at_most=0.3),
        lambda s, p: s.select(lambda a: a.missing),
    ],
    "sort": [
        *(
            lambda s, p, k=k, a=a, i=i: s.sort(k, ascending=a, inplace=i)
            for k in KEYS
            for a in (False, True)
            for i in (False, True)
        ),
        lambda s, p: s.sort("model.steps", ascending=True).get("label"),
        lambda s, p: s.sort("missing"),
        lambda s, p: s.select(is_reward).sort("ttl").sort("node", ascending=True),
    ],
    "do": [
        lambda s, p: s.do(plus, 3),
        lambda s, p: s.do(plus, amount=3, times=2),
        lambda s, p: s.do("missing"),
        lambda s, p: s.do(lambda a: setattr(a, "mark", a.unique_id)).get("mark"),
    ],
    "map": [
        lambda s, p: s.map(plus, 3),
        lambda s, p: s.map(plus, 3, times=2),
        lambda s, p: s.map("__getattribute__", "label"),
        lambda s, p: s.map("missing"),
        lambda s, p: s.select(is_reward).map(lambda a: (a.node, a.ttl)),
    ],
    "agg": [
        lambda s, p: s.agg("unique_id", max),
        lambda s, p: s.agg("label", [min, max, sum, len]),
        lambda s, p: s.agg("label", iter([np.mean, np.std])),
        lambda s, p: s.agg("missing", sum),
        lambda s, p: s.select(is_reward).agg("ttl", sum),
        lambda s, p: s.select(at_most=0).agg("ttl", len),
        lambda s, p: s.select(at_most=0).agg("ttl", max),
    ],
    "get": [
        lambda s, p: s.get("label"),
        lambda s, p: s.get(["label", "unique_id"]),
        lambda s, p: s.get(("label",)),
        lambda s, p: s.get([]),
        lambda s, p: s.get("node"),
        lambda s, p: s.get("node", handle_missing="default"),
        lambda s, p: s.get("node", "default", -5),
        lambda s, p: s.get(["node", "label", "missing", "gain"], handle_missing="default", default_value=0),
        lambda s, p: s.get("label", handle_missing="sometimes"),
        lambda s, p: [s.select(is_reward).get(name) for name in ATTRIBUTES],
        lambda s, p: [s.select(lambda a: not vesicle(a)).get(name) for name in NUMBERS],
    ],
    "set": [
        lambda s, p: s.set("mark", 3).get("mark"),
        lambda s, p: s.select(vesicle).set("ttl", 9).get(["ttl", "node"]),
        lambda s, p: s.select(is_reward).set("docked", True).get("docked"),
        lambda s, p: s.select(vesicle).set("node", 2).get("node"),
        lambda s, p: s.select(lambda a: not vesicle(a)).set("gain", 2.5).get("gain"),
        lambda s, p: s.select(lambda a: not vesicle(a)).set("activation", 0.5).get("activation"),
    ],
    "groupby": [
        lambda s, p: s.groupby("label"),
        lambda s, p: s.groupby("label", result_type="list"),
        lambda s, p: s.groupby(lambda a: a.unique_id % 3),
        lambda s, p: s.groupby(odd, "list"),
        lambda s, p: s.groupby("label").count(),
        lambda s, p: s.groupby("label").agg("unique_id", max),
        lambda s, p: s.groupby("label").map("agg", "unique_id", sum),
        lambda s, p: s.groupby("label").map(len),
        lambda s, p: s.groupby("label").map(first, n=2),
        lambda s, p: s.groupby("label").do("do", plus, 1),
        lambda s, p: s.groupby("label").do(lambda group: group.select(inplace=True)),
        lambda s, p: len(s.groupby("label")),
        lambda s, p: dict(iter(s.groupby(vesicle))),
        lambda s, p: s.groupby("missing"),
        lambda s, p: s.groupby(["label", "unique_id"]),
        lambda s, p: s.groupby(lambda a: [1]),
    ],
    "add": [lambda s, p: s.add(s[1]), lambda s, p: [s.discard(s[0]), [s.add(a) for a in p]]],
    "discard": [lambda s, p: s.discard(s[2]), lambda s, p: [s.discard(a) for a in [*p, *p]]],
    "remove": [lambda s, p: s.remove(s[-1]), lambda s, p: [s.remove(a) for a in [*p, *p]]],
    "pop": [lambda s, p: [s.pop(), s.pop()], lambda s, p: [s.pop() for _ in range(10**4)]],
    "clear": [lambda s, p: s.clear(), lambda s, p: [s.clear(), s.clear(), len(s)]],
    "index": [
        lambda s, p: [s.index(agent) for agent in p],
        lambda s, p: s.index(s[3], 2),
        lambda s, p: s.index(s[3], 4),
        lambda s, p: s.index(s[3], 0, 3),
        lambda s, p: s.index(s[3], 0, 4),
        lambda s, p: s.index(s[-2], -3),
        lambda s, p: s.index(s[-2], -3, -1),
        lambda s, p: s.index(3),
    ],
    "count": [lambda s, p: s.count(s[0]), lambda s, p: [(p - p).count(s[0]), s.count("else")]],
    "isdisjoint": [
        lambda s, p: [s.isdisjoint(p), p.isdisjoint(s - p), s.isdisjoint(s - s), s.isdisjoint([1, p[0]])],
        lambda s, p: s.isdisjoint(list(p)),
    ],
    "__len__": [lambda s, p: (len(s), len(p), len(s - s), bool(s), bool(s - s))],
    "__iter__": [lambda s, p: list(s), lambda s, p: list(zip(s, p, strict=False))],
    "__reversed__": [lambda s, p: list(reversed(s))],
    "__contains__": [lambda s, p: [a in p for a in s], lambda s, p: [3 in s, None in s, "a" in p]],
    "__getitem__": [
        *(lambda s, p, at=at: s[at] for at in (0, 3, -1, -4, np.int64(2), True, 10**6, -(10**6), 1.0, "a", None)),
        *(
            lambda s, p, at=at: s[at]
            for at in (slice(3), slice(-3, None), slice(1, 9, 3), slice(None, None, -1), slice(50, 2), slice(None))
        ),
    ],
    "__and__": [
        lambda s, p: s & p,
        lambda s, p: p & s,
        lambda s, p: s & list(p),
        lambda s, p: s & [1],
        lambda s, p: s & 3,
    ],
    "__rand__": [lambda s, p: list(reversed(p)) & s],
    "__or__": [lambda s, p: s | p, lambda s, p: p | s, lambda s, p: (s - p) | list(p), lambda s, p: s | 3],
    "__ror__": [lambda s, p: list(p) | s],
    "__sub__": [lambda s, p: s - p, lambda s, p: p - s, lambda s, p: s - list(p), lambda s, p: s - 3],
    "__rsub__": [lambda s, p: list(s) - p, lambda s, p: 3 - p],
    "__xor__": [lambda s, p: s ^ p, lambda s, p: p ^ s, lambda s, p: p ^ list(s), lambda s, p: s ^ 3],
    "__rxor__": [lambda s, p: list(s) ^ p],
    "__iand__": [in_place("__iand__"), lambda s, p: s.__iand__(s)],
    "__ior__": [lambda s, p: [s.__isub__(p), s.__ior__(p)][1], lambda s, p: s.__ior__(s)],
    "__isub__": [in_place("__isub__"), lambda s, p: s.__isub__(s), lambda s, p: s.__isub__(list(p))],
    "__ixor__": [in_place("__ixor__"), lambda s, p: s.__ixor__(s), lambda s, p: p.__ixor__(list(s))],
    **{
        name: [
            lambda s, p, name=name: [getattr(s, name)(p), getattr(p, name)(s), getattr(s, name)(s)],
            lambda s, p, name=name: getattr(p, name)(set(s)),
            lambda s, p, name=name: getattr(s, name)(set(p)),
            lambda s, p, name=name: getattr(s - s, name)(set()),
        ]
        for name in ("__le__", "__lt__", "__ge__", "__gt__", "__eq__", "__ne__")
    },
    "__copy__": [lambda s, p: copy.copy(s), lambda s, p: copy.copy(p) == p],
    "__hash__": [lambda s, p: hash(s)],
}
SHUFFLES = {"shuffle", "shuffle_do"}  # compared below: the order is ours
STORED = {"__getstate__", "__setstate__"}  # pickling, below
ATTRIBUTES_OF_SET = {"random"}
OPERATORS = {name for name in ACTS if name.startswith("__")} - {"__copy__"}
CASES = [(name, act) for name, acts in ACTS.items() for act in acts]


def public_names():
    found = set()
    for owner in AgentSet.__mro__[:-1]:
        found |= {name for name in vars(owner) if not name.startswith("_")}
        found |= {name for name in vars(owner) if name.startswith("__") and (callable(getattr(owner, name)))}
    return found - {"__init__", "__class_getitem__", "__subclasshook__", "__abstractmethods__"}


def test_every_public_method_and_operator_of_mesa_is_compared():
    assert public_names() - set(ACTS) - SHUFFLES - STORED == set()


def test_no_method_that_mesa_wrote_for_its_own_store_is_inherited():
    assert {name for name in vars(AgentSet) if callable(getattr(AgentSet, name))} - set(vars(RowSet)) == set()


@pytest.mark.parametrize(("name", "act"), CASES, ids=[f"{name}-{i}" for i, (name, _) in enumerate(CASES)])
def test_a_set_of_rows_does_what_mesas_set_does(shared, name, act):
    twins = Twins() if name in ("set", "do") else shared
    ours, theirs = twins.sets()
    part = ours.select(odd).sort("label")
    same = twins.same_members(part)
    assert outcome(act, ours, part) == outcome(act, theirs, same)


@pytest.mark.parametrize(("name", "act"), CASES, ids=[f"{name}-{i}" for i, (name, _) in enumerate(CASES)])
def test_a_live_set_answers_as_a_set_of_its_members(shared, name, act):
    twins = Twins() if name in ("set", "do") else shared
    ours, theirs = twins.model.agents, twins.sets()[1]
    part = ours.select(odd).sort("label")
    same = twins.same_members(part)
    assert outcome(act, ours, part) == outcome(act, theirs, same)


def test_a_shuffle_holds_the_same_members_in_an_order_drawn_from_the_seed(shared):
    ours = shared.model.agents
    a, b = ours.shuffle(), ours.shuffle()
    assert a == b == ours
    assert len({tuple(s.get("unique_id")) for s in (ours, a, b)}) == 3
    again, fresh = model_of(), model_of()
    again.run_for(6), fresh.run_for(6)
    assert again.agents.shuffle().get("unique_id") == fresh.agents.shuffle().get("unique_id")
    inplace = copy.copy(ours)
    assert inplace.shuffle(inplace=True) is inplace
    assert inplace == ours
    assert inplace.get("unique_id") != ours.get("unique_id")


def test_every_order_of_a_shuffle_is_as_likely():
    """Of 3 neurons, 3000 shuffles: each of the 6 orders 500 times, standard error 20; seed 7."""
    model = va.VesicleModel(nx.path_graph(3), {}, seed=7)
    found = [tuple(model.neurons.shuffle().get("index")) for _ in range(3000)]
    counts = [found.count(order) for order in itertools.permutations(range(3))]
    assert all(abs(count - 500) < 4 * 20.4 for count in counts)


def test_shuffle_do_calls_each_member_once_in_another_order(shared):
    called = []
    agents = shared.model.agents
    assert agents.shuffle_do(lambda a, x, y: called.append((a.unique_id, x, y)), 1, y=2) is agents
    assert sorted(called) == sorted((i, 1, 2) for i in agents.get("unique_id"))
    assert [i for i, _, _ in called] != agents.get("unique_id")


def test_shuffling_uses_no_generator_of_mesa(shared):
    before = shared.model.random.getstate(), shared.model.rng.bit_generator.state
    shared.model.agents.shuffle(inplace=True).shuffle_do(lambda a: None)
    assert (shared.model.random.getstate(), shared.model.rng.bit_generator.state) == before
    assert shared.model.agents.random is shared.model.random


def test_a_set_is_pickled_with_its_members_in_order(shared):
    part = shared.model.agents.select(odd).sort("label")
    back = pickle.loads(pickle.dumps(part))
    assert back.get(["unique_id", "label"]) == part.get(["unique_id", "label"])
    assert back.model is not part.model
    assert back.model.state.digest() == part.model.state.digest()


def test_a_pickled_live_set_stays_live(twins):
    back = pickle.loads(pickle.dumps(twins.model.vesicles))
    back.model.step()
    twins.model.step()
    assert back.get("unique_id") == twins.model.vesicles.get("unique_id")


# Births and deaths


def test_a_live_set_follows_births_and_deaths_and_a_derived_set_only_deaths(twins):
    model = twins.model
    live, derived = model.vesicles, model.vesicles.select(vesicle)
    before = set(live.get("unique_id"))
    model.run_for(3)
    alive = set(live.get("unique_id"))
    assert alive - before
    assert before - alive
    assert set(derived.get("unique_id")) == before & alive
    assert len(derived) == len(before & alive) < len(live) == model.counts["alive"]
    assert derived == live & derived


@pytest.mark.parametrize("way", ["do", "map", "shuffle_do", "iterate", "select", "sort", "groupby", "reversed"])
def test_an_agent_that_an_earlier_agent_removed_is_not_called(twins, way):
    def by_mesa(agents):
        called = []

        def act(agent):
            called.append(agent.unique_id)
            victims = [other for other in agents if other.unique_id > agent.unique_id][:2]
            for victim in victims:
                victim.remove()
            return True

        acts = {
            "do": lambda: agents.do(act),
            "map": lambda: agents.map(act),
            "shuffle_do": lambda: agents.shuffle_do(act),
            "iterate": lambda: [act(agent) for agent in agents],
            "select": lambda: agents.select(act),
            "sort": lambda: agents.sort(act),
            "groupby": lambda: agents.groupby(act),
            "reversed": lambda: [act(a) for a in reversed(agents) if a in agents],
        }
        acts[way]()
        return called

    ids = twins.model.vesicles.get("unique_id")
    called = by_mesa(twins.model.vesicles)
    left = twins.model.vesicles.get("unique_id")
    counts = twins.model.counts
    assert counts["born"] == counts["alive"] + counts["absorbed"] + counts["expired"] + counts["cleared"]
    if way in ("do", "map", "iterate", "select", "sort", "groupby"):
        assert called == ids[::3] == left  # each ends the two after it
    else:
        assert len(set(called)) == len(called)
        assert set(left) <= set(called)


def test_mesa_itself_skips_agents_removed_in_do(twins):
    """The statement above, of Mesa's own set, whose agents nobody else holds."""
    twins.of.clear()
    called = []

    def act(agent):
        called.append(agent.unique_id)
        ids = sorted(other.unique_id for other in agents)
        for victim in [other for other in agents if other.unique_id in ids[ids.index(agent.unique_id) + 1 :][:2]]:
            victim.remove()

    agents = twins.plain_model.agents
    before = agents.get("unique_id")
    agents.do(act)
    assert called == before[::3]


def test_a_filter_that_removes_agents_still_selects_the_ones_it_chose(twins):
    def clears_the_next(agent):
        following = [other for other in twins.model.vesicles if other.unique_id > agent.unique_id][:1]
        for other in following:
            other.remove()
        return agent.unique_id % 2 == 0

    ids = twins.model.vesicles.get("unique_id")
    chosen = twins.model.vesicles.select(clears_the_next)
    assert chosen.get("unique_id") == [i for i in ids[::2] if i % 2 == 0]


def test_newborns_of_a_pass_are_not_called_in_it(twins):
    called = []

    def act(agent):
        called.append(agent.unique_id)
        va.Vesicle(twins.model, "stress", 0)

    ids = twins.model.vesicles.get("unique_id")
    live = twins.model.vesicles
    live.do(act)
    assert called == ids
    assert len(live) == 2 * len(ids)


def test_doing_remove_clears_all_vesicles(twins):
    cleared = twins.model.counts["cleared"]
    alive = len(twins.model.vesicles)
    twins.model.vesicles[3].colour = "red"
    twins.model.vesicles.do("remove")
    assert len(twins.model.vesicles) == len(twins.model.objects.kept) == 0
    with pytest.raises(va.InputError):
        twins.model.agents.do("remove")
    assert twins.model.counts["cleared"] == cleared + alive


# What is ours


def test_agents_of_another_model_are_no_members(twins):
    stranger = model_of().neurons[0]
    agents = twins.model.agents
    assert stranger not in agents
    assert agents & [stranger] == agents - agents
    assert agents - [stranger] == agents
    with pytest.raises(ValueError, match="not an agent of this model"):
        agents.add(stranger)
    with pytest.raises(ValueError, match="not an agent of this model"):
        agents | [stranger]
    assert model_of().neurons != twins.model.neurons


def test_changing_a_set_that_the_model_gave_out_leaves_the_model_alone(twins):
    agents, count = twins.model.agents, len(twins.model.agents)
    agents.clear()
    twins.model.vesicles.pop()
    twins.model.agents.select(odd, inplace=True)
    assert len(agents) == 0
    assert len(twins.model.agents) == count


def test_where_takes_a_mask_and_with_ids_takes_ids(twins):
    vesicles = twins.model.vesicles
    mask = np.array(vesicles.get("node")) == 2
    assert vesicles.where(mask) == vesicles.where_equal("node", 2) == vesicles.select(lambda v: v.node == 2)
    ids = vesicles.get("unique_id")
    assert vesicles.with_ids([ids[3], ids[1], 99]).get("unique_id") == [ids[1], ids[3]]


def test_no_object_is_made_for_columns_of_a_hundred_thousand(monkeypatch):
    model = va.VesicleModel(nx.path_graph(10), {"reward": va.Kind(content_width=0)}, seed=1)
    for node in range(10):
        model.place("reward", node, 10_000)
    vesicles = model.vesicles
    chosen = vesicles.select(at_most=0.5)
    made = []
    monkeypatch.setattr(va.Vesicle, "at", lambda *_: made.append(1))
    for name in ("node", "ttl", "kind", "docked", "unique_id", "label", "pos", "edge", "content"):
        assert len(vesicles.get(name)) == 100_000
    assert vesicles.agg("node", [len, max]) == [100_000, 9]
    assert len(vesicles) == 100_000
    assert len(vesicles.select(agent_type=va.HMNNeuron)) == 0
    assert len(chosen & vesicles) == len(chosen.set("docked", True)) == 50_000
    assert sum(vesicles.get("docked")) == 50_000
    assert vesicles.groupby("node").count() == dict.fromkeys(range(10), 10_000)
    vesicles.sort("ttl").shuffle().select(at_most=7).set("node", 3).set("ttl", 4)
    assert made == []


def test_iterating_does_not_search_for_each_agent(monkeypatch):
    model = va.VesicleModel(nx.path_graph(3), {"reward": va.Kind()}, seed=1)
    model.place("reward", 0, 3000)
    searched = []
    vesicles, columns = model.vesicles, model.state.vesicles["reward"]
    find = columns.find
    monkeypatch.setattr(columns, "find", lambda ids: searched.append(1) or find(ids))
    assert sum(1 for _ in vesicles) == 3000
    assert len(searched) <= 1
