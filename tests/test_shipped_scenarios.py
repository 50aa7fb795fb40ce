"""The shipped scenarios: each loads, runs to its golden digest, and shows what it says one should see.

A statistical check states its seed; Z bounds its z-score, whose standard error is stated beside it.
"""

import json
from functools import cache
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from oracles import Z, transport
from renew_golden import GOLDEN, digest

import vesicle_abm as va
from vesicle_abm.core import functions
from vesicle_abm.places import questions, shipped, shipped_scenarios
from vesicle_abm.recorder import FATES
from vesicle_abm.scenario import Scenario

NAMES = list(shipped_scenarios())
MONOAMINES = ["dopamine", "serotonin", "octopamine", "tyramine"]
KINDS = [*MONOAMINES, "neuropeptide"]


@cache
def finished(name: str) -> va.VesicleModel:
    """A shipped scenario's model, run to its end."""
    scenario = Scenario.load(name)
    model = scenario.build()
    model.run_for(scenario.steps)
    return model


def column(model: va.VesicleModel, name: str) -> pd.Series:
    """A recorded quantity by step."""
    return model.record[name]


@pytest.mark.parametrize("name", NAMES)
def test_it_loads_and_checks_and_has_a_question_and_an_expectation(name):
    scenario = Scenario.load(name)
    scenario.check()
    assert scenario.question.endswith("?")
    assert scenario.expect.endswith(".")
    assert questions()[name] == scenario.question


@pytest.mark.parametrize("name", NAMES)
def test_fifty_steps_give_the_golden_digest(name):
    assert json.loads(GOLDEN.read_text())[name] == digest(name)


def test_every_golden_digest_belongs_to_a_shipped_scenario():
    assert list(json.loads(GOLDEN.read_text())) == NAMES


def test_every_file_in_the_folder_is_a_scenario():
    assert {path.name for path in shipped("scenarios").iterdir() if path.suffix != ".py"} - {"__pycache__"} == {
        f"{name}.toml" for name in NAMES
    }


# random_walk


def test_random_walk_rises_to_196_give_or_take_a_dozen():
    """Each of 4 births a step survives k more steps with 0.98**k; the sum of these coins has variance 99."""
    survival = 0.98 ** np.arange(1, 2000)
    assert 4 * survival.sum() == pytest.approx(196.0)
    deviation = np.sqrt(4 * (survival * (1 - survival)).sum())
    assert 8 < deviation < 12
    alive = column(finished("random_walk"), "walker.alive").loc[250:]
    correlated = np.sqrt((1 + 0.98) / (1 - 0.98) / len(alive))  # of a mean over steps, correlated as 0.98**lag; seed 0
    assert abs(alive.mean() - 196) < Z * deviation * correlated
    assert abs(alive - 196).max() < Z * deviation


def test_random_walk_nodes_hold_their_share_of_the_closed_form():
    """lambda A (I - A)^-1 with A = 0.98 P; a node's mean over steps, summed with its neighbours', by z."""
    model = finished("random_walk")
    transition = 0.98 * transport(model.graph, stay=5.0)
    births = np.zeros(model.graph.size)
    births[0] = 4.0
    expected = births @ transition @ np.linalg.inv(np.eye(model.graph.size) - transition)
    assert expected.sum() == pytest.approx(196.0)
    assert np.allclose(va.density(Scenario.load("random_walk").build(), 2000)[-1, 0], expected, rtol=1e-9)
    looks = []
    for seed in range(40):
        replicate = Scenario.load("random_walk").build(seed=seed)
        replicate.run_for(300)
        looks.append(replicate.occupancy()[0])
    error = np.sqrt(expected / len(looks))  # a count of independent walkers is at most as scattered as Poisson
    assert (np.abs(np.mean(looks, axis=0) - expected) < Z * error + 0.01).all()


# reward_wave


def test_reward_wave_bears_2000_vesicles_at_node_0_in_step_10():
    born = column(finished("reward_wave"), "dopamine.born")
    assert born.loc[10] == 0
    assert born.loc[11] == born.iloc[-1] == 2000
    assert finished("reward_wave").state.emitted[0, 0] == 2000


def test_reward_wave_absorbs_nine_in_ten_and_the_rest_expire_80_steps_after_the_pulse():
    """A vesicle escapes 80 chances of 0.03 with 0.97**80 = 0.0874; error sqrt(2000 q (1 - q)); seed 0."""
    model, escape = finished("reward_wave"), 0.97**80
    assert 0.9 < 1 - escape < 0.92
    assert model.counts["alive"] == model.counts["cleared"] == 0
    assert abs(model.counts["expired"] - 2000 * escape) < Z * np.sqrt(2000 * escape * (1 - escape))
    assert model.counts["absorbed"] + model.counts["expired"] == 2000
    expired = column(model, "dopamine.expired")
    assert expired.loc[89] == 0
    assert expired.loc[90] == model.counts["expired"]


def test_reward_wave_reaches_the_far_side_of_the_ring_within_fifteen_steps_by_long_edges():
    model = Scenario.load("reward_wave").build()
    model.run_for(10)
    reached = np.zeros(200, bool)
    for _ in range(15):
        model.step()
        reached |= model.occupancy()[0] > 0
    far = range(95, 106)
    assert reached[far].all()
    edges = model.graph.to_networkx().to_undirected()
    ring = nx.Graph([(u, v) for u, v in edges.edges if min((u - v) % 200, (v - u) % 200) <= 3])
    hops = nx.single_source_shortest_path_length(ring, 0)
    assert min(hops.get(node, 200) for node in far) > 15


def test_reward_waves_level_is_highest_at_the_source_and_its_neighbours():
    model = finished("reward_wave")
    level = model.state.modulator[:, 0]
    near = {0, *nx.Graph(model.graph.to_networkx()).neighbors(0)}
    highest = np.argsort(level)[::-1][: len(near)].tolist()
    assert highest[0] in near
    assert len(near & set(highest)) >= len(near) - 2


def test_reward_waves_level_clears_with_its_time_constant_once_the_vesicles_are_gone():
    level = column(finished("reward_wave"), "dopamine.level").loc[90:]
    assert level.to_numpy() == pytest.approx(level.loc[90] * np.exp(-(level.index - 90) / 40.0), rel=1e-9)


# worm_wireless


def test_worm_populations_rise_for_about_a_hundred_steps_then_hold():
    record = finished("worm_wireless").record
    for kind in KINDS:
        alive = record[f"{kind}.alive"]
        late = alive.loc[500:].mean()
        assert alive.loc[:20].mean() < 0.7 * late
        assert abs(alive.loc[100:200].mean() / late - 1) < 0.15


def test_worm_births_balance_the_ends_of_lives_in_the_second_half():
    record = finished("worm_wireless").record
    for kind in KINDS:
        gained = record[f"{kind}.born"].loc[1000] - record[f"{kind}.born"].loc[500]
        lost = sum(record[f"{kind}.{f}"].loc[1000] - record[f"{kind}.{f}"].loc[500] for f in FATES)
        assert abs(gained - lost) < 0.03 * gained


def test_worms_octopamine_and_tyramine_stay_the_smallest_and_neuropeptides_are_the_most():
    record, graph = finished("worm_wireless").record, finished("worm_wireless").graph
    size = {kind: record[f"{kind}.alive"].loc[500:].mean() for kind in KINDS}
    assert set(sorted(size, key=size.get)[:2]) == {"octopamine", "tyramine"}
    assert max(size, key=size.get) == "neuropeptide"
    sources = {kind: int((graph.attribute(f"{kind}_source", "node") > 0).sum()) for kind in KINDS}
    assert (sources["octopamine"], sources["tyramine"], sources["neuropeptide"]) == (2, 2, 298)


@pytest.mark.parametrize("kind", KINDS)
def test_worms_levels_are_high_where_receptors_are_not_where_sources_are(kind):
    model = finished("worm_wireless")
    level = model.state.modulator[:, KINDS.index(kind)]
    receptors, sources = (model.graph.attribute(f"{kind}_{what}", "node") for what in ("receptors", "source"))
    assert np.corrcoef(level, receptors)[0, 1] > 0.7
    assert abs(np.corrcoef(level, sources)[0, 1]) < 0.2


@pytest.mark.parametrize("kind", KINDS)
def test_worms_vesicles_dock_the_sooner_the_more_receptor_types_a_neuron_bears(kind):
    model = finished("worm_wireless")
    k = KINDS.index(kind)
    receptors = model.graph.attribute(f"{kind}_receptors", "node")
    chance = model.world.tables[kind].docking()
    if chance is None:
        content = SimpleNamespace(content=np.ones((model.graph.size, 1)))
        chance = model.world.kinds[kind].docking.probability(content, None, functions)
    order = np.argsort(receptors)
    assert (np.diff(chance[order]) >= 0).all()
    bare, rich = receptors == receptors.min(), receptors == receptors.max()
    presence = model.recorder.presence[k]
    seen = [model.state.docked[k][where].sum() / max(presence[where].sum(), 1) for where in (bare, rich)]
    assert seen[0] < seen[1]
