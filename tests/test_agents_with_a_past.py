"""Agents of vesicles that turn, remember, spend and are used up; of nodes that remember; a full population.

An agent held by a user goes on being the agent of its vesicle, whatever kind that has become.
"""

import copy
import gc

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

DOCKS = va.ConstantDocking(probability=1.0)
STAYS = va.WeightedMigration(stay=1.0)


class Mood(va.Vesicle):
    """A class that takes over no verb: attributes of its own."""


class GivesMore(va.Vesicle):
    """Gives twice what the rules say, in units of what it has left to spend."""

    def release(self):
        before = self.payload
        super().release()
        if self.docked:
            self.give(before - self.payload, level="young")


class LivesOn(va.Vesicle):
    """Ends in its own way: when it has no releases left, or after five steps; it may turn before."""

    def decay(self):
        self.age = getattr(self, "age", 0) + 1
        if self.releases_left == 0 or self.age == 5:
            self.remove()
        else:
            super().decay()


class Jumps(va.Vesicle):
    """Goes back to where it came from every other time."""

    def migrate(self):
        if len(self.remembered) and self.remembered[0] >= 0 and self.uniform() < 0.5:
            self.node = int(self.remembered[0])
        else:
            super().migrate()


class AllThree(GivesMore, LivesOn, Jumps):
    """All three."""


def ring(size: int = 6) -> nx.DiGraph:
    """A ring that can be gone round both ways."""
    return nx.cycle_graph(size).to_directed()


def two_ages(agent=None, *, view="compiled", seed=4) -> va.VesicleModel:
    """Kind "young" turns into "old" of another lifetime and internal state, "old" back into "young"."""
    common = {"content_width": 2, "agent": agent, "docking": va.ConstantDocking(probability=0.6), "absorb": 0.2}
    kinds = {
        "young": va.Kind(
            emission=va.ConstantEmission(rate=0.8), turn=va.ConstantTurn(into="old", probability=0.4),
            remembers=2, spend=0.5, lifetime=9, release=va.ModulatorRelease(amount=1.0), trail=va.ConstantTrail(),
            migration=va.TrailMigration(offset=1.0), **common,
        ),
        "old": va.Kind(
            turn=va.ConstantTurn(into="young", probability=0.2, value=[0.5, -1.0]), releases=3, lifetime=7,
            remembers=1, migration=va.SelfAvoidingMigration(stay=0.5), release=va.ModulatorRelease(amount=0.5),
            **common,
        ),
    }  # fmt: skip
    return va.VesicleModel(ring(), kinds, seed=seed, view=view)


def certain_turn(agent=None, **old) -> va.VesicleModel:
    """Every vesicle of "young" that is there when a step decays becomes "old"."""
    common = {"content_width": 1, "agent": agent, "migration": STAYS}
    turn = va.ConstantTurn(into="old", value=[3.0], when="always")
    kinds = {"young": va.Kind(turn=turn, lifetime=50, **common), "old": va.Kind(**{**common, **old})}
    return va.VesicleModel(ring(), kinds, seed=4)


def by_hand(model: va.VesicleModel) -> None:
    """A step in which every agent acts in a shuffled order."""
    for stage in va.STAGES:
        with model.stage(stage):
            if stage in ("sense", "activate", "emit"):
                model.neurons.shuffle_do(stage)
            elif stage in ("migrate", "dock", "release", "decay"):
                model.vesicles.shuffle_do(stage)


# Turning


@pytest.mark.parametrize("step", [va.VesicleModel.step, by_hand], ids=["step", "by hand"])
@pytest.mark.parametrize("first", ["kind", "node", "ttl", "content", "docked", "edge", "releases_left", "alive", "pos"])
def test_a_held_agent_is_of_the_new_kind_whatever_is_asked_first(step, first):
    model = certain_turn(lifetime=8, releases=2, remembers=1)
    va.Vesicle.create_agents(model, 3, "old", node=5)
    v = va.Vesicle(model, "young", 2)
    id_, born = v.unique_id, v.birth
    step(model)
    wanted = {
        "kind": "old", "node": v.node, "ttl": 8, "content": 3.0, "docked": False, "edge": -1, "releases_left": 2,
        "alive": True, "pos": v.node,
    }  # fmt: skip
    fresh = certain_turn(lifetime=8, releases=2, remembers=1)
    va.Vesicle.create_agents(fresh, 3, "old", node=5)
    held = va.Vesicle(fresh, "young", 2)
    step(fresh)
    assert getattr(held, first) == wanted[first]
    assert (held.unique_id, held.birth, held.kind) == (id_, born, "old")


def test_the_agent_of_a_turned_vesicle_is_the_same_object_everywhere():
    model = certain_turn(agent=Mood)
    v = Mood(model, "young", 2)
    v.mood = "calm"
    model.step()
    assert model.vesicles.to_list() == [v]
    assert model.vesicles[0] is v
    assert model.vesicle("old", v.unique_id) is v
    assert v in model.vesicles and v in model.agents and v in v.neuron.vesicles
    del v
    gc.collect()
    assert model.vesicles[0].mood == "calm"


def test_a_turned_vesicle_can_be_set_moved_and_removed():
    model = certain_turn()
    v, w = va.Vesicle(model, "young", 2), va.Vesicle(model, "young", 3)
    va.Vesicle(model, "old", 0)
    model.step()
    v.node = 4
    w.content = [7.0]
    v.ttl = 3
    v.docked = True
    assert (v.node, v.ttl, v.docked, w.content.tolist(), w.docked) == (4, 3, True, [7.0], False)
    w.remove()
    assert not w.alive
    with pytest.raises(va.GoneError):
        w.node  # noqa: B018
    assert model.counts_by_kind["young"]["went"] == model.counts_by_kind["old"]["came"] == 2
    assert model.counts["cleared"] == model.counts_by_kind["old"]["cleared"] == 1


def test_a_set_keeps_members_that_turn_and_drops_those_that_end():
    model = certain_turn()
    made = va.Vesicle.create_agents(model, 4, "young", node=1)
    chosen = made.select(lambda v: v.unique_id != made[0].unique_id)
    made[1].remove()
    model.step()
    assert len(made) == 3 and len(chosen) == 2
    assert set(made.get("kind")) == {"old"} and chosen.get("content") == [3.0, 3.0]
    assert made.get("kind") == [v.kind for v in made]
    assert chosen.select(lambda v: v.kind == "old") == chosen
    assert len(model.vesicles.where_equal("kind", "young")) == 0
    chosen.do("remove")
    assert len(made) == 1 and len(chosen) == 0


def test_an_agent_that_turns_by_hand_is_met_again_by_a_walk_through_its_set():
    """The first of three makes the other two turn; the walk goes on with them as what they are."""
    model = certain_turn()
    made = va.Vesicle.create_agents(model, 3, "young", node=1)
    seen = []

    def visit(v):
        seen.append(v.kind)
        for other in made:
            if other.kind == "young":
                other.decay()

    made.do(visit)
    assert seen == ["young", "old", "old"]


def test_a_copy_of_a_model_knows_its_turned_vesicles():
    model = certain_turn(agent=Mood)
    v = Mood(model, "young", 2)
    v.mood = "calm"
    model.step()
    other = copy.deepcopy(model)
    assert other.vesicles.get("kind") == ["old"] and other.vesicles[0].mood == "calm"
    other.vesicles[0].remove()
    assert v.alive


@pytest.mark.parametrize("agent", [None, GivesMore, LivesOn, Jumps, AllThree])
def test_a_users_verbs_in_kinds_that_turn_give_the_same_bits_in_both_views_by_hand_and_after_a_load(agent, tmp_path):
    model, particles, hand, saved = (two_ages(agent, view=view) for view in ("compiled", "particles", *VIEWS))
    for step in range(8):
        model.step()
        particles.step()
        by_hand(hand)
        saved.step()
        if step == 3:
            saved.save(tmp_path / "a.npz")
            saved = va.VesicleModel.load(tmp_path / "a.npz")
        digests = {each.state.digest() for each in (model, particles, hand, saved)}
        assert len(digests) == 1
    assert model.counts_by_kind["young"]["went"] > 0 and model.counts_by_kind["old"]["went"] > 0
    for own in model.counts_by_kind.values():
        ended = own["absorbed"] + own["expired"] + own["cleared"]
        assert own["born"] + own["came"] == own["alive"] + ended + own["went"]
    if agent is not None:
        assert model.state.digest() != digest_of(two_ages(None), 8)


def digest_of(model, steps: int) -> str:
    """After some steps."""
    model.run_for(steps)
    return model.state.digest()


def test_kinds_that_turn_into_one_another_share_their_class():
    kinds = {"young": va.Kind(turn=va.ConstantTurn(into="old"), agent=Mood), "old": va.Kind()}
    with pytest.raises(va.InputError, match=r"^kinds\.young\.turn\.into: 'old' has another class of agents"):
        va.VesicleModel(ring(), kinds)


# What a vesicle has of its own


def test_an_agent_tells_what_it_remembers_what_it_can_give_and_how_often():
    """Along the path 0 -> 1 -> 2 -> 3, half of what is left given at each docking, at most three times."""
    path = va.NeuralGraph.from_edges([(0, 1), (1, 2), (2, 3)])
    kind = va.Kind(docking=DOCKS, release=va.ModulatorRelease(amount=8.0), remembers=2, spend=0.5, releases=3)
    model = va.VesicleModel(path, {"v": kind}, seed=1)
    v = va.Vesicle(model, "v", 0)
    assert (v.remembered.tolist(), v.payload, v.releases_left) == ([-1, -1], 1.0, 3)
    model.step()
    assert (v.remembered.tolist(), v.payload, v.releases_left) == ([0, -1], 0.5, 2)
    model.step()
    assert (v.remembered.tolist(), v.payload, v.releases_left) == ([1, 0], 0.25, 1)
    v.remembered[:] = 9  # a copy
    assert v.remembered.tolist() == [1, 0]
    model.step()
    assert not v.alive and model.counts["absorbed"] == 1
    assert model.state.modulator[:, 0].tolist() == [0.0, 4.0, 2.0, 1.0]


def test_sets_get_what_vesicles_have_of_their_own_also_where_a_kind_lacks_it():
    rich = va.Kind(remembers=2, spend=0.5, releases=3)
    model = va.VesicleModel(ring(), {"rich": rich, "plain": va.Kind()}, seed=1)
    for kind in ("rich", "plain", "rich"):
        va.Vesicle(model, kind, 0)
    model.step()
    for name in ("payload", "releases_left", "remembered"):
        together, one_by_one = model.vesicles.get(name), [getattr(v, name) for v in model.vesicles]
        assert [np.array_equal(a, b) for a, b in zip(together, one_by_one, strict=True)] == [True] * 3
    assert sorted(model.vesicles.get("releases_left"), key=str) == [3, 3, None]
    assert sorted(len(row) for row in model.vesicles.get("remembered")) == [0, 2, 2]
    assert model.vesicles.agg("payload", sum) == 3.0


@pytest.mark.parametrize("view", VIEWS)
def test_a_used_up_vesicle_that_its_class_keeps_alive_releases_no_more(view):
    class Undying(va.Vesicle):
        def decay(self):
            pass

    kind = va.Kind(docking=DOCKS, release=va.ModulatorRelease(amount=1.0), releases=2, agent=Undying)
    model = va.VesicleModel(ring(), {"v": kind}, seed=1, view=view)
    v = Undying(model, "v", 0)
    model.run_for(5)
    assert (v.releases_left, model.state.modulator.sum()) == (0, 2.0)


def test_releases_by_hand_are_counted_off_to_none():
    kind = va.Kind(docking=DOCKS, release=va.ModulatorRelease(amount=1.0), releases=2, spend=0.5)
    model = va.VesicleModel(ring(), {"v": kind}, seed=1)
    v = va.Vesicle(model, "v", 0)
    v.dock()
    for _ in range(4):
        v.release()
    assert (v.releases_left, v.payload, v.neuron.modulators["v"]) == (0, 0.25, 0.75)


def test_a_migration_by_hand_leaves_its_trail_at_once():
    kind = va.Kind(trail=va.ConstantTrail(amount=2.0), remembers=1)
    model = va.VesicleModel(va.NeuralGraph.from_edges([(0, 1), (1, 0)]), {"v": kind}, seed=1)
    v = va.Vesicle(model, "v", 0)
    v.migrate()
    assert (v.node, v.remembered.tolist(), model.state.trails["v"].tolist()) == (1, [0], [2.0, 0.0])
    v.migrate()
    assert (v.node, v.remembered.tolist(), model.state.trails["v"].tolist()) == (0, [1], [2.0, 2.0])


# What a node remembers


def test_the_memory_of_a_neuron_is_read_set_and_used_at_once():
    writer = va.Kind(docking=va.MemoryDocking(gain=50.0), content_width=2, content=[1.0, 0.0], migration=STAYS)
    model = va.VesicleModel(nx.empty_graph(3), {"v": writer}, memory=va.Memory(slots=2, width=2), seed=1)
    n, v = model.neurons[1], va.Vesicle(model, "v", 1)
    assert n.memory.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    v.dock()
    assert not v.docked  # nothing is stored
    n.memory = [[2.0, 0.0], [0.0, 1.0]]
    v.dock()
    assert v.docked  # sigmoid(50 * (1 - 0.5)) is 1 - 1e-11
    assert model.state.memory[1].tolist() == [[2.0, 0.0], [0.0, 1.0]] and not model.state.memory[[0, 2]].any()
    n.memory[:] = 5.0  # a copy
    assert n.memory[0, 0] == 2.0
    n.memory = 0.25
    assert model.neurons.get("memory")[1].tolist() == [[0.25, 0.25]] * 2


@pytest.mark.parametrize("value", [[1.0, 2.0], np.ones((3, 2)), np.nan, [[1.0, np.inf], [0.0, 0.0]], "much"])
def test_a_memory_that_does_not_fit_is_refused_and_nothing_is_changed(value):
    model = va.VesicleModel(nx.empty_graph(2), {"v": va.Kind()}, memory=va.Memory(slots=2, width=2), seed=1)
    with pytest.raises(va.InputError, match=r"(?s)^memory: got .*; finite numbers of shape \(2, 2\) are allowed"):
        model.neurons[0].memory = value
    assert not model.state.memory.any()


def test_a_node_without_memory_says_how_to_have_one():
    model = va.VesicleModel(nx.empty_graph(2), {"v": va.Kind()}, seed=1)
    with pytest.raises(va.InputError, match=r"^memory: the model has no memory; give memory=Memory"):
        model.neurons[0].memory  # noqa: B018
    with pytest.raises(va.InputError, match="has no memory"):
        model.neurons[0].memory = 1.0


# A full population


def capped(cap: int = 3) -> va.VesicleModel:
    """At most ``cap`` vesicles, none born by themselves."""
    return va.VesicleModel(ring(), {"v": va.Kind(cap=cap)}, seed=1)


@pytest.mark.parametrize(
    "act",
    [
        lambda model: model.place("v", 2, 2),
        lambda model: va.Vesicle.create_agents(model, 2, "v", node=2),
        lambda model: va.Vesicle.create_agents(model, 2, "v", node=[2, 3]),
    ],
    ids=["place", "create_agents", "create_agents, each its own node"],
)
def test_placing_beyond_a_cap_is_refused_and_says_how_many_live(act):
    model = capped()
    model.place("v", 0, 2)
    with pytest.raises(va.InputError, match=r"^count: got [12]; [23] of at most 3 vesicles live already"):
        act(model)
    assert len(model.vesicles) == model.counts["born"] <= 3


def test_a_refused_placement_leaves_the_model_as_it_was():
    model = capped()
    model.place("v", 0, 3)
    before = model.state.digest()
    for count in (1, 20_000):
        with pytest.raises(va.InputError, match="count"):
            model.place("v", 1, count)
    with pytest.raises(va.InputError, match="count"):
        va.Vesicle(model, "v", 1)
    assert model.state.digest() == before and model.warnings == []
    assert len(model.place("v", 1, 0)) == 0
    model.vesicles[0].remove()
    assert len(model.place("v", 1, 1)) == 1


@pytest.mark.parametrize(("cap", "count"), [(100_000, 20_000), (None, 20_000), (None, 10**30)])
def test_a_placement_of_more_than_ids_can_hold_is_refused_with_and_without_a_cap(cap, count):
    model = capped(cap)
    before = model.state.digest()
    words = f"count: got {count}; at most 16384 births at a node fit the ids of one step"
    with pytest.raises(va.InputError, match=words):
        model.place("v", 0, count)
    assert model.state.digest() == before
