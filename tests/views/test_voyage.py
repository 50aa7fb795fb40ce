"""A voyage draws all of a vesicle's chances at once, to the bit as the stages would draw them one by one."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vesicle_abm as va
from vesicle_abm.core import alias
from vesicle_abm.core.graph import Ways
from vesicle_abm.core.random import unit
from vesicle_abm.views import voyage

SEED, STEPS, WIDTH = 3, 6, 3
WORDS = [0, 1, 2**31, 2**32 - 2, 2**32 - 1]
words = st.one_of(st.sampled_from(WORDS), st.integers(0, 2**32 - 1))
probabilities = st.one_of(st.sampled_from([0.0, 1.0, 2.0**-33, 0.5]), st.floats(0.0, 1.0), words.map(unit.py_func))
weights = st.one_of(st.just(0.0), st.floats(0.0, 10.0), st.sampled_from([1e-300, 1e300, 1.0]))


def random_graph(receptors: bool = True) -> nx.DiGraph:
    """Forty nodes, a sink and a self-loop among them, with numbers at each node."""
    graph = nx.gnp_random_graph(40, 0.1, seed=SEED, directed=True)
    graph.remove_edges_from(list(graph.out_edges(7)))
    graph.add_edge(3, 3)
    for node in graph:
        graph.nodes[node].update({"often": (node % 5) / 10, **{f"r{j}": np.sin(node + j) for j in range(WIDTH)}})
    return graph


def kind_of(**rules) -> va.Kind:
    """A kind whose vesicles come by the hundred; ``rules`` in place of the plain ones."""
    plain = {
        "emission": va.ConstantEmission(rate=5.0),
        "content": va.GaussianContent(mean=0.5, deviation=1.0),
        "migration": va.WeightedMigration(stay=0.5),
        "docking": va.ConstantDocking(probability=0.3),
        "release": va.ModulatorRelease(amount=1.0, component=0),
        "decay": va.HazardDecay(hazard=0.1),
        "lifetime": 5,
        "absorb": 0.4,
        "content_width": WIDTH,
    }
    return va.Kind(**{**plain, **rules})


KINDS = {
    "alike at all nodes": {},
    "by node": {"docking": va.ConstantDocking(probability="often")},
    "by two tables": {
        "docking": va.ConstantDocking(probability="often"),
        "decay": va.HazardDecay(hazard=[0.3, 0.0] * 20),
    },
    "by affinity": {"docking": va.AffinityDocking(receptor=[f"r{j}" for j in range(WIDTH)], gain=3.0, logit=-1.0)},
    "by affinity to one receptor": {"docking": va.AffinityDocking(receptor=[1.0, -2.0, 0.5])},
    "by affinity, cleared by node": {
        "docking": va.AffinityDocking(receptor=[f"r{j}" for j in range(WIDTH)]),
        "decay": va.HazardDecay(hazard="often"),
    },
    "always and never": {"docking": va.ConstantDocking(probability=1.0), "absorb": 1.0, "decay": va.HazardDecay()},
    "with a capacity": {"docking": va.ConstantDocking(probability=0.9, capacity=2)},
    "for a number of releases": {"releases": 2, "absorb": 0.0},
    "without a lifetime": {"lifetime": None},
}


def model_of(view: str, threads: int = 1, **rules) -> va.VesicleModel:
    """The model of one kind."""
    return va.VesicleModel(random_graph(), {"signal": kind_of(**rules)}, seed=SEED, view=view, threads=threads)


@pytest.fixture(autouse=True)
def every_population_is_split(monkeypatch):
    monkeypatch.setattr("vesicle_abm.views.threads.ROWS_PER_THREAD", 1)


@pytest.fixture
def voyages(monkeypatch) -> list[bool]:
    """Whether each voyage has found good probabilities, in the order in which they were made."""
    made: list[bool] = []

    def spy(*arguments):
        made.append(depart(*arguments))
        return made[-1]

    depart = voyage.depart
    monkeypatch.setattr(voyage, "depart", spy)
    return made


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("rules", KINDS.values(), ids=KINDS.keys())
def test_the_bits_are_those_of_the_particles(rules, threads, voyages):
    fast, slow = model_of("compiled", threads, **rules), model_of("particles", **rules)
    for _ in range(STEPS):
        fast.step()
        slow.step()
        assert fast.state.digest() == slow.state.digest()
    assert len(voyages) >= threads * (STEPS - 1) and all(voyages)


@given(word=words, probability=probabilities)
def test_a_draw_is_below_a_probability_exactly_if_its_word_is(word, probability):
    assert (word < int(voyage.as_words(probability))) == (unit.py_func(word) < probability)


@given(rows=st.lists(st.lists(weights, min_size=1, max_size=9), min_size=1, max_size=4), data=st.data())
def test_packed_slots_lead_where_the_alias_table_leads(rows, data):
    indptr = np.concatenate([[0], np.cumsum([len(row) - 1 for row in rows])]).astype(np.int64)
    count = int(indptr[-1])
    ways = Ways(indptr, np.arange(count, dtype=np.int32), (np.arange(count, dtype=np.int32) * 7 + 1) % len(rows))
    weight = np.array([weight for row in rows for weight in row[1:]])
    table = alias.build(indptr, np.array([row[0] for row in rows]), weight)
    packed, hops = voyage.pack(table, ways)
    word = np.array(data.draw(st.lists(st.one_of(words, near(table)), min_size=1, max_size=20)), np.uint32)
    start = np.arange(len(word), dtype=np.int32) % len(rows)
    node, slot, part = start.copy(), np.zeros(len(word), np.uint64), np.zeros(len(word), np.uint64)
    voyage.find_slots(node, word, packed, hops, slot, part)
    voyage.hop(slot, part, hops, table.threshold, node)
    for i, here in enumerate(start.tolist()):
        first, size = table.indptr[here], table.indptr[here + 1] - table.indptr[here]
        k = alias.choose(unit.py_func(int(word[i])), first, size, table.threshold, table.alias)
        assert node[i] == (here if k == 0 else ways.end[indptr[here] + k - 1])


def near(table: alias.AliasTable):
    """Words whose draws lie beside a threshold of the table, where leading bits do not decide."""
    slots = np.diff(table.indptr)
    within = np.arange(len(table.threshold)) - np.repeat(table.indptr[:-1], slots)
    edge = (within + table.threshold) / np.repeat(slots, slots) * 2.0**32
    beside = np.clip(np.concatenate([edge - 1, edge, edge + 1]), 0, 2**32 - 1)
    return st.sampled_from(beside.astype(np.int64).tolist())


def test_what_is_no_probability_is_refused_in_its_own_stage(voyages):
    rules = {"docking": va.AffinityDocking(receptor=[1e308, -1e308, 1e308]), "content": va.GaussianContent(mean=1e30)}
    refusals = []
    for view in ("compiled", "particles"):
        model = model_of(view, **rules)
        with pytest.raises(va.InputError) as refused:
            model.run_for(2)
        refusals.append((str(refused.value), model.state.digest()))
    assert refusals[0] == refusals[1]


def test_lots_hold_for_no_other_vesicles_and_no_other_step():
    model = model_of("compiled")
    model.run_for(3)
    world, columns, lots = model.world, model.state.vesicles["signal"], model.world.tables["signal"].lots
    for stage in ("sense", "activate", "emit", "migrate"):
        model.run_stage(stage)
    assert lots.of(world, columns) is not None
    columns.remove(np.array([0]))
    assert lots.of(world, columns) is None
    model.run_stage("migrate")
    assert lots.of(world, columns) is not None
    model.state.step += 1
    assert lots.of(world, columns) is None


def test_verbs_of_ones_own_leave_the_lots_to_the_stages(voyages):
    class Jumper(va.Vesicle):
        def dock(self):
            self.node = 0
            super().dock()

    kinds = {"signal": kind_of(), "own": kind_of(agent=Jumper)}
    digests: list[str] = []
    for view in ("compiled", "particles"):
        model = va.VesicleModel(random_graph(), kinds, seed=SEED, view=view)
        model.run_for(3)
        digests.append(model.state.digest())
        assert (
            view == "particles"
            or model.world.tables["signal"].lots.of(model.world, model.state.vesicles["signal"]) is None
        )
    assert digests[0] == digests[1]
