"""The scenario double_bridge: travellers find the short branch by one another's trails, keep it, and can forget it.

Checked against Deneubourg's choice function, the exact distribution of his sequential choices, the deterministic model
of the same bridge (Goss et al. 1989), the closed forms of a trail, and the mean field of a pathway. Replicates are
copies of the bridge in one model, independent of one another since every draw has its own address; seeds are stated.
"""

import dataclasses
import re
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from oracles import SMALLEST_P, Z, copies, multinomial_p, share_z
from PIL import Image
from scipy import stats

import vesicle_abm as va
from vesicle_abm.experiments.texts import parse_setting
from vesicle_abm.places import shipped
from vesicle_abm.scenario import Scenario

NAME = "double_bridge"
SCRIPT = shipped("scenarios") / f"{NAME}.py"
EDGES = [("nest", "fork"), ("fork", "short"), ("fork", "long"), ("short", "food"), ("long", "food")]
K = 20.0  # the offset of the choice function
EQUAL = {"graph.projections.3.delay": 9, "graph.projections.4.delay": 9}
BRIDGES, STEPS = 200, 1000
DECIDED = 0.8


def scenario(changes: dict) -> Scenario:
    changed = Scenario.load(NAME)
    for key, value in changes.items():
        changed = changed.override(key, value)
    return changed


def said(pattern: str) -> str:
    """What the scenario's expectation says, by a pattern with one group."""
    return re.search(pattern, Scenario.load(NAME).expect)[1]


def edge(graph: va.NeuralGraph, start: str, end: str) -> int:
    (found,) = np.flatnonzero((graph.source == graph.node(start)) & (graph.target == graph.node(end)))
    return int(found)


def bridges(changes: dict, count: int, seed: int) -> tuple[va.VesicleModel, np.ndarray]:
    """``count`` separate bridges in one model, and (count, E) the edges of each, E in the order of ``EDGES``."""
    one = scenario(changes).build()
    graph, kinds = copies(one.graph, count), dict(one.world.kinds)
    shift = np.arange(count)
    nests = (one.graph.node("nest") + one.graph.size * shift).tolist()
    emission = dataclasses.replace(kinds["forager"].emission, nodes=nests)
    for name, kind in kinds.items():
        docking = va.ConstantDocking(probability=np.tile(kind.docking.probability_, count))
        kinds[name] = dataclasses.replace(kind, docking=docking)
    kinds["forager"] = dataclasses.replace(kinds["forager"], emission=emission)
    model = va.VesicleModel(graph, kinds, seed=seed, record_every=0, threads=1)
    return model, np.array([edge(one.graph, *ends) for ends in EDGES]) + one.graph.edge_count * shift[:, None]


def traffic(model: va.VesicleModel, edges: np.ndarray) -> np.ndarray:
    """(bridges, 2) traversals so far of the first edges of short and long."""
    return sum(model.state.traversals().values())[edges[:, 1:3]]


@cache
def late_shares(condition: str, count: int = BRIDGES, seed: int = 8) -> np.ndarray:
    """(count,) the short branch's share of the traffic in the last quarter."""
    changes = {"short and long": {}, "equal": EQUAL, "fast": {"kinds.forager.trail.tau": 5.0}}[condition]
    model, edges = bridges(changes, count, seed)
    model.run_for(STEPS * 3 // 4)
    before = traffic(model, edges)
    model.run_for(STEPS - STEPS * 3 // 4)
    passed = traffic(model, edges) - before
    return passed[:, 0] / passed.sum(axis=1)


# What the population finds


def test_nearly_all_bridges_come_to_use_the_short_branch():
    """Goss et al. 1989, ratio 2. More than 19 in 20."""
    shares = late_shares("short and long")
    won = (shares > DECIDED).sum()
    assert won == int(said("In (\\d+) of 200 such bridges"))
    assert share_z(won, BRIDGES, 0.95) > 0.0
    assert np.median(shares) > 0.99


def test_with_equal_branches_each_bridge_decides_and_for_either_as_often():
    """Deneubourg et al. 1990. Nine in ten are decided; of those half are for the upper one, by z."""
    shares = late_shares("equal")
    upper, lower = (shares > DECIDED).sum(), (shares < 1.0 - DECIDED).sum()
    assert [upper, lower] == [int(said(f"(\\d+) of 200 decide for {way}")) for way in ("the upper", "the lower")]
    assert upper + lower >= 0.9 * BRIDGES
    assert abs(share_z(upper, upper + lower, 0.5)) < Z


def test_with_a_trail_that_fades_fast_traffic_divides_evenly():
    """T = 2 tau = 10 < 2 K. The mean over bridges by z; none is decided."""
    shares = late_shares("fast")
    error = shares.std(ddof=1) / np.sqrt(len(shares))
    assert error < 0.005
    assert abs(shares.mean() - 0.5) < Z * error
    assert ((shares > 0.3) & (shares < 0.7)).all()


def test_the_short_branch_is_preferred_because_of_its_length():
    """More bridges end above one half than of equal branches: Fisher's exact test."""
    table = [[(shares > 0.5).sum(), (shares < 0.5).sum()] for shares in map(late_shares, ("short and long", "equal"))]
    assert stats.fisher_exact(table, alternative="greater").pvalue < 1e-3


# Single choices


@pytest.mark.parametrize(("kind", "node"), [("forager", "fork"), ("returner", "food")])
def test_a_traveller_chooses_by_the_choice_function_of_deneubourg(kind, node):
    """(K + A)^2 / ((K + A)^2 + (K + B)^2) of 16,000 each, seed 7; A, B as left by others, faded by one step."""
    count, (a, b) = 16_000, (35.0, 12.5)
    model = scenario({"kinds.forager.emission.count": 0}).build(seed=7)
    ways = [edge(model.graph, *ends) for ends in (EDGES[1:3] if kind == "forager" else EDGES[3:])]
    model.state.trails["forager"][ways] = a, b
    model.place(kind, node, count)
    model.step()
    faded = np.exp(-1.0 / 200.0)
    p = (K + a * faded) ** 2 / ((K + a * faded) ** 2 + (K + b * faded) ** 2)
    taken = [(model.state.vesicles[kind]["edge"] == way).sum() for way in ways]
    assert sum(taken) == count
    assert abs(share_z(taken[0], count, p)) < Z


def test_choices_one_after_another_follow_the_exact_distribution_of_deneubourgs_model():
    """P(a of n on the left), by a -> a + 1 with (K + a)^2 / ((K + a)^2 + (K + n - a)^2); 4000 forks, K = 4, seed 3."""
    ants, forks, offset = 30, 4000, 4.0
    fork = copies(va.NeuralGraph.from_edges([("fork", "left"), ("fork", "right")]), forks)
    kind = va.Kind(
        emission=va.PulseEmission(count=np.tile([1.0, 0.0, 0.0], forks), every=1),
        migration=va.TrailMigration(offset=offset),
        trail=va.ConstantTrail(),
        lifetime=1,
    )
    model = va.VesicleModel(fork, {"ant": kind}, seed=3, record_every=0, threads=1)
    model.run_for(ants)
    left = model.state.traversals()["ant"].reshape(forks, 2)
    assert (left.sum(axis=1) == ants).all()
    chance = np.array([1.0])
    for n in range(ants):
        a = np.arange(n + 1)
        p = (offset + a) ** 2 / ((offset + a) ** 2 + (offset + n - a) ** 2)
        chance = np.append(chance * (1.0 - p), 0.0) + np.append(0.0, chance * p)
    assert multinomial_p(np.bincount(left[:, 0], minlength=ants + 1), chance, forks) > SMALLEST_P


# The deterministic model


def deterministic(rate: float, offset: float, tau: float, lengths: tuple[int, int], steps: int) -> np.ndarray:
    """(steps, 2) traversals in each step of the first edges of short and long, if each choice is its probability.

    ``lengths``: steps that half a branch takes. Travellers on their way are kept as arrivals to come.
    """
    faded, horizon = np.exp(-1.0 / tau), steps + 4 * max(lengths) + 2
    near, far = np.zeros(2), np.zeros(2)  # the trail next to the fork, next to the food
    to_middle, to_food, back_to_middle, back_to_fork = (np.zeros((horizon, 2)) for _ in range(4))
    returning, passed = 0.0, np.zeros((steps, 2))
    for t in range(steps):
        near, far = near * faded, far * faded
        out = (offset + near) ** 2 / ((offset + near) ** 2).sum() * (rate if t else 0.0)
        back = (offset + far) ** 2 / ((offset + far) ** 2).sum() * returning
        for way, length in enumerate(lengths):
            to_middle[t + length - 1, way] += out[way]
            to_food[t + 2 * length - 1, way] += out[way]
            back_to_middle[t + length - 1, way] += back[way]
            back_to_fork[t + 2 * length - 1, way] += back[way]
        passed[t] = to_middle[t] + back_to_fork[t]
        near, far = near + passed[t], far + to_food[t] + back_to_middle[t]
        returning = to_food[t].sum()
    return passed


def test_very_many_travellers_follow_the_deterministic_model():
    """400 a step and K = 8000. The share in the traffic so far is within a hundredth at every step from 30 on, when
    some 4000 choices have been made, whose own standard error is 0.008; seed 9.
    """
    rate, steps, begun = 400, 300, 30
    changes = {"kinds.forager.emission.count": rate}
    changes |= {f"kinds.{kind}.migration.offset": K * rate for kind in ("forager", "returner")}
    model, edges = bridges(changes, 1, seed=9)
    found = np.zeros((steps, 2))
    for step in range(steps):
        model.step()
        found[step] = traffic(model, edges)[0]
    expected = deterministic(rate, K * rate, 200.0, (10, 20), steps).cumsum(axis=0)
    assert not found[:10].any()
    assert not expected[:10].any()
    found, expected = found[begun:], expected[begun:]
    assert found.sum(axis=1) == pytest.approx(expected.sum(axis=1), rel=0.01)
    assert found[:, 0] / found.sum(axis=1) == pytest.approx(expected[:, 0] / expected.sum(axis=1), abs=0.01)
    assert expected[-1, 0] / expected[-1].sum() > 0.65


# What a trail is


def test_without_fading_a_trail_is_the_number_of_traversals():
    model, edges = bridges({"kinds.forager.trail.tau": None}, 3, seed=2)
    model.run_for(300)
    assert np.array_equal(model.state.trails["forager"], sum(model.state.traversals().values()))
    assert (traffic(model, edges).sum(axis=1) > 300).all()


def test_a_steady_flow_builds_a_trail_up_as_the_closed_form_says():
    """One a step over nest -> fork, the first back there in step 41: (1 - f^t) / (1 - f), f = exp(-1 / tau)."""
    model = scenario({"kinds.forager.trail.tau": 30.0}).build(seed=4)
    first, f = edge(model.graph, "nest", "fork"), np.exp(-1.0 / 30.0)
    for t in range(1, 42):
        model.step()
        assert model.state.trails["forager"][first] == pytest.approx((1.0 - f**t) / (1.0 - f), rel=1e-12)
    assert model.state.traversals()["returner"][first] == 0


def test_once_nobody_comes_a_pathway_fades_with_its_time_constant():
    model = scenario({"kinds.forager.emission": {"rule": "pulse", "count": 5, "nodes": ["nest"]}}).build(seed=4)
    model.run_for(85)
    assert model.counts["alive"] == 0
    left = model.state.trails["forager"].copy()
    assert (left > 0).sum() >= 3
    model.run_for(50)
    assert model.state.trails["forager"] == pytest.approx(left * np.exp(-50 / 200.0), rel=1e-12)


# What it keeps, and what it forgets


@pytest.mark.parametrize(("tau", "held"), [(40.0, True), (30.0, True), (15.0, False), (5.0, False)])
def test_a_pathway_is_kept_where_the_trail_lasts_and_forgotten_where_it_does_not(tau, held):
    """All of the trail on one of two equal branches without length, 1000 travellers a step, so that noise is small.

    T = 2 rate f / (1 - f) is what lies on both together when choices are made, f = exp(-1 / tau). The mean field
    x = (K + T x)^2 / ((K + T x)^2 + (K + T (1 - x))^2) has beside 1/2 the roots of x (1 - x) = (K / T)^2, real for
    T > 2 K, and x = 1/2 is stable below; within a hundredth after 30 time constants, seed 6.
    """
    rate = 1000
    changes = {f"graph.projections.{i}.delay": 0 for i in range(1, 5)}
    changes |= {"kinds.forager.emission.count": rate, "kinds.forager.trail.tau": tau}
    changes |= {f"kinds.{kind}.migration.offset": K * rate for kind in ("forager", "returner")}
    model, edges = bridges(changes, 1, seed=6)
    f = np.exp(-1.0 / tau)
    total = 2.0 * f / (1.0 - f)
    expected = (1.0 + np.sqrt(1.0 - 4.0 * (K / total) ** 2)) / 2.0 if total > 2.0 * K else 0.5
    assert (expected > 0.5) == held
    model.state.trails["forager"][edges[0, [2, 4]]] = total * rate
    model.run_for(int(30 * tau))
    before = traffic(model, edges)
    model.run_for(int(10 * tau))
    short, long = (traffic(model, edges) - before)[0]
    assert long / (short + long) == pytest.approx(expected, abs=0.01)


# The machinery


def test_both_views_walk_the_bridge_with_one_digest_and_in_any_order():
    fast = Scenario.load(NAME).build(view="compiled")
    slow = Scenario.load(NAME).build(view="particles")
    slow.order = lambda agents: agents[::-1]
    for _ in range(50):
        fast.step()
        slow.step()
        assert fast.state.digest() == slow.state.digest()
    assert fast.state.traversals()["returner"].sum() > 0


def test_a_file_keeps_the_trails_and_the_travellers_on_their_way(tmp_path):
    model = Scenario.load(NAME).build()
    model.run_for(90)
    model.save(tmp_path / "bridge.npz")
    again = va.VesicleModel.load(tmp_path / "bridge.npz")
    assert np.array_equal(again.state.trails["forager"], model.state.trails["forager"])
    assert model.state.trails["forager"].all()
    model.run_for(60)
    again.run_for(60)
    assert again.state.digest() == model.state.digest()


def test_the_books_of_a_bridge_balance():
    """Every forager turns, and every returner comes home: one a step, and none is lost."""
    model = Scenario.load(NAME).build()
    model.run_for(200)
    forager, returner = model.counts_by_kind["forager"], model.counts_by_kind["returner"]
    assert forager["born"] == 200 == forager["alive"] + forager["went"]
    assert forager["went"] == returner["came"] == returner["alive"] + returner["absorbed"]
    assert model.state.docked[1, model.graph.node("nest")] == returner["absorbed"] > 0


# What the texts say


def test_the_scenario_ends_as_it_says():
    model = Scenario.load(NAME).build()
    model.run_for(STEPS)
    told = [float(said(rf"(\S+) of the {what}")) for what in ("traffic", "trail")]
    assert told == [round(model.metrics[name], 3) for name in ("path_share", "trail_share")]
    assert model.record["forager.trail"].iloc[-1] == model.state.trails["forager"].sum()


def test_the_comments_tell_conditions_that_can_be_run():
    """Their settings are those of the script, and of no trail."""
    lines = re.findall(rf"^#   vesicle-abm run {NAME} *((?:--set \S+ *)*?)  +(\S.*)$", Scenario.load(NAME).text, re.M)
    told = {words: dict(map(parse_setting, re.findall(r"--set (\S+)", settings))) for settings, words in lines}
    assert list(told) == ["short and long", "equal", "fast fading", "no trail"]
    for changes in told.values():
        scenario(changes).build().step()
    assert told["equal"] == EQUAL
    model = scenario(told["no trail"]).build()
    model.run_for(50)
    assert not model.state.trails["forager"].any()


def test_the_script_tells_and_draws_the_three_conditions(tmp_path):
    command = [sys.executable, str(SCRIPT), "--out", str(tmp_path), "--steps", "120", "--seeds", "1"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line[:16].strip() for line in told[1:]] == ["short and long", "equal", "fast fading"]
    for line, changes in zip(told[1:], ({}, EQUAL, {"kinds.forager.trail.tau": 5.0}), strict=True):
        model = scenario(changes).build(seed=1)
        model.run_for(120)
        assert float(line.split()[-4]) == round(model.metrics["path_share"], 3)
    with Image.open(tmp_path / f"{NAME}.png") as picture:
        assert len(picture.convert("L").getcolors(256)) > 20
